//! A client that keeps a mirror of the map and checks the rules that hold for every stream of events.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use infinite_map_server::coordinates::WirePoint;
use wayland_client::backend::ObjectId;
use wayland_client::protocol::{wl_output, wl_registry, wl_seat};
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle};
use wayland_server::backend::ClientId;

use super::mirror::{CameraMirror, Mirror, WindowMirror, GRID};

/// Client-side code of the extension.
#[allow(non_upper_case_globals, unused_imports, clippy::all)]
pub mod protocol {
    use wayland_client;
    use wayland_client::protocol::*;
    pub mod __interfaces {
        use wayland_client::protocol::__interfaces::*;
        wayland_scanner::generate_interfaces!("protocols/infinite-map-v1.xml");
    }
    use self::__interfaces::*;
    wayland_scanner::generate_client_code!("protocols/infinite-map-v1.xml");
}

use protocol::infinite_map_camera_v1::{self as camera, InfiniteMapCameraV1};
use protocol::infinite_map_input_v1::{self as input, InfiniteMapInputV1};
use protocol::infinite_map_manager_v1::{self as manager, InfiniteMapManagerV1};
use protocol::infinite_map_tiles_v1::{self as tiles, InfiniteMapTilesV1};
use protocol::infinite_map_window_v1::{self as window, InfiniteMapWindowV1};

#[derive(Default)]
pub struct View {
    /// Name and version by number.
    pub globals: HashMap<String, u32>,
    pub manager: Option<InfiniteMapManagerV1>,
    pub cameras: HashMap<String, InfiniteMapCameraV1>,
    pub windows: HashMap<u32, InfiniteMapWindowV1>,
    ids: HashMap<ObjectId, u32>,
    /// What was sent, committed or not.
    pub sent: Mirror,
    /// The state of each done.
    pub commits: Vec<Mirror>,
    pub capabilities: Option<u32>,
    pub grid_size: u32,
    /// Name of each event, in order.
    pub log: Vec<String>,
    pub causes: Vec<(String, u32)>,
    pub outputs: Vec<(String, wl_output::WlOutput)>,
    pub checkpoints: usize,
    pub finished: bool,
    pub inputs_closed: usize,
    /// Whether done and checkpoint are acknowledged at once.
    pub holds_acks: bool,
    pub held: Vec<u32>,
    /// Closed camera and window objects are not destroyed.
    pub hoards: bool,
}

pub struct TestClient {
    pub id: ClientId,
    pub connection: Connection,
    pub queue: EventQueue<View>,
    pub view: View,
    registry: wl_registry::WlRegistry,
    disconnected: Arc<AtomicBool>,
}

impl TestClient {
    pub fn new(socket: UnixStream, id: ClientId, disconnected: Arc<AtomicBool>) -> Self {
        let connection = Connection::from_socket(socket).expect("a connection");
        let queue = connection.new_event_queue();
        let registry = connection.display().get_registry(&queue.handle(), ());
        Self { id, connection, queue, view: View::default(), registry, disconnected }
    }

    pub fn global<I: Proxy + 'static>(&self, version: u32) -> I
    where
        View: Dispatch<I, ()>,
    {
        let name = self.view.globals[I::interface().name];
        self.registry.bind(name, version, &self.queue.handle(), ())
    }

    pub fn bind(&mut self) {
        self.view.manager = Some(self.global(1));
    }

    pub fn manager(&self) -> &InfiniteMapManagerV1 {
        self.view.manager.as_ref().expect("bound")
    }

    pub fn get_tiles(&self) -> InfiniteMapTilesV1 {
        self.manager().get_tiles(&self.queue.handle(), ())
    }

    pub fn get_input(&self) -> InfiniteMapInputV1 {
        let seat: wl_seat::WlSeat = self.global(1);
        self.manager().get_input(&seat, &self.queue.handle(), ())
    }

    pub fn camera(&self, name: &str) -> &InfiniteMapCameraV1 {
        &self.view.cameras[name]
    }

    /// Whether the server still serves it.
    pub fn is_connected(&self) -> bool {
        !self.disconnected.load(Ordering::Relaxed)
    }

    pub fn committed(&self) -> &Mirror {
        self.view.commits.last().expect("a done")
    }

    /// Sends what waits, and reads what there is without waiting. Returns how many events that were.
    pub fn read(&mut self) -> usize {
        let _ = self.queue.flush();
        let mut events = self.queue.dispatch_pending(&mut self.view).expect("well-formed events");
        if let Some(guard) = self.queue.prepare_read() {
            let _ = guard.read();
        }
        events += self.queue.dispatch_pending(&mut self.view).expect("well-formed events");
        let _ = self.queue.flush();
        events
    }

    /// Takes the log since the last call.
    pub fn take_log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.view.log)
    }
}

impl View {
    fn note(&mut self, event: &impl std::fmt::Debug) {
        let text = format!("{event:?}");
        let end = text.find([' ', '{', '(']).unwrap_or(text.len());
        self.log.push(text[..end].to_owned());
    }

    fn acknowledge(&mut self, manager: &InfiniteMapManagerV1, serial: u32) {
        if self.holds_acks {
            self.held.push(serial);
        } else {
            manager.ack(serial);
        }
    }

    fn camera_name(&self, object: &InfiniteMapCameraV1) -> Option<String> {
        self.cameras.iter().find(|(_, camera)| *camera == object).map(|(name, _)| name.clone())
    }

    fn window_id(&self, object: &InfiniteMapWindowV1) -> u32 {
        *self.ids.get(&object.id()).expect("no event for a closed window")
    }

    /// What the description of every commit promises.
    fn check(&self) {
        let mut indices: Vec<_> = self.sent.windows.values().map(|window| window.stacking).collect();
        indices.sort_unstable();
        assert!(indices.windows(2).all(|pair| pair[0] != pair[1]), "two windows with the same stacking index");
        for window in self.sent.windows.values() {
            assert_ne!(window.stacking, i32::MIN, "a window without stacking");
            assert!(window.parent.is_none_or(|parent| self.sent.windows.contains_key(&parent)), "a parent is gone");
        }
        for camera in self.sent.cameras.values() {
            assert!(camera.zoom > 0 && camera.target_zoom > 0 && camera.zoom_limits.0 > 0 && camera.viewport.0 > 0);
        }
    }
}

fn world(cell_x: i32, cell_y: i32, offset_x: f64, offset_y: f64) -> (f64, f64) {
    for offset in [offset_x, offset_y] {
        assert!((0.0..f64::from(GRID)).contains(&offset), "an offset outside its cell: {offset}");
    }
    let point = WirePoint::from_arguments(cell_x, cell_y, offset_x, offset_y).to_world(GRID);
    (point.x, point.y)
}

impl Dispatch<InfiniteMapManagerV1, ()> for View {
    fn event(
        view: &mut Self,
        manager: &InfiniteMapManagerV1,
        event: manager::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        assert!(!view.finished, "{event:?} after finished");
        view.note(&event);
        match event {
            manager::Event::Capabilities { capabilities } => view.capabilities = Some(capabilities.into()),
            manager::Event::GridSize { size } => {
                assert!(view.capabilities.is_some(), "capabilities come first");
                view.grid_size = size;
            }
            manager::Event::Camera { camera, name } => {
                assert_ne!(view.grid_size, 0);
                let old = view.cameras.insert(name.clone(), camera);
                assert!(old.is_none(), "two cameras named {name}");
                view.sent.cameras.insert(name, CameraMirror::default());
            }
            manager::Event::Window { window, id } => {
                assert_ne!(id, 0);
                view.ids.insert(window.id(), id);
                assert!(view.windows.insert(id, window).is_none(), "window {id} is announced twice");
                view.sent.windows.insert(id, WindowMirror { stacking: i32::MIN, ..WindowMirror::default() });
            }
            manager::Event::Checkpoint { serial } => {
                view.checkpoints += 1;
                view.acknowledge(manager, serial);
            }
            manager::Event::Done { serial } => {
                view.check();
                view.commits.push(view.sent.clone());
                view.acknowledge(manager, serial);
            }
            manager::Event::Finished => view.finished = true,
        }
    }

    wayland_client::event_created_child!(View, InfiniteMapManagerV1, [
        manager::EVT_CAMERA_OPCODE => (InfiniteMapCameraV1, ()),
        manager::EVT_WINDOW_OPCODE => (InfiniteMapWindowV1, ()),
    ]);
}

impl Dispatch<InfiniteMapCameraV1, ()> for View {
    fn event(
        view: &mut Self,
        object: &InfiniteMapCameraV1,
        event: camera::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        view.note(&event);
        let Some(name) = view.camera_name(object) else { return };
        if let camera::Event::Closed = event {
            view.cameras.remove(&name);
            view.sent.cameras.remove(&name);
            if !view.hoards {
                object.destroy();
            }
            return;
        }
        let camera = view.sent.cameras.get_mut(&name).expect("announced");
        match event {
            camera::Event::Output { output } => view.outputs.push((name, output)),
            camera::Event::Position { cell_x, cell_y, offset_x, offset_y } => {
                camera.position = world(cell_x, cell_y, offset_x, offset_y);
            }
            camera::Event::Zoom { zoom } => camera.zoom = zoom,
            camera::Event::TargetPosition { cell_x, cell_y, offset_x, offset_y } => {
                camera.target_position = world(cell_x, cell_y, offset_x, offset_y);
            }
            camera::Event::TargetZoom { zoom } => camera.target_zoom = zoom,
            camera::Event::Viewport { width, height } => camera.viewport = (width, height),
            camera::Event::ZoomLimits { minimum, maximum } => camera.zoom_limits = (minimum, maximum),
            camera::Event::Locked { locked } => camera.locked = locked,
            camera::Event::Cause { serial } => view.causes.push((name, serial)),
            camera::Event::Closed => unreachable!(),
        }
    }
}

impl Dispatch<InfiniteMapWindowV1, ()> for View {
    fn event(
        view: &mut Self,
        object: &InfiniteMapWindowV1,
        event: window::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        view.note(&event);
        let id = view.window_id(object);
        if let window::Event::Closed = event {
            view.windows.remove(&id);
            view.ids.remove(&object.id());
            view.sent.windows.remove(&id);
            if !view.hoards {
                object.destroy();
            }
            return;
        }
        let parent_id = match &event {
            window::Event::Parent { parent } => parent.as_ref().map(|parent| view.window_id(parent)),
            _ => None,
        };
        let camera_name = match &event {
            window::Event::ScreenPosition { camera, .. } => camera.as_ref().and_then(|c| view.camera_name(c)),
            _ => None,
        };
        let window = view.sent.windows.get_mut(&id).expect("announced");
        match event {
            window::Event::Identifier { identifier } => window.identifier = Some(identifier),
            window::Event::AppId { app_id } => window.app_id = app_id,
            window::Event::Title { title } => window.title = title,
            window::Event::Pid { pid } => window.pid = pid,
            window::Event::Position { cell_x, cell_y, offset_x, offset_y } => {
                window.position = world(cell_x, cell_y, offset_x, offset_y);
            }
            window::Event::ScreenPosition { x, y, .. } => window.screen = Some((camera_name, x, y)),
            window::Event::Size { width, height } => window.size = (width, height),
            window::Event::Space { space } => {
                window.space = space.into();
                if window.space != 1 {
                    window.screen = None;
                }
            }
            window::Event::Stacking { index } => window.stacking = index,
            window::Event::Parent { .. } => window.parent = parent_id,
            window::Event::State { state } => window.state = state.into(),
            window::Event::Closed => unreachable!(),
        }
    }
}

impl Dispatch<InfiniteMapTilesV1, ()> for View {
    fn event(
        view: &mut Self,
        _: &InfiniteMapTilesV1,
        event: tiles::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        view.note(&event);
        match event {
            tiles::Event::Tile { cell_x, cell_y, brick, seconds, microseconds } => {
                view.sent.tiles.insert((cell_x, cell_y), (brick, seconds, microseconds));
            }
            tiles::Event::Removed { cell_x, cell_y, .. } => {
                view.sent.tiles.remove(&(cell_x, cell_y));
            }
        }
    }
}

impl Dispatch<InfiniteMapInputV1, ()> for View {
    fn event(
        view: &mut Self,
        _: &InfiniteMapInputV1,
        event: input::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        view.note(&event);
        view.inputs_closed += 1;
    }
}

impl Dispatch<wl_registry::WlRegistry, ()> for View {
    fn event(
        view: &mut Self,
        _: &wl_registry::WlRegistry,
        event: wl_registry::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_registry::Event::Global { name, interface, .. } = event {
            view.globals.insert(interface, name);
        }
    }
}

wayland_client::delegate_noop!(View: ignore wl_seat::WlSeat);
wayland_client::delegate_noop!(View: ignore wl_output::WlOutput);
