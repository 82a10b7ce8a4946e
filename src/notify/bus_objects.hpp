// The objects on the bus: the manager and one per session, with their properties and methods.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/log_output.hpp"
#include "notify/bus_handles.hpp"
#include "world/codegen_service.hpp"
#include "world/session_service.hpp"
#include "world/types.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <vector>

namespace compositord::bus {

/// What the bus is told of the rest of the program.
struct Facts {
    std::function<std::vector<Compositor>()> compositors;
    std::function<std::uint32_t()> clients; // web pages and the like
    std::function<std::uint64_t()> revision;
    std::function<Result<UniqueFd>()> connect; // to all that the program offers to its user
    /// Reads the settings again: those that need a restart, or all that is wrong.
    std::function<std::expected<std::vector<std::string>, std::vector<std::string>>()> reload;
};

/// What the objects' callbacks get; outlives them.
struct Context {
    SessionService& sessions;
    Facts facts;
    LogOutput& log;
    CodegenService* codegen = nullptr; // null: there is none
    std::uint64_t malformed = 0;       // calls, so far, of what is not there or with wrong arguments
};

const sd_bus_vtable* managerTable();
const sd_bus_vtable* sessionTable();
const sd_bus_vtable* codegenTable();
const sd_bus_vtable* logControlTable();

/// Of the manager's property that has the levels of the log.
int getLogLevels(sd_bus* bus, const char* path, const char* interface, const char* property,
                 sd_bus_message* reply, void* context, sd_bus_error* error) noexcept;
int setLogLevels(sd_bus* bus, const char* path, const char* interface, const char* property,
                 sd_bus_message* value, void* context, sd_bus_error* error) noexcept;

/// For sd-bus: whether there is an object at a path, and which ones there are.
int findSession(sd_bus* bus, const char* path, const char* interface, void* context, void** found,
                sd_bus_error* error) noexcept;
int listSessions(sd_bus* bus, const char* prefix, void* context, char*** paths, sd_bus_error* error) noexcept;

/// Answers a call with what was refused.
int refuse(sd_bus_error* error, const Refusal& refusal);

/// A task as a call's arguments tell it: a description, then its parameters.
int readParameters(sd_bus_message& message, std::map<std::string, std::string>& parameters,
                   sd_bus_error* error);

} // namespace compositord::bus
