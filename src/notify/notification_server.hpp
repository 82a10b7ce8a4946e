// The program that shows notifications on the desktop, org.freedesktop.Notifications on the bus. It may be
// missing, be started when it is needed, be replaced, or know less than others.
#pragma once

#include "base/log.hpp"
#include "notify/bus_handles.hpp"
#include "notify/notification.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// What can be asked of it; a test stands in for it.
class NotificationTarget {
public:
    struct Listener {
        std::move_only_function<void(NotificationAbilities)> onReady; // show() works from now on
        /// It is another one now, or none: nothing is shown any more, and show() does not work.
        std::move_only_function<void()> onChanged;
        std::move_only_function<void(std::uint32_t id, const std::string& key)> onAction;
        std::move_only_function<void(std::uint32_t id)> onClosed;
    };

    /// The id of what is shown; nothing if it is not shown.
    using OnShown = std::move_only_function<void(std::optional<std::uint32_t> id)>;

    NotificationTarget() = default;
    NotificationTarget(const NotificationTarget&) = delete;
    NotificationTarget& operator=(const NotificationTarget&) = delete;
    virtual ~NotificationTarget() = default;

    virtual void setListener(Listener listener) = 0;

    /// There is something to show: onReady comes if that can be done.
    virtual void want() = 0;

    /// Replaces an earlier one, if its id is not 0.
    virtual void show(const Notification& notification, std::uint32_t replaced, OnShown onShown) = 0;

    virtual void close(std::uint32_t id) = 0;
};

class NotificationServer final : public NotificationTarget {
public:
    explicit NotificationServer(const Log& log) : log_(log.withCategory(LogCategory::notifications)) {}

    void attach(sd_bus& bus);
    void detach();

    void setListener(Listener listener) override { listener_ = std::move(listener); }

    void want() override;
    void show(const Notification& notification, std::uint32_t replaced, OnShown onShown) override;
    void close(std::uint32_t id) override;

private:
    struct Call {
        NotificationServer& server;
        std::uint64_t number;
        OnShown onShown;
        SdBusSlotHandle slot;
    };

    void forgetServer();
    void onAbilities(sd_bus_message& answer);
    void onOwner(sd_bus_message& signal);
    void onAction(sd_bus_message& signal);
    void onClosed(sd_bus_message& signal);
    bool isFromServer(sd_bus_message& signal) const;

    Log log_;
    Listener listener_;
    sd_bus* bus_ = nullptr;
    std::vector<SdBusSlotHandle> slots_;
    SdBusSlotHandle asking_;
    std::string owner_; // its own name on the bus; empty: none that is known of
    bool ready_ = false;
    bool complained_ = false;
    std::chrono::steady_clock::time_point startAgain_; // before this nobody is started again
    std::uint64_t lastCall_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Call>> calls_;
};

} // namespace compositord
