// The command line that runs a command where it can do no harm: bubblewrap without network, with the system
// and the source to read only, an own /tmp and home, under limits.
#pragma once

#include "base/error.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace compositord {

struct SandboxLimits {
    std::chrono::seconds wall{600};
    std::chrono::seconds cpu{600};                 // of each process
    std::size_t memory = std::size_t{4} << 30U;    // of each process: its data
    std::size_t processes = 256;                   // in the sandbox
    std::size_t file = std::size_t{1} << 30U;      // of one file
    std::size_t scratch = std::size_t{512} << 20U; // of each folder in memory: /tmp, home
    std::size_t output = std::size_t{4} << 20U;    // that is kept; whoever writes more is ended
};

struct SandboxSettings {
    bool allowNone = false; // run without a sandbox if there can be none; the user's own word
    std::vector<std::filesystem::path> readable; // beside the system: tool-chains; where they are outside
    SandboxLimits limits;
};

/// What this machine has; found once, at start.
class Sandbox {
public:
    /// Tries it with a real program. An error says what is missing and what to do.
    static Result<Sandbox> find(SandboxSettings settings);

    struct Place {
        std::filesystem::path tree; // the source, to read only; the command sees it at kTree
        std::filesystem::path
            folder; // in the tree, relative: where it works; may make files beside the source
        std::filesystem::path output; // what it may write and keep; at kOutput
    };

    static constexpr const char* kTree = "/work/tree";
    static constexpr const char* kOutput = "/work/output";

    /// Without a sandbox (allowNone) it is the command itself.
    std::vector<std::string> wrap(const Place& place, const std::vector<std::string>& command) const;

    /// For Child: only what tools need.
    std::vector<std::string> environment() const;

    /// The tree and the folder for output as commands see them.
    std::filesystem::path treeSeen(const Place& place) const;
    std::filesystem::path outputSeen(const Place& place) const;

    const SandboxLimits& limits() const { return settings_.limits; }

    bool confines() const { return confines_; }

    /// Makes a folder that the sandbox's user may write.
    Result<> prepareOutput(const std::filesystem::path& folder) const;

private:
    explicit Sandbox(SandboxSettings settings) : settings_(std::move(settings)) {}

    SandboxSettings settings_;
    bool confines_ = true;
};

} // namespace compositord
