//! Cameras: what a client asks for is clamped, done, and answered.

use std::time::Duration;

use super::{try_it, Check};
use crate::bench::{ensure, failed, skipped, Bench, Bound, Verdict};
use crate::world::{Of, Point, STEPS};

pub(crate) const CHECKS: &[Check] = &[
    try_it("camera/jumps", "With a duration of 0 the live state follows at once", jumps),
    try_it(
        "camera/first-done-answers",
        "in the first done after a request was handled, the state reflects that request",
        first_done_answers,
    ),
    try_it(
        "camera/zoom-is-exact",
        "Zoom is output pixels per world unit, sent as an integer in millionths",
        zoom_is_exact,
    ),
    try_it(
        "camera/points-are-exact",
        "a coordinate of a point of the world is sent as two arguments",
        points_are_exact,
    ),
    try_it("camera/far-away", "world = cell × grid_size + offset", far_away),
    try_it(
        "camera/any-offset",
        "A receiver computes the formula and must accept offsets outside this range too.",
        any_offset,
    ),
    try_it(
        "camera/zoom-is-clamped",
        "The compositor clamps the zoom to zoom_limits and the point to what it supports.",
        zoom_is_clamped,
    ),
    try_it("camera/zoom-of-zero", "millionths, or 0 to keep the target's zoom", zoom_of_zero),
    try_it(
        "camera/answers-without-a-change",
        "Either way the resulting target is sent together with cause in the next commit, even if nothing changed.",
        answers_without_a_change,
    ),
    try_it(
        "camera/cause-names-the-last",
        "The serial is that of this client's move or cancel request that set the present target",
        cause_names_the_last,
    ),
    try_it("camera/cause-of-others", "or 0 if the user, the compositor itself, or another client did", cause_of_others),
    try_it(
        "camera/animates",
        "A compositor that animates sends the target once, when the animation starts, and the live state each frame",
        animates,
    ),
    try_it("camera/rests-at-its-target", "While nothing moves they are equal.", rests_at_its_target),
    try_it("camera/move-replaces-move", "A new move replaces one that is under way.", move_replaces_move),
    try_it("camera/cancel", "End an animation, whoever began it: the live state becomes the resting target.", cancel),
    try_it(
        "camera/object-may-go",
        "The client no longer wants events for this camera. Nothing else happens to the camera.",
        object_may_go,
    ),
];

/// Where the tests take place: near where the camera is, since a compositor may not go just anywhere.
fn near(bench: &Bench, bound: Bound, camera: usize) -> Point {
    let target = bench.camera(bound, camera).target.unwrap_or_default();
    Point::new(target.x.div_euclid(STEPS) * STEPS, target.y.div_euclid(STEPS) * STEPS)
}

fn moved(point: Point, x: i64, y: i64) -> Point {
    Point::new(point.x + x * STEPS, point.y + y * STEPS)
}

/// A zoom within the limits that no coarser number than millionths can have.
fn odd_zoom(bench: &Bench, bound: Bound, camera: usize) -> u32 {
    let (minimum, maximum) = bench.camera(bound, camera).limits.unwrap_or((1, u32::MAX));
    1_234_567_u32.clamp(minimum, maximum)
}

fn jumps(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let to = moved(near(bench, bound, camera), 321, -123);
    bench.move_camera(bound, camera, to, 0)?;
    let now = bench.camera(bound, camera);
    ensure(now.target == Some(to), || format!("asked for {to}, the target is {:?}", now.target))?;
    ensure(now.live == Some(to), || format!("the target is {to}, the live position {:?}", now.live))
}

fn first_done_answers(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    for round in 1..=10 {
        let to = moved(near(bench, bound, camera), 10 * round, 7);
        let before = bench.at(bound).commits.len();
        let serial = bench.ask_move(bound, camera, to, 0, 0);
        bench.sync()?;
        // The request was handled by now: what was done before may be older, the next done may not.
        let handled = bench.at(bound).commits.len();
        if bench.answer(bound, camera, serial, before).is_some() {
            continue;
        }
        bench.wait("a done after a move was handled", |bench| bench.at(bound).commits.len() > handled)?;
        let answered = bench.answer(bound, camera, serial, before).is_some();
        ensure(answered, || "the first done after a move was handled does not have its target and cause".into())?;
        let target = bench.at(bound).commits[handled].targets[camera].0;
        ensure(target == Some(to), || format!("asked for {to}, the first done has {target:?}"))?;
    }
    Ok(())
}

fn zoom_is_exact(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let to = near(bench, bound, camera);
    let zoom = odd_zoom(bench, bound, camera);
    for zoom in [zoom, zoom.saturating_sub(1).max(bench.camera(bound, camera).limits.map_or(1, |limits| limits.0))] {
        bench.move_camera(bound, camera, to, zoom)?;
        let now = bench.camera(bound, camera);
        ensure(now.target_zoom == Some(zoom), || {
            format!("asked for zoom {zoom}, target_zoom is {:?}", now.target_zoom)
        })?;
        ensure(now.zoom == Some(zoom), || format!("target_zoom is {zoom}, zoom is {:?}", now.zoom))?;
    }
    Ok(())
}

fn points_are_exact(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let near = near(bench, bound, camera);
    for (x, y) in [(1, 255), (-1, -255), (129, 3), (-25_601, 25_599)] {
        let to = Point::new(near.x + x, near.y + y);
        bench.move_camera(bound, camera, to, 0)?;
        let target = bench.camera(bound, camera).target;
        ensure(target == Some(to), || format!("asked for {to}, the target is {target:?}, in 256ths"))?;
    }
    Ok(())
}

fn far_away(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    // Beyond what a wl_fixed, and what a 32-bit float, can say.
    let far = Point::new(20_000_000 * STEPS + 77, -30_000_001 * STEPS - 1);
    bench.move_camera(bound, camera, far, 0)?;
    let target = bench.camera(bound, camera).target.unwrap_or_default();
    bench.move_camera(bound, camera, home, 0)?;
    if target != far {
        let off = (target.x - far.x).abs().max((target.y - far.y).abs());
        if off > 1000 * STEPS {
            return skipped(format!("this compositor does not go so far: {target}"));
        }
        return failed(format!("asked for {far}, the target is {target}"));
    }
    // The last cells there are: whatever becomes of it, the answer is a point.
    let serial = bench.serial();
    let since = bench.at(bound).commits.len();
    bench.camera(bound, camera).object._move(serial, i32::MAX, i32::MIN, 0.0, 0.0, 0, 0);
    bench.wait("the answer to a move to the edge of the world", |bench| {
        bench.answer(bound, camera, serial, since).is_some()
    })?;
    bench.move_camera(bound, camera, home, 0)
}

fn any_offset(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let (grid, home) = (bench.grid(bound), near(bench, bound, camera));
    let edge = i64::from(grid) * STEPS;
    let cell = |v: i64| v.div_euclid(edge) as i32;
    for offset in [f64::from(grid) * 2.5, -0.5, -f64::from(grid) - 1.0] {
        let serial = bench.serial();
        let since = bench.at(bound).commits.len();
        let (x, y) = (cell(home.x), cell(home.y));
        bench.camera(bound, camera).object._move(serial, x, y, offset, offset, 0, 0);
        bench.wait("the answer to a camera's move", |bench| bench.answer(bound, camera, serial, since).is_some())?;
        let steps = |cell: i32| i64::from(cell) * edge + (offset * STEPS as f64) as i64;
        let wanted = Point::new(steps(x), steps(y));
        let target = bench.camera(bound, camera).target;
        ensure(target == Some(wanted), || {
            format!("offset {offset} in a cell of {grid} led to {target:?}, not {wanted}")
        })?;
    }
    bench.move_camera(bound, camera, home, 0)
}

fn zoom_is_clamped(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    let before = bench.camera(bound, camera).target_zoom.unwrap_or(1_000_000);
    let (minimum, maximum) = bench.camera(bound, camera).limits.unwrap_or((1, u32::MAX));
    let beyond =
        [(maximum.saturating_mul(2), maximum), (u32::MAX, maximum), ((minimum / 2).max(1), minimum), (1, minimum)];
    for (asked, wanted) in beyond {
        bench.move_camera(bound, camera, home, asked)?;
        let zoom = bench.camera(bound, camera).target_zoom;
        ensure(zoom == Some(wanted), || {
            format!(
                "asked for {asked} where the limits are {minimum} to {maximum}, target_zoom is {zoom:?}, not {wanted}"
            )
        })?;
    }
    bench.move_camera(bound, camera, home, before)
}

fn zoom_of_zero(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let (home, zoom) = (near(bench, bound, camera), odd_zoom(bench, bound, camera));
    bench.move_camera(bound, camera, home, zoom)?;
    bench.move_camera(bound, camera, moved(home, 1, 1), 0)?;
    let kept = bench.camera(bound, camera).target_zoom;
    ensure(kept == Some(zoom), || format!("a move with zoom 0 changed target_zoom from {zoom} to {kept:?}"))
}

fn answers_without_a_change(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let to = moved(near(bench, bound, camera), 5, 5);
    bench.move_camera(bound, camera, to, 0)?;
    let since = bench.at(bound).commits.len();
    let serial = bench.ask_move(bound, camera, to, 0, 0);
    bench.wait("the answer to a move to where the camera is", |bench| {
        bench.answer(bound, camera, serial, since).is_some()
    })?;
    let Some(commit) = bench.answer(bound, camera, serial, since) else { return Ok(()) };
    for event in ["target_position", "target_zoom"] {
        ensure(commit.has(Of::Camera(camera), event), || format!("the answer has no {event}"))?;
    }
    Ok(())
}

fn cause_names_the_last(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    bench.ask_move(bound, camera, moved(home, 1, 0), 0, 0);
    let last = bench.ask_move(bound, camera, moved(home, 2, 0), 0, 0);
    bench.wait("the answer to the second of two moves", |bench| bench.camera(bound, camera).cause == last)?;
    let now = bench.camera(bound, camera);
    ensure(now.target == Some(moved(home, 2, 0)), || format!("cause is that of a move that {:?} is not of", now.target))
}

fn cause_of_others(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    bench.move_camera(bound, camera, moved(home, 3, 0), 0)?;
    let own = bench.camera(bound, camera).cause;
    let other = bench.bind_other()?;
    let name = bench.camera(bound, camera).name.clone();
    let Some(theirs) = bench.world(other).cameras.iter().position(|it| it.name == name) else {
        return failed(format!("a second binding has no camera {name:?}"));
    };
    let to = moved(home, 9, 9);
    bench.move_camera(other, theirs, to, 0)?;
    bench.wait("another client's move", |bench| bench.camera(bound, camera).target == Some(to))?;
    let cause = bench.camera(bound, camera).cause;
    ensure(cause != own, || {
        format!("cause is still {own}, that of an own move, after somebody else moved the camera")
    })?;
    ensure(cause == 0 || !other.second, || format!("cause is {cause}, a serial of another client"))
}

fn animates(bench: &mut Bench) -> Verdict {
    const MILLISECONDS: u32 = 200;
    let (bound, camera) = bench.with_camera()?;
    let to = moved(near(bench, bound, camera), 400, 300);
    let since = bench.at(bound).commits.len();
    bench.ask_move(bound, camera, to, 0, MILLISECONDS);
    bench.wait("the end of an animation", |bench| bench.camera(bound, camera).live == Some(to))?;
    let commits = &bench.at(bound).commits[since..];
    let targets = commits.iter().filter(|commit| commit.has(Of::Camera(camera), "target_position")).count();
    ensure(targets == 1, || format!("the target was sent {targets} times for one animation"))?;
    let first = commits.iter().position(|commit| commit.has(Of::Camera(camera), "target_position"));
    let moves = commits.iter().position(|commit| commit.has(Of::Camera(camera), "position"));
    ensure(first <= moves, || "the camera moved before its target was told".into())
}

fn rests_at_its_target(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let to = moved(near(bench, bound, camera), -50, 20);
    bench.ask_move(bound, camera, to, odd_zoom(bench, bound, camera), 50);
    bench.wait("the live state reaches the target", |bench| {
        let now = bench.camera(bound, camera);
        now.target == Some(to) && now.live == now.target && now.zoom == now.target_zoom
    })
}

fn move_replaces_move(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    bench.ask_move(bound, camera, moved(home, 5000, 0), 0, 10_000);
    bench.ask_move(bound, camera, moved(home, 0, 30), 0, 0);
    bench.wait("a jump in place of a long animation", |bench| {
        let now = bench.camera(bound, camera);
        now.live == Some(moved(home, 0, 30)) && now.target == now.live
    })?;
    bench.listen(Duration::from_millis(60))?;
    let now = bench.camera(bound, camera);
    ensure(now.live == Some(moved(home, 0, 30)), || format!("the replaced move went on, to {:?}", now.live))
}

fn cancel(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let home = near(bench, bound, camera);
    bench.move_camera(bound, camera, home, 0)?;
    let far = moved(home, 5000, 0);
    bench.ask_move(bound, camera, far, 0, 10_000);
    let is_under_way = |bench: &Bench| bench.camera(bound, camera).target == Some(far);
    bench.wait("the target of a long animation", is_under_way)?;
    if bench.camera(bound, camera).live == Some(far) {
        bench.move_camera(bound, camera, home, 0)?;
        return skipped("this compositor does not animate");
    }
    bench.wait("the first step of a long animation", |bench| bench.camera(bound, camera).live != Some(home))?;
    let (serial, since) = (bench.serial(), bench.at(bound).commits.len());
    bench.camera(bound, camera).object.cancel(serial);
    bench.wait("the answer to cancel", |bench| bench.answer(bound, camera, serial, since).is_some())?;
    let now = bench.camera(bound, camera);
    ensure(now.target == now.live && now.target != Some(far), || {
        format!("after cancel the target is {:?}, the live state {:?}", now.target, now.live)
    })?;
    let rest = now.live;
    bench.listen(Duration::from_millis(60))?;
    ensure(bench.camera(bound, camera).live == rest, || "the animation went on after cancel".into())?;
    bench.move_camera(bound, camera, home, 0)
}

fn object_may_go(bench: &mut Bench) -> Verdict {
    let (bound, camera) = bench.with_camera()?;
    let watching = bench.bind()?;
    let to = moved(near(bench, bound, camera), 11, 12);
    bench.ask_move(bound, camera, to, 0, 0);
    bench.camera(bound, camera).object.destroy();
    let name = bench.camera(bound, camera).name.clone();
    bench.wait("the move of a camera whose object was destroyed at once", |bench| {
        bench.world(watching).open_cameras().any(|it| it.name == name && it.target == Some(to))
    })
}
