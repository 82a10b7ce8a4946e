#include "compositor/foreign_toplevel_session.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace compositord {

namespace {

constexpr std::size_t kMostWindows = 10000;

constexpr std::uint32_t kManagerVersion = 3;
constexpr std::uint32_t kSeatVersion = 1; // it is only named

CommandResult refuse(RefusalCode code, std::string_view member, std::string message) {
    return std::unexpected(Refusal{code, member, std::move(message)});
}

template <class Interface>
Interface* bind(wl_registry* registry, std::uint32_t name, const wl_interface& interface,
                std::uint32_t version) {
    return static_cast<Interface*>(wl_registry_bind(registry, name, &interface, version));
}

} // namespace

constexpr wl_registry_listener ForeignToplevelSession::kRegistryListener = {
    .global = &ListenerThunk<&ForeignToplevelSession::onGlobal>::call<wl_registry>,
    .global_remove = &ListenerThunk<&ForeignToplevelSession::onGlobalRemove>::call<wl_registry>,
};

constexpr wl_callback_listener ForeignToplevelSession::kGlobalsListener = {
    .done = &ListenerThunk<&ForeignToplevelSession::onGlobalsListed>::call<wl_callback>,
};

constexpr wl_callback_listener ForeignToplevelSession::kToplevelsListener = {
    .done = &ListenerThunk<&ForeignToplevelSession::onToplevelsListed>::call<wl_callback>,
};

constexpr zwlr_foreign_toplevel_manager_v1_listener ForeignToplevelSession::kManagerListener = {
    .toplevel = &ListenerThunk<&ForeignToplevelSession::onManaged>::call<zwlr_foreign_toplevel_manager_v1>,
    .finished = &ListenerThunk<&ForeignToplevelSession::onFinished>::call<zwlr_foreign_toplevel_manager_v1>,
};

constexpr ext_foreign_toplevel_list_v1_listener ForeignToplevelSession::kListListener = {
    .toplevel = &ListenerThunk<&ForeignToplevelSession::onListed>::call<ext_foreign_toplevel_list_v1>,
    .finished = &ListenerThunk<&ForeignToplevelSession::onFinished>::call<ext_foreign_toplevel_list_v1>,
};

Result<std::unique_ptr<ForeignToplevelSession>>
ForeignToplevelSession::create(EventLoop& loop, wl_display* display, Compositor identity, Listener listener) {
    std::unique_ptr<ForeignToplevelSession> session(
        new ForeignToplevelSession(display, std::move(identity), std::move(listener)));
    auto changed = loop.addDeferred([self = session.get()] { self->commit(); });
    if (!changed) {
        return std::unexpected(changed.error());
    }
    session->changed_ = std::move(*changed);
    return session;
}

ForeignToplevelSession::ForeignToplevelSession(wl_display* display, Compositor identity, Listener listener)
    : listener_(std::move(listener)), display_(display), compositor_(std::move(identity)), pacer_(display),
      registry_(wl_display_get_registry(display)), listed_(wl_display_sync(display)) {
    wl_registry_add_listener(registry_.get(), &kRegistryListener, this);
    wl_callback_add_listener(listed_.get(), &kGlobalsListener, this);
}

void ForeignToplevelSession::onGlobal(std::uint32_t name, const char* interface, std::uint32_t version) {
    const std::string_view what = interface;
    const std::array wanted{
        std::pair{zwlr_foreign_toplevel_manager_v1_interface.name, &managerGlobal_},
        std::pair{ext_foreign_toplevel_list_v1_interface.name, &listGlobal_},
        std::pair{wl_seat_interface.name, &seatGlobal_},
    };
    for (const auto& [known, global] : wanted) {
        if (what == known && global->name == 0) {
            *global = {name, version};
        }
    }
}

void ForeignToplevelSession::onGlobalRemove(std::uint32_t name) {
    if (seat_ && name == seatGlobal_.name) {
        seat_.reset();
        seatGlobal_ = {};
        changed_.trigger();
    }
}

void ForeignToplevelSession::onGlobalsListed(std::uint32_t /*serial*/) {
    if (seatGlobal_.name != 0) {
        seat_.reset(bind<wl_seat>(registry_.get(), seatGlobal_.name, wl_seat_interface, kSeatVersion));
    }
    if (managerGlobal_.name != 0) {
        manager_.reset(bind<zwlr_foreign_toplevel_manager_v1>(
            registry_.get(), managerGlobal_.name, zwlr_foreign_toplevel_manager_v1_interface,
            std::min(managerGlobal_.version, kManagerVersion)));
        zwlr_foreign_toplevel_manager_v1_add_listener(manager_.get(), &kManagerListener, this);
    } else if (listGlobal_.name != 0) {
        list_.reset(bind<ext_foreign_toplevel_list_v1>(registry_.get(), listGlobal_.name,
                                                       ext_foreign_toplevel_list_v1_interface, 1));
        ext_foreign_toplevel_list_v1_add_listener(list_.get(), &kListListener, this);
    } else {
        listed_.reset();
        listener_.onUnavailable("the compositor does not tell of its windows: it has neither "
                                "zwlr_foreign_toplevel_manager_v1 nor ext_foreign_toplevel_list_v1");
        return;
    }
    listed_.reset(wl_display_sync(display_));
    wl_callback_add_listener(listed_.get(), &kToplevelsListener, this);
}

void ForeignToplevelSession::onToplevelsListed(std::uint32_t /*serial*/) {
    listed_.reset();
    described_ = true;
    changed_.trigger();
}

template <class Proxy> void ForeignToplevelSession::add(Proxy* proxy) {
    if (toplevels_.size() >= kMostWindows) {
        const WaylandHandle<Proxy> refused(proxy);
        return;
    }
    const auto id = static_cast<WindowId>(++lastId_);
    toplevels_.emplace(id, std::make_unique<ForeignToplevel>(proxy, id, [this] { changed_.trigger(); }));
}

void ForeignToplevelSession::onManaged(zwlr_foreign_toplevel_handle_v1* proxy) {
    add(proxy);
}

void ForeignToplevelSession::onListed(ext_foreign_toplevel_handle_v1* proxy) {
    add(proxy);
}

void ForeignToplevelSession::onFinished() {
    finished_ = true;
    changed_.trigger();
}

Capabilities ForeignToplevelSession::capabilities() const {
    Capabilities all;
    if (manager_) {
        all = {Capability::windows, Capability::close, Capability::minimize, Capability::maximize};
        all.set(Capability::focus, seat_ != nullptr);
        all.set(Capability::fullscreen, zwlr_foreign_toplevel_manager_v1_get_version(manager_.get()) >=
                                            ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_SET_FULLSCREEN_SINCE_VERSION);
    }
    return all;
}

void ForeignToplevelSession::commit() {
    if (finished_) {
        manager_.reset();
        list_.reset();
        toplevels_.clear();
        described_ = false;
        finished_ = false;
        listener_.onUnavailable("the compositor tells no more of its windows");
        return;
    }
    if (!described_) {
        return;
    }
    Changes changes = mirror_.show({}, takeWindows());
    if (!compositor_.connected || compositor_.capabilities != capabilities()) {
        compositor_.connected = true;
        compositor_.capabilities = capabilities();
        changes.compositor = compositor_;
    }
    listener_.onCommit(std::move(changes));
}

std::vector<Window> ForeignToplevelSession::takeWindows() {
    std::vector<Window> windows;
    for (auto each = toplevels_.begin(); each != toplevels_.end();) {
        if (each->second->closed()) {
            grid_.remove(each->first);
            each = toplevels_.erase(each);
            continue;
        }
        if (const auto& state = each->second->state()) {
            grid_.add(state->id);
            windows.push_back(*state);
        }
        ++each;
    }
    for (Window& window : windows) {
        window.position = grid_.placeOf(window.id);
        window.width = ToplevelGrid::kWidth;
        window.height = ToplevelGrid::kHeight;
        window.stacking = static_cast<std::int32_t>(std::to_underlying(window.id));
        if (window.parent && !mirror_.windows().contains(*window.parent) &&
            std::ranges::find(windows, *window.parent, &Window::id) == windows.end()) {
            window.parent.reset(); // it closed, or is not described yet
        }
    }
    return windows;
}

std::vector<wl_proxy*> ForeignToplevelSession::proxies() const {
    std::vector<wl_proxy*> proxies{proxyOf(registry_.get()), proxyOf(listed_.get()), proxyOf(seat_.get()),
                                   proxyOf(manager_.get()), proxyOf(list_.get())};
    for (const auto& [id, toplevel] : toplevels_) {
        proxies.push_back(toplevel->proxy());
    }
    std::erase(proxies, nullptr);
    return proxies;
}

Changes ForeignToplevelSession::farewell(const std::string& reason) {
    compositor_.connected = false;
    compositor_.reason = reason;
    compositor_.capabilities = {};
    return mirror_.clear(compositor_);
}

std::expected<zwlr_foreign_toplevel_handle_v1*, Refusal> ForeignToplevelSession::find(WindowId id) const {
    const auto found = toplevels_.find(id);
    if (found == toplevels_.end() || found->second->closed() || !found->second->state()) {
        return std::unexpected(Refusal{RefusalCode::notFound, "window", "there is no window of this id"});
    }
    return found->second->control();
}

CommandResult ForeignToplevelSession::send(const FocusWindow& command) {
    const auto window = find(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    zwlr_foreign_toplevel_handle_v1_activate(*window, seat_.get());
    return {};
}

CommandResult ForeignToplevelSession::send(const CloseWindow& command) {
    const auto window = find(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    zwlr_foreign_toplevel_handle_v1_close(*window);
    return {};
}

CommandResult ForeignToplevelSession::send(const MinimizeWindow& command) {
    const auto window = find(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    command.minimized ? zwlr_foreign_toplevel_handle_v1_set_minimized(*window)
                      : zwlr_foreign_toplevel_handle_v1_unset_minimized(*window);
    return {};
}

CommandResult ForeignToplevelSession::send(const MaximizeWindow& command) {
    const auto window = find(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    command.maximized ? zwlr_foreign_toplevel_handle_v1_set_maximized(*window)
                      : zwlr_foreign_toplevel_handle_v1_unset_maximized(*window);
    return {};
}

CommandResult ForeignToplevelSession::send(const FullscreenWindow& command) {
    const auto window = find(command.window);
    if (!window) {
        return std::unexpected(window.error());
    }
    if (command.camera) {
        return refuse(RefusalCode::notFound, "camera", "this compositor tells of no camera");
    }
    command.fullscreen ? zwlr_foreign_toplevel_handle_v1_set_fullscreen(*window, nullptr)
                       : zwlr_foreign_toplevel_handle_v1_unset_fullscreen(*window);
    return {};
}

CommandResult ForeignToplevelSession::send(const ReleaseInput& /*command*/) {
    return {}; // nothing can be pressed here
}

template <class Other> CommandResult ForeignToplevelSession::send(const Other& /*command*/) {
    return refuse(RefusalCode::unsupported, "", "a list of toplevels cannot be asked for this");
}

CommandResult ForeignToplevelSession::request(const Request& request) {
    if (!pacer_.ready()) {
        return refuse(RefusalCode::busy, "",
                      "the compositor has not answered earlier requests yet; try again later");
    }
    auto result = std::visit([this](const auto& command) { return send(command); }, request.command);
    if (result) {
        pacer_.sent();
    }
    return result;
}

} // namespace compositord
