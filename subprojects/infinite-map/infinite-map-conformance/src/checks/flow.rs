//! Flow control: a client that reads late, or acknowledges late, costs nothing and is not sent away.

use std::time::Duration;

use super::{try_it, Check};
use crate::bench::{ensure, skipped, Bench, Bound, Verdict, TILES};
use crate::world::{Point, STEPS};

/// "About 32 KiB"; four times as much is not about it any more.
const MUCH: usize = 128 * 1024;

pub(crate) const CHECKS: &[Check] = &[
    try_it("flow/unknown-serials", "A serial that was not sent is ignored.", unknown_serials),
    try_it("flow/later-serial-acknowledges-earlier", "a later serial acknowledges all earlier ones", later_serial),
    try_it(
        "flow/stops-without-acknowledgements",
        "A compositor should stop sending while more than about 32 KiB of its events are not acknowledged",
        stops,
    ),
    try_it(
        "flow/goes-on-after-an-acknowledgement",
        "go on when an acknowledgement arrives, skipping intermediate states (never intermediate objects' closed events)",
        goes_on,
    ),
    try_it(
        "flow/slow-reader-is-kept",
        "A client that stops reading must not cost the compositor memory, and must not be disconnected just because a lot happened at once.",
        slow_reader,
    ),
    try_it("flow/a-state-of-any-size", "the compositor should send a checkpoint often enough that a state of any size can pass", any_size),
];

fn nudge(bench: &Bench, bound: Bound, camera: usize, by: i64) -> Point {
    let target = bench.camera(bound, camera).target.unwrap_or_default();
    Point::new(target.x + by * STEPS, target.y)
}

fn unknown_serials(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let manager = bench.at(bound).manager.clone();
    for serial in [0, 1, 0x7fff_ffff, u32::MAX, 123_456] {
        manager.ack(serial);
    }
    if let Some(first) = bench.at(bound).serials.first() {
        manager.ack(*first);
    }
    let to = nudge(bench, bound, camera, 1);
    bench.move_camera(bound, camera, to, 0)
}

/// What can be changed so that every binding is told: a camera, and a window with a long title if there can be one.
struct Stirred {
    camera: usize,
    window: Option<(u32, u32)>,
    round: usize,
}

impl Stirred {
    fn new(bench: &mut Bench, bound: Bound, camera: usize) -> Self {
        Self { camera, window: bench.open_window(bound).ok(), round: 0 }
    }
}

/// Changes something, seen by one binding, so often that another one is due about `bytes` of events. A compositor may
/// tell no more than once per frame, so that long titles are faster.
fn stir(bench: &mut Bench, bound: Bound, stirred: &mut Stirred, bytes: usize) -> Verdict {
    const TITLE: usize = 1000;
    // position and target_position of 24 bytes each, cause and done of 12.
    const MOVE: usize = 72;
    let each = if stirred.window.is_some() { TITLE } else { MOVE };
    for _ in 0..=bytes / each {
        stirred.round += 1;
        let Some((number, id)) = stirred.window else {
            let to = nudge(bench, bound, stirred.camera, if stirred.round.is_multiple_of(2) { 1 } else { -1 });
            bench.move_camera(bound, stirred.camera, to, 0)?;
            continue;
        };
        let title = format!("{:x<TITLE$}", stirred.round);
        if let Some(window) = bench.desk()?.state.windows.get(&number) {
            window.toplevel.set_title(title.clone());
            window.surface.commit();
        }
        bench.wait("a changed title", |bench| {
            bench.world(bound).window(id).is_some_and(|window| window.title == title)
        })?;
    }
    Ok(())
}

fn later_serial(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let late = bench.bind()?;
    bench.at_mut(late).acking = false;
    let mut stirred = Stirred::new(bench, bound, camera);
    stir(bench, bound, &mut stirred, 2048)?;
    bench.at_mut(late).acknowledge();
    let to = nudge(bench, bound, camera, 3);
    bench.move_camera(bound, camera, to, 0)?;
    bench.wait("the newest state after only the last serial was acknowledged", |bench| {
        bench.world(late).described() == bench.world(bound).described()
    })
}

fn stops(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let silent = bench.bind()?;
    bench.at_mut(silent).acking = false;
    let begin = bench.at(silent).commits.len();
    let mut stirred = Stirred::new(bench, bound, camera);
    let mut sent = 0;
    // Until the compositor has held something back, or has sent far too much.
    while bench.at(silent).unacknowledged < MUCH {
        stir(bench, bound, &mut stirred, 4096)?;
        let now = bench.at(silent).unacknowledged;
        if now == sent {
            return ensure(bench.at(silent).commits.len() > begin, || "a binding was told nothing at all".into());
        }
        sent = now;
    }
    crate::bench::failed(format!("{} KiB of events were sent without an acknowledgement", sent / 1024))
}

fn goes_on(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let silent = bench.bind()?;
    bench.at_mut(silent).acking = false;
    let brief = bench.open_window(bound).ok();
    // It is gone before the silent binding has heard half of it.
    let mut stirred = Stirred::new(bench, bound, camera);
    stir(bench, bound, &mut stirred, 16 * 1024)?;
    if let Some((number, id)) = brief {
        bench.desk()?.state.close(number);
        bench.wait("closed of a window", |bench| bench.world(bound).window(id).is_none())?;
    }
    let to = nudge(bench, bound, camera, 5);
    bench.move_camera(bound, camera, to, 0)?;
    bench.at_mut(silent).acknowledge();
    bench.wait("the newest state after acknowledgements began again", |bench| {
        bench.world(silent).described() == bench.world(bound).described()
    })
}

fn slow_reader(bench: &mut Bench) -> Verdict {
    const MOVES: usize = 3000;
    let (bound, camera) = bench.with_camera()?;
    bench.map.reading = false;
    let mut last = Point::default();
    let deadline = bench.deadline;
    for round in 0..MOVES {
        last = nudge(bench, bound, camera, 1 + (round % 64) as i64);
        bench.ask_move(bound, camera, last, 0, 0);
        if round % 32 == 31 {
            bench.map.flush_within(deadline).map_err(crate::bench::Stop::Failed)?;
        }
    }
    bench.map.flush_within(deadline).map_err(crate::bench::Stop::Failed)?;
    // Meanwhile windows change, as far as there can be any.
    if bench.ordinary().is_some() {
        titles(bench)?;
    }
    bench.map.reading = true;
    bench.wait("the state after the last of many moves", |bench| bench.camera(bound, camera).target == Some(last))
}

/// Many long titles from an ordinary client.
fn titles(bench: &mut Bench) -> Verdict {
    const TITLES: usize = 200;
    let desk = match bench.desk() {
        Ok(desk) => desk,
        Err(_) => return Ok(()),
    };
    let handle = desk.queue.handle();
    let Some(number) = desk.state.open("a window with long titles", &handle) else { return Ok(()) };
    for round in 0..TITLES {
        if let Some(window) = bench.desk()?.state.windows.get(&number) {
            window.toplevel.set_title(format!("{round} {}", "long ".repeat(200)));
        }
        if round % 20 == 0 {
            bench.sync_desk()?;
        }
    }
    bench.sync_desk()
}

fn any_size(bench: &mut Bench) -> Verdict {
    const COUNT: i32 = 1500;
    let bound = bench.bind()?;
    bench.need(bound, TILES)?;
    let feed = bench.tiles(bound)?;
    let brick = format!("{}.png", "x".repeat(100));
    for n in 0..COUNT {
        feed.object.put(super::tiles::FAR + n, 7, brick.clone(), super::tiles::now(), 0);
        if n % 100 == 99 {
            feed.object.commit();
            bench.sync()?;
        }
    }
    let late = bench.bind()?;
    let copy = bench.tiles(late)?;
    let wanted = COUNT as usize;
    let result = bench.wait("all tiles of a large map", |bench| {
        bench.news(&copy).iter().filter(|news| news.0 .1 == 7 && news.1.as_deref() == Some(&brick)).count() >= wanted
    });
    let stretch = bench.at(late).longest_stretch;
    for n in 0..COUNT {
        feed.object.remove(super::tiles::FAR + n, 7, super::tiles::now() + 1, 0);
        if n % 100 == 99 {
            feed.object.commit();
            bench.sync()?;
        }
    }
    result?;
    if bench.world(late).capabilities.is_none() {
        return skipped("nothing was granted");
    }
    ensure(stretch <= MUCH, || format!("{} KiB of events came without a checkpoint or done", stretch / 1024))?;
    bench.listen(Duration::from_millis(10))
}
