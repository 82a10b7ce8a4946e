//! What one `infinite_map_tiles_v1` object was told, and what its client is about to commit.

use std::collections::BTreeSet;

use wayland_server::Resource;

use crate::coordinates::Cell;
use crate::model::TileChange;
use crate::protocol::infinite_map_tiles_v1::{Event, InfiniteMapTilesV1};
use crate::tiles::{Tile, TileSet};
use crate::wire::Wire;

#[derive(Debug)]
pub(crate) struct TileFeed {
    pub(crate) object: InfiniteMapTilesV1,
    /// Puts and removes since the client's last commit.
    pub(crate) pending: Vec<TileChange>,
    pub(crate) replaying: bool,
    /// Cells of which the client has an older opinion than the set.
    pub(crate) corrections: BTreeSet<Cell>,
    /// The set's last change when the object was created: what the client put later it knows.
    created: u64,
    /// The last change of the set that was described to the new object: removals up to here are of no interest.
    described: Option<u64>,
    /// The change up to which the client knows.
    cursor: u64,
}

impl TileFeed {
    pub(crate) fn new(object: InfiniteMapTilesV1, tiles: &TileSet) -> Self {
        Self {
            object,
            pending: Vec::new(),
            replaying: false,
            corrections: BTreeSet::new(),
            created: tiles.last(),
            described: None,
            cursor: 0,
        }
    }

    /// Sends what the client does not know; false if there is no room for all of it.
    pub(crate) fn emit(&mut self, wire: &mut Wire, tiles: &TileSet) -> bool {
        if !self.object.is_alive() {
            return true;
        }
        let described = *self.described.get_or_insert(tiles.last());
        for (cell, tile) in tiles.after(self.cursor) {
            if !wire.has_room() {
                return false;
            }
            let is_own = tile.number > self.created && tile.origin.as_ref() == Some(&wire.client.id());
            let is_news = !is_own && (tile.brick.is_some() || tile.number > described);
            if self.corrections.remove(&cell) || is_news {
                send(wire, &self.object, cell, tile);
            }
            self.cursor = tile.number;
        }
        while let Some(&cell) = self.corrections.first() {
            if !wire.has_room() {
                return false;
            }
            if let Some(tile) = tiles.get(cell) {
                send(wire, &self.object, cell, tile);
            }
            self.corrections.remove(&cell);
        }
        true
    }
}

fn send(wire: &mut Wire, object: &InfiniteMapTilesV1, cell: Cell, tile: &Tile) {
    let (cell_x, cell_y) = (cell.x, cell.y);
    let (seconds, microseconds) = (tile.time.seconds, tile.time.microseconds);
    wire.send(
        object,
        match &tile.brick {
            Some(brick) => Event::Tile { cell_x, cell_y, brick: brick.to_string(), seconds, microseconds },
            None => Event::Removed { cell_x, cell_y, seconds, microseconds },
        },
    );
}
