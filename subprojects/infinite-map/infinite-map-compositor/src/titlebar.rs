//! The title bar that the compositor draws over windows without one of their own.

use font8x8::UnicodeFonts;
use smithay::backend::allocator::Fourcc;
use smithay::backend::renderer::element::memory::MemoryRenderBuffer;
use smithay::utils::{Rectangle, Transform};

use crate::windows::TITLE_HEIGHT;

const HEIGHT: usize = TITLE_HEIGHT as usize;
/// Glyphs are 8 by 8 dots, drawn twice as high as wide, as terminals of old did.
const GLYPH: usize = 8;
const MARGIN: usize = 8;

/// Blue, green, red, unused: the bytes of Xrgb8888 in memory.
type Color = [u8; 4];
const FOCUSED: Color = [0x9e, 0x5b, 0x2d, 0xff];
const UNFOCUSED: Color = [0x55, 0x4c, 0x46, 0xff];
const TEXT: Color = [0xff, 0xff, 0xff, 0xff];
const FAINT_TEXT: Color = [0xc8, 0xc2, 0xbe, 0xff];

/// The bar's picture, drawn again only when what it shows changed.
#[derive(Default)]
pub struct TitleBar {
    shown: Option<(String, i32, bool)>,
    picture: Option<MemoryRenderBuffer>,
}

impl TitleBar {
    pub fn update(&mut self, title: &str, width: i32, focused: bool) {
        if width < 1 {
            self.picture = None;
            self.shown = None;
            return;
        }
        if self.shown.as_ref().is_some_and(|(t, w, f)| t == title && *w == width && *f == focused) {
            return;
        }
        let pixels = draw(title, width as usize, focused);
        let size = (width, HEIGHT as i32);
        let opaque = vec![Rectangle::from_size(size.into())];
        let picture =
            MemoryRenderBuffer::from_slice(&pixels, Fourcc::Xrgb8888, size, 1, Transform::Normal, Some(opaque));
        self.picture = Some(picture);
        self.shown = Some((title.to_owned(), width, focused));
    }

    pub fn picture(&self) -> Option<&MemoryRenderBuffer> {
        self.picture.as_ref()
    }
}

fn draw(title: &str, width: usize, focused: bool) -> Vec<u8> {
    let (ground, text) = if focused { (FOCUSED, TEXT) } else { (UNFOCUSED, FAINT_TEXT) };
    let mut pixels = ground.repeat(width * HEIGHT);
    let columns = width.saturating_sub(2 * MARGIN) / GLYPH;
    let top = (HEIGHT - 2 * GLYPH) / 2;
    for (column, character) in title.chars().take(columns).enumerate() {
        let glyph = glyph(character);
        for (row, dots) in glyph.iter().enumerate() {
            for dot in (0..GLYPH).filter(|dot| dots & (1 << dot) != 0) {
                let x = MARGIN + column * GLYPH + dot;
                for y in [top + 2 * row, top + 2 * row + 1] {
                    let at = 4 * (y * width + x);
                    pixels[at..at + 4].copy_from_slice(&text);
                }
            }
        }
    }
    pixels
}

/// A character's dots; a box for what the font lacks.
fn glyph(character: char) -> [u8; GLYPH] {
    const UNKNOWN: [u8; GLYPH] = [0x00, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x7e, 0x00];
    font8x8::BASIC_FONTS
        .get(character)
        .or_else(|| font8x8::LATIN_FONTS.get(character))
        .or_else(|| font8x8::GREEK_FONTS.get(character))
        .or_else(|| font8x8::BOX_FONTS.get(character))
        .unwrap_or(UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_of_any_length_fits_any_width() {
        for width in [1, 15, 16, 17, 24, 301] {
            for title in ["", "hello", "日本語 and a title that is much longer than the bar"] {
                assert_eq!(draw(title, width, true).len(), 4 * width * HEIGHT);
            }
        }
    }

    #[test]
    fn the_text_is_drawn_within_the_margins() {
        let pixels = draw("WWWWWWWWWWWWWWWW", 64, true);
        for (at, pixel) in pixels.chunks(4).enumerate() {
            let x = at % 64;
            assert!(pixel == FOCUSED || (MARGIN..64 - MARGIN).contains(&x));
        }
        assert!(pixels.chunks(4).any(|pixel| pixel == TEXT));
    }
}
