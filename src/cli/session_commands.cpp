// Sessions from the command line.

#include "cli/follow.hpp"
#include "cli/printer.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdio>
#include <ranges>

namespace compositord::cli {

namespace {

Outcome<SessionClient> open(const Call& call) {
    return SessionClient::open(call);
}

Outcome<Exit> list(const Call& call) {
    auto client = open(call);
    auto sessions = client ? client->list() : std::unexpected(client.error());
    if (!sessions) {
        return std::unexpected(sessions.error());
    }
    for (const Fields& session : *sessions) {
        fmt::print("{}\n", call.has("json") ? jsonOf(session) : lineOf(session));
    }
    return Exit::done;
}

Outcome<Exit> types(const Call& call) {
    auto client = open(call);
    auto known = client ? client->types() : std::unexpected(client.error());
    if (!known) {
        return std::unexpected(known.error());
    }
    for (const Type& type : *known) {
        if (call.has("json")) {
            fmt::print("{}\n", jsonOf(type));
            continue;
        }
        fmt::print("{}{}{}\n", type.name, type.description.empty() ? "" : ": ", type.description);
        for (const Type::Parameter& parameter : type.parameters) {
            fmt::print("  {}: {}{}\n", parameter.name, parameter.description,
                       parameter.needed ? " (needed)" : fmt::format(" (default {})", parameter.fallback));
        }
    }
    return Exit::done;
}

Outcome<Exit> show(const Call& call) {
    auto client = open(call);
    auto session = client ? client->show(call.arguments[0]) : std::unexpected(client.error());
    if (!session) {
        return std::unexpected(session.error());
    }
    if (call.has("json")) {
        fmt::print("{}\n", jsonOf(*session));
        return Exit::done;
    }
    for (const auto& [name, value] : *session) {
        if (const std::string text = textOf(value); !text.empty()) {
            fmt::print("{}: {}\n", name, text);
        }
    }
    return Exit::done;
}

Outcome<Exit> spawn(const Call& call) {
    SessionClient::Spawn wanted{.type = call.arguments[0],
                                .task = call.arguments.size() > 1 ? call.arguments[1] : "",
                                .parameters = {},
                                .priority = call.value("priority").value_or("")};
    const auto [first, last] = call.options.equal_range("parameter");
    for (const auto& text : std::ranges::subrange(first, last) | std::views::values) {
        const std::size_t sign = text.find('=');
        if (sign == 0 || sign == std::string::npos) {
            return problem(Exit::usage, fmt::format("--parameter needs NAME=VALUE, not {}", text));
        }
        wanted.parameters[text.substr(0, sign)] = text.substr(sign + 1);
    }
    return spawnAndFollow(call, wanted);
}

Outcome<Exit> watch(const Call& call) {
    auto client = open(call);
    return client ? follow(*client, call.arguments[0], OnInterrupt::leave, call.has("json"))
                  : std::unexpected(client.error());
}

Outcome<Exit> finished(const Outcome<>& outcome) {
    return outcome ? Outcome<Exit>(Exit::done) : std::unexpected(outcome.error());
}

Outcome<Exit> cancel(const Call& call) {
    auto client = open(call);
    return finished(client ? client->cancel(call.arguments[0]) : std::unexpected(client.error()));
}

Outcome<Exit> choose(const Call& call) {
    auto client = open(call);
    return finished(client ? client->choose(call.arguments[0], call.arguments[1])
                           : std::unexpected(client.error()));
}

Outcome<Exit> forget(const Call& call) {
    auto client = open(call);
    return finished(client ? client->forget(call.arguments[0]) : std::unexpected(client.error()));
}

} // namespace

std::span<const Command> sessionCommands() {
    static const std::array commands{
        Command{
            "sessions list", "", "the sessions that wait, run, or have ended and are kept", 0, 0, {}, list},
        Command{"sessions types", "", "what can be spawned, and its parameters", 0, 0, {}, types},
        Command{"sessions show", "ID", "how a session stands", 1, 1, {}, show},
        Command{"sessions spawn",
                "TYPE [TASK]",
                "begin a session and follow it; Ctrl-C cancels it",
                1,
                2,
                {{"parameter", "NAME=VALUE", "a parameter of the type; may be repeated"},
                 {"priority", "PRIORITY", "low, normal, high or critical (default normal)"},
                 {"detach", nullptr, "print the session's id and leave it alone"}},
                spawn},
        Command{"sessions watch",
                "ID",
                "what happened in a session, and what happens, until it ends",
                1,
                1,
                {},
                watch},
        Command{"sessions cancel", "ID", "end what a session does", 1, 1, {}, cancel},
        Command{"sessions choose",
                "ID CHOICE",
                "pick one of the choices that a session offers",
                2,
                2,
                {},
                choose},
        Command{"sessions forget", "ID", "no longer keep a session that has ended", 1, 1, {}, forget},
    };
    return commands;
}

} // namespace compositord::cli
