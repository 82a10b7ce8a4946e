//! What is under a point: of the map for injected input, of a viewport for the user's own pointer.

use smithay::desktop::{layer_map_for_output, WindowSurfaceType};
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::utils::{Logical, Point as Spot};
use smithay::wayland::shell::wlr_layer::{KeyboardInteractivity, Layer};

use crate::geometry::Point;
use crate::state::State;
use crate::windows::MapWindow;

/// A surface and the point's place in it.
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceHit {
    pub surface: WlSurface,
    pub local: Spot<f64, Logical>,
}

/// What a point meets.
#[derive(Clone, Debug, Default)]
pub struct Hit {
    pub surface: Option<SurfaceHit>,
    /// The window that the surface, or the title bar there, belongs to.
    pub window: Option<u32>,
    /// A layer surface that a click gives the keyboard to.
    pub layer_focus: Option<WlSurface>,
    pub on_title_bar: bool,
}

impl State {
    /// What is on the map at a point of the world, whether or not a camera shows it.
    pub fn hit_world(&self, point: Point) -> Hit {
        self.windows
            .top_to_bottom()
            .filter(|window| window.is_on_map())
            .find_map(|window| hit_window(window, point))
            .unwrap_or_default()
    }

    /// What an output shows at a pixel.
    pub fn hit_viewport(&self, output: &str, pixel: Point) -> Hit {
        let Some(map_output) = self.outputs.get(output) else {
            return Hit::default();
        };
        let layer = |layer| hit_layer(&map_output.output, layer, pixel);
        if let Some(hit) = layer(Layer::Overlay) {
            return hit;
        }
        if let Some(window) = self.windows.fullscreen_on(output).next() {
            let origin = window.fullscreen_origin(map_output.camera.viewport());
            let surface = surface_of(window, pixel - origin);
            return Hit { surface, window: Some(window.id), ..Hit::default() };
        }
        if let Some(hit) = layer(Layer::Top) {
            return hit;
        }
        let hit = self.hit_world(map_output.camera.to_world(pixel));
        if hit.window.is_some() {
            return hit;
        }
        layer(Layer::Bottom).or_else(|| layer(Layer::Background)).unwrap_or_default()
    }
}

fn hit_window(window: &MapWindow, point: Point) -> Option<Hit> {
    if !window.painted().contains(point) {
        return None;
    }
    let surface = surface_of(window, point - window.surface_origin());
    let on_title_bar = surface.is_none() && window.frame().contains(point);
    (surface.is_some() || on_title_bar).then_some(Hit {
        surface,
        window: Some(window.id),
        layer_focus: None,
        on_title_bar,
    })
}

fn surface_of(window: &MapWindow, local: Point) -> Option<SurfaceHit> {
    let local = Spot::<f64, Logical>::from((local.x, local.y));
    let (surface, offset) = window.window.surface_under(local, WindowSurfaceType::ALL)?;
    Some(SurfaceHit { surface, local: local - offset.to_f64() })
}

fn hit_layer(output: &smithay::output::Output, layer: Layer, pixel: Point) -> Option<Hit> {
    let map = layer_map_for_output(output);
    let pixel = Spot::<f64, Logical>::from((pixel.x, pixel.y));
    let surface = map.layer_under(layer, pixel)?;
    let local = pixel - map.layer_geometry(surface)?.loc.to_f64();
    let (under, offset) = surface.surface_under(local, WindowSurfaceType::ALL)?;
    let takes_keyboard = surface.cached_state().keyboard_interactivity != KeyboardInteractivity::None;
    Some(Hit {
        surface: Some(SurfaceHit { surface: under, local: local - offset.to_f64() }),
        window: None,
        layer_focus: takes_keyboard.then(|| surface.wl_surface().clone()),
        on_title_bar: false,
    })
}
