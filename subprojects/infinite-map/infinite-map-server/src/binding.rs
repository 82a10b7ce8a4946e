//! What one binding of the manager was told, and how it is brought up to date.
//!
//! A commit works towards a goal, which is a snapshot of the whole map. When the client is slow, a commit takes several
//! acknowledgements; the goal stays the same meanwhile, so that the `done` at its end is true to a state that the map
//! really had, and is reached however fast the map changes. Whatever happened in between is skipped: the next goal is
//! the newest snapshot. Only a request of this client moves the goal of a commit that is under way, because the first
//! `done` after a request must reflect it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use wayland_server::protocol::wl_output::WlOutput;
use wayland_server::Weak;

use crate::model::{CameraId, Capabilities, WindowId};
use crate::protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use crate::protocol::infinite_map_manager_v1::Event;
use crate::protocol::infinite_map_window_v1::InfiniteMapWindowV1;
use crate::tile_feed::TileFeed;
use crate::wire::Wire;
use crate::world::{BindingId, WireCamera, WireWindow, World};

/// A client that does not destroy what was closed is let go at this many objects.
const MAX_CLOSED_OBJECTS: usize = 16 * 1024;

/// The outputs that clients bound, by camera.
pub(crate) type Outputs = HashMap<CameraId, Vec<Weak<WlOutput>>>;

#[derive(Debug)]
pub(crate) struct SentCamera {
    /// `None` once the client has destroyed it.
    pub(crate) object: Option<InfiniteMapCameraV1>,
    pub(crate) camera: Arc<WireCamera>,
    /// The serial in the last cause event.
    pub(crate) cause: u32,
    pub(crate) outputs: Vec<Weak<WlOutput>>,
}

#[derive(Debug)]
pub(crate) struct SentWindow {
    /// `None` once the client has destroyed it.
    pub(crate) object: Option<InfiniteMapWindowV1>,
    pub(crate) window: Arc<WireWindow>,
    pub(crate) parent: Option<WindowId>,
}

#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) id: BindingId,
    pub(crate) capabilities: Capabilities,
    pub(crate) wire: Wire,
    pub(crate) cameras: BTreeMap<CameraId, SentCamera>,
    pub(crate) windows: BTreeMap<WindowId, SentWindow>,
    pub(crate) tiles: Vec<TileFeed>,
    /// Cameras whose target has to be sent in the next commit, changed or not, since the client asked for a move.
    pub(crate) answers: BTreeSet<CameraId>,
    sent_capabilities: Option<Capabilities>,
    /// Revisions that were sent completely.
    pub(crate) cameras_revision: Option<u64>,
    pub(crate) windows_revision: Option<u64>,
    revision: Option<u64>,
    goal: Option<World>,
    /// Something beside the map has to be sent.
    pub(crate) wants_pass: bool,
    /// The next pass ends in a done even if it sends nothing.
    pub(crate) wants_done: bool,
    /// A request was handled and the compositor has not refreshed since: no done before it has.
    pub(crate) awaits_refresh: bool,
    finished: bool,
    /// Closed objects that the client has not destroyed.
    pub(crate) closed_objects: usize,
}

impl Binding {
    pub(crate) fn new(id: BindingId, capabilities: Capabilities, wire: Wire) -> Self {
        Self {
            id,
            capabilities,
            wire,
            cameras: BTreeMap::new(),
            windows: BTreeMap::new(),
            tiles: Vec::new(),
            answers: BTreeSet::new(),
            sent_capabilities: None,
            cameras_revision: None,
            windows_revision: None,
            revision: None,
            goal: None,
            wants_pass: true,
            wants_done: true,
            awaits_refresh: false,
            finished: false,
            closed_objects: 0,
        }
    }

    /// The compositor has published a state that reflects every request handled so far.
    pub(crate) fn refresh(&mut self, published: &World, outputs: &Outputs, grid_size: u32) {
        if std::mem::take(&mut self.awaits_refresh) && self.goal.is_some() {
            self.goal = Some(published.clone());
        }
        self.pump(published, outputs, grid_size);
    }

    /// Sends as much as there is room for.
    pub(crate) fn pump(&mut self, published: &World, outputs: &Outputs, grid_size: u32) {
        while !self.finished && !self.awaits_refresh {
            if !self.wire.uncommitted {
                self.goal = None;
            }
            let goal = match self.goal.take() {
                Some(goal) => goal,
                None if self.wants_pass || self.revision != Some(published.revision) => published.clone(),
                None => return,
            };
            if !self.emit(&goal, outputs, grid_size) {
                self.goal = Some(goal);
                return;
            }
            self.revision = Some(goal.revision);
            self.wants_pass = false;
            if std::mem::take(&mut self.wants_done) || self.wire.uncommitted {
                self.wire.done();
            }
            if self.closed_objects > MAX_CLOSED_OBJECTS {
                tracing::warn!("a client of infinite_map_manager_v1 does not destroy closed objects, finished it");
                self.finish();
            }
        }
    }

    /// Sends what the goal has and the client does not; false if there is no room for all of it.
    fn emit(&mut self, goal: &World, outputs: &Outputs, grid_size: u32) -> bool {
        self.emit_capabilities(grid_size)
            && self.emit_closed(goal)
            && self.emit_cameras(goal, outputs)
            && self.emit_windows(goal)
            && self.emit_tiles(goal)
    }

    fn emit_tiles(&mut self, goal: &World) -> bool {
        !self.capabilities.contains(Capabilities::TILES)
            || self.tiles.iter_mut().all(|feed| feed.emit(&mut self.wire, &goal.tiles))
    }

    fn emit_capabilities(&mut self, grid_size: u32) -> bool {
        if self.sent_capabilities == Some(self.capabilities) {
            return true;
        }
        if !self.wire.has_room() {
            return false;
        }
        let first = self.sent_capabilities.replace(self.capabilities).is_none();
        let manager = self.wire.manager.clone();
        let capabilities = self.capabilities.bits().into();
        self.wire.send(&manager, Event::Capabilities { capabilities });
        if first {
            self.wire.send(&manager, Event::GridSize { size: grid_size });
        }
        true
    }

    /// The client wants no more events, or gets none.
    pub(crate) fn finish(&mut self) {
        if !std::mem::replace(&mut self.finished, true) {
            self.wire.manager.finished();
            self.goal = None;
            self.cameras.clear();
            self.windows.clear();
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.finished
    }

    /// A request that may change the map was handled.
    pub(crate) fn asked(&mut self) {
        self.awaits_refresh = true;
        self.wants_pass = true;
    }

    /// The client has destroyed a camera object.
    pub(crate) fn camera_destroyed(&mut self, camera: CameraId, object: &InfiniteMapCameraV1) {
        match self.cameras.get_mut(&camera) {
            Some(sent) if sent.object.as_ref() == Some(object) => sent.object = None,
            _ => self.closed_objects = self.closed_objects.saturating_sub(1),
        }
    }

    /// The client has destroyed a window object.
    pub(crate) fn window_destroyed(&mut self, window: WindowId, object: &InfiniteMapWindowV1) {
        match self.windows.get_mut(&window) {
            Some(sent) if sent.object.as_ref() == Some(object) => sent.object = None,
            _ => self.closed_objects = self.closed_objects.saturating_sub(1),
        }
    }
}
