//! Windows: which are announced, what is told of them, and how they go.

use super::{try_it, Check};
use crate::bench::{ensure, failed, skipped, Bench, Verdict, WINDOW_CONTROL};
use crate::world::Of;

pub(crate) const CHECKS: &[Check] = &[
    try_it(
        "window/announced-when-mapped",
        "A compositor announces toplevel windows when they are mapped, and not their popups and subsurfaces.",
        announced_when_mapped,
    ),
    try_it("window/no-subsurfaces", "not their popups and subsurfaces", no_subsurfaces),
    try_it("window/described", "As set by xdg_toplevel.set_app_id", described),
    try_it("window/long-title", "A compositor may cut it to 1024 bytes, at a character's end.", long_title),
    try_it(
        "window/closed-when-unmapped",
        "The window was unmapped or its application went away.",
        closed_when_unmapped,
    ),
    try_it(
        "window/ids-are-never-reused",
        "If the window is mapped again, it is a new window with a new id.",
        ids_are_never_reused,
    ),
    try_it(
        "window/id-in-every-binding",
        "The id names the same window in every binding of this manager",
        id_in_every_binding,
    ),
    try_it("window/parent", "As set by xdg_toplevel.set_parent.", parent),
    try_it(
        "window/identifier",
        "The identifier that ext_foreign_toplevel_handle_v1.identifier has for this window.",
        identifier,
    ),
    try_it(
        "window/requests-to-closed",
        "A request to an object that was closed is ignored, not an error",
        requests_to_closed,
    ),
    try_it(
        "window/object-may-go",
        "The client no longer wants events for this window. Nothing else happens to the window.",
        object_may_go,
    ),
    try_it("window/close", "Ask the application to close the window, as the button in a title bar would.", close),
];

fn announced_when_mapped(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let known = bench.world(bound).open_windows().count();
    let desk = bench.desk()?;
    let handle = desk.queue.handle();
    let title = format!("unmapped {}", std::process::id());
    let Some(number) = desk.state.open(&title, &handle) else { return skipped("no window could be made") };
    desk.state.set_mapped(number, false);
    bench.sync_desk()?;
    bench.sync()?;
    bench.listen(std::time::Duration::from_millis(40))?;
    ensure(bench.world(bound).titled(&title).is_none(), || "a window without a picture was announced".into())?;
    let _ = known;
    bench.desk()?.state.close(number);
    bench.open_window(bound).map(drop)
}

fn no_subsurfaces(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let (number, _) = bench.open_window(bound)?;
    let known = bench.world(bound).open_windows().count();
    let desk = bench.desk()?;
    let handle = desk.queue.handle();
    if desk.state.open_subsurface(number, &handle).is_none() {
        return skipped("the compositor has no wl_subcompositor");
    }
    bench.sync_desk()?;
    bench.listen(std::time::Duration::from_millis(40))?;
    let now = bench.world(bound).open_windows().count();
    ensure(now == known, || format!("{known} windows became {now} with a subsurface"))
}

fn described(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let (number, id) = bench.open_window(bound)?;
    let window = bench.window(bound, id)?.clone();
    ensure(id != 0, || "a window has the id 0".into())?;
    ensure(window.app_id == "infinite-map-conformance", || format!("app_id is {:?}", window.app_id))?;
    let own = std::process::id();
    ensure([0, own].contains(&window.pid), || format!("pid is {}, this process is {own}", window.pid))?;
    let size = bench.desk()?.state.windows.get(&number).map_or((0, 0), |window| window.size);
    let (width, height) = window.size.unwrap_or_default();
    let fits = |frame: f64, own: i32| frame >= f64::from(own) && frame <= f64::from(own) + 200.0;
    ensure(fits(width, size.0) && fits(height, size.1), || {
        format!("size is {width} by {height} around a window of {size:?}")
    })?;
    let title = "another title: ä € 𝄞";
    if let Some(window) = bench.desk()?.state.windows.get(&number) {
        window.toplevel.set_title(title.into());
        window.surface.commit();
    }
    bench.wait("a changed title", |bench| bench.world(bound).window(id).is_some_and(|window| window.title == title))
}

fn long_title(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let (number, id) = bench.open_window(bound)?;
    let title = "€".repeat(1100);
    if let Some(window) = bench.desk()?.state.windows.get(&number) {
        window.toplevel.set_title(title.clone());
        window.surface.commit();
    }
    bench.wait("a long title", |bench| {
        bench.world(bound).window(id).is_some_and(|window| window.title.starts_with('€'))
    })?;
    let told = bench.window(bound, id)?.title.clone();
    ensure(title.starts_with(&told) && told.len() > 1020, || {
        format!("a title of {} bytes became one of {}", title.len(), told.len())
    })
}

fn closed_when_unmapped(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let (number, id) = bench.open_window(bound)?;
    bench.desk()?.state.set_mapped(number, false);
    bench.wait("closed of a window that was unmapped", |bench| bench.world(bound).window(id).is_none())?;
    let (number, id) = bench.open_window(bound)?;
    bench.desk()?.state.close(number);
    bench.wait("closed of a window that was destroyed", |bench| bench.world(bound).window(id).is_none())
}

fn ids_are_never_reused(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (number, id) = bench.open_window(bound)?;
        ensure(!seen.contains(&id), || format!("the id {id} names a second window"))?;
        seen.push(id);
        let title = bench.window(bound, id)?.title.clone();
        bench.desk()?.state.set_mapped(number, false);
        bench.wait("closed of a window that was unmapped", |bench| bench.world(bound).window(id).is_none())?;
        bench.sync_desk()?;
        bench.desk()?.state.set_mapped(number, true);
        bench.wait("a window that is mapped again", |bench| bench.world(bound).titled(&title).is_some())?;
        let again = bench.world(bound).titled(&title).map_or(0, |window| window.id);
        ensure(!seen.contains(&again), || format!("the id {id} was given again to a window that was mapped again"))?;
        seen.push(again);
        bench.desk()?.state.close(number);
        bench.wait("closed of a window", |bench| bench.world(bound).window(again).is_none())?;
    }
    Ok(())
}

fn id_in_every_binding(bench: &mut Bench) -> Verdict {
    let first = bench.bind()?;
    let second = bench.bind_other()?;
    let (_, id) = bench.open_window(first)?;
    let title = bench.window(first, id)?.title.clone();
    bench.wait("the same window in another binding", |bench| bench.world(second).titled(&title).is_some())?;
    let other = bench.world(second).titled(&title).map_or(0, |window| window.id);
    ensure(id == other, || format!("one window has the id {id} in one binding and {other} in another"))
}

fn parent(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let (parent, parent_id) = bench.open_window(bound)?;
    let (child, child_id) = bench.open_window(bound)?;
    let windows = &bench.desk()?.state.windows;
    if let (Some(parent), Some(child)) = (windows.get(&parent), windows.get(&child)) {
        child.toplevel.set_parent(Some(&parent.toplevel));
        child.surface.commit();
    }
    bench.wait("parent of a dialog", |bench| {
        bench.world(bound).window(child_id).is_some_and(|window| window.parent == Some(parent_id))
    })
}

fn identifier(bench: &mut Bench) -> Verdict {
    use wayland_protocols::ext::foreign_toplevel_list::v1::client::ext_foreign_toplevel_list_v1::ExtForeignToplevelListV1;
    let bound = bench.bind()?;
    let (_, id) = bench.open_window(bound)?;
    let told = bench.window(bound, id)?.identifier.clone();
    let Some((name, _)) = bench.map.state.global("ext_foreign_toplevel_list_v1") else {
        return match told {
            None => skipped("the compositor has no ext_foreign_toplevel_list_v1"),
            Some(told) => failed(format!("identifier {told:?} without ext_foreign_toplevel_list_v1")),
        };
    };
    let list: ExtForeignToplevelListV1 = bench.registry().bind(name, 1, &bench.handle(), ());
    bench.sync()?;
    list.stop();
    let known = bench.map.state.identifiers.clone();
    ensure(told.as_ref().is_some_and(|told| known.contains(told)), || {
        format!("identifier is {told:?}, the list has {known:?}")
    })
}

fn requests_to_closed(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    bench.need(bound, WINDOW_CONTROL)?;
    bench.at_mut(bound).tidy = false;
    let (number, id) = bench.open_window(bound)?;
    let object = bench.window(bound, id)?.object.clone();
    bench.desk()?.state.close(number);
    bench.wait("closed of a window", |bench| bench.world(bound).window(id).is_none())?;
    object.activate(None);
    object.close();
    object._move(0, 0, 1.0, 1.0);
    object.resize(100.0, 100.0);
    object.raise();
    object.lower();
    object.set_minimized(1);
    object.set_maximized(1);
    object.set_fullscreen(1, None);
    object.center(bench.serial(), None, 0);
    object.destroy();
    bench.sync()
}

fn object_may_go(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    let watching = bench.bind()?;
    let (number, id) = bench.open_window(bound)?;
    bench.window(bound, id)?.object.destroy();
    if let Some(window) = bench.desk()?.state.windows.get(&number) {
        window.toplevel.set_title("nobody hears it".into());
        window.surface.commit();
    }
    bench.wait("a title in another binding, after one has destroyed its object of the window", |bench| {
        bench.world(watching).window(id).is_some_and(|window| window.title == "nobody hears it")
    })?;
    bench.desk()?.state.close(number);
    bench.wait("closed in another binding", |bench| bench.world(watching).window(id).is_none())
}

fn close(bench: &mut Bench) -> Verdict {
    let bound = bench.bind()?;
    bench.need(bound, WINDOW_CONTROL)?;
    let (number, id) = bench.open_window(bound)?;
    bench.window(bound, id)?.object.close();
    bench.wait("xdg_toplevel.close in the application", |bench| {
        bench.desk_ref().and_then(|desk| desk.windows.get(&number)).is_some_and(|window| window.close_asked)
    })?;
    // The application may refuse: as long as it does, the window is there.
    bench.sync()?;
    bench.listen(std::time::Duration::from_millis(40))?;
    ensure(bench.world(bound).window(id).is_some(), || "a window is closed before its application closed it".into())?;
    let index = bench.world(bound).windows.iter().position(|window| window.id == id).unwrap_or(0);
    let since = bench.at(bound).commits.len();
    bench.desk()?.state.close(number);
    bench.wait("closed", |bench| {
        bench.at(bound).commits[since..].iter().any(|commit| commit.has(Of::Window(index), "closed"))
    })
}
