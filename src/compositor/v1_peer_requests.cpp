// What another compositord is asked, as its messages.

#include "base/json_writer.hpp"
#include "compositor/v1_peer.hpp"

#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostAsked = 64;

template <class Thing>
void optionalMember(JsonWriter& out, const char* name, const std::optional<Thing>& thing) {
    if (thing) {
        out.member(name, *thing);
    }
}

class Writer {
public:
    explicit Writer(JsonWriter& out) : out_(out) {}

    // Each writes the type and the members, or returns false where there is no message for it.

    bool operator()(const SetCamera& command) {
        out_.member("type", "SetCamera");
        optionalMember(out_, "camera", command.camera);
        optionalMember(out_, "x", command.x);
        optionalMember(out_, "y", command.y);
        optionalMember(out_, "zoom", command.zoom);
        out_.member("duration", command.duration.count());
        return true;
    }

    bool operator()(const CancelCamera& command) {
        out_.member("type", "CancelCamera");
        optionalMember(out_, "camera", command.camera);
        return true;
    }

    bool operator()(const FocusWindow& command) { return onWindow("Focus", command.window); }

    bool operator()(const CloseWindow& command) { return onWindow("Close", command.window); }

    bool operator()(const RaiseWindow& command) { return onWindow("Raise", command.window); }

    bool operator()(const LowerWindow& command) { return onWindow("Lower", command.window); }

    bool operator()(const MoveWindow& command) {
        onWindow("Move", command.window);
        out_.member("x", command.position.x).member("y", command.position.y);
        return true;
    }

    bool operator()(const ResizeWindow& command) {
        onWindow("Resize", command.window);
        out_.member("width", command.width).member("height", command.height);
        return true;
    }

    bool operator()(const MinimizeWindow& command) {
        onWindow("Minimize", command.window);
        out_.member("minimized", command.minimized);
        return true;
    }

    bool operator()(const MaximizeWindow& command) {
        onWindow("Maximize", command.window);
        out_.member("maximized", command.maximized);
        return true;
    }

    bool operator()(const FullscreenWindow& command) {
        onWindow("Fullscreen", command.window);
        out_.member("fullscreen", command.fullscreen);
        optionalMember(out_, "camera", command.camera);
        return true;
    }

    bool operator()(const CenterWindow& command) {
        onWindow("Center", command.window);
        optionalMember(out_, "camera", command.camera);
        out_.member("duration", command.duration.count());
        return true;
    }

    template <class Other> bool operator()(const Other& /*command*/) { return false; }

private:
    bool onWindow(const char* type, WindowId window) {
        out_.member("type", type).member("window", std::to_underlying(window));
        return true;
    }

    JsonWriter& out_;
};

} // namespace

std::optional<std::string> V1Peer::write(const Request& request) {
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    if (!std::visit(Writer(out), request.command)) {
        return std::nullopt;
    }
    asked_.push_back({++lastId_, request.tag});
    if (asked_.size() > kMostAsked) {
        asked_.pop_front();
    }
    out.member("origin", settings_.origin).member("id", lastId_).endObject();
    return text;
}

} // namespace compositord
