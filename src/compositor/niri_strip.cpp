#include "compositor/niri_strip.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace compositord {

namespace {

constexpr double kGap = 16; // niri's own; another one is not told

using Windows = std::vector<const NiriWindow*>;

/// In the order of niri's columns, and from the top of each. What has no place in one, which is so for a
/// moment or with an old niri, is a column of its own to the right of all.
std::tuple<int, int, NiriId> orderOf(const NiriWindow* window) {
    const auto& place = window->layout.place;
    return {place ? place->column : std::numeric_limits<int>::max(), place ? place->tile : 0, window->id};
}

bool shareColumn(const NiriWindow& one, const NiriWindow& other) {
    const auto& first = one.layout.place;
    const auto& second = other.layout.place;
    return first && second && first->column == second->column;
}

NiriSize sizeOf(const NiriWindow& window, NiriSize output) {
    const NiriSize& tile = window.layout.tile;
    return tile.width > 0 && tile.height > 0 ? tile : NiriSize{output.width / 2, output.height};
}

/// Tabs have all of the column's height, each.
bool isTabbed(const Windows& column, NiriSize output) {
    const double height = sizeOf(*column.front(), output).height;
    const bool alike = std::ranges::all_of(
        column, [&](const NiriWindow* each) { return std::abs(sizeOf(*each, output).height - height) < 1; });
    return alike && height * static_cast<double>(column.size()) > output.height;
}

void addColumn(NiriStrip& strip, const Windows& windows, NiriSize output,
               std::optional<NiriId> activeWindow) {
    NiriStrip::Column column{.left = strip.width + kGap, .width = 0, .front = windows.front()->id};
    double height = -kGap;
    for (const NiriWindow* window : windows) {
        const NiriSize size = sizeOf(*window, output);
        column.width = std::max(column.width, size.width);
        height += size.height + kGap;
        column.windows.push_back(window->id);
        if (window->id == activeWindow) {
            column.front = window->id;
        }
    }
    const bool tabbed = isTabbed(windows, output);
    height = tabbed ? sizeOf(*windows.front(), output).height : height;
    // In the middle: what a bar takes from one side is not told.
    double top = std::max(0.0, (output.height - height) / 2);
    for (const NiriWindow* window : windows) {
        strip.tiles.push_back({window->id, {column.left, top}, tabbed && window->id != column.front});
        top += tabbed ? 0 : sizeOf(*window, output).height + kGap;
    }
    strip.width = column.left + column.width;
    strip.columns.push_back(std::move(column));
}

/// Takes the places that niri tells, if it tells all.
void takeToldPlaces(NiriStrip& strip, const Windows& windows) {
    std::vector<WorldPoint> places;
    for (const NiriWindow* window : windows) {
        if (const auto& place = window->layout.tileInView) {
            places.push_back(*place);
        }
    }
    if (places.size() < windows.size() || places.empty()) {
        return;
    }
    const double view = strip.tiles.front().position.x - places.front().x;
    for (std::size_t i = 0; i < places.size(); ++i) {
        strip.tiles[i].position = {places[i].x + view, places[i].y};
    }
    auto first = strip.tiles.begin(); // of a column
    for (NiriStrip::Column& column : strip.columns) {
        column.left = first->position.x;
        first += static_cast<std::ptrdiff_t>(column.windows.size());
        strip.width = std::max(strip.width, column.left + column.width);
    }
    strip.view = view;
}

} // namespace

const NiriStrip::Column* NiriStrip::columnOf(NiriId window) const {
    const auto found = std::ranges::find_if(columns, [&](const Column& column) {
        return std::ranges::find(column.windows, window) != column.windows.end();
    });
    return found == columns.end() ? nullptr : &*found;
}

NiriStrip layOutStrip(std::vector<const NiriWindow*> windows, NiriSize output,
                      std::optional<NiriId> activeWindow) {
    std::ranges::sort(windows, {}, orderOf);
    NiriStrip strip;
    for (auto first = windows.begin(); first != windows.end();) {
        auto last = first + 1;
        while (last != windows.end() && shareColumn(**first, **last)) {
            ++last;
        }
        addColumn(strip, {first, last}, output, activeWindow);
        first = last;
    }
    takeToldPlaces(strip, windows);
    return strip;
}

double viewWith(const NiriStrip::Column& column, double width, double before) {
    if (column.width + 2 * kGap > width) {
        return viewCentering(column, width);
    }
    return std::clamp(before, column.left + column.width + kGap - width, column.left - kGap);
}

double viewCentering(const NiriStrip::Column& column, double width) {
    return column.left - (width - column.width) / 2;
}

} // namespace compositord
