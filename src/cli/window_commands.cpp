// Windows from the command line.

#include "cli/requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::size_t kLongestTitle = 48;

bool active(const json_t* window) {
    const auto states = textsIn(window, "states");
    return std::ranges::find(states, "activated") != states.end();
}

Outcome<Exit> list(const Call& call) {
    const auto json = ask(call, "/api/v1/windows");
    if (!json) {
        return std::unexpected(json.error());
    }
    const auto windows = listIn(json->get(), "windows");
    const bool several = ofSeveral(windows);
    std::vector<std::string> titles{"WINDOW", "APP", "TITLE", "X", "Y", "SIZE", "STATES"};
    if (several) {
        titles.emplace_back("COMPOSITOR");
    }
    Table table(std::move(titles));
    for (const json_t* window : windows) {
        if (call.has("json")) {
            fmt::print("{}\n", dump(window));
            continue;
        }
        std::vector<Table::Cell> row{{fmt::format("{}", numberIn(window, "id")), Colour::bold},
                                     {textIn(window, "appId"), {}},
                                     {cut(plain(textIn(window, "title")), kLongestTitle), {}},
                                     {shortNumber(numberIn(window, "x")), {}},
                                     {shortNumber(numberIn(window, "y")), {}},
                                     {fmt::format("{}x{}", shortNumber(numberIn(window, "width")),
                                                  shortNumber(numberIn(window, "height"))),
                                      {}},
                                     {fmt::format("{}", fmt::join(textsIn(window, "states"), " ")),
                                      active(window) ? Colour::green : Colour::none}};
        if (several) {
            row.push_back({textIn(window, "compositor"), {}});
        }
        table.add(std::move(row));
    }
    if (!call.has("json")) {
        table.print();
    }
    return Exit::done;
}

/// The number of a window, which may be called "active".
Outcome<std::int64_t> windowIn(const Call& call) {
    const std::string& text = call.arguments[0];
    if (text != "active") {
        return integer("a window", text);
    }
    const auto json = ask(call, "/api/v1/windows");
    if (!json) {
        return std::unexpected(json.error());
    }
    for (const json_t* window : listIn(json->get(), "windows")) {
        if (active(window)) {
            return static_cast<std::int64_t>(numberIn(window, "id"));
        }
    }
    return problem(Exit::failed, "no window is active");
}

Outcome<Exit> show(const Call& call) {
    const auto id = windowIn(call);
    const auto json = id ? ask(call, "/api/v1/windows") : std::unexpected(id.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    for (const json_t* window : listIn(json->get(), "windows")) {
        if (static_cast<std::int64_t>(numberIn(window, "id")) != *id) {
            continue;
        }
        if (call.has("json")) {
            fmt::print("{}\n", dump(window));
            return Exit::done;
        }
        const char* name = nullptr;
        json_t* value = nullptr;
        json_object_foreach(const_cast<json_t*>(window), name, value) { // NOLINT: only read
            if (!json_is_null(value)) {
                fmt::print("{}: {}\n", name,
                           json_is_string(value) ? plain(json_string_value(value)) : dump(value));
            }
        }
        return Exit::done;
    }
    return problem(Exit::failed, fmt::format("there is no window {}", *id));
}

Outcome<Exit> act(const Call& call, std::string_view type, const Conversation::Members& more = {}) {
    const auto window = windowIn(call);
    if (!window) {
        return std::unexpected(window.error());
    }
    return request(call, type, [&](JsonWriter& out) {
        out.member("window", *window);
        if (more) {
            more(out);
        }
    });
}

template <const char* const& Type> Outcome<Exit> simple(const Call& call) {
    return act(call, Type);
}

Outcome<Exit> pair(const Call& call, const char* type, const char* first, const char* second) {
    const auto a = number(first, call.arguments[1]);
    const auto b = a ? number(second, call.arguments[2]) : std::unexpected(a.error());
    return b ? act(call, type, [&](JsonWriter& out) { out.member(first, *a).member(second, *b); })
             : std::unexpected(b.error());
}

Outcome<Exit> move(const Call& call) {
    return pair(call, "Move", "x", "y");
}

Outcome<Exit> resize(const Call& call) {
    return pair(call, "Resize", "width", "height");
}

Outcome<Exit> minimize(const Call& call) {
    return act(call, "Minimize", [&](JsonWriter& out) { out.member("minimized", !call.has("off")); });
}

Outcome<Exit> maximize(const Call& call) {
    return act(call, "Maximize", [&](JsonWriter& out) { out.member("maximized", !call.has("off")); });
}

void writeCamera(JsonWriter& out, const Call& call) {
    if (const auto camera = call.value("camera")) {
        out.member("camera", *camera);
    }
}

Outcome<Exit> fullscreen(const Call& call) {
    return act(call, "Fullscreen", [&](JsonWriter& out) {
        out.member("fullscreen", !call.has("off"));
        writeCamera(out, call);
    });
}

Outcome<Exit> center(const Call& call) {
    const auto duration = integer("--duration", call.value("duration").value_or("300"));
    if (!duration) {
        return std::unexpected(duration.error());
    }
    return act(call, "Center", [&](JsonWriter& out) {
        writeCamera(out, call);
        out.member("duration", *duration);
    });
}

constexpr const char* kFocus = "Focus";
constexpr const char* kClose = "Close";
constexpr const char* kRaise = "Raise";
constexpr const char* kLower = "Lower";

} // namespace

std::span<const Command> windowCommands() {
    const Option off{"off", nullptr, "no longer"};
    const Option camera{"camera", "CAMERA", "on the output of this camera (default the active one)"};
    static const std::array commands{
        Command{"windows list", "", "the windows, and where they are", 0, 0, {kOfOne}, list},
        Command{"windows show", "WINDOW", "all about a window: its number, or active", 1, 1, {kOfOne}, show},
        Command{"windows focus", "WINDOW", "give a window the keyboard", 1, 1, {kOfOne}, simple<kFocus>},
        Command{"windows close", "WINDOW", "ask a window to close", 1, 1, {kOfOne}, simple<kClose>},
        Command{"windows raise", "WINDOW", "put a window above the others", 1, 1, {kOfOne}, simple<kRaise>},
        Command{"windows lower", "WINDOW", "put a window below the others", 1, 1, {kOfOne}, simple<kLower>},
        Command{"windows move", "WINDOW X Y", "put a window's upper left corner there", 3, 3, {kOfOne}, move},
        Command{
            "windows resize", "WINDOW WIDTH HEIGHT", "give a window another size", 3, 3, {kOfOne}, resize},
        Command{"windows minimize", "WINDOW", "put a window away", 1, 1, {off, kOfOne}, minimize},
        Command{"windows maximize",
                "WINDOW",
                "make a window as large as its place",
                1,
                1,
                {off, kOfOne},
                maximize},
        Command{"windows fullscreen",
                "WINDOW",
                "let a window fill an output",
                1,
                1,
                {off, camera, kOfOne},
                fullscreen},
        Command{"windows center",
                "WINDOW",
                "move a camera to a window",
                1,
                1,
                {camera, {"duration", "MILLISECONDS", "how long it takes (default 300)"}, kOfOne},
                center},
    };
    return commands;
}

} // namespace compositord::cli
