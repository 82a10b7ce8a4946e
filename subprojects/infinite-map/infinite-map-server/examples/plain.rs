//! A compositor as small as can be, before `infinite_map_v1` is added: it has one camera and one window on its map,
//! draws nothing, and serves no protocol at all. `mapped.rs` is the same with the extension, and
//! `docs/add-the-extension.patch` is the difference.

use std::error::Error;
use std::sync::Arc;

use rustix::event::{poll, PollFd, PollFlags};
use wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use wayland_server::{Display, ListeningSocket};

const ZOOM: (f64, f64) = (0.1, 8.0);

/// What an output shows of the map.
struct Camera {
    center: (f64, f64),
    zoom: f64,
}

/// A window on the map.
struct Window {
    title: String,
    position: (f64, f64),
    size: (f64, f64),
}

struct Compositor {
    camera: Camera,
    window: Window,
}

impl Compositor {
    fn new() -> Self {
        let window = Window { title: "a window".into(), position: (-320.0, -240.0), size: (640.0, 480.0) };
        Self { camera: Camera { center: (0.0, 0.0), zoom: 1.0 }, window }
    }

    fn move_camera(&mut self, center: (f64, f64), zoom: f64) {
        self.camera = Camera { center, zoom: zoom.clamp(ZOOM.0, ZOOM.1) };
    }

    fn move_window(&mut self, position: (f64, f64)) {
        self.window.position = position;
    }
}

/// What the compositor attaches to each client.
struct ClientState;

impl ClientData for ClientState {
    fn initialized(&self, _: ClientId) {}
    fn disconnected(&self, _: ClientId, _: DisconnectReason) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut display = Display::<Compositor>::new()?;
    let listener = ListeningSocket::bind_auto("wayland", 0..32)?;
    let mut compositor = Compositor::new();
    println!("{}", listener.socket_name().unwrap_or_default().to_string_lossy());
    loop {
        let mut fds = [PollFd::new(&listener, PollFlags::IN), PollFd::new(&display, PollFlags::IN)];
        poll(&mut fds, None)?;
        while let Some(stream) = listener.accept()? {
            display.handle().insert_client(stream, Arc::new(ClientState))?;
        }
        display.dispatch_clients(&mut compositor)?;
        // A user's hands and clients of other protocols would move the camera and the window here.
        let _ = (&compositor.window.title, compositor.window.size, compositor.camera.zoom);
        compositor.move_camera(compositor.camera.center, compositor.camera.zoom);
        compositor.move_window(compositor.window.position);
        display.flush_clients()?;
    }
}
