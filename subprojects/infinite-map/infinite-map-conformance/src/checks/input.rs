//! Input: it reaches the window at that point of the world, in frames, and nothing stays pressed.

use super::{try_it, Check};
use crate::bench::{ensure, failed, skipped, Bench, Bound, Stop, Verdict, INPUT, WINDOW_CONTROL};
use crate::protocol::infinite_map_input_v1::{Axis, ButtonState, InfiniteMapInputV1};
use crate::world::{Point, STEPS};

const LEFT: u32 = 272;
const KEY_A: u32 = 30;

pub(crate) const CHECKS: &[Check] = &[
    try_it(
        "input/needs-permission",
        "If the input capability was not granted, the compositor sends infinite_map_input_v1.closed at once.",
        needs_permission,
    ),
    try_it(
        "input/pointer",
        "input goes to what is visible at that point of the map, whether or not a camera shows it at the moment",
        pointer,
    ),
    try_it(
        "input/nothing-without-frame",
        "Requests that are not followed by a frame have no effect.",
        nothing_without_frame,
    ),
    try_it("input/double-presses", "Pressing what is pressed and releasing what is not is ignored.", double_presses),
    try_it("input/key", "Goes to the window with the keyboard focus and is interpreted with the seat's keymap.", key),
    try_it("input/unknown-touch", "Ignored if no touch point with this id is down.", unknown_touch),
    try_it(
        "input/released-at-the-end",
        "all its buttons and keys are released, its touch points are cancelled, and its pointer leaves",
        released_at_the_end,
    ),
];

fn needs_permission(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    if bench.need(bound, INPUT).is_ok() {
        return skipped("the capability input was granted");
    }
    let Some(seat) = bench.seat() else { return skipped("there is no wl_seat") };
    let before = bench.map.state.closed_inputs;
    let input = bench.at(bound).manager.get_input(&seat, &bench.handle(), ());
    bench.wait("closed at once", |bench| bench.map.state.closed_inputs > before)?;
    input.key(KEY_A, ButtonState::Pressed);
    input.frame();
    input.destroy();
    bench.sync()
}

/// A window far from every camera, and an object that injects input.
fn with_input(bench: &mut Bench) -> Result<(Bound, u32, InfiniteMapInputV1, Point), Stop> {
    let bound = bench.bind()?;
    bench.need(bound, INPUT)?;
    let Some(seat) = bench.seat() else { return skipped("there is no wl_seat") };
    let (_, id) = bench.open_window(bound)?;
    if bench.desk_ref().is_none_or(|desk| desk.seat.is_none()) {
        return skipped("an ordinary client has no wl_seat");
    }
    if bench.need(bound, WINDOW_CONTROL).is_ok() {
        let to = Point::units(-54_321, 43_210);
        let (x, y, offset_x, offset_y) = to.arguments(bench.grid(bound));
        bench.window(bound, id)?.object._move(x, y, offset_x, offset_y);
        bench.wait("a window's position after a move", |bench| {
            bench.world(bound).window(id).is_some_and(|window| window.position == Some(to))
        })?;
    }
    let at = bench.window(bound, id)?.position.unwrap_or_default();
    let input = bench.at(bound).manager.get_input(&seat, &bench.handle(), ());
    Ok((bound, id, input, at))
}

fn arguments(bench: &Bench, bound: Bound, at: Point, x: i64, y: i64) -> (i32, i32, f64, f64) {
    Point::new(at.x + x * STEPS, at.y + y * STEPS).arguments(bench.grid(bound))
}

/// A point of the frame that lies in the window and not in a title bar that the compositor drew.
const INSIDE: (i64, i64) = (60, 70);

fn point_at(bench: &Bench, bound: Bound, input: &InfiniteMapInputV1, at: Point) {
    let (x, y, offset_x, offset_y) = arguments(bench, bound, at, INSIDE.0, INSIDE.1);
    input.pointer_motion(x, y, offset_x, offset_y);
}

fn heard(bench: &Bench, what: &str) -> bool {
    bench.desk_ref().is_some_and(|desk| desk.heard.iter().any(|it| it == what))
}

fn heard_like(bench: &Bench, what: &str) -> usize {
    bench.desk_ref().map_or(0, |desk| desk.heard.iter().filter(|it| it.starts_with(what)).count())
}

fn expect(bench: &mut Bench, what: &str) -> Verdict {
    bench.wait(&format!("{what:?} in the window"), |bench| heard(bench, what))
}

fn pointer(bench: &mut Bench) -> Verdict {
    let (bound, _, input, at) = with_input(bench)?;
    point_at(bench, bound, &input, at);
    input.pointer_button(LEFT, ButtonState::Pressed);
    input.pointer_axis(Axis::Vertical, 15.0, 120);
    input.frame();
    bench.wait("the pointer in the window", |bench| heard_like(bench, "pointer at") > 0)?;
    expect(bench, "button 272 pressed")?;
    bench.wait("scrolling in the window", |bench| heard_like(bench, "scrolled") > 0)?;
    // A frame around the window shifts the point, but not sideways by more than a border.
    let told = bench.desk_ref().and_then(|desk| desk.heard.iter().find(|it| it.starts_with("pointer at")).cloned());
    let x = told.as_deref().and_then(|told| told.split(' ').nth(2)).and_then(|x| x.parse::<f64>().ok());
    let off = x.map_or(f64::INFINITY, |x| (x - INSIDE.0 as f64).abs());
    input.pointer_button(LEFT, ButtonState::Released);
    input.frame();
    expect(bench, "button 272 released")?;
    input.destroy();
    ensure(off <= 32.0, || format!("a point {INSIDE:?} of the frame became {told:?} in the window"))
}

fn nothing_without_frame(bench: &mut Bench) -> Verdict {
    let (bound, _, input, at) = with_input(bench)?;
    point_at(bench, bound, &input, at);
    bench.sync()?;
    bench.sync_desk()?;
    bench.listen(std::time::Duration::from_millis(60))?;
    let early = heard_like(bench, "pointer at");
    input.frame();
    bench.wait("the pointer in the window", |bench| heard_like(bench, "pointer at") > 0)?;
    input.destroy();
    ensure(early == 0, || "the pointer moved before the frame was complete".into())
}

fn double_presses(bench: &mut Bench) -> Verdict {
    let (bound, _, input, at) = with_input(bench)?;
    point_at(bench, bound, &input, at);
    input.pointer_button(LEFT, ButtonState::Released);
    for _ in 0..3 {
        input.pointer_button(LEFT, ButtonState::Pressed);
        input.frame();
    }
    for _ in 0..3 {
        input.pointer_button(LEFT, ButtonState::Released);
    }
    input.pointer_axis(Axis::Vertical, 1.0, 0);
    input.frame();
    bench.wait("what came after the presses", |bench| heard_like(bench, "scrolled") > 0)?;
    let (pressed, released) = (heard_like(bench, "button 272 pressed"), heard_like(bench, "button 272 released"));
    input.destroy();
    ensure((pressed, released) == (1, 1), || format!("one button was pressed {pressed} and released {released} times"))
}

fn key(bench: &mut Bench) -> Verdict {
    let (bound, id, input, _) = with_input(bench)?;
    bench.need(bound, WINDOW_CONTROL)?;
    bench.window(bound, id)?.object.activate(None);
    expect(bench, "keyboard entered")?;
    input.key(KEY_A, ButtonState::Pressed);
    input.key(KEY_A, ButtonState::Released);
    input.frame();
    expect(bench, "key 30 pressed")?;
    expect(bench, "key 30 released")?;
    input.destroy();
    Ok(())
}

fn unknown_touch(bench: &mut Bench) -> Verdict {
    let (bound, _, input, at) = with_input(bench)?;
    let (x, y, offset_x, offset_y) = arguments(bench, bound, at, INSIDE.0, INSIDE.1);
    input.touch_motion(4, x, y, offset_x, offset_y);
    input.touch_up(4);
    input.frame();
    input.touch_down(-3, x, y, offset_x, offset_y);
    input.frame();
    if !bench.comes(bound, |bench| heard_like(bench, "touched at") > 0)? {
        return skipped("the seat has no touch");
    }
    let early = heard_like(bench, "touch ended") + heard_like(bench, "touch moved");
    input.touch_up(-3);
    input.frame();
    expect(bench, "touch ended")?;
    input.destroy();
    ensure(early == 0, || "a touch point that is not down moved or ended".into())
}

fn released_at_the_end(bench: &mut Bench) -> Verdict {
    let (bound, id, input, at) = with_input(bench)?;
    point_at(bench, bound, &input, at);
    input.pointer_button(LEFT, ButtonState::Pressed);
    input.frame();
    expect(bench, "button 272 pressed")?;
    let keyed = bench.need(bound, WINDOW_CONTROL).is_ok();
    if keyed {
        bench.window(bound, id)?.object.activate(None);
        expect(bench, "keyboard entered")?;
        input.key(KEY_A, ButtonState::Pressed);
        input.frame();
        expect(bench, "key 30 pressed")?;
    }
    input.destroy();
    expect(bench, "button 272 released")?;
    expect(bench, "pointer left")?;
    if keyed {
        expect(bench, "key 30 released")?;
    }
    match heard_like(bench, "button 272 released") {
        1 => Ok(()),
        times => failed(format!("one button was released {times} times")),
    }
}
