//! The frame clock: at most 60 frames a second while something changes, and no wake-up while nothing does.

use std::time::{Duration, Instant};

use smithay::desktop::{layer_map_for_output, PopupManager};
use smithay::reexports::calloop::timer::{TimeoutAction, Timer};
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::wayland::compositor::{with_surface_tree_downward, SurfaceAttributes, TraversalAction};

use crate::geometry::Rect;
use crate::state::State;

const FRAME: Duration = Duration::from_micros(16_667);

/// Windows that no camera sees are told to draw this often, if they ask to.
const HIDDEN_FRAME: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub struct FrameClock {
    queued: bool,
    last: Option<Instant>,
    hidden_queued: bool,
}

impl State {
    /// Something changed: a frame follows as soon as the clock allows.
    pub fn queue_frame(&mut self) {
        if self.frames.queued {
            return;
        }
        let now = Instant::now();
        let deadline = self.frames.last.map_or(now, |last| (last + FRAME).max(now));
        let timer = self.event_loop.insert_source(Timer::from_deadline(deadline), |_, _, state| {
            state.frame();
            TimeoutAction::Drop
        });
        match timer {
            Ok(_) => self.frames.queued = true,
            Err(error) => tracing::error!(%error, "no frame timer"),
        }
    }

    pub fn frame_is_queued(&self) -> bool {
        self.frames.queued
    }

    /// A window outside all views committed; its frame callback is not urgent.
    pub fn queue_hidden_frame(&mut self) {
        if self.frames.hidden_queued {
            return;
        }
        let timer = self.event_loop.insert_source(Timer::from_duration(HIDDEN_FRAME), |_, _, state| {
            state.frames.hidden_queued = false;
            let time = state.now_ms();
            for window in state.windows.iter().filter(|window| window.shown_on.is_empty()) {
                if let Some(surface) = window.surface() {
                    send_frames(surface, time);
                }
            }
            TimeoutAction::Drop
        });
        match timer {
            Ok(_) => self.frames.hidden_queued = true,
            Err(error) => tracing::error!(%error, "no frame timer for hidden windows"),
        }
    }

    fn frame(&mut self) {
        self.frames.queued = false;
        self.frames.last = Some(Instant::now());
        let now = self.now();
        for output in self.outputs.iter_mut() {
            output.camera.advance(now);
        }
        if self.outputs.iter().any(|output| output.camera.is_moving()) {
            self.queue_frame();
        }
        self.popups.cleanup();
        self.update_views();
        self.render_outputs();
        self.send_frame_callbacks();
        self.repoint();
        self.refresh_extension();
    }

    /// Finds out which windows each output shows, and tells their surfaces.
    pub fn update_views(&mut self) {
        let mut hidden = false;
        for output in self.outputs.iter() {
            let visible = output.camera.visible();
            let covered = self.windows.fullscreen_on(&output.name).next().map(|window| window.id);
            for window in self.windows.iter_mut() {
                let shows = shown(window, &output.name, &visible, covered);
                let known = window.shown_on.iter().position(|name| *name == output.name);
                match (shows, known) {
                    (true, None) => {
                        window.shown_on.push(output.name.clone());
                        window.window.with_surfaces(|surface, _| output.output.enter(surface));
                    }
                    (false, Some(position)) => {
                        window.shown_on.swap_remove(position);
                        hidden |= window.shown_on.is_empty();
                        window.window.with_surfaces(|surface, _| output.output.leave(surface));
                    }
                    _ => {}
                }
            }
            output.output.cleanup();
        }
        if hidden {
            // It may wait for the callback of a frame that it will not be in.
            self.queue_hidden_frame();
        }
    }

    fn send_frame_callbacks(&self) {
        let time = self.now_ms();
        for window in self.windows.iter().filter(|window| !window.shown_on.is_empty()) {
            if let Some(surface) = window.surface() {
                send_frames(surface, time);
            }
        }
        for output in self.outputs.iter() {
            for layer in layer_map_for_output(&output.output).layers() {
                send_frames(layer.wl_surface(), time);
            }
        }
    }
}

/// Whether an output shows any part of a window. What a fullscreen window covers is not shown.
fn shown(window: &crate::windows::MapWindow, output: &str, visible: &Rect, covered: Option<u32>) -> bool {
    // A window that covers another output is on no map at the moment.
    let elsewhere = window.fullscreen.as_ref().is_some_and(|full| full.output != output);
    if window.minimized || elsewhere {
        return false;
    }
    match covered {
        Some(top) => window.id == top,
        None => window.painted().overlaps(visible),
    }
}

/// Answers the frame callbacks of a surface, its subsurfaces and its popups.
fn send_frames(surface: &WlSurface, time: u32) {
    send_frames_of_tree(surface, time);
    for (popup, _) in PopupManager::popups_for_surface(surface) {
        send_frames_of_tree(popup.wl_surface(), time);
    }
}

fn send_frames_of_tree(surface: &WlSurface, time: u32) {
    with_surface_tree_downward(
        surface,
        (),
        |_, _, ()| TraversalAction::DoChildren(()),
        |_, states, ()| {
            for callback in states.cached_state.get::<SurfaceAttributes>().current().frame_callbacks.drain(..) {
                callback.done(time);
            }
        },
        |_, _, ()| true,
    );
}
