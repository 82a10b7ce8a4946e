#include "codegen/answer.hpp"

#include "base/utf8.hpp"
#include "codegen/answer_diff.hpp"
#include "codegen/answer_fences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kBlanks = " \t";

/// Whether a line stands for code that the model left out: a comment with an ellipsis, about what is there
/// already.
bool standsForMore(std::string_view line) {
    line = trimmed(line);
    constexpr std::array<std::string_view, 6> leaders{"//", "#", "/*", "*", "--", "<!--"};
    if (std::ranges::none_of(leaders, [&](auto leader) { return line.starts_with(leader); }) ||
        (!line.contains("...") && !line.contains("…"))) {
        return false;
    }
    std::string lower(line);
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 8> words{"existing code",  "rest of the", "rest of code",
                                                    "remaining code", "unchanged",   "same as before",
                                                    "previous code",  "as before"};
    return std::ranges::any_of(words, [&](auto word) { return lower.contains(word); });
}

/// Without what people put around a path: `src/lib.rs`, **src/lib.rs**, "src/lib.rs".
std::string_view bare(std::string_view word) {
    constexpr std::string_view around = "`*\"'";
    while (word.size() > 1 && around.contains(word.front()) && word.front() == word.back()) {
        word = word.substr(1, word.size() - 2);
    }
    return word;
}

/// Whether a word could be meant as the path of a file: it has a folder or a suffix, and no blanks.
bool looksLikePath(std::string_view word) {
    if (word.empty() || word.find_first_of(" \t") != std::string_view::npos || word.contains("://")) {
        return false;
    }
    const std::size_t dot = word.rfind('.');
    const bool suffix = dot != std::string_view::npos && dot + 1 < word.size() &&
                        std::isalnum(static_cast<unsigned char>(word[dot + 1])) != 0;
    return suffix || (word.contains('/') && !word.ends_with('/'));
}

/// The path that a line before a fence names: all of it, or what is after "File:" or "Path:".
std::string_view pathBefore(std::string_view line) {
    line = trimmed(line);
    line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
    if (bare(line).ends_with(':')) {
        line = bare(line);
        line.remove_suffix(1);
    }
    const bool quoted = bare(line) != line;
    line = bare(bare(line));
    for (const std::string_view label : {"File:", "file:", "Path:", "path:", "Filename:", "filename:"}) {
        if (line.starts_with(label)) {
            return bare(trimmed(line.substr(label.size())));
        }
    }
    return looksLikePath(line) && (quoted || line.contains('/')) ? line : "";
}

/// What comes after the fence's marks.
struct Info {
    std::string_view language;
    std::string_view path;
    std::string problem;
};

Info readInfo(std::string_view text) {
    Info info;
    text = trimmed(text);
    for (bool first = true; !text.empty(); first = false) {
        const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
        std::string_view word = text.substr(0, end);
        text = trimmed(text.substr(end));
        std::string_view path;
        bool named = false; // it is said to be a path
        for (const std::string_view key : {"path=", "file=", "filename=", "title="}) {
            if (word.starts_with(key)) {
                path = bare(word.substr(key.size()));
                named = true;
            }
        }
        if (!named && first) {
            const std::size_t colon = word.find(':');
            if (colon != std::string_view::npos && colon + 1 < word.size()) {
                path = bare(word.substr(colon + 1));
                word = word.substr(0, colon);
            } else if (looksLikePath(word) && word.contains('/')) {
                path = bare(word);
                word = {};
            }
            info.language = word;
        } else if (!named && looksLikePath(bare(word))) {
            path = bare(word);
        }
        if (named && path.empty()) {
            info.problem = "names an empty path";
        } else if (!path.empty() && !info.path.empty() && info.path != path) {
            info.problem = fmt::format("names two paths, {} and {}", info.path, path);
        } else if (!path.empty()) {
            info.path = path;
        }
    }
    return info;
}

class Reader {
public:
    void onBlock(const Fence& fence);

    void refuse(std::string reason) {
        if (problems_.size() < kMostEdits) {
            problems_.push_back(std::move(reason));
        }
    }

    std::expected<Answer, AnswerProblems> finish();

private:
    void onFile(const Fence& fence, std::string_view path);
    void onDiff(const Fence& fence, std::string_view path);
    void add(const Fence& fence, FileEdit edit);

    Answer answer_;
    std::set<std::string> paths_;
    AnswerProblems problems_;
};

void Reader::onBlock(const Fence& fence) {
    const Info info = readInfo(fence.info);
    const std::string_view before = pathBefore(fence.before);
    if (!info.problem.empty()) {
        refuse(fmt::format("The block at line {} {}. Give each block one path.", fence.line, info.problem));
        return;
    }
    if (!info.path.empty() && !before.empty() && info.path != before) {
        refuse(fmt::format("The block at line {} is for {}, but the line before it says {}. Give each block "
                           "one path.",
                           fence.line, info.path, before));
        return;
    }
    const std::string_view path = info.path.empty() ? before : info.path;
    if (info.language == "diff" || info.language == "patch") {
        onDiff(fence, path);
    } else if (path.empty()) {
        answer_.ignored.push_back(fence.line);
    } else {
        onFile(fence, path);
    }
}

void Reader::onFile(const Fence& fence, std::string_view path) {
    std::size_t number = fence.line;
    for (std::string_view rest = fence.text; !rest.empty();) {
        ++number;
        const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
        if (standsForMore(rest.substr(0, end))) {
            refuse(fmt::format("Line {} leaves out a part of {}: {}. Give the whole file, or a unified diff.",
                               number, path, trimmed(rest.substr(0, end))));
            return;
        }
        rest.remove_prefix(end + 1);
    }
    add(fence, {.path = std::string(path), .kind = FileEdit::Kind::write, .text = fence.text});
}

void Reader::onDiff(const Fence& fence, std::string_view path) {
    auto files = splitDiff(fence.text);
    if (!files) {
        refuse(fmt::format("The diff at line {} cannot be used: {}", fence.line, files.error()));
        return;
    }
    if (!path.empty() && (files->size() != 1 || files->front().path != path)) {
        refuse(fmt::format("The diff at line {} is said to be for {}, but its header names {}.", fence.line,
                           path, files->front().path));
        return;
    }
    for (FileEdit& edit : *files) {
        add(fence, std::move(edit));
    }
}

void Reader::add(const Fence& fence, FileEdit edit) {
    if (const std::string problem = problemOfPath(edit.path); !problem.empty()) {
        refuse(fmt::format("The path of the block at line {} cannot be used: {}.", fence.line, problem));
        return;
    }
    if (!paths_.insert(edit.path).second) {
        refuse(fmt::format("There is more than one block for {}. Give one block per file.", edit.path));
        return;
    }
    if (answer_.edits.size() == kMostEdits) {
        refuse(fmt::format("There are more than {} files in the answer.", kMostEdits));
        return;
    }
    answer_.edits.push_back(std::move(edit));
}

std::expected<Answer, AnswerProblems> Reader::finish() {
    if (problems_.empty() && answer_.edits.empty()) {
        refuse(answer_.ignored.empty()
                   ? "The answer has no fenced block with a file in it."
                   : fmt::format("The block at line {} does not say which file it is. Write the path after "
                                 "the language, as in ```rust path=src/lib.rs",
                                 answer_.ignored.front()));
    }
    if (!problems_.empty()) {
        return std::unexpected(std::move(problems_));
    }
    return std::move(answer_);
}

} // namespace

std::string problemOfPath(std::string_view path) {
    const std::string shown = fmt::format("\"{}\"", repairUtf8(path.substr(0, kLongestPath)));
    if (path.empty() || path.size() > kLongestPath) {
        return fmt::format("a path has 1 to {} bytes", kLongestPath);
    }
    if (!isUtf8(path) || std::ranges::any_of(path, [](unsigned char c) { return std::iscntrl(c) != 0; })) {
        return "a path has no control characters and is UTF-8";
    }
    if (path.contains('\\')) {
        return shown + " has a backslash; use / between folders";
    }
    if (path.starts_with('/') || path.starts_with('~')) {
        return shown + " is not relative to the root of the project";
    }
    for (std::string_view rest = path; !rest.empty() || path.ends_with('/');) {
        const std::size_t end = std::min(rest.find('/'), rest.size());
        const std::string_view name = rest.substr(0, end);
        if (name.empty() || name == "." || name == "..") {
            return shown + R"( has an empty name, "." or ".." in it)";
        }
        if (name == ".git") {
            return shown + " is inside of .git";
        }
        if (end == rest.size()) {
            break;
        }
        rest.remove_prefix(end + 1);
        if (rest.empty()) {
            return shown + " is a folder";
        }
    }
    return {};
}

std::expected<Answer, AnswerProblems> parseAnswer(std::string_view text) {
    Reader reader;
    const auto left = readFences(text, [&](const Fence& fence) { reader.onBlock(fence); });
    if (left) {
        reader.refuse(*left);
    }
    return reader.finish();
}

} // namespace compositord
