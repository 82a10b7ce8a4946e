// The levels of the log on the bus: ours by category, and the interface that systemctl service-log-level and
// service-log-target ask, see org.freedesktop.LogControl1(5).

#include "base/log_output.hpp"
#include "notify/bus_event.hpp"
#include "notify/bus_names.hpp"
#include "notify/bus_objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace compositord::bus {

namespace {

struct SyslogName {
    std::string_view name;
    LogLevel level;
};

// The first of a level is what it is called; the others are taken for it.
constexpr std::array kSyslogNames{
    SyslogName{"err", LogLevel::error},   SyslogName{"warning", LogLevel::warn},
    SyslogName{"info", LogLevel::info},   SyslogName{"debug", LogLevel::debug},
    SyslogName{"emerg", LogLevel::error}, SyslogName{"alert", LogLevel::error},
    SyslogName{"crit", LogLevel::error},  SyslogName{"notice", LogLevel::info},
};

LogOutput& logOf(void* data) {
    return static_cast<Context*>(data)->log;
}

int refuseValue(sd_bus_error* error, const std::string& words) {
    return sd_bus_error_set(error, SD_BUS_ERROR_INVALID_ARGS, textFor(words).c_str());
}

// NOLINTBEGIN(bugprone-suspicious-stringview-data-usage): literals

int getLevel(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
             sd_bus_message* reply, void* data, sd_bus_error* /*error*/) noexcept {
    const auto* const found =
        std::ranges::find(kSyslogNames, logOf(data).levels().usual(), &SyslogName::level);
    return sd_bus_message_append(reply, "s", found->name.data());
}

int setLevel(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
             sd_bus_message* value, void* data, sd_bus_error* error) noexcept {
    const char* text = nullptr;
    if (const int code = sd_bus_message_read(value, "s", &text); code < 0) {
        return code;
    }
    const auto* const found = std::ranges::find(kSyslogNames, std::string_view(text), &SyslogName::name);
    if (found == kSyslogNames.end()) {
        return refuseValue(error, fmt::format("there is no level {}", printable(text)));
    }
    LogLevels levels = logOf(data).levels();
    levels.setUsual(found->level);
    logOf(data).setLevels(levels);
    return 0;
}

int getTarget(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
              sd_bus_message* reply, void* data, sd_bus_error* /*error*/) noexcept {
    return sd_bus_message_append(reply, "s", nameOf(logOf(data).target()).data());
}

// NOLINTEND(bugprone-suspicious-stringview-data-usage)

int setTarget(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
              sd_bus_message* value, void* data, sd_bus_error* error) noexcept {
    const char* text = nullptr;
    if (const int code = sd_bus_message_read(value, "s", &text); code < 0) {
        return code;
    }
    const auto* const found = std::ranges::find(kLogTargetNames, std::string_view(text));
    const bool known = found != kLogTargetNames.end();
    if (!known && std::string_view(text) != "auto") {
        return refuseValue(
            error, fmt::format("the target must be console, journal or auto, not {}", printable(text)));
    }
    const auto target =
        known ? std::optional(static_cast<LogTarget>(found - kLogTargetNames.begin())) : std::nullopt;
    return logOf(data).setTarget(target) ? 0 : refuseValue(error, "there is no journal here");
}

int getIdentifier(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
                  sd_bus_message* reply, void* /*data*/, sd_bus_error* /*error*/) noexcept {
    return sd_bus_message_append(reply, "s", "compositord");
}

const std::array kTable{
    sd_bus_vtable SD_BUS_VTABLE_START(0),
    sd_bus_vtable SD_BUS_WRITABLE_PROPERTY("LogLevel", "s", getLevel, setLevel, 0,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_WRITABLE_PROPERTY("LogTarget", "s", getTarget, setTarget, 0,
                                           SD_BUS_VTABLE_UNPRIVILEGED),
    sd_bus_vtable SD_BUS_PROPERTY("SyslogIdentifier", "s", getIdentifier, 0, SD_BUS_VTABLE_PROPERTY_CONST),
    sd_bus_vtable SD_BUS_VTABLE_END,
};

} // namespace

const sd_bus_vtable* logControlTable() {
    return kTable.data();
}

int getLogLevels(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
                 sd_bus_message* reply, void* data, sd_bus_error* /*error*/) noexcept {
    return sd_bus_message_append(reply, "s", logOf(data).levels().text().c_str());
}

int setLogLevels(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
                 sd_bus_message* value, void* data, sd_bus_error* error) noexcept {
    const char* text = nullptr;
    if (const int code = sd_bus_message_read(value, "s", &text); code < 0) {
        return code;
    }
    const auto levels = LogLevels::parse(text);
    if (!levels) {
        return sd_bus_error_set(error, kInvalidArgument, textFor(levels.error()).c_str());
    }
    logOf(data).setLevels(*levels);
    return 0;
}

} // namespace compositord::bus
