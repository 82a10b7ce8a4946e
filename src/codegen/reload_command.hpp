// The user's command for code that was applied and has to be built or loaded anew. One runs at a time; what
// is asked for meanwhile is done once more afterwards.
#pragma once

#include "base/afterwards.hpp"
#include "base/event_loop.hpp"
#include "base/log.hpp"
#include "session/child.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class ReloadCommand {
public:
    struct Settings {
        Child::Settings child;
        std::vector<std::string> command; // empty: nothing is run
    };

    struct Reason {
        std::filesystem::path repository; // it works in
        std::string task;
        std::string branch; // empty: none
        std::string commit;
    };

    ReloadCommand(EventLoop& loop, const Log& log, Afterwards& afterwards, Settings settings)
        : loop_(loop), log_(log), afterwards_(afterwards), settings_(std::move(settings)) {}

    ReloadCommand(const ReloadCommand&) = delete;
    ReloadCommand& operator=(const ReloadCommand&) = delete;

    /// What runs ends.
    ~ReloadCommand() = default;

    void run(Reason reason);

private:
    void start(const Reason& reason);
    void onEnd(int status);

    EventLoop& loop_;
    Log log_;
    Afterwards& afterwards_;
    Settings settings_;
    std::optional<Reason> next_;
    std::string output_; // the end of it
    std::unique_ptr<Child> child_;
    Afterwards::Owner self_;
};

} // namespace compositord
