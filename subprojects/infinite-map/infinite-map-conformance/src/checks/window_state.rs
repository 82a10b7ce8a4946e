//! What clients ask of windows. A compositor may leave a wish undone; what it does has to fit the rules.

use super::{try_it, Check};
use crate::bench::{ensure, skipped, Bench, Bound, Stop, Verdict, CAMERA_CONTROL, WINDOW_CONTROL};
use crate::world::{Point, Window, STEPS};

const ACTIVATED: u32 = 1;
const MAXIMIZED: u32 = 2;
const FULLSCREEN: u32 = 4;
const MINIMIZED: u32 = 8;

pub(crate) const CHECKS: &[Check] = &[
    try_it("window/move", "Put the top-left corner of the window's frame at a point of the world.", move_window),
    try_it("window/resize", "Ask for a size of the frame. Its top-left corner stays where it is.", resize),
    try_it("window/resize-to-nothing", "world units, more than 0", resize_to_nothing),
    try_it("window/raise-and-lower", "Put the window above all others of its layer.", raise_and_lower),
    try_it("window/activate", "Raise the window as far as the compositor does that on activation, unminimize it, and give it the keyboard focus of the seat.", activate),
    try_it("window/activate-keeps-the-camera", "The camera does not move; see center.", activate_keeps_the_camera),
    try_it("window/center", "Move a camera so that the centre of the window's frame is at the centre of the viewport.", center),
    try_it("window/minimize", "minimize or restore the window", minimize),
    try_it("window/maximize", "maximize or restore the window", maximize),
    try_it("window/fullscreen", "make the window cover an output, or restore it", fullscreen),
    try_it("window/screen-space-returns", "A window in the screen space keeps the position that it will return to.", screen_space_returns),
    try_it("camera/locked", "A locked camera does not move.", locked_camera),
];

/// A window that this client may handle.
fn with_window(bench: &mut Bench) -> Result<(Bound, u32, u32), Stop> {
    let bound = bench.bind()?;
    bench.need(bound, WINDOW_CONTROL)?;
    let (number, id) = bench.open_window(bound)?;
    Ok((bound, number, id))
}

fn is(bench: &Bench, bound: Bound, id: u32, so: impl Fn(&Window) -> bool) -> bool {
    bench.world(bound).window(id).is_some_and(so)
}

fn move_window(bench: &mut Bench) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    let at = bench.window(bound, id)?.position.unwrap_or_default();
    let grid = bench.grid(bound);
    for (x, y) in [(313, 17), (-1000, 4), (0, -555)] {
        let to = Point::new(at.x.div_euclid(STEPS) * STEPS + x * STEPS, at.y.div_euclid(STEPS) * STEPS + y * STEPS);
        let (cell_x, cell_y, offset_x, offset_y) = to.arguments(grid);
        bench.window(bound, id)?.object._move(cell_x, cell_y, offset_x, offset_y);
        let text = format!("a window's position {to} after a move there");
        bench.wait(&text, |bench| is(bench, bound, id, |window| window.position == Some(to)))?;
    }
    Ok(())
}

fn resize(bench: &mut Bench) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    let at = bench.window(bound, id)?.position;
    for size in [(320.0, 240.0), (111.0, 333.0)] {
        bench.window(bound, id)?.object.resize(size.0, size.1);
        let text = format!("a frame of {size:?} after a resize that the application obeyed");
        bench.wait(&text, |bench| is(bench, bound, id, |window| window.size == Some(size)))?;
        let now = bench.window(bound, id)?.position;
        ensure(now == at, || format!("a resize moved the top-left corner from {at:?} to {now:?}"))?;
    }
    Ok(())
}

fn resize_to_nothing(bench: &mut Bench) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    let size = bench.window(bound, id)?.size;
    let object = bench.window(bound, id)?.object.clone();
    for (width, height) in [(0.0, 0.0), (-5.0, 10.0), (10.0, -8_000_000.0)] {
        object.resize(width, height);
    }
    bench.sync()?;
    bench.listen(std::time::Duration::from_millis(40))?;
    let now = bench.window(bound, id)?.size;
    ensure(now == size, || format!("a resize to nothing changed the size from {size:?} to {now:?}"))
}

fn raise_and_lower(bench: &mut Bench) -> Verdict {
    let (bound, _, one) = with_window(bench)?;
    let (_, other) = bench.open_window(bound)?;
    let above = |bench: &Bench, upper: u32, lower: u32| {
        let index = |id| bench.world(bound).window(id).and_then(|window| window.stacking);
        index(upper) > index(lower)
    };
    for (upper, lower) in [(one, other), (other, one)] {
        bench.window(bound, upper)?.object.raise();
        bench.wait("a raised window above another", |bench| above(bench, upper, lower))?;
        bench.window(bound, upper)?.object.lower();
        bench.wait("a lowered window below another", |bench| above(bench, lower, upper))?;
    }
    Ok(())
}

fn activate(bench: &mut Bench) -> Verdict {
    let (bound, _, one) = with_window(bench)?;
    let (_, other) = bench.open_window(bound)?;
    for (active, not) in [(one, other), (other, one)] {
        bench.window(bound, active)?.object.activate(None);
        bench.wait("activated of a window, and of no other", |bench| {
            is(bench, bound, active, |window| window.state & ACTIVATED != 0)
                && is(bench, bound, not, |window| window.state & ACTIVATED == 0)
        })?;
    }
    Ok(())
}

fn activate_keeps_the_camera(bench: &mut Bench) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    let (_, _) = bench.open_window(bound)?;
    let grid = bench.grid(bound);
    // Out of everybody's sight.
    let (x, y, offset_x, offset_y) = Point::units(123_456, -98_765).arguments(grid);
    bench.window(bound, id)?.object._move(x, y, offset_x, offset_y);
    bench.sync()?;
    let cameras =
        |bench: &Bench| -> Vec<_> { bench.world(bound).open_cameras().map(|it| (it.target, it.target_zoom)).collect() };
    let before = cameras(bench);
    bench.window(bound, id)?.object.activate(None);
    bench.wait("activated", |bench| is(bench, bound, id, |window| window.state & ACTIVATED != 0))?;
    bench.listen(std::time::Duration::from_millis(40))?;
    let after = cameras(bench);
    ensure(after == before, || format!("activate moved a camera: {before:?} became {after:?}"))
}

fn center(bench: &mut Bench) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    bench.need(bound, CAMERA_CONTROL)?;
    let Some(index) = bench.world(bound).cameras.iter().position(|camera| !camera.closed && !camera.locked) else {
        return skipped("there is no camera that is not locked");
    };
    let (serial, since) = (bench.serial(), bench.at(bound).commits.len());
    let camera = bench.camera(bound, index).object.clone();
    bench.window(bound, id)?.object.center(serial, Some(&camera), 0);
    bench.wait("the answer to center", |bench| bench.answer(bound, index, serial, since).is_some())?;
    let window = bench.window(bound, id)?;
    let (at, size) = (window.position.unwrap_or_default(), window.size.unwrap_or_default());
    let middle = Point::new(at.x + (size.0 * 128.0) as i64, at.y + (size.1 * 128.0) as i64);
    let target = bench.camera(bound, index).target.unwrap_or_default();
    let off = (target.x - middle.x).abs().max((target.y - middle.y).abs());
    ensure(off <= STEPS, || format!("the window's centre is {middle}, the camera's target {target}"))
}

/// Asks for a state and back; skips if the compositor leaves the wish undone.
fn state_and_back(bench: &mut Bench, bit: u32, what: &str, ask: fn(&Window, u32)) -> Verdict {
    let (bound, _, id) = with_window(bench)?;
    let (at, size) = (bench.window(bound, id)?.position, bench.window(bound, id)?.size);
    ask(bench.window(bound, id)?, 1);
    if !bench.comes(bound, |bench| is(bench, bound, id, |window| window.state & bit != 0))? {
        return skipped(format!("this compositor does not {what} the window"));
    }
    ask(bench.window(bound, id)?, 0);
    bench.wait("the state taken back", |bench| is(bench, bound, id, |window| window.state & bit == 0))?;
    bench.wait("the position and size from before", |bench| {
        is(bench, bound, id, |window| window.position == at && window.size == size)
    })
}

fn minimize(bench: &mut Bench) -> Verdict {
    state_and_back(bench, MINIMIZED, "minimize", |window, on| window.object.set_minimized(on))
}

fn maximize(bench: &mut Bench) -> Verdict {
    state_and_back(bench, MAXIMIZED, "maximize", |window, on| window.object.set_maximized(on))
}

fn fullscreen(bench: &mut Bench) -> Verdict {
    state_and_back(bench, FULLSCREEN, "make fullscreen", |window, on| window.object.set_fullscreen(on, None))
}

/// A window in the screen space, if the compositor has that.
fn on_screen(bench: &mut Bench) -> Result<(Bound, u32), Stop> {
    let (bound, _, id) = with_window(bench)?;
    bench.window(bound, id)?.object.set_fullscreen(1, None);
    if bench.comes(bound, |bench| is(bench, bound, id, |window| window.space == 1))? {
        Ok((bound, id))
    } else {
        skipped("a fullscreen window is not in the screen space here")
    }
}

fn screen_space_returns(bench: &mut Bench) -> Verdict {
    let (bound, id) = on_screen(bench)?;
    let window = bench.window(bound, id)?;
    let (kept, placed) = (window.position, window.screen_position);
    ensure(placed, || "a window is in the screen space without screen_position".into())?;
    // "Ignored for windows that are not on the map."
    window.object._move(5, 5, 5.0, 5.0);
    bench.sync()?;
    bench.window(bound, id)?.object.set_fullscreen(0, None);
    bench.wait("the map space again", |bench| is(bench, bound, id, |window| window.space == 0))?;
    let now = bench.window(bound, id)?.position;
    ensure(now == kept, || format!("a window was to return to {kept:?} and is at {now:?}"))
}

fn locked_camera(bench: &mut Bench) -> Verdict {
    let (bound, id) = on_screen(bench)?;
    bench.need(bound, CAMERA_CONTROL)?;
    if !bench.comes(bound, |bench| bench.world(bound).open_cameras().any(|camera| camera.locked))? {
        return skipped("no camera is locked by a fullscreen window");
    }
    let Some(index) = bench.world(bound).cameras.iter().position(|camera| camera.locked && !camera.closed) else {
        return Ok(());
    };
    let before = bench.camera(bound, index).target.unwrap_or_default();
    bench.move_camera(bound, index, Point::new(before.x + 900 * STEPS, before.y), 0)?;
    let after = bench.camera(bound, index).target.unwrap_or_default();
    bench.window(bound, id)?.object.set_fullscreen(0, None);
    bench.sync()?;
    ensure(after == before, || format!("a locked camera moved from {before} to {after}"))
}
