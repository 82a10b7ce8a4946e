#include "base/log.hpp"

#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace compositord {

namespace {

// A peer must not be able to fill the log with one line.
constexpr std::size_t kLongestQuote = 200;

constexpr std::array<std::string_view, 4> kLevelNames{"error", "warn", "info", "debug"};
constexpr std::array<int, 4> kPriorities{LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};

// systemd names the device and inode of the journal's stream in JOURNAL_STREAM; stderr may have been
// redirected since.
bool stderrIsJournal() {
    const char* stream = std::getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): one thread
    struct stat status{};
    if (stream == nullptr || fstat(STDERR_FILENO, &status) < 0) {
        return false;
    }
    return fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
}

} // namespace

std::optional<LogLevel> parseLogLevel(std::string_view name) {
    for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
        if (kLevelNames[i] == name) {
            return static_cast<LogLevel>(i);
        }
    }
    return std::nullopt;
}

Log::Log(LogLevel level) : settings_(std::make_shared<Settings>(level, stderrIsJournal())) {}

Log Log::withCategory(std::string category) const {
    Log copy = *this;
    copy.category_ = std::move(category);
    return copy;
}

bool Log::enabled(LogLevel level) const {
    return level <= settings_->level;
}

void Log::emit(LogLevel level, const std::string& message) const {
    const auto index = static_cast<std::size_t>(level);
    if (settings_->journal) {
        sd_journal_send("PRIORITY=%i", kPriorities[index], "MESSAGE=%s", message.c_str(), "CATEGORY=%s",
                        category_.c_str(), nullptr);
        return;
    }
    const std::string line = fmt::format("compositord: {}: {}: {}\n", kLevelNames[index], category_, message);
    // One write per line, so that lines of several processes on one terminal do not mix.
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::string printable(std::string_view text) {
    std::string result = "\"";
    for (const char c : text.substr(0, kLongestQuote)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            result += fmt::format("\\x{:02x}", byte);
        } else if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else {
            result += c;
        }
    }
    result += text.size() > kLongestQuote ? "…\"" : "\"";
    return result;
}

} // namespace compositord
