#include "codegen/answer_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kNoFile = "/dev/null";

/// Where a part of a diff begins in the old file and in the new one.
struct Place {
    std::uint64_t before = 0;
    std::uint64_t after = 0;
};

std::optional<std::uint64_t> takeNumber(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc()) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

/// "-12,3" or "+12": the line's number.
std::optional<std::uint64_t> takeRange(std::string_view& text, char sign) {
    if (!text.starts_with(sign)) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    const auto line = takeNumber(text);
    if (line && text.starts_with(',')) {
        text.remove_prefix(1);
        if (!takeNumber(text)) {
            return std::nullopt;
        }
    }
    return line;
}

std::optional<Place> parsePlace(std::string_view line) {
    constexpr std::string_view begin = "@@ ";
    if (!line.starts_with(begin)) {
        return std::nullopt;
    }
    line.remove_prefix(begin.size());
    const auto before = takeRange(line, '-');
    if (!before || !line.starts_with(' ')) {
        return std::nullopt;
    }
    line.remove_prefix(1);
    const auto after = takeRange(line, '+');
    if (!after || !line.starts_with(" @@")) {
        return std::nullopt;
    }
    return Place{*before, *after};
}

/// The path in a line "--- a/src/lib.rs\t2026-01-01", without git's prefix.
std::string_view pathIn(std::string_view line, std::string_view prefix) {
    line.remove_prefix(4);
    line = line.substr(0, line.find('\t'));
    line = line.substr(0, line.find_last_not_of(' ') + 1);
    return line.starts_with(prefix) ? line.substr(prefix.size()) : line;
}

class Splitter {
public:
    std::expected<std::vector<FileEdit>, std::string> split(std::string_view text);

private:
    struct Part {
        Place place;
        std::size_t before = 0; // lines of the old file
        std::size_t after = 0;  // and of the new one
        std::size_t blank = 0;  // lines at the end that have nothing, not even a mark
        bool changes = false;
        std::string text;
    };

    void onLine(std::string_view line, std::string_view next);
    void onHeader(std::string_view line);
    void onBody(Part& part, std::string_view line);
    void endPart();
    void endFile();

    void refuse(std::string reason) {
        if (problem_.empty()) {
            problem_ = fmt::format("line {} of it {}", number_, std::move(reason));
        }
    }

    std::vector<FileEdit> files_;
    std::optional<FileEdit> file_;
    std::string_view old_;  // path
    std::string_view new_;  // path
    bool wantsNew_ = false; // the line "+++" has to come
    std::optional<Part> part_;
    std::size_t number_ = 0;
    std::string problem_;
};

std::expected<std::vector<FileEdit>, std::string> Splitter::split(std::string_view text) {
    while (!text.empty() && problem_.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number_;
        onLine(line, text.substr(0, text.find('\n')));
    }
    endFile();
    if (problem_.empty() && files_.empty()) {
        problem_ = R"(it has no lines "--- a/PATH" and "+++ b/PATH")";
    }
    if (!problem_.empty()) {
        return std::unexpected(problem_ + ".");
    }
    return std::move(files_);
}

void Splitter::onLine(std::string_view line, std::string_view next) {
    if (wantsNew_) {
        wantsNew_ = false;
        if (!line.starts_with("+++ ")) {
            refuse("should begin with \"+++ \"");
            return;
        }
        new_ = pathIn(line, "b/");
        const bool removes = new_ == kNoFile;
        if (removes && old_ == kNoFile) {
            refuse("names no file");
        } else if (!removes && old_ != kNoFile && old_ != new_) {
            refuse("renames a file, which is not taken; write the new file and remove the old one");
        }
        file_ = FileEdit{.path = std::string(removes ? old_ : new_),
                         .kind = removes ? FileEdit::Kind::remove : FileEdit::Kind::patch};
        return;
    }
    // A removed line of SQL or Lua is "--- text" too: a header has its other half right after it.
    if (line.starts_with("--- ") && next.starts_with("+++ ")) {
        endFile();
        old_ = pathIn(line, "a/");
        wantsNew_ = true;
    } else if (line.starts_with("@@")) {
        onHeader(line);
    } else if (part_) {
        onBody(*part_, line);
    } else if (file_ && !line.empty()) {
        refuse("is not part of any \"@@ -LINE,COUNT +LINE,COUNT @@\"");
    } else if (line.starts_with("GIT binary patch") || line.starts_with("rename ") ||
               line.starts_with("old mode") ||
               (line.starts_with("new file mode ") && !line.starts_with("new file mode 100644"))) {
        refuse("asks for something else than a change of text");
    } // what git writes before the header, or words
}

void Splitter::onHeader(std::string_view line) {
    endPart();
    const auto place = parsePlace(line);
    if (!file_) {
        refuse(R"(comes before the lines "--- a/PATH" and "+++ b/PATH")");
    } else if (!place) {
        refuse("is no \"@@ -LINE,COUNT +LINE,COUNT @@\"");
    } else {
        part_ = Part{.place = *place};
    }
}

void Splitter::onBody(Part& part, std::string_view line) {
    if (line.starts_with("diff --git ")) {
        endFile();
        return;
    }
    if (line.empty()) {
        ++part.blank;
        return;
    }
    // Models leave out the mark of an empty line; at the end such a line is none of the file's.
    for (; part.blank > 0; --part.blank) {
        ++part.before;
        ++part.after;
        part.text += " \n";
    }
    const char mark = line[0];
    if (mark == '\\') {
        part.text += line;
        part.text += '\n';
        return;
    }
    if (mark != ' ' && mark != '+' && mark != '-') {
        refuse(R"(begins with none of " ", "+" and "-")");
        return;
    }
    part.before += mark == '+' ? 0 : 1;
    part.after += mark == '-' ? 0 : 1;
    part.changes = part.changes || mark != ' ';
    part.text += line;
    part.text += '\n';
}

void Splitter::endPart() {
    if (!part_ || !file_) {
        return;
    }
    const Part part = *std::move(part_);
    part_.reset();
    if (!part.changes) {
        refuse("ends a part that changes nothing");
    } else if (file_->kind == FileEdit::Kind::patch) {
        file_->text += fmt::format("@@ -{},{} +{},{} @@\n{}", part.place.before, part.before,
                                   part.place.after, part.after, part.text);
    }
}

void Splitter::endFile() {
    endPart();
    if (wantsNew_) {
        refuse("is the last one, and no line \"+++ b/PATH\" comes after it");
    }
    if (!file_) {
        return;
    }
    FileEdit file = *std::move(file_);
    file_.reset();
    if (file.kind == FileEdit::Kind::patch) {
        if (file.text.empty()) {
            refuse(fmt::format("ends the changes of {}, of which there are none", file.path));
        }
        const bool creates = old_ == kNoFile;
        file.text = fmt::format("--- {}{}\n+++ b/{}\n{}", creates ? "" : "a/", creates ? kNoFile : old_,
                                file.path, file.text);
    }
    files_.push_back(std::move(file));
}

} // namespace

std::expected<std::vector<FileEdit>, std::string> splitDiff(std::string_view text) {
    return Splitter().split(text);
}

} // namespace compositord
