// What a driver is: it fills the world from one compositor and carries requests back.
#pragma once

#include "world/command.hpp"
#include "world/types.hpp"

#include <functional>

namespace compositord {

class Driver {
public:
    struct Listener {
        /// One commit of the compositor. After a loss of the connection, one that removes everything.
        std::move_only_function<void(Changes)> onCommit;

        /// This process was spawned by a compositor that is gone, and the one that took its place does not
        /// want it.
        std::move_only_function<void()> onSuperseded;
    };

    Driver() = default;
    Driver(const Driver&) = delete;
    Driver& operator=(const Driver&) = delete;
    virtual ~Driver() = default;

    /// Passes a request on to the compositor. What comes of it shows in a later commit.
    virtual CommandResult request(const Request& request) = 0;
};

} // namespace compositord
