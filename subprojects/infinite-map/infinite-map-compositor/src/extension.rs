//! infinite_map_v1: the map is described to the companion after each frame, and its wishes are carried out.

use std::collections::HashMap;
use std::sync::Arc;

use infinite_map_server::{
    CameraId, CameraMove, CameraState, Capabilities, Cell, CompanionMark, InfiniteMapHandler, InfiniteMapState,
    InputClosed, InputEvent, InputFrame, Size as MapSize, Space, TileChange, TileTime, View, WindowCenter, WindowFlags,
    WindowId, WindowState, WorldPoint,
};
use smithay::reexports::wayland_server::protocol::wl_output::WlOutput;
use smithay::reexports::wayland_server::protocol::wl_seat::WlSeat;
use smithay::reexports::wayland_server::DisplayHandle;

use crate::camera::{Camera, ZOOM_MAX, ZOOM_MIN};
use crate::geometry::{Point, Rect, Size};
use crate::handlers::ClientState;
use crate::input::Place;
use crate::state::State;
use crate::windows::{MapWindow, Windows};

/// The server side of the extension, and which of its cameras belongs to which output.
pub struct Extension {
    pub map: InfiniteMapState,
    cameras: HashMap<String, CameraId>,
}

impl Extension {
    pub fn new(display: &DisplayHandle, grid_size: u32, mark: CompanionMark) -> Self {
        let map = InfiniteMapState::new::<State>(display, grid_size, move |client| {
            let allowed = client.get_data::<ClientState>().is_some_and(|data| data.privileged);
            (allowed || mark.is(client)).then(Capabilities::all)
        });
        Self { map, cameras: HashMap::new() }
    }

    pub fn camera_added(&mut self, name: &str, camera: &Camera) {
        let id = self.map.add_camera(name, describe_camera(camera, false));
        self.cameras.insert(name.to_owned(), id);
    }

    pub fn camera_removed(&mut self, name: &str) {
        if let Some(id) = self.cameras.remove(name) {
            self.map.remove_camera(id);
        }
    }

    pub fn output_bound(&mut self, name: &str, wl_output: &WlOutput) {
        if let Some(id) = self.cameras.get(name) {
            self.map.output_bound(*id, wl_output);
        }
    }

    /// Announces a window; the number that it gets is its id everywhere.
    pub fn window_added(&mut self) -> u32 {
        self.map.add_window(WindowState::default()).get()
    }

    pub fn window_removed(&mut self, id: u32) {
        if let Some(id) = WindowId::from_number(id) {
            self.map.remove_window(id);
        }
    }

    /// The output that a camera belongs to.
    fn output_of(&self, camera: CameraId) -> Option<&str> {
        self.cameras.iter().find(|(_, id)| **id == camera).map(|(name, _)| name.as_str())
    }

    /// The bricks that lie in a part of the world.
    pub fn tiles_within(&self, area: &Rect) -> Vec<(Cell, Arc<str>)> {
        let grid = self.map.grid_size();
        let first = Cell::containing(WorldPoint::new(area.position.x, area.position.y), grid);
        let last = Cell::containing(WorldPoint::new(area.right(), area.bottom()), grid);
        self.map
            .tiles()
            .filter(|(cell, _, _)| (first.x..=last.x).contains(&cell.x) && (first.y..=last.y).contains(&cell.y))
            .map(|(cell, brick, _)| (cell, Arc::from(brick)))
            .collect()
    }
}

fn world(point: Point) -> WorldPoint {
    WorldPoint::new(point.x, point.y)
}

fn point(point: WorldPoint) -> Point {
    Point::new(point.x, point.y)
}

fn describe_camera(camera: &Camera, locked: bool) -> CameraState {
    let view = |pose: crate::camera::Pose| View::new(world(pose.center), pose.zoom);
    CameraState {
        live: view(camera.live()),
        target: view(camera.target()),
        viewport: (camera.viewport().width as u32, camera.viewport().height as u32),
        zoom_limits: (ZOOM_MIN, ZOOM_MAX),
        locked,
    }
}

impl State {
    /// Describes cameras and windows as they are now, and tells clients what changed.
    pub fn refresh_extension(&mut self) {
        for output in self.outputs.iter() {
            let state = describe_camera(&output.camera, self.is_locked(&output.name));
            if let Some(id) = self.extension.cameras.get(&output.name) {
                self.extension.map.set_camera(*id, state);
            }
        }
        for window in self.windows.iter() {
            if let Some(id) = WindowId::from_number(window.id) {
                let state = self.describe_window(window);
                self.extension.map.set_window(id, &state);
            }
        }
        self.extension.map.refresh();
    }

    fn describe_window(&self, window: &MapWindow) -> WindowState {
        let size = window.frame_size();
        WindowState {
            identifier: Some(window.handle.identifier()),
            app_id: window.app_id(),
            title: window.title(),
            pid: window.pid.unwrap_or(0),
            position: world(window.position),
            size: MapSize::new(size.width, size.height),
            space: self.describe_space(window),
            stacking: self.windows.stacking.index(window.id).unwrap_or(0),
            parent: self.windows.parent_of(window).and_then(WindowId::from_number),
            flags: flags(&self.windows, window),
        }
    }

    fn describe_space(&self, window: &MapWindow) -> Space {
        let covered = window.fullscreen.as_ref().and_then(|full| {
            let output = self.outputs.get(&full.output)?;
            Some((*self.extension.cameras.get(&full.output)?, output.camera.viewport()))
        });
        match covered {
            Some((camera, viewport)) => {
                let corner = window.screen_frame(viewport).position;
                Space::Screen { camera, x: corner.x, y: corner.y }
            }
            None => Space::Map,
        }
    }

    /// Puts or removes a brick on the compositor's own behalf.
    pub fn change_tile(&mut self, cell: Cell, brick: Option<&str>) {
        let now = TileTime::now();
        match brick {
            Some(brick) => self.extension.map.put_tile(cell, brick, now),
            None => self.extension.map.remove_tile(cell, now),
        };
        self.tiles.changed(brick);
        self.queue_frame();
    }

    /// Lets go of what a device that is gone held.
    fn release(&mut self, closed: &InputClosed) {
        for button in &closed.buttons {
            self.pointer_button(*button, false, false);
        }
        for key in &closed.keys {
            self.key(*key, false, false);
        }
        if !closed.touches.is_empty() {
            self.touch_cancel();
        }
        if closed.pointer && matches!(self.input.place, Some(Place::World(_))) {
            self.input.place = None;
            self.leave_pointer();
        }
    }

    fn inject(&mut self, event: InputEvent) {
        let place = |at: WorldPoint| Place::World(point(at));
        // Ids of touch points may be negative; slots are only compared.
        let slot = |id: i32| id as u32;
        match event {
            InputEvent::PointerMotion(at) => self.pointer_motion(place(at)),
            InputEvent::PointerButton { button, pressed } => self.pointer_button(button, pressed, false),
            InputEvent::PointerAxis { horizontal, value, value120 } => {
                self.pointer_axis(horizontal, value, value120, false);
            }
            InputEvent::Key { key, pressed } => self.key(key, pressed, false),
            InputEvent::Text(text) => self.type_text(&text),
            InputEvent::TouchDown { id, point } => self.touch_down(slot(id), &place(point)),
            InputEvent::TouchMotion { id, point } => self.touch_motion(slot(id), &place(point)),
            InputEvent::TouchUp { id } => self.touch_up(slot(id)),
            InputEvent::TouchCancel => self.touch_cancel(),
        }
    }
}

/// A window's states by the names that compositord.v1.json has for them.
pub fn state_names(windows: &Windows, window: &MapWindow) -> Vec<&'static str> {
    let flags = flags(windows, window);
    [
        (WindowFlags::ACTIVATED, "activated"),
        (WindowFlags::MAXIMIZED, "maximized"),
        (WindowFlags::FULLSCREEN, "fullscreen"),
        (WindowFlags::MINIMIZED, "minimized"),
        (WindowFlags::RESIZING, "resizing"),
        (WindowFlags::URGENT, "urgent"),
    ]
    .into_iter()
    .filter_map(|(flag, name)| flags.contains(flag).then_some(name))
    .collect()
}

fn flags(windows: &Windows, window: &MapWindow) -> WindowFlags {
    let mut flags = WindowFlags::empty();
    flags.set(WindowFlags::ACTIVATED, windows.focused == Some(window.id));
    flags.set(WindowFlags::MAXIMIZED, window.maximized.is_some());
    flags.set(WindowFlags::FULLSCREEN, window.fullscreen.is_some());
    flags.set(WindowFlags::MINIMIZED, window.minimized);
    flags.set(WindowFlags::RESIZING, window.resize.is_some());
    flags.set(WindowFlags::URGENT, window.urgent);
    flags
}

impl InfiniteMapHandler for State {
    fn infinite_map_state(&mut self) -> &mut InfiniteMapState {
        &mut self.extension.map
    }

    fn camera_move(&mut self, request: CameraMove) {
        self.queue_frame();
        if let Some(output) = self.extension.output_of(request.camera).map(str::to_owned) {
            let CameraMove { point, zoom, duration, .. } = request;
            self.move_camera(&output, Some(point.x), Some(point.y), zoom, duration);
        }
    }

    fn camera_cancel(&mut self, camera: CameraId) {
        self.queue_frame();
        let output = self.extension.output_of(camera).map(str::to_owned);
        if let Some(output) = output.and_then(|name| self.outputs.get_mut(&name)) {
            output.camera.cancel();
        }
    }

    fn camera_for_window(&mut self, window: WindowId) -> Option<CameraId> {
        let shown_on = self.windows.get(window.get())?.shown_on.first();
        let output = shown_on.or(self.outputs.first().map(|output| &output.name))?;
        self.extension.cameras.get(output).copied()
    }

    fn window_activate(&mut self, window: WindowId, _seat: Option<WlSeat>) {
        if self.windows.get(window.get()).is_some() {
            self.focus_window(Some(window.get()));
        }
    }

    fn window_close(&mut self, window: WindowId) {
        self.close(window.get());
    }

    fn window_move(&mut self, window: WindowId, to: WorldPoint) {
        self.move_window(window.get(), point(to));
    }

    fn window_resize(&mut self, window: WindowId, size: MapSize) {
        self.resize_window(window.get(), Size::new(size.width, size.height));
    }

    fn window_raise(&mut self, window: WindowId) {
        self.raise(window.get());
    }

    fn window_lower(&mut self, window: WindowId) {
        self.lower(window.get());
    }

    fn window_set_minimized(&mut self, window: WindowId, minimized: bool) {
        self.set_minimized(window.get(), minimized);
    }

    fn window_set_maximized(&mut self, window: WindowId, maximized: bool) {
        self.set_maximized(window.get(), maximized);
    }

    fn window_set_fullscreen(&mut self, window: WindowId, fullscreen: bool, camera: Option<CameraId>) {
        let output = camera.and_then(|camera| self.extension.output_of(camera)).map(str::to_owned);
        self.set_fullscreen(window.get(), fullscreen, output.as_deref());
    }

    fn window_center(&mut self, request: WindowCenter) {
        self.queue_frame();
        if let Some(output) = self.extension.output_of(request.camera).map(str::to_owned) {
            self.center_on(request.window.get(), &output, request.duration);
        }
    }

    fn tiles_commit(&mut self, changes: Vec<TileChange>) {
        self.tiles.changed(changes.iter().filter_map(|change| change.brick.as_deref()));
        self.queue_frame();
    }

    fn input_frame(&mut self, frame: InputFrame) {
        let touched = frame.events.iter().any(|event| {
            matches!(event, InputEvent::TouchDown { .. } | InputEvent::TouchMotion { .. } | InputEvent::TouchUp { .. })
        });
        for event in frame.events {
            self.inject(event);
        }
        if touched {
            self.touch_frame();
        }
    }

    fn input_closed(&mut self, closed: InputClosed) {
        self.release(&closed);
    }
}

infinite_map_server::delegate_infinite_map!(State);
