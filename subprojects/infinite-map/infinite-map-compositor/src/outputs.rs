//! Outputs with their cameras and, for headless ones, the picture they would show.

use std::time::Duration;

use smithay::backend::allocator::Fourcc;
use smithay::backend::renderer::damage::OutputDamageTracker;
use smithay::backend::renderer::element::Id;
use smithay::backend::renderer::pixman::PixmanRenderer;
use smithay::backend::renderer::Offscreen;
use smithay::desktop::layer_map_for_output;
use smithay::output::{Mode, Output, PhysicalProperties, Scale, Subpixel};
use smithay::reexports::calloop::timer::{TimeoutAction, Timer};
use smithay::reexports::pixman::Image;
use smithay::reexports::wayland_server::backend::GlobalId;
use smithay::reexports::wayland_server::protocol::wl_output::WlOutput;
use smithay::utils::Transform;

use crate::camera::{Camera, Pose};
use crate::geometry::Size;
use crate::state::State;
use crate::Fallible;

/// A wl_output global lives on this long after its removal was announced, for clients that bind it
/// at the same moment.
const GLOBAL_GRACE: Duration = Duration::from_secs(5);

const REFRESH_MILLIHERTZ: i32 = 60_000;
const MAX_EDGE: u32 = 16_384;

/// A name and a size, as `--output NAME=WxH` gives them.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputSpec {
    pub name: String,
    pub width: u32,
    pub height: u32,
}

impl OutputSpec {
    pub fn new(name: &str, width: u32, height: u32) -> Result<Self, String> {
        if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
            return Err(format!("output name {name:?} is not 1 to 64 printable bytes"));
        }
        if !(1..=MAX_EDGE).contains(&width) || !(1..=MAX_EDGE).contains(&height) {
            return Err(format!("output size {width}x{height} is not within 1x1 and {MAX_EDGE}x{MAX_EDGE}"));
        }
        Ok(Self { name: name.to_owned(), width, height })
    }
}

impl std::str::FromStr for OutputSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (name, size) = text.split_once('=')?;
            let (width, height) = size.split_once('x')?;
            Some((name, width.parse().ok()?, height.parse().ok()?))
        };
        let (name, width, height) =
            parse().ok_or_else(|| format!("{text:?} is not NAME=WIDTHxHEIGHT, such as HEADLESS-1=1280x720"))?;
        Self::new(name, width, height)
    }
}

/// An output and its camera.
pub struct MapOutput {
    pub output: Output,
    pub name: String,
    pub camera: Camera,
    pub target: Target,
    /// Identity of the grid and of the bricks for damage tracking.
    pub grid_id: Id,
    pub tiles_id: Id,
    global: GlobalId,
}

/// Where an output's picture goes.
pub enum Target {
    Headless(Box<Picture>),
    /// The window of the winit backend, which renders by itself.
    #[cfg(feature = "winit")]
    Window(Box<crate::winit::Window>),
    /// While the picture is being drawn.
    Taken,
}

pub struct Picture {
    pub image: Image<'static, 'static>,
    pub tracker: OutputDamageTracker,
    /// Whether the image holds the last frame; else everything is drawn.
    pub valid: bool,
}

/// All outputs, in the order in which they were added, and the software renderer that they share.
pub struct Outputs {
    list: Vec<MapOutput>,
    pub renderer: Option<PixmanRenderer>,
}

impl Outputs {
    pub fn new() -> Fallible<Self> {
        let renderer = PixmanRenderer::new().map_err(|error| format!("no software renderer: {error}"))?;
        Ok(Self { list: Vec::new(), renderer: Some(renderer) })
    }

    pub fn iter(&self) -> impl Iterator<Item = &MapOutput> {
        self.list.iter()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut MapOutput> {
        self.list.iter_mut()
    }

    pub fn first(&self) -> Option<&MapOutput> {
        self.list.first()
    }

    pub fn get(&self, name: &str) -> Option<&MapOutput> {
        self.list.iter().find(|output| output.name == name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut MapOutput> {
        self.list.iter_mut().find(|output| output.name == name)
    }

    pub fn of(&self, output: &Output) -> Option<&MapOutput> {
        self.list.iter().find(|other| other.output == *output)
    }

    pub fn names(&self) -> Vec<String> {
        self.list.iter().map(|output| output.name.clone()).collect()
    }

    /// A picture of the given size to draw into.
    pub fn picture(&mut self, width: i32, height: i32) -> Fallible<Picture> {
        let renderer = self.renderer.as_mut().ok_or("the renderer is busy")?;
        let image = renderer
            .create_buffer(Fourcc::Xrgb8888, (width, height).into())
            .map_err(|error| format!("no memory for a picture of {width}x{height}: {error}"))?;
        let tracker = OutputDamageTracker::new((width, height), 1.0, Transform::Normal);
        Ok(Picture { image, tracker, valid: false })
    }
}

impl State {
    /// Adds a headless output with a camera of its own, right of the others for wl_output's sake.
    pub fn add_headless_output(&mut self, spec: &OutputSpec) -> Result<(), String> {
        let (width, height) = (spec.width as i32, spec.height as i32);
        let picture = self.outputs.picture(width, height).map_err(|error| error.to_string())?;
        self.add_output(spec, Target::Headless(Box::new(picture)), "headless")
    }

    pub fn add_output(&mut self, spec: &OutputSpec, target: Target, model: &str) -> Result<(), String> {
        if self.outputs.get(&spec.name).is_some() {
            return Err(format!("there is an output {:?} already", spec.name));
        }
        let (width, height) = (spec.width as i32, spec.height as i32);
        let output = Output::new(
            spec.name.clone(),
            PhysicalProperties {
                size: (width * 254 / 960, height * 254 / 960).into(),
                subpixel: Subpixel::Unknown,
                make: "infinite-map".into(),
                model: model.into(),
            },
        );
        let mode = Mode { size: (width, height).into(), refresh: REFRESH_MILLIHERTZ };
        let right = self
            .outputs
            .iter()
            .filter_map(|other| Some(other.output.current_location().x + other.output.current_mode()?.size.w))
            .max()
            .unwrap_or(0);
        output.set_preferred(mode);
        let location = Some((right, 0).into());
        output.change_current_state(Some(mode), Some(Transform::Normal), Some(Scale::Integer(1)), location);
        let global = output.create_global::<Self>(&self.display);
        let camera = Camera::new(Pose::new(0.0, 0.0, 1.0), Size::new(f64::from(spec.width), f64::from(spec.height)));
        self.extension.camera_added(&spec.name, &camera);
        self.outputs.list.push(MapOutput {
            output,
            name: spec.name.clone(),
            camera,
            target,
            grid_id: Id::new(),
            tiles_id: Id::new(),
            global,
        });
        self.queue_frame();
        Ok(())
    }

    /// Takes an output away: its global, its layer surfaces and its camera; windows that cover it go back to the map.
    pub fn remove_output(&mut self, name: &str) -> Result<(), String> {
        let index = self
            .outputs
            .iter()
            .position(|output| output.name == name)
            .ok_or_else(|| format!("there is no output {name:?}"))?;
        if !matches!(self.outputs.list[index].target, Target::Headless(_)) {
            return Err(format!("output {name:?} is the compositor's own window"));
        }
        let covering: Vec<u32> = self
            .windows
            .iter()
            .filter(|window| window.fullscreen.as_ref().is_some_and(|full| full.output == name))
            .map(|window| window.id)
            .collect();
        for id in covering {
            self.set_fullscreen(id, false, None);
        }
        let removed = self.outputs.list.remove(index);
        let layers: Vec<_> = layer_map_for_output(&removed.output).layers().cloned().collect();
        for layer in layers {
            layer.layer_surface().send_close();
            layer_map_for_output(&removed.output).unmap_layer(&layer);
        }
        for window in self.windows.iter_mut() {
            if let Some(position) = window.shown_on.iter().position(|shown| shown == name) {
                window.shown_on.swap_remove(position);
                window.window.with_surfaces(|surface, _| removed.output.leave(surface));
            }
        }
        self.queue_hidden_frame();
        self.input.output_removed(name);
        self.extension.camera_removed(name);
        self.display.disable_global::<Self>(removed.global.clone());
        let global = removed.global;
        let timer = self.event_loop.insert_source(Timer::from_duration(GLOBAL_GRACE), move |_, _, state| {
            state.display.remove_global::<Self>(global.clone());
            TimeoutAction::Drop
        });
        if let Err(error) = timer {
            tracing::error!(%error, "global of a removed output stays disabled");
        }
        self.queue_frame();
        Ok(())
    }

    /// The output's window has a new size.
    #[cfg(feature = "winit")]
    pub fn resize_output(&mut self, name: &str, width: i32, height: i32) {
        let Some(output) = self.outputs.get_mut(name) else {
            return;
        };
        let mode = Mode { size: (width.max(1), height.max(1)).into(), refresh: REFRESH_MILLIHERTZ };
        output.output.change_current_state(Some(mode), None, None, None);
        output.output.set_preferred(mode);
        output.camera.set_viewport(Size::new(f64::from(mode.size.w), f64::from(mode.size.h)));
        let smithay_output = output.output.clone();
        layer_map_for_output(&smithay_output).arrange();
        let covering: Vec<u32> = self.windows.fullscreen_on(name).map(|window| window.id).collect();
        for id in covering {
            self.configure_fullscreen(id);
        }
        self.queue_frame();
    }

    pub fn announce_wl_output(&mut self, output: &Output, wl_output: &WlOutput) {
        if let Some(output) = self.outputs.of(output) {
            self.extension.output_bound(&output.name, wl_output);
        }
    }

    /// Whether a fullscreen window covers the output, which locks its camera.
    pub fn is_locked(&self, output: &str) -> bool {
        self.windows.fullscreen_on(output).next().is_some()
    }

    /// Moves an output's camera unless it is locked. What is None keeps the target's value.
    pub fn move_camera(&mut self, name: &str, x: Option<f64>, y: Option<f64>, zoom: Option<f64>, duration: Duration) {
        if self.is_locked(name) {
            return;
        }
        let now = self.now();
        if let Some(output) = self.outputs.get_mut(name) {
            let mut pose = output.camera.target();
            pose.center.x = x.unwrap_or(pose.center.x);
            pose.center.y = y.unwrap_or(pose.center.y);
            pose.zoom = zoom.unwrap_or(pose.zoom);
            output.camera.move_to(pose, duration, now);
            self.queue_frame();
        }
    }
}
