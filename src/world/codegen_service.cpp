#include "world/codegen_service.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace compositord {

namespace {

constexpr std::array<std::string_view, 7> kStates{"open",    "queued", "running", "review",
                                                  "applied", "failed", "done"};
constexpr std::array<std::string_view, 3> kPolicies{"manual", "review", "auto"};

template <class Enum, std::size_t Count>
std::optional<Enum> parse(const std::array<std::string_view, Count>& names, std::string_view name) {
    const auto* const found = std::ranges::find(names, name);
    return found != names.end() ? std::optional(static_cast<Enum>(found - names.begin())) : std::nullopt;
}

} // namespace

std::string_view nameOf(CodegenState state) {
    return kStates.at(std::to_underlying(state));
}

std::string_view nameOf(CodegenPolicy policy) {
    return kPolicies.at(std::to_underlying(policy));
}

std::optional<CodegenState> parseCodegenState(std::string_view name) {
    return parse<CodegenState>(kStates, name);
}

std::optional<CodegenPolicy> parseCodegenPolicy(std::string_view name) {
    return parse<CodegenPolicy>(kPolicies, name);
}

} // namespace compositord
