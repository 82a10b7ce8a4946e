//! The windows on the map: their data, identities and order.

use std::collections::BTreeMap;

use smithay::backend::renderer::utils::with_renderer_surface_state;
use smithay::desktop::Window;
use smithay::reexports::wayland_protocols::xdg::decoration::zv1::server::zxdg_toplevel_decoration_v1::Mode;
use smithay::reexports::wayland_protocols::xdg::shell::server::xdg_toplevel::State as Toplevel;
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::utils::Serial;
use smithay::wayland::compositor::with_states;
use smithay::wayland::foreign_toplevel_list::ForeignToplevelHandle;
use smithay::wayland::shell::xdg::{ToplevelSurface, XdgToplevelSurfaceData};

use crate::geometry::{Point, Rect, Size};
use crate::stacking::Stacking;
use crate::titlebar::TitleBar;

/// Height of the title bar that the compositor draws, part of the frame.
pub const TITLE_HEIGHT: f64 = 24.0;

/// The longest edge that a client is asked for.
const MAX_EDGE: f64 = 65_535.0;

/// A mapped toplevel.
pub struct MapWindow {
    pub id: u32,
    pub window: Window,
    /// The frame's top-left corner on the map; kept while the window is fullscreen.
    pub position: Point,
    pub pid: Option<u32>,
    pub handle: ForeignToplevelHandle,
    pub minimized: bool,
    pub urgent: bool,
    /// The frame to return to, while maximized.
    pub maximized: Option<Rect>,
    pub fullscreen: Option<Fullscreen>,
    pub resize: Option<Resize>,
    pub title_bar: TitleBar,
    /// Names of the outputs whose view it is in.
    pub shown_on: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fullscreen {
    pub output: String,
    /// Size of the frame to return to.
    pub restore: Size,
}

/// Edges that stay in place while the client takes a new size.
#[derive(Clone, Copy, Debug)]
pub struct Resize {
    /// The right edge stays at this x, because the left one is dragged.
    pub keep_right: Option<f64>,
    /// The bottom edge stays at this y.
    pub keep_bottom: Option<f64>,
    pub stage: ResizeStage,
}

/// How far an interactive resize is.
#[derive(Clone, Copy, Debug)]
pub enum ResizeStage {
    Dragging,
    /// The user let go, and this was the last configure.
    Released(Serial),
    /// The client has seen that; its next commit has the final size.
    Acknowledged,
}

/// A toplevel without a picture, and what its client asked for meanwhile.
pub struct Unmapped {
    pub window: Window,
    pub wishes: Vec<Wish>,
}

impl Unmapped {
    pub fn new(window: Window) -> Self {
        Self { window, wishes: Vec::new() }
    }
}

/// What a client can ask about its own window. The name is that of an output.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    Maximized(bool),
    Fullscreen(bool, Option<String>),
    Minimized(bool),
}

impl MapWindow {
    pub fn toplevel(&self) -> Option<&ToplevelSurface> {
        self.window.toplevel()
    }

    pub fn surface(&self) -> Option<&WlSurface> {
        self.toplevel().map(ToplevelSurface::wl_surface)
    }

    /// Height of the compositor's own decoration at present.
    pub fn title_height(&self) -> f64 {
        let decorated =
            self.toplevel().is_some_and(|toplevel| toplevel.current_state().decoration_mode == Some(Mode::ServerSide));
        if decorated && self.fullscreen.is_none() {
            TITLE_HEIGHT
        } else {
            0.0
        }
    }

    pub fn frame_size(&self) -> Size {
        let geometry = self.window.geometry().size;
        Size::new(f64::from(geometry.w), f64::from(geometry.h) + self.title_height())
    }

    /// The frame on the map.
    pub fn frame(&self) -> Rect {
        Rect::new(self.position, self.frame_size())
    }

    /// World point of the surface's own (0, 0), which shadows push out of the frame.
    pub fn surface_origin(&self) -> Point {
        let geometry = self.window.geometry().loc;
        self.position + Point::new(-f64::from(geometry.x), self.title_height() - f64::from(geometry.y))
    }

    /// Pixel of the surface's (0, 0) while the window covers an output: in the middle, whatever size it took.
    pub fn fullscreen_origin(&self, viewport: Size) -> Point {
        let geometry = self.window.geometry();
        let gap = |outer: f64, inner: i32| ((outer - f64::from(inner)) / 2.0).floor();
        Point::new(
            gap(viewport.width, geometry.size.w) - f64::from(geometry.loc.x),
            gap(viewport.height, geometry.size.h) - f64::from(geometry.loc.y),
        )
    }

    /// The frame in the viewport that the window covers.
    pub fn screen_frame(&self, viewport: Size) -> Rect {
        let geometry = self.window.geometry().loc;
        let corner = self.fullscreen_origin(viewport) + Point::new(f64::from(geometry.x), f64::from(geometry.y));
        Rect::new(corner, self.frame_size())
    }

    /// Everything that it paints on the map, popups and shadows included.
    pub fn painted(&self) -> Rect {
        let bbox = self.window.bbox_with_popups();
        let origin = self.surface_origin() + Point::new(f64::from(bbox.loc.x), f64::from(bbox.loc.y));
        let surfaces = Rect::new(origin, Size::new(f64::from(bbox.size.w), f64::from(bbox.size.h)));
        surfaces.united(&self.frame())
    }

    /// Asks the client for a size of the frame and a state, on or off.
    pub fn want(&self, size: Size, state: Toplevel, on: bool) {
        let Some(toplevel) = self.toplevel() else {
            return;
        };
        let edge = |length: f64| length.round().clamp(1.0, MAX_EDGE) as i32;
        let content = (edge(size.width), edge(size.height - self.title_height()));
        toplevel.with_pending_state(|pending| {
            if on {
                pending.states.set(state);
            } else {
                pending.states.unset(state);
            }
            pending.size = Some(content.into());
        });
        toplevel.send_pending_configure();
    }

    pub fn is_on_map(&self) -> bool {
        self.fullscreen.is_none() && !self.minimized
    }

    pub fn title(&self) -> String {
        self.attribute(|data| data.title.clone())
    }

    pub fn app_id(&self) -> String {
        self.attribute(|data| data.app_id.clone())
    }

    fn attribute(
        &self,
        get: impl FnOnce(&smithay::wayland::shell::xdg::XdgToplevelSurfaceRoleAttributes) -> Option<String>,
    ) -> String {
        self.surface()
            .and_then(|surface| {
                with_states(surface, |states| {
                    let data = states.data_map.get::<XdgToplevelSurfaceData>()?;
                    data.lock().ok().and_then(|data| get(&data))
                })
            })
            .unwrap_or_default()
    }
}

/// All toplevels: mapped ones by id, and those that have not shown a picture yet.
#[derive(Default)]
pub struct Windows {
    mapped: BTreeMap<u32, MapWindow>,
    pub unmapped: Vec<Unmapped>,
    pub stacking: Stacking,
    pub focused: Option<u32>,
}

impl Windows {
    pub fn insert(&mut self, window: MapWindow) {
        self.stacking.raise(window.id);
        self.mapped.insert(window.id, window);
    }

    pub fn remove(&mut self, id: u32) -> Option<MapWindow> {
        self.stacking.remove(id);
        if self.focused == Some(id) {
            self.focused = None;
        }
        self.mapped.remove(&id)
    }

    pub fn get(&self, id: u32) -> Option<&MapWindow> {
        self.mapped.get(&id)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut MapWindow> {
        self.mapped.get_mut(&id)
    }

    pub fn iter(&self) -> impl Iterator<Item = &MapWindow> {
        self.mapped.values()
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut MapWindow> {
        self.mapped.values_mut()
    }

    pub fn top_to_bottom(&self) -> impl Iterator<Item = &MapWindow> {
        self.stacking.bottom_to_top().rev().filter_map(|id| self.mapped.get(&id))
    }

    pub fn id_of(&self, surface: &WlSurface) -> Option<u32> {
        self.mapped.values().find(|window| window.surface() == Some(surface)).map(|window| window.id)
    }

    /// The window that covers an output, topmost first.
    pub fn fullscreen_on<'a>(&'a self, output: &'a str) -> impl Iterator<Item = &'a MapWindow> {
        self.top_to_bottom().filter(move |window| {
            !window.minimized && window.fullscreen.as_ref().is_some_and(|full| full.output == output)
        })
    }

    pub fn parent_of(&self, window: &MapWindow) -> Option<u32> {
        self.id_of(&window.toplevel()?.parent()?)
    }

    /// A window and what belongs to it, parents before children.
    pub fn family(&self, id: u32) -> Vec<u32> {
        let mut family = vec![id];
        let mut next = 0;
        while let Some(parent) = family.get(next).copied() {
            next += 1;
            let children = self.stacking.bottom_to_top().filter(|child| {
                !family.contains(child) && self.get(*child).and_then(|window| self.parent_of(window)) == Some(parent)
            });
            family.extend(children.collect::<Vec<_>>());
        }
        family
    }
}

/// Whether a surface shows a picture.
pub fn has_buffer(surface: &WlSurface) -> bool {
    with_renderer_surface_state(surface, |state| state.buffer().is_some()).unwrap_or(false)
}
