// Several worlds shown as one, side by side: what each of them commits becomes a commit of the whole, and
// what is asked of the whole becomes something asked of one of them. A camera is called COMPOSITOR/NAME
// there; windows have numbers of their own, for their compositors number theirs alike.
#pragma once

#include "world/changes.hpp"
#include "world/command.hpp"
#include "world/world.hpp"

#include <cstddef>
#include <expected>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace compositord {

class CombinedWorld {
public:
    /// The driver's name in the whole, which has none.
    static constexpr std::string_view kDriver = "combined";

    /// At least one. Names are unique and do not change.
    explicit CombinedWorld(std::vector<PlacedCompositor> parts);

    CombinedWorld(const CombinedWorld&) = delete;
    CombinedWorld& operator=(const CombinedWorld&) = delete;
    ~CombinedWorld() = default;

    World& world() { return world_; }

    const World& world() const { return world_; }

    /// The parts as they stand.
    const std::vector<PlacedCompositor>& parts() const { return parts_; }

    /// A part's world changed so. Tiles are taken over as they are. Whether the whole changed.
    bool apply(std::size_t part, const Changes& changes);

    struct Addressed {
        std::size_t part;
        Request request;
    };

    /// Whom to ask for what, in order; what the last one answers counts.
    std::expected<std::vector<Addressed>, Refusal> address(const Request& request);

private:
    Camera ofWhole(std::size_t part, Camera camera);
    Window ofWhole(std::size_t part, Window window);
    std::string newNameOf(std::size_t part, const std::string& camera);
    std::optional<std::string> nameOf(std::size_t part, const std::string& camera) const;
    std::int32_t stackingOf(std::size_t part, std::int32_t stacking) const;
    WindowId numberOf(std::size_t part, WindowId window);
    Compositor whole() const;

    std::expected<std::pair<std::size_t, std::optional<std::string>>, Refusal>
    partOf(const std::optional<std::string>& camera) const;
    std::optional<std::size_t> partAt(WorldPoint position) const;
    std::expected<Addressed, Refusal> addressOne(const Request& request) const;
    std::vector<Addressed> addressInput(const Request& request, const Input& input);

    std::vector<PlacedCompositor> parts_;
    World world_;
    std::map<std::pair<std::size_t, WindowId>, WindowId> numbers_;
    std::map<WindowId, std::pair<std::size_t, WindowId>> windows_; // the other way round
    std::uint32_t lastNumber_ = 0;
    std::map<std::pair<std::size_t, std::string>, std::string> cameras_; // what each is called in the whole
    std::map<std::string, std::pair<std::size_t, std::string>> origins_; // the other way round
    std::uint32_t lastCut_ = 0;
    std::unordered_map<ClientNumber, std::size_t> hands_; // where whoever sends input is
};

} // namespace compositord
