//! The privileged client: notes what each of its bindings is told, and what breaks a rule on the way.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use wayland_client::protocol::{wl_callback, wl_output, wl_registry, wl_seat};
use wayland_client::{event_created_child, Connection, Dispatch, Proxy, QueueHandle, WEnum};
use wayland_protocols::ext::foreign_toplevel_list::v1::client::{
    ext_foreign_toplevel_handle_v1, ext_foreign_toplevel_list_v1,
};

use crate::protocol::infinite_map_camera_v1::{self, InfiniteMapCameraV1};
use crate::protocol::infinite_map_input_v1::{self, InfiniteMapInputV1};
use crate::protocol::infinite_map_manager_v1::{self, InfiniteMapManagerV1};
use crate::protocol::infinite_map_tiles_v1::{self, InfiniteMapTilesV1};
use crate::protocol::infinite_map_window_v1::{self, InfiniteMapWindowV1};
use crate::world::{Binding, Camera, Commit, Note, Of, Point, Window, World, STEPS};

/// The interface that everything begins with.
pub(crate) const MANAGER: &str = "infinite_map_manager_v1";

/// Which binding an object belongs to, and which of its cameras or windows it is. Filled in when it is announced.
#[derive(Debug, Default)]
pub(crate) struct Child(OnceLock<(usize, usize)>);

/// What a tiles object was told since its creation, in order; removals have no brick.
pub(crate) type TileNews = Vec<((i32, i32), Option<String>, (u32, u32))>;

#[derive(Debug, Default)]
pub(crate) struct Map {
    /// Name, interface, version.
    pub(crate) globals: Vec<(u32, String, u32)>,
    pub(crate) synced: u32,
    pub(crate) bindings: Vec<Binding>,
    pub(crate) tiles: Vec<TileNews>,
    pub(crate) closed_inputs: u32,
    /// Names of outputs, by the number that the output was bound with.
    pub(crate) output_names: BTreeMap<u32, String>,
    pub(crate) identifiers: Vec<String>,
    /// Ids of windows that are closed, and that ever were.
    pub(crate) closed_ids: Vec<u32>,
    /// Rules that were broken in some commit: the check's name and what was seen.
    pub(crate) faults: Vec<(&'static str, String)>,
}

impl Map {
    pub(crate) fn global(&self, interface: &str) -> Option<(u32, u32)> {
        self.globals.iter().find(|global| global.1 == interface).map(|global| (global.0, global.2))
    }

    pub(crate) fn fault(&mut self, rule: &'static str, text: impl Into<String>) {
        const MAX_FAULTS: usize = 1000;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push((rule, text.into()));
        }
    }

    fn note(&mut self, binding: usize, note: Note, bytes: usize) -> Option<&mut Binding> {
        let finished = self.bindings.get(binding)?.finished;
        if finished {
            self.fault("end/finished-is-final", format!("{} after finished", note.1));
        }
        if self.bindings.get(binding)?.inert {
            self.fault("end/manager-destroyed-first", format!("{} after the manager was destroyed", note.1));
        }
        let binding = self.bindings.get_mut(binding)?;
        binding.notes.push(note);
        binding.stretch += bytes;
        binding.unacknowledged += bytes;
        Some(binding)
    }

    /// A point from its arguments; notes an offset outside of the cell.
    fn point(&mut self, binding: usize, what: &str, cell: (i32, i32), offset: (f64, f64)) -> Option<Point> {
        let Some(grid) = self.bindings.get(binding)?.pending.grid else {
            self.fault("bind/grid-size", format!("{what} before grid_size"));
            return None;
        };
        for offset in [offset.0, offset.1] {
            if offset < 0.0 || offset >= f64::from(grid) {
                let text = format!("{what} has the offset {offset} in a cell of {grid}");
                self.fault("commit/offsets-lie-in-their-cell", text);
            }
        }
        let steps =
            |cell: i32, offset: f64| i64::from(cell) * i64::from(grid) * STEPS + (offset * STEPS as f64).round() as i64;
        Some(Point::new(steps(cell.0, offset.0), steps(cell.1, offset.1)))
    }

    fn serial(&mut self, index: usize, serial: u32) {
        let Some(binding) = self.bindings.get_mut(index) else { return };
        let repeated = binding.serials.contains(&serial);
        binding.serials.push(serial);
        binding.longest_stretch = binding.longest_stretch.max(binding.stretch);
        binding.stretch = 0;
        if binding.acking {
            binding.manager.ack(serial);
            binding.unacknowledged = 0;
        }
        if repeated {
            self.fault("commit/serials-are-new", format!("serial {serial} was sent twice"));
        }
    }

    /// Everything since the previous done becomes current.
    fn commit(&mut self, index: usize) {
        let Some(binding) = self.bindings.get_mut(index) else { return };
        let targets = binding.pending.cameras.iter().map(|camera| (camera.target, camera.target_zoom, camera.cause));
        let targets = targets.collect();
        binding.commits.push(Commit { notes: std::mem::take(&mut binding.notes), targets });
        binding.world = binding.pending.clone();
        if binding.tidy {
            destroy_closed(&binding.world);
        }
        let faults = binding.world.faults();
        for (rule, text) in faults {
            self.fault(rule, text);
        }
    }
}

/// A client should destroy what was closed.
fn destroy_closed(world: &World) {
    for camera in world.cameras.iter().filter(|camera| camera.closed && camera.object.is_alive()) {
        camera.object.destroy();
    }
    for window in world.windows.iter().filter(|window| window.closed && window.object.is_alive()) {
        window.object.destroy();
    }
}

impl Dispatch<wl_registry::WlRegistry, ()> for Map {
    fn event(
        map: &mut Self,
        _: &wl_registry::WlRegistry,
        event: wl_registry::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        match event {
            wl_registry::Event::Global { name, interface, version } => map.globals.push((name, interface, version)),
            wl_registry::Event::GlobalRemove { name } => map.globals.retain(|global| global.0 != name),
            _ => {}
        }
    }
}

impl Dispatch<wl_callback::WlCallback, ()> for Map {
    fn event(
        map: &mut Self,
        _: &wl_callback::WlCallback,
        _: wl_callback::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        map.synced += 1;
    }
}

impl Dispatch<InfiniteMapManagerV1, usize> for Map {
    fn event(
        map: &mut Self,
        _: &InfiniteMapManagerV1,
        event: infinite_map_manager_v1::Event,
        &index: &usize,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_manager_v1::Event;
        match event {
            Event::Capabilities { capabilities } => {
                let bits = match capabilities {
                    WEnum::Value(set) => set.bits(),
                    WEnum::Unknown(bits) => bits,
                };
                if let Some(binding) = map.note(index, (Of::Manager, "capabilities"), 12) {
                    binding.pending.capabilities = Some(bits);
                }
            }
            Event::GridSize { size } => {
                let Some(binding) = map.note(index, (Of::Manager, "grid_size"), 12) else { return };
                let before = binding.pending.grid.replace(size);
                if before.is_some() {
                    map.fault("bind/grid-size", "grid_size was sent twice");
                }
                if !(1..=1_000_000).contains(&size) {
                    map.fault("bind/grid-size", format!("grid_size is {size}"));
                }
            }
            Event::Camera { camera, name } => {
                let bytes = 16 + name.len();
                let Some(binding) = map.note(index, (Of::Manager, "camera"), bytes) else { return };
                let child = camera.data::<Child>().map(|child| child.0.set((index, binding.pending.cameras.len())));
                debug_assert!(child.is_some());
                binding.pending.cameras.push(Camera::new(camera, name));
            }
            Event::Window { window, id } => {
                if id == 0 {
                    map.fault("window/ids-are-never-reused", "a window has the id 0");
                }
                let Some(binding) = map.note(index, (Of::Manager, "window"), 16) else { return };
                let closed = binding.closed_before.contains(&id);
                let twice = binding.pending.windows.iter().any(|window| window.id == id);
                let child = window.data::<Child>().map(|child| child.0.set((index, binding.pending.windows.len())));
                debug_assert!(child.is_some());
                binding.pending.windows.push(Window::new(window, id));
                if twice || closed {
                    map.fault("window/ids-are-never-reused", format!("the id {id} names a second window"));
                }
            }
            Event::Checkpoint { serial } => {
                map.note(index, (Of::Manager, "checkpoint"), 12);
                map.serial(index, serial);
            }
            Event::Done { serial } => {
                map.note(index, (Of::Manager, "done"), 12);
                if let Some(binding) = map.bindings.get_mut(index) {
                    binding.notes.pop();
                }
                map.commit(index);
                map.serial(index, serial);
            }
            Event::Finished => {
                if let Some(binding) = map.note(index, (Of::Manager, "finished"), 8) {
                    binding.finished = true;
                }
            }
        }
    }

    event_created_child!(Map, InfiniteMapManagerV1, [
        infinite_map_manager_v1::EVT_CAMERA_OPCODE => (InfiniteMapCameraV1, Child::default()),
        infinite_map_manager_v1::EVT_WINDOW_OPCODE => (InfiniteMapWindowV1, Child::default()),
    ]);
}

fn camera_event(event: &infinite_map_camera_v1::Event) -> (&'static str, usize) {
    use infinite_map_camera_v1::Event;
    match event {
        Event::Output { .. } => ("output", 12),
        Event::Position { .. } => ("position", 24),
        Event::Zoom { .. } => ("zoom", 12),
        Event::TargetPosition { .. } => ("target_position", 24),
        Event::TargetZoom { .. } => ("target_zoom", 12),
        Event::Viewport { .. } => ("viewport", 16),
        Event::ZoomLimits { .. } => ("zoom_limits", 16),
        Event::Locked { .. } => ("locked", 12),
        Event::Cause { .. } => ("cause", 12),
        Event::Closed => ("closed", 8),
    }
}

impl Dispatch<InfiniteMapCameraV1, Child> for Map {
    fn event(
        map: &mut Self,
        _: &InfiniteMapCameraV1,
        event: infinite_map_camera_v1::Event,
        child: &Child,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_camera_v1::Event;
        let Some(&(index, number)) = child.0.get() else { return };
        let (name, bytes) = camera_event(&event);
        let point = match event {
            Event::Position { cell_x, cell_y, offset_x, offset_y }
            | Event::TargetPosition { cell_x, cell_y, offset_x, offset_y } => {
                map.point(index, name, (cell_x, cell_y), (offset_x, offset_y))
            }
            _ => None,
        };
        let Some(binding) = map.note(index, (Of::Camera(number), name), bytes) else { return };
        let Some(camera) = binding.pending.cameras.get_mut(number) else { return };
        let was_closed = camera.closed;
        match event {
            Event::Output { output } => {
                camera.outputs.push(output.data::<u32>().copied().unwrap_or_default());
            }
            Event::Position { .. } => camera.live = point,
            Event::TargetPosition { .. } => camera.target = point,
            Event::Zoom { zoom } => camera.zoom = Some(zoom),
            Event::TargetZoom { zoom } => camera.target_zoom = Some(zoom),
            Event::Viewport { width, height } => camera.viewport = Some((width, height)),
            Event::ZoomLimits { minimum, maximum } => camera.limits = Some((minimum, maximum)),
            Event::Locked { locked } => camera.locked = locked != 0,
            Event::Cause { serial } => camera.cause = serial,
            Event::Closed => camera.closed = true,
        }
        if was_closed {
            map.fault("commit/closed-objects-are-silent", format!("a camera sent {name} after closed"));
        }
    }
}

fn window_event(event: &infinite_map_window_v1::Event) -> (&'static str, usize) {
    use infinite_map_window_v1::Event;
    match event {
        Event::Identifier { identifier } => ("identifier", 12 + identifier.len()),
        Event::AppId { app_id } => ("app_id", 12 + app_id.len()),
        Event::Title { title } => ("title", 12 + title.len()),
        Event::Pid { .. } => ("pid", 12),
        Event::Position { .. } => ("position", 24),
        Event::ScreenPosition { .. } => ("screen_position", 20),
        Event::Size { .. } => ("size", 16),
        Event::Space { .. } => ("space", 12),
        Event::Stacking { .. } => ("stacking", 12),
        Event::Parent { .. } => ("parent", 12),
        Event::State { .. } => ("state", 12),
        Event::Closed => ("closed", 8),
    }
}

impl Dispatch<InfiniteMapWindowV1, Child> for Map {
    fn event(
        map: &mut Self,
        _: &InfiniteMapWindowV1,
        event: infinite_map_window_v1::Event,
        child: &Child,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_window_v1::Event;
        let Some(&(index, number)) = child.0.get() else { return };
        let (name, bytes) = window_event(&event);
        let point = match event {
            Event::Position { cell_x, cell_y, offset_x, offset_y } => {
                map.point(index, "a window's position", (cell_x, cell_y), (offset_x, offset_y))
            }
            _ => None,
        };
        let Some(binding) = map.note(index, (Of::Window(number), name), bytes) else { return };
        let parent = match &event {
            Event::Parent { parent: Some(parent) } => {
                let child = parent.data::<Child>().and_then(|child| child.0.get().copied());
                child.and_then(|(_, number)| binding.pending.windows.get(number)).map(|window| window.id)
            }
            _ => None,
        };
        let Some(window) = binding.pending.windows.get_mut(number) else { return };
        let was_closed = window.closed;
        match event {
            Event::Identifier { identifier } => window.identifier = Some(identifier),
            Event::AppId { app_id } => window.app_id = app_id,
            Event::Title { title } => window.title = title,
            Event::Pid { pid } => window.pid = pid,
            Event::Position { .. } => window.position = point,
            Event::ScreenPosition { .. } => window.screen_position = true,
            Event::Size { width, height } => window.size = Some((width, height)),
            Event::Space { space } => window.space = space.into(),
            Event::Stacking { index } => window.stacking = Some(index),
            Event::Parent { .. } => window.parent = parent,
            Event::State { state } => {
                window.state = match state {
                    WEnum::Value(set) => set.bits(),
                    WEnum::Unknown(bits) => bits,
                }
            }
            Event::Closed => window.closed = true,
        }
        let id = window.id;
        if was_closed {
            map.fault("commit/closed-objects-are-silent", format!("window {id} sent {name} after closed"));
        }
        if name == "closed" && !map.closed_ids.contains(&id) {
            map.closed_ids.push(id);
        }
    }
}

impl Dispatch<InfiniteMapTilesV1, (usize, usize)> for Map {
    fn event(
        map: &mut Self,
        _: &InfiniteMapTilesV1,
        event: infinite_map_tiles_v1::Event,
        &(index, number): &(usize, usize),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_tiles_v1::Event;
        let (name, bytes, news) = match event {
            Event::Tile { cell_x, cell_y, brick, seconds, microseconds } => {
                ("tile", 28 + brick.len(), ((cell_x, cell_y), Some(brick), (seconds, microseconds)))
            }
            Event::Removed { cell_x, cell_y, seconds, microseconds } => {
                ("removed", 24, ((cell_x, cell_y), None, (seconds, microseconds)))
            }
        };
        map.note(index, (Of::Tiles(number), name), bytes);
        if let Some(tiles) = map.tiles.get_mut(number) {
            tiles.push(news);
        }
    }
}

impl Dispatch<InfiniteMapInputV1, ()> for Map {
    fn event(
        map: &mut Self,
        _: &InfiniteMapInputV1,
        _: infinite_map_input_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        map.closed_inputs += 1;
    }
}

impl Dispatch<wl_output::WlOutput, u32> for Map {
    fn event(
        map: &mut Self,
        _: &wl_output::WlOutput,
        event: wl_output::Event,
        number: &u32,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let wl_output::Event::Name { name } = event {
            map.output_names.insert(*number, name);
        }
    }
}

impl Dispatch<ext_foreign_toplevel_list_v1::ExtForeignToplevelListV1, ()> for Map {
    fn event(
        _: &mut Self,
        _: &ext_foreign_toplevel_list_v1::ExtForeignToplevelListV1,
        _: ext_foreign_toplevel_list_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }

    event_created_child!(Map, ext_foreign_toplevel_list_v1::ExtForeignToplevelListV1, [
        ext_foreign_toplevel_list_v1::EVT_TOPLEVEL_OPCODE => (ext_foreign_toplevel_handle_v1::ExtForeignToplevelHandleV1, ()),
    ]);
}

impl Dispatch<ext_foreign_toplevel_handle_v1::ExtForeignToplevelHandleV1, ()> for Map {
    fn event(
        map: &mut Self,
        _: &ext_foreign_toplevel_handle_v1::ExtForeignToplevelHandleV1,
        event: ext_foreign_toplevel_handle_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let ext_foreign_toplevel_handle_v1::Event::Identifier { identifier } = event {
            map.identifiers.push(identifier);
        }
    }
}

wayland_client::delegate_noop!(Map: ignore wl_seat::WlSeat);
