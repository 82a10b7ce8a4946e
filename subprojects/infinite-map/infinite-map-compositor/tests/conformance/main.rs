//! The conformance program passes on this compositor, and notices each way of breaking the extension that a proxy
//! between the two can think of.

mod proxy;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use infinite_map_conformance::{run, Access, Options, Report, Verdict};

use proxy::{Break, Proxy};

/// The compositor, killed when the test ends, however it does.
struct Compositor {
    child: Child,
    socket: PathBuf,
}

impl Compositor {
    fn start(runtime: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_infinite-map-compositor"))
            .args(["--socket", "wayland-test", "--allow-exe"])
            .arg(std::env::current_exe().unwrap())
            .env("XDG_RUNTIME_DIR", runtime)
            .env("RUST_LOG", "error")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        assert!(ready.contains("wayland-test"), "{ready}");
        Self { child, socket: runtime.join("wayland-test") }
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs checks through a proxy that breaks something.
fn through(broken: Break, filters: &[&str], deadline: Duration) -> Report {
    let runtime = tempfile::tempdir().unwrap();
    let compositor = Compositor::start(runtime.path());
    let proxy = Proxy::start(&runtime.path().join("proxy"), &compositor.socket, broken);
    let options = Options {
        filters: filters.iter().map(|&filter| filter.to_owned()).collect(),
        deadline,
        ordinary: Some(compositor.socket.clone()),
    };
    run(Access::Display(proxy.path.clone()), &options, |_| {}).expect("a connection to check")
}

fn failures(report: &Report) -> Vec<String> {
    let failed = |outcome: &&infinite_map_conformance::Outcome| matches!(outcome.verdict, Verdict::Failed(_));
    report.outcomes.iter().filter(failed).map(|outcome| outcome.text(false)).collect()
}

const PATIENT: Duration = Duration::from_secs(20);

#[test]
fn the_reference_compositor_keeps_every_rule() {
    let report = through(Break::Nothing, &[], PATIENT);
    assert_eq!(failures(&report), Vec::<String>::new());
    let skipped: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| matches!(outcome.verdict, Verdict::Skipped(_)))
        .map(|outcome| outcome.name)
        .collect();
    // What only the companion can try, and what only somebody without permission can.
    assert_eq!(skipped, ["bind/hidden-from-ordinary-clients", "input/needs-permission"]);
}

/// Breaks something and expects one check to say so, in words that show that it was this.
fn noticed(broken: Break, check: &str, because: &str, filters: &[&str]) {
    let report = through(broken, filters, Duration::from_secs(2));
    match report.verdict(check) {
        Some(Verdict::Failed(why)) if why.contains(because) => {}
        other => panic!("{broken:?}: {check} is {other:?}; failures: {:#?}", failures(&report)),
    }
}

#[test]
fn a_done_before_the_description_is_complete_is_noticed() {
    noticed(Break::HalfDone, "commit/new-objects-are-complete", "has no position", &["bind/", "commit/new"]);
}

#[test]
fn an_answer_without_its_cause_is_noticed() {
    noticed(Break::NoCause, "camera/answers-without-a-change", "not within", &["camera/answers"]);
}

#[test]
fn a_zoom_beyond_the_limits_is_noticed() {
    noticed(Break::Unclamped, "camera/zoom-is-clamped", "where the limits are", &["camera/zoom-is-clamped"]);
}

#[test]
fn a_zoom_in_thousandths_is_noticed() {
    noticed(Break::CoarseZoom, "camera/zoom-is-exact", "1234567", &["camera/zoom-is-exact"]);
}

#[test]
fn an_id_that_is_given_again_is_noticed() {
    noticed(Break::ReusedIds, "window/ids-are-never-reused", "the id", &["window/ids"]);
}

#[test]
fn a_window_that_never_closes_is_noticed() {
    noticed(Break::ForgottenClose, "window/closed-when-unmapped", "closed of a window", &["window/closed"]);
}

#[test]
fn two_windows_at_the_same_place_of_the_stack_are_noticed() {
    noticed(
        Break::SameStacking,
        "commit/stacking-is-unique",
        "both have the index",
        &["window/id-in", "window/parent", "commit/stacking"],
    );
}

#[test]
fn an_older_tile_that_wins_is_noticed() {
    noticed(Break::TilesWithoutTime, "tiles/older-put", "older", &["tiles/older-put"]);
}

#[test]
fn input_without_a_frame_is_noticed() {
    noticed(Break::InputWithoutFrame, "input/nothing-without-frame", "before the frame", &["input/nothing"]);
}

#[test]
fn a_server_without_flow_control_is_noticed() {
    noticed(Break::NoFlowControl, "flow/stops-without-acknowledgements", "KiB of events", &["flow/stops"]);
}

#[test]
fn a_server_that_ends_at_an_unknown_serial_is_noticed() {
    noticed(Break::DeadlySerial, "flow/unknown-serials", "a connection was lost", &["flow/unknown"]);
}

#[test]
fn a_server_that_does_not_stop_is_noticed() {
    noticed(Break::DeafToStop, "end/stop-is-answered", "finished after stop", &["end/stop"]);
}

#[test]
fn serials_that_are_sent_twice_are_noticed() {
    noticed(Break::RepeatedSerials, "commit/serials-are-new", "was sent twice", &["camera/jumps", "commit/serials"]);
}

#[test]
fn offsets_outside_of_their_cell_are_noticed() {
    noticed(
        Break::ShiftedOffsets,
        "commit/offsets-lie-in-their-cell",
        "has the offset",
        &["bind/order", "commit/offsets"],
    );
}

#[test]
fn tiles_that_anybody_may_name_anything_are_noticed() {
    noticed(Break::EchoedTiles, "tiles/own-changes-are-not-told", "own put", &["tiles/own"]);
}

#[test]
fn a_server_that_hangs_ends_the_run_and_does_not_hang_it() {
    let begin = Instant::now();
    let report = through(Break::Hang, &["bind/"], Duration::from_millis(300));
    assert!(report.failed() > 0, "{:?}", report.json());
    assert!(failures(&report).iter().any(|failure| failure.contains("not within 300 ms")), "{:?}", failures(&report));
    assert!(begin.elapsed() < Duration::from_secs(60), "took {:?}", begin.elapsed());
}
