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
    std::chrono::seconds wall{600};                // of one command
    std::chrono::seconds cpu{600};                 // of each process
    std::size_t memory = std::size_t{4} << 30U;    // of each process: its data
    std::size_t processes = 256;                   // at a time
    std::size_t file = std::size_t{1} << 30U;      // of one file
    std::size_t scratch = std::size_t{512} << 20U; // of each folder in memory: /tmp, home
    std::size_t output = std::size_t{8} << 20U;    // what a command may print
    std::size_t diskLeft = std::size_t{1} << 30U;  // free, where a command may write: with less it ends
};

struct SandboxSettings {
    bool allowNone = false;                      // run without one if there can be none: the user's own word
    std::vector<std::filesystem::path> tools;    // folders of programs outside /usr
    std::vector<std::filesystem::path> readable; // what these need; read at the same path
    std::filesystem::path cargoHome;             // of which registry and git are read
    std::filesystem::path rustupHome;
    SandboxLimits limits;

    /// With the user's Rust, where rustup puts it or where the variables of the environment say.
    static SandboxSettings usual();
};

class Sandbox {
public:
    /// What a command sees of files.
    struct Place {
        std::filesystem::path tree;    // the source, to read only
        std::filesystem::path folder;  // in it, relative: where the command works, and may make files beside
        std::filesystem::path output;  // what it may write and keep
        std::filesystem::path modules; // a tree in which node_modules are, where this one has none
    };

    /// Tries it with a real program. An error says what is missing and what to do.
    static Result<Sandbox> find(SandboxSettings settings);

    /// Without a sandbox (allowNone) it is the command itself.
    Result<std::vector<std::string>> wrap(const Place& place, const std::vector<std::string>& command) const;

    /// For Child: all of it, nothing inherited.
    std::vector<std::string> environment(const Place& place) const;

    /// The folder that the command is started in.
    std::filesystem::path startIn(const Place& place) const;

    /// Where the command sees the tree.
    std::filesystem::path treeSeen(const Place& place) const;

    /// Makes the folder for output anew, empty, such that commands may write it. What commands left there
    /// earlier is not to be believed.
    Result<> renewOutput(const std::filesystem::path& folder) const;

    const SandboxLimits& limits() const { return settings_.limits; }

    /// False: there is none, and the user has said that commands may run all the same.
    bool confines() const { return confines_; }

private:
    explicit Sandbox(SandboxSettings settings) : settings_(std::move(settings)) {}

    std::vector<std::string> system() const;
    std::vector<std::string> launch(const std::vector<std::string>& command) const;
    Result<> showTree(const Place& place, std::vector<std::string>& words) const;

    SandboxSettings settings_;
    bool confines_ = true;
};

} // namespace compositord
