#include "codegen/patch.hpp"

#include "codegen/line_ends.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>
#include <span>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostLines = 1U << 20U;

std::unexpected<Error> wrong(std::size_t line, std::string_view what) {
    return failure(EINVAL, fmt::format("line {} of the patch: {}", line + 1, what));
}

/// Lines without their ends; the last one only if it is not empty.
std::vector<std::string_view> splitLines(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            break;
        }
        text.remove_prefix(end + 1);
    }
    return lines;
}

struct Range {
    std::size_t at = 0;
    std::size_t count = 1;
};

bool takeNumber(std::string_view& text, std::size_t& number) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{} || number > kMostLines) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

bool takeRange(std::string_view& text, char sign, Range& range) {
    if (!text.starts_with(sign)) {
        return false;
    }
    text.remove_prefix(1);
    if (!takeNumber(text, range.at)) {
        return false;
    }
    if (text.starts_with(',')) {
        text.remove_prefix(1);
        return takeNumber(text, range.count);
    }
    return true;
}

/// "@@ -1,2 +1,3 @@ anything"
bool readHunkHead(std::string_view line, Range& old, Range& fresh) {
    if (!line.starts_with("@@ ")) {
        return false;
    }
    line.remove_prefix(3);
    if (!takeRange(line, '-', old) || !line.starts_with(' ')) {
        return false;
    }
    line.remove_prefix(1);
    return takeRange(line, '+', fresh) && line.starts_with(" @@");
}

/// "--- a/path<tab>time": the path, without a/ or b/; "" for /dev/null.
std::string pathOf(std::string_view line, std::string_view prefix) {
    line.remove_prefix(4);
    line = line.substr(0, line.find('\t'));
    while (line.ends_with(' ') || line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    if (line == "/dev/null") {
        return {};
    }
    if (line.starts_with(prefix)) {
        line.remove_prefix(prefix.size());
    }
    return std::string(line);
}

class PatchParser {
public:
    explicit PatchParser(std::string_view text) : lines_(splitLines(text)) {}

    Result<std::vector<FilePatch>> parse() {
        std::vector<FilePatch> files;
        while (at_ < lines_.size()) {
            if (!isHead()) {
                if (auto skipped = skipNote(); !skipped) {
                    return std::unexpected(skipped.error());
                }
                continue;
            }
            auto file = readFile();
            if (!file) {
                return std::unexpected(file.error());
            }
            if (std::ranges::find(files, file->path, &FilePatch::path) != files.end()) {
                return failure(EINVAL, "the patch has the same file twice", file->path);
            }
            files.push_back(std::move(*file));
        }
        if (files.empty()) {
            return failure(EINVAL, "the patch has no file in it: it begins with --- and +++ lines");
        }
        return files;
    }

private:
    std::string_view line(std::size_t index) const { return index < lines_.size() ? lines_[index] : ""; }

    bool isHead() const { return line(at_).starts_with("--- ") && line(at_ + 1).starts_with("+++ "); }

    /// git's own lines between files. What is not one of them must be empty.
    Result<> skipNote() {
        const std::string_view text = line(at_);
        for (const std::string_view refused : {"rename ", "copy ", "old mode", "new mode", "GIT binary patch",
                                               "Binary files", "similarity ", "dissimilarity "}) {
            if (text.starts_with(refused)) {
                return wrong(at_, "renames, copies, modes and binary files cannot be patched");
            }
        }
        const bool known = text.starts_with("diff ") || text.starts_with("index ") ||
                           text.starts_with("new file mode 100644") || text.starts_with("deleted file mode ");
        if (!known && text.find_first_not_of(" \t\r") != std::string_view::npos) {
            return wrong(at_, "it is no part of a unified diff");
        }
        ++at_;
        return {};
    }

    Result<FilePatch> readFile() {
        FilePatch file;
        const std::string from = pathOf(line(at_), "a/");
        const std::string to = pathOf(line(at_ + 1), "b/");
        file.creates = from.empty();
        file.deletes = to.empty();
        if ((file.creates && file.deletes) || (!file.creates && !file.deletes && from != to)) {
            return wrong(at_, "the two names are not of one file");
        }
        file.path = file.deletes ? from : to;
        at_ += 2;
        while (line(at_).starts_with("@@")) {
            auto hunk = readHunk(file);
            if (!hunk) {
                return std::unexpected(hunk.error());
            }
            file.hunks.push_back(std::move(*hunk));
        }
        if (file.hunks.empty()) {
            return wrong(at_, "a hunk (@@ -1,2 +1,3 @@) must follow");
        }
        return file;
    }

    Result<PatchHunk> readHunk(const FilePatch& file) {
        Range old;
        Range fresh;
        const std::size_t head = at_;
        if (!readHunkHead(line(at_), old, fresh)) {
            return wrong(at_, "a hunk's head is written @@ -1,2 +1,3 @@");
        }
        if ((file.creates && old.count != 0) || (file.deletes && fresh.count != 0)) {
            return wrong(at_, "a file that is made has no old lines, one that is deleted no new ones");
        }
        PatchHunk hunk;
        // Of no lines, the head names the line before.
        hunk.at = old.count == 0 ? old.at : (old.at == 0 ? 0 : old.at - 1);
        std::size_t oldSeen = 0;
        std::size_t freshSeen = 0;
        ++at_;
        while (oldSeen < old.count || freshSeen < fresh.count) {
            if (at_ >= lines_.size()) {
                return wrong(head, "the hunk has fewer lines than its head says");
            }
            const std::string_view text = lines_[at_];
            // Who trims the ends of lines leaves nothing of an empty line of context.
            const char sign = text.empty() ? ' ' : text.front();
            const std::string_view rest = text.empty() ? text : text.substr(1);
            if (sign == ' ') {
                hunk.lines.push_back({PatchLine::Kind::context, std::string(rest)});
                ++oldSeen;
                ++freshSeen;
            } else if (sign == '-') {
                hunk.lines.push_back({PatchLine::Kind::removed, std::string(rest)});
                ++oldSeen;
            } else if (sign == '+') {
                hunk.lines.push_back({PatchLine::Kind::added, std::string(rest)});
                ++freshSeen;
            } else {
                return wrong(at_, "the hunk has fewer lines than its head says");
            }
            ++at_;
            readOpenEnd(hunk);
        }
        if (oldSeen != old.count || freshSeen != fresh.count) {
            return wrong(head, "the hunk's lines are not as many as its head says");
        }
        const std::string_view next = line(at_);
        if (next.starts_with('+') || (next.starts_with('-') && !isHead())) {
            return wrong(at_, "the hunk has more lines than its head says");
        }
        return hunk;
    }

    void readOpenEnd(PatchHunk& hunk) {
        if (!line(at_).starts_with("\\ ")) {
            return;
        }
        const PatchLine::Kind kind = hunk.lines.back().kind;
        hunk.oldEndsOpen = hunk.oldEndsOpen || kind != PatchLine::Kind::added;
        hunk.newEndsOpen = hunk.newEndsOpen || kind != PatchLine::Kind::removed;
        ++at_;
    }

    std::vector<std::string_view> lines_;
    std::size_t at_ = 0;
};

/// Of the old text from `from` on, where these lines are. The stated place first; elsewhere only if it is
/// one.
Result<std::size_t> findLines(std::span<const std::string_view> text,
                              std::span<const std::string_view> wanted, std::size_t stated, std::size_t from,
                              std::size_t number) {
    const auto matches = [&](std::size_t at) {
        return at >= from && at <= text.size() && wanted.size() <= text.size() - at &&
               std::ranges::equal(text.subspan(at, wanted.size()), wanted);
    };
    if (matches(stated)) {
        return stated;
    }
    if (wanted.empty()) {
        return failure(EINVAL, fmt::format("hunk {}: the file has no line {}", number, stated));
    }
    std::optional<std::size_t> found;
    for (std::size_t at = from; at + wanted.size() <= text.size(); ++at) {
        if (matches(at)) {
            if (found) {
                return failure(EINVAL,
                               fmt::format("hunk {}: its lines are in the file more than once, but not at "
                                           "line {}; give more context",
                                           number, stated + 1));
            }
            found = at;
        }
    }
    if (!found) {
        return failure(EINVAL, fmt::format("hunk {}: the lines that it changes are not in the file", number));
    }
    return *found;
}

FilePatch withUnixLines(FilePatch patch) {
    for (PatchHunk& hunk : patch.hunks) {
        for (PatchLine& line : hunk.lines) {
            if (line.text.ends_with('\r')) {
                line.text.pop_back();
            }
        }
    }
    return patch;
}

} // namespace

Result<std::vector<FilePatch>> parsePatch(std::string_view text) {
    return PatchParser(text).parse();
}

Result<std::optional<std::string>> applyPatch(const std::optional<std::string>& before,
                                              const FilePatch& patch) {
    if (before && endsLinesAsDos(*before)) {
        const auto after = applyPatch(withUnixLines(*before), withUnixLines(patch));
        if (!after || !after->has_value()) {
            return after;
        }
        return withDosLines(after->value_or(""));
    }
    if (patch.creates && before) {
        return failure(EEXIST, "the patch makes a file that is there already", patch.path);
    }
    if (!patch.creates && !before) {
        return failure(ENOENT, "the patch changes a file that is not there", patch.path);
    }
    const std::string_view source = before ? std::string_view(*before) : std::string_view();
    const auto lines = splitLines(source);
    bool open = !source.empty() && !source.ends_with('\n'); // the last line has no end
    std::vector<std::string_view> result;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < patch.hunks.size(); ++i) {
        const PatchHunk& hunk = patch.hunks[i];
        std::vector<std::string_view> wanted;
        for (const PatchLine& line : hunk.lines) {
            if (line.kind != PatchLine::Kind::added) {
                wanted.push_back(line.text);
            }
        }
        const auto at = findLines(lines, wanted, hunk.at, taken, i + 1);
        if (!at) {
            Error error = at.error();
            error.where = patch.path;
            return std::unexpected(error);
        }
        result.insert(result.end(), lines.begin() + static_cast<std::ptrdiff_t>(taken),
                      lines.begin() + static_cast<std::ptrdiff_t>(*at));
        for (const PatchLine& line : hunk.lines) {
            if (line.kind != PatchLine::Kind::removed) {
                result.emplace_back(line.text);
            }
        }
        taken = *at + wanted.size();
        if (taken == lines.size()) {
            // Only the hunk that has the end of the file in it says how it ends.
            open = hunk.newEndsOpen || (open && !hunk.oldEndsOpen && !hunk.lines.empty() &&
                                        hunk.lines.back().kind == PatchLine::Kind::context);
        }
    }
    result.insert(result.end(), lines.begin() + static_cast<std::ptrdiff_t>(taken), lines.end());
    if (patch.deletes) {
        if (!result.empty()) {
            return failure(EINVAL, "the patch deletes a file, but not all of its lines", patch.path);
        }
        return std::nullopt;
    }
    std::string text;
    for (const std::string_view line : result) {
        text.append(line) += '\n';
    }
    if (open && !text.empty()) {
        text.pop_back();
    }
    return text;
}

} // namespace compositord
