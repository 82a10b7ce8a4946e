//! The values in which a compositor describes its map.

use std::num::NonZeroU32;
use std::sync::Arc;

use bitflags::bitflags;

use crate::coordinates::{Cell, WorldPoint};

/// A camera that the compositor added with [`InfiniteMapState::add_camera`](crate::InfiniteMapState::add_camera).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CameraId(pub(crate) u32);

/// A window, by the number that clients see. Never used twice in the life of an
/// [`InfiniteMapState`](crate::InfiniteMapState).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WindowId(pub(crate) NonZeroU32);

impl WindowId {
    /// The number on the wire.
    pub fn get(self) -> u32 {
        self.0.get()
    }

    /// The window with this number, if there can be one. Whether it exists is
    /// [`InfiniteMapState::has_window`](crate::InfiniteMapState::has_window).
    pub fn from_number(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }
}

impl std::fmt::Display for WindowId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A width and a height.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Size {
    /// The width.
    pub width: f64,
    /// The height.
    pub height: f64,
}

impl Size {
    /// `width` by `height`.
    pub const fn new(width: f64, height: f64) -> Self {
        Self { width, height }
    }
}

/// What a camera looks at: the world point at the viewport's centre, and output pixels per world unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// The world point at the viewport's centre.
    pub center: WorldPoint,
    /// Output pixels per world unit.
    pub zoom: f64,
}

impl View {
    /// A view of `center` at `zoom`.
    pub const fn new(center: WorldPoint, zoom: f64) -> Self {
        Self { center, zoom }
    }
}

impl Default for View {
    fn default() -> Self {
        Self::new(WorldPoint::new(0.0, 0.0), 1.0)
    }
}

/// Everything about a camera but its name, which never changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraState {
    /// What the output shows now.
    pub live: View,
    /// What it will show when it has come to rest; equal to `live` while nothing moves.
    pub target: View,
    /// Width and height of the viewport in output pixels.
    pub viewport: (u32, u32),
    /// The least and the greatest zoom.
    pub zoom_limits: (f64, f64),
    /// Whether requests cannot move it.
    pub locked: bool,
}

/// What a window's place relates to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Space {
    /// Lies on the map as an ordinary window.
    #[default]
    Map,
    /// Lies on the map as part of its furniture.
    Widget,
    /// Is fixed to a viewport and does not move with the map.
    Screen {
        /// The camera whose viewport it is.
        camera: CameraId,
        /// The frame's left edge in output pixels from the viewport's.
        x: f64,
        /// The frame's top edge in output pixels from the viewport's.
        y: f64,
    },
}

bitflags! {
    /// State of a window.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct WindowFlags: u32 {
        /// Has the keyboard focus of a seat, or would have it.
        const ACTIVATED = 1;
        /// Is maximized.
        const MAXIMIZED = 2;
        /// Covers an output.
        const FULLSCREEN = 4;
        /// Is not shown.
        const MINIMIZED = 8;
        /// Is being resized interactively.
        const RESIZING = 16;
        /// Asks for the user's attention.
        const URGENT = 32;
    }

    /// What a client may ask for.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Capabilities: u32 {
        /// Move cameras.
        const CAMERA_CONTROL = 1;
        /// Activate, close, move, resize, stack, minimize, maximize windows and make them fullscreen.
        const WINDOW_CONTROL = 2;
        /// Follow and edit the layer of bricks.
        const TILES = 4;
        /// Inject input into a seat.
        const INPUT = 8;
    }
}

/// Everything about a window but its id.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WindowState {
    /// The identifier in ext-foreign-toplevel-list-v1, if the compositor has that protocol. It never changes.
    pub identifier: Option<String>,
    /// The application's id, cut to 1024 bytes for clients.
    pub app_id: String,
    /// The title, cut to 1024 bytes for clients.
    pub title: String,
    /// The process that connected to the compositor, 0 if not known.
    pub pid: u32,
    /// Top-left corner of the frame on the map. In [`Space::Screen`]: the place that it will return to.
    pub position: WorldPoint,
    /// The frame's size in world units, or in output pixels in [`Space::Screen`].
    pub size: Size,
    /// What the place relates to.
    pub space: Space,
    /// A window with a greater number is above one with a smaller number. No two windows may have the same.
    pub stacking: i32,
    /// The window that this one belongs to.
    pub parent: Option<WindowId>,
    /// State of the window.
    pub flags: WindowFlags,
}

/// When a tile was put or removed: seconds and microseconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TileTime {
    /// Whole seconds.
    pub seconds: u32,
    /// Microseconds, less than 1 000 000.
    pub microseconds: u32,
}

impl TileTime {
    /// Now, by the system's clock.
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self { seconds: u32::try_from(since.as_secs()).unwrap_or(u32::MAX), microseconds: since.subsec_micros() }
    }
}

/// A cell of the map, and what lies on it since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileChange {
    /// The cell.
    pub cell: Cell,
    /// The brick's file name, or `None` if it was removed.
    pub brick: Option<Arc<str>>,
    /// When.
    pub time: TileTime,
}
