// compositord as it is seen over the bus: its sessions, and what happens in them. Calls wait for their
// answers.
#pragma once

#include "cli/command.hpp"

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
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

struct Event {
    std::uint64_t sequence = 0;
    std::uint64_t time = 0; // milliseconds since 1970
    std::string name;       // of the signal
    Fields fields;
};

struct Events {
    bool complete = true; // false: earlier ones are no longer kept
    std::vector<Event> events;
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

class BusClient {
public:
    struct Spawn {
        std::string type;
        std::string task;
        std::map<std::string, std::string> parameters;
        std::string priority;
    };

    /// With an empty address: the user's bus.
    static Outcome<BusClient> open(const std::string& address);

    /// Of all sessions, the oldest first: what `show` tells of each.
    Outcome<std::vector<Fields>> list();
    Outcome<std::vector<Type>> types();
    Outcome<Fields> show(const std::string& session);

    /// The id of the session.
    Outcome<std::string> spawn(const Spawn& wanted);

    Outcome<> cancel(const std::string& session) { return act(session, "Cancel", nullptr); }

    Outcome<> forget(const std::string& session) { return act(session, "Forget", nullptr); }

    Outcome<> choose(const std::string& session, const std::string& choice) {
        return act(session, "Choose", choice.c_str());
    }

    /// From now on wait() returns when something happened in the session.
    Outcome<> follow(const std::string& session);

    /// What happened after the event of that number.
    Outcome<Events> events(const std::string& session, std::uint64_t since);

    /// Until something may have happened in the session that is followed, or a descriptor can be read, which
    /// is true then.
    Outcome<bool> wait(int descriptor);

private:
    struct Close {
        void operator()(sd_bus* bus) const { sd_bus_flush_close_unref(bus); }
    };

    struct Unref {
        void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
    };

    using Message = std::unique_ptr<sd_bus_message, Unref>;

    explicit BusClient(sd_bus* bus) : bus_(bus) {}

    Outcome<Message> newCall(const std::string& path, const char* interface, const char* member);
    Outcome<Message> send(Message call);
    Outcome<> act(const std::string& session, const char* method, const char* argument);

    std::unique_ptr<sd_bus, Close> bus_;
    std::unique_ptr<bool> news_ = std::make_unique<bool>(false); // a signal came: handlers point here
};

} // namespace compositord::cli
