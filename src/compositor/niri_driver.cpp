#include "compositor/niri_driver.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

namespace compositord {

namespace {

constexpr Capabilities kCapabilities{Capability::camera, Capability::windows, Capability::focus,
                                     Capability::close,  Capability::move,    Capability::resize};

constexpr std::size_t kMostUnanswered = 64;

// There is no event for an output that changed its mode or scale. It shows in the layout of windows, which
// changes for many other reasons too.
constexpr std::chrono::seconds kLookAfter{1};

// niri's own name of its socket: niri.DISPLAY.PROCESS.sock; the process is another one after a restart.
constexpr std::string_view kSocketPrefix = "niri.";
constexpr std::string_view kSocketSuffix = ".sock";

/// What the names of niri's sockets for this display begin with, or the whole name if it is none of these.
std::string prefixOf(const std::string& file) {
    if (!file.starts_with(kSocketPrefix) || !file.ends_with(kSocketSuffix)) {
        return file;
    }
    const std::size_t process = file.rfind('.', file.size() - kSocketSuffix.size() - 1);
    return process < kSocketPrefix.size() ? file : file.substr(0, process + 1);
}

} // namespace

Result<std::unique_ptr<NiriDriver>> NiriDriver::create(EventLoop& loop, const Log& log, Settings settings,
                                                       Listener listener) {
    std::unique_ptr<NiriDriver> driver(new NiriDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

NiriDriver::NiriDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::niri)), settings_(std::move(settings)),
      listener_(std::move(listener)) {
    compositor_.name = settings_.name;
    compositor_.driver = kName;
}

Result<> NiriDriver::start() {
    auto changed = loop_.addDeferred([this] { commit(); });
    if (!changed) {
        return std::unexpected(changed.error());
    }
    changed_ = std::move(*changed);
    auto look = loop_.addTimer([this] {
        willLook_ = false;
        askForOutputs();
    });
    if (!look) {
        return std::unexpected(look.error());
    }
    look_ = std::move(*look);
    const std::filesystem::path socket = settings_.socket;
    auto reconnection = Reconnection::create(loop_, socket.parent_path(), prefixOf(socket.filename()),
                                             [this] { tryToConnect(); });
    if (!reconnection) {
        return std::unexpected(reconnection.error());
    }
    reconnection_ = std::move(*reconnection);
    tryToConnect();
    return {};
}

Result<std::unique_ptr<SocketLines>> NiriDriver::connectToEvents(const std::string& socket) {
    socket_ = socket;
    return SocketLines::connect(loop_, socket,
                                {.onLine = [this](std::string_view line) { onEventLine(line); },
                                 .onLost = [this](const std::string& reason) { onLost(reason); }});
}

void NiriDriver::tryToConnect() {
    if (events_) {
        return;
    }
    auto events = connectToEvents(settings_.socket);
    const std::filesystem::path named = settings_.socket;
    const std::string file = named.filename();
    if (const std::string prefix = prefixOf(file); !events && prefix != file) {
        if (const auto other = newestSocket(named.parent_path(), prefix)) {
            events = connectToEvents(*other);
        }
    }
    if (!events) {
        log_.debug("{}", events.error().message());
        tell(events.error().message());
        reconnection_->wait();
        return;
    }
    events_ = std::move(*events);
    events_->send(kNiriEventStream);
    askForOutputs();
}

void NiriDriver::onLost(const std::string& reason) {
    log_.warn("{}: {}; waiting for it to come back", compositor_.name, reason);
    events_.reset();
    requests_.reset();
    unanswered_.clear();
    outputsAsked_ = false;
    outputsStale_ = false;
    expected_.reset();
    state_ = {};
    map_ = {};
    tell(reason);
    reconnection_->wait();
}

void NiriDriver::tell(const std::string& reason) {
    compositor_.connected = false;
    compositor_.reason = reason;
    compositor_.capabilities = {};
    listener_.onCommit(mirror_.clear(compositor_));
}

void NiriDriver::onEventLine(std::string_view line) {
    auto parsed = parseNiriLine(line);
    if (!parsed) {
        log_.warn("a line that cannot be read: {}; the state before stays", parsed.error().message);
        return;
    }
    if (const auto* reply = std::get_if<NiriReply>(&*parsed)) {
        if (const auto* refused = std::get_if<NiriRefused>(reply)) {
            events_->fail("niri does not tell its state: " + printable(refused->why));
        }
        return;
    }
    auto* event = std::get_if<NiriEvent>(&*parsed);
    if (event == nullptr) {
        return;
    }
    if (std::holds_alternative<NiriWorkspaces>(*event) || std::holds_alternative<NiriConfigLoaded>(*event)) {
        askForOutputs(); // one may have come or gone
    } else if (std::holds_alternative<NiriLayoutsChanged>(*event) && !std::exchange(willLook_, true)) {
        look_.arm(kLookAfter);
    }
    state_.apply(std::move(*event));
    changed_.trigger();
}

Result<> NiriDriver::connectForRequests() {
    if (requests_) {
        return {};
    }
    auto requests =
        SocketLines::connect(loop_, socket_,
                             {.onLine = [this](std::string_view line) { onReplyLine(line); },
                              .onLost = [this](const std::string& reason) { onRequestsLost(reason); }});
    if (!requests) {
        return std::unexpected(requests.error());
    }
    requests_ = std::move(*requests);
    return {};
}

void NiriDriver::onRequestsLost(const std::string& reason) {
    log_.debug("the connection for requests: {}", reason);
    unanswered_.clear();
    requests_.reset();
    outputsStale_ = false;
    if (!std::exchange(outputsAsked_, false)) {
        return;
    }
    if (state_.complete()) {
        willLook_ = true;
        look_.arm(kLookAfter);
    } else {
        events_->fail("niri does not tell its outputs: " + reason);
    }
}

void NiriDriver::askForOutputs() {
    if (!events_) {
        return;
    }
    if (outputsAsked_) {
        outputsStale_ = true;
        return;
    }
    const auto connected = connectForRequests();
    if (!connected || !requests_->send(kNiriOutputs)) {
        events_->fail("niri takes no requests" +
                      (connected ? std::string() : ": " + connected.error().message()));
        return;
    }
    outputsAsked_ = true;
    unanswered_.push_back(Asked::outputs);
}

void NiriDriver::onReplyLine(std::string_view line) {
    auto parsed = parseNiriLine(line);
    if (!parsed) {
        requests_->fail("niri answers what cannot be read: " + parsed.error().message);
        return;
    }
    auto* reply = std::get_if<NiriReply>(&*parsed);
    if (reply == nullptr || unanswered_.empty()) {
        return; // an answer to nothing
    }
    const Asked asked = unanswered_.front();
    unanswered_.pop_front();
    onReply(asked, std::move(*reply));
}

void NiriDriver::onReply(Asked asked, NiriReply reply) {
    const auto* refused = std::get_if<NiriRefused>(&reply);
    if (asked == Asked::action) {
        if (refused != nullptr) {
            log_.debug("niri refused a request: {}", printable(refused->why));
        }
        return;
    }
    auto* outputs = std::get_if<NiriOutputs>(&reply);
    if (outputs == nullptr) {
        requests_->fail(refused != nullptr ? printable(refused->why) : "it answers something else");
        return;
    }
    outputsAsked_ = false;
    state_.setOutputs(std::move(outputs->outputs));
    changed_.trigger();
    if (std::exchange(outputsStale_, false)) {
        askForOutputs();
    }
}

void NiriDriver::commit() {
    // What is on an output that is only just coming has no place yet.
    if (!events_ || !state_.complete() || (outputsAsked_ && state_.needsOutputs())) {
        return;
    }
    map_.show(state_);
    Changes changes = mirror_.show(camerasWithCauses(), map_.windows());
    Capabilities capabilities = kCapabilities;
    capabilities.set(Capability::geometry, map_.tellsPlaces());
    const bool came = !std::exchange(compositor_.connected, true);
    if (came || compositor_.capabilities != capabilities) {
        compositor_.reason.clear();
        compositor_.capabilities = capabilities;
        changes.compositor = compositor_;
    }
    if (came) {
        reconnection_->succeeded();
        log_.info("connected to the compositor {} ({} cameras, {} windows)", compositor_.name,
                  changes.cameras.size(), changes.windows.size());
    }
    listener_.onCommit(std::move(changes));
}

std::vector<Camera> NiriDriver::camerasWithCauses() {
    std::vector<Camera> cameras = map_.cameras();
    for (Camera& camera : cameras) {
        const auto before = mirror_.cameras().find(camera.name);
        if (before != mirror_.cameras().end() && before->second.live == camera.live) {
            camera.cause = before->second.cause;
        } else if (expected_ && expected_->aim.camera == camera.name) {
            if (map_.shows(expected_->aim)) {
                camera.cause = expected_->cause;
            }
            expected_.reset();
        }
    }
    return cameras;
}

CommandResult NiriDriver::request(const Request& request) {
    if (std::holds_alternative<ReleaseInput>(request.command)) {
        return {}; // nothing can be pressed here
    }
    const auto lines = map_.linesFor(request.command);
    if (!lines) {
        return std::unexpected(lines.error());
    }
    if (lines->empty()) {
        return {};
    }
    if (const auto connected = connectForRequests(); !connected) {
        return std::unexpected(Refusal{RefusalCode::disconnected, "", connected.error().message()});
    }
    if (unanswered_.size() >= kMostUnanswered || !requests_->send(*lines)) {
        return std::unexpected(Refusal{
            RefusalCode::busy, "", "the compositor has not answered earlier requests yet; try again later"});
    }
    unanswered_.insert(unanswered_.end(), static_cast<std::size_t>(std::ranges::count(*lines, '\n')),
                       Asked::action);
    if (const auto aim = map_.aimOf(request.command)) {
        expected_ = Expected{*aim, {++lastCause_, request.tag}};
        if (std::holds_alternative<CenterWindow>(request.command)) {
            map_.expectCentered(*aim);
            changed_.trigger();
        }
    }
    return {};
}

} // namespace compositord
