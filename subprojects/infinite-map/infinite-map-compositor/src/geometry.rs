//! Points and rectangles of the world, as f64: an infinite map has no i32 edge.

use serde::Serialize;

/// A point of the world (x right, y down), or of a viewport where a function says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

impl Point {
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }
}

impl std::ops::Add for Point {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.x + other.x, self.y + other.y)
    }
}

impl std::ops::Sub for Point {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.x - other.x, self.y - other.y)
    }
}

impl std::ops::Mul<f64> for Point {
    type Output = Self;
    fn mul(self, factor: f64) -> Self {
        Self::new(self.x * factor, self.y * factor)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
}

impl Size {
    pub const fn new(width: f64, height: f64) -> Self {
        Self { width, height }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub position: Point,
    pub size: Size,
}

impl Rect {
    pub const fn new(position: Point, size: Size) -> Self {
        Self { position, size }
    }

    pub fn center(&self) -> Point {
        self.position + Point::new(self.size.width / 2.0, self.size.height / 2.0)
    }

    pub fn right(&self) -> f64 {
        self.position.x + self.size.width
    }

    pub fn bottom(&self) -> f64 {
        self.position.y + self.size.height
    }

    pub fn contains(&self, point: Point) -> bool {
        point.x >= self.position.x && point.y >= self.position.y && point.x < self.right() && point.y < self.bottom()
    }

    /// Whether the two share some area; touching edges do not.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.position.x < other.right()
            && other.position.x < self.right()
            && self.position.y < other.bottom()
            && other.position.y < self.bottom()
    }

    /// The smallest rectangle around both.
    pub fn united(&self, other: &Self) -> Self {
        let position = Point::new(self.position.x.min(other.position.x), self.position.y.min(other.position.y));
        let size =
            Size::new(self.right().max(other.right()) - position.x, self.bottom().max(other.bottom()) - position.y);
        Self::new(position, size)
    }

    /// The same rectangle with `margin` more on every side.
    pub fn grown(&self, margin: f64) -> Self {
        Self::new(
            self.position - Point::new(margin, margin),
            Size::new(self.size.width + 2.0 * margin, self.size.height + 2.0 * margin),
        )
    }
}
