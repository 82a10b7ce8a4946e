#include "compositor/infinite_map_window.hpp"

#include "base/utf8.hpp"
#include "compositor/infinite_map_camera.hpp"

#include <utility>

namespace compositord {

namespace {

template <auto Method> constexpr auto kThunk = &ListenerThunk<Method>::template call<infinite_map_window_v1>;

/// libwayland does not check that strings are UTF-8; everything behind this point may rely on it.
std::string text(const char* bytes) {
    return repairUtf8(bytes == nullptr ? "" : bytes);
}

} // namespace

constexpr infinite_map_window_v1_listener MapWindow::kListener = {
    .identifier = kThunk<&MapWindow::onIdentifier>,
    .app_id = kThunk<&MapWindow::onAppId>,
    .title = kThunk<&MapWindow::onTitle>,
    .pid = kThunk<&MapWindow::onPid>,
    .position = kThunk<&MapWindow::onPosition>,
    .screen_position = kThunk<&MapWindow::onScreenPosition>,
    .size = kThunk<&MapWindow::onSize>,
    .space = kThunk<&MapWindow::onSpace>,
    .stacking = kThunk<&MapWindow::onStacking>,
    .parent = kThunk<&MapWindow::onParent>,
    .state = kThunk<&MapWindow::onState>,
    .closed = kThunk<&MapWindow::onClosed>,
};

MapWindow::MapWindow(infinite_map_window_v1* proxy, WindowId id, PendingCommit& commit)
    : commit_(commit), proxy_(proxy) {
    state_.id = id;
    infinite_map_window_v1_add_listener(proxy, &kListener, this);
    touch();
}

bool MapWindow::committed() {
    dirty_ = false;
    return !std::exchange(known_, true);
}

void MapWindow::move(WorldPoint position) {
    const CellOffset x = toCellOffset(position.x, commit_.gridSize);
    const CellOffset y = toCellOffset(position.y, commit_.gridSize);
    infinite_map_window_v1_move(proxy_.get(), x.cell, y.cell, x.offset256, y.offset256);
}

void MapWindow::resize(double width, double height) {
    infinite_map_window_v1_resize(proxy_.get(), wl_fixed_from_double(width), wl_fixed_from_double(height));
}

void MapWindow::touch() {
    if (!dirty_) {
        dirty_ = true;
        commit_.windows.push_back(this);
    }
}

void MapWindow::onIdentifier(const char* identifier) {
    state_.identifier = text(identifier);
    touch();
}

void MapWindow::onAppId(const char* appId) {
    state_.appId = text(appId);
    touch();
}

void MapWindow::onTitle(const char* title) {
    state_.title = text(title);
    touch();
}

void MapWindow::onPid(std::uint32_t pid) {
    state_.pid = pid;
    touch();
}

void MapWindow::onPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY) {
    state_.position = commit_.point(cellX, cellY, offsetX, offsetY);
    touch();
}

void MapWindow::onScreenPosition(infinite_map_camera_v1* camera, wl_fixed_t x, wl_fixed_t y) {
    const MapCamera* known = MapCamera::from(camera);
    screen_.camera = known != nullptr ? std::optional(known->state().name) : std::nullopt;
    screen_.position = {wl_fixed_to_double(x), wl_fixed_to_double(y)};
    if (state_.space == Space::screen) {
        state_.screen = screen_;
    }
    touch();
}

void MapWindow::onSize(wl_fixed_t width, wl_fixed_t height) {
    state_.width = wl_fixed_to_double(width);
    state_.height = wl_fixed_to_double(height);
    touch();
}

void MapWindow::onSpace(std::uint32_t space) {
    switch (space) {
    case INFINITE_MAP_WINDOW_V1_SPACE_SCREEN:
        state_.space = Space::screen;
        break;
    case INFINITE_MAP_WINDOW_V1_SPACE_WIDGET:
        state_.space = Space::widget;
        break;
    default: // map, and what a later version may add
        state_.space = Space::map;
        break;
    }
    state_.screen = state_.space == Space::screen ? std::optional(screen_) : std::nullopt;
    touch();
}

void MapWindow::onStacking(std::int32_t index) {
    state_.stacking = index;
    touch();
}

void MapWindow::onParent(infinite_map_window_v1* parent) {
    if (parent == nullptr) {
        state_.parent.reset();
    } else {
        state_.parent = static_cast<MapWindow*>(infinite_map_window_v1_get_user_data(parent))->state().id;
    }
    touch();
}

void MapWindow::onState(std::uint32_t state) {
    state_.states = {
        .activated = (state & INFINITE_MAP_WINDOW_V1_STATE_ACTIVATED) != 0,
        .maximized = (state & INFINITE_MAP_WINDOW_V1_STATE_MAXIMIZED) != 0,
        .fullscreen = (state & INFINITE_MAP_WINDOW_V1_STATE_FULLSCREEN) != 0,
        .minimized = (state & INFINITE_MAP_WINDOW_V1_STATE_MINIMIZED) != 0,
        .resizing = (state & INFINITE_MAP_WINDOW_V1_STATE_RESIZING) != 0,
        .urgent = (state & INFINITE_MAP_WINDOW_V1_STATE_URGENT) != 0,
    };
    touch();
}

void MapWindow::onClosed() {
    closed_ = true;
    touch();
}

} // namespace compositord
