//! Rules that hold for every commit: they are watched while everything else is tried.

use std::time::Duration;

use super::{try_it, watch, Check};
use crate::bench::{ensure, Bench, Verdict};

pub(crate) const CHECKS: &[Check] = &[
    try_it(
        "commit/no-done-without-a-change",
        "The compositor sends at most one done per frame of its own, and none when nothing changed.",
        no_done_without_a_change,
    ),
    watch(
        "commit/new-objects-are-complete",
        "When an object is new, every event that has no default is sent for it before the done which makes it known.",
    ),
    watch(
        "commit/offsets-lie-in-their-cell",
        "A sender uses the cell that contains the point, so that 0 ≤ offset and offset is less than grid_size.",
    ),
    watch("commit/zoom-limits", "The zoom is never outside this range."),
    watch("commit/camera-names-are-unique", "No two cameras that exist at the same time have the same name."),
    watch("commit/stacking-is-unique", "No two windows have the same index in one commit."),
    watch("commit/closed-objects-are-silent", "No more events follow for this object."),
    watch("commit/serials-are-new", "a later serial acknowledges all earlier ones"),
];

fn no_done_without_a_change(bench: &mut Bench) -> Verdict {
    const QUIET: Duration = Duration::from_millis(300);
    let bound = bench.bind()?;
    bench.sync()?;
    bench.listen(Duration::from_millis(50))?;
    let since = bench.at(bound).commits.len();
    bench.listen(QUIET)?;
    let empty =
        bench.at(bound).commits[since..].iter().filter(|commit| commit.notes.iter().all(|note| note.1 == "checkpoint"));
    let empty = empty.count();
    ensure(empty == 0, || format!("{empty} commits without an event within {} ms", QUIET.as_millis()))
}
