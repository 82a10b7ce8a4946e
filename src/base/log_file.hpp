// A file of log lines that does not grow without end: when it is full it is renamed to NAME.1, what had that
// name to NAME.2 and so on. Nothing that goes wrong with it stops the program.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace compositord {

class LogFile {
public:
    struct Settings {
        std::filesystem::path path; // empty: there is none
        std::uint64_t size = std::uint64_t{10} << 20U;
        unsigned kept = 5; // full ones

        bool operator==(const Settings&) const = default;
    };

    /// Opens it; whether that works the first line shows.
    explicit LogFile(Settings settings);

    /// What people are to be told elsewhere: that lines cannot be written, or again can. Nothing most times.
    [[nodiscard]] std::optional<std::string> write(std::string_view line);

    /// Another program may have renamed it.
    void reopen();

    const Settings& settings() const { return settings_; }

private:
    Result<> open();
    Result<> append(std::string_view line);
    Result<> rotate();
    bool isStill() const; // the file of that name

    Settings settings_;
    UniqueFd fd_;
    std::uint64_t size_ = 0;    // of the file
    std::uint64_t missing_ = 0; // lines, since one could be written
};

} // namespace compositord
