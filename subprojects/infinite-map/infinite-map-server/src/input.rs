//! What is pressed through one input object, and the input that waits for its frame.

use wayland_server::protocol::wl_seat::WlSeat;

use crate::handler::{InputClosed, InputEvent, InputFrame, InputId};
use crate::protocol::infinite_map_input_v1::InfiniteMapInputV1;
use crate::world::BindingId;

/// Requests between two frames; a person's hands and a page's gestures make a few.
const MAX_EVENTS: usize = 256;
/// Keys, buttons and touch points that are down at the same time, each. People have ten fingers.
const MAX_PRESSED: usize = 64;
/// The extension's limit of a text.
const MAX_TEXT: usize = 2000;

#[derive(Debug)]
pub(crate) struct InputDevice {
    pub(crate) id: InputId,
    pub(crate) binding: BindingId,
    pub(crate) object: InfiniteMapInputV1,
    pub(crate) seat: WlSeat,
    pub(crate) pressed: Pressed,
}

impl InputDevice {
    /// Ends a frame.
    pub(crate) fn frame(&mut self) -> Option<InputFrame> {
        let events = self.pressed.frame();
        (!events.is_empty()).then(|| InputFrame { input: self.id.clone(), seat: self.seat.clone(), events })
    }

    /// What has to be released now that it goes away.
    pub(crate) fn close(self) -> InputClosed {
        let Pressed { buttons, keys, touches, pointer, .. } = self.pressed;
        InputClosed { input: self.id, seat: self.seat, buttons, keys, touches, pointer }
    }
}

#[derive(Debug, Default)]
pub(crate) struct Pressed {
    waiting: Vec<InputEvent>,
    buttons: Vec<u32>,
    keys: Vec<u32>,
    touches: Vec<i32>,
    pointer: bool,
}

impl Pressed {
    pub(crate) fn push(&mut self, event: InputEvent) {
        let too_long = matches!(&event, InputEvent::Text(text) if text.len() > MAX_TEXT);
        if too_long || self.waiting.len() >= MAX_EVENTS {
            tracing::warn!("ignored injected input beyond the limits of a frame");
        } else {
            self.waiting.push(event);
        }
    }

    /// Takes the events that change something.
    fn frame(&mut self) -> Vec<InputEvent> {
        let mut events = std::mem::take(&mut self.waiting);
        events.retain(|event| self.apply(event));
        events
    }

    fn apply(&mut self, event: &InputEvent) -> bool {
        match *event {
            InputEvent::PointerMotion(_) => {
                self.pointer = true;
                true
            }
            InputEvent::PointerButton { button, pressed } => toggle(&mut self.buttons, button, pressed),
            InputEvent::Key { key, pressed } => toggle(&mut self.keys, key, pressed),
            InputEvent::TouchDown { id, .. } => toggle(&mut self.touches, id, true),
            InputEvent::TouchMotion { id, .. } => self.touches.contains(&id),
            InputEvent::TouchUp { id } => toggle(&mut self.touches, id, false),
            InputEvent::TouchCancel => !std::mem::take(&mut self.touches).is_empty(),
            InputEvent::PointerAxis { .. } | InputEvent::Text(_) => true,
        }
    }
}

/// Whether it was not so before.
fn toggle<T: PartialEq>(down: &mut Vec<T>, what: T, pressed: bool) -> bool {
    let position = down.iter().position(|other| *other == what);
    match (position, pressed) {
        (None, true) if down.len() < MAX_PRESSED => down.push(what),
        (Some(position), false) => {
            down.remove(position);
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: u32, pressed: bool) -> InputEvent {
        InputEvent::Key { key, pressed }
    }

    #[test]
    fn without_a_frame_nothing_happens() {
        let mut pressed = Pressed::default();
        pressed.push(key(30, true));
        assert!(pressed.keys.is_empty());
        assert_eq!(pressed.frame(), [key(30, true)]);
        assert_eq!(pressed.keys, [30]);
    }

    #[test]
    fn pressing_twice_and_releasing_what_is_not_pressed_is_ignored() {
        let mut pressed = Pressed::default();
        for event in [key(31, false), key(30, true), key(30, true), key(30, false), key(30, false)] {
            pressed.push(event);
        }
        pressed.push(InputEvent::TouchUp { id: 1 });
        pressed.push(InputEvent::TouchCancel);
        assert_eq!(pressed.frame(), [key(30, true), key(30, false)]);
    }

    #[test]
    fn everything_is_bounded() {
        let mut pressed = Pressed::default();
        pressed.push(InputEvent::Text("x".repeat(MAX_TEXT + 1)));
        assert!(pressed.frame().is_empty());
        for code in 0..10_000 {
            pressed.push(key(code, true));
        }
        assert_eq!(pressed.frame().len(), MAX_PRESSED);
        for code in 10_000..20_000 {
            pressed.push(key(code, true));
        }
        assert!(pressed.frame().is_empty());
        assert_eq!(pressed.keys.len(), MAX_PRESSED);
    }
}
