//! Tiles: the later time wins, and who knows is not told.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{try_it, Check};
use crate::bench::{ensure, Bench, Bound, Feed, Stop, Verdict};

/// Cells that nobody looks at. What is put there is removed afterwards.
pub(crate) const FAR: i32 = 1_900_000_000;

pub(crate) const CHECKS: &[Check] = &[
    try_it("tiles/put", "Everything since the previous commit is applied at once.", put),
    try_it("tiles/takes-effect-with-commit", "Takes effect with commit.", takes_effect_with_commit),
    try_it("tiles/older-put", "Ignored if the cell has a tile or a removal that is not older.", older_put),
    try_it(
        "tiles/newer-state-is-announced",
        "Where its own newer state prevailed, it announces that.",
        newer_state_is_announced,
    ),
    try_it("tiles/older-removal", "Ignored if the cell has a tile that is newer.", older_removal),
    try_it("tiles/removal", "remove the brick of a cell", removal),
    try_it("tiles/equal-times", "On equal times a removal wins over a tile", equal_times),
    try_it("tiles/put-after-removal", "A removal has a time as well.", put_after_removal),
    try_it(
        "tiles/own-changes-are-not-told",
        "The compositor does not announce to this client what took effect as it was sent.",
        own_changes_are_not_told,
    ),
    try_it("tiles/others-are-told", "because somebody other than this client put it there", others_are_told),
    try_it("tiles/bad-names", "A put or an announcement with another name is ignored.", bad_names),
    try_it("tiles/replay", "begin_replay, then put for each tile with its stored time, then end_replay", replay),
    try_it("tiles/edge-of-the-world", "A tile is a picture, the brick, that covers one cell.", edge_of_the_world),
    try_it("tiles/objects-may-go", "The client no longer wants events for tiles. The tiles stay.", objects_may_go),
];

/// Seconds since the epoch.
pub(crate) fn now() -> u32 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}

fn feed(bench: &mut Bench) -> Result<(Bound, Feed), Stop> {
    let bound = bench.bind()?;
    let feed = bench.tiles(bound)?;
    Ok((bound, feed))
}

fn commit(bench: &mut Bench, feed: &Feed) -> Verdict {
    feed.object.commit();
    bench.sync()
}

/// What a new tiles object is told of a cell.
fn look(bench: &mut Bench, bound: Bound, cell: (i32, i32)) -> Result<Option<String>, Stop> {
    let feed = bench.tiles(bound)?;
    let told = bench.told(&feed, cell).flatten().map(str::to_owned);
    feed.object.destroy();
    Ok(told)
}

fn expect(bench: &mut Bench, bound: Bound, cell: (i32, i32), brick: Option<&str>, after: &str) -> Verdict {
    let told = look(bench, bound, cell)?;
    ensure(told.as_deref() == brick, || format!("after {after} the cell has {told:?}, not {brick:?}"))
}

/// Leaves nothing on a cell, whatever is there.
fn clear(bench: &mut Bench, feed: &Feed, cell: (i32, i32)) -> Verdict {
    feed.object.remove(cell.0, cell.1, now() + 10, 0);
    commit(bench, feed)
}

fn put(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let cells = [(FAR, 1), (FAR + 1, 1)];
    for cell in cells {
        feed.object.put(cell.0, cell.1, "a brick ä.png".into(), now() - 60, 5);
    }
    commit(bench, &feed)?;
    for cell in cells {
        expect(bench, bound, cell, Some("a brick ä.png"), "put and commit")?;
    }
    cells.into_iter().try_for_each(|cell| clear(bench, &feed, cell))
}

fn takes_effect_with_commit(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let cell = (FAR, 2);
    feed.object.put(cell.0, cell.1, "early.png".into(), now() - 60, 0);
    bench.sync()?;
    expect(bench, bound, cell, None, "put without commit")?;
    commit(bench, &feed)?;
    expect(bench, bound, cell, Some("early.png"), "put and commit")?;
    clear(bench, &feed, cell)
}

fn older_put(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 3), now() - 60);
    feed.object.put(cell.0, cell.1, "newer.png".into(), time, 500_000);
    commit(bench, &feed)?;
    for (seconds, microseconds) in [(time, 499_999), (time - 1, 999_999), (0, 0)] {
        feed.object.put(cell.0, cell.1, "older.png".into(), seconds, microseconds);
        commit(bench, &feed)?;
        expect(bench, bound, cell, Some("newer.png"), "a put with an older time")?;
    }
    feed.object.put(cell.0, cell.1, "newest.png".into(), time, 500_001);
    commit(bench, &feed)?;
    expect(bench, bound, cell, Some("newest.png"), "a put with a newer time")?;
    clear(bench, &feed, cell)
}

fn newer_state_is_announced(bench: &mut Bench) -> Verdict {
    let (_, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 4), now() - 60);
    feed.object.put(cell.0, cell.1, "newer.png".into(), time, 1);
    commit(bench, &feed)?;
    feed.object.put(cell.0, cell.1, "older.png".into(), time, 0);
    feed.object.commit();
    bench.wait("the newer tile announced to who put an older one", |bench| {
        bench.told(&feed, cell) == Some(Some("newer.png"))
    })?;
    clear(bench, &feed, cell)
}

fn older_removal(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 5), now() - 60);
    feed.object.put(cell.0, cell.1, "kept.png".into(), time, 1);
    commit(bench, &feed)?;
    feed.object.remove(cell.0, cell.1, time, 0);
    commit(bench, &feed)?;
    expect(bench, bound, cell, Some("kept.png"), "a removal with an older time")?;
    clear(bench, &feed, cell)
}

fn removal(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 6), now() - 60);
    feed.object.put(cell.0, cell.1, "gone.png".into(), time, 0);
    commit(bench, &feed)?;
    feed.object.remove(cell.0, cell.1, time, 1);
    commit(bench, &feed)?;
    expect(bench, bound, cell, None, "a removal")
}

fn equal_times(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 8), now() - 60);
    feed.object.put(cell.0, cell.1, "tile.png".into(), time, 3);
    commit(bench, &feed)?;
    feed.object.remove(cell.0, cell.1, time, 3);
    commit(bench, &feed)?;
    expect(bench, bound, cell, None, "a removal at the time of the tile")?;
    feed.object.put(cell.0, cell.1, "tile.png".into(), time, 3);
    commit(bench, &feed)?;
    expect(bench, bound, cell, None, "a put at the time of the removal")
}

fn put_after_removal(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, time) = ((FAR, 9), now() - 60);
    feed.object.remove(cell.0, cell.1, time, 2);
    commit(bench, &feed)?;
    feed.object.put(cell.0, cell.1, "older.png".into(), time, 1);
    commit(bench, &feed)?;
    expect(bench, bound, cell, None, "a put that is older than the removal of a cell that had nothing")?;
    feed.object.put(cell.0, cell.1, "newer.png".into(), time, 3);
    commit(bench, &feed)?;
    expect(bench, bound, cell, Some("newer.png"), "a put that is newer than a removal")?;
    clear(bench, &feed, cell)
}

fn own_changes_are_not_told(bench: &mut Bench) -> Verdict {
    let (_, feed) = feed(bench)?;
    let cell = (FAR, 10);
    feed.object.put(cell.0, cell.1, "own.png".into(), now() - 60, 0);
    commit(bench, &feed)?;
    bench.listen(std::time::Duration::from_millis(60))?;
    let told = bench.told(&feed, cell).is_some();
    clear(bench, &feed, cell)?;
    ensure(!told, || "a client was told of its own put".into())
}

fn others_are_told(bench: &mut Bench) -> Verdict {
    let (_, own) = feed(bench)?;
    let stranger = bench.bind_stranger()?;
    let theirs = bench.tiles(stranger)?;
    let cell = (FAR, 11);
    own.object.put(cell.0, cell.1, "for all.png".into(), now() - 60, 0);
    commit(bench, &own)?;
    bench.wait("a tile that another client put", |bench| bench.told(&theirs, cell) == Some(Some("for all.png")))?;
    clear(bench, &own, cell)?;
    bench.wait("removed of a tile that another client removed", |bench| bench.told(&theirs, cell) == Some(None))
}

fn bad_names(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let cell = (FAR, 12);
    let long = "x".repeat(256);
    for name in ["", ".", "..", "a/b.png", "/etc/passwd", "a\nb.png", "\u{7f}.png", &long] {
        feed.object.put(cell.0, cell.1, name.into(), now() - 60, 0);
        commit(bench, &feed)?;
        expect(bench, bound, cell, None, &format!("a put with the name {name:?}"))?;
    }
    let longest = "x".repeat(255);
    feed.object.put(cell.0, cell.1, longest.clone(), now() - 60, 1);
    commit(bench, &feed)?;
    expect(bench, bound, cell, Some(&longest), "a put with a name of 255 bytes")?;
    clear(bench, &feed, cell)
}

fn replay(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let (cell, other, time) = ((FAR, 13), (FAR, 14), now() - 60);
    feed.object.begin_replay();
    feed.object.put(cell.0, cell.1, "stored.png".into(), time, 0);
    // "Other commits are possible meanwhile."
    feed.object.put(other.0, other.1, "meanwhile.png".into(), time, 0);
    feed.object.commit();
    feed.object.end_replay();
    bench.sync()?;
    expect(bench, bound, cell, Some("stored.png"), "end_replay")?;
    expect(bench, bound, other, Some("meanwhile.png"), "end_replay")?;
    feed.object.begin_replay();
    feed.object.put(cell.0, cell.1, "stale.png".into(), time - 1, 0);
    feed.object.end_replay();
    bench.sync()?;
    expect(bench, bound, cell, Some("stored.png"), "a replay of something older")?;
    clear(bench, &feed, other)?;
    clear(bench, &feed, cell)
}

fn edge_of_the_world(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let cells = [(i32::MAX, i32::MIN), (i32::MIN, i32::MAX)];
    for cell in cells {
        feed.object.put(cell.0, cell.1, "edge.png".into(), now() - 60, 999_999);
    }
    commit(bench, &feed)?;
    for cell in cells {
        expect(bench, bound, cell, Some("edge.png"), "a put at the edge of the world")?;
    }
    cells.into_iter().try_for_each(|cell| clear(bench, &feed, cell))
}

fn objects_may_go(bench: &mut Bench) -> Verdict {
    let (bound, feed) = feed(bench)?;
    let cell = (FAR, 15);
    feed.object.put(cell.0, cell.1, "stays.png".into(), now() - 60, 0);
    feed.object.commit();
    feed.object.destroy();
    bench.sync()?;
    expect(bench, bound, cell, Some("stays.png"), "the object that put it was destroyed")?;
    let again = bench.tiles(bound)?;
    clear(bench, &again, cell)
}
