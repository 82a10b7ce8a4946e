//! What can be done to a window, whoever asks: its client, the user, the companion or the control socket.

use smithay::reexports::wayland_protocols::xdg::shell::server::xdg_toplevel::State as Toplevel;
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::reexports::wayland_server::Resource;
use smithay::utils::SERIAL_COUNTER;

use crate::camera::COORDINATE_MAX;
use crate::geometry::{Point, Rect, Size};
use crate::state::State;
use crate::windows::Fullscreen;

impl State {
    /// Raises a window, shows it if it was minimized, and gives it the keyboard.
    pub fn focus_window(&mut self, id: Option<u32>) {
        if let Some(window) = id.and_then(|id| self.windows.get_mut(id)) {
            window.minimized = false;
        }
        if let Some(id) = id {
            self.raise(id);
        }
        self.focus_without_raise(id);
    }

    pub fn focus_without_raise(&mut self, id: Option<u32>) {
        let surface = id.and_then(|id| self.windows.get(id)).and_then(|window| window.surface().cloned());
        let id = id.filter(|_| surface.is_some());
        self.windows.focused = id;
        for window in self.windows.iter_mut() {
            let active = Some(window.id) == id;
            if active {
                window.urgent = false;
            }
            if window.window.set_activated(active) {
                if let Some(toplevel) = window.toplevel() {
                    toplevel.send_pending_configure();
                }
            }
        }
        self.set_keyboard_focus(surface);
        self.queue_frame();
    }

    pub fn set_keyboard_focus(&mut self, surface: Option<WlSurface>) {
        if let Some(keyboard) = self.seat.get_keyboard() {
            keyboard.set_focus(self, surface, SERIAL_COUNTER.next_serial());
        }
    }

    pub fn set_urgent(&mut self, id: u32) {
        if self.windows.focused == Some(id) {
            return;
        }
        if let Some(window) = self.windows.get_mut(id) {
            window.urgent = true;
            self.queue_frame();
        }
    }

    pub fn close(&self, id: u32) {
        if let Some(toplevel) = self.windows.get(id).and_then(|window| window.toplevel()) {
            toplevel.send_close();
        }
    }

    /// Puts a window above all others, its dialogs above it.
    pub fn raise(&mut self, id: u32) {
        for member in self.windows.family(id) {
            self.windows.stacking.raise(member);
        }
        self.queue_frame();
    }

    /// Puts a window below all others, its dialogs just above it.
    pub fn lower(&mut self, id: u32) {
        for member in self.windows.family(id).into_iter().rev() {
            self.windows.stacking.lower(member);
        }
        self.queue_frame();
    }

    /// Puts the frame's corner at a point of the map. A fullscreen window is not on the map.
    pub fn move_window(&mut self, id: u32, to: Point) {
        if !to.x.is_finite() || !to.y.is_finite() {
            return;
        }
        if let Some(window) = self.windows.get_mut(id).filter(|window| window.fullscreen.is_none()) {
            window.position =
                Point::new(to.x.clamp(-COORDINATE_MAX, COORDINATE_MAX), to.y.clamp(-COORDINATE_MAX, COORDINATE_MAX));
            window.maximized = window.maximized.map(|restore| Rect::new(to, restore.size));
            self.queue_frame();
        }
    }

    /// Asks the client for a size of the frame. A maximized window is none any more.
    pub fn resize_window(&mut self, id: u32, size: Size) {
        let Some(window) = self.windows.get_mut(id).filter(|window| window.fullscreen.is_none()) else {
            return;
        };
        window.maximized = None;
        window.want(size, Toplevel::Maximized, false);
        self.queue_frame();
    }

    pub fn set_minimized(&mut self, id: u32, on: bool) {
        let Some(window) = self.windows.get_mut(id).filter(|window| window.minimized != on) else {
            return;
        };
        window.minimized = on;
        if on && self.windows.focused == Some(id) {
            let next = self.windows.top_to_bottom().find(|window| !window.minimized).map(|window| window.id);
            self.focus_without_raise(next);
        }
        self.queue_frame();
    }

    /// A maximized window takes the size of the first viewport that shows it, around the camera's target; it stays
    /// on the map.
    pub fn set_maximized(&mut self, id: u32, on: bool) {
        let Some(window) = self.windows.get(id).filter(|window| window.maximized.is_some() != on) else {
            return;
        };
        if window.fullscreen.is_some() {
            return;
        }
        let before = window.frame();
        let frame = match window.maximized {
            Some(restore) => restore,
            None => {
                let shown_on = window.shown_on.first().and_then(|name| self.outputs.get(name));
                let Some(camera) = shown_on.or(self.outputs.first()).map(|output| &output.camera) else {
                    return;
                };
                let Size { width, height } = camera.viewport();
                let center = camera.target().center;
                let corner = center - Point::new((width / 2.0).floor(), (height / 2.0).floor());
                Rect::new(Point::new(corner.x.round(), corner.y.round()), Size::new(width, height))
            }
        };
        self.move_window(id, frame.position);
        if let Some(window) = self.windows.get_mut(id) {
            window.maximized = on.then_some(before);
            window.want(frame.size, Toplevel::Maximized, on);
        }
    }

    /// Covers an output with a window, the named one, else the first that shows it, else the first.
    pub fn set_fullscreen(&mut self, id: u32, on: bool, output: Option<&str>) {
        let Some(window) = self.windows.get(id) else {
            return;
        };
        match (on, window.fullscreen.clone()) {
            (true, present) => {
                let output = output
                    .filter(|name| self.outputs.get(name).is_some())
                    .or(window.shown_on.first().map(String::as_str))
                    .or(self.outputs.first().map(|output| output.name.as_str()));
                let Some(output) = output.map(str::to_owned) else {
                    return;
                };
                let restore = present.map_or_else(|| window.frame_size(), |full| full.restore);
                if let Some(output) = self.outputs.get_mut(&output) {
                    // Its camera is locked from now on: it rests where it is.
                    output.camera.cancel();
                }
                if let Some(window) = self.windows.get_mut(id) {
                    window.fullscreen = Some(Fullscreen { output, restore });
                }
                self.raise(id);
                self.configure_fullscreen(id);
            }
            (false, Some(full)) => {
                if let Some(window) = self.windows.get_mut(id) {
                    window.fullscreen = None;
                    if let Some(toplevel) = window.toplevel() {
                        toplevel.with_pending_state(|state| {
                            state.states.unset(Toplevel::Fullscreen);
                            state.fullscreen_output = None;
                        });
                    }
                    window.want(full.restore, Toplevel::Fullscreen, false);
                }
            }
            (false, None) => {}
        }
        self.queue_frame();
    }

    /// Tells a fullscreen window the size of its output.
    pub fn configure_fullscreen(&mut self, id: u32) {
        let Some(window) = self.windows.get(id) else {
            return;
        };
        let Some(output) = window.fullscreen.as_ref().and_then(|full| self.outputs.get(&full.output)) else {
            return;
        };
        let viewport = output.camera.viewport();
        if let Some(toplevel) = window.toplevel() {
            let client = toplevel.wl_surface().client();
            let wl_output = client.and_then(|client| output.output.client_outputs(&client).next());
            toplevel.with_pending_state(|state| {
                state.states.set(Toplevel::Fullscreen);
                state.size = Some((viewport.width as i32, viewport.height as i32).into());
                state.fullscreen_output = wl_output;
            });
            toplevel.send_pending_configure();
        }
    }

    /// Moves a camera so that a window is in its middle, as near as it has to be to see all of it.
    pub fn center_on(&mut self, id: u32, output: &str, duration: std::time::Duration) {
        let Some(frame) = self.windows.get(id).filter(|window| window.fullscreen.is_none()).map(|w| w.frame()) else {
            return;
        };
        let Some(camera) = self.outputs.get(output).map(|output| &output.camera) else {
            return;
        };
        let viewport = camera.viewport();
        let fits = (viewport.width / frame.size.width).min(viewport.height / frame.size.height);
        let zoom = camera.target().zoom.min(fits);
        let center = frame.center();
        self.move_camera(output, Some(center.x), Some(center.y), Some(zoom), duration);
    }
}
