#include "world/combined_world.hpp"

#include <algorithm>
#include <concepts>
#include <ranges>
#include <type_traits>

namespace compositord {

namespace {

WorldPoint operator+(WorldPoint a, WorldPoint b) {
    return {a.x + b.x, a.y + b.y};
}

WorldPoint operator-(WorldPoint a, WorldPoint b) {
    return {a.x - b.x, a.y - b.y};
}

std::string joined(const std::vector<PlacedCompositor>& parts) {
    std::string names;
    for (const PlacedCompositor& part : parts) {
        names += (names.empty() ? "" : ",") + part.compositor.name;
    }
    return names;
}

// As in the schema, in bytes.
constexpr std::size_t kLongestCameraName = 256;

/// At most so many bytes of it, and no part of a character.
std::string beginningOf(const std::string& text, std::size_t most) {
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80) {
        --most;
    }
    return text.substr(0, most);
}

std::unexpected<Refusal> notFound(std::string_view member, const char* message) {
    return std::unexpected(Refusal{RefusalCode::notFound, member, message});
}

/// Where an event points to; null if it points nowhere.
WorldPoint* placeOf(InputEvent& event) {
    return std::visit(
        [](auto& content) -> WorldPoint* {
            if constexpr (requires { content.position; }) {
                return &content.position;
            } else {
                return nullptr;
            }
        },
        event);
}

} // namespace

CombinedWorld::CombinedWorld(std::vector<PlacedCompositor> parts)
    : parts_(std::move(parts)),
      world_(
          Compositor{.name = joined(parts_), .driver = std::string(kDriver), .reason = "not connected yet"}) {
    world_.apply({.compositor = whole(), .compositors = parts_});
}

Compositor CombinedWorld::whole() const {
    Compositor whole = world_.compositor();
    whole.connected = false;
    whole.reason = "none of the compositors is connected";
    whole.gridSize = parts_.front().compositor.gridSize;
    whole.capabilities = {};
    for (const PlacedCompositor& part : parts_) {
        if (part.compositor.connected) {
            whole.connected = true;
            whole.reason.clear();
            whole.capabilities = whole.capabilities | part.compositor.capabilities;
        }
    }
    // The map is there without them too.
    whole.capabilities.set(Capability::tiles, parts_.front().compositor.capabilities.has(Capability::tiles));
    return whole;
}

bool CombinedWorld::apply(std::size_t part, const Changes& changes) {
    Changes all{.tiles = changes.tiles, .manyTiles = changes.manyTiles};
    if (changes.compositor) {
        parts_.at(part).compositor = *changes.compositor;
        all.compositor = whole();
        all.compositors = parts_;
    }
    for (const std::string& name : changes.removedCameras) {
        const auto camera = cameras_.find({part, name});
        if (camera != cameras_.end()) {
            all.removedCameras.push_back(camera->second);
            origins_.erase(camera->second);
            cameras_.erase(camera);
        }
    }
    for (const Camera& camera : changes.cameras) {
        all.cameras.push_back(ofWhole(part, camera));
    }
    for (const WindowId id : changes.removedWindows) {
        const auto number = numbers_.find({part, id});
        if (number != numbers_.end()) {
            all.removedWindows.push_back(number->second);
            windows_.erase(number->second);
            numbers_.erase(number);
        }
    }
    for (const Window& window : changes.windows) {
        static_cast<void>(numberOf(part, window.id)); // one may be the parent of another
    }
    for (const Window& window : changes.windows) {
        all.windows.push_back(ofWhole(part, window));
    }
    return world_.apply(std::move(all)).has_value();
}

std::optional<std::string> CombinedWorld::nameOf(std::size_t part, const std::string& camera) const {
    const auto known = cameras_.find({part, camera});
    return known == cameras_.end() ? std::nullopt : std::optional(known->second);
}

/// What would be too long is cut, and gets a number of its own.
std::string CombinedWorld::newNameOf(std::size_t part, const std::string& camera) {
    if (auto known = nameOf(part, camera)) {
        return *known;
    }
    std::string name = parts_.at(part).compositor.name + "/" + camera;
    if (name.size() > kLongestCameraName) {
        const std::string number = "~" + std::to_string(++lastCut_);
        name = beginningOf(name, kLongestCameraName - number.size()) + number;
    }
    cameras_.emplace(std::pair{part, camera}, name);
    origins_.emplace(name, std::pair{part, camera});
    return name;
}

/// No two windows are at the same place of the stack; those of one compositor keep their order.
std::int32_t CombinedWorld::stackingOf(std::size_t part, std::int32_t stacking) const {
    const auto count = static_cast<std::int64_t>(parts_.size());
    const std::int64_t place = stacking * count + static_cast<std::int64_t>(part);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(place, INT32_MIN, INT32_MAX));
}

WindowId CombinedWorld::numberOf(std::size_t part, WindowId window) {
    const auto [place, isNew] = numbers_.try_emplace({part, window});
    if (isNew) {
        place->second = WindowId{++lastNumber_};
        windows_.emplace(place->second, place->first);
    }
    return place->second;
}

Camera CombinedWorld::ofWhole(std::size_t part, Camera camera) {
    const WorldPoint offset = parts_.at(part).offset;
    camera.name = newNameOf(part, camera.name);
    camera.compositor = parts_.at(part).compositor.name;
    camera.live.center = camera.live.center + offset;
    camera.target.center = camera.target.center + offset;
    return camera;
}

Window CombinedWorld::ofWhole(std::size_t part, Window window) {
    window.id = numberOf(part, window.id);
    window.stacking = stackingOf(part, window.stacking);
    window.compositor = parts_.at(part).compositor.name;
    if (window.space != Space::screen) {
        window.position = window.position + parts_.at(part).offset;
    }
    if (window.screen && window.screen->camera) {
        window.screen->camera = nameOf(part, *window.screen->camera);
    }
    if (window.parent) {
        const auto parent = numbers_.find({part, *window.parent});
        window.parent = parent == numbers_.end() ? std::nullopt : std::optional(parent->second);
    }
    return window;
}

std::expected<std::pair<std::size_t, std::optional<std::string>>, Refusal>
CombinedWorld::partOf(const std::optional<std::string>& camera) const {
    if (!camera) {
        return std::pair{std::size_t{0}, camera}; // the first one of the first compositor
    }
    const auto found = origins_.find(*camera);
    if (found != origins_.end()) {
        return std::pair{found->second.first, std::optional(found->second.second)};
    }
    // Its compositor may say better why it is not there.
    for (std::size_t part = 0; part < parts_.size(); ++part) {
        const std::string prefix = parts_[part].compositor.name + "/";
        if (camera->starts_with(prefix)) {
            return std::pair{part, std::optional(camera->substr(prefix.size()))};
        }
    }
    return notFound("camera", "there is no camera of this name");
}

std::expected<CombinedWorld::Addressed, Refusal> CombinedWorld::addressOne(const Request& request) const {
    Addressed result{.part = 0, .request = request};
    std::optional<Refusal> refusal;
    const auto onWindow = [&](WindowId& window) {
        const auto found = windows_.find(window);
        if (found == windows_.end()) {
            refusal = notFound("window", "there is no window of this id").error();
            return;
        }
        std::tie(result.part, window) = found->second;
    };
    const auto onCamera = [&](std::optional<std::string>& camera) {
        auto found = partOf(camera);
        if (!found) {
            refusal = found.error();
            return;
        }
        std::tie(result.part, camera) = *std::move(found);
    };
    std::visit(
        [&]<class Content>(Content& content) {
            if constexpr (requires { content.window; }) {
                onWindow(content.window);
                if constexpr (requires { content.camera; }) {
                    const std::size_t part = result.part;
                    if (!refusal && content.camera) {
                        onCamera(content.camera);
                    }
                    if (!refusal && result.part != part) {
                        refusal = notFound("camera", "this camera is of another compositor than the window")
                                      .error();
                    }
                }
            } else if constexpr (requires { content.camera; }) {
                onCamera(content.camera);
            }
            if (refusal) {
                return;
            }
            const WorldPoint offset = parts_.at(result.part).offset;
            if constexpr (std::same_as<Content, SetCamera>) {
                content.x = content.x ? std::optional(*content.x - offset.x) : std::nullopt;
                content.y = content.y ? std::optional(*content.y - offset.y) : std::nullopt;
            } else if constexpr (std::same_as<Content, MoveWindow>) {
                content.position = content.position - offset;
            }
        },
        result.request.command);
    if (refusal) {
        return std::unexpected(*std::move(refusal));
    }
    return result;
}

std::optional<std::size_t> CombinedWorld::partAt(WorldPoint position) const {
    const Window* top = nullptr;
    for (const Window& window : std::views::values(world_.windows())) {
        const WorldPoint from = position - window.position;
        const bool inside = from.x >= 0 && from.y >= 0 && from.x < window.width && from.y < window.height;
        if (inside && window.space != Space::screen && (top == nullptr || window.stacking > top->stacking)) {
            top = &window;
        }
    }
    return top == nullptr ? std::nullopt : std::optional(windows_.at(top->id).first);
}

std::vector<CombinedWorld::Addressed> CombinedWorld::addressInput(const Request& request,
                                                                  const Input& input) {
    Input own = input;
    const auto hand = hands_.try_emplace(request.tag.client, 0).first;
    std::vector<Addressed> all;
    for (InputEvent& event : own.events) {
        const WorldPoint* const place = placeOf(event);
        const auto part = place != nullptr ? partAt(*place) : std::nullopt;
        if (part && *part != hand->second) {
            // What is pressed must not stay so in the compositor that is left.
            all.push_back({hand->second, {ReleaseInput{}, request.tag}});
            hand->second = *part;
            break;
        }
    }
    for (InputEvent& event : own.events) {
        if (WorldPoint* const place = placeOf(event)) {
            *place = *place - parts_.at(hand->second).offset;
        }
    }
    all.push_back({hand->second, {std::move(own), request.tag}});
    return all;
}

std::expected<std::vector<CombinedWorld::Addressed>, Refusal> CombinedWorld::address(const Request& request) {
    if (const auto* const input = std::get_if<Input>(&request.command)) {
        return addressInput(request, *input);
    }
    if (std::holds_alternative<ReleaseInput>(request.command)) {
        std::vector<Addressed> all;
        all.reserve(parts_.size());
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            all.push_back({part, request});
        }
        hands_.erase(request.tag.client);
        return all;
    }
    auto one = addressOne(request);
    if (!one) {
        return std::unexpected(one.error());
    }
    if (std::holds_alternative<FocusWindow>(request.command)) {
        const auto hand = hands_.try_emplace(request.tag.client, one->part).first;
        std::vector<Addressed> all;
        all.reserve(parts_.size());
        if (hand->second != one->part) {
            all.push_back({hand->second, {ReleaseInput{}, request.tag}});
            hand->second = one->part; // keys go where the focus is
        }
        all.push_back(*std::move(one));
        return all;
    }
    return std::vector{*std::move(one)};
}

} // namespace compositord
