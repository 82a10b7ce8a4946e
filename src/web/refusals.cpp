#include "web/refusals.hpp"

namespace compositord {

namespace {

constexpr std::chrono::minutes kBetweenLines{10};

} // namespace

void Refusals::note(std::string_view kind, const std::string& what) {
    ++metrics_.refused[{kind, ""}];
    const auto now = Clock::now();
    const auto [last, first] = lastLogged_.try_emplace(kind, now);
    if (first || now - last->second >= kBetweenLines) {
        last->second = now;
        log_.warn("refused {} (more like it are only counted for a while)", what);
    }
}

} // namespace compositord
