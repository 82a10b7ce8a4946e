//! Bricks: the pictures that lie on cells of the map, and the files that they come from.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use smithay::backend::allocator::Fourcc;
use smithay::backend::renderer::element::memory::MemoryRenderBuffer;
use smithay::backend::renderer::Color32F;
use smithay::utils::Transform;

use crate::Fallible;

/// A cell is 100 units; nothing needs pictures beyond this.
const MAX_EDGE: u32 = 2048;
/// Decoded pictures kept in memory. Beyond this they are loaded anew when needed.
const MAX_PICTURES: usize = 1024;

/// What is drawn for a brick whose picture cannot be had.
const MISSING: Color32F = Color32F::new(0.55, 0.16, 0.42, 1.0);

pub struct Brick {
    /// None if the file is missing or broken.
    pub picture: Option<MemoryRenderBuffer>,
    /// Its mean colour, for when it is drawn tiny.
    pub color: Color32F,
    pub size: (i32, i32),
}

/// The pictures of bricks, by file name.
pub struct Tiles {
    folder: Option<PathBuf>,
    pictures: HashMap<Arc<str>, Brick>,
    /// Grows with every change of what lies on the map.
    pub changes: usize,
}

impl Tiles {
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, pictures: HashMap::new(), changes: 0 }
    }

    /// Bricks were put or removed. Their files may be new, so they are read again when next shown.
    pub fn changed<'a>(&mut self, bricks: impl IntoIterator<Item = &'a str>) {
        for brick in bricks {
            self.pictures.remove(brick);
        }
        self.changes += 1;
    }

    /// Makes sure that a brick can be drawn.
    pub fn load(&mut self, name: &Arc<str>) {
        if self.pictures.contains_key(name) {
            return;
        }
        if self.pictures.len() >= MAX_PICTURES {
            self.pictures.clear();
        }
        let brick = match &self.folder {
            Some(folder) => decode(&folder.join(&**name)).unwrap_or_else(|error| {
                tracing::warn!(brick = &**name, %error, "brick is drawn as a plain square");
                Brick::missing()
            }),
            None => Brick::missing(),
        };
        self.pictures.insert(name.clone(), brick);
    }

    pub fn get(&self, name: &str) -> Option<&Brick> {
        self.pictures.get(name)
    }
}

impl Brick {
    fn missing() -> Self {
        Self { picture: None, color: MISSING, size: (1, 1) }
    }
}

/// Whether a name may be a brick's: a plain file name, as the extension defines it.
pub fn is_brick_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name != "." && name != ".." && !name.chars().any(|c| c == '/' || c.is_control())
}

fn decode(path: &Path) -> Fallible<Brick> {
    let mut decoder = png::Decoder::new_with_limits(
        BufReader::new(File::open(path)?),
        png::Limits { bytes: 4 * 4 * (MAX_EDGE * MAX_EDGE) as usize },
    );
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let (width, height) = reader.info().size();
    if width > MAX_EDGE || height > MAX_EDGE {
        return Err(format!("{width}x{height} is more than {MAX_EDGE}x{MAX_EDGE}").into());
    }
    let mut bytes = vec![0; reader.output_buffer_size().ok_or("too large")?];
    let info = reader.next_frame(&mut bytes)?;
    bytes.truncate(info.buffer_size());
    let pixels: Vec<[u8; 4]> = match info.color_type {
        png::ColorType::Rgba => bytes.chunks_exact(4).map(|p| [p[0], p[1], p[2], p[3]]).collect(),
        png::ColorType::GrayscaleAlpha => bytes.chunks_exact(2).map(|p| [p[0], p[0], p[0], p[1]]).collect(),
        other => return Err(format!("unexpected colours {other:?}").into()),
    };
    Ok(brick_from(&pixels, width as i32, height as i32))
}

/// From red, green, blue, alpha to the renderer's blue, green, red, alpha with alpha multiplied in.
fn brick_from(pixels: &[[u8; 4]], width: i32, height: i32) -> Brick {
    let mut memory = Vec::with_capacity(pixels.len() * 4);
    let mut sums = [0u64; 4];
    for &[r, g, b, a] in pixels {
        let multiply = |channel: u8| ((u16::from(channel) * u16::from(a) + 127) / 255) as u8;
        let pixel = [multiply(b), multiply(g), multiply(r), a];
        for (sum, channel) in sums.iter_mut().zip(pixel) {
            *sum += u64::from(channel);
        }
        memory.extend(pixel);
    }
    let mean = |sum: u64| sum as f32 / pixels.len().max(1) as f32 / 255.0;
    let picture =
        MemoryRenderBuffer::from_slice(&memory, Fourcc::Argb8888, (width, height), 1, Transform::Normal, None);
    Brick {
        picture: Some(picture),
        color: Color32F::new(mean(sums[2]), mean(sums[1]), mean(sums[0]), mean(sums[3])),
        size: (width, height),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brick_names_are_plain_file_names() {
        for good in ["a.png", "ü.png", "...", " "] {
            assert!(is_brick_name(good), "{good:?}");
        }
        for bad in ["", ".", "..", "a/b", "a\nb", &"x".repeat(256)] {
            assert!(!is_brick_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn the_mean_colour_counts_transparency() {
        let brick = brick_from(&[[255, 0, 0, 255], [0, 0, 255, 0]], 2, 1);
        let [r, g, b, a] = brick.color.components();
        assert!((r - 0.5).abs() < 0.01 && g == 0.0 && b == 0.0 && (a - 0.5).abs() < 0.01);
    }
}
