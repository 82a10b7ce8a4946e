//! Touch points of the seat.

use std::collections::HashMap;

use smithay::backend::input::TouchSlot;
use smithay::input::touch::{DownEvent, MotionEvent, UpEvent};
use smithay::utils::{Logical, Point as Spot, SERIAL_COUNTER};

use crate::input::Place;
use crate::state::State;

/// The touch points that are down. A surface gets all of them in the kind of position that the first one had, see
/// input.rs.
#[derive(Debug, Default)]
pub struct Touches {
    down: HashMap<u32, Spot<f64, Logical>>,
    in_pixels: bool,
}

impl State {
    pub fn touch_down(&mut self, id: u32, place: &Place) {
        if self.input.touches.down.contains_key(&id) {
            return;
        }
        let hit = self.hit(place);
        if self.input.touches.down.is_empty() {
            let on_map = hit.window.is_some_and(|id| self.windows.get(id).is_some_and(|it| it.is_on_map()));
            self.input.touches.in_pixels = !on_map;
        }
        self.focus_by_click(&hit);
        let location = self.touch_location(place);
        self.input.touches.down.insert(id, location);
        let focus = hit.surface.map(|hit| (hit.surface, location - hit.local));
        let event = DownEvent {
            slot: TouchSlot::from(Some(id)),
            location,
            serial: SERIAL_COUNTER.next_serial(),
            time: self.now_ms(),
        };
        if let Some(touch) = self.seat.get_touch() {
            touch.down(self, focus, &event);
        }
    }

    pub fn touch_motion(&mut self, id: u32, place: &Place) {
        let location = self.touch_location(place);
        if let Some(known) = self.input.touches.down.get_mut(&id) {
            *known = location;
            self.send_touch_motion(id, location);
        }
    }

    pub fn touch_up(&mut self, id: u32) {
        if self.input.touches.down.remove(&id).is_none() {
            return;
        }
        let event =
            UpEvent { slot: TouchSlot::from(Some(id)), serial: SERIAL_COUNTER.next_serial(), time: self.now_ms() };
        if let Some(touch) = self.seat.get_touch() {
            touch.up(self, &event);
        }
    }

    pub fn touch_frame(&mut self) {
        if let Some(touch) = self.seat.get_touch() {
            touch.frame(self);
        }
    }

    pub fn touch_cancel(&mut self) {
        // Smithay 0.7 cancels only points that have an event which no frame ended yet.
        for (id, location) in std::mem::take(&mut self.input.touches.down) {
            self.send_touch_motion(id, location);
        }
        if let Some(touch) = self.seat.get_touch() {
            touch.cancel(self);
            if touch.is_grabbed() {
                touch.unset_grab(self);
            }
        }
    }

    fn send_touch_motion(&mut self, id: u32, location: Spot<f64, Logical>) {
        let event = MotionEvent { slot: TouchSlot::from(Some(id)), location, time: self.now_ms() };
        if let Some(touch) = self.seat.get_touch() {
            // The surface that it went down on keeps it.
            touch.motion(self, None, &event);
        }
    }

    fn touch_location(&self, place: &Place) -> Spot<f64, Logical> {
        let (world, pixel) = self.both(place);
        let at = if self.input.touches.in_pixels { pixel.unwrap_or(world) } else { world };
        Spot::from((at.x, at.y))
    }
}
