// Lays sway's outputs and workspaces out on the map.
// All workspaces of an output have the same coordinates in sway, and most of them are not shown. On the map
// each has a row of its own, as far below the first one as its number says; those that have only a name, and
// the scratchpad, lie above the first. Within a row everything is where sway has it, in its pixels; and the
// camera of an output is where the workspace is that it shows.
#pragma once

#include "compositor/i3_ipc.hpp"
#include "world/command.hpp"

#include <expected>
#include <map>
#include <string>
#include <vector>

namespace compositord {

class SwayMap {
public:
    void show(SwayTree tree);

    std::vector<Camera> cameras() const;
    std::vector<Window> windows() const;

    /// How sway is asked for this, in its command language; empty if there is nothing to do.
    std::expected<std::string, Refusal> commandFor(const Command& command) const;

    /// The workspace that a camera would show at this place: the next one of its output.
    std::expected<const SwayWorkspace*, Refusal> workspaceAt(const SetCamera& command) const;

    /// The camera that is meant.
    std::expected<const SwayOutput*, Refusal> outputOf(const std::optional<std::string>& camera) const;

private:
    struct Found {
        const SwayOutput* output;
        const SwayWorkspace* workspace;
        const SwayWindow* window;
    };

    std::expected<Found, Refusal> find(WindowId id) const;
    std::expected<std::string, Refusal> move(const MoveWindow& command) const;
    const SwayWorkspace* workspaceAround(WorldPoint point) const;
    double offsetOf(const std::string& workspace) const;
    void assignRows();
    Camera cameraOf(const SwayOutput& output) const;

    SwayTree tree_;
    std::map<std::string, int> rows_; // of workspaces
    double pitch_ = 0;                // from row to row
};

} // namespace compositord
