#include "manifest/checksum.hpp"
#include "manifest/journal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

using namespace compositord;
using std::chrono::microseconds;

namespace {

const std::vector<TileChange> kChanges{
    {{1, 2}, "a.png", TileTime(microseconds(1763728353123456))},
    {{-2147483648, 2147483647}, "with space é.png", TileTime(microseconds(0))},
    {{3, 4}, std::nullopt, kLatestTile},
    {{0, 0}, " ", TileTime(microseconds(5))},
};

std::string journalOf(const std::vector<TileChange>& changes) {
    std::string journal;
    for (const TileChange& change : changes) {
        appendRecord(journal, change);
    }
    return journal;
}

std::vector<TileChange> replayed(std::string_view journal, Replay& replay) {
    std::vector<TileChange> changes;
    replay = replayJournal(journal, [&](const TileChange& change) { changes.push_back(change); });
    return changes;
}

} // namespace

TEST(ManifestJournal, HasTheChecksumOfRfc3720) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
}

TEST(ManifestJournal, IsReplayedAsItWasWritten) {
    const std::string journal = journalOf(kChanges);
    Replay replay;
    EXPECT_EQ(replayed(journal, replay), kChanges);
    EXPECT_EQ(replay.whole, journal.size());
    EXPECT_EQ(replay.records, kChanges.size());
    EXPECT_EQ(replay.damaged, 0U);
}

TEST(ManifestJournal, MayBeCutAtEveryByte) {
    const std::string journal = journalOf(kChanges);
    for (std::size_t size = 0; size <= journal.size(); ++size) {
        Replay replay;
        const auto changes = replayed(std::string_view(journal).substr(0, size), replay);
        ASSERT_EQ(replay.damaged, 0U);
        ASSERT_EQ(journalOf(changes), journal.substr(0, replay.whole))
            << "all whole records, and nothing else";
        ASSERT_EQ(journal.find('\n', replay.whole) >= size, true);
    }
}

TEST(ManifestJournal, LosesOnlyTheRecordThatIsDamaged) {
    const std::string journal = journalOf(kChanges);
    for (std::size_t i = 0; i + 1 < journal.size(); ++i) {
        if (journal[i] == '\n') {
            continue; // then it is two
        }
        for (const char flip : {'\x01', '\x20', '\x7f'}) {
            std::string damaged = journal;
            damaged[i] = static_cast<char>(damaged[i] ^ flip);
            Replay replay;
            const auto changes = replayed(damaged, replay);
            // A checksum in capitals is the same number.
            ASSERT_GE(changes.size() + (damaged[i] == '\n' ? 2 : 1), kChanges.size()) << i;
            for (const TileChange& change : changes) {
                ASSERT_NE(std::ranges::find(kChanges, change), kChanges.end());
            }
        }
    }
}

TEST(ManifestJournal, TakesNothingThatIsNoRecord) {
    for (const std::string body :
         {"put 1 2 3", "put 1 2 3 ", "put 1 2 3 a/b", "put 1 2 -3 a", "put 2147483648 2 3 a", "remove 1 2",
          "remove 1 2 3 a", "remove 1 2 9999999999999999", "puts 1 2 3 a", ""}) {
        std::string line;
        std::array<char, 16> checksum{};
        std::snprintf(checksum.data(), checksum.size(), "%08x ", crc32c(body));
        line = checksum.data() + body + "\n";
        Replay replay;
        EXPECT_TRUE(replayed(line, replay).empty()) << body;
        EXPECT_EQ(replay.damaged, 1U) << body;
    }
}
