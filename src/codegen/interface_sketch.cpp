#include "codegen/interface_sketch.hpp"

#include <algorithm>
#include <array>

namespace compositord {

namespace {

constexpr std::size_t kMostLines = 60;
constexpr std::size_t kLongestLine = 200;
constexpr std::size_t kLongestDeclaration = 8; // lines

constexpr auto kRust = std::to_array<std::string_view>(
    {"pub fn ", "pub async fn ", "pub struct ", "pub enum ", "pub trait ", "pub type ", "pub const ",
     "pub static ", "pub mod ", "pub use ", "impl ", "impl<"});
constexpr auto kScript = std::to_array<std::string_view>({"export ", "module.exports", "exports."});
constexpr auto kScriptEndings =
    std::to_array<std::string_view>({".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".mts", ".cts"});

std::string_view trimmed(std::string_view line) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    line.remove_prefix(begin);
    const std::size_t end = line.find_last_not_of(" \t\r");
    return line.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

template <std::size_t Count>
bool beginsLikeOne(std::string_view line, const std::array<std::string_view, Count>& words) {
    return std::ranges::any_of(words, [&](std::string_view word) { return line.starts_with(word); });
}

} // namespace

std::string sketchInterface(std::string_view path, std::string_view text) {
    const bool rust = path.ends_with(".rs");
    const bool script =
        std::ranges::any_of(kScriptEndings, [&](std::string_view ending) { return path.ends_with(ending); });
    std::string sketch;
    std::size_t lines = 0;
    std::size_t open = 0; // lines that a declaration may still go on for
    while (!text.empty() && lines < kMostLines && (rust || script)) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view whole = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        const std::string_view line = trimmed(whole);
        // What stands inside of a function is not for others; a method is, one step further in.
        const bool begins = rust ? beginsLikeOne(line, kRust) : beginsLikeOne(whole, kScript);
        if (!begins && open == 0) {
            continue;
        }
        open = begins ? kLongestDeclaration : open - 1;
        sketch += std::string(whole.substr(0, std::min(whole.size(), kLongestLine))) + '\n';
        ++lines;
        if (line.ends_with('{') || line.ends_with(';') || line.ends_with('}')) {
            open = 0; // the rest is how it is done
        }
    }
    return sketch;
}

} // namespace compositord
