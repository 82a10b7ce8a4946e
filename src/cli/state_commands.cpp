// How compositord and its compositors stand.

#include "cli/http_client.hpp"
#include "cli/requests.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>

namespace compositord::cli {

namespace {

std::string duration(std::uint64_t seconds) {
    constexpr std::uint64_t minute = 60;
    constexpr std::uint64_t hour = 60 * minute;
    constexpr std::uint64_t day = 24 * hour;
    if (seconds >= day) {
        return fmt::format("{} d {} h", seconds / day, seconds % day / hour);
    }
    if (seconds >= hour) {
        return fmt::format("{} h {} min", seconds / hour, seconds % hour / minute);
    }
    return seconds >= minute ? fmt::format("{} min {} s", seconds / minute, seconds % minute)
                             : fmt::format("{} s", seconds);
}

/// "3 of compositord.v1.json, 1 of geometry-os"
std::string counts(const json_t* object) {
    std::string text;
    const char* name = nullptr;
    json_t* count = nullptr;
    json_object_foreach(const_cast<json_t*>(object), name, count) { // NOLINT: only read
        if (json_integer_value(count) > 0) {
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", json_integer_value(count),
                                *name != '\0' ? name : "other");
        }
    }
    return text.empty() ? "none" : text;
}

void printRow(std::string_view name, std::string_view value) {
    constexpr std::size_t column = 14;
    fmt::print("{}{}\n", in(Colour::bold, fmt::format("{:<{}}", name, column)), plain(value));
}

/// Takes the other ones out of a list of compositors; without a name none.
void keepOnly(const std::string& name, json_t* compositors) {
    for (std::size_t i = json_array_size(compositors); !name.empty() && i-- > 0;) {
        if (textIn(json_array_get(compositors, i), "name") != name) {
            json_array_remove(compositors, i);
        }
    }
}

Outcome<Exit> status(const Call& call) {
    auto target = Target::find(call);
    const auto text = target ? get(target->transport(), "/api/v1/status") : std::unexpected(target.error());
    const auto json = text ? parse(*text) : std::unexpected(text.error());
    if (!json) {
        return std::unexpected(json.error());
    }
    const json_t* const all = json->get();
    keepOnly(target->compositor(), json_object_get(all, "compositors"));
    if (call.has("json")) {
        fmt::print("{}\n", dump(all));
        return Exit::done;
    }
    printRow("compositord",
             fmt::format("{}, process {}, since {}, reached by {}", textIn(all, "version"),
                         numberIn(all, "pid"), duration(static_cast<std::uint64_t>(numberIn(all, "uptime"))),
                         target->transport().name()));
    for (const json_t* each : listIn(all, "compositors")) {
        const bool connected = flagIn(each, "connected");
        printRow("compositor",
                 fmt::format("{} ({}), {}", textIn(each, "name"), textIn(each, "driver"),
                             connected ? "connected" : "not connected: " + textIn(each, "reason")));
    }
    for (const std::string& address : textsIn(all, "listening")) {
        printRow("listening", address);
    }
    printRow("clients", counts(json_object_get(all, "clients")));
    printRow("sessions", counts(json_object_get(all, "sessions")));
    return Exit::done;
}

Outcome<Exit> compositors(const Call& call) {
    const auto json = ask(call, "/api/v1/status");
    if (!json) {
        return std::unexpected(json.error());
    }
    Table table({"NAME", "DRIVER", "CONNECTED", "CAN"});
    for (const json_t* each : listIn(json->get(), "compositors")) {
        if (call.has("json")) {
            fmt::print("{}\n", dump(each));
            continue;
        }
        const bool connected = flagIn(each, "connected");
        table.add({{textIn(each, "name"), {}},
                   {textIn(each, "driver"), {}},
                   {connected ? "yes" : "no", connected ? Colour::green : Colour::red},
                   {connected ? fmt::format("{}", fmt::join(textsIn(each, "capabilities"), " "))
                              : textIn(each, "reason"),
                    {}}});
    }
    if (!call.has("json")) {
        table.print();
    }
    return Exit::done;
}

} // namespace

std::span<const Command> stateCommands() {
    static const std::array commands{
        Command{"status", "", "how compositord stands, and with whom", 0, 0, {kOfOne}, status},
        Command{"compositors", "", "the compositors, and what can be done in them", 0, 0, {}, compositors},
    };
    return commands;
}

} // namespace compositord::cli
