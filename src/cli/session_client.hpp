// Sessions as compositord tells of them, and what can be done to them. Calls wait for their answers.
#pragma once

#include "cli/http_client.hpp"
#include "cli/transport.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace compositord::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Value = std::variant<std::string, std::uint64_t, double, bool, Pairs>;

/// By name.
using Fields = std::vector<std::pair<std::string, Value>>;

/// Empty if it has no such text.
std::string textIn(const Fields& fields, std::string_view name);

/// 0 if it has no such number.
std::uint64_t numberIn(const Fields& fields, std::string_view name);

struct Event {
    std::uint64_t sequence = 0;
    std::uint64_t time = 0;   // milliseconds since 1970
    std::uint64_t missed = 0; // events before this one that are no longer kept
    std::string name;         // as the bus calls its signal
    Fields fields;
};

struct Type {
    struct Parameter {
        std::string name;
        std::string description;
        bool needed = false;
        std::string fallback;
    };

    std::string name;
    std::string description;
    std::vector<Parameter> parameters;
};

/// A session as compositord writes it.
Fields fieldsOf(const json_t* session);

/// One that is not known here comes from a later version, and has what it says as one text.
Event eventOf(const json_t* message);

class SessionClient {
public:
    struct Spawn {
        std::string type;
        std::string task;
        std::map<std::string, std::string> parameters;
        std::string priority;
    };

    static Outcome<SessionClient> open(const Call& call);

    /// Of all sessions, the oldest first: some of what `show` tells of each.
    Outcome<std::vector<Fields>> list();
    Outcome<std::vector<Type>> types();
    Outcome<Fields> show(const std::string& session);

    /// The id of the session.
    Outcome<std::string> spawn(const Spawn& wanted);

    Outcome<> cancel(const std::string& session) { return act("CancelSession", session); }

    Outcome<> forget(const std::string& session) { return act("ForgetSession", session); }

    Outcome<> choose(const std::string& session, const std::string& choice);

    /// What happened in the session, and what happens.
    Outcome<EventReader> follow(const std::string& session);

private:
    explicit SessionClient(Transport transport) : transport_(std::move(transport)) {}

    Outcome<> act(std::string_view type, const std::string& session);

    Transport transport_;
};

} // namespace compositord::cli
