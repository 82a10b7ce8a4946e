//! Requests of `infinite_map_tiles_v1`.

use wayland_server::backend::ClientId;
use wayland_server::{Client, DataInit, Dispatch, DisplayHandle};

use super::{InfiniteMapDispatch, TilesData};
use crate::binding::Binding;
use crate::coordinates::Cell;
use crate::model::{Capabilities, TileChange, TileTime};
use crate::protocol::infinite_map_tiles_v1::{InfiniteMapTilesV1, Request};
use crate::state::InfiniteMapState;
use crate::tile_feed::TileFeed;
use crate::tiles::Outcome;

/// Changes that wait for a commit. More are applied before it, rather than lost: a replay may be the whole map, and
/// its order does not matter.
const MAX_PENDING: usize = 4096;

fn feed<'a>(binding: &'a mut Binding, object: &InfiniteMapTilesV1) -> Option<&'a mut TileFeed> {
    binding.tiles.iter_mut().find(|feed| feed.object == *object)
}

/// Applies what waits, and tells the compositor what of it took effect.
fn commit<D: InfiniteMapDispatch>(handler: &mut D, client: &Client, object: &InfiniteMapTilesV1, data: &TilesData) {
    let state = handler.infinite_map_state();
    let binding = state.bindings.get_mut(&data.binding);
    let Some(waiting) = binding.and_then(|b| feed(b, object)).map(|feed| std::mem::take(&mut feed.pending)) else {
        return;
    };
    let mut applied = Vec::new();
    let mut older = Vec::new();
    for change in waiting {
        match state.change_tile(&change, Some(client.id())) {
            Outcome::Applied => applied.push(change),
            Outcome::Older => older.push(change.cell),
            Outcome::Same => {}
            Outcome::Refused => tracing::warn!(?change, "refused a client's tile"),
        }
    }
    if let Some(feed) = state.bindings.get_mut(&data.binding).and_then(|binding| feed(binding, object)) {
        feed.corrections.extend(older);
    }
    state.asked(data.binding);
    if !applied.is_empty() {
        handler.tiles_commit(applied);
    }
}

impl<D: InfiniteMapDispatch> Dispatch<InfiniteMapTilesV1, TilesData, D> for InfiniteMapState {
    fn request(
        handler: &mut D,
        client: &Client,
        object: &InfiniteMapTilesV1,
        request: Request,
        data: &TilesData,
        _display: &DisplayHandle,
        _data_init: &mut DataInit<'_, D>,
    ) {
        let state = handler.infinite_map_state();
        if !state.allows(data.binding, Capabilities::TILES) {
            return;
        }
        let Some(feed) = state.bindings.get_mut(&data.binding).and_then(|binding| feed(binding, object)) else {
            return;
        };
        let change = match request {
            Request::Put { cell_x, cell_y, brick, seconds, microseconds } => TileChange {
                cell: Cell::new(cell_x, cell_y),
                brick: Some(brick.into()),
                time: TileTime { seconds, microseconds },
            },
            Request::Remove { cell_x, cell_y, seconds, microseconds } => {
                TileChange { cell: Cell::new(cell_x, cell_y), brick: None, time: TileTime { seconds, microseconds } }
            }
            Request::Commit => return commit(handler, client, object, data),
            Request::BeginReplay => {
                if !std::mem::replace(&mut feed.replaying, true) {
                    handler.tiles_replay_begin();
                }
                return;
            }
            Request::EndReplay => {
                let replayed = std::mem::take(&mut feed.replaying);
                commit(handler, client, object, data);
                if replayed {
                    handler.tiles_replay_end();
                }
                return;
            }
            Request::Destroy => return,
        };
        feed.pending.push(change);
        if feed.pending.len() >= MAX_PENDING {
            commit(handler, client, object, data);
        }
    }

    fn destroyed(handler: &mut D, _client: ClientId, object: &InfiniteMapTilesV1, data: &TilesData) {
        let Some(binding) = handler.infinite_map_state().bindings.get_mut(&data.binding) else { return };
        let Some(position) = binding.tiles.iter().position(|feed| feed.object == *object) else { return };
        if binding.tiles.remove(position).replaying {
            handler.tiles_replay_end();
        }
    }
}
