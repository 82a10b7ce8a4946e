//! The server side of `infinite_map_v1`, a Wayland extension that mirrors a compositor whose windows lie on an infinite
//! map, and lets a trusted companion control it.
//!
//! The crate stands on [`wayland_server`] alone and is generic over the compositor's state, so that it fits any
//! compositor on Smithay or on bare wayland-server. The compositor keeps its own windows and cameras; it describes them
//! to an [`InfiniteMapState`] as plain values and is asked for changes through [`InfiniteMapHandler`].
//!
//! ```no_run
//! use std::process::Command;
//! use std::sync::Arc;
//!
//! use infinite_map_server::{
//!     delegate_infinite_map, CameraMove, CameraState, Capabilities, Companion, InfiniteMapHandler, InfiniteMapState,
//!     View, WindowId, WindowState, WorldPoint,
//! };
//! use wayland_server::backend::{ClientData, ClientId, DisconnectReason};
//! use wayland_server::Display;
//!
//! struct Compositor {
//!     map: InfiniteMapState,
//!     companion: Companion,
//! }
//!
//! impl InfiniteMapHandler for Compositor {
//!     fn infinite_map_state(&mut self) -> &mut InfiniteMapState {
//!         &mut self.map
//!     }
//!
//!     fn camera_move(&mut self, request: CameraMove) {
//!         // Clamp, animate, and describe the outcome. Here the camera jumps.
//!         let view = View::new(request.point, request.zoom.unwrap_or(1.0).clamp(0.1, 8.0));
//!         self.map.set_camera(request.camera, camera_state(view));
//!     }
//!
//!     fn window_close(&mut self, window: WindowId) {
//!         println!("find the toplevel of window {window} and send it close");
//!     }
//! }
//!
//! delegate_infinite_map!(Compositor);
//!
//! fn camera_state(view: View) -> CameraState {
//!     CameraState { live: view, target: view, viewport: (1920, 1080), zoom_limits: (0.1, 8.0), locked: false }
//! }
//!
//! /// What the compositor attaches to each client.
//! struct ClientState;
//!
//! impl ClientData for ClientState {
//!     fn initialized(&self, _: ClientId) {}
//!     fn disconnected(&self, _: ClientId, _: DisconnectReason) {}
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut display = Display::<Compositor>::new()?;
//!
//!     // Only the companion that is spawned here sees the extension, and it may do everything.
//!     let companion = Companion::new(|| Command::new("compositord"), || Arc::new(ClientState))?;
//!     let mark = companion.mark();
//!     let filter = move |client: &_| mark.is(client).then_some(Capabilities::all());
//!     let map = InfiniteMapState::new::<Compositor>(&display.handle(), 100, filter);
//!     let mut compositor = Compositor { map, companion };
//!
//!     compositor.map.add_camera("DP-1", camera_state(View::default()));
//!     let state = WindowState { title: "~".into(), position: WorldPoint::new(-320.0, 40.0), ..WindowState::default() };
//!     let window = compositor.map.add_window(state);
//!
//!     compositor.companion.start(&mut display.handle())?;
//!     loop {
//!         // Wait for the display's and the companion's descriptors here, then, once per turn:
//!         compositor.companion.dispatch(&mut display.handle());
//!         display.dispatch_clients(&mut compositor)?;
//!         compositor.map.refresh();
//!         display.flush_clients()?;
//!     }
//! }
//! ```
//!
//! # What it takes care of
//!
//! - **Differences.** [`InfiniteMapState::refresh`] compares what each client was told with the present state, on the
//!   level of the wire, and sends what differs and one `done`; nothing if nothing differs. A client that binds late is
//!   told the same as one that was there from the start, by the same code.
//! - **Slow clients.** Not more than about 32 KiB are sent before the client has acknowledged some of it, so a client
//!   that stops reading costs neither memory nor its connection, and sees no half state: each `done` is true to one
//!   frame of the compositor.
//! - **Requests.** Those that were not granted, or that are about something that is gone, do not reach the handler.
//!   Input comes in frames, without double presses, and what is still pressed when a client goes away is told in one
//!   piece.
//! - **Causes.** A client can tell the echo of its own camera movement from somebody else's.
//! - **Numbers.** [`coordinates`] divides world coordinates into cell and offset, exactly.
//! - **The companion.** [`Companion`] spawns it with a connection of its own, and again when it dies.

pub mod coordinates;
pub mod protocol;

mod binding;
mod companion;
mod dispatch;
mod emit;
mod flow;
mod handler;
mod input;
mod model;
mod state;
mod text;
mod tile_feed;
mod tiles;
mod wire;
mod world;

pub use wayland_server;

pub use companion::{Companion, CompanionError, CompanionMark};
pub use coordinates::{Cell, WorldPoint};
pub use dispatch::{
    CameraData, InfiniteMapDispatch, InfiniteMapGlobalData, InputData, ManagerData, TilesData, WindowData,
};
pub use handler::{CameraMove, InfiniteMapHandler, InputClosed, InputEvent, InputFrame, InputId, WindowCenter};
pub use model::{
    CameraId, CameraState, Capabilities, Size, Space, TileChange, TileTime, View, WindowFlags, WindowId, WindowState,
};
pub use state::InfiniteMapState;

/// The guide's code compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Guide;
