//! Smithay's handler traits that need no decision of this compositor.

use std::os::fd::OwnedFd;

use smithay::backend::renderer::utils::on_commit_buffer_handler;
use smithay::desktop::{find_popup_root_surface, PopupKind};
use smithay::input::pointer::CursorImageStatus;
use smithay::input::{Seat, SeatHandler, SeatState};
use smithay::output::Output;
use smithay::reexports::wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use smithay::reexports::wayland_server::protocol::wl_buffer::WlBuffer;
use smithay::reexports::wayland_server::protocol::wl_output::WlOutput;
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::reexports::wayland_server::{Client, Resource};
use smithay::wayland::buffer::BufferHandler;
use smithay::wayland::compositor::{
    get_parent, is_sync_subsurface, CompositorClientState, CompositorHandler, CompositorState,
};
use smithay::wayland::foreign_toplevel_list::{ForeignToplevelListHandler, ForeignToplevelListState};
use smithay::wayland::output::OutputHandler;
use smithay::wayland::selection::data_device::{
    set_data_device_focus, ClientDndGrabHandler, DataDeviceHandler, DataDeviceState, ServerDndGrabHandler,
};
use smithay::wayland::selection::SelectionHandler;
use smithay::wayland::shm::{ShmHandler, ShmState};
use smithay::wayland::xdg_activation::{
    XdgActivationHandler, XdgActivationState, XdgActivationToken, XdgActivationTokenData,
};

use crate::state::State;

/// What is attached to every connection.
#[derive(Debug, Default)]
pub struct ClientState {
    pub compositor: CompositorClientState,
    /// Whether the client may see infinite_map_manager_v1.
    pub privileged: bool,
}

impl ClientData for ClientState {
    fn initialized(&self, _client: ClientId) {}
    fn disconnected(&self, client: ClientId, reason: DisconnectReason) {
        tracing::debug!(?client, ?reason, "client left");
    }
}

impl CompositorHandler for State {
    fn compositor_state(&mut self) -> &mut CompositorState {
        &mut self.compositor
    }

    fn client_compositor_state<'a>(&self, client: &'a Client) -> &'a CompositorClientState {
        // Every client is inserted with a ClientState, in process.rs.
        &client.get_data::<ClientState>().expect("client without ClientState").compositor
    }

    fn commit(&mut self, surface: &WlSurface) {
        on_commit_buffer_handler::<Self>(surface);
        self.popups.commit(surface);
        if is_sync_subsurface(surface) {
            return;
        }
        let mut root = surface.clone();
        while let Some(parent) = get_parent(&root) {
            root = parent;
        }
        if let Some(popup) = self.popups.find_popup(&root) {
            self.popup_committed(&popup);
            if let Ok(toplevel) = find_popup_root_surface(&popup) {
                root = toplevel;
            }
        }
        if !self.toplevel_committed(&root) {
            self.layer_committed(&root);
        }
    }
}

impl BufferHandler for State {
    fn buffer_destroyed(&mut self, _buffer: &WlBuffer) {}
}

impl ShmHandler for State {
    fn shm_state(&self) -> &ShmState {
        &self.shm
    }
}

impl SeatHandler for State {
    type KeyboardFocus = WlSurface;
    type PointerFocus = WlSurface;
    type TouchFocus = WlSurface;

    fn seat_state(&mut self) -> &mut SeatState<Self> {
        &mut self.seat_state
    }

    fn focus_changed(&mut self, seat: &Seat<Self>, focused: Option<&WlSurface>) {
        let client = focused.and_then(|surface| self.display.get_client(surface.id()).ok());
        set_data_device_focus(&self.display, seat, client);
    }

    fn cursor_image(&mut self, _seat: &Seat<Self>, _image: CursorImageStatus) {}
}

impl SelectionHandler for State {
    type SelectionUserData = ();
}

impl DataDeviceHandler for State {
    fn data_device_state(&self) -> &DataDeviceState {
        &self.data_device
    }
}

impl ClientDndGrabHandler for State {}

impl ServerDndGrabHandler for State {
    fn send(&mut self, _mime_type: String, _fd: OwnedFd, _seat: Seat<Self>) {}
}

impl OutputHandler for State {
    fn output_bound(&mut self, output: Output, wl_output: WlOutput) {
        self.announce_wl_output(&output, &wl_output);
    }
}

impl ForeignToplevelListHandler for State {
    fn foreign_toplevel_list_state(&mut self) -> &mut ForeignToplevelListState {
        &mut self.toplevel_list
    }
}

impl XdgActivationHandler for State {
    fn activation_state(&mut self) -> &mut XdgActivationState {
        &mut self.activation
    }

    /// A token made from the user's own input moves the focus; any other only asks for attention.
    fn request_activation(&mut self, _: XdgActivationToken, token: XdgActivationTokenData, surface: WlSurface) {
        let Some(id) = self.windows.id_of(&surface) else {
            return;
        };
        let by_user = token.serial.is_some_and(|(serial, _)| {
            self.seat
                .get_keyboard()
                .and_then(|keyboard| keyboard.last_enter())
                .is_some_and(|enter| serial.is_no_older_than(&enter))
        });
        if by_user {
            self.focus_window(Some(id));
        } else {
            self.set_urgent(id);
        }
    }
}

impl State {
    fn popup_committed(&mut self, popup: &PopupKind) {
        if let PopupKind::Xdg(surface) = popup {
            if !surface.is_initial_configure_sent() {
                if let Err(error) = surface.send_configure() {
                    tracing::debug!(%error, "popup not configured");
                }
            }
        }
    }
}

smithay::delegate_compositor!(State);
smithay::delegate_data_device!(State);
smithay::delegate_foreign_toplevel_list!(State);
smithay::delegate_layer_shell!(State);
smithay::delegate_output!(State);
smithay::delegate_seat!(State);
smithay::delegate_shm!(State);
smithay::delegate_viewporter!(State);
smithay::delegate_xdg_activation!(State);
smithay::delegate_xdg_decoration!(State);
smithay::delegate_xdg_shell!(State);
