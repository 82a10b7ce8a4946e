//! From the map to pictures: what an output shows, front to back, and the headless outputs' frames.

use smithay::backend::renderer::damage::OutputDamageTracker;
use smithay::backend::renderer::element::memory::MemoryRenderBufferRenderElement;
use smithay::backend::renderer::element::solid::SolidColorRenderElement;
use smithay::backend::renderer::element::surface::{render_elements_from_surface_tree, WaylandSurfaceRenderElement};
use smithay::backend::renderer::element::utils::CropRenderElement;
use smithay::backend::renderer::element::{Element, Kind};
use smithay::backend::renderer::utils::CommitCounter;
use smithay::backend::renderer::{Bind, Color32F, ImportAll, ImportMem, Renderer};
use smithay::desktop::{layer_map_for_output, PopupManager};
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::utils::{Physical, Rectangle};
use smithay::wayland::shell::wlr_layer::Layer;

use crate::camera::Camera;
use crate::elements::{Grid, SceneElement, Tile, TileLayer, Zoomed};
use crate::geometry::{Point, Rect, Size};
use crate::outputs::{MapOutput, Picture, Target};
use crate::state::State;
use crate::windows::MapWindow;
use crate::Fallible;

type Area = Rectangle<i32, Physical>;

const GROUND: Color32F = Color32F::new(0.11, 0.12, 0.14, 1.0);
const LINE: Color32F = Color32F::new(0.19, 0.20, 0.23, 1.0);
const MAJOR_LINE: Color32F = Color32F::new(0.29, 0.31, 0.36, 1.0);
const BLACK: Color32F = Color32F::new(0.0, 0.0, 0.0, 1.0);

/// Lines nearer than this are left out, but for every tenth.
const MIN_LINE_DISTANCE: f64 = 8.0;
/// Bricks smaller than this are drawn in their mean colour.
const MIN_PICTURE_EDGE: f64 = 6.0;
/// Pixman counts in 16 bits beyond the comma: what reaches further than this is cut first.
const MAX_REACH: i32 = 16_000;

impl State {
    /// Draws every headless output anew where it changed. The winit window does so by itself.
    pub fn render_outputs(&mut self) {
        for name in self.outputs.names() {
            self.prepare_view(&name);
            let Some(output) = self.outputs.get_mut(&name) else {
                continue;
            };
            match std::mem::replace(&mut output.target, Target::Taken) {
                Target::Headless(mut picture) => {
                    if let Err(error) = self.render_into(&name, &mut picture) {
                        tracing::error!(output = name, %error, "frame not drawn");
                    }
                    if let Some(output) = self.outputs.get_mut(&name) {
                        output.target = Target::Headless(picture);
                    }
                }
                #[cfg(feature = "winit")]
                Target::Window(mut window) => {
                    if let Err(error) = self.render_window(&name, &mut window) {
                        tracing::error!(output = name, %error, "frame not drawn");
                    }
                    if let Some(output) = self.outputs.get_mut(&name) {
                        output.target = Target::Window(window);
                    }
                }
                Target::Taken => {}
            }
        }
    }

    /// Draws an output's view into a picture, only what changed if the picture holds the last frame.
    pub fn render_into(&mut self, name: &str, picture: &mut Picture) -> Fallible<()> {
        let mut renderer = self.outputs.renderer.take().ok_or("the renderer is busy")?;
        let result = self.outputs.get(name).ok_or("the output is gone".into()).and_then(|output| {
            let elements = self.scene(output, &mut renderer);
            let age = usize::from(picture.valid);
            picture.valid = false;
            draw(&mut renderer, &mut picture.image, &mut picture.tracker, age, &elements)?;
            picture.valid = true;
            Ok(())
        });
        self.outputs.renderer = Some(renderer);
        result
    }

    /// Loads the bricks and draws the title bars that an output is about to show.
    pub fn prepare_view(&mut self, name: &str) {
        let focused = self.windows.focused;
        for window in self.windows.iter_mut().filter(|window| window.shown_on.iter().any(|shown| shown == name)) {
            if window.title_height() > 0.0 {
                let (title, width) = (window.title(), window.frame_size().width as i32);
                window.title_bar.update(&title, width, focused == Some(window.id));
            }
        }
        if let Some(output) = self.outputs.get(name) {
            if f64::from(self.settings.grid_size) * output.camera.live().zoom >= MIN_PICTURE_EDGE {
                let visible = output.camera.visible();
                for (_, brick) in self.extension.tiles_within(&visible) {
                    self.tiles.load(&brick);
                }
            }
        }
    }

    /// What an output shows, front to back.
    pub fn scene<R>(&self, output: &MapOutput, renderer: &mut R) -> Vec<SceneElement<R>>
    where
        R: Renderer + ImportAll + ImportMem,
        R::TextureId: Send + Clone + 'static,
    {
        let mut scene = Vec::new();
        let camera = &output.camera;
        let screen = area_of(Rect::new(Point::default(), camera.viewport()));
        layers(renderer, output, Layer::Overlay, &mut scene);
        if let Some(window) = self.windows.fullscreen_on(&output.name).next() {
            fullscreen(renderer, window, camera.viewport(), &mut scene);
            let black = SolidColorRenderElement::new(
                output.grid_id.clone(),
                screen,
                CommitCounter::default(),
                BLACK,
                Kind::Unspecified,
            );
            scene.push(SceneElement::Solid(black));
            return scene;
        }
        layers(renderer, output, Layer::Top, &mut scene);
        let shown = |window: &&MapWindow| window.shown_on.contains(&output.name) && window.is_on_map();
        for window in self.windows.top_to_bottom().filter(shown) {
            map_window(renderer, window, camera, screen, &mut scene);
        }
        layers(renderer, output, Layer::Bottom, &mut scene);
        scene.extend(self.tile_layer(renderer, output, screen).map(SceneElement::Tiles));
        layers(renderer, output, Layer::Background, &mut scene);
        scene.push(SceneElement::Grid(self.grid(output, screen)));
        scene
    }

    fn grid(&self, output: &MapOutput, area: Area) -> Grid {
        Grid {
            id: output.grid_id.clone(),
            commit: CommitCounter::from(output.camera.changes()),
            area,
            ground: GROUND,
            lines: grid_lines(&output.camera, f64::from(self.settings.grid_size)),
        }
    }

    fn tile_layer<R>(&self, renderer: &mut R, output: &MapOutput, area: Area) -> Option<TileLayer<R>>
    where
        R: Renderer + ImportMem,
        R::TextureId: Send + Clone + 'static,
    {
        let camera = &output.camera;
        let grid = f64::from(self.settings.grid_size);
        let small = grid * camera.live().zoom < MIN_PICTURE_EDGE;
        let mut tiles = Vec::new();
        for (cell, name) in self.extension.tiles_within(&camera.visible()) {
            let Some(brick) = self.tiles.get(&name) else {
                continue;
            };
            let world =
                Rect::new(Point::new(f64::from(cell.x) * grid, f64::from(cell.y) * grid), Size::new(grid, grid));
            let place = on_screen(camera, &world);
            let picture = brick.picture.as_ref().filter(|_| !small).and_then(|picture| {
                MemoryRenderBufferRenderElement::from_buffer(
                    renderer,
                    place.loc.to_f64(),
                    picture,
                    None,
                    Some(Rectangle::from_size((f64::from(brick.size.0), f64::from(brick.size.1)).into())),
                    Some((place.size.w, place.size.h).into()),
                    Kind::Unspecified,
                )
                .inspect_err(|error| tracing::error!(brick = &*name, %error, "picture not imported"))
                .ok()
            });
            tiles.push(picture.map_or(Tile::Plain(place, brick.color), |picture| Tile::Picture(Box::new(picture))));
        }
        // A sum of counters that only grow changes whenever one of them does.
        let commit = CommitCounter::from(self.tiles.changes + output.camera.changes());
        (!tiles.is_empty()).then(|| TileLayer { id: output.tiles_id.clone(), commit, area, tiles })
    }
}

/// Draws a scene with any renderer.
fn draw<R, T>(
    renderer: &mut R,
    target: &mut T,
    tracker: &mut OutputDamageTracker,
    age: usize,
    elements: &[SceneElement<R>],
) -> Fallible<()>
where
    R: Renderer + ImportAll + ImportMem + Bind<T>,
    R::TextureId: Send + Clone + 'static,
    R::Error: 'static,
{
    let mut framebuffer = renderer.bind(target).map_err(|error| error.to_string())?;
    tracker.render_output(renderer, &mut framebuffer, age, elements, BLACK).map_err(|error| error.to_string())?;
    Ok(())
}

/// A rectangle of the world in an output's pixels, each edge rounded by itself so that neighbours meet.
fn on_screen(camera: &Camera, world: &Rect) -> Area {
    let corner = camera.to_viewport(world.position);
    let end = camera.to_viewport(Point::new(world.right(), world.bottom()));
    let (x, y) = (corner.x.round() as i32, corner.y.round() as i32);
    Rectangle::new((x, y).into(), (end.x.round() as i32 - x, end.y.round() as i32 - y).into())
}

fn area_of(rect: Rect) -> Area {
    Rectangle::new(
        (rect.position.x as i32, rect.position.y as i32).into(),
        (rect.size.width as i32, rect.size.height as i32).into(),
    )
}

/// Whether an area must be cut to the screen before Pixman can draw it.
fn reaches_far(area: Area) -> bool {
    let edges = [area.loc.x, area.loc.y, area.loc.x + area.size.w, area.loc.y + area.size.h];
    edges.iter().any(|edge| edge.abs() > MAX_REACH)
}

fn grid_lines(camera: &Camera, grid: f64) -> Vec<(Area, Color32F)> {
    let visible = camera.visible();
    let zoom = camera.live().zoom;
    let Size { width, height } = camera.viewport();
    let (width, height) = (width as i32, height as i32);
    let mut step = 1.0;
    while grid * step * zoom < MIN_LINE_DISTANCE {
        step *= 10.0;
    }
    let numbers = |from: f64, to: f64| {
        let first = (from / (grid * step)).floor();
        let count = ((to - from) / (grid * step)).ceil() as u32 + 1;
        (0..=count).map(move |n| (first + f64::from(n)) * step)
    };
    let color = |number: f64| if number.rem_euclid(10.0 * step) == 0.0 { MAJOR_LINE } else { LINE };
    let columns = numbers(visible.position.x, visible.right()).map(|number| {
        let x = camera.to_viewport(Point::new(number * grid, 0.0)).x.round() as i32;
        (Rectangle::new((x, 0).into(), (1, height).into()), color(number))
    });
    let rows = numbers(visible.position.y, visible.bottom()).map(|number| {
        let y = camera.to_viewport(Point::new(0.0, number * grid)).y.round() as i32;
        (Rectangle::new((0, y).into(), (width, 1).into()), color(number))
    });
    let mut lines: Vec<_> = columns.chain(rows).collect();
    lines.sort_by_key(|(_, color)| *color == MAJOR_LINE);
    lines
}

fn map_window<R>(renderer: &mut R, window: &MapWindow, camera: &Camera, screen: Area, scene: &mut Vec<SceneElement<R>>)
where
    R: Renderer + ImportAll + ImportMem,
    R::TextureId: Send + Clone + 'static,
{
    let Some(surface) = window.surface() else {
        return;
    };
    let origin = window.surface_origin();
    let geometry = window.window.geometry().loc;
    for (popup, location) in PopupManager::popups_for_surface(surface) {
        let offset = geometry + location - popup.geometry().loc;
        let at = origin + Point::new(f64::from(offset.x), f64::from(offset.y));
        surface_tree(renderer, popup.wl_surface(), camera.to_viewport(at), camera.live().zoom, screen, scene);
    }
    if let Some(picture) = window.title_bar.picture().filter(|_| window.title_height() > 0.0) {
        let size = Size::new(window.frame_size().width, window.title_height());
        let place = on_screen(camera, &Rect::new(window.position, size));
        let title = MemoryRenderBufferRenderElement::from_buffer(
            renderer,
            place.loc.to_f64(),
            picture,
            None,
            Some(Rectangle::from_size((size.width, size.height).into())),
            Some((place.size.w, place.size.h).into()),
            Kind::Unspecified,
        );
        match title {
            Ok(title) if reaches_far(place) => {
                scene.extend(CropRenderElement::from_element(title, 1.0, screen).map(SceneElement::LargePicture));
            }
            Ok(title) => scene.push(SceneElement::Picture(title)),
            Err(error) => tracing::error!(%error, "title bar not imported"),
        }
    }
    surface_tree(renderer, surface, camera.to_viewport(origin), camera.live().zoom, screen, scene);
}

/// A fullscreen window in the middle of its output, at its own size.
fn fullscreen<R>(renderer: &mut R, window: &MapWindow, viewport: Size, scene: &mut Vec<SceneElement<R>>)
where
    R: Renderer + ImportAll + ImportMem,
    R::TextureId: Send + Clone + 'static,
{
    let Some(surface) = window.surface() else {
        return;
    };
    let screen = area_of(Rect::new(Point::default(), viewport));
    let origin = window.fullscreen_origin(viewport);
    let geometry = window.window.geometry().loc;
    for (popup, location) in PopupManager::popups_for_surface(surface) {
        let offset = geometry + location - popup.geometry().loc;
        let at = origin + Point::new(f64::from(offset.x), f64::from(offset.y));
        surface_tree(renderer, popup.wl_surface(), at, 1.0, screen, scene);
    }
    surface_tree(renderer, surface, origin, 1.0, screen, scene);
}

fn layers<R>(renderer: &mut R, output: &MapOutput, layer: Layer, scene: &mut Vec<SceneElement<R>>)
where
    R: Renderer + ImportAll + ImportMem,
    R::TextureId: Send + Clone + 'static,
{
    let screen = area_of(Rect::new(Point::default(), output.camera.viewport()));
    let map = layer_map_for_output(&output.output);
    for surface in map.layers_on(layer).rev() {
        let Some(geometry) = map.layer_geometry(surface) else {
            continue;
        };
        let origin = Point::new(f64::from(geometry.loc.x), f64::from(geometry.loc.y));
        for (popup, location) in PopupManager::popups_for_surface(surface.wl_surface()) {
            let offset = location - popup.geometry().loc;
            let at = origin + Point::new(f64::from(offset.x), f64::from(offset.y));
            surface_tree(renderer, popup.wl_surface(), at, 1.0, screen, scene);
        }
        surface_tree(renderer, surface.wl_surface(), origin, 1.0, screen, scene);
    }
}

/// A surface and its subsurfaces with the origin at a pixel.
fn surface_tree<R>(
    renderer: &mut R,
    surface: &WlSurface,
    at: Point,
    zoom: f64,
    screen: Area,
    scene: &mut Vec<SceneElement<R>>,
) where
    R: Renderer + ImportAll + ImportMem,
    R::TextureId: Send + Clone + 'static,
{
    let corner = (at.x.round() as i32, at.y.round() as i32);
    let elements: Vec<WaylandSurfaceRenderElement<R>> =
        render_elements_from_surface_tree(renderer, surface, corner, zoom, 1.0, Kind::Unspecified);
    for element in elements {
        let zoomed = Zoomed::new(element, zoom);
        let area = zoomed.geometry(1.0.into());
        if !area.overlaps(screen) {
            continue;
        }
        if reaches_far(area) {
            scene.extend(CropRenderElement::from_element(zoomed, 1.0, screen).map(SceneElement::LargeSurface));
        } else {
            scene.push(SceneElement::Surface(zoomed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::Pose;

    fn camera(pose: Pose) -> Camera {
        Camera::new(pose, Size::new(1280.0, 720.0))
    }

    #[test]
    fn grid_lines_lie_on_cell_edges() {
        let lines = grid_lines(&camera(Pose::new(0.0, 0.0, 1.0)), 100.0);
        let columns: Vec<_> = lines.iter().filter(|(area, _)| area.size.w == 1).map(|(area, _)| area.loc.x).collect();
        assert!(columns.contains(&640) && columns.contains(&540) && columns.contains(&1240));
        assert!(columns.iter().all(|x| (x - 640) % 100 == 0));
    }

    #[test]
    fn the_number_of_lines_is_bounded_at_any_zoom_and_place() {
        for zoom in [0.05, 0.3, 1.0, 8.0] {
            for grid in [1.0, 100.0, 1e6] {
                let lines = grid_lines(&camera(Pose::new(1e11, -1e11, zoom)), grid);
                assert!(lines.len() < 300, "{} lines at zoom {zoom}, grid {grid}", lines.len());
            }
        }
    }

    #[test]
    fn neighbouring_cells_meet_at_any_zoom() {
        let camera = camera(Pose::new(33.3, 7.7, 0.37));
        let cell = |x: f64| on_screen(&camera, &Rect::new(Point::new(x, 0.0), Size::new(100.0, 100.0)));
        for n in -20..20 {
            let (left, right) = (cell(f64::from(n) * 100.0), cell(f64::from(n + 1) * 100.0));
            assert_eq!(left.loc.x + left.size.w, right.loc.x);
        }
    }
}
