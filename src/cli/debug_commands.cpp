// What goes over the connections of a running compositord.

#include "cli/http_client.hpp"
#include "cli/interrupts.hpp"
#include "cli/report.hpp"
#include "cli/requests.hpp"
#include "cli/wire_lines.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

namespace compositord::cli {

namespace {

/// Whether it is to be shown; called for each event.
using Show = std::function<bool(std::string_view name, std::string_view data, const json_t* event)>;

/// Until Ctrl-C, or until as many were shown as --count says.
Outcome<Exit> showStream(const Call& call, std::string_view path, const Show& show) {
    const auto most = integer("--count", call.value("count").value_or("0"));
    const auto interrupts = takeInterrupts();
    auto transport = most ? Transport::find(call) : std::unexpected(most.error());
    auto events = transport && interrupts
                      ? EventReader::open(*transport, path)
                      : std::unexpected(transport ? interrupts.error() : transport.error());
    if (!events) {
        return std::unexpected(events.error());
    }
    std::int64_t shown = 0;
    for (;;) {
        const Ready ready = waitFor(events->hasRest() ? -1 : events->fd(), interrupts->get());
        if (ready.interrupted) {
            return Exit::cancelled;
        }
        if (!ready.readable) {
            continue;
        }
        const auto more = events->read([&](std::string_view name, std::string_view data) {
            const auto event = parse(data);
            if (event && (*most == 0 || shown < *most) && show(name, data, event->get())) {
                ++shown;
            }
        });
        (void)std::fflush(stdout);
        if (!more) {
            return std::unexpected(more.error());
        }
        if (*most > 0 && shown >= *most) {
            return Exit::done;
        }
        if (!*more) {
            return problem(Exit::absent, "compositord has ended");
        }
    }
}

/// Whether one of an option's values is this, if it is given at all.
bool wanted(const Call& call, const char* option, std::string_view value) {
    const auto [first, last] = call.options.equal_range(option);
    return first == last || std::any_of(first, last, [&](const auto& each) { return each.second == value; });
}

std::string clock(double milliseconds) {
    constexpr std::int64_t thousand = 1000;
    const auto whole = static_cast<std::int64_t>(milliseconds);
    return fmt::format("{:%T}.{:03}", fmt::localtime(static_cast<std::time_t>(whole / thousand)),
                       whole % thousand);
}

Outcome<Exit> wayland(const Call& call) {
    return showStream(
        call, "/api/v1/wayland", [&](std::string_view name, std::string_view data, const json_t* event) {
            const bool message = json_object_get(event, "message") != nullptr;
            if (message && (!wanted(call, "interface", textIn(event, "interface")) ||
                            !wanted(call, "object", fmt::format("{}", numberIn(event, "object"))) ||
                            !wanted(call, "message", textIn(event, "message")))) {
                return false;
            }
            if (call.has("json")) {
                fmt::print("{}\n", data);
            } else if (name == "dropped") {
                fmt::print("({} messages were left out)\n", numberIn(event, "messages"));
            } else {
                const bool sent = textIn(event, "direction") == "sent";
                fmt::print("{}\n", in(sent ? Colour::green : Colour::none, wireLine(event)));
            }
            return message;
        });
}

/// A line for what the inspector is told; empty for what only counts.
std::string trafficLine(std::string_view name, const json_t* event) {
    if (name == "message") {
        const bool sent = textIn(event, "direction") == "sent";
        return fmt::format("{} {} client {} {} {}{}", clock(numberIn(event, "time")), sent ? "->" : "<-",
                           numberIn(event, "client"), textIn(event, "type"), textIn(event, "text"),
                           flagIn(event, "cut") ? "…" : "");
    }
    if (name == "client") {
        return fmt::format(
            "{} client {} is {} of {}", clock(numberIn(event, "since")), numberIn(event, "client"),
            textIn(event, "dialect").empty() ? "one without a subprotocol" : textIn(event, "dialect"),
            textIn(event, "peer"));
    }
    if (name == "gone") {
        return fmt::format("{} client {} went: {}", clock(numberIn(event, "time")), numberIn(event, "client"),
                           textIn(event, "reason"));
    }
    return name == "dropped" ? fmt::format("({} messages were left out)", numberIn(event, "messages")) : "";
}

Outcome<Exit> traffic(const Call& call) {
    return showStream(call, "/api/v1/traffic",
                      [&](std::string_view name, std::string_view data, const json_t* event) {
                          const std::string line = trafficLine(name, event);
                          const bool message = name == "message";
                          if ((name != "counts" && name != "dropped" &&
                               !wanted(call, "client", fmt::format("{}", numberIn(event, "client")))) ||
                              (message && !wanted(call, "type", textIn(event, "type")))) {
                              return false;
                          }
                          if (call.has("json")) {
                              fmt::print("{{\"event\":\"{}\",{}\n", name, data.substr(1));
                          } else if (!line.empty()) {
                              fmt::print("{}\n", plain(line));
                          }
                          return message;
                      });
}

} // namespace

std::span<const Command> debugCommands() {
    const Option count{"count", "NUMBER", "end after so many messages"};
    static const std::array commands{
        Command{"debug wayland",
                "",
                "the Wayland messages between compositord and its compositor, from now on",
                0,
                0,
                {{"interface", "NAME", "only those of objects of this interface; may be repeated"},
                 {"object", "NUMBER", "only those of this object; may be repeated"},
                 {"message", "NAME", "only those of this name; may be repeated"},
                 count},
                wayland},
        Command{"debug traffic",
                "",
                "what compositord and its clients say to each other, from now on",
                0,
                0,
                {{"client", "NUMBER", "only what goes to and from this client; may be repeated"},
                 {"type", "NAME", "only messages of this type; may be repeated"},
                 count},
                traffic},
        Command{"debug report",
                "",
                "all that a report of a fault needs, in one file, without secrets",
                0,
                0,
                {{"output", "FILE", "the file (default compositord-report-TIME.tar.gz here)"}},
                report},
    };
    return commands;
}

} // namespace compositord::cli
