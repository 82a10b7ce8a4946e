#include "web/dialects.hpp"

#include <algorithm>
#include <ranges>

namespace compositord {

namespace {

bool offers(std::string_view header, std::string_view wanted) {
    for (const auto part : std::views::split(header, ',')) {
        std::string_view name(part.begin(), part.end());
        name.remove_prefix(std::min(name.find_first_not_of(" \t"), name.size()));
        name = name.substr(0, name.find_last_not_of(" \t") + 1);
        if (name == wanted) {
            return true;
        }
    }
    return false;
}

} // namespace

const Dialect* Dialects::find(std::string_view name) const {
    if (name.empty()) {
        return &bilingual_;
    }
    const std::array<const Dialect*, kNames.size()> dialects{&msgpack_, &json_, &geometryOs_, &orchestrator_};
    const auto* const found = std::ranges::find(kNames, name);
    return found == kNames.end() ? nullptr : dialects[static_cast<std::size_t>(found - kNames.begin())];
}

bool Dialects::offered(std::string_view header) {
    return std::ranges::any_of(kNames, [&](const char* name) { return offers(header, name); });
}

} // namespace compositord
