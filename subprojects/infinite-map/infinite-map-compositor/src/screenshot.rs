//! PNG files of what an output shows.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use smithay::backend::allocator::Fourcc;
use smithay::backend::renderer::{Bind, ExportMem};
use smithay::utils::Rectangle;

use crate::outputs::{Picture, Target};
use crate::state::State;
use crate::Fallible;

impl State {
    /// Writes an output's picture to a file. For a headless output it is the frame itself, brought up to date; for
    /// the compositor's window the same scene drawn in software.
    pub fn screenshot(&mut self, name: &str, path: &Path) -> Fallible<()> {
        self.update_views();
        self.prepare_view(name);
        let output = self.outputs.get_mut(name).ok_or("there is no such output")?;
        let viewport = output.camera.viewport();
        let (width, height) = (viewport.width as i32, viewport.height as i32);
        match std::mem::replace(&mut output.target, Target::Taken) {
            Target::Headless(mut picture) => {
                let result = self.render_into(name, &mut picture);
                let result = result.and_then(|()| self.write_picture(&mut picture, (width, height), path));
                if let Some(output) = self.outputs.get_mut(name) {
                    output.target = Target::Headless(picture);
                }
                result
            }
            other => {
                output.target = other;
                let mut picture = self.outputs.picture(width, height)?;
                self.render_into(name, &mut picture)?;
                self.write_picture(&mut picture, (width, height), path)
            }
        }
    }

    fn write_picture(&mut self, picture: &mut Picture, size: (i32, i32), path: &Path) -> Fallible<()> {
        let renderer = self.outputs.renderer.as_mut().ok_or("the renderer is busy")?;
        let framebuffer = renderer.bind(&mut picture.image)?;
        let mapping = renderer.copy_framebuffer(&framebuffer, Rectangle::from_size(size.into()), Fourcc::Xbgr8888)?;
        let pixels = renderer.map_texture(&mapping)?;
        // Red, green, blue and an unused byte; rows have no padding at 32 bits.
        let mut bytes = Vec::with_capacity(pixels.len() / 4 * 3);
        pixels.chunks_exact(4).for_each(|pixel| bytes.extend_from_slice(&pixel[..3]));
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), size.0 as u32, size.1 as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&bytes)?;
        writer.finish()?;
        Ok(())
    }
}
