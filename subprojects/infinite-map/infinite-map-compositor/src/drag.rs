//! What the user does to the map and its windows by hand: panning, zooming, moving and resizing.

use std::time::Duration;

use smithay::input::keyboard::Keysym;
use smithay::reexports::wayland_protocols::xdg::shell::server::xdg_toplevel::{ResizeEdge, State as Toplevel};
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::reexports::wayland_server::Resource;
use smithay::utils::Serial;

use crate::geometry::{Point, Rect, Size};
use crate::hit::Hit;
use crate::input::{Place, BTN_LEFT, BTN_RIGHT};
use crate::state::State;
use crate::windows::{Resize, ResizeStage};

/// How long the camera takes to follow a key or a click of the wheel.
const STEP: Duration = Duration::from_millis(150);
/// Output pixels per press of an arrow key.
const PAN_PIXELS: f64 = 200.0;
const KEY_ZOOM: f64 = 1.25;
const WHEEL_ZOOM: f64 = 1.15;

const MIN_FRAME: f64 = 40.0;

/// What is being dragged.
#[derive(Clone, Debug)]
pub enum Drag {
    Pan { output: String },
    Move { window: u32, grip: Point },
    Resize { window: u32, edges: Edges, begin: Point, frame: Rect },
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Edges {
    pub left: bool,
    pub right: bool,
    pub top: bool,
    pub bottom: bool,
}

impl Drag {
    pub fn window(&self) -> Option<u32> {
        match self {
            Drag::Pan { .. } => None,
            Drag::Move { window, .. } | Drag::Resize { window, .. } => Some(*window),
        }
    }
}

impl Edges {
    /// The corner nearest to a point of the frame.
    fn nearest(frame: &Rect, point: Point) -> Self {
        let center = frame.center();
        let (left, top) = (point.x < center.x, point.y < center.y);
        Self { left, right: !left, top, bottom: !top }
    }

    fn from_request(edge: ResizeEdge) -> Option<Self> {
        use ResizeEdge::{Bottom, BottomLeft, BottomRight, Left, Right, Top, TopLeft, TopRight};
        let edges = Self {
            left: matches!(edge, Left | TopLeft | BottomLeft),
            right: matches!(edge, Right | TopRight | BottomRight),
            top: matches!(edge, Top | TopLeft | TopRight),
            bottom: matches!(edge, Bottom | BottomLeft | BottomRight),
        };
        (edges != Self::default()).then_some(edges)
    }

    /// The size that a frame gets when its edges follow a pointer by `delta`.
    fn dragged(self, frame: &Rect, delta: Point) -> Size {
        let along = |length: f64, delta: f64, low: bool, high: bool| {
            let change = if high {
                delta
            } else if low {
                -delta
            } else {
                0.0
            };
            (length + change).max(MIN_FRAME)
        };
        Size::new(
            along(frame.size.width, delta.x, self.left, self.right),
            along(frame.size.height, delta.y, self.top, self.bottom),
        )
    }
}

impl State {
    /// Starts what a press of the user's button means here, if it is not the client's.
    pub fn begin_drag(&mut self, button: u32, hit: &Hit) -> bool {
        let Some(place) = self.input.place.clone() else {
            return false;
        };
        let held = self.modifiers().logo;
        let (world, _) = self.both(&place);
        let on_map = hit.window.and_then(|id| self.windows.get(id)).filter(|window| window.is_on_map());
        match (on_map.map(|window| (window.id, window.frame())), button) {
            (Some((id, frame)), BTN_LEFT) if held || hit.on_title_bar => self.begin_move(id, frame, world),
            (Some((id, frame)), BTN_RIGHT) if held => {
                self.begin_resize(id, Edges::nearest(&frame, world), frame, world);
            }
            (None, BTN_LEFT) if held || hit.surface.is_none() => match &place {
                Place::Viewport(output, _) => self.input.drag = Some(Drag::Pan { output: output.clone() }),
                Place::World(_) => return false,
            },
            _ => return false,
        }
        true
    }

    /// A client asks for the window to be moved with the button that is down.
    pub fn begin_client_move(&mut self, id: u32, serial: Serial) {
        if let Some((frame, world)) = self.grabbed_window(id, serial) {
            self.begin_move(id, frame, world);
            self.leave_pointer();
        }
    }

    pub fn begin_client_resize(&mut self, id: u32, serial: Serial, edge: ResizeEdge) {
        if let (Some((frame, world)), Some(edges)) = (self.grabbed_window(id, serial), Edges::from_request(edge)) {
            self.begin_resize(id, edges, frame, world);
            self.leave_pointer();
        }
    }

    /// The frame and the pointer, if the serial is that of a press on this window's client that still holds.
    fn grabbed_window(&self, id: u32, serial: Serial) -> Option<(Rect, Point)> {
        let (surface, _) = self.pointer_grab(serial)?.focus?;
        let window = self.windows.get(id).filter(|window| window.is_on_map())?;
        let own = window.surface()?.id().same_client_as(&surface.id());
        own.then(|| Some((window.frame(), self.both(self.input.place.as_ref()?).0)))?
    }

    fn begin_move(&mut self, window: u32, frame: Rect, world: Point) {
        self.input.drag = Some(Drag::Move { window, grip: world - frame.position });
    }

    fn begin_resize(&mut self, id: u32, edges: Edges, frame: Rect, begin: Point) {
        if let Some(window) = self.windows.get_mut(id) {
            window.resize = Some(Resize {
                keep_right: edges.left.then(|| frame.right()),
                keep_bottom: edges.top.then(|| frame.bottom()),
                stage: ResizeStage::Dragging,
            });
            if let Some(toplevel) = window.toplevel() {
                toplevel.with_pending_state(|state| state.states.set(Toplevel::Resizing));
            }
        }
        self.input.drag = Some(Drag::Resize { window: id, edges, begin, frame });
        self.resize_window(id, frame.size);
    }

    pub fn drag_motion(&mut self, before: Option<&Place>, place: &Place) {
        let (world, _) = self.both(place);
        match self.input.drag.clone() {
            Some(Drag::Pan { output }) => {
                if let (Some(Place::Viewport(from, a)), Place::Viewport(to, b)) = (before, place) {
                    if *from == output && *to == output && !self.is_locked(&output) {
                        if let Some(output) = self.outputs.get_mut(&output) {
                            output.camera.pan_by_pixels(*b - *a);
                        }
                        self.queue_frame();
                    }
                }
            }
            Some(Drag::Move { window, grip }) => {
                let corner = world - grip;
                self.move_window(window, Point::new(corner.x.round(), corner.y.round()));
            }
            Some(Drag::Resize { window, edges, begin, frame }) => {
                self.resize_window(window, edges.dragged(&frame, world - begin));
            }
            None => {}
        }
    }

    /// The last button is up.
    pub fn end_drag(&mut self, drag: &Drag) {
        if let Drag::Resize { window, .. } = drag {
            if let Some(window) = self.windows.get_mut(*window) {
                let serial = window.toplevel().map(|toplevel| {
                    toplevel.with_pending_state(|state| state.states.unset(Toplevel::Resizing));
                    toplevel.send_configure()
                });
                if let (Some(resize), Some(serial)) = (&mut window.resize, serial) {
                    resize.stage = ResizeStage::Released(serial);
                }
            }
            self.queue_frame();
        }
    }

    /// The client took a size: what was not dragged stays where it was.
    pub fn keep_resized_edges(&mut self, id: u32) {
        let Some(window) = self.windows.get_mut(id) else {
            return;
        };
        if let Some(resize) = window.resize {
            let size = window.frame_size();
            if let Some(right) = resize.keep_right {
                window.position.x = right - size.width;
            }
            if let Some(bottom) = resize.keep_bottom {
                window.position.y = bottom - size.height;
            }
            if matches!(resize.stage, ResizeStage::Acknowledged) {
                window.resize = None;
            }
        }
    }

    /// The client has seen a configure; after the last one of a resize its next commit ends it.
    pub fn resize_acknowledged(&mut self, surface: &WlSurface, serial: Serial) {
        let id = self.windows.id_of(surface);
        if let Some(resize) = id.and_then(|id| self.windows.get_mut(id)).and_then(|window| window.resize.as_mut()) {
            if matches!(resize.stage, ResizeStage::Released(last) if serial.is_no_older_than(&last)) {
                resize.stage = ResizeStage::Acknowledged;
            }
        }
    }

    /// The wheel is the map's with Super held, and where there is nothing else.
    pub fn zooms_by_wheel(&self) -> bool {
        match &self.input.place {
            Some(place @ Place::Viewport(output, _)) => {
                !self.is_locked(output) && (self.modifiers().logo || self.hit(place).surface.is_none())
            }
            _ => false,
        }
    }

    pub fn zoom_by_wheel(&mut self, steps: f64) {
        let now = self.now();
        if let Some(Place::Viewport(name, pixel)) = self.input.place.clone() {
            if let Some(output) = self.outputs.get_mut(&name) {
                output.camera.zoom_at(pixel, WHEEL_ZOOM.powf(steps), STEP, now);
                self.queue_frame();
            }
        }
    }

    /// A key of the compositor's moves the camera under the pointer, else the first one.
    pub fn binding(&mut self, sym: Keysym) {
        let pointed = match &self.input.place {
            Some(Place::Viewport(output, _)) => Some(output.clone()),
            _ => None,
        };
        let Some(name) = pointed.or_else(|| self.outputs.first().map(|output| output.name.clone())) else {
            return;
        };
        let Some(target) = self.outputs.get(&name).map(|output| output.camera.target()) else {
            return;
        };
        let step = PAN_PIXELS / target.zoom;
        let (x, y) = (target.center.x, target.center.y);
        let (x, y, zoom) = match sym {
            Keysym::Left => (Some(x - step), None, None),
            Keysym::Right => (Some(x + step), None, None),
            Keysym::Up => (None, Some(y - step), None),
            Keysym::Down => (None, Some(y + step), None),
            Keysym::minus | Keysym::KP_Subtract => (None, None, Some(target.zoom / KEY_ZOOM)),
            Keysym::_0 | Keysym::KP_0 => (None, None, Some(1.0)),
            _ => (None, None, Some(target.zoom * KEY_ZOOM)),
        };
        self.move_camera(&name, x, y, zoom, STEP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Rect = Rect::new(Point::new(100.0, 100.0), Size::new(400.0, 300.0));

    #[test]
    fn an_edge_follows_the_pointer_and_the_others_do_not() {
        let edges = Edges::from_request(ResizeEdge::Left).unwrap_or_default();
        assert_eq!(edges.dragged(&FRAME, Point::new(-50.0, 70.0)), Size::new(450.0, 300.0));
        let corner = Edges::nearest(&FRAME, Point::new(480.0, 390.0));
        assert_eq!(corner.dragged(&FRAME, Point::new(10.0, 20.0)), Size::new(410.0, 320.0));
    }

    #[test]
    fn a_frame_does_not_shrink_to_nothing() {
        let corner = Edges::nearest(&FRAME, Point::new(480.0, 390.0));
        assert_eq!(corner.dragged(&FRAME, Point::new(-1e6, -1e6)), Size::new(MIN_FRAME, MIN_FRAME));
    }

    #[test]
    fn no_edge_is_no_resize() {
        assert_eq!(Edges::from_request(ResizeEdge::None), None);
    }
}
