#include "web/geometry_os.hpp"

#include "base/json_reader.hpp"
#include "base/json_writer.hpp"
#include "web/tile_writer.hpp"

#include <algorithm>
#include <string>

namespace compositord {

namespace {

std::chrono::milliseconds wallClock() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch());
}

void addCamera(Frame& frame, const Camera& camera) {
    std::string text;
    JsonWriter json(text);
    json.beginObject().member("type", "camera_update");
    json.member("x", camera.live.center.x).member("y", camera.live.center.y).member("zoom", camera.live.zoom);
    json.member("target_x", camera.target.center.x).member("target_y", camera.target.center.y);
    json.member("target_zoom", camera.target.zoom).member("timestamp", wallClock().count()).endObject();
    frame.addText(text);
}

void addTile(Frame& frame, Cell cell, const std::string& brick, TileTime time) {
    std::string text;
    JsonWriter json(text);
    json.beginObject().member("type", "tile_update").member("x", cell.x).member("y", cell.y);
    json.member("brick", brick).member("timestamp", toSeconds(time)).endObject();
    frame.addText(text);
}

Rejected invalid(const JsonProblem& problem) {
    return {{}, {"invalid_member", problem.member, problem.message}};
}

} // namespace

std::expected<Message, Rejected> GeometryOs::decode(std::string_view text) const {
    const auto json = parseJsonObject(text);
    if (!json) {
        return std::unexpected(Rejected{{}, {"malformed", json.error().member, json.error().message}});
    }
    JsonObjectReader in(json->get());
    const std::string type = in.string("type", 1, 256);
    if (type == "heartbeat") {
        return Heartbeat{};
    }
    if (type != "camera_update") {
        return std::unexpected(
            Rejected{{}, {"unknown_type", "type", "geometry-os has no such message for a server"}});
    }
    const SetCamera command{.camera = std::nullopt,
                            .x = in.number("x", -2e11, 2e11),
                            .y = in.number("y", -2e11, 2e11),
                            .zoom = in.number("zoom", 1e-6, 4294)};
    if (const auto& problem = in.problem()) {
        return std::unexpected(invalid(*problem));
    }
    return Request{command, {}};
}

SharedFrame GeometryOs::snapshot(const World& world, const View& view) const {
    const auto frame = std::make_shared<Frame>();
    if (const Camera* const first = world.firstCamera()) {
        addCamera(*frame, *first);
    }
    // A larger map is in the manifest, which the shell polls.
    for (const Tile& tile : world.tilesSeenThrough(view).value_or(std::vector<Tile>{})) {
        addTile(*frame, tile.cell, tile.brick, tile.time);
    }
    return frame->empty() ? nullptr : frame;
}

SharedFrame GeometryOs::update(const World& world, const ChangeSet& set) const {
    const auto frame = std::make_shared<Frame>();
    if (const Camera* const first = world.firstCamera()) {
        const auto changed = std::ranges::find(set.changes.cameras, first->name, &Camera::name);
        if (changed != set.changes.cameras.end()) {
            addCamera(*frame, *changed);
        }
    }
    for (const TileChange& change : set.changes.tiles) {
        if (change.brick) { // there is no word for a removal
            addTile(*frame, change.cell, *change.brick, change.time);
        }
    }
    return frame->empty() ? nullptr : frame;
}

SharedFrame GeometryOs::heartbeat() const {
    std::string text;
    JsonWriter(text)
        .beginObject()
        .member("type", "heartbeat")
        .member("timestamp", std::chrono::duration_cast<std::chrono::seconds>(wallClock()).count())
        .endObject();
    auto frame = std::make_shared<Frame>();
    frame->addText(text);
    return frame;
}

} // namespace compositord
