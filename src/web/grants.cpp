#include "web/grants.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace compositord {

std::expected<Grants, std::string> parseGrants(std::string_view list) {
    if (list == "all") {
        return Grants::all();
    }
    Grants grants;
    for (const auto part : std::views::split(list, ',')) {
        const std::string_view name(part.begin(), part.end());
        const auto* const found = std::ranges::find(Grants::kNames, name);
        if (found == Grants::kNames.end()) {
            return std::unexpected(fmt::format("there is no grant {}; there are {}, and all for all of them",
                                               printable(name), fmt::join(Grants::kNames, ", ")));
        }
        grants = grants | Grants{static_cast<Grant>(found - Grants::kNames.begin())};
    }
    return grants;
}

} // namespace compositord
