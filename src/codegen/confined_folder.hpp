// The files below one folder for somebody who is not trusted: no path leads out of it, by no symbolic link
// either, and what is read, listed and written is bounded. It blocks: for a worker's thread.
#pragma once

#include "base/error.hpp"
#include "base/handle.hpp"

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

class ConfinedFolder {
public:
    struct Limits {
        std::size_t fileBytes = std::size_t{1} << 20U;
        std::size_t listedFiles = 2000;
        std::size_t foundLines = 200;
        std::size_t searchedBytes = std::size_t{64} << 20U;
    };

    struct Found {
        std::string path;
        std::size_t line = 0; // from 1
        std::string text;     // cut
    };

    /// Without "." parts and doubled slashes; an error if it leads out or to git's own files.
    static Result<std::string> cleanPath(std::string_view path);

    /// What may be written: paths relative to the folder, "." for all of it. Nobody writes or reads ".git".
    static Result<ConfinedFolder> open(const std::filesystem::path& folder,
                                       const std::vector<std::string>& roots, Limits limits);

    /// Code ENOENT if it is not there, EFBIG if it is too large, EACCES if it may not be.
    Result<std::string> read(std::string_view path) const;

    /// Whether its owner may run it; false if it is not there.
    bool isExecutable(std::string_view path) const;

    /// All files below `path`, sorted; at the limit it stops. "" or "." is everything.
    Result<std::vector<std::string>> list(std::string_view path) const;

    /// Lines that have this text in them, of files that are text.
    Result<std::vector<Found>> search(std::string_view text, std::string_view path) const;

    /// Makes the folders that it needs. Keeps the mode of a file that is there.
    Result<> write(std::string_view path, std::string_view content) const;

    /// The same at once and for good: see atomic_file.hpp.
    Result<> replace(std::string_view path, std::string_view content, bool executable) const;

    Result<> remove(std::string_view path) const;

    /// Whether write() and remove() would be let; an error says why not.
    Result<> mayWrite(std::string_view path) const;

private:
    ConfinedFolder() = default;

    Result<UniqueFd> openBelow(std::string_view path, int flags) const;
    Result<UniqueFd> openParent(std::string_view path, bool make) const;

    UniqueFd folder_;
    std::vector<std::string> roots_;
    Limits limits_;
};

} // namespace compositord
