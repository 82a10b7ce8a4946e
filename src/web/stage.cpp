#include "web/stage.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace compositord {

Stages::Stages(std::vector<Stage::Settings> settings) {
    for (Stage::Settings& each : settings) {
        stages_.push_back(std::make_unique<Stage>(std::move(each)));
    }
}

Stage* Stages::ofOne(std::string_view name) const {
    // Backwards: with several, the first one is no compositor's own.
    for (const auto& stage : stages_ | std::views::reverse) {
        if (stage->world.compositor().name == name) {
            return stage.get();
        }
    }
    return nullptr;
}

std::optional<Stages::Watch> Stages::find(std::string_view names) const {
    if (names.empty()) {
        return Watch{usual(), {}};
    }
    if (Stage* const one = ofOne(names)) {
        return Watch{*one, {}};
    }
    View view;
    view.compositors.emplace();
    for (const auto part : std::views::split(names, ',')) {
        const std::string_view name(part.begin(), part.end());
        if (stages_.size() == 1 || ofOne(name) == nullptr) {
            return std::nullopt;
        }
        view.compositors->emplace_back(name);
    }
    return Watch{usual(), std::move(view)};
}

Stage& Stages::of(const World& world) const {
    return **std::ranges::find_if(stages_, [&](const auto& stage) { return &stage->world == &world; });
}

std::string_view compositorsIn(std::string_view path) {
    constexpr std::string_view folder = "/c/";
    if (!path.starts_with(folder)) {
        return {};
    }
    path.remove_prefix(folder.size());
    return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

} // namespace compositord
