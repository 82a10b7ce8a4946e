//! World coordinates as they travel: a cell number and an offset in that cell.
//!
//! A `wl_fixed` ends at ±8.4 million in steps of 1/256; the map does not end there. So a coordinate is sent as the
//! number of its grid cell and the offset from the cell's top-left corner. Everything here counts in 256ths of a world
//! unit as integers, since that is the only way in which an offset never rounds up to a whole cell.

use std::ops::{Add, Sub};

/// Steps of a `wl_fixed` per unit.
const STEPS: f64 = 256.0;

/// Zoom 1 on the wire.
const ZOOM_UNIT: f64 = 1_000_000.0;

/// The smallest and the largest edge of a grid cell, in world units.
pub const GRID_SIZES: std::ops::RangeInclusive<u32> = 1..=1_000_000;

/// A point of the world, in world units; x grows to the right, y downward.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WorldPoint {
    /// To the right of the world's origin.
    pub x: f64,
    /// Below the world's origin.
    pub y: f64,
}

impl WorldPoint {
    /// The point at `x`, `y`.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

impl From<(f64, f64)> for WorldPoint {
    fn from((x, y): (f64, f64)) -> Self {
        Self { x, y }
    }
}

impl Add for WorldPoint {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl Sub for WorldPoint {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

/// The number of a grid cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Cell {
    /// Cells to the right of the one whose top-left corner is the origin.
    pub x: i32,
    /// Cells below it.
    pub y: i32,
}

impl Cell {
    /// The cell in column `x` and row `y`.
    pub const fn new(x: i32, y: i32) -> Self {
        Self { x, y }
    }

    /// The cell that contains `point`.
    pub fn containing(point: WorldPoint, grid_size: u32) -> Self {
        let point = WirePoint::from_world(point, grid_size);
        Self::new(point.x.cell, point.y.cell)
    }

    /// The cell's top-left corner.
    pub fn origin(self, grid_size: u32) -> WorldPoint {
        let size = f64::from(grid_size);
        WorldPoint::new(f64::from(self.x) * size, f64::from(self.y) * size)
    }
}

/// One coordinate on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WireCoordinate {
    /// The cell.
    pub cell: i32,
    /// The offset from its edge in 256ths of a world unit, which is the raw value of a `wl_fixed`.
    pub offset_256: i32,
}

impl WireCoordinate {
    /// Rounds to 1/256 world unit, then divides into cell and offset. A coordinate beyond the last cell is clamped to
    /// the nearest one there is; NaN, which only a bug produces, becomes 0.
    pub fn from_world(world: f64, grid_size: u32) -> Self {
        let grid = i128::from(clamp_grid(grid_size)) * STEPS as i128;
        let first = i128::from(i32::MIN) * grid;
        let last = i128::from(i32::MAX) * grid + grid - 1;
        // A float-to-integer cast saturates, and 2^127 is far beyond the last cell.
        let steps = ((world * STEPS).round() as i128).clamp(first, last);
        Self { cell: steps.div_euclid(grid) as i32, offset_256: steps.rem_euclid(grid) as i32 }
    }

    /// `cell × grid_size + offset`, for any offset.
    pub fn to_world(self, grid_size: u32) -> f64 {
        let grid = i128::from(clamp_grid(grid_size)) * STEPS as i128;
        (i128::from(self.cell) * grid + i128::from(self.offset_256)) as f64 / STEPS
    }

    /// The offset as the `fixed` argument of a message.
    pub fn offset(self) -> f64 {
        f64::from(self.offset_256) / STEPS
    }
}

/// A point on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct WirePoint {
    /// Horizontally.
    pub x: WireCoordinate,
    /// Vertically.
    pub y: WireCoordinate,
}

impl WirePoint {
    /// See [`WireCoordinate::from_world`].
    pub fn from_world(point: WorldPoint, grid_size: u32) -> Self {
        Self { x: WireCoordinate::from_world(point.x, grid_size), y: WireCoordinate::from_world(point.y, grid_size) }
    }

    /// From the arguments of a request.
    pub fn from_arguments(cell_x: i32, cell_y: i32, offset_x: f64, offset_y: f64) -> Self {
        Self {
            x: WireCoordinate { cell: cell_x, offset_256: fixed(offset_x) },
            y: WireCoordinate { cell: cell_y, offset_256: fixed(offset_y) },
        }
    }

    /// See [`WireCoordinate::to_world`].
    pub fn to_world(self, grid_size: u32) -> WorldPoint {
        WorldPoint::new(self.x.to_world(grid_size), self.y.to_world(grid_size))
    }
}

/// A length as the raw value of a `wl_fixed`, clamped to what that can hold.
pub fn fixed(value: f64) -> i32 {
    (value * STEPS).round() as i32
}

/// The inverse of [`fixed`].
pub fn from_fixed(raw: i32) -> f64 {
    f64::from(raw) / STEPS
}

/// Zoom in millionths; at least 1, since a zoom of 0 does not exist on the wire.
pub fn zoom_to_wire(zoom: f64) -> u32 {
    ((zoom * ZOOM_UNIT).round() as u32).max(1)
}

/// The inverse of [`zoom_to_wire`].
pub fn zoom_from_wire(millionths: u32) -> f64 {
    f64::from(millionths) / ZOOM_UNIT
}

fn clamp_grid(grid_size: u32) -> u32 {
    grid_size.clamp(*GRID_SIZES.start(), *GRID_SIZES.end())
}
