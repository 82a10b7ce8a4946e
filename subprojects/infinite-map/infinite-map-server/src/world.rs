//! The map as a value: everything in the form in which it is sent, so that what cannot be told apart on the wire is
//! equal here, in persistent maps, so that a snapshot costs nothing however large the map is.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;

use crate::coordinates::{fixed, zoom_to_wire, WirePoint};
use crate::model::{CameraId, CameraState, Space, View, WindowFlags, WindowId, WindowState};
use crate::text::{cut, identifier, MAX_TEXT};
use crate::tiles::TileSet;

/// A binding of the manager, never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BindingId(pub(crate) u64);

/// Who set a camera's target: a request of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) binding: BindingId,
    pub(crate) serial: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireView {
    pub(crate) center: WirePoint,
    pub(crate) zoom: u32,
}

impl WireView {
    fn new(view: View, grid_size: u32) -> Self {
        Self { center: WirePoint::from_world(view.center, grid_size), zoom: zoom_to_wire(view.zoom) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WireCamera {
    pub(crate) name: Arc<str>,
    pub(crate) live: WireView,
    pub(crate) target: WireView,
    pub(crate) viewport: (u32, u32),
    pub(crate) zoom_limits: (u32, u32),
    pub(crate) locked: bool,
    pub(crate) cause: Option<Cause>,
}

impl WireCamera {
    pub(crate) fn new(name: Arc<str>, state: &CameraState, grid_size: u32) -> Self {
        let (a, b) = (zoom_to_wire(state.zoom_limits.0), zoom_to_wire(state.zoom_limits.1));
        Self {
            name,
            live: WireView::new(state.live, grid_size),
            target: WireView::new(state.target, grid_size),
            viewport: state.viewport,
            zoom_limits: (a.min(b), a.max(b)),
            locked: state.locked,
            cause: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum WireSpace {
    #[default]
    Map,
    Widget,
    Screen {
        camera: CameraId,
        x: i32,
        y: i32,
    },
}

/// The default is what a client assumes of a window before it is told anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct WireWindow {
    pub(crate) identifier: Option<Box<str>>,
    pub(crate) app_id: Box<str>,
    pub(crate) title: Box<str>,
    pub(crate) pid: u32,
    pub(crate) position: WirePoint,
    pub(crate) size: (i32, i32),
    pub(crate) space: WireSpace,
    pub(crate) stacking: i32,
    pub(crate) parent: Option<WindowId>,
    pub(crate) flags: WindowFlags,
}

impl WireWindow {
    pub(crate) fn new(state: &WindowState, grid_size: u32) -> Self {
        Self {
            identifier: state.identifier.as_deref().and_then(identifier),
            app_id: cut(&state.app_id, MAX_TEXT),
            title: cut(&state.title, MAX_TEXT),
            pid: state.pid,
            position: WirePoint::from_world(state.position, grid_size),
            size: (fixed(state.size.width), fixed(state.size.height)),
            space: match state.space {
                Space::Map => WireSpace::Map,
                Space::Widget => WireSpace::Widget,
                Space::Screen { camera, x, y } => WireSpace::Screen { camera, x: fixed(x), y: fixed(y) },
            },
            stacking: state.stacking,
            parent: state.parent,
            flags: state.flags,
        }
    }
}

/// One state of the whole map. Cloning it takes a snapshot.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    /// Counts every change of anything.
    pub(crate) revision: u64,
    /// The revision in which a camera changed last, and so on.
    pub(crate) cameras_revision: u64,
    pub(crate) windows_revision: u64,
    pub(crate) cameras: RedBlackTreeMapSync<CameraId, Arc<WireCamera>>,
    pub(crate) windows: RedBlackTreeMapSync<WindowId, Arc<WireWindow>>,
    pub(crate) tiles: TileSet,
}

impl World {
    pub(crate) fn put_camera(&mut self, id: CameraId, camera: WireCamera) {
        self.cameras.insert_mut(id, Arc::new(camera));
        self.touch_cameras();
    }

    pub(crate) fn remove_camera(&mut self, id: CameraId) -> bool {
        let removed = self.cameras.remove_mut(&id);
        if removed {
            self.touch_cameras();
        }
        removed
    }

    pub(crate) fn touch_cameras(&mut self) {
        self.revision += 1;
        self.cameras_revision = self.revision;
    }

    pub(crate) fn put_window(&mut self, id: WindowId, window: WireWindow) {
        self.windows.insert_mut(id, Arc::new(window));
        self.touch_windows();
    }

    pub(crate) fn remove_window(&mut self, id: WindowId) -> bool {
        let removed = self.windows.remove_mut(&id);
        if removed {
            self.touch_windows();
        }
        removed
    }

    fn touch_windows(&mut self) {
        self.revision += 1;
        self.windows_revision = self.revision;
    }
}
