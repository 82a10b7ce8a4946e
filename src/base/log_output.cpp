#include "base/log_output.hpp"

// The fields say where a line comes from in the source: not where it is handed over.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace compositord {

namespace {

constexpr const char* kJournalSocket = "/run/systemd/journal/socket";

std::string_view variable(const char* name) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): one thread
    return value != nullptr ? value : "";
}

// systemd names the device and inode of the journal's stream in JOURNAL_STREAM; stderr may have been
// redirected since.
LogTarget usualTarget() {
    struct stat status{};
    const bool journal = fstat(STDERR_FILENO, &status) == 0 &&
                         fmt::format("{}:{}", status.st_dev, status.st_ino) == variable("JOURNAL_STREAM");
    return journal ? LogTarget::journal : LogTarget::console;
}

/// People who look at a terminal or a file want to know when; who reads a pipe has a clock of its own.
LogStyle styleOfStderr() {
    struct stat status{};
    if (fstat(STDERR_FILENO, &status) < 0) {
        return {};
    }
    if (S_ISREG(status.st_mode)) {
        return {.time = LogStyle::Time::date};
    }
    if (::isatty(STDERR_FILENO) == 0) {
        return {};
    }
    return {.time = LogStyle::Time::clock,
            .colours = variable("NO_COLOR").empty() && variable("TERM") != "dumb"};
}

} // namespace

LogOutput::LogOutput(const LogLevels& levels)
    : usual_(usualTarget()), target_(usual_), style_(styleOfStderr()) {
    setLevels(levels);
}

LogOutput::~LogOutput() {
    flush();
}

void LogOutput::setLevels(const LogLevels& levels) {
    const bool others = levels != levels_;
    levels_ = levels;
    for (std::size_t i = 0; i < thresholds_.size(); ++i) {
        thresholds_.at(i).store(levels.of(static_cast<LogCategory>(i)), std::memory_order_relaxed);
    }
    if (others) {
        changed();
    }
}

bool LogOutput::setTarget(std::optional<LogTarget> target) {
    const LogTarget wanted = target.value_or(usual_);
    // sd_journal_send() is silent where there is no journal.
    if (wanted == LogTarget::journal && ::access(kJournalSocket, W_OK) < 0) {
        return false;
    }
    if (wanted != std::exchange(target_, wanted)) {
        changed();
    }
    return true;
}

void LogOutput::changed() const {
    if (onChange_) {
        onChange_();
    }
}

void LogOutput::setFile(LogFile::Settings settings) {
    if (settings.path.empty()) {
        file_.reset();
    } else if (file_ && file_->settings() == settings) {
        file_->reopen();
    } else {
        file_.emplace(std::move(settings));
    }
}

const LogFile::Settings& LogOutput::file() const {
    static const LogFile::Settings none;
    return file_ ? file_->settings() : none;
}

void LogOutput::write(const LogLine& line) {
    const auto now = LogRepeats::Clock::now();
    if (repeats_.holdsBack(line, now)) {
        if (onHeldBack_) {
            onHeldBack_(LogRepeats::kInterval);
        }
        return;
    }
    flush();
    repeats_.remember(line, now);
    put(line);
}

void LogOutput::flush() {
    repeats_.take([this](const LogLine& line) { put(line); });
}

void LogOutput::put(const LogLine& line) {
    putMain(line);
    if (!file_) {
        return;
    }
    const auto text = textOf(line, {.time = LogStyle::Time::date}, std::chrono::system_clock::now());
    if (const auto news = file_->write(text)) {
        putMain({.level = LogLevel::warn, .message = *news, .where = std::source_location::current()});
    }
}

void LogOutput::putMain(const LogLine& line) const {
    if (target_ == LogTarget::console) {
        const std::string text = textOf(line, style_, std::chrono::system_clock::now());
        // One write per line, so that lines of several processes on one terminal do not mix.
        [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        return;
    }
    std::vector<std::string> fields = journalFields(line);
    std::vector<iovec> parts;
    parts.reserve(fields.size());
    for (std::string& field : fields) {
        parts.push_back({field.data(), field.size()});
    }
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

} // namespace compositord
