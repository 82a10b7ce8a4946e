// Tells the progress of sessions on sockets: one per type of session, named TYPE_progress, so that a session
// of the type wallpaper is followed at wallpaper_progress.sock.
#pragma once

#include "notify/progress_socket.hpp"
#include "world/session_service.hpp"

#include <map>
#include <memory>
#include <string>

namespace compositord {

class ProgressOutlet {
public:
    /// A socket that cannot be opened is logged and left out. The service outlives this.
    static Result<std::unique_ptr<ProgressOutlet>>
    open(EventLoop& loop, const Log& log, const std::filesystem::path& folder, SessionService& sessions);

    ProgressOutlet(const ProgressOutlet&) = delete;
    ProgressOutlet& operator=(const ProgressOutlet&) = delete;
    ~ProgressOutlet() = default;

    /// Messages of clients, so far, that were none.
    std::uint64_t malformed() const;

private:
    explicit ProgressOutlet(SessionService& sessions) : sessions_(sessions) {}

    void onControl(const std::string& type, const ProgressControl& control);

    SessionService& sessions_;
    std::map<std::string, std::unique_ptr<ProgressSocket>> sockets_; // by type
    SessionService::Subscription subscription_;
};

} // namespace compositord
