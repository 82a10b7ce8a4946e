// The manifest when other programs or the disk do the worst at the worst moment.
#include "faults.hpp"
#include "manifest/journal.hpp"
#include "manifest_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>

using namespace compositord;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kTheirs = R"({"9,9": {"brick": "theirs", "timestamp": 4000000000}})";

class ManifestFaults : public ManifestFile {
protected:
    /// At the next exchange another program begins to write into the file that is exchanged; when it is to be
    /// given back, `interfere` comes first.
    void editAtTheExchange(std::function<void()> interfere) {
        exchanges_ = 0;
        faults::onRename = [this, interfere = std::move(interfere)](const char*, const char*,
                                                                    unsigned flags) {
            if (flags != RENAME_EXCHANGE) {
                return;
            }
            if (++exchanges_ == 1) {
                editor_ = UniqueFd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
            } else if (exchanges_ == 2) {
                interfere();
            }
        };
    }

    /// The other program is done, and the loop notices.
    void finishEdit() {
        EXPECT_EQ(ftruncate(editor_.get(), 0), 0);
        EXPECT_EQ(pwrite(editor_.get(), kTheirs.data(), kTheirs.size(), 0),
                  static_cast<ssize_t>(kTheirs.size()));
        editor_ = UniqueFd();
    }

    std::string aside(std::string_view what) const {
        for (const std::string& name : names()) {
            if (name.find(what) != std::string::npos) {
                return readFile(folder_ / name);
            }
        }
        return {};
    }

    faults::Reset reset_;
    std::atomic<int> exchanges_ = 0;
    UniqueFd editor_;
};

} // namespace

TEST_F(ManifestFaults, GivesBackWhatIsBeingWrittenAlsoWhenItsPathIsGone) {
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(written());
    editAtTheExchange([this] { fs::remove(path_); });
    saved({1, 1}, "b");
    ASSERT_TRUE(until([&] { return exchanges_ >= 2; }));
    ASSERT_TRUE(until([&] { return fs::exists(path_); }));
    finishEdit();
    EXPECT_TRUE(until([&] { return manifest_->tiles().find({9, 9}).has_value(); }));
}

TEST_F(ManifestFaults, KeepsAVersionThatTakesThePlaceOfTheOneBeingWritten) {
    open();
    saved({0, 0}, "a");
    ASSERT_TRUE(written());
    editAtTheExchange([this] {
        writeFile(folder_ / "edit", R"({"8,8": {"brick": "third", "timestamp": 4000000000}})");
        fs::rename(folder_ / "edit", path_);
    });
    saved({1, 1}, "b");
    EXPECT_TRUE(until([&] { return manifest_->tiles().find({8, 8}).has_value(); }));
    finishEdit();
    EXPECT_EQ(aside(".rescued-"), kTheirs);
    EXPECT_TRUE(written());
}

TEST_F(ManifestFaults, AFailingDiskIsSaidAndLosesNothing) {
    open(1h);
    saved({0, 0}, "before");
    std::atomic<bool> broken = true;
    faults::onSync = [&](int) { return broken ? EIO : 0; };
    std::optional<Result<>> result;
    manifest_->put({1, 1}, "during", std::nullopt, [&](Result<> saved) { result = std::move(saved); });
    ASSERT_TRUE(until([&] { return result.has_value(); }));
    ASSERT_FALSE(*result);
    EXPECT_EQ(result->error().code, EIO);
    ASSERT_FALSE(troubles_.empty());
    EXPECT_NE(troubles_.front().find("check that disk"), std::string::npos);
    broken = false;
    ASSERT_TRUE(until([&] { return recoveries_ > 0; }));
    EXPECT_NE(journal().find(" before\n"), std::string::npos);
    EXPECT_NE(journal().find(" during\n"), std::string::npos);
    saved({2, 2}, "after");
    Replay replay = replayJournal(journal(), [](const TileChange&) {});
    EXPECT_EQ(replay.damaged, 0U);
}

TEST_F(ManifestFaults, AJournalWhoseEndCannotBeSyncedTakesWhatComesNext) {
    open();
    std::atomic<int> failing = 0;
    faults::onSync = [&](int fd) {
        struct stat status{};
        const bool emptied = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0;
        return emptied && failing.exchange(0) != 0 ? EIO : 0;
    };
    saved({0, 0}, "a");
    failing = 1; // the sync of the journal that was just emptied
    ASSERT_TRUE(until([&] { return failing == 0; }));
    ASSERT_TRUE(until([&] { return recoveries_ > 0; }));
    saved({1, 1}, "b");
    const Replay replay = replayJournal(journal(), [](const TileChange&) {});
    EXPECT_EQ(replay.damaged, 0U);
    EXPECT_TRUE(written());
}

TEST_F(ManifestFaults, ARemovalOutlivesARestart) {
    open();
    const auto put = saved({1, 1}, "old");
    ASSERT_TRUE(written());
    const std::string before = readFile(path_);
    bool done = false;
    manifest_->remove({1, 1}, std::nullopt, [&](const Result<>& result) { done = result.has_value(); });
    ASSERT_TRUE(until([&] { return done; }));
    saved({2, 2}, "new");
    ASSERT_TRUE(written());
    manifest_.reset();
    for (const bool running : {false, true}) {
        if (running) {
            open();
        }
        writeFile(folder_ / "edit", before);
        fs::rename(folder_ / "edit", path_);
        if (!running) {
            open();
        }
        ASSERT_TRUE(until([&] { return readFile(path_) != before; }));
        EXPECT_EQ(manifest_->tiles().find({1, 1}), std::nullopt);
        EXPECT_TRUE(written());
        manifest_.reset();
    }
    open();
    const auto again = saved({1, 1}, "again");
    EXPECT_GT(again.time, put.time);
    EXPECT_TRUE(written());
    EXPECT_TRUE(until([&] { return journal().empty(); })) << "the removal is over";
}

TEST_F(ManifestFaults, TakesAVersionThatACrashLeftBeside) {
    writeFile(path_, R"({"1,1": {"brick": "here", "timestamp": 5}})");
    writeFile(path_.string() + ".new",
              R"({"1,1": {"brick": "older", "timestamp": 4}, "2,2": {"brick": "x", "timestamp": 5}})");
    open();
    EXPECT_EQ(manifest_->tiles().find({1, 1})->brick, "here");
    EXPECT_EQ(manifest_->tiles().find({2, 2})->brick, "x");
    EXPECT_TRUE(written());
}
