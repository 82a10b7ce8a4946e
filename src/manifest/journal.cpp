#include "manifest/journal.hpp"

#include "base/file_name.hpp"
#include "manifest/checksum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

namespace compositord {

namespace {

constexpr std::size_t kChecksumSize = 9; // eight digits and a space

/// Takes a number and the space or the end after it off the text.
template <class Number> std::optional<Number> takeNumber(std::string_view& text) {
    Number number{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty() && !text.starts_with(' ')) {
        return std::nullopt;
    }
    text.remove_prefix(text.empty() ? 0 : 1);
    return number;
}

std::optional<TileChange> parseBody(std::string_view body) {
    const bool isPut = body.starts_with("put ");
    if (!isPut && !body.starts_with("remove ")) {
        return std::nullopt;
    }
    body.remove_prefix(body.find(' ') + 1);
    const auto x = takeNumber<std::int32_t>(body);
    const auto y = takeNumber<std::int32_t>(body);
    const auto time = takeNumber<std::int64_t>(body);
    if (!x || !y || !time || *time < 0 || *time > kLatestTile.time_since_epoch().count() ||
        (isPut ? !isFileName(body) : !body.empty())) {
        return std::nullopt;
    }
    TileChange change{{*x, *y}, std::nullopt, TileTime(std::chrono::microseconds(*time))};
    if (isPut) {
        change.brick = body;
    }
    return change;
}

std::optional<TileChange> parseLine(std::string_view line) {
    if (line.size() <= kChecksumSize || line[kChecksumSize - 1] != ' ') {
        return std::nullopt;
    }
    std::uint32_t expected = 0;
    const char* const end = line.data() + kChecksumSize - 1;
    const auto parsed = std::from_chars(line.data(), end, expected, 16);
    const std::string_view body = line.substr(kChecksumSize);
    if (parsed.ec != std::errc{} || parsed.ptr != end || expected != crc32c(body)) {
        return std::nullopt;
    }
    return parseBody(body);
}

} // namespace

void appendRecord(std::string& journal, const TileChange& change) {
    const auto time = change.time.time_since_epoch().count();
    const std::string body =
        change.brick ? fmt::format("put {} {} {} {}", change.cell.x, change.cell.y, time, *change.brick)
                     : fmt::format("remove {} {} {}", change.cell.x, change.cell.y, time);
    fmt::format_to(std::back_inserter(journal), "{:08x} {}\n", crc32c(body), body);
}

Replay replayJournal(std::string_view journal, const std::function<void(const TileChange&)>& apply) {
    Replay replay;
    for (auto end = journal.find('\n'); end != std::string_view::npos;
         end = journal.find('\n', replay.whole)) {
        if (const auto change = parseLine(journal.substr(replay.whole, end - replay.whole))) {
            apply(*change);
            ++replay.records;
        } else {
            ++replay.damaged;
        }
        replay.whole = end + 1;
    }
    return replay;
}

std::string removalsOf(std::string_view journal, std::size_t most) {
    std::map<Cell, TileChange> newest; // of cells with a removal
    if (!journal.contains(" remove ")) {
        return {};
    }
    replayJournal(journal, [&](const TileChange& change) {
        const auto known = newest.find(change.cell);
        if (known == newest.end()) {
            newest.emplace(change.cell, change);
        } else if (change.time > known->second.time || (change.time == known->second.time && !change.brick)) {
            known->second = change;
        }
    });
    std::erase_if(newest, [](const auto& entry) { return entry.second.brick.has_value(); });
    if (newest.size() > most) {
        std::vector<TileTime> times;
        times.reserve(newest.size());
        std::ranges::transform(newest, std::back_inserter(times),
                               [](const auto& entry) { return entry.second.time; });
        const auto limit = times.end() - static_cast<std::ptrdiff_t>(most);
        std::ranges::nth_element(times, limit);
        std::erase_if(newest, [limit = *limit](const auto& entry) { return entry.second.time < limit; });
    }
    std::string records;
    for (const auto& [cell, removal] : newest) {
        appendRecord(records, removal);
    }
    return records;
}

} // namespace compositord
