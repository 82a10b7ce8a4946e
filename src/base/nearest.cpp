#include "base/nearest.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace compositord {

namespace {

/// How many characters one would have to insert, drop or replace (Levenshtein's distance).
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t k = 0; k < row.size(); ++k) {
        row[k] = k;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t k = 0; k < b.size(); ++k) {
            const std::size_t replaced = diagonal + (a[i] == b[k] ? 0 : 1);
            diagonal = std::exchange(row[k + 1], std::min({replaced, row[k] + 1, row[k + 1] + 1}));
        }
    }
    return row.back();
}

} // namespace

std::string_view nearest(std::string_view name, std::span<const std::string_view> names) {
    constexpr std::size_t longest = 64; // nobody misspells more
    if (name.empty() || name.size() > longest) {
        return {};
    }
    std::string_view best;
    // With more than a third of its letters wrong, or more than two, it is another word.
    std::size_t least = std::min(name.size(), std::max<std::size_t>(2, name.size() / 3) + 1);
    for (const std::string_view known : names) {
        // What is only cut off is nearer than anything misspelt.
        const bool begun = name.size() > 2 && known.starts_with(name);
        const std::size_t found = begun ? 0 : distance(name, known);
        if (found < least) {
            best = known;
            least = found;
        }
    }
    return best;
}

} // namespace compositord
