//! A companion that is a real process.

mod common;

use std::io::{BufRead, BufReader};
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::mpsc::{channel, Receiver};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::server::{App, Grant};
use infinite_map_server::{Capabilities, Companion, CompanionError, InfiniteMapState};
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::process::{kill_process, test_kill_process, Pid, Signal};
use wayland_server::Display;

const PATIENCE: Duration = Duration::from_secs(10);

/// A companion that runs a script, and the lines that the script writes.
struct Scene {
    companion: Companion,
    display: Display<App>,
    lines: Receiver<String>,
}

impl Scene {
    fn new(script: &'static str) -> Self {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            BufReader::new(reader).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        let command = move || {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]).stdout(writer.try_clone().expect("a descriptor"));
            command
        };
        let companion = Companion::new(command, || Arc::new(Grant::default())).expect("a companion");
        Self { companion, display: Display::new().expect("a display"), lines }
    }

    fn start(&mut self) -> Pid {
        self.companion.start(&mut self.display.handle()).expect("started");
        self.pid()
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.companion.pid().expect("running") as i32).expect("a process")
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line from the companion")
    }

    /// Runs the event loop until the companion's state is as wanted.
    fn until(&mut self, wanted: impl Fn(&Companion) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wanted(&self.companion) {
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            let ready = poll(&mut [PollFd::new(&self.companion.as_fd(), PollFlags::IN)], Some(&left));
            assert_eq!(ready, Ok(1), "nothing happened");
            self.companion.dispatch(&mut self.display.handle());
        }
    }

    fn clients(&self) -> usize {
        let mut clients = 0;
        self.display.handle().backend_handle().with_all_clients(|_| clients += 1);
        clients
    }
}

#[test]
fn the_child_inherits_its_connection_and_nobody_else_does() {
    let mut scene =
        Scene::new("[ -S /dev/fd/$WAYLAND_SOCKET ] && echo socket $(ls -l /dev/fd/ | grep -c socket:); exec sleep 60");
    scene.start();
    assert_eq!(scene.line(), "socket 1");
    let output = Command::new("/bin/sh").args(["-c", "ls -l /dev/fd/ | grep -c socket:"]).output().expect("sh");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0", "another child inherits a socket");
    assert_eq!(scene.clients(), 1);
}

#[test]
fn it_is_started_again_when_it_dies_and_more_and_more_slowly() {
    let mut scene = Scene::new("echo started; exec sleep 60");
    let mut waits = Vec::new();
    let mut pid = scene.start();
    for restarts in 1..=3 {
        assert_eq!(scene.line(), "started");
        kill_process(pid, Signal::KILL).expect("killed");
        scene.until(|companion| companion.pid().is_none());
        let died = Instant::now();
        assert!(scene.companion.next_deadline().is_some());
        scene.until(|companion| companion.pid().is_some());
        waits.push(died.elapsed());
        assert_eq!(scene.companion.restarts(), restarts);
        assert_eq!(scene.companion.next_deadline(), None);
        pid = scene.pid();
    }
    for (wait, least) in waits.iter().zip([90, 190, 390]) {
        assert!(wait.as_millis() >= least, "{waits:?}");
    }
    scene.display.dispatch_clients(&mut app(&scene.display)).expect("dispatching");
    assert_eq!(scene.clients(), 1, "the connections of the dead are closed");
}

fn app(display: &Display<App>) -> App {
    App {
        map: InfiniteMapState::new::<App>(&display.handle(), 100, |_| None),
        calls: Vec::new(),
        frames: Vec::new(),
        closed: Vec::new(),
        moves: common::server::Moves::Never,
        wish: None,
        states: Default::default(),
        output_camera: None,
    }
}

#[test]
fn it_ends_with_the_compositor() {
    let mut scene = Scene::new("trap 'echo bye; exit' TERM; echo ready; while :; do sleep 0.05; done");
    let pid = scene.start();
    assert_eq!(scene.line(), "ready");
    let Scene { companion, lines, .. } = scene;
    drop(companion);
    assert_eq!(lines.recv_timeout(PATIENCE).as_deref(), Ok("bye"));
    assert!(test_kill_process(pid).is_err(), "still there");
}

#[test]
fn it_ends_even_if_it_does_not_want_to() {
    let mut scene = Scene::new("trap '' TERM; echo ready; exec sleep 60");
    let pid = scene.start();
    assert_eq!(scene.line(), "ready");
    let begun = Instant::now();
    drop(scene.companion);
    assert!(begun.elapsed() >= Duration::from_millis(600) && begun.elapsed() < Duration::from_secs(5));
    assert!(test_kill_process(pid).is_err(), "still there");
}

/// Blocks it in this thread.
fn block_sigterm() {
    // SAFETY: the set is initialised before it is used, and only this thread's mask changes.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&mut set);
        libc::sigaddset(&mut set, libc::SIGTERM);
        assert_eq!(libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()), 0);
    }
}

#[test]
fn it_hears_the_signals_that_its_compositor_has_blocked() {
    // As in a compositor that takes signals from a descriptor.
    block_sigterm();
    let command = || {
        let mut command = Command::new("sleep");
        command.arg("60");
        command
    };
    let mut companion = Companion::new(command, || Arc::new(Grant::default())).expect("a companion");
    let display: Display<App> = Display::new().expect("a display");
    companion.start(&mut display.handle()).expect("started");
    let status = std::fs::read_to_string(format!("/proc/{}/status", companion.pid().expect("running")));
    assert!(status.expect("a process").contains("SigBlk:\t0000000000000000"));
}

#[test]
fn a_connection_ends_with_its_companion_even_if_another_process_kept_it() {
    let mut scene = Scene::new("sleep 60 & echo $!; wait");
    let pid = scene.start();
    let grandchild: i32 = scene.line().parse().expect("a process");
    kill_process(pid, Signal::KILL).expect("killed");
    scene.until(|companion| companion.pid().is_none());
    scene.display.dispatch_clients(&mut app(&scene.display)).expect("dispatching");
    assert_eq!(scene.clients(), 0);
    kill_process(Pid::from_raw(grandchild).expect("a process"), Signal::KILL).expect("killed");
}

#[test]
fn only_the_companion_bears_the_mark() {
    let mut scene = Scene::new("exec sleep 60");
    scene.start();
    let mark = scene.companion.mark();
    let handle = scene.display.handle();
    let (ours, _theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
    let stranger = handle
        .clone()
        .insert_client(ours, Arc::new(Grant { capabilities: Some(Capabilities::all()), ..Grant::default() }))
        .expect("a client");
    assert!(!mark.is(&stranger));
    let mut marked = 0;
    handle.backend_handle().with_all_clients(|id| marked += usize::from(mark.is_id(&id)));
    assert_eq!(marked, 1);
    drop(scene.companion);
    handle.backend_handle().with_all_clients(|id| assert!(!mark.is_id(&id)));
}

#[test]
fn what_cannot_be_started_is_said_and_tried_again() {
    let command = || Command::new("/nonexistent/companion");
    let mut companion = Companion::new(command, || Arc::new(Grant::default())).expect("a companion");
    let display: Display<App> = Display::new().expect("a display");
    let error = companion.start(&mut display.handle()).expect_err("it does not exist");
    assert!(matches!(&error, CompanionError::Start { program, .. } if program == "/nonexistent/companion"), "{error}");
    assert!(companion.next_deadline().is_some() && companion.pid().is_none());
    let mut clients = 0;
    display.handle().backend_handle().with_all_clients(|_| clients += 1);
    assert!(clients <= 1);
}
