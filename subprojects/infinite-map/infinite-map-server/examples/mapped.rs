//! A compositor as small as can be, with `infinite_map_v1`: it has one camera and one window on its map, draws nothing,
//! and serves no other protocol. `plain.rs` is the same without the extension, and `docs/add-the-extension.patch` is
//! the difference. Its arguments are the companion to start and that one's arguments.

use std::error::Error;
use std::process::Command;
use std::sync::Arc;

use infinite_map_server::{
    delegate_infinite_map, CameraId, CameraMove, CameraState, Capabilities, Companion, InfiniteMapHandler,
    InfiniteMapState, Size, View, WindowId, WindowState, WorldPoint,
};
use rustix::event::{poll, PollFd, PollFlags};
use wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use wayland_server::{Display, ListeningSocket};

const ZOOM: (f64, f64) = (0.1, 8.0);

/// What an output shows of the map.
struct Camera {
    id: CameraId,
    center: (f64, f64),
    zoom: f64,
}

/// A window on the map.
struct Window {
    id: WindowId,
    title: String,
    position: (f64, f64),
    size: (f64, f64),
}

struct Compositor {
    map: InfiniteMapState,
    camera: Camera,
    window: Window,
}

impl Compositor {
    fn new(mut map: InfiniteMapState) -> Self {
        let id = map.add_window(WindowState::default());
        let window = Window { id, title: "a window".into(), position: (-320.0, -240.0), size: (640.0, 480.0) };
        let id = map.add_camera("DP-1", describe(View::default()));
        Self { map, camera: Camera { id, center: (0.0, 0.0), zoom: 1.0 }, window }
    }

    fn move_camera(&mut self, center: (f64, f64), zoom: f64) {
        self.camera = Camera { id: self.camera.id, center, zoom: zoom.clamp(ZOOM.0, ZOOM.1) };
    }

    fn move_window(&mut self, position: (f64, f64)) {
        self.window.position = position;
    }

    /// Describes everything as it is now; clients are told what differs from the last time.
    fn refresh_map(&mut self) {
        let Camera { id, center, zoom } = self.camera;
        self.map.set_camera(id, describe(View::new(WorldPoint::new(center.0, center.1), zoom)));
        let window = &self.window;
        let state = WindowState {
            title: window.title.clone(),
            position: WorldPoint::new(window.position.0, window.position.1),
            size: Size::new(window.size.0, window.size.1),
            stacking: 1,
            ..WindowState::default()
        };
        self.map.set_window(window.id, &state);
        self.map.refresh();
    }
}

fn describe(view: View) -> CameraState {
    CameraState { live: view, target: view, viewport: (1920, 1080), zoom_limits: ZOOM, locked: false }
}

impl InfiniteMapHandler for Compositor {
    fn infinite_map_state(&mut self) -> &mut InfiniteMapState {
        &mut self.map
    }

    fn camera_move(&mut self, request: CameraMove) {
        self.move_camera((request.point.x, request.point.y), request.zoom.unwrap_or(self.camera.zoom));
    }

    fn window_move(&mut self, _: WindowId, point: WorldPoint) {
        self.move_window((point.x, point.y));
    }
}

delegate_infinite_map!(Compositor);

/// What the compositor attaches to each client.
struct ClientState;

impl ClientData for ClientState {
    fn initialized(&self, _: ClientId) {}
    fn disconnected(&self, _: ClientId, _: DisconnectReason) {}
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut display = Display::<Compositor>::new()?;
    let listener = ListeningSocket::bind_auto("wayland", 0..32)?;
    let command = || {
        let mut words = std::env::args_os().skip(1);
        let mut command = Command::new(words.next().unwrap_or_else(|| "compositord".into()));
        command.args(words);
        command
    };
    let mut companion = Companion::new(command, || Arc::new(ClientState))?;
    let mark = companion.mark();
    // Only the companion sees the extension. What is not supported is not granted.
    let granted = Capabilities::CAMERA_CONTROL | Capabilities::WINDOW_CONTROL | Capabilities::TILES;
    let filter = move |client: &_| mark.is(client).then_some(granted);
    let mut compositor = Compositor::new(InfiniteMapState::new::<Compositor>(&display.handle(), 100, filter));
    compositor.refresh_map();
    companion.start(&mut display.handle())?;
    println!("{}", listener.socket_name().unwrap_or_default().to_string_lossy());
    loop {
        let mut fds = [
            PollFd::new(&listener, PollFlags::IN),
            PollFd::new(&display, PollFlags::IN),
            PollFd::new(&companion, PollFlags::IN),
        ];
        poll(&mut fds, None)?;
        companion.dispatch(&mut display.handle());
        while let Some(stream) = listener.accept()? {
            display.handle().insert_client(stream, Arc::new(ClientState))?;
        }
        display.dispatch_clients(&mut compositor)?;
        compositor.refresh_map();
        display.flush_clients()?;
    }
}
