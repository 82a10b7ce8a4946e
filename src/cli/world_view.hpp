// The map as the messages of compositord.v1 tell of it.
#pragma once

#include "cli/json.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace compositord::cli {

class WorldView {
public:
    /// One message. What it does not know changes nothing.
    void apply(const json_t* message);

    /// An object, or null as long as nothing is known.
    const json_t* compositor() const { return compositor_.get(); }

    std::uint64_t revision() const { return revision_; }

    const std::map<std::string, JsonHandle>& cameras() const { return cameras_; }

    const std::map<std::int64_t, JsonHandle>& windows() const { return windows_; }

private:
    JsonHandle compositor_;
    std::uint64_t revision_ = 0;
    std::map<std::string, JsonHandle> cameras_;
    std::map<std::int64_t, JsonHandle> windows_;
};

/// What a message says, for people, a line for each thing that is otherwise now.
std::vector<std::string> linesOf(const json_t* message);

} // namespace compositord::cli
