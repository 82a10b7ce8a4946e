#include "base/log.hpp"
#include "base/log_flush.hpp"
#include "manifest_file.hpp"

#include <gtest/gtest.h>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

using namespace compositord;
using namespace std::chrono_literals;

namespace {

int formatted = 0;

struct Costly {};

} // namespace

template <> struct fmt::formatter<Costly> : fmt::formatter<std::string_view> {
    template <class Context> auto format(const Costly& /*value*/, Context& context) const {
        ++formatted;
        return fmt::formatter<std::string_view>::format("costly", context);
    }
};

TEST(LogLevels, AreReadAndWrittenInOneForm) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"warn", "warn"},
        {"web=debug", "info,web=debug"},
        {"codegen=warn, error ,web = debug", "error,codegen=warn,web=debug"},
    };
    for (const auto& [given, text] : cases) {
        const auto levels = LogLevels::parse(given);
        ASSERT_TRUE(levels) << given << ": " << levels.error();
        EXPECT_EQ(levels->text(), text);
        EXPECT_EQ(LogLevels::parse(text), *levels);
    }
    const auto levels = LogLevels::parse("warn,web=debug");
    EXPECT_EQ(levels->of(LogCategory::web), LogLevel::debug);
    EXPECT_EQ(levels->of(LogCategory::bus), LogLevel::warn);
}

TEST(LogLevels, SayWhatIsWrongWithThem) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"loud", R"(must be error, warn, info, or debug, not "loud")"},
        {"", R"(must be error, warn, info, or debug, not "")"},
        {"info,", R"(must be error, warn, info, or debug, not "")"},
        {"web=loud", R"(must be error, warn, info, or debug, not "loud")"},
        {"wbe=info", R"(there is no category "wbe"; is web meant?)"},
        {"infinitemap=info", R"(there is no category "infinitemap"; is infinite_map meant?)"},
        {"info,debug", "has more than one level for all categories"},
        {"web=info,web=debug", "has more than one level for web"},
    };
    for (const auto& [given, problem] : cases) {
        const auto levels = LogLevels::parse(given);
        ASSERT_FALSE(levels) << given;
        EXPECT_EQ(levels.error(), problem);
    }
    EXPECT_NE(LogLevels::parse("banana=info").error().find("there are compositord, bus, codegen"),
              std::string::npos);
}

TEST(Log, OfAllCopiesAndCategoriesIsSwitchedAtOnce) {
    const Log log(LogLevel::warn);
    const Log web = log.withCategory(LogCategory::web);
    const Log ofSession = web.ofSession("x");
    EXPECT_TRUE(log.enabled(LogLevel::error));
    EXPECT_FALSE(web.enabled(LogLevel::info));
    log.output().setLevels(*LogLevels::parse("error,web=debug"));
    EXPECT_FALSE(log.enabled(LogLevel::warn));
    EXPECT_TRUE(web.enabled(LogLevel::debug));
    EXPECT_TRUE(ofSession.enabled(LogLevel::debug));
}

TEST(Log, SpendsNothingOnALineThatIsNotWanted) {
    const Log log = Log(LogLevel::error).withCategory(LogCategory::web);
    const std::string text(1000, 'x');
    const auto before = mallinfo2().uordblks;
    for (int i = 0; i < 1000; ++i) {
        log.debug("{} {} {}", text, i, Costly{});
    }
    EXPECT_EQ(mallinfo2().uordblks, before);
    EXPECT_EQ(formatted, 0);
    log.error("{}", Costly{});
    EXPECT_EQ(formatted, 1);
}

TEST(Log, MakesTextOfPeersFitForALine) {
    EXPECT_EQ(printable("a\nb\"\x1b[0m"), R"("a\x0ab\"\x1b[0m")");
    EXPECT_LT(printable(std::string(10000, 'x')).size(), 300U);
}

TEST(Log, IsFieldsInTheJournal) {
    const auto where = std::source_location::current();
    const auto line = std::to_string(where.line());
    EXPECT_EQ(journalFields({.level = LogLevel::warn,
                             .category = LogCategory::infiniteMap,
                             .message = "two\nlines",
                             .compositor = "wayland-1",
                             .session = "session_1",
                             .where = where}),
              (std::vector<std::string>{
                  "MESSAGE=two\nlines", "PRIORITY=4", "SYSLOG_IDENTIFIER=compositord",
                  "COMPOSITORD_CATEGORY=infinite_map", std::string("CODE_FILE=") + where.file_name(),
                  "CODE_LINE=" + line, "COMPOSITORD_COMPOSITOR=wayland-1", "COMPOSITORD_SESSION=session_1"}));
    EXPECT_EQ(journalFields({.level = LogLevel::error, .message = "x"}).size(), 6U);
}

TEST(Log, IsLinesForPeople) {
    const LogLine line{.level = LogLevel::error, .category = LogCategory::web, .message = "a\nb\x1b[2Jc\td"};
    const std::chrono::system_clock::time_point now{1'700'000'000'042ms};
    setenv("TZ", "UTC", 1); // NOLINT(concurrency-mt-unsafe): one thread
    EXPECT_EQ(textOf(line, {}, now), "compositord: error: web: a\\x0ab\\x1b[2Jc\td\n");
    EXPECT_EQ(textOf(line, {.time = LogStyle::Time::date}, now).substr(0, 42),
              "2023-11-14T22:13:20.042+0000 compositord: ");
    EXPECT_EQ(textOf(line, {.time = LogStyle::Time::clock, .colours = true}, now).substr(0, 46),
              "22:13:20.042 compositord: \x1b[31merror\x1b[0m: web:");
}

namespace {

std::vector<std::string> taken(LogRepeats& repeats) {
    std::vector<std::string> messages;
    repeats.take([&](const LogLine& line) { messages.emplace_back(line.message); });
    return messages;
}

/// Whether it is to be written.
bool comes(LogRepeats& repeats, const LogLine& line, LogRepeats::Clock::time_point now) {
    if (repeats.holdsBack(line, now)) {
        return false;
    }
    repeats.remember(line, now);
    return true;
}

} // namespace

TEST(LogRepeats, AreCountedForAWhileAndThenWrittenAgain) {
    LogRepeats repeats;
    const LogRepeats::Clock::time_point start{};
    const LogLine line{.message = "again"};
    EXPECT_TRUE(comes(repeats, line, start));
    EXPECT_FALSE(comes(repeats, line, start + 1s));
    EXPECT_FALSE(comes(repeats, line, start + LogRepeats::kInterval - 1ms));
    EXPECT_EQ(taken(repeats), std::vector<std::string>{"… repeated 2 times: again"});
    EXPECT_TRUE(taken(repeats).empty());
    EXPECT_TRUE(comes(repeats, line, start + LogRepeats::kInterval));
    EXPECT_FALSE(comes(repeats, line, start + LogRepeats::kInterval + 1s));
    EXPECT_EQ(taken(repeats), std::vector<std::string>{"… repeated 1 time: again"});
}

TEST(LogRepeats, OfTwoLinesThatTakeTurnsAreHeldBackToo) {
    LogRepeats repeats;
    const LogRepeats::Clock::time_point start{};
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(comes(repeats, {.message = "a"}, start), i == 0);
        EXPECT_EQ(comes(repeats, {.message = "b"}, start), i == 0);
    }
    EXPECT_EQ(taken(repeats), (std::vector<std::string>{"… repeated 9 times: a", "… repeated 9 times: b"}));
}

TEST(LogRepeats, AreOnlyLinesThatAreTheSameInAllParts) {
    LogRepeats repeats;
    const LogRepeats::Clock::time_point start{};
    const LogLine line{.level = LogLevel::error, .category = LogCategory::web, .message = "m"};
    EXPECT_TRUE(comes(repeats, line, start));
    for (const LogLine& other :
         {LogLine{.level = LogLevel::warn, .category = LogCategory::web, .message = "m"},
          LogLine{.level = LogLevel::error, .category = LogCategory::bus, .message = "m"},
          LogLine{.level = LogLevel::error, .category = LogCategory::web, .message = "n"},
          LogLine{.level = LogLevel::error, .category = LogCategory::web, .message = "m", .compositor = "c"},
          LogLine{.level = LogLevel::error, .category = LogCategory::web, .message = "m", .session = "c"}}) {
        EXPECT_TRUE(comes(repeats, other, start));
    }
}

TEST(LogRepeats, RememberLittle) {
    LogRepeats repeats;
    const LogRepeats::Clock::time_point start{};
    const std::string tooLong(LogRepeats::kLongestLine + 1, 'x');
    EXPECT_TRUE(comes(repeats, {.message = tooLong}, start));
    EXPECT_TRUE(comes(repeats, {.message = tooLong}, start));
    for (std::size_t i = 0; i <= LogRepeats::kMostLines; ++i) {
        EXPECT_TRUE(comes(repeats, {.message = std::to_string(i)}, start));
    }
    EXPECT_TRUE(comes(repeats, {.message = "0"}, start)); // forgotten
    EXPECT_FALSE(comes(repeats, {.message = std::to_string(LogRepeats::kMostLines)}, start));
}

namespace {

class LogFiles : public testing::Test {
protected:
    LogFiles() {
        std::string pattern = (std::filesystem::temp_directory_path() / "log-test.XXXXXX").string();
        folder_ = mkdtemp(pattern.data());
        path_ = folder_ / "below" / "log";
    }

    ~LogFiles() override { std::filesystem::remove_all(folder_); }

    std::string text(const std::string& suffix = "") const { return readFile(path_.string() + suffix); }

    std::filesystem::path folder_; // NOLINT(cppcoreguidelines-non-private-member-variables-in-classes)
    std::filesystem::path path_;   // NOLINT(cppcoreguidelines-non-private-member-variables-in-classes)
};

} // namespace

TEST_F(LogFiles, AreRenamedWhenTheyAreFullAndSomeAreKept) {
    LogFile file({.path = path_, .size = 10, .kept = 2});
    for (const char* const line :
         {"11111\n", "222\n", "33333\n", "44444\n", "a line that is too long\n", "5\n"}) {
        EXPECT_EQ(file.write(line), std::nullopt);
    }
    EXPECT_EQ(text(), "5\n");
    EXPECT_EQ(text(".1"), "a line that is too long\n");
    EXPECT_EQ(text(".2"), "44444\n");
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".3"));
    struct stat status{};
    ASSERT_EQ(stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(LogFiles, GoOnWhereTheyEndedAndCountWhatWasThere) {
    static_cast<void>(LogFile({.path = path_, .size = 10}).write("1234\n"));
    LogFile again({.path = path_, .size = 10, .kept = 0});
    static_cast<void>(again.write("678\n"));
    EXPECT_EQ(text(), "1234\n678\n");
    static_cast<void>(again.write("90\n"));
    EXPECT_EQ(text(), "90\n");
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".1"));
}

TEST_F(LogFiles, OfTwoProcessesAreRenamedOnce) {
    LogFile one({.path = path_, .size = 10});
    LogFile other({.path = path_, .size = 10});
    EXPECT_FALSE(one.write("1111111\n"));
    EXPECT_FALSE(other.write("2222222\n")); // it does not know of the other's line
    EXPECT_FALSE(one.write("3333333\n"));
    EXPECT_FALSE(other.write("44\n"));
    EXPECT_EQ(text(".1"), "1111111\n2222222\n");
    EXPECT_EQ(text(".2"), "");
    EXPECT_EQ(text(), "3333333\n44\n");
}

TEST_F(LogFiles, AreOpenedAgainAfterAnotherProgramRenamedThem) {
    LogFile file({.path = path_});
    EXPECT_FALSE(file.write("1\n"));
    std::filesystem::rename(path_, path_.string() + ".old");
    EXPECT_FALSE(file.write("2\n"));
    file.reopen();
    EXPECT_FALSE(file.write("3\n"));
    EXPECT_EQ(text(".old"), "1\n2\n");
    EXPECT_EQ(text(), "3\n");
}

TEST_F(LogFiles, SayOnceThatTheyCannotBeWrittenAndOnceThatTheyCan) {
    std::filesystem::create_directories(path_); // no file
    LogFile file({.path = path_});
    const auto complaint = file.write("1\n");
    ASSERT_TRUE(complaint);
    EXPECT_NE(complaint->find(path_.string()), std::string::npos);
    EXPECT_FALSE(file.write("2\n"));
    std::filesystem::remove(path_);
    const auto news = file.write("3\n");
    ASSERT_TRUE(news);
    EXPECT_NE(news->find("2 lines are missing"), std::string::npos) << *news;
    EXPECT_EQ(text(), "3\n");
    EXPECT_FALSE(file.write("4\n"));
}

TEST_F(LogFiles, HoldNoHalfLineWhenThereIsNoRoom) {
    LogFile file({.path = path_});
    EXPECT_FALSE(file.write("1234\n"));
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{8, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    const auto complaint = file.write("5678\n");
    setrlimit(RLIMIT_FSIZE, &before);
    static_cast<void>(std::signal(SIGXFSZ, handler));
    EXPECT_TRUE(complaint);
    EXPECT_EQ(text(), "1234\n");
}

TEST_F(LogFiles, DoNotWaitForWhoReadsAPipe) {
    std::filesystem::create_directories(path_.parent_path());
    ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
    LogFile file({.path = path_});
    EXPECT_TRUE(file.write("1\n"));
}

TEST_F(LogFiles, GetWhatIsHeldBackWithTheNextLineOrFromTheLoop) {
    auto loop = EventLoop::create();
    ASSERT_TRUE(loop);
    const Log log(LogLevel::info);
    log.output().setFile({.path = path_});
    std::vector<std::chrono::milliseconds> asked;
    log.output().onHeldBack([&](std::chrono::milliseconds delay) { asked.push_back(delay); });
    const auto say = [&log](int what) { log.info("number {}", what); };
    say(1);
    EXPECT_TRUE(asked.empty()); // no timer while nothing is held back
    say(1);
    say(1);
    EXPECT_EQ(asked.size(), 2U);
    say(2);
    log.output().flush();
    std::vector<std::string> lines;
    for (std::string rest = text(); !rest.empty(); rest.erase(0, rest.find('\n') + 1)) {
        const std::string line = rest.substr(0, rest.find('\n'));
        lines.push_back(line.substr(line.find("info: ")));
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"info: compositord: number 1",
                                               "info: compositord: … repeated 2 times: number 1",
                                               "info: compositord: number 2"}));
    {
        const auto flush = LogFlush::create(*loop, log);
        ASSERT_TRUE(flush);
        say(2);
        const auto end = std::chrono::steady_clock::now() + LogRepeats::kInterval + 20s;
        while (text().find("repeated 1 time: number 2") == std::string::npos) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            ASSERT_TRUE(loop->turn(30s)); // only the timer can wake it
        }
    }
}
