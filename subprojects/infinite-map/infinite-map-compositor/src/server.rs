//! The running compositor: what it listens to, in which order it comes up, and how it ends.

use std::io::Write;
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::sync::Arc;

use infinite_map_server::{Companion, CompanionMark};
use smithay::reexports::calloop::generic::Generic;
use smithay::reexports::calloop::signals::{Signal, Signals};
use smithay::reexports::calloop::{EventLoop, Interest, LoopHandle, Mode, PostAction};
use smithay::reexports::wayland_server::Display;
use smithay::wayland::socket::ListeningSocketSource;

use crate::cli::{Backend, Run};
use crate::control;
use crate::handlers::ClientState;
use crate::outputs::OutputSpec;
use crate::process::{raise_descriptor_limit, resolve_allowed, split_command};
use crate::state::{Settings, State};
use crate::Fallible;

const DEFAULT_SIZE: (u32, u32) = (1280, 720);

/// Runs until a signal, or until it is told to quit.
pub fn run(options: Run) -> Fallible<()> {
    raise_descriptor_limit();
    let mut event_loop: EventLoop<State> = EventLoop::try_new()?;
    let handle = event_loop.handle();
    watch_signals(&handle)?;
    let display: Display<State> = Display::new()?;
    let dh = display.handle();

    let listener = listen(options.socket.as_deref())?;
    let display_name = listener.socket_name().to_string_lossy().into_owned();
    let settings = Settings {
        grid_size: options.grid_size,
        bricks: options.bricks,
        allow_exe: options.allow_exe.iter().map(|path| resolve_allowed(path)).collect::<Fallible<_>>()?,
        display_name: display_name.clone(),
    };
    let companion = options.companion.map(|text| prepare_companion(&text, &display_name)).transpose()?;
    let mark = companion.as_ref().map_or_else(CompanionMark::default, Companion::mark);
    let mut state = State::new(settings, dh, handle.clone(), event_loop.get_signal(), mark)?;

    dispatch_clients(&handle, display)?;
    let listening =
        handle.insert_source(listener, |stream, (), state| state.accept(stream)).map_err(|error| error.error)?;
    add_outputs(&mut state, options.backend, &options.outputs)?;
    let path = options.control.map_or_else(|| control::default_path(&display_name), Ok)?;
    let socket = control::listen(&state, &path)?;
    if let Some(companion) = companion {
        start_companion(&mut state, companion)?;
    }
    announce(&display_name, &socket.path)?;
    if !options.client.is_empty() {
        state.spawn(&options.client)?;
    }

    event_loop.run(None, &mut state, State::after_events)?;
    tracing::info!("ending");
    state.children.terminate();
    drop(state.companion.take());
    state.children.wait();
    handle.remove(listening);
    // Dropping the loop lets signals through again, and a second Ctrl-C that waits by now would end the process
    // before its sockets are removed.
    drop((socket, state));
    std::mem::forget(event_loop);
    Ok(())
}

impl State {
    /// After each turn of the loop: new clients of the extension are served, and all are sent what they are due.
    fn after_events(&mut self) {
        if !self.frame_is_queued() {
            self.extension.map.refresh();
        }
        if let Err(error) = self.display.flush_clients() {
            tracing::warn!(%error, "clients not flushed");
        }
    }

    /// The companion's process and how often it was started again.
    pub fn companion_status(&self) -> (Option<u32>, u32) {
        self.companion.as_ref().map_or((None, 0), |companion| (companion.pid(), companion.restarts()))
    }
}

fn watch_signals(handle: &LoopHandle<'static, State>) -> Fallible<()> {
    let signals = Signals::new(&[Signal::SIGINT, Signal::SIGTERM, Signal::SIGCHLD])?;
    handle
        .insert_source(signals, |event, (), state| match event.signal() {
            Signal::SIGCHLD => state.reap_children(),
            _ => state.signal.stop(),
        })
        .map_err(|error| error.error)?;
    Ok(())
}

fn listen(name: Option<&str>) -> Fallible<ListeningSocketSource> {
    match name {
        Some(name) => {
            ListeningSocketSource::with_name(name).map_err(|error| format!("cannot listen at {name:?}: {error}").into())
        }
        None => ListeningSocketSource::new_auto()
            .map_err(|error| format!("no Wayland socket: {error}. Is XDG_RUNTIME_DIR set?").into()),
    }
}

fn dispatch_clients(handle: &LoopHandle<'static, State>, display: Display<State>) -> Fallible<()> {
    let source = Generic::new(display, Interest::READ, Mode::Level);
    handle
        .insert_source(source, |_, display, state| {
            // SAFETY: the display is not dropped while the source lives.
            let result = unsafe { display.get_mut() }.dispatch_clients(state);
            result.map(|_| PostAction::Continue)
        })
        .map_err(|error| error.error)?;
    Ok(())
}

fn add_outputs(state: &mut State, backend: Backend, wanted: &[OutputSpec]) -> Fallible<()> {
    let default_name = match backend {
        Backend::Headless => "HEADLESS-1",
        Backend::Winit => "WINIT-1",
    };
    let default = [OutputSpec::new(default_name, DEFAULT_SIZE.0, DEFAULT_SIZE.1)?];
    let mut wanted = if wanted.is_empty() { &default } else { wanted };
    if backend == Backend::Winit {
        open_window(state, &wanted[0])?;
        wanted = &wanted[1..];
    }
    for spec in wanted {
        state.add_headless_output(spec)?;
    }
    Ok(())
}

#[cfg(feature = "winit")]
fn open_window(state: &mut State, spec: &OutputSpec) -> Fallible<()> {
    crate::winit::open(state, spec)
}

#[cfg(not(feature = "winit"))]
fn open_window(_: &mut State, _: &OutputSpec) -> Fallible<()> {
    Err("--backend winit: this program was built without the feature \"winit\"".into())
}

fn prepare_companion(text: &str, display_name: &str) -> Fallible<Companion> {
    let words = split_command(text)?;
    let display_name = display_name.to_owned();
    let command = move || {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env("WAYLAND_DISPLAY", &display_name).env_remove("DISPLAY").stdin(Stdio::null());
        // Our standard output carries one line only.
        if let Ok(log) = std::io::stderr().as_fd().try_clone_to_owned() {
            command.stdout(log);
        }
        command
    };
    Ok(Companion::new(command, || Arc::new(ClientState { privileged: true, ..ClientState::default() }))?)
}

fn start_companion(state: &mut State, mut companion: Companion) -> Fallible<()> {
    let mut display = state.display.clone();
    // What cannot be started now will hardly be later: say so at once.
    companion.start(&mut display)?;
    let watched = companion.as_fd().try_clone_to_owned()?;
    let source = Generic::new(watched, Interest::READ, Mode::Level);
    let insert = state.event_loop.insert_source(source, |_, _, state| {
        let mut display = state.display.clone();
        if let Some(companion) = &mut state.companion {
            companion.dispatch(&mut display);
        }
        Ok(PostAction::Continue)
    });
    insert.map_err(|error| error.error)?;
    state.companion = Some(companion);
    Ok(())
}

fn announce(display: &str, control: &std::path::Path) -> Fallible<()> {
    let line = serde_json::json!({"display": display, "control": control, "pid": std::process::id()});
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    Ok(())
}
