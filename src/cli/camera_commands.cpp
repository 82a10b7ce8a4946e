// Cameras from the command line.

#include "cli/requests.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::int64_t kUsualDuration = 300; // milliseconds

Table::Cell poseCell(const json_t* pose, const char* name) {
    return {shortNumber(numberIn(pose, name)), {}};
}

Outcome<Exit> list(const Call& call) {
    const auto json = ask(call, "/api/v1/cameras");
    if (!json) {
        return std::unexpected(json.error());
    }
    const auto cameras = listIn(json->get(), "cameras");
    const bool several = ofSeveral(cameras);
    std::vector<std::string> titles{"CAMERA", "X", "Y", "ZOOM", "VIEWPORT", "STATE"};
    if (several) {
        titles.emplace_back("COMPOSITOR");
    }
    Table table(std::move(titles));
    for (const json_t* camera : cameras) {
        if (call.has("json")) {
            fmt::print("{}\n", dump(camera));
            continue;
        }
        const json_t* viewport = json_object_get(camera, "viewport");
        const json_t* target = json_object_get(camera, "target");
        const bool moving = numberIn(target, "x") != numberIn(camera, "x") ||
                            numberIn(target, "y") != numberIn(camera, "y") ||
                            numberIn(target, "zoom") != numberIn(camera, "zoom");
        std::vector<Table::Cell> row{
            {textIn(camera, "name"), Colour::bold},
            poseCell(camera, "x"),
            poseCell(camera, "y"),
            poseCell(camera, "zoom"),
            {fmt::format("{}x{}", numberIn(viewport, "width"), numberIn(viewport, "height")), {}},
            {flagIn(camera, "locked") ? "locked"
             : moving                 ? "moving"
                                      : "at rest",
             {}}};
        if (several) {
            row.push_back({textIn(camera, "compositor"), {}});
        }
        table.add(std::move(row));
    }
    if (!call.has("json")) {
        table.print();
    }
    return Exit::done;
}

Outcome<Exit> get(const Call& call) {
    const auto json = ask(call, "/api/v1/cameras");
    if (!json) {
        return std::unexpected(json.error());
    }
    const auto cameras = listIn(json->get(), "cameras");
    for (const json_t* camera : cameras) {
        if (!call.arguments.empty() && textIn(camera, "name") != call.arguments[0]) {
            continue;
        }
        if (call.has("json")) {
            fmt::print("{}\n", dump(camera));
        } else {
            fmt::print("{} {} {}\n", numberIn(camera, "x"), numberIn(camera, "y"), numberIn(camera, "zoom"));
        }
        return Exit::done;
    }
    return problem(Exit::failed, call.arguments.empty()
                                     ? "there is no camera"
                                     : fmt::format("there is no camera {}", call.arguments[0]));
}

Outcome<Exit> setTo(const Call& call, std::optional<std::int64_t> duration) {
    static constexpr std::array names{"x", "y", "zoom"};
    std::array<std::optional<double>, names.size()> values;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (const auto text = call.value(names.at(i))) {
            const auto value = number(fmt::format("--{}", names.at(i)), *text);
            if (!value) {
                return std::unexpected(value.error());
            }
            values.at(i) = *value;
        }
    }
    if (!values[0] && !values[1] && !values[2]) {
        return problem(Exit::usage, "at least one of --x, --y and --zoom is needed");
    }
    return request(call, "SetCamera", [&](JsonWriter& out) {
        if (!call.arguments.empty()) {
            out.member("camera", call.arguments[0]);
        }
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (const auto& value = values.at(i)) {
                out.member(names.at(i), *value);
            }
        }
        if (duration) {
            out.member("duration", *duration);
        }
    });
}

Outcome<Exit> set(const Call& call) {
    return setTo(call, std::nullopt);
}

Outcome<Exit> animate(const Call& call) {
    const auto duration =
        integer("--duration", call.value("duration").value_or(std::to_string(kUsualDuration)));
    return duration ? setTo(call, *duration) : std::unexpected(duration.error());
}

Outcome<Exit> stop(const Call& call) {
    return request(call, "CancelCamera", [&](JsonWriter& out) {
        if (!call.arguments.empty()) {
            out.member("camera", call.arguments[0]);
        }
    });
}

} // namespace

std::span<const Command> cameraCommands() {
    const Option x{"x", "X", "where its centre is to be, in units of the map"};
    const Option y{"y", "Y", "the same downwards"};
    const Option zoom{"zoom", "ZOOM", "pixels of the output for a unit of the map"};
    static const std::array commands{
        Command{"cameras list", "", "the cameras, and where they are", 0, 0, {kOfOne}, list},
        Command{"cameras get", "[CAMERA]", "x, y and zoom of a camera", 0, 1, {kOfOne}, get},
        Command{"cameras set",
                "[CAMERA]",
                "move a camera at once (default the active one)",
                0,
                1,
                {x, y, zoom, kOfOne},
                set},
        Command{"cameras animate",
                "[CAMERA]",
                "move a camera smoothly",
                0,
                1,
                {x, y, zoom, {"duration", "MILLISECONDS", "how long it takes (default 300)"}, kOfOne},
                animate},
        Command{"cameras stop", "[CAMERA]", "leave a camera that moves where it is", 0, 1, {kOfOne}, stop},
    };
    return commands;
}

} // namespace compositord::cli
