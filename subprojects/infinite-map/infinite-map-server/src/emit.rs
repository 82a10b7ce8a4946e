//! The difference between what a client was told and a goal, as events.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayland_server::Resource;

use crate::binding::{Binding, Outputs, SentCamera, SentWindow};
use crate::coordinates::{from_fixed, WirePoint};
use crate::dispatch::{CameraData, WindowData};
use crate::model::CameraId;
use crate::protocol::infinite_map_camera_v1::{Event as CameraEvent, InfiniteMapCameraV1};
use crate::protocol::infinite_map_manager_v1::Event as ManagerEvent;
use crate::protocol::infinite_map_window_v1::{Event as WindowEvent, InfiniteMapWindowV1, Space as WindowSpace};
use crate::wire::Wire;
use crate::world::{BindingId, WireCamera, WireSpace, WireWindow, World};

impl Binding {
    /// First what is gone, so that a name is free before a new camera takes it.
    pub(crate) fn emit_closed(&mut self, goal: &World) -> bool {
        if self.windows_revision != Some(goal.windows_revision) {
            let gone: Vec<_> = self.windows.keys().filter(|id| !goal.windows.contains_key(id)).copied().collect();
            for id in gone {
                if !self.wire.has_room() {
                    return false;
                }
                let sent = self.windows.remove(&id);
                if let Some(object) = sent.and_then(|sent| sent.object).filter(|object| object.is_alive()) {
                    self.wire.send(&object, WindowEvent::Closed);
                    self.closed_objects += 1;
                }
            }
        }
        if self.cameras_revision != Some(goal.cameras_revision) {
            let gone: Vec<_> = self.cameras.keys().filter(|id| !goal.cameras.contains_key(id)).copied().collect();
            for id in gone {
                if !self.wire.has_room() {
                    return false;
                }
                let sent = self.cameras.remove(&id);
                if let Some(object) = sent.and_then(|sent| sent.object).filter(|object| object.is_alive()) {
                    self.wire.send(&object, CameraEvent::Closed);
                    self.closed_objects += 1;
                }
            }
        }
        true
    }

    pub(crate) fn emit_cameras(&mut self, goal: &World, outputs: &Outputs) -> bool {
        if self.cameras_revision == Some(goal.cameras_revision) && self.answers.is_empty() {
            return true;
        }
        for (&id, camera) in &goal.cameras {
            if !self.wire.has_room() {
                return false;
            }
            let answer = self.answers.remove(&id);
            if let Some(sent) = self.cameras.get_mut(&id) {
                if let Some(object) = self.wire.alive(&sent.object) {
                    camera_events(&mut self.wire, object, Some(&sent.camera), camera);
                    cause_events(&mut self.wire, self.id, object, &mut sent.cause, camera, answer);
                }
                sent.camera = Arc::clone(camera);
            } else {
                let data = CameraData { binding: self.id, camera: id };
                let version = self.wire.manager.version();
                let made = (self.wire.factory.camera)(&self.wire.client, &self.wire.display, version, data);
                let Ok(object) = made else { continue };
                let manager = self.wire.manager.clone();
                let name = camera.name.to_string();
                self.wire.send(&manager, ManagerEvent::Camera { camera: object.clone(), name });
                camera_events(&mut self.wire, &object, None, camera);
                let mut cause = 0;
                cause_events(&mut self.wire, self.id, &object, &mut cause, camera, answer);
                let sent = SentCamera { object: Some(object), camera: Arc::clone(camera), cause, outputs: Vec::new() };
                self.cameras.insert(id, sent);
            }
            self.emit_outputs(id, outputs);
        }
        // What is left was asked of cameras that are gone.
        self.answers.clear();
        self.cameras_revision = Some(goal.cameras_revision);
        true
    }

    fn emit_outputs(&mut self, id: CameraId, outputs: &Outputs) {
        let Some(sent) = self.cameras.get_mut(&id) else { return };
        sent.outputs.retain(|output| output.is_alive());
        let Some(object) = self.wire.alive(&sent.object) else { return };
        for weak in outputs.get(&id).into_iter().flatten() {
            let Ok(output) = weak.upgrade() else { continue };
            let theirs = output.is_alive() && output.id().same_client_as(&object.id());
            if theirs && !sent.outputs.contains(weak) {
                sent.outputs.push(weak.clone());
                self.wire.send(object, CameraEvent::Output { output });
            }
        }
    }

    pub(crate) fn emit_windows(&mut self, goal: &World) -> bool {
        if self.windows_revision == Some(goal.windows_revision) {
            return true;
        }
        for (&id, window) in &goal.windows {
            if self.windows.get(&id).is_some_and(|sent| Arc::ptr_eq(&sent.window, window)) {
                continue;
            }
            if !self.wire.has_room() {
                return false;
            }
            if let Some(sent) = self.windows.get_mut(&id) {
                if let Some(object) = self.wire.alive(&sent.object) {
                    window_events(&mut self.wire, object, Some(&sent.window), window, &self.cameras);
                }
                sent.window = Arc::clone(window);
            } else {
                let data = WindowData { binding: self.id, window: id };
                let version = self.wire.manager.version();
                let made = (self.wire.factory.window)(&self.wire.client, &self.wire.display, version, data);
                let Ok(object) = made else { continue };
                let manager = self.wire.manager.clone();
                self.wire.send(&manager, ManagerEvent::Window { window: object.clone(), id: id.get() });
                window_events(&mut self.wire, &object, None, window, &self.cameras);
                let sent = SentWindow { object: Some(object), window: Arc::clone(window), parent: None };
                self.windows.insert(id, sent);
            }
        }
        if !self.emit_parents(goal) {
            return false;
        }
        self.windows_revision = Some(goal.windows_revision);
        true
    }

    /// After all windows, because a parent may be announced after its child.
    fn emit_parents(&mut self, goal: &World) -> bool {
        for (id, window) in &goal.windows {
            let parent = window.parent.filter(|parent| goal.windows.contains_key(parent));
            let Some(sent) = self.windows.get(id).filter(|sent| sent.parent != parent) else { continue };
            if !self.wire.has_room() {
                return false;
            }
            if let Some(object) = self.wire.alive(&sent.object) {
                let parent = parent.and_then(|parent| self.windows.get(&parent));
                let parent = parent.and_then(|parent| self.wire.alive(&parent.object)).cloned();
                self.wire.send(object, WindowEvent::Parent { parent });
            }
            if let Some(sent) = self.windows.get_mut(id) {
                sent.parent = parent;
            }
        }
        true
    }
}

fn camera_events(wire: &mut Wire, object: &InfiniteMapCameraV1, before: Option<&WireCamera>, now: &WireCamera) {
    let changed = |same: fn(&WireCamera, &WireCamera) -> bool| before.is_none_or(|before| !same(before, now));
    if changed(|a, b| a.viewport == b.viewport) {
        let (width, height) = now.viewport;
        wire.send(object, CameraEvent::Viewport { width, height });
    }
    if changed(|a, b| a.zoom_limits == b.zoom_limits) {
        let (minimum, maximum) = now.zoom_limits;
        wire.send(object, CameraEvent::ZoomLimits { minimum, maximum });
    }
    if changed(|a, b| a.live.center == b.live.center) {
        let (cell_x, cell_y, offset_x, offset_y) = arguments(now.live.center);
        wire.send(object, CameraEvent::Position { cell_x, cell_y, offset_x, offset_y });
    }
    if changed(|a, b| a.live.zoom == b.live.zoom) {
        wire.send(object, CameraEvent::Zoom { zoom: now.live.zoom });
    }
    if changed(|a, b| a.target == b.target) {
        target_events(wire, object, before, now);
    }
    if before.map_or(now.locked, |before| before.locked != now.locked) {
        wire.send(object, CameraEvent::Locked { locked: now.locked.into() });
    }
}

/// The target, or what of it differs.
fn target_events(wire: &mut Wire, object: &InfiniteMapCameraV1, before: Option<&WireCamera>, now: &WireCamera) {
    if before.is_none_or(|before| before.target.center != now.target.center) {
        let (cell_x, cell_y, offset_x, offset_y) = arguments(now.target.center);
        wire.send(object, CameraEvent::TargetPosition { cell_x, cell_y, offset_x, offset_y });
    }
    if before.is_none_or(|before| before.target.zoom != now.target.zoom) {
        wire.send(object, CameraEvent::TargetZoom { zoom: now.target.zoom });
    }
}

/// An answer repeats the whole target, so that the client sees what became of its wish.
fn cause_events(
    wire: &mut Wire,
    binding: BindingId,
    object: &InfiniteMapCameraV1,
    sent: &mut u32,
    now: &WireCamera,
    answer: bool,
) {
    let serial = now.cause.filter(|cause| cause.binding == binding).map_or(0, |cause| cause.serial);
    if answer {
        target_events(wire, object, None, now);
    }
    if answer || *sent != serial {
        *sent = serial;
        wire.send(object, CameraEvent::Cause { serial });
    }
}

fn window_events(
    wire: &mut Wire,
    object: &InfiniteMapWindowV1,
    before: Option<&WireWindow>,
    now: &WireWindow,
    cameras: &BTreeMap<CameraId, SentCamera>,
) {
    let is_new = before.is_none();
    let assumed = WireWindow::default();
    let before = before.unwrap_or(&assumed);
    if let (true, Some(identifier)) = (is_new, &now.identifier) {
        wire.send(object, WindowEvent::Identifier { identifier: identifier.to_string() });
    }
    if before.app_id != now.app_id {
        wire.send(object, WindowEvent::AppId { app_id: now.app_id.to_string() });
    }
    if before.title != now.title {
        wire.send(object, WindowEvent::Title { title: now.title.to_string() });
    }
    if before.pid != now.pid {
        wire.send(object, WindowEvent::Pid { pid: now.pid });
    }
    if is_new || before.position != now.position {
        let (cell_x, cell_y, offset_x, offset_y) = arguments(now.position);
        wire.send(object, WindowEvent::Position { cell_x, cell_y, offset_x, offset_y });
    }
    if before.space != now.space {
        space_events(wire, object, before.space, now.space, cameras);
    }
    if is_new || before.size != now.size {
        let (width, height) = (from_fixed(now.size.0), from_fixed(now.size.1));
        wire.send(object, WindowEvent::Size { width, height });
    }
    if is_new || before.stacking != now.stacking {
        wire.send(object, WindowEvent::Stacking { index: now.stacking });
    }
    if before.flags != now.flags {
        wire.send(object, WindowEvent::State { state: now.flags.bits().into() });
    }
}

fn space_events(
    wire: &mut Wire,
    object: &InfiniteMapWindowV1,
    before: WireSpace,
    now: WireSpace,
    cameras: &BTreeMap<CameraId, SentCamera>,
) {
    let space = match now {
        WireSpace::Map => WindowSpace::Map,
        WireSpace::Widget => WindowSpace::Widget,
        WireSpace::Screen { camera, x, y } => {
            let camera = cameras.get(&camera).and_then(|sent| wire.alive(&sent.object)).cloned();
            wire.send(object, WindowEvent::ScreenPosition { camera, x: from_fixed(x), y: from_fixed(y) });
            WindowSpace::Screen
        }
    };
    if std::mem::discriminant(&before) != std::mem::discriminant(&now) {
        wire.send(object, WindowEvent::Space { space: u32::from(space).into() });
    }
}

fn arguments(point: WirePoint) -> (i32, i32, f64, f64) {
    (point.x.cell, point.y.cell, point.x.offset(), point.y.offset())
}
