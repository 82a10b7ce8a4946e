//! The state of the extension in a compositor.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;
use std::sync::Arc;

use wayland_server::backend::{ClientId, GlobalId, ObjectId};
use wayland_server::protocol::wl_output::WlOutput;
use wayland_server::protocol::wl_seat::WlSeat;
use wayland_server::{Client, DisplayHandle, Resource};

use crate::binding::{Binding, Outputs};
use crate::coordinates::{Cell, GRID_SIZES};
use crate::dispatch::{InfiniteMapDispatch, InfiniteMapGlobalData};
use crate::handler::InputClosed;
use crate::input::InputDevice;
use crate::model::{CameraId, CameraState, Capabilities, TileChange, TileTime, WindowId, WindowState};
use crate::protocol::infinite_map_manager_v1::InfiniteMapManagerV1;
use crate::text::{cut, MAX_TEXT};
use crate::tiles::Outcome;
use crate::wire::Factory;
use crate::world::{BindingId, Cause, WireCamera, WireWindow, World};

const VERSION: u32 = 1;

/// The extension's global and all that its clients are told.
///
/// A compositor describes its map here whenever something changes, as plain values and as often as it likes, and calls
/// [`refresh`](Self::refresh) once per turn of its event loop. Clients are sent the difference between then and the
/// last time, if there is one.
#[derive(Debug)]
pub struct InfiniteMapState {
    pub(crate) display: DisplayHandle,
    pub(crate) factory: Factory,
    global: GlobalId,
    pub(crate) grid_size: u32,
    /// What the compositor described.
    pub(crate) current: World,
    /// What it had described at the last refresh. Only this is sent: between two refreshes `current` may be half done.
    pub(crate) published: World,
    pub(crate) outputs: Outputs,
    /// Requests to move a camera whose outcome the compositor has not told yet.
    pub(crate) pending_causes: HashMap<CameraId, Cause>,
    pub(crate) bindings: BTreeMap<BindingId, Binding>,
    pub(crate) inputs: HashMap<ObjectId, InputDevice>,
    last_binding: u64,
    last_camera: u32,
    last_window: u32,
}

impl InfiniteMapState {
    /// Creates the global.
    ///
    /// `grid_size` is the edge of a map's cell in world units, usually 100. The filter says for each client whether it
    /// sees the global at all and what it may do; `None` hides it. The extension shows the titles of all windows and
    /// lets clients type into them: never answer `Some` for an arbitrary client.
    /// [`CompanionMark`](crate::CompanionMark) recognises the one that the compositor started itself.
    pub fn new<D: InfiniteMapDispatch>(
        display: &DisplayHandle,
        grid_size: u32,
        filter: impl Fn(&Client) -> Option<Capabilities> + Send + Sync + 'static,
    ) -> Self {
        let data = InfiniteMapGlobalData::new(filter);
        let global = display.create_global::<D, InfiniteMapManagerV1, _>(VERSION, data);
        Self {
            display: display.clone(),
            factory: crate::dispatch::factory::<D>(),
            global,
            grid_size: grid_size.clamp(*GRID_SIZES.start(), *GRID_SIZES.end()),
            current: World::default(),
            published: World::default(),
            outputs: Outputs::default(),
            pending_causes: HashMap::new(),
            bindings: BTreeMap::new(),
            inputs: HashMap::new(),
            last_binding: 0,
            last_camera: 0,
            last_window: 0,
        }
    }

    /// The global.
    pub fn global(&self) -> GlobalId {
        self.global.clone()
    }

    /// World units per cell.
    pub fn grid_size(&self) -> u32 {
        self.grid_size
    }

    /// A new output shows the map through a camera. The name is that of the output, as in `wl_output.name`. A camera
    /// that has the name already is removed.
    pub fn add_camera(&mut self, name: &str, state: CameraState) -> CameraId {
        let name: Arc<str> = cut(name, MAX_TEXT).into();
        let same = self.current.cameras.iter().find(|(_, camera)| camera.name == name).map(|(id, _)| *id);
        if let Some(same) = same {
            self.remove_camera(same);
        }
        self.last_camera += 1;
        let id = CameraId(self.last_camera);
        self.current.put_camera(id, WireCamera::new(name, &state, self.grid_size));
        id
    }

    /// Describes a camera anew; false if there is no such camera.
    ///
    /// The first description after [`camera_move`](crate::InfiniteMapHandler::camera_move) or
    /// [`camera_cancel`](crate::InfiniteMapHandler::camera_cancel) with another target is taken for the outcome of that
    /// request, every other one for a movement that the client did not ask for.
    pub fn set_camera(&mut self, id: CameraId, state: CameraState) -> bool {
        let Some(old) = self.current.cameras.get(&id) else { return false };
        let mut camera = WireCamera::new(Arc::clone(&old.name), &state, self.grid_size);
        camera.cause = if camera.target == old.target { old.cause } else { self.pending_causes.remove(&id) };
        if camera != **old {
            self.current.put_camera(id, camera);
        }
        true
    }

    /// The output is gone, and its camera with it; false if there is no such camera.
    pub fn remove_camera(&mut self, id: CameraId) -> bool {
        self.outputs.remove(&id);
        self.pending_causes.remove(&id);
        self.current.remove_camera(id)
    }

    /// The cameras that exist and the names of their outputs, the oldest first.
    pub fn cameras(&self) -> impl Iterator<Item = (CameraId, &str)> {
        self.current.cameras.iter().map(|(id, camera)| (*id, &*camera.name))
    }

    /// A client bound a `wl_output` of the output that this camera belongs to. To be called for every client, when its
    /// object is created: this client may bind the extension later.
    pub fn output_bound(&mut self, camera: CameraId, output: &WlOutput) {
        if self.current.cameras.contains_key(&camera) {
            let outputs = self.outputs.entry(camera).or_default();
            outputs.retain(|output| output.is_alive());
            outputs.push(output.downgrade());
            self.current.touch_cameras();
        }
    }

    /// A toplevel window was mapped. Its number is never used again.
    pub fn add_window(&mut self, state: WindowState) -> WindowId {
        self.last_window = self.last_window.checked_add(1).expect("four billion windows in one session");
        let id = WindowId(NonZeroU32::new(self.last_window).expect("counting starts at 1"));
        self.current.put_window(id, WireWindow::new(&state, self.grid_size));
        id
    }

    /// Describes a window anew; false if there is no such window.
    pub fn set_window(&mut self, id: WindowId, state: &WindowState) -> bool {
        let Some(old) = self.current.windows.get(&id) else { return false };
        let window = WireWindow::new(state, self.grid_size);
        if window != **old {
            self.current.put_window(id, window);
        }
        true
    }

    /// A window was unmapped; false if there is no such window.
    pub fn remove_window(&mut self, id: WindowId) -> bool {
        self.current.remove_window(id)
    }

    /// Whether this window exists.
    pub fn has_window(&self, id: WindowId) -> bool {
        self.current.windows.contains_key(&id)
    }

    /// Puts a brick on a cell. False if it was there already, if what the cell has is newer, or if the name is not a
    /// plain file name of 1 to 255 bytes.
    pub fn put_tile(&mut self, cell: Cell, brick: &str, time: TileTime) -> bool {
        self.change_tile(&TileChange { cell, brick: Some(brick.into()), time }, None) == Outcome::Applied
    }

    /// Removes the brick of a cell. False if what the cell has is newer.
    pub fn remove_tile(&mut self, cell: Cell, time: TileTime) -> bool {
        self.change_tile(&TileChange { cell, brick: None, time }, None) == Outcome::Applied
    }

    /// The brick on a cell, and since when it is there.
    pub fn tile(&self, cell: Cell) -> Option<(&str, TileTime)> {
        self.current.tiles.get(cell).and_then(|tile| Some((tile.brick.as_deref()?, tile.time)))
    }

    /// All cells with a brick.
    pub fn tiles(&self) -> impl Iterator<Item = (Cell, &str, TileTime)> {
        self.current.tiles.iter().filter_map(|(cell, tile)| Some((cell, tile.brick.as_deref()?, tile.time)))
    }

    pub(crate) fn change_tile(&mut self, change: &TileChange, origin: Option<ClientId>) -> Outcome {
        let outcome = self.current.tiles.apply(change, origin);
        if outcome == Outcome::Applied {
            self.current.revision += 1;
        }
        outcome
    }

    /// Changes what a client may do. Returns what the compositor has to release if it may not inject input any more.
    #[must_use = "what was pressed through the closed objects stays pressed unless the compositor releases it"]
    pub fn set_capabilities(&mut self, client: &ClientId, capabilities: Capabilities) -> Vec<InputClosed> {
        for binding in self.bindings.values_mut().filter(|binding| binding.wire.client.id() == *client) {
            binding.wants_pass |= binding.capabilities != capabilities;
            binding.capabilities = capabilities;
        }
        if capabilities.contains(Capabilities::INPUT) {
            return Vec::new();
        }
        let theirs = |binding: &Binding| binding.wire.client.id() == *client;
        let theirs: Vec<_> = self.bindings.values().filter(|b| theirs(b)).map(|binding| binding.id).collect();
        self.close_devices(|device| theirs.contains(&device.binding))
    }

    /// Closes the input objects of some seats, for instance because the seat goes away. Returns what the compositor
    /// has to release.
    #[must_use = "what was pressed through the closed objects stays pressed unless the compositor releases it"]
    pub fn close_inputs(&mut self, mut which: impl FnMut(&WlSeat) -> bool) -> Vec<InputClosed> {
        self.close_devices(|device| which(&device.seat))
    }

    fn close_devices(&mut self, mut which: impl FnMut(&InputDevice) -> bool) -> Vec<InputClosed> {
        let devices: Vec<_> = self.inputs.extract_if(|_, device| which(device)).collect();
        devices
            .into_iter()
            .map(|(_, device)| {
                if self.bindings.get(&device.binding).is_some_and(|binding| !binding.is_finished()) {
                    device.object.closed();
                }
                device.close()
            })
            .collect()
    }

    /// Tells clients what changed since the last call, if anything did, and what was asked for.
    ///
    /// Call it once per frame, and once per turn of the event loop while nothing is drawn, after requests were
    /// dispatched and before clients are flushed. It costs next to nothing when there is nothing to tell.
    ///
    /// The first `done` after a request must reflect it. So what is described now is taken for the outcome of all
    /// requests so far: a compositor that carries out requests with its next frame calls this then and not before. Who
    /// has made a request is told nothing until this is called.
    pub fn refresh(&mut self) {
        // What the compositor left as it was is an answer as well.
        for (id, cause) in self.pending_causes.drain() {
            if let Some(camera) = self.current.cameras.get(&id).filter(|camera| camera.cause != Some(cause)) {
                let camera = WireCamera { cause: Some(cause), ..(**camera).clone() };
                self.current.put_camera(id, camera);
            }
        }
        if self.published.revision != self.current.revision {
            self.published = self.current.clone();
        }
        for binding in self.bindings.values_mut() {
            binding.refresh(&self.published, &self.outputs, self.grid_size);
        }
    }

    /// Withdraws the service from all clients and removes the global; for a compositor that turns the extension off.
    #[must_use = "what was pressed through the closed objects stays pressed unless the compositor releases it"]
    pub fn withdraw<D: InfiniteMapDispatch>(&mut self) -> Vec<InputClosed> {
        let closed = self.close_inputs(|_| true);
        for binding in self.bindings.values_mut() {
            binding.finish();
        }
        self.display.remove_global::<D>(self.global.clone());
        closed
    }

    /// Sends to one binding what there is room for.
    pub(crate) fn pump(&mut self, id: BindingId) {
        if let Some(binding) = self.bindings.get_mut(&id) {
            binding.pump(&self.published, &self.outputs, self.grid_size);
        }
    }

    pub(crate) fn next_binding(&mut self) -> BindingId {
        self.last_binding += 1;
        BindingId(self.last_binding)
    }
}
