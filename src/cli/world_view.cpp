#include "cli/world_view.hpp"

#include "cli/requests.hpp"

#include <fmt/format.h>

namespace compositord::cli {

namespace {

JsonHandle share(const json_t* value) {
    return JsonHandle(json_incref(const_cast<json_t*>(value))); // NOLINT: only counted
}

/// Whose it is, where that is a question.
std::string owner(const json_t* thing) {
    const std::string name = textIn(thing, "compositor");
    return name.empty() ? "" : fmt::format(" in {}", name);
}

std::string cameraLine(const json_t* camera) {
    return fmt::format("camera {} at {},{} zoom {}{}", textIn(camera, "name"),
                       shortNumber(numberIn(camera, "x")), shortNumber(numberIn(camera, "y")),
                       shortNumber(numberIn(camera, "zoom")), owner(camera));
}

std::string windowLine(const json_t* window) {
    return fmt::format("window {} {} \"{}\" at {},{} {}x{}{} {}", numberIn(window, "id"),
                       textIn(window, "appId"), textIn(window, "title"), shortNumber(numberIn(window, "x")),
                       shortNumber(numberIn(window, "y")), shortNumber(numberIn(window, "width")),
                       shortNumber(numberIn(window, "height")), owner(window),
                       fmt::join(textsIn(window, "states"), " "));
}

std::string compositorLine(const json_t* compositor) {
    return fmt::format("compositor {} ({}) {}", textIn(compositor, "name"), textIn(compositor, "driver"),
                       flagIn(compositor, "connected") ? "connected"
                                                       : "not connected: " + textIn(compositor, "reason"));
}

void addTiles(const json_t* tiles, std::vector<std::string>& lines) {
    if (json_is_null(tiles)) {
        lines.emplace_back("tiles: many changed");
        return;
    }
    const char* cell = nullptr;
    json_t* tile = nullptr;
    json_object_foreach(const_cast<json_t*>(tiles), cell, tile) { // NOLINT: only read
        lines.push_back(json_is_null(tile) ? fmt::format("tile {} removed", cell)
                                           : fmt::format("tile {} {}", cell, textIn(tile, "brick")));
    }
}

} // namespace

void WorldView::apply(const json_t* message) {
    const std::string type = textIn(message, "type");
    if (json_is_integer(json_object_get(message, "revision"))) {
        revision_ = static_cast<std::uint64_t>(numberIn(message, "revision"));
    }
    if (type == "Snapshot") {
        cameras_.clear();
        windows_.clear();
    }
    if (const json_t* compositor = json_object_get(message, "compositor")) {
        compositor_ = share(compositor);
    }
    for (const json_t* camera : listIn(message, "cameras")) {
        cameras_[textIn(camera, "name")] = share(camera);
    }
    for (const json_t* window : listIn(message, "windows")) {
        windows_[static_cast<std::int64_t>(numberIn(window, "id"))] = share(window);
    }
    for (const json_t* removed : listIn(message, "removed")) {
        if (json_is_string(removed)) {
            cameras_.erase(json_string_value(removed));
        } else {
            windows_.erase(json_integer_value(removed));
        }
    }
}

std::vector<std::string> linesOf(const json_t* message) {
    std::vector<std::string> lines;
    if (const json_t* compositor = json_object_get(message, "compositor")) {
        if (textIn(compositor, "driver") == "combined") {
            for (const json_t* each : listIn(message, "compositors")) {
                lines.push_back(compositorLine(each));
            }
        } else {
            lines.push_back(compositorLine(compositor));
        }
    }
    for (const json_t* camera : listIn(message, "cameras")) {
        lines.push_back(cameraLine(camera));
    }
    for (const json_t* window : listIn(message, "windows")) {
        lines.push_back(windowLine(window));
    }
    for (const json_t* removed : listIn(message, "removed")) {
        lines.push_back(json_is_string(removed)
                            ? fmt::format("camera {} is gone", json_string_value(removed))
                            : fmt::format("window {} is gone", json_integer_value(removed)));
    }
    if (const json_t* tiles = json_object_get(message, "tiles")) {
        addTiles(tiles, lines);
    }
    if (textIn(message, "type") == "SessionEvent") {
        lines.push_back(fmt::format("session {} {}", textIn(message, "session"), textIn(message, "event")));
    }
    for (std::string& line : lines) {
        line = plain(line);
        for (char& c : line) {
            c = c == '\n' || c == '\t' ? ' ' : c;
        }
        line.erase(line.find_last_not_of(' ') + 1);
    }
    return lines;
}

} // namespace compositord::cli
