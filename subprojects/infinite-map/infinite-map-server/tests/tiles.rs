//! The layer of bricks that compositor and clients share.

mod common;

use common::client::protocol::infinite_map_tiles_v1::InfiniteMapTilesV1;
use common::{settle, Call, Server, TestClient};
use infinite_map_server::{Capabilities, Cell, TileChange, TileTime};

fn at(seconds: u32) -> TileTime {
    TileTime { seconds, microseconds: 0 }
}

fn scene() -> (Server, TestClient, InfiniteMapTilesV1) {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    let tiles = client.get_tiles();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    (server, client, tiles)
}

#[test]
fn a_new_object_is_told_of_all_tiles_before_the_next_done() {
    let mut server = Server::new();
    let map = &mut server.app.map;
    assert!(map.put_tile(Cell::new(-3, 7), "a.png", TileTime { seconds: 5, microseconds: 9 }));
    assert!(map.put_tile(Cell::new(0, 0), "b.png", at(5)));
    assert!(map.remove_tile(Cell::new(0, 0), at(6)));
    map.refresh();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    let _tiles = client.get_tiles();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Tile", "Done"]);
    assert_eq!(client.committed().tiles[&(-3, 7)], ("a.png".into(), 5, 9));
}

#[test]
fn even_no_tiles_end_in_a_done() {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    let _tiles = client.get_tiles();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Done"]);
}

#[test]
fn a_commit_applies_at_once_and_is_not_echoed_but_told_to_others() {
    let (mut server, mut client, tiles) = scene();
    let mut other = server.connect();
    let _theirs = other.get_tiles();
    settle(&mut server, &mut [&mut client, &mut other]);
    client.take_log();
    tiles.put(1, 2, "a.png".into(), 10, 0);
    tiles.put(3, 4, "b.png".into(), 10, 0);
    settle(&mut server, &mut [&mut client, &mut other]);
    assert!(server.app.map.tiles().next().is_none() && other.committed().tiles.is_empty());
    tiles.commit();
    settle(&mut server, &mut [&mut client, &mut other]);
    let change = |x, y, brick: &str| TileChange { cell: Cell::new(x, y), brick: Some(brick.into()), time: at(10) };
    assert_eq!(server.app.calls, [Call::Tiles(vec![change(1, 2, "a.png"), change(3, 4, "b.png")])]);
    assert!(client.take_log().is_empty());
    assert_eq!(other.committed().tiles.len(), 2);
    let half = other.view.commits.iter().any(|commit| commit.tiles.len() == 1);
    assert!(!half, "both tiles in one commit");

    // A later object of the same client does not know them yet.
    let _second = client.get_tiles();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Tile", "Tile", "Done"]);
}

#[test]
fn the_later_time_wins_and_the_loser_is_told() {
    let (mut server, mut client, tiles) = scene();
    let cell = Cell::new(0, 0);
    assert!(server.app.map.put_tile(cell, "new.png", at(20)));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Tile", "Done"]);
    tiles.put(0, 0, "old.png".into(), 19, 999_999);
    tiles.put(0, 0, "equal.png".into(), 20, 0);
    tiles.remove(0, 0, 19, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Tile", "Done"], "once, however often it was overruled");
    assert_eq!(server.app.map.tile(cell), Some(("new.png", at(20))));
    assert!(server.app.calls.is_empty());

    // What is the same as here needs no answer.
    tiles.put(0, 0, "new.png".into(), 20, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty());

    // On equal times the compositor's wins.
    assert!(server.app.map.put_tile(cell, "mine.png", at(20)));
    tiles.remove(0, 0, 20, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(server.app.map.tile(cell), None, "a removal is ignored only if the tile is newer");

    // A removal has a time.
    assert!(!server.app.map.put_tile(cell, "late.png", at(19)));
    assert!(server.app.map.remove_tile(cell, at(30)));
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    tiles.put(0, 0, "older.png".into(), 25, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Removed", "Done"]);
}

#[test]
fn on_equal_times_a_removal_wins_over_any_tile() {
    let (mut server, mut client, tiles) = scene();
    let cell = Cell::new(0, 0);
    assert!(server.app.map.remove_tile(cell, at(20)));
    assert!(!server.app.map.put_tile(cell, "mine.png", at(20)), "even over the compositor's");
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    tiles.put(0, 0, "theirs.png".into(), 20, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Removed", "Done"]);
    assert!(server.app.map.put_tile(cell, "mine.png", at(21)));
    assert!(server.app.map.remove_tile(cell, at(21)));
    assert_eq!(server.app.map.tile(cell), None);
}

#[test]
fn bad_names_and_times_are_ignored() {
    let (mut server, mut client, tiles) = scene();
    for name in ["", ".", "..", "a/b", "a\nb", &"x".repeat(256)] {
        tiles.put(0, 0, name.into(), 1, 0);
        assert!(!server.app.map.put_tile(Cell::new(0, 0), name, at(1)));
    }
    tiles.put(0, 0, "a.png".into(), 1, 1_000_000);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.map.tiles().next().is_none() && server.app.calls.is_empty());
}

#[test]
fn a_replay_of_any_size_passes_and_ends_even_if_its_client_dies() {
    let (mut server, mut client, tiles) = scene();
    tiles.begin_replay();
    for n in 0..10_000 {
        tiles.put(n, 0, "a.png".into(), 1, 0);
        if n % 300 == 0 {
            settle(&mut server, &mut [&mut client]);
        }
    }
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.map.tiles().count() >= 8192, "what waits is bounded");
    tiles.end_replay();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(server.app.map.tiles().count(), 10_000);
    assert_eq!(server.app.calls.first(), Some(&Call::ReplayBegin));
    assert_eq!(server.app.calls.last(), Some(&Call::ReplayEnd));
    assert!(client.take_log().is_empty());

    server.app.calls.clear();
    tiles.begin_replay();
    settle(&mut server, &mut [&mut client]);
    drop((client, tiles));
    settle(&mut server, &mut []);
    assert_eq!(server.app.calls, [Call::ReplayBegin, Call::ReplayEnd]);
}

#[test]
fn a_large_layer_reaches_a_new_client_in_one_commit() {
    let mut server = Server::new();
    for n in 0..5000 {
        server.app.map.put_tile(Cell::new(n, -n), "a-rather-long-name-of-a-brick.png", at(1));
    }
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    let _tiles = client.get_tiles();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().tiles.len(), 5000);
    assert_eq!(client.view.commits.len(), 2);
    assert!(client.view.checkpoints > 20);
}

#[test]
fn who_may_no_longer_follow_tiles_is_not_told_of_them() {
    let (mut server, mut client, tiles) = scene();
    let _ = server.app.map.set_capabilities(&client.id, Capabilities::INPUT);
    server.app.map.put_tile(Cell::new(0, 0), "a.png", at(1));
    tiles.put(1, 0, "b.png".into(), 1, 0);
    tiles.commit();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Capabilities", "Done"]);
    assert_eq!(server.app.map.tiles().count(), 1);
    let _ = server.app.map.set_capabilities(&client.id, Capabilities::all());
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Capabilities", "Tile", "Done"]);
}
