//! Who sees the manager, and how the description of the state begins.

use wayland_client::protocol::wl_output::WlOutput;

use super::{try_it, watch, Check};
use crate::access::Access;
use crate::bench::{ensure, failed, skipped, Bench, Verdict};
use crate::map::MANAGER;
use crate::world::Of;

pub(crate) const CHECKS: &[Check] = &[
    try_it(
        "bind/hidden-from-ordinary-clients",
        "A compositor must not advertise the global to ordinary clients.",
        hidden_from_ordinary_clients,
    ),
    try_it(
        "bind/order-of-the-description",
        "the compositor sends capabilities first, then grid_size, then the cameras, the windows, and done",
        order_of_the_description,
    ),
    try_it(
        "bind/capabilities-are-known",
        "What the compositor supports and grants to this client.",
        known_capabilities,
    ),
    watch(
        "bind/grid-size",
        "The edge of a cell in world units, 1 to 1000000. Sent once after binding, before any coordinate",
    ),
    try_it(
        "bind/bindings-agree",
        "The first done after binding the manager ends the description of the initial state.",
        bindings_agree,
    ),
    try_it(
        "bind/bindings-are-independent",
        "each binding has objects and serials of its own",
        bindings_are_independent,
    ),
    try_it("bind/more-than-once", "A client may bind it more than once", more_than_once),
    try_it(
        "bind/outputs",
        "Sent once for each wl_output object that the client has bound for this camera's output, now or later.",
        outputs,
    ),
];

fn hidden_from_ordinary_clients(bench: &mut Bench) -> Verdict {
    if bench.has_own_display() {
        return skipped("this program is allowed at the display's socket; run it as the companion to check this");
    }
    let Some(path) = bench.ordinary().cloned() else {
        return skipped("no display's socket is known for ordinary clients");
    };
    let mut ordinary = Bench::new(Access::Display(path), None, bench.deadline).map_err(crate::bench::Stop::Failed)?;
    ordinary.sync()?;
    ensure(ordinary.map.state.global(MANAGER).is_none(), || format!("{MANAGER} is offered to any client"))
}

fn order_of_the_description(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let notes: Vec<_> =
        bench.at(bound).commits[0].notes.iter().filter(|note| note.1 != "checkpoint").copied().collect();
    ensure(notes.first() == Some(&(Of::Manager, "capabilities")), || {
        format!("the first event was {:?}", notes.first())
    })?;
    ensure(notes.get(1) == Some(&(Of::Manager, "grid_size")), || format!("the second event was {:?}", notes.get(1)))?;
    let last_camera = notes.iter().rposition(|note| *note == (Of::Manager, "camera"));
    let first_window = notes.iter().position(|note| *note == (Of::Manager, "window"));
    match (last_camera, first_window) {
        (Some(camera), Some(window)) if camera > window => failed("a window was described before a camera"),
        _ => Ok(()),
    }
}

fn known_capabilities(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let bits = bench.world(bound).capabilities.unwrap_or(0);
    ensure(bits & !15 == 0, || format!("capabilities {bits} has bits that version 1 does not know"))
}

fn bindings_agree(bench: &mut Bench) -> Verdict {
    let first = bench.bind()?;
    let _ = bench.open_window(first);
    let second = bench.bind_other()?;
    // Something may have changed between the two.
    let agree = |bench: &Bench| bench.world(first).described() == bench.world(second).described();
    bench.wait("two bindings are told the same", agree).or_else(|_| {
        let (first, second) = (bench.world(first).described(), bench.world(second).described());
        let differs = first.iter().find(|it| !second.contains(it)).map_or("nothing", |it| it.as_str());
        failed(format!("what one binding is told and another is not: {differs}; the other has {second:?}"))
    })
}

fn bindings_are_independent(bench: &mut Bench) -> Verdict {
    let (first, camera) = bench.with_camera()?;
    let second = bench.bind_only()?;
    bench.wait("the first done of a second binding", |bench| !bench.at(second).commits.is_empty())?;
    bench.at(second).manager.destroy();
    bench.at_mut(second).inert = true;
    let target = bench.camera(first, camera).target.unwrap_or_default();
    bench.move_camera(first, camera, crate::world::Point::new(target.x + 256, target.y), 0)
}

fn more_than_once(bench: &mut Bench) -> Verdict {
    const TIMES: usize = 5;
    for _ in 0..TIMES {
        bench.bind()?;
    }
    bench.sync()
}

fn outputs(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let names: Vec<_> =
        bench.map.state.globals.iter().filter(|it| it.1 == "wl_output" && it.2 >= 4).map(|it| it.0).collect();
    if names.is_empty() {
        return skipped("there is no wl_output of version 4, which has a name");
    }
    let bind = |bench: &Bench, name: u32| -> WlOutput { bench.registry().bind(name, 4, &bench.handle(), name) };
    let objects: Vec<_> = names.iter().map(|name| bind(bench, *name)).collect();
    let result = bench.wait("output of the camera whose output was bound", |bench| {
        let cameras: Vec<_> = bench.world(bound).open_cameras().collect();
        let named = |camera: &&crate::world::Camera| {
            let name = |number: &u32| bench.map.state.output_names.get(number);
            camera.outputs.iter().any(|number| name(number) == Some(&camera.name))
        };
        let known: Vec<_> = bench.map.state.output_names.values().collect();
        !known.is_empty()
            && cameras.iter().filter(|camera| known.contains(&&camera.name)).all(named)
            && cameras.iter().any(named)
    });
    let once = bench.world(bound).open_cameras().all(|camera| {
        camera.outputs.iter().all(|number| camera.outputs.iter().filter(|other| *other == number).count() == 1)
    });
    objects.iter().filter(|object| wayland_client::Proxy::version(*object) >= 3).for_each(WlOutput::release);
    result?;
    ensure(once, || "output was sent twice for one object".into())
}
