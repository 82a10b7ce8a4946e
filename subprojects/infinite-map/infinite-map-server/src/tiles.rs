//! The set of tiles that compositor and clients share. The later time wins.
//!
//! Removals stay as entries, since they too have a time that an older put must not beat. Every change gets the next
//! number, and a cell is listed under the number of its latest change only; so what a reader does not know yet is
//! everything above the number that it has read up to, however long ago that was.

use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use wayland_server::backend::ClientId;

use crate::coordinates::Cell;
use crate::model::{TileChange, TileTime};
use crate::text::is_brick_name;

/// More cells than this cannot be told of, so that a client cannot fill the memory.
pub(crate) const MAX_CELLS: usize = 4_000_000;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tile {
    /// The number of the change.
    pub(crate) number: u64,
    /// `None`: removed.
    pub(crate) brick: Option<Arc<str>>,
    pub(crate) time: TileTime,
    /// The client that made the change, `None` for the compositor.
    pub(crate) origin: Option<ClientId>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It took effect.
    Applied,
    /// It says what is known already.
    Same,
    /// What the set has is newer.
    Older,
    /// It breaks a rule, or there is no room.
    Refused,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct TileSet {
    cells: RedBlackTreeMapSync<Cell, Tile>,
    order: RedBlackTreeMapSync<u64, Cell>,
    last: u64,
}

impl TileSet {
    pub(crate) fn apply(&mut self, change: &TileChange, origin: Option<ClientId>) -> Outcome {
        let invalid_name = change.brick.as_deref().is_some_and(|name| !is_brick_name(name));
        if invalid_name || change.time.microseconds >= 1_000_000 {
            return Outcome::Refused;
        }
        match self.cells.get(&change.cell) {
            Some(old) if old.brick == change.brick && old.time == change.time => return Outcome::Same,
            Some(old) if prevails(old, change, origin.is_none()) => return Outcome::Older,
            Some(old) => {
                self.order.remove_mut(&old.number);
            }
            None if self.cells.size() >= MAX_CELLS => return Outcome::Refused,
            None => {}
        }
        self.last += 1;
        self.order.insert_mut(self.last, change.cell);
        let tile = Tile { number: self.last, brick: change.brick.clone(), time: change.time, origin };
        self.cells.insert_mut(change.cell, tile);
        Outcome::Applied
    }

    pub(crate) fn get(&self, cell: Cell) -> Option<&Tile> {
        self.cells.get(&cell)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Cell, &Tile)> {
        self.cells.iter().map(|(cell, tile)| (*cell, tile))
    }

    /// The number of the latest change.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// What changed after the change with this number, oldest first.
    pub(crate) fn after(&self, number: u64) -> impl Iterator<Item = (Cell, &Tile)> {
        self.order
            .range((Bound::Excluded(number), Bound::Unbounded))
            .filter_map(|(_, cell)| self.cells.get(cell).map(|tile| (*cell, tile)))
    }
}

/// Whether the old state withstands a change. On equal times a removal wins over a tile, and of two tiles the
/// compositor's stays.
fn prevails(old: &Tile, change: &TileChange, by_compositor: bool) -> bool {
    match (old.time.cmp(&change.time), &old.brick, &change.brick) {
        (Ordering::Less, _, _) => false,
        (Ordering::Greater, _, _) | (Ordering::Equal, None, _) => true,
        (Ordering::Equal, Some(_), None) => false,
        (Ordering::Equal, Some(_), Some(_)) => !by_compositor,
    }
}
