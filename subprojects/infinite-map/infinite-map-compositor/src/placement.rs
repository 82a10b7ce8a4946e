//! Where a new window goes: a free spot near a point.

use crate::geometry::{Point, Rect, Size};

/// World units between a new window and its neighbours.
const GAP: f64 = 16.0;
/// Spots tried before the next ones are further apart, so that a tiny window among huge ones costs little.
const PATIENCE: u32 = 2048;

/// Top-left corner for a frame of `size` so that it overlaps none of `taken`, with its centre near `center`. Tries
/// spots side by side in rings around the centre; windows of one size fill them without holes.
pub fn place(taken: &[Rect], size: Size, center: Point) -> Point {
    let first = Point::new((center.x - size.width / 2.0).round(), (center.y - size.height / 2.0).round());
    let mut step = Point::new((size.width + GAP).ceil(), (size.height + GAP).ceil());
    let mut search = Search { taken, size, last: 0 };
    let (mut ring, mut tried) = (0, 0);
    loop {
        for (column, row) in ring_of_spots(ring, step) {
            let spot = first + Point::new(f64::from(column) * step.x, f64::from(row) * step.y);
            if search.is_free(spot) {
                return spot;
            }
            tried += 1;
        }
        ring += 1;
        if tried >= PATIENCE {
            // The next ring is the first outside of what has been searched.
            tried = 0;
            ring = ring / 2 + 1;
            step = step * 2.0;
        }
    }
}

/// Looks for overlaps starting where the last one was: neighbouring spots overlap windows that were placed one after
/// the other.
struct Search<'a> {
    taken: &'a [Rect],
    size: Size,
    last: usize,
}

impl Search<'_> {
    fn is_free(&mut self, spot: Point) -> bool {
        let wanted = Rect::new(spot, self.size).grown(GAP);
        let (before, after) = self.taken.split_at(self.last);
        let overlap = after.iter().chain(before).position(|other| other.overlaps(&wanted));
        if let Some(offset) = overlap {
            self.last = (self.last + offset) % self.taken.len();
        }
        overlap.is_none()
    }
}

/// Columns and rows of the spots `ring` steps away, the nearest first.
fn ring_of_spots(ring: i32, step: Point) -> Vec<(i32, i32)> {
    let edge = -ring..=ring;
    let mut spots: Vec<(i32, i32)> = edge
        .clone()
        .flat_map(|column| edge.clone().map(move |row| (column, row)))
        .filter(|(column, row)| column.abs().max(row.abs()) == ring)
        .collect();
    let reach = |spot: &(i32, i32)| (f64::from(spot.0) * step.x).hypot(f64::from(spot.1) * step.y);
    spots.sort_by(|a, b| reach(a).total_cmp(&reach(b)));
    spots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_is_centred_on_whole_units() {
        let spot = place(&[], Size::new(301.0, 200.0), Point::default());
        assert_eq!(spot, Point::new(-151.0, -100.0));
    }

    #[test]
    fn a_tiny_window_among_huge_ones_finds_its_place() {
        let huge = Size::new(20_000.0, 20_000.0);
        let mut taken: Vec<Rect> = Vec::new();
        for _ in 0..40 {
            taken.push(Rect::new(place(&taken, huge, Point::default()), huge));
        }
        let tiny = Rect::new(place(&taken, Size::new(32.0, 24.0), Point::default()), Size::new(32.0, 24.0));
        assert!(!taken.iter().any(|other| other.overlaps(&tiny)));
    }

    #[test]
    fn five_hundred_windows_do_not_overlap_and_stay_together() {
        let mut taken: Vec<Rect> = Vec::new();
        for i in 0..500 {
            let size = Size::new(200.0 + f64::from(i % 7) * 33.0, 150.0 + f64::from(i % 5) * 21.0);
            let rect = Rect::new(place(&taken, size, Point::new(1e11, -1e11)), size);
            assert!(!taken.iter().any(|other| other.overlaps(&rect)), "window {i} overlaps");
            taken.push(rect);
        }
        let reach = taken.iter().map(|rect| distance(rect.center(), Point::new(1e11, -1e11))).fold(0.0, f64::max);
        assert!(reach < 12_000.0, "spread over {reach}");
    }

    fn distance(a: Point, b: Point) -> f64 {
        (a.x - b.x).hypot(a.y - b.y)
    }
}
