// How much compositord logs, from the command line.

#include "base/json_writer.hpp"
#include "base/log_levels.hpp"
#include "cli/http_client.hpp"
#include "cli/requests.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

namespace compositord::cli {

namespace {

constexpr std::string_view kDefault = "default"; // as all others

/// What is to be shown or changed.
struct Wanted {
    std::optional<std::string> category;
    std::optional<std::string> level; // none: it is only shown
};

Outcome<Wanted> wanted(const Call& call) {
    Wanted wanted;
    if (call.arguments.size() == 1 && parseLogLevel(call.arguments[0])) {
        wanted.level = call.arguments[0];
        return wanted;
    }
    if (!call.arguments.empty()) {
        wanted.category = call.arguments[0];
        if (const auto known = parseLogCategory(*wanted.category); !known) {
            return problem(Exit::usage, known.error());
        }
    }
    if (call.arguments.size() > 1) {
        wanted.level = call.arguments[1];
        if (*wanted.level != kDefault && !parseLogLevel(*wanted.level)) {
            return problem(Exit::usage, fmt::format("a level is error, warn, info, debug or default, not {}",
                                                    *wanted.level));
        }
    }
    return wanted;
}

Outcome<std::string> change(const Call& call, const std::optional<std::string>& category,
                            const std::string& level) {
    std::string body;
    JsonWriter out(body);
    out.beginObject().member("level", level);
    if (category) {
        out.member("category", *category);
    }
    out.endObject();
    auto transport = Transport::find(call);
    return transport ? post(*transport, "/api/v1/log", body) : std::unexpected(transport.error());
}

Outcome<Exit> level(const Call& call) {
    const auto what = wanted(call);
    if (!what) {
        return std::unexpected(what.error());
    }
    auto json = Outcome<JsonHandle>();
    if (what->level) {
        const auto text = change(call, what->category, *what->level);
        json = text ? parse(*text) : std::unexpected(text.error());
    } else {
        json = ask(call, "/api/v1/log");
    }
    if (!json) {
        return std::unexpected(json.error());
    }
    if (call.has("json") && !what->category) {
        fmt::print("{}\n", dump(json->get()));
        return Exit::done;
    }
    Table table({"CATEGORY", "LEVEL"});
    for (const json_t* each : listIn(json->get(), "categories")) {
        const std::string name = textIn(each, "name");
        if (what->category && name != *what->category) {
            continue;
        }
        if (call.has("json")) {
            fmt::print("{}\n", dump(each));
        }
        table.add({{name, Colour::bold},
                   {textIn(each, "level"), flagIn(each, "own") ? Colour::green : Colour::dim}});
    }
    if (!call.has("json")) {
        table.print();
    }
    return Exit::done;
}

} // namespace

std::span<const Command> logCommands() {
    static const std::array commands{
        Command{"log level",
                "[CATEGORY] [LEVEL]",
                "how much is logged; or to change that, for a category or all others, until the next reload",
                0,
                2,
                {},
                level},
    };
    return commands;
}

} // namespace compositord::cli
