// The wallpaper pipeline from the command line.

#include "cli/follow.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>

namespace compositord::cli {

namespace {

Outcome<Exit> wallpaper(const Call& call) {
    std::error_code code;
    const auto file = std::filesystem::absolute(call.arguments[0], code);
    if (!std::filesystem::is_regular_file(file, code)) {
        return problem(Exit::failed, fmt::format("there is no file {}", call.arguments[0]));
    }
    SessionClient::Spawn wanted{
        .type = "wallpaper", .task = file.filename(), .parameters = {{"file", file}}, .priority = {}};
    for (const char* name : {"effect", "on", "cell", "width"}) {
        if (const auto value = call.value(name)) {
            wanted.parameters[name] = *value;
        }
    }
    return spawnAndFollow(call, wanted);
}

} // namespace

std::span<const Command> wallpaperCommands() {
    static const std::array commands{
        Command{"wallpaper",
                "FILE",
                "take the colours of a picture, make variants of it, show one",
                1,
                1,
                {{"effect", "NAME", "none, blur, dim, grey, sepia or warm (default none)"},
                 {"on", "WHERE", "desktop, map or nothing (default desktop)"},
                 {"cell", "X,Y", "on the map: the upper left cell (default 0,0)"},
                 {"width", "CELLS", "on the map: how wide it is, 1 to 64 (default 16)"},
                 {"detach", nullptr, "print the session's id and leave it alone"}},
                wallpaper},
    };
    return commands;
}

} // namespace compositord::cli
