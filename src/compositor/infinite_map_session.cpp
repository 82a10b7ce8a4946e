#include "compositor/infinite_map_session.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

constexpr std::uint32_t kVersion = 1;

template <auto Method>
constexpr auto kManagerThunk = &ListenerThunk<Method>::template call<infinite_map_manager_v1>;
template <auto Method> constexpr auto kRegistryThunk = &ListenerThunk<Method>::template call<wl_registry>;

CommandResult refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

void sendTo(const MapWindow& window, const FocusWindow& /*command*/) {
    infinite_map_window_v1_activate(window.proxy(), nullptr);
}

void sendTo(const MapWindow& window, const CloseWindow& /*command*/) {
    infinite_map_window_v1_close(window.proxy());
}

void sendTo(MapWindow& window, const MoveWindow& command) {
    window.move(command.position);
}

void sendTo(MapWindow& window, const ResizeWindow& command) {
    window.resize(command.width, command.height);
}

void sendTo(const MapWindow& window, const RaiseWindow& /*command*/) {
    infinite_map_window_v1_raise(window.proxy());
}

void sendTo(const MapWindow& window, const LowerWindow& /*command*/) {
    infinite_map_window_v1_lower(window.proxy());
}

void sendTo(const MapWindow& window, const MinimizeWindow& command) {
    infinite_map_window_v1_set_minimized(window.proxy(), command.minimized ? 1 : 0);
}

void sendTo(const MapWindow& window, const MaximizeWindow& command) {
    infinite_map_window_v1_set_maximized(window.proxy(), command.maximized ? 1 : 0);
}

/// What the extension has, as far as it is granted.
Capabilities capabilitiesOf(std::uint32_t granted) {
    Capabilities all{Capability::geometry};
    if ((granted & INFINITE_MAP_MANAGER_V1_CAPABILITY_WINDOW_CONTROL) != 0) {
        all = all | kAllOfWindows;
    }
    all.set(Capability::camera, (granted & INFINITE_MAP_MANAGER_V1_CAPABILITY_CAMERA_CONTROL) != 0);
    all.set(Capability::tiles, (granted & INFINITE_MAP_MANAGER_V1_CAPABILITY_TILES) != 0);
    all.set(Capability::input, (granted & INFINITE_MAP_MANAGER_V1_CAPABILITY_INPUT) != 0);
    return all;
}

} // namespace

constexpr wl_registry_listener InfiniteMapSession::kRegistryListener = {
    .global = kRegistryThunk<&InfiniteMapSession::onGlobal>,
    .global_remove = kRegistryThunk<&InfiniteMapSession::onGlobalRemove>,
};

constexpr wl_callback_listener InfiniteMapSession::kListedListener = {
    .done = &ListenerThunk<&InfiniteMapSession::onGlobalsListed>::call<wl_callback>,
};

constexpr infinite_map_manager_v1_listener InfiniteMapSession::kManagerListener = {
    .capabilities = kManagerThunk<&InfiniteMapSession::onCapabilities>,
    .grid_size = kManagerThunk<&InfiniteMapSession::onGridSize>,
    .camera = kManagerThunk<&InfiniteMapSession::onCamera>,
    .window = kManagerThunk<&InfiniteMapSession::onWindow>,
    .checkpoint = kManagerThunk<&InfiniteMapSession::onCheckpoint>,
    .done = kManagerThunk<&InfiniteMapSession::onDone>,
    .finished = kManagerThunk<&InfiniteMapSession::onFinished>,
};

InfiniteMapSession::InfiniteMapSession(wl_display* display, Compositor identity, Listener listener)
    : listener_(std::move(listener)), display_(display), compositor_(std::move(identity)), pacer_(display),
      registry_(wl_display_get_registry(display)), listed_(wl_display_sync(display)),
      inputs_(registry_.get(), commit_) {
    wl_registry_add_listener(registry_.get(), &kRegistryListener, this);
    wl_callback_add_listener(listed_.get(), &kListedListener, this);
}

void InfiniteMapSession::onGlobal(std::uint32_t name, const char* interface, std::uint32_t version) {
    if (std::string_view(interface) == wl_seat_interface.name) {
        inputs_.seatAppeared(name, version);
    }
    if (std::string_view(interface) == zwlr_foreign_toplevel_manager_v1_interface.name ||
        std::string_view(interface) == ext_foreign_toplevel_list_v1_interface.name) {
        otherWay_ = interface;
    }
    if (manager_ || std::string_view(interface) != infinite_map_manager_v1_interface.name) {
        return;
    }
    managerName_ = name;
    manager_.reset(static_cast<infinite_map_manager_v1*>(wl_registry_bind(
        registry_.get(), name, &infinite_map_manager_v1_interface, std::min(version, kVersion))));
    infinite_map_manager_v1_add_listener(manager_.get(), &kManagerListener, this);
}

void InfiniteMapSession::onGlobalRemove(std::uint32_t name) {
    inputs_.globalRemoved(name);
    if (manager_ && name == managerName_) {
        dropManager("the compositor withdrew infinite_map_v1");
    }
}

void InfiniteMapSession::onGlobalsListed(std::uint32_t /*serial*/) {
    listed_.reset();
    if (!manager_) {
        listener_.onUnavailable(otherWay_.empty()
                                    ? "the compositor does not offer infinite_map_v1 to this client, nor any "
                                      "other protocol that tells of windows"
                                    : "the compositor does not offer infinite_map_v1 to this client, but " +
                                          otherWay_ + ": see --driver foreign_toplevel");
    }
}

void InfiniteMapSession::onCapabilities(std::uint32_t capabilities) {
    compositor_.capabilities = capabilitiesOf(capabilities);
    compositorChanged_ = true;
}

void InfiniteMapSession::onGridSize(std::uint32_t size) {
    // 0 would make every coordinate the same point; the protocol excludes it.
    compositor_.gridSize = std::clamp<std::uint32_t>(size, 1, 1000000);
    commit_.gridSize = compositor_.gridSize;
    compositorChanged_ = true;
}

void InfiniteMapSession::onCamera(infinite_map_camera_v1* proxy, const char* name) {
    cameras_.emplace(name, std::make_unique<MapCamera>(proxy, name, commit_));
}

void InfiniteMapSession::onWindow(infinite_map_window_v1* proxy, std::uint32_t id) {
    // An id that comes twice is the compositor's fault; the newer object takes the older one's place.
    const WindowId windowId{id};
    const auto old = windows_.find(windowId);
    if (old != windows_.end()) {
        std::erase(commit_.windows, old->second.get());
        windows_.erase(old);
    }
    windows_.emplace(windowId, std::make_unique<MapWindow>(proxy, windowId, commit_));
}

void InfiniteMapSession::onCheckpoint(std::uint32_t serial) {
    infinite_map_manager_v1_ack(manager_.get(), serial);
    // A map may have millions of tiles. They need no common moment, and are not gathered until the end.
    if (described_ && !commit_.tiles.empty()) {
        listener_.onCommit({.tiles = std::exchange(commit_.tiles, {})});
    }
}

void InfiniteMapSession::onDone(std::uint32_t serial) {
    infinite_map_manager_v1_ack(manager_.get(), serial);
    listener_.onCommit(takeCommit());
    shareTiles();
}

void InfiniteMapSession::onFinished() {
    dropManager("the compositor ended infinite_map_v1");
}

void InfiniteMapSession::showTiles(const TileMap* tiles) {
    tiles_.reset();
    storedTiles_ = tiles;
    shareTiles();
}

void InfiniteMapSession::tell(const std::vector<Cell>& cells) {
    if (tiles_) {
        tiles_->tell(cells);
    }
}

void InfiniteMapSession::shareTiles() {
    if (manager_ && described_ && storedTiles_ != nullptr &&
        compositor_.capabilities.has(Capability::tiles) && !tiles_) {
        tiles_ = std::make_unique<MapTiles>(infinite_map_manager_v1_get_tiles(manager_.get()), display_,
                                            commit_, *storedTiles_);
    }
}

Changes InfiniteMapSession::takeCommit() {
    Changes changes;
    changes.tiles = std::exchange(commit_.tiles, {});
    if (!std::exchange(described_, true) || compositorChanged_) {
        compositor_.connected = true;
        compositorChanged_ = false;
        changes.compositor = compositor_;
    }
    for (MapCamera* camera : std::exchange(commit_.cameras, {})) {
        const bool isNew = camera->committed();
        if (!camera->closed()) {
            changes.cameras.push_back(camera->state());
            continue;
        }
        if (!isNew) {
            changes.removedCameras.push_back(camera->state().name);
        }
        std::erase_if(cameras_, [&](const auto& entry) { return entry.second.get() == camera; });
    }
    for (MapWindow* window : std::exchange(commit_.windows, {})) {
        const bool isNew = window->committed();
        if (!window->closed()) {
            changes.windows.push_back(window->state());
            continue;
        }
        const WindowId id = window->state().id;
        if (!isNew) {
            changes.removedWindows.push_back(id);
        }
        windows_.erase(id);
    }
    return changes;
}

std::vector<wl_proxy*> InfiniteMapSession::proxies() const {
    std::vector<wl_proxy*> proxies{proxyOf(registry_.get()), proxyOf(listed_.get()), proxyOf(manager_.get())};
    for (const auto& [name, camera] : cameras_) {
        proxies.push_back(proxyOf(camera->proxy()));
    }
    for (const auto& [id, window] : windows_) {
        proxies.push_back(proxyOf(window->proxy()));
    }
    if (tiles_) {
        proxies.push_back(proxyOf(tiles_->proxy()));
    }
    inputs_.addProxies(proxies);
    std::erase(proxies, nullptr);
    return proxies;
}

Changes InfiniteMapSession::farewell(const std::string& reason) const {
    Changes changes;
    changes.compositor = compositor_;
    changes.compositor->connected = false;
    changes.compositor->reason = reason;
    changes.compositor->capabilities = {};
    for (const auto& [name, camera] : cameras_) {
        changes.removedCameras.push_back(name);
    }
    for (const auto& [id, window] : windows_) {
        changes.removedWindows.push_back(id);
    }
    return changes;
}

void InfiniteMapSession::dropManager(const std::string& reason) {
    Changes changes = farewell(reason);
    compositor_.connected = false;
    described_ = false;
    commit_.cameras.clear();
    commit_.windows.clear();
    commit_.tiles.clear();
    tiles_.reset();
    windows_.clear();
    cameras_.clear();
    inputs_.releaseAll();
    manager_.reset();
    listener_.onCommit(std::move(changes));
    listener_.onUnavailable(reason);
}

std::expected<MapCamera*, Refusal> InfiniteMapSession::findCamera(const std::optional<std::string>& name) {
    const auto found = name ? cameras_.find(*name) : cameras_.begin();
    if (found == cameras_.end()) {
        return std::unexpected(
            Refusal{RefusalCode::notFound, "camera",
                    name ? "there is no camera of this name" : "the compositor has no camera"});
    }
    return found->second.get();
}

std::expected<MapWindow*, Refusal> InfiniteMapSession::findWindow(WindowId id) {
    const auto found = windows_.find(id);
    if (found == windows_.end()) {
        return std::unexpected(Refusal{RefusalCode::notFound, "window", "there is no window of this id"});
    }
    return found->second.get();
}

CommandResult InfiniteMapSession::request(const Request& request) {
    if (const auto* release = std::get_if<ReleaseInput>(&request.command)) {
        return send(*release, request.tag); // whatever else is under way: nothing may stay pressed
    }
    if (!described_) {
        return refuse(RefusalCode::disconnected, "", "the compositor is not connected");
    }
    if (!pacer_.ready()) {
        return refuse(RefusalCode::busy, "",
                      "the compositor has not answered earlier requests yet; try again later");
    }
    auto result =
        std::visit([&](const auto& command) { return send(command, request.tag); }, request.command);
    if (result) {
        pacer_.sent();
    }
    return result;
}

CommandResult InfiniteMapSession::send(const SetCamera& command, const RequestTag& tag) {
    const auto camera = findCamera(command.camera);
    if (!camera) {
        return std::unexpected(camera.error());
    }
    (*camera)->move(command, tag);
    return {};
}

CommandResult InfiniteMapSession::send(const CancelCamera& command, const RequestTag& tag) {
    const auto camera = findCamera(command.camera);
    if (!camera) {
        return std::unexpected(camera.error());
    }
    (*camera)->cancel(tag);
    return {};
}

CommandResult InfiniteMapSession::send(const CenterWindow& command, const RequestTag& tag) {
    const auto window = findWindow(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    const auto camera = findCamera(command.camera);
    if (!camera) {
        return std::unexpected(camera.error());
    }
    infinite_map_window_v1_center((*window)->proxy(), commit_.causes.remember(tag), (*camera)->proxy(),
                                  static_cast<std::uint32_t>(command.duration.count()));
    return {};
}

CommandResult InfiniteMapSession::send(const FullscreenWindow& command, const RequestTag& /*tag*/) {
    const auto window = findWindow(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    infinite_map_camera_v1* proxy = nullptr;
    if (command.camera) {
        const auto camera = findCamera(command.camera);
        if (!camera) {
            return std::unexpected(camera.error());
        }
        proxy = (*camera)->proxy();
    }
    infinite_map_window_v1_set_fullscreen((*window)->proxy(), command.fullscreen ? 1 : 0, proxy);
    return {};
}

CommandResult InfiniteMapSession::send(const Input& command, const RequestTag& tag) {
    const auto requests = inputs_.send(manager_.get(), tag.client, command);
    if (!requests) {
        return std::unexpected(requests.error());
    }
    pacer_.sent(*requests);
    return {};
}

CommandResult InfiniteMapSession::send(const ReleaseInput& /*command*/, const RequestTag& tag) {
    inputs_.release(tag.client);
    return {};
}

// Tiles are not the compositor's: whoever keeps them tells it by tell().

CommandResult InfiniteMapSession::send(const PutTile& /*command*/, const RequestTag& /*tag*/) {
    return refuse(RefusalCode::unsupported, "", "there is no map");
}

CommandResult InfiniteMapSession::send(const RemoveTile& /*command*/, const RequestTag& /*tag*/) {
    return refuse(RefusalCode::unsupported, "", "there is no map");
}

template <class WindowCommand>
CommandResult InfiniteMapSession::send(const WindowCommand& command, const RequestTag& /*tag*/) {
    const auto window = findWindow(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    sendTo(**window, command);
    return {};
}

} // namespace compositord
