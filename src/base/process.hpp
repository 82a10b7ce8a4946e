// What can be told of other processes of the same user, for messages to a person.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace compositord {

struct Process {
    pid_t pid = 0;
    std::string name; // of its program, cut by the kernel at 15 characters

    std::string text() const; // "NAME (pid N)"
};

std::optional<Process> processOf(pid_t pid);

/// Who listens on a TCP port of this machine; nothing if nobody does, or it is another user's.
std::optional<Process> listenerOn(std::uint16_t port);

} // namespace compositord
