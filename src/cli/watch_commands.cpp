// The map as it changes: as lines, as JSON, or as a table that is redrawn.

#include "cli/interrupts.hpp"
#include "cli/requests.hpp"
#include "cli/world_view.hpp"

#include <fmt/format.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace compositord::cli {

namespace {

constexpr double kRedraws = 10; // a second; nobody reads faster

/// Calls for every message until Ctrl-C; `between` whenever nothing more is there for now.
Outcome<Exit> listen(Conversation& conversation, int interrupts,
                     const std::function<void(const std::string&, const json_t*)>& onMessage,
                     const std::function<void()>& between) {
    int fd = -1; // something may have come with the answers before
    for (;;) {
        const Ready ready = waitFor(fd, interrupts);
        if (ready.interrupted) {
            return Exit::cancelled;
        }
        if (ready.resized) {
            between();
        }
        if (!ready.readable) {
            continue;
        }
        Outcome<> failed;
        const auto tell = [&](const std::string& text) {
            if (const auto json = parse(text)) {
                onMessage(text, json->get());
            } else {
                failed = std::unexpected(json.error());
            }
        };
        const auto read = fd < 0 ? conversation.readKept(tell) : conversation.read(tell);
        if (!read || !failed) {
            return std::unexpected(read ? failed.error() : read.error());
        }
        fd = conversation.fd();
        between();
    }
}

/// What of the map is to be told, as the options say.
Outcome<> subscribe(Conversation& conversation, const Call& call, std::optional<double> rate) {
    std::vector<std::string> kinds;
    if (const auto text = call.value("kinds")) {
        for (std::size_t from = 0; from <= text->size();) {
            const std::size_t comma = std::min(text->find(',', from), text->size());
            kinds.push_back(text->substr(from, comma - from));
            from = comma + 1;
        }
    }
    if (kinds.empty() && !rate) {
        return {};
    }
    const auto answer = conversation.ask("Subscribe", [&](JsonWriter& out) {
        if (!kinds.empty()) {
            out.key("kinds").beginArray();
            for (const std::string& kind : kinds) {
                out.value(kind);
            }
            out.endArray();
        }
        if (rate) {
            out.member("maxRate", *rate);
        }
    });
    return answer ? Outcome<>() : std::unexpected(answer.error());
}

Outcome<Conversation> begin(const Call& call, std::optional<double> rate) {
    auto target = Target::find(call);
    auto conversation = target ? target->talk() : std::unexpected(target.error());
    if (conversation) {
        if (auto subscribed = subscribe(*conversation, call, rate); !subscribed) {
            return std::unexpected(subscribed.error());
        }
    }
    return conversation;
}

Outcome<Exit> printEvents(const Call& call) {
    std::optional<double> rate;
    if (const auto text = call.value("max-rate")) {
        const auto value = number("--max-rate", *text);
        if (!value) {
            return std::unexpected(value.error());
        }
        rate = *value;
    }
    const auto interrupts = takeInterrupts();
    auto conversation = interrupts ? begin(call, rate) : std::unexpected(interrupts.error());
    if (!conversation) {
        return std::unexpected(conversation.error());
    }
    const auto print = [&](const std::string& text, const json_t* message) {
        if (call.has("json")) {
            fmt::print("{}\n", text);
            return;
        }
        for (const std::string& line : linesOf(message)) {
            fmt::print("{}\n", line);
        }
    };
    return listen(*conversation, interrupts->get(), print, [] { (void)std::fflush(stdout); });
}

/// Takes the whole terminal, and gives it back as it was.
class Screen {
public:
    Screen() { fmt::print("\x1b[?1049h\x1b[?25l"); }

    Screen(const Screen&) = delete;
    Screen& operator=(const Screen&) = delete;

    ~Screen() {
        fmt::print("\x1b[?25h\x1b[?1049l");
        (void)std::fflush(stdout);
    }

    static void draw(const std::vector<std::string>& lines, std::size_t height) {
        std::string text = "\x1b[H";
        for (std::size_t i = 0; i < std::min(lines.size(), height); ++i) {
            text += (i > 0 ? "\r\n" : "") + lines[i] + "\x1b[K";
        }
        fmt::print("{}\x1b[J", text);
        (void)std::fflush(stdout);
    }
};

winsize sizeOfTerminal() {
    constexpr unsigned short usualRows = 24;
    constexpr unsigned short usualColumns = 80;
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0) {
        size = {.ws_row = usualRows, .ws_col = usualColumns};
    }
    return size;
}

std::vector<std::string> picture(const WorldView& world, std::size_t width) {
    std::vector<std::string> lines;
    const json_t* compositor = world.compositor();
    const bool connected = flagIn(compositor, "connected");
    const std::string state = connected ? "connected" : "not connected: " + textIn(compositor, "reason");
    lines.push_back(
        in(Colour::bold,
           cut(plain(fmt::format("{} ({}) {}, revision {}; Ctrl-C ends", textIn(compositor, "name"),
                                 textIn(compositor, "driver"), state, world.revision())),
               width)));
    std::vector<std::string> ofCameras{"CAMERA", "X", "Y", "ZOOM"};
    std::vector<std::string> ofWindows{"WINDOW", "APP", "X", "Y", "SIZE", "STATES", "TITLE"};
    const bool several = textIn(compositor, "driver") == "combined";
    if (several) {
        ofCameras.emplace_back("COMPOSITOR");
        ofWindows.insert(ofWindows.end() - 1, "COMPOSITOR"); // the title may be wide, and is cut
    }
    Table cameras(std::move(ofCameras));
    for (const auto& [name, camera] : world.cameras()) {
        std::vector<Table::Cell> row{{name, {}},
                                     {shortNumber(numberIn(camera.get(), "x")), {}},
                                     {shortNumber(numberIn(camera.get(), "y")), {}},
                                     {shortNumber(numberIn(camera.get(), "zoom")), {}}};
        if (several) {
            row.push_back({textIn(camera.get(), "compositor"), {}});
        }
        cameras.add(std::move(row));
    }
    Table windows(std::move(ofWindows));
    for (const auto& [id, window] : world.windows()) {
        const auto states = textsIn(window.get(), "states");
        const bool active = std::ranges::find(states, "activated") != states.end();
        std::vector<Table::Cell> row{{std::to_string(id), active ? Colour::green : Colour::none},
                                     {textIn(window.get(), "appId"), {}},
                                     {shortNumber(numberIn(window.get(), "x")), {}},
                                     {shortNumber(numberIn(window.get(), "y")), {}},
                                     {fmt::format("{}x{}", shortNumber(numberIn(window.get(), "width")),
                                                  shortNumber(numberIn(window.get(), "height"))),
                                      {}},
                                     {fmt::format("{}", fmt::join(states, " ")), {}}};
        if (several) {
            row.push_back({textIn(window.get(), "compositor"), {}});
        }
        row.push_back({textIn(window.get(), "title"), {}});
        windows.add(std::move(row));
    }
    for (const Table* table : {&cameras, &windows}) {
        lines.emplace_back();
        for (std::string& line : table->lines(width)) {
            lines.push_back(std::move(line));
        }
    }
    return lines;
}

Outcome<Exit> watch(const Call& call) {
    if (call.has("json") || isatty(STDOUT_FILENO) != 1) {
        return printEvents(call);
    }
    const auto interrupts = takeInterrupts(true);
    auto conversation = interrupts ? begin(call, kRedraws) : std::unexpected(interrupts.error());
    if (!conversation) {
        return std::unexpected(conversation.error());
    }
    WorldView world;
    const Screen screen;
    return listen(
        *conversation, interrupts->get(),
        [&](const std::string& /*text*/, const json_t* message) { world.apply(message); },
        [&] {
            const winsize size = sizeOfTerminal();
            Screen::draw(picture(world, size.ws_col), size.ws_row);
        });
}

} // namespace

std::span<const Command> watchCommands() {
    const Option kinds{"kinds", "LIST", "only some of cameras,windows,tiles"};
    static const std::array commands{
        Command{"watch",
                "",
                "the map as a table that follows it; lines where there is no terminal",
                0,
                0,
                {kinds, kOfOne},
                watch},
        Command{"events",
                "",
                "what changes on the map, a line for each thing; with --json the messages themselves",
                0,
                0,
                {kinds, {"max-rate", "NUMBER", "at most so many messages a second"}, kOfOne},
                printEvents},
    };
    return commands;
}

} // namespace compositord::cli
