#include "cli/table.hpp"

#include "base/utf8.hpp"
#include "cli/json.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <utility>

namespace compositord::cli {

namespace {

constexpr std::size_t kGap = 2;

/// The character at the start of a text, and the columns it takes; what is no UTF-8 is a byte by itself.
std::pair<std::string_view, std::size_t> first(std::string_view text) {
    const std::size_t length = std::max<std::size_t>(utf8SequenceLength(text), 1);
    if (length == 1) {
        return {text.substr(0, 1), 1};
    }
    std::mbstate_t state{};
    wchar_t character = 0;
    std::mbrtowc(&character, text.data(), length, &state); // NOLINT(concurrency-mt-unsafe): one thread
    const int width = wcwidth(character);
    return {text.substr(0, length), width < 0 ? 1 : static_cast<std::size_t>(width)};
}

} // namespace

bool coloured() {
    const char* no = std::getenv("NO_COLOR");   // NOLINT(concurrency-mt-unsafe): one thread
    const char* terminal = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
    return (no == nullptr || *no == '\0') && isatty(STDOUT_FILENO) == 1 &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

std::string in(Colour colour, std::string_view text, bool wanted) {
    static constexpr std::array<int, 6> codes{0, 1, 2, 31, 32, 33};
    return wanted && colour != Colour::none && !text.empty()
               ? fmt::format("\x1b[{}m{}\x1b[0m", codes.at(std::to_underlying(colour)), text)
               : std::string(text);
}

std::size_t widthOf(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const auto [bytes, columns] = first(text);
        width += columns;
        text.remove_prefix(bytes.size());
    }
    return width;
}

std::string cut(std::string_view text, std::size_t width) {
    if (widthOf(text) <= width) {
        return std::string(text);
    }
    std::string result;
    for (std::size_t used = 0; !text.empty();) {
        const auto [bytes, columns] = first(text);
        if (used + columns + 1 > width) {
            break;
        }
        used += columns;
        result += bytes;
        text.remove_prefix(bytes.size());
    }
    return width == 0 ? "" : result + "…";
}

void Table::add(std::vector<Cell> row) {
    for (Cell& cell : row) {
        cell.text = plain(repairUtf8(cell.text));
        std::ranges::replace(cell.text, '\n', ' ');
        std::ranges::replace(cell.text, '\t', ' ');
    }
    rows_.push_back(std::move(row));
}

std::vector<std::string> Table::lines(std::size_t width, bool colours) const {
    std::vector<std::size_t> widths;
    widths.reserve(titles_.size());
    for (const std::string& title : titles_) {
        widths.push_back(title.size());
    }
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.at(i) = std::max(widths.at(i), widthOf(row[i].text));
        }
    }
    const auto line = [&](auto textAt, auto colourAt, std::size_t count) {
        std::string text;
        std::size_t used = 0;
        for (std::size_t i = 0; i < count; ++i) {
            std::string cell = textAt(i);
            const std::size_t room = width == 0 ? std::string::npos : width - std::min(width, used);
            cell = width == 0 ? cell : cut(cell, room);
            const std::size_t taken = widthOf(cell);
            text += in(colourAt(i), cell, colours);
            used += std::max(taken, widths[i]) + kGap;
            if (i + 1 < count && (width == 0 || used < width)) {
                text += std::string(widths[i] - std::min(widths[i], taken) + kGap, ' ');
            }
        }
        return text;
    };
    std::vector<std::string> result;
    result.push_back(line([&](std::size_t i) { return titles_[i]; }, [](std::size_t) { return Colour::bold; },
                          titles_.size()));
    for (const auto& row : rows_) {
        result.push_back(line([&](std::size_t i) { return row[i].text; },
                              [&](std::size_t i) { return row[i].colour; }, row.size()));
    }
    return result;
}

void Table::print() const {
    for (const std::string& line : lines()) {
        const std::size_t end = line.find_last_not_of(' ');
        fmt::print("{}\n", line.substr(0, end == std::string::npos ? 0 : end + 1));
    }
}

} // namespace compositord::cli
