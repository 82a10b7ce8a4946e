// What the objects of one infinite_map_manager_v1 share: the grid, and what changed since the last done.
#pragma once

#include "world/grid.hpp"
#include "world/tile.hpp"
#include "world/types.hpp"

#include <wayland-util.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace compositord {

class MapCamera;
class MapWindow;

/// Serials that were sent with requests and who they were for, so that a cause event can be told from others.
class CauseTable {
public:
    /// Returns the serial for a request of this writer; never 0.
    std::uint32_t remember(const RequestTag& tag) {
        if (entries_.size() == kLongest) {
            entries_.pop_front();
        }
        last_ = last_ == UINT32_MAX ? 1 : last_ + 1;
        entries_.emplace_back(last_, tag);
        return last_;
    }

    /// Nothing for 0: the cause is not a request of ours.
    std::optional<Cause> find(std::uint32_t serial) const {
        if (serial == 0) {
            return std::nullopt;
        }
        for (const auto& [known, tag] : entries_) {
            if (known == serial) {
                return Cause{serial, tag};
            }
        }
        return Cause{serial, {}};
    }

private:
    // Requests that are not answered yet are few; a compositor answers within a frame.
    static constexpr std::size_t kLongest = 1024;
    std::deque<std::pair<std::uint32_t, RequestTag>> entries_;
    std::uint32_t last_ = 0;
};

struct PendingCommit {
    std::uint32_t gridSize = 100;
    std::vector<MapCamera*> cameras; // changed or closed, each once
    std::vector<MapWindow*> windows;
    std::vector<TileChange> tiles; // that the compositor announced
    CauseTable causes;

    WorldPoint point(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY) const {
        return {fromCellOffset({cellX, offsetX}, gridSize), fromCellOffset({cellY, offsetY}, gridSize)};
    }
};

} // namespace compositord
