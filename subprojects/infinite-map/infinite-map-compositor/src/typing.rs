//! Typing a text: by the keys that produce it, with a keymap made for the purpose where the seat's own has no such key.

use std::fmt::Write;

use smithay::input::keyboard::xkb::{self, Keymap};
use smithay::input::keyboard::{KeyboardHandle, Keysym};

use crate::input::EVDEV_OFFSET;
use crate::state::State;

const KEY_ENTER: u32 = 28;
/// Evdev code of the first key of a keymap made for a text.
const FIRST_KEY: u32 = 1;
/// As many keys as fit below 256, which is what X11's heirs expect.
const MAX_KEYS: usize = 240;

/// A key and the modifiers to hold, by evdev code.
#[derive(Clone, Debug, PartialEq)]
struct Stroke {
    key: u32,
    modifiers: Vec<u32>,
}

impl State {
    /// Types into the window with the keyboard focus.
    pub fn type_text(&mut self, text: &str) {
        let Some(keyboard) = self.seat.get_keyboard() else {
            return;
        };
        let (strokes, own) = keyboard.with_xkb_state(self, |context| {
            let xkb = context.xkb().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            // SAFETY: the keymap is only read, and not kept beyond the lock.
            let keymap = unsafe { xkb.keymap() };
            let strokes: Option<Vec<_>> = text.chars().map(|character| stroke_for(keymap, character)).collect();
            let own = strokes.is_none().then(|| keymap.get_as_string(xkb::KEYMAP_FORMAT_TEXT_V1));
            (strokes.unwrap_or_default(), own)
        });
        for stroke in strokes {
            self.strike(&stroke);
        }
        if let Some(own) = own {
            self.type_with_own_keys(&keyboard, text);
            self.set_keymap(&keyboard, own);
        }
    }

    /// Gives each character of the text a key, and strikes those.
    fn type_with_own_keys(&mut self, keyboard: &KeyboardHandle<Self>, text: &str) {
        let mut rest = text.chars().peekable();
        while rest.peek().is_some() {
            let mut characters: Vec<char> = Vec::new();
            let mut keys: Vec<u32> = Vec::new();
            while let Some(character) = rest.peek() {
                let known = characters.iter().position(|other| other == character);
                if known.is_none() && characters.len() == MAX_KEYS {
                    break;
                }
                let index = known.unwrap_or_else(|| {
                    characters.push(*character);
                    characters.len() - 1
                });
                keys.push(FIRST_KEY + index as u32);
                rest.next();
            }
            self.set_keymap(keyboard, keymap_of(&characters));
            for key in keys {
                self.strike(&Stroke { key, modifiers: Vec::new() });
            }
        }
    }

    fn set_keymap(&mut self, keyboard: &KeyboardHandle<Self>, keymap: String) {
        if let Err(error) = keyboard.set_keymap_from_string(self, keymap) {
            tracing::error!(%error, "keymap refused");
        }
    }

    fn strike(&mut self, stroke: &Stroke) {
        for modifier in &stroke.modifiers {
            self.key(*modifier, true, false);
        }
        self.key(stroke.key, true, false);
        self.key(stroke.key, false, false);
        for modifier in stroke.modifiers.iter().rev() {
            self.key(*modifier, false, false);
        }
    }
}

/// A keymap with one key for each character, in xkb's text format.
fn keymap_of(characters: &[char]) -> String {
    let mut codes = String::new();
    let mut symbols = String::new();
    for (index, character) in characters.iter().enumerate() {
        let sym = xkb::keysym_get_name(keysym_of(*character));
        // Writing to a string does not fail.
        let _ = writeln!(codes, "<K{index}> = {};", FIRST_KEY + EVDEV_OFFSET + index as u32);
        let _ = writeln!(symbols, "key <K{index}> {{ [ {sym} ] }};");
    }
    format!(
        "xkb_keymap {{ xkb_keycodes \"text\" {{ minimum = 8; maximum = 255; {codes} }}; \
         xkb_types \"text\" {{ include \"complete\" }}; \
         xkb_compatibility \"text\" {{ include \"complete\" }}; \
         xkb_symbols \"text\" {{ {symbols} }}; }};"
    )
}

fn keysym_of(character: char) -> Keysym {
    if character == '\n' {
        Keysym::Return
    } else {
        xkb::utf32_to_keysym(character.into())
    }
}

/// The stroke for a character on the keymap's first layout, with as few modifiers as possible.
fn stroke_for(keymap: &Keymap, character: char) -> Option<Stroke> {
    if character == '\n' {
        return Some(Stroke { key: KEY_ENTER, modifiers: Vec::new() });
    }
    let wanted = keysym_of(character);
    if wanted == Keysym::NoSymbol {
        return None;
    }
    let mut best: Option<Stroke> = None;
    for code in keymap.min_keycode().raw()..=keymap.max_keycode().raw() {
        for level in 0..keymap.num_levels_for_key(code.into(), 0) {
            if keymap.key_get_syms_by_level(code.into(), 0, level) != [wanted] || code < EVDEV_OFFSET {
                continue;
            }
            let Some(modifiers) = modifiers_for(keymap, code, level) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| modifiers.len() < best.modifiers.len()) {
                best = Some(Stroke { key: code - EVDEV_OFFSET, modifiers });
            }
        }
    }
    best
}

/// The keys to hold for a level: Shift and AltGr are what ordinary layouts use for their four levels.
fn modifiers_for(keymap: &Keymap, code: u32, level: u32) -> Option<Vec<u32>> {
    const KEY_LEFTSHIFT: u32 = 42;
    const KEY_RIGHTALT: u32 = 100;
    for held in [vec![], vec![KEY_LEFTSHIFT], vec![KEY_RIGHTALT], vec![KEY_LEFTSHIFT, KEY_RIGHTALT]] {
        let mut state = xkb::State::new(keymap);
        for key in &held {
            state.update_key((key + EVDEV_OFFSET).into(), xkb::KeyDirection::Down);
        }
        if state.key_get_level(code.into(), 0) == level {
            return Some(held);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keymap(layout: &str) -> Keymap {
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        Keymap::new_from_names(&context, "evdev", "pc105", layout, "", None, xkb::KEYMAP_COMPILE_NO_FLAGS)
            .expect("xkb-data is installed")
    }

    #[test]
    fn plain_and_shifted_letters() {
        let us = keymap("us");
        assert_eq!(stroke_for(&us, 'a'), Some(Stroke { key: 30, modifiers: vec![] }));
        assert_eq!(stroke_for(&us, 'A'), Some(Stroke { key: 30, modifiers: vec![42] }));
        assert_eq!(stroke_for(&us, '!'), Some(Stroke { key: 2, modifiers: vec![42] }));
        assert_eq!(stroke_for(&us, '\n'), Some(Stroke { key: 28, modifiers: vec![] }));
        assert_eq!(stroke_for(&us, ' '), Some(Stroke { key: 57, modifiers: vec![] }));
    }

    #[test]
    fn the_third_level_of_a_german_keyboard() {
        assert_eq!(stroke_for(&keymap("de"), '@'), Some(Stroke { key: 16, modifiers: vec![100] }));
    }

    #[test]
    fn what_no_key_produces() {
        assert_eq!(stroke_for(&keymap("us"), '漢'), None);
    }

    #[test]
    fn a_made_keymap_has_a_key_for_each_character() {
        let characters: Vec<char> = "aé漢🙂\n\t ".chars().collect();
        let context = xkb::Context::new(xkb::CONTEXT_NO_FLAGS);
        let text = keymap_of(&characters);
        let keymap = Keymap::new_from_string(&context, text, xkb::KEYMAP_FORMAT_TEXT_V1, xkb::KEYMAP_COMPILE_NO_FLAGS)
            .expect("a valid keymap");
        for (index, character) in characters.iter().enumerate() {
            let code = FIRST_KEY + EVDEV_OFFSET + index as u32;
            assert_eq!(keymap.key_get_syms_by_level(code.into(), 0, 0), [keysym_of(*character)]);
        }
    }
}
