// Lays niri's outputs and workspaces out on the map.
// Outputs lie beside each other, as far apart as their longest rows need. The workspaces of an output lie one
// below the other, as niri has them; in each, its columns are a row to the right, and what floats is where
// the workspace's view is. The camera of an output is at the view of the workspace that it shows: where niri
// does not tell that, it is where niri must have brought it to show the active column.
#pragma once

#include "compositor/niri_state.hpp"
#include "compositor/niri_strip.hpp"
#include "world/command.hpp"

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace compositord {

/// What a camera is to show.
struct NiriAim {
    std::string camera;
    NiriId workspace;
    std::optional<NiriId> window; // which is in a column; none: whatever is active there
};

class NiriMap {
public:
    void show(const NiriState& state);

    const std::vector<Camera>& cameras() const { return cameras_; }

    const std::vector<Window>& windows() const { return windows_; }

    /// niri tells where tiles are.
    bool tellsPlaces() const { return tellsPlaces_; }

    /// How niri is asked for this; empty if there is nothing to do.
    std::expected<std::string, Refusal> linesFor(const Command& command) const;

    /// What its camera will show by this command; nothing if it moves none.
    std::optional<NiriAim> aimOf(const Command& command) const;

    bool shows(const NiriAim& aim) const;

    /// niri was asked to have a column in the middle of the view.
    void expectCentered(const NiriAim& aim) { centering_ = aim.window; }

private:
    /// Where an output and its workspaces are.
    struct Band {
        NiriOutput output;
        double left = 0;
    };

    /// A workspace on the map; one that has no place in niri is above the first of the first output.
    struct Row {
        std::optional<NiriId> workspace;
        std::size_t band = 0;
        int index = 0;
        bool active = false;
        std::optional<NiriId> activeWindow;
        double view = 0;
        NiriStrip strip;
        std::vector<const NiriWindow*> tiled; // by id; these two only while it is laid out
        std::vector<const NiriWindow*> floating;
    };

    struct Found {
        const Window* window;
        const Row* row;
        NiriId id;
        bool floating;
    };

    struct Origin {
        NiriId id;
        std::size_t row;
        bool floating;
    };

    void makeBands(const NiriState& state);
    void makeRows(const NiriState& state);
    void placeBands();
    void placeWindows();
    void addWindow(std::size_t row, const NiriWindow& from, WorldPoint tile, std::int32_t layer);
    void makeCameras();
    WindowId idOf(NiriId window);

    double topOf(const Row& row) const { return (row.index - 1) * pitch_; }

    std::expected<const Band*, Refusal> bandOf(const std::optional<std::string>& camera) const;
    std::expected<Found, Refusal> find(WindowId id) const;
    const Row* rowAround(WorldPoint point) const;
    std::expected<NiriAim, Refusal> aim(const SetCamera& command) const;
    std::expected<NiriAim, Refusal> aim(const CenterWindow& command) const;
    std::string linesTo(const NiriAim& aim) const;
    const Row* rowOf(NiriId workspace) const;

    std::expected<std::string, Refusal> lines(const SetCamera& command) const;
    std::expected<std::string, Refusal> lines(const CancelCamera& command) const;
    std::expected<std::string, Refusal> lines(const CenterWindow& command) const;
    std::expected<std::string, Refusal> lines(const FocusWindow& command) const;
    std::expected<std::string, Refusal> lines(const CloseWindow& command) const;
    std::expected<std::string, Refusal> lines(const MoveWindow& command) const;
    std::expected<std::string, Refusal> lines(const ResizeWindow& command) const;
    template <class Other> std::expected<std::string, Refusal> lines(const Other& command) const;

    std::vector<Band> bands_;
    std::vector<Row> rows_;
    std::map<NiriId, double> views_;  // of workspaces
    std::optional<NiriId> centering_; // a window, when its column is the active one
    std::map<NiriId, WindowId> ids_;  // ours, of windows
    std::uint32_t lastOwnId_ = 0;
    double pitch_ = 0; // from row to row
    bool tellsPlaces_ = false;
    std::vector<Camera> cameras_;
    std::vector<Window> windows_;
    std::map<WindowId, Origin> origins_;
};

} // namespace compositord
