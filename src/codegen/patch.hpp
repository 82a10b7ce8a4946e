// Unified diffs as models write them, parsed strictly and applied to texts: no file is touched here.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace compositord {

struct PatchLine {
    enum class Kind : std::uint8_t { context, removed, added };

    Kind kind = Kind::context;
    std::string text; // without its end
};

struct PatchHunk {
    std::size_t at = 0; // line of the old text, from 0
    std::vector<PatchLine> lines;
    bool oldEndsOpen = false; // "\ No newline at end of file" after its last old line
    bool newEndsOpen = false;
};

struct FilePatch {
    std::string path;
    bool creates = false;
    bool deletes = false;
    std::vector<PatchHunk> hunks;
};

/// One or more files' diffs, with or without git's headers. Renames, copies, modes and binary parts are
/// refused, as are counts in a hunk's head that do not agree with its lines.
Result<std::vector<FilePatch>> parsePatch(std::string_view text);

/// The new text, nothing if the patch deletes the file. `before` is nothing for a file that is not there. A
/// hunk goes where its head says; if its old lines are not there, where they are, if that is one place only.
Result<std::optional<std::string>> applyPatch(const std::optional<std::string>& before,
                                              const FilePatch& patch);

} // namespace compositord
