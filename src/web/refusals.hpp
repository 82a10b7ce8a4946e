// What was refused: all of it counted, and one of each kind logged, so that nobody can flood the log.
#pragma once

#include "base/log.hpp"
#include "web/metrics.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace compositord {

class Refusals {
public:
    /// The metrics outlive this.
    Refusals(Log log, Metrics& metrics) : log_(std::move(log)), metrics_(metrics) {}

    /// `kind` is a literal. `what` follows "refused".
    void note(std::string_view kind, const std::string& what);

private:
    using Clock = std::chrono::steady_clock;

    Log log_;
    Metrics& metrics_;
    std::map<std::string_view, Clock::time_point> lastLogged_;
};

} // namespace compositord
