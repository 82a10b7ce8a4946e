//! The map as a client knows it, comparable with what the compositor described.

use std::collections::BTreeMap;

use infinite_map_server::coordinates::WirePoint;
use infinite_map_server::{CameraState, Space, WindowId, WindowState, WorldPoint};

pub const GRID: u32 = 100;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct CameraMirror {
    pub position: (f64, f64),
    pub zoom: u32,
    pub target_position: (f64, f64),
    pub target_zoom: u32,
    pub viewport: (u32, u32),
    pub zoom_limits: (u32, u32),
    pub locked: u32,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowMirror {
    pub identifier: Option<String>,
    pub app_id: String,
    pub title: String,
    pub pid: u32,
    pub position: (f64, f64),
    pub size: (f64, f64),
    pub space: u32,
    /// The camera's name, x, y.
    pub screen: Option<(Option<String>, f64, f64)>,
    pub stacking: i32,
    pub parent: Option<u32>,
    pub state: u32,
}

/// One state of the whole map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mirror {
    pub cameras: BTreeMap<String, CameraMirror>,
    pub windows: BTreeMap<u32, WindowMirror>,
    /// Brick, seconds, microseconds.
    pub tiles: BTreeMap<(i32, i32), (String, u32, u32)>,
}

fn rounded(point: WorldPoint) -> (f64, f64) {
    let point = WirePoint::from_world(point, GRID).to_world(GRID);
    (point.x, point.y)
}

fn millionths(zoom: f64) -> u32 {
    (zoom * 1e6).round() as u32
}

impl From<&CameraState> for CameraMirror {
    fn from(state: &CameraState) -> Self {
        Self {
            position: rounded(state.live.center),
            zoom: millionths(state.live.zoom),
            target_position: rounded(state.target.center),
            target_zoom: millionths(state.target.zoom),
            viewport: state.viewport,
            zoom_limits: (millionths(state.zoom_limits.0), millionths(state.zoom_limits.1)),
            locked: state.locked.into(),
        }
    }
}

impl WindowMirror {
    /// What a client must know of a window that was described like this.
    pub fn of(state: &WindowState, exists: impl Fn(WindowId) -> bool, camera_name: Option<String>) -> Self {
        let (space, screen) = match state.space {
            Space::Map => (0, None),
            Space::Screen { x, y, .. } => (1, Some((camera_name, x, y))),
            Space::Widget => (2, None),
        };
        Self {
            identifier: state.identifier.clone(),
            app_id: state.app_id.clone(),
            title: state.title.clone(),
            pid: state.pid,
            position: rounded(state.position),
            size: (state.size.width, state.size.height),
            space,
            screen,
            stacking: state.stacking,
            parent: state.parent.filter(|parent| exists(*parent)).map(WindowId::get),
            state: state.flags.bits(),
        }
    }
}
