//! A compositor without windows: it has a map, a seat and an output, and notes what it is asked for.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use infinite_map_server::{
    delegate_infinite_map, CameraId, CameraMove, CameraState, Capabilities, InfiniteMapHandler, InfiniteMapState,
    InputClosed, InputFrame, Size, TileChange, View, WindowCenter, WindowId, WorldPoint,
};
use wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use wayland_server::protocol::{wl_output, wl_seat};
use wayland_server::{Client, DataInit, Dispatch, Display, DisplayHandle, GlobalDispatch, New};

use super::TestClient;

/// What the compositor was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    CameraMove(CameraMove),
    CameraCancel(CameraId),
    Activate(WindowId, bool),
    Close(WindowId),
    Move(WindowId, WorldPoint),
    Resize(WindowId, Size),
    Raise(WindowId),
    Lower(WindowId),
    Minimized(WindowId, bool),
    Maximized(WindowId, bool),
    Fullscreen(WindowId, bool, Option<CameraId>),
    Center(WindowCenter),
    Tiles(Vec<TileChange>),
    ReplayBegin,
    ReplayEnd,
}

/// How the compositor handles moves of a camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Moves {
    /// At once, in the handler.
    AtOnce,
    /// With the next frame.
    Later,
    /// Not at all: the camera is locked.
    Never,
}

pub struct App {
    pub map: InfiniteMapState,
    pub calls: Vec<Call>,
    pub frames: Vec<InputFrame>,
    pub closed: Vec<InputClosed>,
    pub moves: Moves,
    pub wish: Option<CameraMove>,
    /// What `place` described.
    pub states: HashMap<CameraId, CameraState>,
    /// The camera whose output `wl_output` is.
    pub output_camera: Option<CameraId>,
}

impl InfiniteMapHandler for App {
    fn infinite_map_state(&mut self) -> &mut InfiniteMapState {
        &mut self.map
    }
    fn camera_move(&mut self, request: CameraMove) {
        self.calls.push(Call::CameraMove(request));
        match self.moves {
            Moves::AtOnce => self.obey(request),
            Moves::Later => self.wish = Some(request),
            Moves::Never => {}
        }
    }
    fn camera_cancel(&mut self, camera: CameraId) {
        self.calls.push(Call::CameraCancel(camera));
    }
    fn window_activate(&mut self, window: WindowId, seat: Option<wl_seat::WlSeat>) {
        self.calls.push(Call::Activate(window, seat.is_some()));
    }
    fn window_close(&mut self, window: WindowId) {
        self.calls.push(Call::Close(window));
    }
    fn window_move(&mut self, window: WindowId, point: WorldPoint) {
        self.calls.push(Call::Move(window, point));
    }
    fn window_resize(&mut self, window: WindowId, size: Size) {
        self.calls.push(Call::Resize(window, size));
    }
    fn window_raise(&mut self, window: WindowId) {
        self.calls.push(Call::Raise(window));
    }
    fn window_lower(&mut self, window: WindowId) {
        self.calls.push(Call::Lower(window));
    }
    fn window_set_minimized(&mut self, window: WindowId, minimized: bool) {
        self.calls.push(Call::Minimized(window, minimized));
    }
    fn window_set_maximized(&mut self, window: WindowId, maximized: bool) {
        self.calls.push(Call::Maximized(window, maximized));
    }
    fn window_set_fullscreen(&mut self, window: WindowId, fullscreen: bool, camera: Option<CameraId>) {
        self.calls.push(Call::Fullscreen(window, fullscreen, camera));
    }
    fn window_center(&mut self, request: WindowCenter) {
        self.calls.push(Call::Center(request));
    }
    fn tiles_commit(&mut self, changes: Vec<TileChange>) {
        self.calls.push(Call::Tiles(changes));
    }
    fn tiles_replay_begin(&mut self) {
        self.calls.push(Call::ReplayBegin);
    }
    fn tiles_replay_end(&mut self) {
        self.calls.push(Call::ReplayEnd);
    }
    fn input_frame(&mut self, frame: InputFrame) {
        self.frames.push(frame);
    }
    fn input_closed(&mut self, closed: InputClosed) {
        self.closed.push(closed);
    }
}

delegate_infinite_map!(App);

impl App {
    pub fn obey(&mut self, request: CameraMove) {
        let view = View::new(request.point, request.zoom.unwrap_or(1.0).clamp(0.1, 10.0));
        self.place(request.camera, camera_at(view));
    }

    pub fn place(&mut self, camera: CameraId, state: CameraState) {
        self.map.set_camera(camera, state);
        self.states.insert(camera, state);
    }
}

pub fn camera_at(view: View) -> CameraState {
    CameraState { live: view, target: view, viewport: (1280, 720), zoom_limits: (0.1, 10.0), locked: false }
}

/// What a client may do; `None` hides the extension from it.
#[derive(Default)]
pub struct Grant {
    pub capabilities: Option<Capabilities>,
    /// Set when the server gives the client up, which is long before it forgets it.
    pub disconnected: Arc<AtomicBool>,
}

impl ClientData for Grant {
    fn initialized(&self, _: ClientId) {}
    fn disconnected(&self, _: ClientId, _: DisconnectReason) {
        self.disconnected.store(true, Ordering::Relaxed);
    }
}

pub struct Server {
    pub display: Display<App>,
    pub app: App,
}

impl Server {
    pub fn new() -> Self {
        let display = Display::new().expect("a display");
        let handle = display.handle();
        handle.create_global::<App, wl_seat::WlSeat, ()>(7, ());
        handle.create_global::<App, wl_output::WlOutput, ()>(4, ());
        let filter = |client: &Client| client.get_data::<Grant>().and_then(|grant| grant.capabilities);
        let map = InfiniteMapState::new::<App>(&handle, 100, filter);
        let app = App {
            map,
            calls: Vec::new(),
            frames: Vec::new(),
            closed: Vec::new(),
            moves: Moves::AtOnce,
            wish: None,
            states: HashMap::new(),
            output_camera: None,
        };
        Self { display, app }
    }

    /// A client that was granted everything and has bound the extension.
    pub fn connect(&mut self) -> TestClient {
        let mut client = self.connect_with(Some(Capabilities::all()));
        client.bind();
        client
    }

    pub fn connect_with(&mut self, grant: Option<Capabilities>) -> TestClient {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let data = Arc::new(Grant { capabilities: grant, ..Grant::default() });
        let disconnected = Arc::clone(&data.disconnected);
        let client = self.display.handle().insert_client(ours, data).expect("a client");
        let mut client = TestClient::new(theirs, client.id(), disconnected);
        super::settle(self, &mut [&mut client]);
        client
    }

    /// One turn of an event loop.
    pub fn turn(&mut self) -> usize {
        let requests = self.display.dispatch_clients(&mut self.app).expect("dispatching");
        if let Some(wish) = self.app.wish.take() {
            self.app.obey(wish);
        }
        self.app.map.refresh();
        self.display.flush_clients().expect("flushing");
        requests
    }
}

impl GlobalDispatch<wl_seat::WlSeat, ()> for App {
    fn bind(
        _: &mut Self,
        _: &DisplayHandle,
        _: &Client,
        resource: New<wl_seat::WlSeat>,
        _: &(),
        data_init: &mut DataInit<'_, Self>,
    ) {
        data_init.init(resource, ());
    }
}

impl Dispatch<wl_seat::WlSeat, ()> for App {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &wl_seat::WlSeat,
        _: wl_seat::Request,
        _: &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }
}

impl GlobalDispatch<wl_output::WlOutput, ()> for App {
    fn bind(
        app: &mut Self,
        _: &DisplayHandle,
        _: &Client,
        resource: New<wl_output::WlOutput>,
        _: &(),
        data_init: &mut DataInit<'_, Self>,
    ) {
        let output = data_init.init(resource, ());
        if let Some(camera) = app.output_camera {
            app.map.output_bound(camera, &output);
        }
    }
}

impl Dispatch<wl_output::WlOutput, ()> for App {
    fn request(
        _: &mut Self,
        _: &Client,
        _: &wl_output::WlOutput,
        _: wl_output::Request,
        _: &(),
        _: &DisplayHandle,
        _: &mut DataInit<'_, Self>,
    ) {
    }
}
