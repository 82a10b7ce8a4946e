#include "compositor/niri_map.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace compositord {

namespace {

constexpr double kStep = 100; // of distances between rows, and the least gap

// A row that becomes longer moves the outputs to its right only now and then: whole so many screens.
constexpr double kScreensPerStep = 4;

// Ids of niri that are greater get one of ours, from here on.
constexpr NiriId kGreatestSameId = 0x7fffffff;

// What has no output, or while there is none.
constexpr NiriSize kNoOutput{1920, 1080};

// Tiles lie below what floats. Within both, an order that nothing but a tab or the focus changes, so that one
// new window does not change all others.
constexpr std::int32_t kBehind = 0;
constexpr std::int32_t kInFront = 1 << 28;
constexpr std::int32_t kFloating = 1 << 29;
constexpr std::int32_t kFloatingInFront = kFloating + kInFront;

} // namespace

void NiriMap::show(const NiriState& state) {
    makeBands(state);
    makeRows(state);
    placeBands();
    placeWindows();
    makeCameras();
}

void NiriMap::makeBands(const NiriState& state) {
    bands_.clear();
    double height = 0;
    for (const NiriOutput& output : state.outputs()) {
        bands_.push_back({.output = output});
    }
    if (bands_.empty()) {
        bands_.push_back({.output = {.size = kNoOutput}});
    }
    for (const Band& band : bands_) {
        height = std::max(height, band.output.size.height);
    }
    pitch_ = (std::ceil(height / kStep) + 1) * kStep;
}

void NiriMap::makeRows(const NiriState& state) {
    rows_.assign(1, Row{}); // for what has no workspace
    std::map<NiriId, std::size_t> rowOf;
    for (const auto& [id, workspace] : state.workspaces()) {
        const auto band = std::ranges::find_if(
            bands_, [&](const Band& each) { return each.output.name == workspace.output; });
        rowOf.emplace(id, rows_.size());
        rows_.push_back({.workspace = id,
                         .band = band == bands_.end() ? 0 : static_cast<std::size_t>(band - bands_.begin()),
                         .index = workspace.index,
                         .active = workspace.active && band != bands_.end(),
                         .activeWindow = workspace.activeWindow});
    }
    for (const auto& [id, window] : state.windows()) {
        const auto found = window.workspace ? rowOf.find(*window.workspace) : rowOf.end();
        Row& row = rows_[found == rowOf.end() ? 0 : found->second];
        (window.floating ? row.floating : row.tiled).push_back(&window);
    }
    bool told = true;
    bool any = false;
    for (Row& row : rows_) {
        row.strip = layOutStrip(row.tiled, bands_[row.band].output.size, row.activeWindow);
        any = any || !row.tiled.empty();
        told = told && (row.tiled.empty() || row.strip.view);
    }
    tellsPlaces_ = any ? told : tellsPlaces_; // without tiles, nothing says otherwise
}

void NiriMap::placeBands() {
    std::map<NiriId, double> views;
    std::vector<double> widths(bands_.size(), 0);
    for (Row& row : rows_) {
        const double width = bands_[row.band].output.size.width;
        if (row.workspace) {
            const auto before = views_.find(*row.workspace);
            row.view = before == views_.end() ? 0 : before->second;
            const auto* active = row.activeWindow ? row.strip.columnOf(*row.activeWindow) : nullptr;
            if (row.strip.view) {
                row.view = *row.strip.view;
            } else if (active != nullptr) {
                row.view = viewWith(*active, width, row.view);
                if (centering_ && active == row.strip.columnOf(*centering_)) {
                    row.view = viewCentering(*active, width);
                    centering_.reset();
                }
            } else if (row.strip.columns.empty()) {
                row.view = 0;
            }
            views.emplace(*row.workspace, row.view);
        }
        widths[row.band] = std::max({widths[row.band], row.strip.width, row.view + width});
    }
    views_ = std::move(views);
    double left = 0;
    for (std::size_t i = 0; i < bands_.size(); ++i) {
        Band& band = bands_[i];
        const double width = band.output.size.width;
        left += i == 0 ? 0 : width; // a view may begin to the left of the first column
        band.left = left;
        left += std::ceil(widths[i] / (kScreensPerStep * width)) * kScreensPerStep * width;
    }
}

WindowId NiriMap::idOf(NiriId window) {
    if (window > 0 && window <= kGreatestSameId) {
        return static_cast<WindowId>(window);
    }
    const auto [own, added] = ids_.try_emplace(window);
    if (added) {
        own->second = static_cast<WindowId>(static_cast<std::uint32_t>(kGreatestSameId) + ++lastOwnId_);
    }
    return own->second;
}

void NiriMap::placeWindows() {
    windows_.clear();
    origins_.clear();
    std::set<NiriId> present;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        Row& row = rows_[i];
        for (const NiriStrip::Tile& tile : row.strip.tiles) {
            const auto from = std::ranges::lower_bound(row.tiled, tile.window, {}, &NiriWindow::id);
            addWindow(i, **from, tile.position, tile.covered ? kBehind : kInFront);
            present.insert(tile.window);
        }
        const NiriSize& output = bands_[row.band].output.size;
        for (const NiriWindow* from : row.floating) {
            const WorldPoint place =
                from->layout.tileInView.value_or(WorldPoint{(output.width - from->layout.tile.width) / 2,
                                                            (output.height - from->layout.tile.height) / 2});
            addWindow(i, *from, {row.view + place.x, place.y}, from->focused ? kFloatingInFront : kFloating);
            present.insert(from->id);
        }
        row.tiled.clear();
        row.floating.clear();
    }
    std::erase_if(ids_, [&](const auto& each) { return !present.contains(each.first); });
}

void NiriMap::addWindow(std::size_t row, const NiriWindow& from, WorldPoint tile, std::int32_t layer) {
    const Band& band = bands_[rows_[row].band];
    const NiriLayout& layout = from.layout;
    Window window;
    window.id = idOf(from.id);
    window.title = from.title;
    window.appId = from.appId;
    window.pid = from.pid;
    window.position = {band.left + tile.x + layout.offset.x, topOf(rows_[row]) + tile.y + layout.offset.y};
    window.width = layout.window.width > 0 ? layout.window.width : band.output.size.width / 2;
    window.height = layout.window.height > 0 ? layout.window.height : band.output.size.height;
    window.stacking = layer + static_cast<std::int32_t>(std::to_underlying(window.id) % kInFront);
    window.states.activated = from.focused;
    window.states.urgent = from.urgent;
    origins_.insert_or_assign(window.id, Origin{from.id, row, from.floating});
    windows_.push_back(std::move(window));
}

void NiriMap::makeCameras() {
    cameras_.clear();
    for (std::size_t i = 0; i < bands_.size(); ++i) {
        const auto& [output, left] = bands_[i];
        if (output.name.empty()) {
            continue;
        }
        const auto shown =
            std::ranges::find_if(rows_, [&](const Row& row) { return row.active && row.band == i; });
        const double view = shown == rows_.end() ? 0 : shown->view;
        const double top = shown == rows_.end() ? 0 : topOf(*shown);
        Camera camera;
        camera.name = output.name;
        camera.live = {{left + view + output.size.width / 2, top + output.size.height / 2}, output.scale};
        camera.target = camera.live;
        camera.viewportWidth = static_cast<std::uint32_t>(std::lround(output.size.width * output.scale));
        camera.viewportHeight = static_cast<std::uint32_t>(std::lround(output.size.height * output.scale));
        camera.minZoom = output.scale;
        camera.maxZoom = output.scale;
        cameras_.push_back(std::move(camera));
    }
}

bool NiriMap::shows(const NiriAim& aim) const {
    const Row* row = rowOf(aim.workspace);
    if (row == nullptr || !row->active) {
        return false;
    }
    if (!aim.window) {
        return true;
    }
    const auto* column = row->strip.columnOf(*aim.window);
    const auto* active = row->activeWindow ? row->strip.columnOf(*row->activeWindow) : nullptr;
    return column != nullptr && column == active;
}

} // namespace compositord
