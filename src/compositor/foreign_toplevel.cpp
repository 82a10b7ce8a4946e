#include "compositor/foreign_toplevel.hpp"

#include <cstring>
#include <utility>

namespace compositord {

namespace {

template <auto Method>
constexpr auto kManagedThunk = &ListenerThunk<Method>::template call<zwlr_foreign_toplevel_handle_v1>;
template <auto Method>
constexpr auto kListedThunk = &ListenerThunk<Method>::template call<ext_foreign_toplevel_handle_v1>;

} // namespace

constexpr zwlr_foreign_toplevel_handle_v1_listener ForeignToplevel::kManagedListener = {
    .title = kManagedThunk<&ForeignToplevel::onTitle>,
    .app_id = kManagedThunk<&ForeignToplevel::onAppId>,
    .output_enter = kManagedThunk<&ForeignToplevel::onOutput>,
    .output_leave = kManagedThunk<&ForeignToplevel::onOutput>,
    .state = kManagedThunk<&ForeignToplevel::onState>,
    .done = kManagedThunk<&ForeignToplevel::onDone>,
    .closed = kManagedThunk<&ForeignToplevel::onClosed>,
    .parent = kManagedThunk<&ForeignToplevel::onParent>,
};

constexpr ext_foreign_toplevel_handle_v1_listener ForeignToplevel::kListedListener = {
    .closed = kListedThunk<&ForeignToplevel::onClosed>,
    .done = kListedThunk<&ForeignToplevel::onDone>,
    .title = kListedThunk<&ForeignToplevel::onTitle>,
    .app_id = kListedThunk<&ForeignToplevel::onAppId>,
    .identifier = kListedThunk<&ForeignToplevel::onIdentifier>,
};

ForeignToplevel::ForeignToplevel(zwlr_foreign_toplevel_handle_v1* proxy, WindowId id, Changed onChanged)
    : onChanged_(std::move(onChanged)), managed_(proxy) {
    pending_.id = id;
    zwlr_foreign_toplevel_handle_v1_add_listener(proxy, &kManagedListener, this);
}

ForeignToplevel::ForeignToplevel(ext_foreign_toplevel_handle_v1* proxy, WindowId id, Changed onChanged)
    : onChanged_(std::move(onChanged)), listed_(proxy) {
    pending_.id = id;
    ext_foreign_toplevel_handle_v1_add_listener(proxy, &kListedListener, this);
}

void ForeignToplevel::onTitle(const char* title) {
    pending_.title = title;
}

void ForeignToplevel::onAppId(const char* appId) {
    pending_.appId = appId;
}

void ForeignToplevel::onOutput(wl_output* /*output*/) {}

void ForeignToplevel::onState(wl_array* states) {
    WindowStates now;
    for (std::size_t at = 0; at + sizeof(std::uint32_t) <= states->size; at += sizeof(std::uint32_t)) {
        std::uint32_t state = 0;
        std::memcpy(&state, static_cast<const char*>(states->data) + at, sizeof state);
        now.maximized |= state == ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_MAXIMIZED;
        now.minimized |= state == ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_MINIMIZED;
        now.activated |= state == ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED;
        now.fullscreen |= state == ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_FULLSCREEN;
    }
    pending_.states = now;
}

void ForeignToplevel::onParent(zwlr_foreign_toplevel_handle_v1* parent) {
    pending_.parent.reset();
    if (parent != nullptr) {
        pending_.parent =
            static_cast<ForeignToplevel*>(zwlr_foreign_toplevel_handle_v1_get_user_data(parent))->pending_.id;
    }
}

void ForeignToplevel::onIdentifier(const char* identifier) {
    pending_.identifier = identifier;
}

void ForeignToplevel::onDone() {
    state_ = pending_;
    onChanged_();
}

void ForeignToplevel::onClosed() {
    closed_ = true;
    onChanged_();
}

} // namespace compositord
