//! xdg-shell: how toplevels and popups come, change and go.

use smithay::desktop::{
    find_popup_root_surface, get_popup_toplevel_coords, PopupKeyboardGrab, PopupKind, PopupPointerGrab,
    PopupUngrabStrategy, Window,
};
use smithay::input::pointer::Focus;
use smithay::input::Seat;
use smithay::output::Output;
use smithay::reexports::wayland_protocols::xdg::decoration::zv1::server::zxdg_toplevel_decoration_v1::Mode;
use smithay::reexports::wayland_protocols::xdg::shell::server::xdg_toplevel::ResizeEdge;
use smithay::reexports::wayland_server::protocol::wl_output::WlOutput;
use smithay::reexports::wayland_server::protocol::wl_seat::WlSeat;
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::reexports::wayland_server::Resource as _;
use smithay::utils::{Logical, Point as Spot, Rectangle, Serial};
use smithay::wayland::shell::xdg::decoration::XdgDecorationHandler;
use smithay::wayland::shell::xdg::{
    Configure, PopupSurface, PositionerState, ToplevelSurface, XdgShellHandler, XdgShellState,
};

use crate::geometry::{Point, Rect};
use crate::placement::place;
use crate::state::State;
use crate::titlebar::TitleBar;
use crate::windows::{has_buffer, MapWindow, Unmapped, Wish};

impl XdgShellHandler for State {
    fn xdg_shell_state(&mut self) -> &mut XdgShellState {
        &mut self.xdg_shell
    }

    fn new_toplevel(&mut self, surface: ToplevelSurface) {
        self.windows.unmapped.push(Unmapped::new(Window::new_wayland_window(surface)));
    }

    fn toplevel_destroyed(&mut self, surface: ToplevelSurface) {
        self.windows.unmapped.retain(|unmapped| unmapped.window.toplevel() != Some(&surface));
        if let Some(id) = self.windows.id_of(surface.wl_surface()) {
            self.unmap(id);
        }
    }

    fn title_changed(&mut self, surface: ToplevelSurface) {
        self.name_changed(&surface);
    }

    fn app_id_changed(&mut self, surface: ToplevelSurface) {
        self.name_changed(&surface);
    }

    fn parent_changed(&mut self, _surface: ToplevelSurface) {
        self.queue_frame();
    }

    fn move_request(&mut self, surface: ToplevelSurface, _seat: WlSeat, serial: Serial) {
        if let Some(id) = self.windows.id_of(surface.wl_surface()) {
            self.begin_client_move(id, serial);
        }
    }

    fn resize_request(&mut self, surface: ToplevelSurface, _seat: WlSeat, serial: Serial, edges: ResizeEdge) {
        if let Some(id) = self.windows.id_of(surface.wl_surface()) {
            self.begin_client_resize(id, serial, edges);
        }
    }

    fn maximize_request(&mut self, surface: ToplevelSurface) {
        self.wish(&surface, Wish::Maximized(true));
    }

    fn unmaximize_request(&mut self, surface: ToplevelSurface) {
        self.wish(&surface, Wish::Maximized(false));
    }

    fn fullscreen_request(&mut self, surface: ToplevelSurface, output: Option<WlOutput>) {
        let output = output.and_then(|output| Output::from_resource(&output)).map(|output| output.name());
        self.wish(&surface, Wish::Fullscreen(true, output));
    }

    fn unfullscreen_request(&mut self, surface: ToplevelSurface) {
        self.wish(&surface, Wish::Fullscreen(false, None));
    }

    fn minimize_request(&mut self, surface: ToplevelSurface) {
        self.wish(&surface, Wish::Minimized(true));
    }

    fn ack_configure(&mut self, surface: WlSurface, configure: Configure) {
        if let Configure::Toplevel(configure) = configure {
            self.resize_acknowledged(&surface, configure.serial);
        }
    }

    fn new_popup(&mut self, surface: PopupSurface, positioner: PositionerState) {
        self.constrain_popup(&surface, positioner);
        if let Err(error) = self.popups.track_popup(PopupKind::Xdg(surface)) {
            tracing::debug!(%error, "popup without a parent");
        }
    }

    fn reposition_request(&mut self, surface: PopupSurface, positioner: PositionerState, token: u32) {
        self.constrain_popup(&surface, positioner);
        surface.send_repositioned(token);
    }

    fn popup_destroyed(&mut self, _surface: PopupSurface) {
        self.queue_frame();
    }

    fn grab(&mut self, surface: PopupSurface, seat: WlSeat, serial: Serial) {
        let Some(seat) = Seat::<Self>::from_resource(&seat) else {
            return;
        };
        let popup = PopupKind::Xdg(surface);
        let Ok(root) = find_popup_root_surface(&popup) else {
            return;
        };
        let Ok(mut grab) = self.popups.grab_popup(root, popup, &seat, serial) else {
            return;
        };
        if let (Some(keyboard), Some(pointer)) = (seat.get_keyboard(), seat.get_pointer()) {
            let older = grab.previous_serial().unwrap_or(serial);
            let taken = (keyboard.is_grabbed() && !keyboard.has_grab(serial) && !keyboard.has_grab(older))
                || (pointer.is_grabbed() && !pointer.has_grab(serial) && !pointer.has_grab(older));
            if taken {
                grab.ungrab(PopupUngrabStrategy::All);
                return;
            }
            keyboard.set_focus(self, grab.current_grab(), serial);
            keyboard.set_grab(self, PopupKeyboardGrab::new(&grab), serial);
            pointer.set_grab(self, PopupPointerGrab::new(&grab), serial, Focus::Keep);
        }
    }
}

impl XdgDecorationHandler for State {
    fn new_decoration(&mut self, toplevel: ToplevelSurface) {
        toplevel.with_pending_state(|state| state.decoration_mode = Some(Mode::ServerSide));
        if toplevel.is_initial_configure_sent() {
            toplevel.send_pending_configure();
        }
    }

    fn request_mode(&mut self, toplevel: ToplevelSurface, _mode: Mode) {
        // The frame is always the compositor's; the client is told again, as it asked.
        toplevel.with_pending_state(|state| state.decoration_mode = Some(Mode::ServerSide));
        if toplevel.is_initial_configure_sent() {
            toplevel.send_configure();
        }
    }

    fn unset_mode(&mut self, toplevel: ToplevelSurface) {
        self.request_mode(toplevel, Mode::ServerSide);
    }
}

impl State {
    /// A toplevel's tree was committed: it may have appeared, changed its size or gone. False if it is none.
    pub fn toplevel_committed(&mut self, root: &WlSurface) -> bool {
        if let Some(position) =
            self.windows.unmapped.iter().position(|unmapped| toplevel_surface(&unmapped.window) == Some(root))
        {
            let Some(toplevel) = self.windows.unmapped[position].window.toplevel() else {
                return false;
            };
            if !toplevel.is_initial_configure_sent() {
                toplevel.send_configure();
            } else if has_buffer(root) {
                let unmapped = self.windows.unmapped.swap_remove(position);
                self.map(unmapped);
            }
            return true;
        }
        let Some(id) = self.windows.id_of(root) else {
            return false;
        };
        if has_buffer(root) {
            self.window_committed(id);
        } else if let Some(window) = self.unmap(id) {
            self.windows.unmapped.push(Unmapped::new(window));
        }
        true
    }

    /// Shows a window for the first time: placed near the first camera's target, on top, focused.
    fn map(&mut self, unmapped: Unmapped) {
        let Unmapped { window, wishes } = unmapped;
        window.on_commit();
        let Some(toplevel) = window.toplevel().cloned() else {
            return;
        };
        let client = toplevel.wl_surface().client();
        let pid = client
            .and_then(|client| client.get_credentials(&self.display).ok())
            .and_then(|credentials| u32::try_from(credentials.pid).ok())
            .filter(|pid| *pid != 0);
        let mut window = MapWindow {
            id: 0,
            window,
            position: Point::default(),
            pid,
            handle: self.toplevel_list.new_toplevel::<Self>("", ""),
            minimized: false,
            urgent: false,
            maximized: None,
            fullscreen: None,
            resize: None,
            title_bar: TitleBar::default(),
            shown_on: Vec::new(),
        };
        let parent = self.windows.parent_of(&window);
        if let Some(parent) = parent {
            // It would hide its own dialog.
            self.set_fullscreen(parent, false, None);
        }
        let parent = parent.and_then(|id| self.windows.get(id));
        let size = window.frame_size();
        window.position = match parent {
            // A dialog belongs over its parent.
            Some(parent) => {
                let center = parent.frame().center();
                Point::new((center.x - size.width / 2.0).round(), (center.y - size.height / 2.0).round())
            }
            None => {
                let taken: Vec<Rect> = self.windows.iter().map(MapWindow::frame).collect();
                let center = self.outputs.first().map_or(Point::default(), |first| first.camera.target().center);
                place(&taken, size, center)
            }
        };
        window.handle.send_title(&window.title());
        window.handle.send_app_id(&window.app_id());
        window.handle.send_done();
        let id = self.extension.window_added();
        window.id = id;
        self.windows.insert(window);
        // What a fullscreen window hides must not take the keyboard from it.
        let covered = self.windows.focused.and_then(|id| self.windows.get(id)).filter(|it| it.fullscreen.is_some());
        if covered.is_none() {
            self.focus_window(Some(id));
        }
        for wish in wishes {
            self.grant(id, wish);
        }
        self.queue_frame();
        // No camera may look at where it was placed.
        self.queue_hidden_frame();
    }

    /// Takes a window off the map and hands it back, since its client may map it again.
    fn unmap(&mut self, id: u32) -> Option<Window> {
        let window = self.windows.remove(id)?;
        window.handle.send_closed();
        self.toplevel_list.remove_toplevel(&window.handle);
        self.extension.window_removed(id);
        self.input.window_removed(id);
        if self.windows.focused.is_none() {
            let next = self.windows.top_to_bottom().find(|window| !window.minimized).map(|window| window.id);
            self.focus_without_raise(next);
        }
        self.queue_frame();
        Some(window.window)
    }

    fn window_committed(&mut self, id: u32) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        let before = window.frame_size();
        window.window.on_commit();
        let after = window.frame_size();
        let hidden = window.shown_on.is_empty();
        for output in window.shown_on.iter().filter_map(|name| self.outputs.get(name)) {
            // Its subsurfaces and popups may be new.
            window.window.with_surfaces(|surface, _| output.output.enter(surface));
        }
        self.keep_resized_edges(id);
        // A change of size is news for the companion even where no camera looks.
        if hidden && before == after {
            self.queue_hidden_frame();
        } else {
            self.queue_frame();
        }
    }

    fn name_changed(&mut self, surface: &ToplevelSurface) {
        if let Some(window) = self.windows.id_of(surface.wl_surface()).and_then(|id| self.windows.get(id)) {
            window.handle.send_title(&window.title());
            window.handle.send_app_id(&window.app_id());
            window.handle.send_done();
            self.queue_frame();
        }
    }

    /// A client's wish about its own window. One that shows no picture yet gets it when it does.
    fn wish(&mut self, surface: &ToplevelSurface, wish: Wish) {
        match self.windows.id_of(surface.wl_surface()) {
            Some(id) => {
                self.grant(id, wish);
                // The protocol wants an answer even where nothing changed.
                surface.send_configure();
            }
            None => {
                let unmapped = self.windows.unmapped.iter_mut();
                if let Some(unmapped) = unmapped.into_iter().find(|it| it.window.toplevel() == Some(surface)) {
                    unmapped.wishes.retain(|other| std::mem::discriminant(other) != std::mem::discriminant(&wish));
                    unmapped.wishes.push(wish);
                }
            }
        }
    }

    fn grant(&mut self, id: u32, wish: Wish) {
        match wish {
            Wish::Maximized(on) => self.set_maximized(id, on),
            Wish::Fullscreen(on, output) => self.set_fullscreen(id, on, output.as_deref()),
            Wish::Minimized(on) => self.set_minimized(id, on),
        }
    }

    /// Keeps a popup within the view of the output that shows most of its root.
    fn constrain_popup(&mut self, popup: &PopupSurface, positioner: PositionerState) {
        let geometry = self
            .popup_bounds(popup)
            .map_or_else(|| positioner.get_geometry(), |bounds| positioner.get_unconstrained_geometry(bounds));
        popup.with_pending_state(|state| {
            state.geometry = geometry;
            state.positioner = positioner;
        });
    }

    /// The visible area relative to the popup's parent.
    fn popup_bounds(&self, popup: &PopupSurface) -> Option<Rectangle<i32, Logical>> {
        let kind = PopupKind::Xdg(popup.clone());
        let root = find_popup_root_surface(&kind).ok()?;
        let parent: Spot<i32, Logical> = get_popup_toplevel_coords(&kind);
        if let Some(area) = self.layer_area(&root) {
            return Some(Rectangle::new(area.loc - parent, area.size));
        }
        let window = self.windows.get(self.windows.id_of(&root)?)?;
        let output = self.outputs.get(window.shown_on.first()?)?;
        let (visible, origin) = if window.fullscreen.is_some() {
            (Rect::new(Point::default(), output.camera.viewport()), Point::default())
        } else {
            (output.camera.visible(), window.position + Point::new(0.0, window.title_height()))
        };
        let corner = visible.position - origin;
        Some(Rectangle::new(
            Spot::from((corner.x.ceil() as i32, corner.y.ceil() as i32)) - parent,
            (visible.size.width.floor() as i32, visible.size.height.floor() as i32).into(),
        ))
    }
}

fn toplevel_surface(window: &Window) -> Option<&WlSurface> {
    window.toplevel().map(ToplevelSurface::wl_surface)
}
