//! What a picture is made of, beyond Smithay's own render elements.

use smithay::backend::renderer::element::memory::MemoryRenderBufferRenderElement;
use smithay::backend::renderer::element::solid::SolidColorRenderElement;
use smithay::backend::renderer::element::surface::WaylandSurfaceRenderElement;
use smithay::backend::renderer::element::utils::CropRenderElement;
use smithay::backend::renderer::element::{render_elements, Element, Id, Kind, RenderElement};
use smithay::backend::renderer::utils::{CommitCounter, DamageSet, OpaqueRegions};
use smithay::backend::renderer::{Color32F, Frame, ImportAll, ImportMem, Renderer};
use smithay::utils::{Buffer, Physical, Point, Rectangle, Scale, Transform};

type Area = Rectangle<i32, Physical>;

render_elements! {
    pub SceneElement<R> where R: ImportAll + ImportMem, R::TextureId: Send + Clone + 'static;
    Surface=Zoomed<WaylandSurfaceRenderElement<R>>,
    LargeSurface=CropRenderElement<Zoomed<WaylandSurfaceRenderElement<R>>>,
    Picture=MemoryRenderBufferRenderElement<R>,
    LargePicture=CropRenderElement<MemoryRenderBufferRenderElement<R>>,
    Tiles=TileLayer<R>,
    Solid=SolidColorRenderElement,
    Grid=Grid,
}

/// An element drawn at a camera's zoom, whatever scale the output has: edges are rounded after
/// scaling, so that neighbours meet.
pub struct Zoomed<E> {
    inner: E,
    zoom: Scale<f64>,
}

impl<E> Zoomed<E> {
    pub fn new(inner: E, zoom: f64) -> Self {
        Self { inner, zoom: zoom.into() }
    }
}

impl<E: Element> Element for Zoomed<E> {
    fn id(&self) -> &Id {
        self.inner.id()
    }

    fn current_commit(&self) -> CommitCounter {
        self.inner.current_commit()
    }

    fn src(&self) -> Rectangle<f64, Buffer> {
        self.inner.src()
    }

    fn geometry(&self, _: Scale<f64>) -> Area {
        self.inner.geometry(self.zoom)
    }

    fn location(&self, _: Scale<f64>) -> Point<i32, Physical> {
        self.inner.location(self.zoom)
    }

    fn transform(&self) -> Transform {
        self.inner.transform()
    }

    fn damage_since(&self, _: Scale<f64>, commit: Option<CommitCounter>) -> DamageSet<i32, Physical> {
        let damage = self.inner.damage_since(self.zoom, commit);
        if self.zoom == Scale::from(1.0) {
            return damage;
        }
        // Filtering spreads a changed pixel to its neighbours.
        let spread = (self.zoom.x.ceil() as i32).max(1);
        let grow = |mut area: Area| {
            area.loc -= (spread, spread).into();
            area.size += (2 * spread, 2 * spread).into();
            area
        };
        damage.into_iter().map(grow).collect()
    }

    fn opaque_regions(&self, _: Scale<f64>) -> OpaqueRegions<i32, Physical> {
        if self.zoom == Scale::from(1.0) {
            self.inner.opaque_regions(self.zoom)
        } else {
            // Filtering blends the edges with what is below, so that must be drawn.
            OpaqueRegions::default()
        }
    }

    fn alpha(&self) -> f32 {
        self.inner.alpha()
    }

    fn kind(&self) -> Kind {
        self.inner.kind()
    }
}

impl<R: Renderer, E: RenderElement<R>> RenderElement<R> for Zoomed<E> {
    fn draw(
        &self,
        frame: &mut R::Frame<'_, '_>,
        src: Rectangle<f64, Buffer>,
        dst: Area,
        damage: &[Area],
        opaque_regions: &[Area],
    ) -> Result<(), R::Error> {
        self.inner.draw(frame, src, dst, damage, opaque_regions)
    }
}

/// The ground of the map: one colour with lines along the cells' edges.
pub struct Grid {
    pub id: Id,
    pub commit: CommitCounter,
    pub area: Area,
    pub ground: Color32F,
    /// Lines and their colour, below to above.
    pub lines: Vec<(Area, Color32F)>,
}

impl Element for Grid {
    fn id(&self) -> &Id {
        &self.id
    }

    fn current_commit(&self) -> CommitCounter {
        self.commit
    }

    fn src(&self) -> Rectangle<f64, Buffer> {
        Rectangle::from_size((1.0, 1.0).into())
    }

    fn geometry(&self, _: Scale<f64>) -> Area {
        self.area
    }

    fn opaque_regions(&self, _: Scale<f64>) -> OpaqueRegions<i32, Physical> {
        OpaqueRegions::from_slice(&[Rectangle::from_size(self.area.size)])
    }
}

impl<R: Renderer> RenderElement<R> for Grid {
    fn draw(
        &self,
        frame: &mut R::Frame<'_, '_>,
        _: Rectangle<f64, Buffer>,
        dst: Area,
        damage: &[Area],
        _: &[Area],
    ) -> Result<(), R::Error> {
        frame.draw_solid(dst, damage, self.ground)?;
        for (line, color) in &self.lines {
            let damaged = damage_within(damage, dst, *line);
            if !damaged.is_empty() {
                frame.draw_solid(*line, &damaged, *color)?;
            }
        }
        Ok(())
    }
}

/// All visible bricks as one element: a screen may show thousands, and they change together.
pub struct TileLayer<R: Renderer> {
    pub id: Id,
    pub commit: CommitCounter,
    pub area: Area,
    pub tiles: Vec<Tile<R>>,
}

pub enum Tile<R: Renderer> {
    Picture(Box<MemoryRenderBufferRenderElement<R>>),
    /// Too small to show a picture, or there is none.
    Plain(Area, Color32F),
}

impl<R: Renderer> Element for TileLayer<R> {
    fn id(&self) -> &Id {
        &self.id
    }

    fn current_commit(&self) -> CommitCounter {
        self.commit
    }

    fn src(&self) -> Rectangle<f64, Buffer> {
        Rectangle::from_size((1.0, 1.0).into())
    }

    fn geometry(&self, _: Scale<f64>) -> Area {
        self.area
    }
}

impl<R> RenderElement<R> for TileLayer<R>
where
    R: Renderer + ImportMem,
    R::TextureId: Send + Clone + 'static,
{
    fn draw(
        &self,
        frame: &mut R::Frame<'_, '_>,
        _: Rectangle<f64, Buffer>,
        dst: Area,
        damage: &[Area],
        _: &[Area],
    ) -> Result<(), R::Error> {
        for tile in &self.tiles {
            let area = match tile {
                Tile::Picture(picture) => picture.geometry(1.0.into()),
                Tile::Plain(area, _) => *area,
            };
            let damaged = damage_within(damage, dst, area);
            if damaged.is_empty() {
                continue;
            }
            match tile {
                Tile::Picture(picture) => {
                    RenderElement::<R>::draw(&**picture, frame, picture.src(), area, &damaged, &[])?;
                }
                Tile::Plain(_, color) => frame.draw_solid(area, &damaged, *color)?,
            }
        }
        Ok(())
    }
}

/// Damage relative to `outer` as damage relative to `inner`.
fn damage_within(damage: &[Area], outer: Area, inner: Area) -> Vec<Area> {
    damage
        .iter()
        .filter_map(|area| {
            let mut area = Rectangle::new(area.loc + outer.loc, area.size).intersection(inner)?;
            area.loc -= inner.loc;
            Some(area)
        })
        .collect()
}
