//! How it ends: stop, destruction in any order, and a new connection after the old one.

use std::time::Duration;

use super::{try_it, watch, Check};
use crate::bench::{ensure, skipped, Bench, Stop, Verdict, CAMERA_CONTROL};

pub(crate) const CHECKS: &[Check] = &[
    try_it("end/stop-is-answered", "The compositor answers with finished", stop_is_answered),
    try_it("end/objects-outlive-stop", "Objects that exist stay usable for requests.", objects_outlive_stop),
    watch("end/finished-is-final", "The compositor will send no more events for this manager and the objects made through it"),
    try_it(
        "end/manager-destroyed-first",
        "objects made through this manager become inert: no more events are sent for them, requests to them are ignored",
        manager_destroyed_first,
    ),
    try_it("end/client-comes-back", "is never used for another window while the compositor runs", client_comes_back),
];

fn stop_is_answered(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    bench.at(bound).manager.stop();
    bench.wait("finished after stop", |bench| bench.at(bound).finished)?;
    // A second stop has nothing left to end, and an acknowledgement may be on its way.
    bench.at(bound).manager.stop();
    bench.at(bound).manager.ack(1);
    bench.sync()
}

fn objects_outlive_stop(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let watching = bench.bind()?;
    let object = bench.camera(bound, camera).object.clone();
    let name = bench.camera(bound, camera).name.clone();
    let target = bench.camera(bound, camera).target.unwrap_or_default();
    let grid = bench.grid(bound);
    bench.at(bound).manager.stop();
    bench.wait("finished after stop", |bench| bench.at(bound).finished)?;
    let to = crate::world::Point::new(target.x + 512, target.y + 512);
    let (x, y, offset_x, offset_y) = to.arguments(grid);
    let serial = bench.serial();
    object._move(serial, x, y, offset_x, offset_y, 0, 0);
    bench.wait("a move through an object whose manager was stopped", |bench| {
        bench.world(watching).open_cameras().any(|it| it.name == name && it.target == Some(to))
    })
}

fn manager_destroyed_first(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let watching = bench.bind()?;
    bench.need(bound, CAMERA_CONTROL)?;
    let window = bench.open_window(bound).ok();
    bench.sync()?;
    let camera = bench.world(bound).open_cameras().next().cloned();
    let grid = bench.grid(bound);
    bench.at(bound).manager.destroy();
    bench.sync()?;
    bench.at_mut(bound).inert = true;
    let before = bench.world(watching).described();
    let faults = bench.map.state.faults.len();
    if let Some(camera) = &camera {
        let target = camera.target.unwrap_or_default();
        let to = crate::world::Point::new(target.x + 77 * 256, target.y);
        let (x, y, offset_x, offset_y) = to.arguments(grid);
        camera.object._move(9, x, y, offset_x, offset_y, 0, 0);
        camera.object.cancel(10);
    }
    let gone = window.and_then(|(_, id)| bench.world(bound).window(id).map(|window| window.object.clone()));
    if let Some(window) = &gone {
        window.raise();
        window.center(11, None, 0);
        window.set_minimized(1);
    }
    bench.sync()?;
    bench.listen(Duration::from_millis(80))?;
    let after = bench.world(watching).described();
    ensure(after == before, || {
        format!("a request through an inert object changed something: {before:?} became {after:?}")
    })?;
    let events: Vec<_> =
        bench.map.state.faults[faults..].iter().filter(|it| it.0 == "end/manager-destroyed-first").collect();
    ensure(events.is_empty(), || format!("{events:?}"))?;
    if let Some(camera) = camera {
        camera.object.destroy();
    }
    if let Some(window) = gone {
        window.destroy();
    }
    bench.sync()
}

fn client_comes_back(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    // Windows of the privileged connection itself would go with it.
    if bench.ordinary().is_none() {
        return skipped("needs windows on another connection, and no display's socket is known");
    }
    let (_, id) = bench.open_window(bound)?;
    let title = bench.window(bound, id)?.title.clone();
    if !bench.replace_privileged()? {
        return skipped("there is only the one inherited connection");
    }
    let again = bench.bind()?;
    let found = bench.world(again).titled(&title).map(|window| window.id);
    ensure(found == Some(id), || format!("window {id} is {found:?} for a client that came back"))?;
    match bench.world(again).window(id) {
        Some(window) if window.title == title => Ok(()),
        other => Err(Stop::Failed(format!("the number {id} is {other:?} for a client that came back"))),
    }
}
