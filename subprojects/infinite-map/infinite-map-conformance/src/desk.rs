//! An ordinary client with windows, so that the rules about windows and input are checked against real ones.

use std::collections::BTreeMap;
use std::os::fd::AsFd;

use wayland_client::protocol::{
    wl_buffer, wl_callback, wl_compositor, wl_keyboard, wl_pointer, wl_registry, wl_seat, wl_shm, wl_shm_pool,
    wl_subcompositor, wl_subsurface, wl_surface, wl_touch,
};
use wayland_client::{delegate_noop, Connection, Dispatch, QueueHandle, WEnum};
use wayland_protocols::xdg::shell::client::{xdg_surface, xdg_toplevel, xdg_wm_base};

/// The size that a window has when the compositor leaves it to the client.
const SIZE: (i32, i32) = (200, 100);

/// A window of ours.
#[derive(Debug)]
pub(crate) struct Toplevel {
    pub(crate) surface: wl_surface::WlSurface,
    xdg: xdg_surface::XdgSurface,
    pub(crate) toplevel: xdg_toplevel::XdgToplevel,
    asked: (i32, i32),
    pub(crate) size: (i32, i32),
    mapped: bool,
    pub(crate) close_asked: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub(crate) globals: Vec<(u32, String, u32)>,
    pub(crate) synced: u32,
    compositor: Option<wl_compositor::WlCompositor>,
    subcompositor: Option<wl_subcompositor::WlSubcompositor>,
    shm: Option<wl_shm::WlShm>,
    wm_base: Option<xdg_wm_base::XdgWmBase>,
    pub(crate) seat: Option<wl_seat::WlSeat>,
    devices: (bool, bool, bool),
    pub(crate) windows: BTreeMap<u32, Toplevel>,
    last: u32,
    /// What the seat's devices told, in words.
    pub(crate) heard: Vec<String>,
}

impl Desk {
    /// Binds what a client with windows needs; what is missing, if anything is.
    pub(crate) fn bind(&mut self, registry: &wl_registry::WlRegistry, qh: &QueueHandle<Self>) -> Result<(), String> {
        let global = |interface: &str, at_most: u32| {
            let global = self.globals.iter().find(|global| global.1 == interface);
            global.map(|global| (global.0, global.2.min(at_most))).ok_or(format!("the compositor has no {interface}"))
        };
        let (name, version) = global("wl_compositor", 4)?;
        self.compositor = Some(registry.bind(name, version, qh, ()));
        let (name, version) = global("wl_shm", 1)?;
        self.shm = Some(registry.bind(name, version, qh, ()));
        let (name, version) = global("xdg_wm_base", 1)?;
        self.wm_base = Some(registry.bind(name, version, qh, ()));
        self.subcompositor = global("wl_subcompositor", 1).ok().map(|(name, v)| registry.bind(name, v, qh, ()));
        self.seat = global("wl_seat", 5).ok().map(|(name, version)| registry.bind(name, version, qh, ()));
        Ok(())
    }

    /// Makes a window; it is not mapped before it was configured.
    pub(crate) fn open(&mut self, title: &str, qh: &QueueHandle<Self>) -> Option<u32> {
        self.last += 1;
        let number = self.last;
        let surface = self.compositor.as_ref()?.create_surface(qh, ());
        let xdg = self.wm_base.as_ref()?.get_xdg_surface(&surface, qh, number);
        let toplevel = xdg.get_toplevel(qh, number);
        toplevel.set_title(title.into());
        toplevel.set_app_id("infinite-map-conformance".into());
        surface.commit();
        let window = Toplevel { surface, xdg, toplevel, asked: (0, 0), size: SIZE, mapped: true, close_asked: false };
        self.windows.insert(number, window);
        Some(number)
    }

    /// A picture in a subsurface of a window.
    pub(crate) fn open_subsurface(&mut self, parent: u32, qh: &QueueHandle<Self>) -> Option<()> {
        let surface = self.compositor.as_ref()?.create_surface(qh, ());
        let parent = self.windows.get(&parent)?.surface.clone();
        self.subcompositor.as_ref()?.get_subsurface(&surface, &parent, qh, ()).set_desync();
        surface.attach(Some(&self.picture((20, 20), qh)?), 0, 0);
        surface.commit();
        parent.commit();
        Some(())
    }

    /// Takes the picture of a window away, which unmaps it; or begins to map it again.
    pub(crate) fn set_mapped(&mut self, number: u32, mapped: bool) {
        if let Some(window) = self.windows.get_mut(&number) {
            window.mapped = mapped;
            if !mapped {
                window.surface.attach(None, 0, 0);
            }
            // Without a picture, a commit asks for the first configure again.
            window.surface.commit();
        }
    }

    pub(crate) fn close(&mut self, number: u32) {
        if let Some(window) = self.windows.remove(&number) {
            window.toplevel.destroy();
            window.xdg.destroy();
            window.surface.destroy();
        }
    }

    fn picture(&self, (width, height): (i32, i32), qh: &QueueHandle<Self>) -> Option<wl_buffer::WlBuffer> {
        let length = width * height * 4;
        let file = tempfile::tempfile().ok()?;
        file.set_len(u64::try_from(length).ok()?).ok()?;
        let pool = self.shm.as_ref()?.create_pool(file.as_fd(), length, qh, ());
        let buffer = pool.create_buffer(0, width, height, width * 4, wl_shm::Format::Xrgb8888, qh, ());
        pool.destroy();
        Some(buffer)
    }

    fn configure(&mut self, number: u32, serial: u32, qh: &QueueHandle<Self>) {
        let Some(window) = self.windows.get(&number) else { return };
        let pick = |asked: i32, own: i32| if asked > 0 { asked } else { own };
        let size = (pick(window.asked.0, SIZE.0), pick(window.asked.1, SIZE.1));
        let buffer = window.mapped.then(|| self.picture(size, qh)).flatten();
        let Some(window) = self.windows.get_mut(&number) else { return };
        window.xdg.ack_configure(serial);
        if let Some(buffer) = buffer {
            window.size = size;
            window.surface.attach(Some(&buffer), 0, 0);
            window.surface.damage(0, 0, size.0, size.1);
            window.surface.commit();
        }
    }
}

impl Dispatch<wl_registry::WlRegistry, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &wl_registry::WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_registry::Event::Global { name, interface, version } = event {
            desk.globals.push((name, interface, version));
        }
    }
}

impl Dispatch<wl_callback::WlCallback, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        desk.synced += 1;
    }
}

impl Dispatch<xdg_wm_base::XdgWmBase, ()> for Desk {
    fn event(
        _: &mut Self,
        wm_base: &xdg_wm_base::XdgWmBase,
        event: xdg_wm_base::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_wm_base::Event::Ping { serial } = event {
            wm_base.pong(serial);
        }
    }
}

impl Dispatch<xdg_surface::XdgSurface, u32> for Desk {
    fn event(
        desk: &mut Self,
        _: &xdg_surface::XdgSurface,
        event: xdg_surface::Event,
        number: &u32,
        _: &Connection,
        qh: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            desk.configure(*number, serial, qh);
        }
    }
}

impl Dispatch<xdg_toplevel::XdgToplevel, u32> for Desk {
    fn event(
        desk: &mut Self,
        _: &xdg_toplevel::XdgToplevel,
        event: xdg_toplevel::Event,
        number: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        let Some(window) = desk.windows.get_mut(number) else { return };
        match event {
            xdg_toplevel::Event::Configure { width, height, .. } => window.asked = (width, height),
            xdg_toplevel::Event::Close => window.close_asked = true,
            _ => {}
        }
    }
}

impl Dispatch<wl_seat::WlSeat, ()> for Desk {
    fn event(
        desk: &mut Self,
        seat: &wl_seat::WlSeat,
        event: wl_seat::Event,
        (): &(),
        _: &Connection,
        qh: &QueueHandle<Self>,
    ) {
        let wl_seat::Event::Capabilities { capabilities: WEnum::Value(has) } = event else { return };
        if has.contains(wl_seat::Capability::Pointer) && !std::mem::replace(&mut desk.devices.0, true) {
            seat.get_pointer(qh, ());
        }
        if has.contains(wl_seat::Capability::Keyboard) && !std::mem::replace(&mut desk.devices.1, true) {
            seat.get_keyboard(qh, ());
        }
        if has.contains(wl_seat::Capability::Touch) && !std::mem::replace(&mut desk.devices.2, true) {
            seat.get_touch(qh, ());
        }
    }
}

impl Dispatch<wl_pointer::WlPointer, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &wl_pointer::WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use wl_pointer::{ButtonState, Event};
        desk.heard.push(match event {
            Event::Enter { surface_x, surface_y, .. } | Event::Motion { surface_x, surface_y, .. } => {
                format!("pointer at {surface_x} {surface_y}")
            }
            Event::Leave { .. } => "pointer left".into(),
            Event::Button { button, state: WEnum::Value(ButtonState::Pressed), .. } => {
                format!("button {button} pressed")
            }
            Event::Button { button, .. } => format!("button {button} released"),
            Event::Axis { value, .. } => format!("scrolled {value}"),
            _ => return,
        });
    }
}

impl Dispatch<wl_keyboard::WlKeyboard, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &wl_keyboard::WlKeyboard,
        event: wl_keyboard::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use wl_keyboard::{Event, KeyState};
        desk.heard.push(match event {
            Event::Enter { .. } => "keyboard entered".into(),
            Event::Key { key, state: WEnum::Value(KeyState::Pressed), .. } => format!("key {key} pressed"),
            Event::Key { key, .. } => format!("key {key} released"),
            _ => return,
        });
    }
}

impl Dispatch<wl_touch::WlTouch, ()> for Desk {
    fn event(
        desk: &mut Self,
        _: &wl_touch::WlTouch,
        event: wl_touch::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        desk.heard.push(match event {
            wl_touch::Event::Down { x, y, .. } => format!("touched at {x} {y}"),
            wl_touch::Event::Motion { x, y, .. } => format!("touch moved to {x} {y}"),
            wl_touch::Event::Up { .. } => "touch ended".into(),
            wl_touch::Event::Cancel => "touch cancelled".into(),
            _ => return,
        });
    }
}

impl Dispatch<wl_buffer::WlBuffer, ()> for Desk {
    fn event(
        _: &mut Self,
        buffer: &wl_buffer::WlBuffer,
        _: wl_buffer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        buffer.destroy();
    }
}

delegate_noop!(Desk: wl_compositor::WlCompositor);
delegate_noop!(Desk: wl_subcompositor::WlSubcompositor);
delegate_noop!(Desk: wl_subsurface::WlSubsurface);
delegate_noop!(Desk: wl_shm_pool::WlShmPool);
delegate_noop!(Desk: ignore wl_shm::WlShm);
delegate_noop!(Desk: ignore wl_surface::WlSurface);
