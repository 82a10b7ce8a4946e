#include "compositor/driftwm_driver.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

namespace compositord {

namespace {

constexpr Capabilities kCapabilities{Capability::camera, Capability::windows, Capability::geometry,
                                     Capability::focus,  Capability::close,   Capability::move,
                                     Capability::resize};

constexpr std::uint32_t kMostUnanswered = 64;

} // namespace

Result<std::unique_ptr<DriftwmDriver>> DriftwmDriver::create(EventLoop& loop, const Log& log,
                                                             Settings settings, Listener listener) {
    std::unique_ptr<DriftwmDriver> driver(
        new DriftwmDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

DriftwmDriver::DriftwmDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::driftwm)), settings_(std::move(settings)),
      listener_(std::move(listener)) {
    compositor_.name = settings_.name;
    compositor_.driver = kName;
}

Result<> DriftwmDriver::start() {
    const std::filesystem::path socket = settings_.socket;
    auto reconnection =
        Reconnection::create(loop_, socket.parent_path(), socket.filename(), [this] { tryToConnect(); });
    if (!reconnection) {
        return std::unexpected(reconnection.error());
    }
    reconnection_ = std::move(*reconnection);
    tryToConnect();
    return {};
}

void DriftwmDriver::tryToConnect() {
    auto events = SocketLines::connect(loop_, settings_.socket,
                                       {.onLine = [this](std::string_view line) { onLine(line); },
                                        .onLost = [this](const std::string& reason) { onLost(reason); }});
    if (!events) {
        log_.debug("{}", events.error().message());
        tell(events.error().message());
        reconnection_->wait();
        return;
    }
    reconnection_->succeeded();
    events_ = std::move(*events);
    events_->send("\"Subscribe\"\n");
}

void DriftwmDriver::onLost(const std::string& reason) {
    log_.warn("{}: {}; waiting for it to come back", compositor_.name, reason);
    events_.reset();
    requests_.reset();
    unanswered_ = 0;
    expected_.reset();
    state_ = {};
    tell(reason);
    reconnection_->wait();
}

void DriftwmDriver::tell(const std::string& reason) {
    compositor_.connected = false;
    compositor_.reason = reason;
    compositor_.capabilities = {};
    listener_.onCommit(mirror_.clear(compositor_));
}

void DriftwmDriver::onLine(std::string_view line) {
    auto parsed = parseDriftwmLine(line);
    if (!parsed) {
        log_.warn("a line that cannot be read: {}; the state before stays", parsed.error().message);
        return;
    }
    if (auto* state = std::get_if<DriftwmState>(&*parsed)) {
        onState(std::move(*state));
    } else if (const auto* reply = std::get_if<DriftwmReply>(&*parsed); reply != nullptr && reply->error) {
        events_->fail("driftwm does not tell its state: " + printable(*reply->error));
    }
}

void DriftwmDriver::onState(DriftwmState state) {
    for (Camera& camera : state.cameras) {
        const auto before = mirror_.cameras().find(camera.name);
        if (before != mirror_.cameras().end() && before->second.live == camera.live) {
            camera.cause = before->second.cause;
        } else if (expected_ && expected_->camera == camera.name) {
            camera.cause = expected_->cause;
            if (--expected_->changes == 0) {
                expected_.reset();
            }
        }
    }
    Changes changes = mirror_.show(state.cameras, state.windows);
    state_ = std::move(state);
    if (!std::exchange(compositor_.connected, true)) {
        compositor_.reason.clear();
        compositor_.capabilities = kCapabilities;
        changes.compositor = compositor_;
        log_.info("connected to the compositor {} ({} cameras, {} windows)", compositor_.name,
                  changes.cameras.size(), changes.windows.size());
    }
    listener_.onCommit(std::move(changes));
}

Result<> DriftwmDriver::connectForRequests() {
    if (requests_) {
        return {};
    }
    auto requests = SocketLines::connect(loop_, settings_.socket,
                                         {.onLine = [this](std::string_view line) { onReply(line); },
                                          .onLost =
                                              [this](const std::string& reason) {
                                                  log_.debug("the connection for requests: {}", reason);
                                                  unanswered_ = 0;
                                                  requests_.reset();
                                              }});
    if (!requests) {
        return std::unexpected(requests.error());
    }
    requests_ = std::move(*requests);
    return {};
}

void DriftwmDriver::onReply(std::string_view line) {
    unanswered_ -= unanswered_ > 0 ? 1 : 0;
    const auto parsed = parseDriftwmLine(line);
    const auto* reply = parsed ? std::get_if<DriftwmReply>(&*parsed) : nullptr;
    if (reply != nullptr && reply->error) {
        log_.debug("driftwm refused a request: {}", printable(*reply->error));
    }
}

CommandResult DriftwmDriver::request(const Request& request) {
    if (std::holds_alternative<ReleaseInput>(request.command)) {
        return {}; // nothing can be pressed here
    }
    const auto lines = driftwmRequest(state_, request.command);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    if (lines->empty()) {
        return {};
    }
    if (const auto connected = connectForRequests(); !connected) {
        return std::unexpected(Refusal{RefusalCode::disconnected, "", connected.error().message()});
    }
    if (unanswered_ >= kMostUnanswered || !requests_->send(*lines)) {
        return std::unexpected(Refusal{
            RefusalCode::busy, "", "the compositor has not answered earlier requests yet; try again later"});
    }
    const auto count = std::ranges::count(*lines, '\n');
    unanswered_ += static_cast<std::uint32_t>(count);
    if (std::holds_alternative<SetCamera>(request.command) ||
        std::holds_alternative<CenterWindow>(request.command)) {
        expected_ = Expected{state_.activeCamera, {++lastCause_, request.tag}, count};
    }
    return {};
}

} // namespace compositord
