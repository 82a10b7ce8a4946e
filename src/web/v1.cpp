#include "web/v1.hpp"

#include "base/json_writer.hpp"
#include "config.hpp"
#include "web/tile_writer.hpp"
#include "web/v1_compositor.hpp"
#include "web/v1_message.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>
#include <vector>

namespace compositord {

namespace {

template <class Writer> void writePoint(Writer& out, double x, double y) {
    out.member("x", x).member("y", y);
}

template <class Writer> void writePose(Writer& out, const CameraPose& pose) {
    writePoint(out, pose.center.x, pose.center.y);
    out.member("zoom", pose.zoom);
}

template <class Writer> void write(Writer& out, const Capabilities& capabilities) {
    out.beginArray();
    for (std::size_t i = 0; i < Capabilities::kNames.size(); ++i) {
        if (capabilities.has(static_cast<Capability>(i))) {
            out.value(Capabilities::kNames[i]);
        }
    }
    out.endArray();
}

template <class Writer> void write(Writer& out, Grants grants) {
    out.beginArray();
    for (std::size_t i = 0; i < Grants::kNames.size(); ++i) {
        if (grants.has(static_cast<Grant>(i))) {
            out.value(Grants::kNames[i]);
        }
    }
    out.endArray();
}

template <class Writer> void writeMembers(Writer& out, const Compositor& compositor) {
    out.member("name", compositor.name).member("driver", compositor.driver);
    out.member("connected", compositor.connected);
    if (!compositor.connected) {
        out.member("reason", compositor.reason);
    }
    out.member("gridSize", compositor.gridSize);
    write(out.key("capabilities"), compositor.capabilities);
}

template <class Writer> void write(Writer& out, const Compositor& compositor) {
    out.beginObject();
    writeMembers(out, compositor);
    out.endObject();
}

template <class Writer> void write(Writer& out, const PlacedCompositor& placed) {
    out.beginObject();
    writeMembers(out, placed.compositor);
    out.key("offset").beginObject();
    writePoint(out, placed.offset.x, placed.offset.y);
    out.endObject().endObject();
}

/// Whose a camera or window is, where that is a question.
template <class Writer> void writeOwner(Writer& out, const std::string& compositor) {
    if (!compositor.empty()) {
        out.member("compositor", compositor);
    }
}

template <class Writer> void write(Writer& out, const Camera& camera) {
    out.beginObject();
    out.member("name", camera.name);
    writeOwner(out, camera.compositor);
    writePose(out, camera.live);
    out.key("target").beginObject();
    writePose(out, camera.target);
    out.endObject();
    out.key("viewport").beginObject();
    out.member("width", camera.viewportWidth).member("height", camera.viewportHeight).endObject();
    out.key("zoomRange").beginObject();
    out.member("min", camera.minZoom).member("max", camera.maxZoom).endObject();
    out.member("locked", camera.locked);
    out.key("cause");
    if (camera.cause) {
        out.beginObject().key("origin");
        if (camera.cause->tag.origin) {
            out.value(*camera.cause->tag.origin);
        } else {
            out.null();
        }
        write(out.key("id"), camera.cause->tag.id);
        out.endObject();
    } else {
        out.null();
    }
    out.endObject();
}

const char* nameOf(Space space) {
    switch (space) {
    case Space::map:
        return "map";
    case Space::screen:
        return "screen";
    case Space::widget:
        return "widget";
    }
    std::unreachable();
}

template <class Writer> void write(Writer& out, const WindowStates& states) {
    out.beginArray();
    const std::array<std::pair<bool, const char*>, 6> names{{{states.activated, "activated"},
                                                             {states.maximized, "maximized"},
                                                             {states.fullscreen, "fullscreen"},
                                                             {states.minimized, "minimized"},
                                                             {states.resizing, "resizing"},
                                                             {states.urgent, "urgent"}}};
    for (const auto& [set, name] : names) {
        if (set) {
            out.value(name);
        }
    }
    out.endArray();
}

template <class Writer> void write(Writer& out, const ScreenPlace& place) {
    out.beginObject().key("camera");
    if (place.camera) {
        out.value(*place.camera);
    } else {
        out.null();
    }
    writePoint(out, place.position.x, place.position.y);
    out.endObject();
}

template <class Writer> void write(Writer& out, WindowId id) {
    out.value(std::to_underlying(id));
}

template <class Writer> void write(Writer& out, const std::string& name) {
    out.value(name);
}

template <class Writer> void write(Writer& out, const Window& window) {
    out.beginObject();
    write(out.key("id"), window.id);
    writeOwner(out, window.compositor);
    out.key("identifier");
    if (window.identifier) {
        out.value(*window.identifier);
    } else {
        out.null();
    }
    out.member("appId", window.appId).member("title", window.title);
    out.key("pid");
    if (window.pid != 0) {
        out.value(window.pid);
    } else {
        out.null();
    }
    writePoint(out, window.position.x, window.position.y);
    out.member("width", window.width).member("height", window.height);
    out.member("space", nameOf(window.space));
    out.key("screen");
    if (window.screen) {
        write(out, *window.screen);
    } else {
        out.null();
    }
    out.member("stacking", window.stacking);
    out.key("parent");
    if (window.parent) {
        write(out, *window.parent);
    } else {
        out.null();
    }
    write(out.key("states"), window.states);
    out.endObject();
}

template <class Writer, class Thing> void writeAll(Writer& out, const std::vector<Thing>& things) {
    out.beginArray();
    for (const Thing& thing : things) {
        write(out, thing);
    }
    out.endArray();
}

/// All there are, if they are several.
template <class Writer> void writeCompositors(Writer& out, const std::vector<PlacedCompositor>& compositors) {
    if (!compositors.empty()) {
        writeAll(out.key("compositors"), compositors);
    }
}

template <class Writer>
void writeState(Writer& out, const World& world, const Changes& all, const View& view,
                const V1::Parts& parts) {
    out.member("revision", world.revision());
    if (parts.compositor) {
        write(out.key("compositor"), world.compositor());
        writeCompositors(out, world.compositors());
    }
    if (parts.cameras) {
        writeAll(out.key("cameras"), all.cameras);
    }
    if (parts.windows) {
        writeAll(out.key("windows"), all.windows);
    }
    if (parts.tiles) {
        out.key("tiles");
        if (const auto tiles = world.tilesSeenThrough(view)) {
            writeTiles(out, *tiles);
        } else {
            out.null();
        }
    }
}

} // namespace

SharedFrame V1::hello(const World& world, const Greeting& greeting) const {
    return message(format_, "Hello", [&](auto& out) {
        out.member("protocol", name()).member("version", kVersion);
        out.member("server", "compositord").member("instance", greeting.instance);
        out.member("gridSize", world.compositor().gridSize);
        write(out.key("capabilities"), world.compositor().capabilities);
        writeCompositors(out, world.compositors());
        write(out.key("grants"), greeting.grants);
        out.member("revision", world.revision());
    });
}

SharedFrame V1::snapshot(const World& world, const View& view) const {
    return message(format_, "Snapshot", [&](auto& out) {
        const auto seen = seenThrough(view, world.snapshot(), world.compositor().gridSize);
        writeState(out, world, seen, view, {true, true, true, true});
    });
}

std::string V1::state(const World& world, const Parts& parts) {
    std::string text;
    JsonWriter out(text);
    out.beginObject();
    writeState(out, world, world.snapshot(), {}, parts);
    out.endObject();
    return text;
}

std::string V1::compositors(const World& world) {
    std::string text;
    JsonWriter out(text);
    writeAll(out, world.compositors().empty() ? std::vector{PlacedCompositor{world.compositor(), {}}}
                                              : world.compositors());
    return text;
}

SharedFrame V1::update(const World& world, const ChangeSet& set) const {
    const Changes& changes = set.changes;
    const bool cameras = !changes.cameras.empty() || !changes.removedCameras.empty();
    const bool windows = !changes.windows.empty() || !changes.removedWindows.empty();
    const bool tiles = !changes.tiles.empty() || changes.manyTiles;
    const auto head = [&](auto& out, bool more) {
        out.member("revision", set.revision);
        if (more) {
            out.member("more", true);
        }
    };
    auto frame = std::make_shared<Frame>();
    if (changes.compositor || changes.compositors) {
        addMessage(*frame, format_, "CompositorUpdate", [&](auto& out) {
            head(out, tiles || cameras || windows);
            write(out.key("compositor"), changes.compositor.value_or(world.compositor()));
            writeCompositors(out, changes.compositors.value_or(world.compositors()));
        });
    }
    if (tiles) {
        addMessage(*frame, format_, "ManifestUpdate", [&](auto& out) {
            head(out, cameras || windows);
            out.key("tiles");
            if (changes.manyTiles) {
                out.null();
            } else {
                writeTiles(out, changes.tiles);
            }
        });
    }
    if (cameras) {
        addMessage(*frame, format_, "CameraUpdate", [&](auto& out) {
            head(out, windows);
            writeAll(out.key("cameras"), changes.cameras);
            writeAll(out.key("removed"), changes.removedCameras);
        });
    }
    if (windows) {
        addMessage(*frame, format_, "WindowUpdate", [&](auto& out) {
            head(out, false);
            writeAll(out.key("windows"), changes.windows);
            writeAll(out.key("removed"), changes.removedWindows);
        });
    }
    return frame;
}

SharedFrame V1::ack(const RequestId& id) const {
    return message(format_, "Ack", [&](auto& out) { write(out.key("id"), id); });
}

SharedFrame V1::pong(const RequestId& id) const {
    return message(format_, "Pong", [&](auto& out) { write(out.key("id"), id); });
}

SharedFrame V1::error(const RequestId& id, const Problem& problem) const {
    return message(format_, "Error", [&](auto& out) {
        write(out.key("id"), id);
        out.member("code", problem.code).key("member");
        if (problem.member.empty()) {
            out.null();
        } else {
            out.value(problem.member);
        }
        out.member("message", problem.message);
    });
}

std::string compositorText(const Compositor& compositor) {
    std::string text;
    JsonWriter out(text);
    write(out, compositor);
    return text;
}

} // namespace compositord
