//! What a compositor implements: the wishes of clients, already checked and converted.

use std::time::Duration;

use wayland_server::backend::ObjectId;
use wayland_server::protocol::wl_seat::WlSeat;

use crate::coordinates::WorldPoint;
use crate::model::{CameraId, Size, TileChange, WindowId};
use crate::InfiniteMapState;

/// A client's wish to move a camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CameraMove {
    /// The camera.
    pub camera: CameraId,
    /// The world point that shall be at the viewport's centre.
    pub point: WorldPoint,
    /// The zoom, or `None` to keep the target's.
    pub zoom: Option<f64>,
    /// How long to take; zero to jump. May be shortened.
    pub duration: Duration,
}

/// A client's wish to centre a camera on a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WindowCenter {
    /// The window.
    pub window: WindowId,
    /// The camera to move.
    pub camera: CameraId,
    /// How long to take; zero to jump. May be shortened.
    pub duration: Duration,
}

/// An object through which a client injects input.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InputId(pub(crate) ObjectId);

/// One thing that happened to a virtual device.
#[derive(Debug, Clone, PartialEq)]
pub enum InputEvent {
    /// The pointer moved to a point of the world.
    PointerMotion(WorldPoint),
    /// A button changed.
    PointerButton {
        /// The evdev code.
        button: u32,
        /// Whether it is pressed now.
        pressed: bool,
    },
    /// Something scrolled.
    PointerAxis {
        /// Whether it scrolled sideways.
        horizontal: bool,
        /// Distance in surface coordinates.
        value: f64,
        /// Clicks of a wheel in 120ths, or 0.
        value120: i32,
    },
    /// A key changed.
    Key {
        /// The evdev code.
        key: u32,
        /// Whether it is pressed now.
        pressed: bool,
    },
    /// A text was typed.
    Text(String),
    /// A touch point appeared.
    TouchDown {
        /// Unique among the object's touch points that are down.
        id: i32,
        /// Where.
        point: WorldPoint,
    },
    /// A touch point moved.
    TouchMotion {
        /// Which.
        id: i32,
        /// Where to.
        point: WorldPoint,
    },
    /// A touch point ended.
    TouchUp {
        /// Which.
        id: i32,
    },
    /// All touch points of the object are void.
    TouchCancel,
}

/// Input that happened at the same time. Only real changes are in it: no key is pressed twice.
#[derive(Debug, Clone)]
pub struct InputFrame {
    /// The object that it came through.
    pub input: InputId,
    /// The seat that it is for.
    pub seat: WlSeat,
    /// What happened, in order.
    pub events: Vec<InputEvent>,
}

/// An input object went away, and this was still pressed through it. The compositor releases the buttons and keys,
/// cancels the touch points and lets the pointer leave, as if a device had been unplugged.
#[derive(Debug, Clone)]
pub struct InputClosed {
    /// The object.
    pub input: InputId,
    /// The seat that it was for.
    pub seat: WlSeat,
    /// Buttons to release, in the order in which they were pressed.
    pub buttons: Vec<u32>,
    /// Keys to release, in the order in which they were pressed.
    pub keys: Vec<u32>,
    /// Touch points to cancel.
    pub touches: Vec<i32>,
    /// Whether the object ever moved the pointer.
    pub pointer: bool,
}

/// The compositor's side of the extension.
///
/// Every method is a wish that a client had the capability to make, about an object that exists. The compositor does
/// what it supports, tells the outcome to [`InfiniteMapState`], and that tells all clients at the next
/// [`refresh`](InfiniteMapState::refresh). What it does not support is left out: the default methods ignore the wish.
#[allow(unused_variables)]
pub trait InfiniteMapHandler {
    /// The state of the extension.
    fn infinite_map_state(&mut self) -> &mut InfiniteMapState;

    /// Move a camera; replaces a move that is under way. Clamp the zoom; a locked camera stays where it is.
    fn camera_move(&mut self, request: CameraMove) {}
    /// End a camera's animation: where it is becomes its target.
    fn camera_cancel(&mut self, camera: CameraId) {}
    /// The camera to move for a window when a client leaves the choice to the compositor. `None`, as by default: the
    /// camera that was added first.
    fn camera_for_window(&mut self, window: WindowId) -> Option<CameraId> {
        None
    }

    /// Raise, unminimize and focus a window, with this seat or the first one.
    fn window_activate(&mut self, window: WindowId, seat: Option<WlSeat>) {}
    /// Ask the application to close the window.
    fn window_close(&mut self, window: WindowId) {}
    /// Put the top-left corner of the window's frame at a point, if it is on the map.
    fn window_move(&mut self, window: WindowId, point: WorldPoint) {}
    /// Ask for a size of the frame; both lengths are more than 0.
    fn window_resize(&mut self, window: WindowId, size: Size) {}
    /// Put the window above all others of its layer.
    fn window_raise(&mut self, window: WindowId) {}
    /// Put the window below all others of its layer.
    fn window_lower(&mut self, window: WindowId) {}
    /// Minimize or restore the window.
    fn window_set_minimized(&mut self, window: WindowId, minimized: bool) {}
    /// Maximize or restore the window.
    fn window_set_maximized(&mut self, window: WindowId, maximized: bool) {}
    /// Make the window cover the camera's output, or an output of the compositor's choice, or restore it.
    fn window_set_fullscreen(&mut self, window: WindowId, fullscreen: bool, camera: Option<CameraId>) {}
    /// Centre a camera on the window; may lower the zoom so that all of it is visible.
    fn window_center(&mut self, request: WindowCenter) {}

    /// Tiles that a client changed. They are in the state already; only what took effect is listed.
    fn tiles_commit(&mut self, changes: Vec<TileChange>) {}
    /// A client begins to tell what it has stored. What it says arrives through [`tiles_commit`](Self::tiles_commit).
    fn tiles_replay_begin(&mut self) {}
    /// It has told all, or went away.
    fn tiles_replay_end(&mut self) {}

    /// Input to deliver.
    fn input_frame(&mut self, frame: InputFrame) {}
    /// An input object is gone; release what it held.
    fn input_closed(&mut self, closed: InputClosed) {}
}
