#include "codegen/answer_fences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace compositord {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kLeastMarks = 3;
constexpr std::size_t kMostIndent = 3; // with more it is no fence, in Markdown

struct Marks {
    char kind = 0; // 0: none
    std::size_t indent = 0;
    std::size_t count = 0;
    std::string_view info;
};

Marks marksOf(std::string_view line) {
    const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const std::string_view rest = line.substr(indent);
    if (indent > kMostIndent || rest.empty() || (rest[0] != '`' && rest[0] != '~')) {
        return {};
    }
    const std::size_t count = std::min(rest.find_first_not_of(rest[0]), rest.size());
    const std::string_view info = trimmed(rest.substr(count));
    if (count < kLeastMarks || (rest[0] == '`' && info.contains('`'))) {
        return {};
    }
    return {.kind = rest[0], .indent = indent, .count = count, .info = info};
}

std::string_view takeLine(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

} // namespace

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::optional<std::string> readFences(std::string_view text,
                                      const std::function<void(const Fence&)>& onFence) {
    Fence fence;
    Marks open;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = takeLine(text);
        const Marks marks = marksOf(line);
        if (open.kind == 0) {
            if (marks.kind == 0) {
                fence.before = trimmed(line).empty() ? fence.before : line;
                continue;
            }
            open = marks;
            fence.line = number;
            fence.info = marks.info;
            continue;
        }
        if (marks.kind == open.kind && marks.count >= open.count) {
            if (!marks.info.empty()) {
                return fmt::format("The block at line {} has another one inside of it, at line {}. Begin and "
                                   "end a block with more marks (````) than any line in it has.",
                                   fence.line, number);
            }
            onFence(std::exchange(fence, {}));
            open = {};
            continue;
        }
        // A block inside of a list is indented as a whole.
        const std::size_t indent = std::min(line.find_first_not_of(' '), line.size());
        line.remove_prefix(std::min(indent, open.indent));
        fence.text += line;
        fence.text += '\n';
    }
    if (open.kind != 0) {
        return fmt::format("The block at line {} has no end; the answer may have been cut.", fence.line);
    }
    return std::nullopt;
}

} // namespace compositord
