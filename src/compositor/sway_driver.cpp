#include "compositor/sway_driver.hpp"

#include <chrono>
#include <filesystem>
#include <utility>

namespace compositord {

namespace {

constexpr Capabilities kCapabilities{Capability::camera, Capability::windows,   Capability::geometry,
                                     Capability::focus,  Capability::close,     Capability::move,
                                     Capability::resize, Capability::fullscreen};

constexpr std::string_view kEvents = R"(["window","workspace","output","shutdown"])";

// sway has no event for a window that was moved by hand or resized, so this is the one place where there is
// nothing but to look again. A tree that did not change is not even parsed.
constexpr std::chrono::seconds kLookAgain{1};

constexpr std::uint32_t kMostUnanswered = 64;

// sway's own name of its socket has its process in it, and is another one after a restart.
constexpr std::string_view kSocketPrefix = "sway-ipc.";

} // namespace

Result<std::unique_ptr<SwayDriver>> SwayDriver::create(EventLoop& loop, const Log& log, Settings settings,
                                                       Listener listener) {
    std::unique_ptr<SwayDriver> driver(new SwayDriver(loop, log, std::move(settings), std::move(listener)));
    if (auto started = driver->start(); !started) {
        return std::unexpected(started.error());
    }
    return driver;
}

SwayDriver::SwayDriver(EventLoop& loop, const Log& log, Settings settings, Listener listener)
    : loop_(loop), log_(log.withCategory(LogCategory::sway)), settings_(std::move(settings)),
      listener_(std::move(listener)) {
    compositor_.name = settings_.name;
    compositor_.driver = kName;
}

Result<> SwayDriver::start() {
    auto again = loop_.addTimer([this] {
        refresh();
        again_.arm(kLookAgain);
    });
    if (!again) {
        return std::unexpected(again.error());
    }
    again_ = std::move(*again);
    const std::filesystem::path socket = settings_.socket;
    const std::string file = socket.filename();
    auto reconnection = Reconnection::create(
        loop_, socket.parent_path(), file.starts_with(kSocketPrefix) ? std::string(kSocketPrefix) : file,
        [this] { tryToConnect(); });
    if (!reconnection) {
        return std::unexpected(reconnection.error());
    }
    reconnection_ = std::move(*reconnection);
    tryToConnect();
    return {};
}

Result<std::unique_ptr<UnixStream>> SwayDriver::connectTo(const std::string& socket) {
    return UnixStream::connect(loop_, socket,
                               {.onData = [this](std::string_view bytes) { onData(bytes); },
                                .onLost = [this](const std::string& reason) { onLost(reason); }});
}

void SwayDriver::tryToConnect() {
    auto stream = connectTo(settings_.socket);
    const std::filesystem::path named = settings_.socket;
    if (!stream && named.filename().string().starts_with(kSocketPrefix)) {
        if (const auto other = newestSocket(named.parent_path(), kSocketPrefix)) {
            stream = connectTo(*other);
        }
    }
    if (!stream) {
        log_.debug("{}", stream.error().message());
        tell(stream.error().message());
        reconnection_->wait();
        return;
    }
    reconnection_->succeeded();
    stream_ = std::move(*stream);
    stream_->send(encodeI3(I3Type::subscribe, kEvents));
    refresh();
    again_.arm(kLookAgain);
}

void SwayDriver::onLost(const std::string& reason) {
    log_.warn("{}: {}; waiting for it to come back", compositor_.name, reason);
    stream_.reset();
    again_.disarm();
    frames_ = {};
    lastTree_.clear();
    asked_ = false;
    stale_ = false;
    unanswered_ = 0;
    expected_.clear();
    map_ = {};
    tell(reason);
    reconnection_->wait();
}

void SwayDriver::tell(const std::string& reason) {
    compositor_.connected = false;
    compositor_.reason = reason;
    compositor_.capabilities = {};
    listener_.onCommit(mirror_.clear(compositor_));
}

void SwayDriver::refresh() {
    if (!stream_) {
        return;
    }
    if (asked_) {
        stale_ = true;
        return;
    }
    asked_ = stream_->send(encodeI3(I3Type::getTree, ""));
}

void SwayDriver::onData(std::string_view bytes) {
    frames_.feed(bytes);
    for (;;) {
        const auto next = frames_.next();
        if (!next) {
            stream_->fail(next.error());
            return;
        }
        const auto& message = *next;
        if (!message) {
            return;
        }
        onMessage(*message);
    }
}

void SwayDriver::onMessage(const I3Message& message) {
    if (message.isEvent()) {
        refresh();
    } else if (message.is(I3Type::getTree)) {
        asked_ = false;
        onTree(message.payload);
        if (std::exchange(stale_, false)) {
            refresh();
        }
    } else if (message.is(I3Type::runCommand)) {
        unanswered_ -= unanswered_ > 0 ? 1 : 0;
        if (const auto refusal = parseSwayRefusal(message.payload)) {
            log_.debug("sway refused a command: {}", printable(*refusal));
        }
        refresh();
    }
}

void SwayDriver::onTree(const std::string& text) {
    if (text == lastTree_) {
        return;
    }
    auto tree = parseSwayTree(text);
    if (!tree) {
        log_.warn("a tree that cannot be read: {}; the one before stays", tree.error().message);
        return;
    }
    lastTree_ = text;
    map_.show(*std::move(tree));
    Changes changes = mirror_.show(camerasWithCauses(), map_.windows());
    if (!std::exchange(compositor_.connected, true)) {
        compositor_.reason.clear();
        compositor_.capabilities = kCapabilities;
        changes.compositor = compositor_;
        log_.info("connected to the compositor {} ({} cameras, {} windows)", compositor_.name,
                  changes.cameras.size(), changes.windows.size());
    }
    listener_.onCommit(std::move(changes));
}

std::vector<Camera> SwayDriver::camerasWithCauses() {
    std::vector<Camera> cameras = map_.cameras();
    for (Camera& camera : cameras) {
        const auto before = mirror_.cameras().find(camera.name);
        if (before != mirror_.cameras().end() && before->second.live == camera.live) {
            camera.cause = before->second.cause;
            continue;
        }
        const auto expected = expected_.find(camera.name);
        if (expected == expected_.end()) {
            continue;
        }
        if ((*map_.outputOf(camera.name))->shown == expected->second.workspace) {
            camera.cause = expected->second.cause;
        }
        expected_.erase(expected);
    }
    return cameras;
}

CommandResult SwayDriver::request(const Request& request) {
    if (std::holds_alternative<ReleaseInput>(request.command)) {
        return {}; // nothing can be pressed here
    }
    const auto text = map_.commandFor(request.command);
    if (!text) {
        return std::unexpected(text.error());
    }
    if (text->empty()) {
        return {};
    }
    if (unanswered_ >= kMostUnanswered || !stream_->send(encodeI3(I3Type::runCommand, *text))) {
        return std::unexpected(Refusal{
            RefusalCode::busy, "", "the compositor has not answered earlier requests yet; try again later"});
    }
    ++unanswered_;
    if (const auto* camera = std::get_if<SetCamera>(&request.command)) {
        expected_.insert_or_assign((*map_.outputOf(camera->camera))->name,
                                   Expected{(*map_.workspaceAt(*camera))->name, {++lastCause_, request.tag}});
    }
    return {};
}

} // namespace compositord
