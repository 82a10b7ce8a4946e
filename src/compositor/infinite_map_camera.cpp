#include "compositor/infinite_map_camera.hpp"

#include <utility>

namespace compositord {

namespace {

template <auto Method> constexpr auto kThunk = &ListenerThunk<Method>::template call<infinite_map_camera_v1>;

} // namespace

constexpr infinite_map_camera_v1_listener MapCamera::kListener = {
    .output = kThunk<&MapCamera::onOutput>,
    .position = kThunk<&MapCamera::onPosition>,
    .zoom = kThunk<&MapCamera::onZoom>,
    .target_position = kThunk<&MapCamera::onTargetPosition>,
    .target_zoom = kThunk<&MapCamera::onTargetZoom>,
    .viewport = kThunk<&MapCamera::onViewport>,
    .zoom_limits = kThunk<&MapCamera::onZoomLimits>,
    .locked = kThunk<&MapCamera::onLocked>,
    .cause = kThunk<&MapCamera::onCause>,
    .closed = kThunk<&MapCamera::onClosed>,
};

MapCamera::MapCamera(infinite_map_camera_v1* proxy, std::string name, PendingCommit& commit)
    : commit_(commit), proxy_(proxy) {
    state_.name = std::move(name);
    infinite_map_camera_v1_add_listener(proxy, &kListener, this);
    touch();
}

MapCamera* MapCamera::from(infinite_map_camera_v1* proxy) {
    return proxy == nullptr ? nullptr : static_cast<MapCamera*>(infinite_map_camera_v1_get_user_data(proxy));
}

bool MapCamera::committed() {
    dirty_ = false;
    return !std::exchange(known_, true);
}

void MapCamera::move(const SetCamera& command, const RequestTag& tag) {
    CameraPose pose = requested_.value_or(state_.target);
    pose.center.x = command.x.value_or(pose.center.x);
    pose.center.y = command.y.value_or(pose.center.y);
    pose.zoom = command.zoom.value_or(pose.zoom);
    requested_ = pose;
    requestedSerial_ = commit_.causes.remember(tag);

    const CellOffset x = toCellOffset(pose.center.x, commit_.gridSize);
    const CellOffset y = toCellOffset(pose.center.y, commit_.gridSize);
    infinite_map_camera_v1_move(proxy_.get(), requestedSerial_, x.cell, y.cell, x.offset256, y.offset256,
                                toMillionths(pose.zoom),
                                static_cast<std::uint32_t>(command.duration.count()));
}

void MapCamera::cancel(const RequestTag& tag) {
    requested_.reset();
    infinite_map_camera_v1_cancel(proxy_.get(), commit_.causes.remember(tag));
}

void MapCamera::touch() {
    if (!dirty_) {
        dirty_ = true;
        commit_.cameras.push_back(this);
    }
}

void MapCamera::onOutput(wl_output* /*output*/) {
    // Cameras are known by name here.
}

void MapCamera::onPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX, wl_fixed_t offsetY) {
    state_.live.center = commit_.point(cellX, cellY, offsetX, offsetY);
    touch();
}

void MapCamera::onZoom(std::uint32_t zoom) {
    state_.live.zoom = fromMillionths(zoom);
    touch();
}

void MapCamera::onTargetPosition(std::int32_t cellX, std::int32_t cellY, wl_fixed_t offsetX,
                                 wl_fixed_t offsetY) {
    state_.target.center = commit_.point(cellX, cellY, offsetX, offsetY);
    touch();
}

void MapCamera::onTargetZoom(std::uint32_t zoom) {
    state_.target.zoom = fromMillionths(zoom);
    touch();
}

void MapCamera::onViewport(std::uint32_t width, std::uint32_t height) {
    state_.viewportWidth = width;
    state_.viewportHeight = height;
    touch();
}

void MapCamera::onZoomLimits(std::uint32_t minimum, std::uint32_t maximum) {
    state_.minZoom = fromMillionths(minimum);
    state_.maxZoom = fromMillionths(maximum);
    touch();
}

void MapCamera::onLocked(std::uint32_t locked) {
    state_.locked = locked != 0;
    touch();
}

void MapCamera::onCause(std::uint32_t serial) {
    state_.cause = commit_.causes.find(serial);
    if (serial == requestedSerial_) {
        requested_.reset();
    }
    touch();
}

void MapCamera::onClosed() {
    closed_ = true;
    touch();
}

} // namespace compositord
