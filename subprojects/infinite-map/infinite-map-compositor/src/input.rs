//! The seat: pointer and keyboard events find their way to surfaces, or move the map and its windows.
//!
//! Positions are points of the world or pixels of a viewport, depending on what is under them: a surface on the map is
//! scaled by the camera's zoom and a panel is not. While a button is down the kind stays, so that a client sees a
//! drag in one unit.

use smithay::backend::input::{Axis, AxisSource, ButtonState, KeyState};
use smithay::input::keyboard::{FilterResult, Keycode, Keysym, ModifiersState};
use smithay::input::pointer::{AxisFrame, ButtonEvent, GrabStartData, MotionEvent};
use smithay::utils::{Logical, Point as Spot, SERIAL_COUNTER};

use crate::drag::Drag;
use crate::geometry::Point;
use crate::hit::{Hit, SurfaceHit};
use crate::state::State;
use crate::touch::Touches;

/// X11 and xkb count keys from 8, evdev from 0.
pub const EVDEV_OFFSET: u32 = 8;

pub const BTN_LEFT: u32 = 0x110;
pub const BTN_RIGHT: u32 = 0x111;

/// Where the pointer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// At a pixel of an output's viewport: the user's pointer.
    Viewport(String, Point),
    /// At a point of the world: injected.
    World(Point),
}

#[derive(Debug, Default)]
pub struct InputState {
    pub place: Option<Place>,
    pub buttons: Vec<u32>,
    pub drag: Option<Drag>,
    pub touches: Touches,
    /// What the pointer was over when clients were told last.
    over: Option<SurfaceHit>,
    /// Whether the position that clients get is a pixel, else a point of the world.
    in_pixels: bool,
}

impl InputState {
    pub fn output_removed(&mut self, name: &str) {
        if matches!(&self.place, Some(Place::Viewport(output, _)) if output == name) {
            self.place = None;
            self.drag = None;
        }
    }

    pub fn window_removed(&mut self, id: u32) {
        if self.drag.as_ref().is_some_and(|drag| drag.window() == Some(id)) {
            self.drag = None;
        }
    }
}

impl State {
    /// The pointer moved.
    pub fn pointer_motion(&mut self, place: Place) {
        let before = self.input.place.replace(place.clone());
        if self.input.drag.is_some() {
            self.drag_motion(before.as_ref(), &place);
            return;
        }
        let hit = self.hit(&place);
        let (world, pixel) = self.both(&place);
        if self.input.buttons.is_empty() {
            // What lies on the map is a window's; all else is fixed to the viewport.
            let on_map = hit.window.is_some_and(|id| self.windows.get(id).is_some_and(|it| it.is_on_map()));
            self.input.in_pixels = !on_map && matches!(place, Place::Viewport(..));
        }
        let at = if self.input.in_pixels { pixel.unwrap_or(world) } else { world };
        let location = Spot::<f64, Logical>::from((at.x, at.y));
        self.input.over = hit.surface.clone();
        let focus = hit.surface.map(|hit| (hit.surface, location - hit.local));
        let event = MotionEvent { location, serial: SERIAL_COUNTER.next_serial(), time: self.now_ms() };
        if let Some(pointer) = self.seat.get_pointer() {
            pointer.motion(self, focus, &event);
            pointer.frame(self);
        }
    }

    /// What is under a resting pointer may have moved. Clients are told only if it did, else they would answer each
    /// frame with another.
    pub fn repoint(&mut self) {
        if self.input.drag.is_some() || !self.input.buttons.is_empty() {
            return;
        }
        if let Some(place) = self.input.place.clone() {
            if self.hit(&place).surface != self.input.over {
                self.pointer_motion(place);
            }
        }
    }

    /// A button changed. The user's own buttons also move the map and windows; injected ones only focus.
    pub fn pointer_button(&mut self, button: u32, pressed: bool, by_user: bool) {
        let held = self.input.buttons.contains(&button);
        if pressed == held {
            return;
        }
        if pressed {
            self.input.buttons.push(button);
            let hit = self.input.place.clone().map(|place| self.hit(&place)).unwrap_or_default();
            let grabbed = self.seat.get_pointer().is_some_and(|pointer| pointer.is_grabbed());
            if !grabbed {
                self.focus_by_click(&hit);
                if by_user && self.begin_drag(button, &hit) {
                    self.leave_pointer();
                }
            }
        } else {
            self.input.buttons.retain(|other| *other != button);
        }
        let state = if pressed { ButtonState::Pressed } else { ButtonState::Released };
        let event = ButtonEvent { serial: SERIAL_COUNTER.next_serial(), time: self.now_ms(), button, state };
        if let Some(pointer) = self.seat.get_pointer() {
            pointer.button(self, &event);
            pointer.frame(self);
        }
        if self.input.buttons.is_empty() {
            if let Some(drag) = self.input.drag.take() {
                self.end_drag(&drag);
                self.repoint();
            }
        }
    }

    /// Scrolling, in surface units and in 120ths of a click.
    pub fn pointer_axis(&mut self, horizontal: bool, value: f64, v120: i32, by_user: bool) {
        if by_user && self.zooms_by_wheel() {
            let steps = if v120 != 0 { f64::from(v120) / 120.0 } else { value / 15.0 };
            self.zoom_by_wheel(-steps);
            return;
        }
        let axis = if horizontal { Axis::Horizontal } else { Axis::Vertical };
        let mut frame = AxisFrame::new(self.now_ms()).source(AxisSource::Wheel).value(axis, value);
        if v120 != 0 {
            frame = frame.v120(axis, v120);
        }
        if let Some(pointer) = self.seat.get_pointer() {
            pointer.axis(self, frame);
            pointer.frame(self);
        }
    }

    /// A key by evdev code. The user's own keys may be the compositor's; injected ones never are.
    pub fn key(&mut self, key: u32, pressed: bool, by_user: bool) {
        let Some(keyboard) = self.seat.get_keyboard() else {
            return;
        };
        let code = Keycode::new(key.saturating_add(EVDEV_OFFSET));
        if keyboard.pressed_keys().contains(&code) == pressed {
            return;
        }
        let state = if pressed { KeyState::Pressed } else { KeyState::Released };
        let (serial, time) = (SERIAL_COUNTER.next_serial(), self.now_ms());
        let bound = keyboard.input(self, code, state, serial, time, |_, modifiers, key| {
            let binding = key.raw_syms().first().copied().filter(|sym| by_user && is_bound(modifiers, *sym));
            match binding {
                // The release goes to the client only if the press did; Smithay sees to that.
                Some(sym) => FilterResult::Intercept((sym, pressed)),
                None => FilterResult::Forward,
            }
        });
        if let Some((sym, true)) = bound {
            self.binding(sym);
        }
    }

    pub fn modifiers(&self) -> ModifiersState {
        self.seat.get_keyboard().map(|keyboard| keyboard.modifier_state()).unwrap_or_default()
    }

    /// The pointer is over nothing any more.
    pub fn leave_pointer(&mut self) {
        self.input.over = None;
        let time = self.now_ms();
        if let Some(pointer) = self.seat.get_pointer() {
            if pointer.is_grabbed() {
                pointer.unset_grab(self, SERIAL_COUNTER.next_serial(), time);
            }
            let location = pointer.current_location();
            let event = MotionEvent { location, serial: SERIAL_COUNTER.next_serial(), time };
            pointer.motion(self, None, &event);
            pointer.frame(self);
        }
    }

    pub fn hit(&self, place: &Place) -> Hit {
        match place {
            Place::Viewport(output, pixel) => self.hit_viewport(output, *pixel),
            Place::World(point) => self.hit_world(*point),
        }
    }

    /// A place as a point of the world and, if there is one, as a pixel.
    pub fn both(&self, place: &Place) -> (Point, Option<Point>) {
        match place {
            Place::World(point) => (*point, None),
            Place::Viewport(output, pixel) => {
                let world = self.outputs.get(output).map_or(*pixel, |output| output.camera.to_world(*pixel));
                (world, Some(*pixel))
            }
        }
    }

    pub fn focus_by_click(&mut self, hit: &Hit) {
        if let Some(layer) = &hit.layer_focus {
            self.set_keyboard_focus(Some(layer.clone()));
        } else if hit.window.is_some() {
            if hit.window != self.windows.focused || self.keyboard_is_elsewhere() {
                self.focus_window(hit.window);
            } else if let Some(id) = hit.window {
                self.raise(id);
            }
        }
    }

    /// Whether a panel has the keyboard rather than the focused window.
    fn keyboard_is_elsewhere(&self) -> bool {
        let focus = self.seat.get_keyboard().and_then(|keyboard| keyboard.current_focus());
        let window = self.windows.focused.and_then(|id| self.windows.get(id));
        focus.as_ref() != window.and_then(|window| window.surface())
    }

    /// The serial's grab, if the button that it belongs to is still down and was pressed on this surface's client.
    pub fn pointer_grab(&self, serial: smithay::utils::Serial) -> Option<GrabStartData<State>> {
        let pointer = self.seat.get_pointer()?;
        pointer.has_grab(serial).then(|| pointer.grab_start_data())?
    }
}

/// Whether a key is the compositor's: Super with an arrow, plus, minus or zero.
fn is_bound(modifiers: &ModifiersState, sym: Keysym) -> bool {
    modifiers.logo
        && matches!(
            sym,
            Keysym::Left
                | Keysym::Right
                | Keysym::Up
                | Keysym::Down
                | Keysym::plus
                | Keysym::equal
                | Keysym::KP_Add
                | Keysym::minus
                | Keysym::KP_Subtract
                | Keysym::_0
                | Keysym::KP_0
        )
}
