//! The map as one binding of the manager was told of it, and the rules that hold for every commit of every binding.

use crate::protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use crate::protocol::infinite_map_manager_v1::InfiniteMapManagerV1;
use crate::protocol::infinite_map_window_v1::InfiniteMapWindowV1;

/// Steps of a `wl_fixed` in a world unit.
pub(crate) const STEPS: i64 = 256;

/// A point of the world in 256ths of a unit, which is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Point {
    pub(crate) x: i64,
    pub(crate) y: i64,
}

impl Point {
    pub(crate) const fn new(x: i64, y: i64) -> Self {
        Self { x, y }
    }

    /// A point in whole units.
    pub(crate) const fn units(x: i64, y: i64) -> Self {
        Self { x: x * STEPS, y: y * STEPS }
    }

    /// The arguments of a request.
    pub(crate) fn arguments(self, grid: u32) -> (i32, i32, f64, f64) {
        let edge = i64::from(grid) * STEPS;
        let cell = |v: i64| v.div_euclid(edge) as i32;
        let offset = |v: i64| v.rem_euclid(edge) as f64 / STEPS as f64;
        (cell(self.x), cell(self.y), offset(self.x), offset(self.y))
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "({}, {})", self.x as f64 / STEPS as f64, self.y as f64 / STEPS as f64)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Camera {
    pub(crate) object: InfiniteMapCameraV1,
    pub(crate) name: String,
    pub(crate) live: Option<Point>,
    pub(crate) zoom: Option<u32>,
    pub(crate) target: Option<Point>,
    pub(crate) target_zoom: Option<u32>,
    pub(crate) viewport: Option<(u32, u32)>,
    pub(crate) limits: Option<(u32, u32)>,
    pub(crate) locked: bool,
    pub(crate) cause: u32,
    /// Names of the wl_output objects, by number of the object.
    pub(crate) outputs: Vec<u32>,
    pub(crate) closed: bool,
}

impl Camera {
    pub(crate) fn new(object: InfiniteMapCameraV1, name: String) -> Self {
        Self {
            object,
            name,
            live: None,
            zoom: None,
            target: None,
            target_zoom: None,
            viewport: None,
            limits: None,
            locked: false,
            cause: 0,
            outputs: Vec::new(),
            closed: false,
        }
    }

    /// Everything but the objects, for comparing what two bindings were told.
    pub(crate) fn described(&self) -> String {
        format!(
            "camera {:?}: live {:?} {:?}, target {:?} {:?}, viewport {:?}, limits {:?}, locked {}",
            self.name, self.live, self.zoom, self.target, self.target_zoom, self.viewport, self.limits, self.locked
        )
    }

    fn missing(&self) -> Option<&'static str> {
        let missing = [
            (self.live.is_none(), "position"),
            (self.zoom.is_none(), "zoom"),
            (self.target.is_none(), "target_position"),
            (self.target_zoom.is_none(), "target_zoom"),
            (self.viewport.is_none(), "viewport"),
            (self.limits.is_none(), "zoom_limits"),
        ];
        missing.into_iter().find_map(|(missing, name)| missing.then_some(name))
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) object: InfiniteMapWindowV1,
    pub(crate) id: u32,
    pub(crate) identifier: Option<String>,
    pub(crate) app_id: String,
    pub(crate) title: String,
    pub(crate) pid: u32,
    pub(crate) position: Option<Point>,
    pub(crate) screen_position: bool,
    pub(crate) size: Option<(f64, f64)>,
    pub(crate) space: u32,
    pub(crate) stacking: Option<i32>,
    /// The parent's id.
    pub(crate) parent: Option<u32>,
    pub(crate) state: u32,
    pub(crate) closed: bool,
}

impl Window {
    pub(crate) fn new(object: InfiniteMapWindowV1, id: u32) -> Self {
        Self {
            object,
            id,
            identifier: None,
            app_id: String::new(),
            title: String::new(),
            pid: 0,
            position: None,
            screen_position: false,
            size: None,
            space: 0,
            stacking: None,
            parent: None,
            state: 0,
            closed: false,
        }
    }

    pub(crate) fn described(&self) -> String {
        format!(
            "window {}: {:?} {:?} {:?} pid {}, at {:?} {:?}, space {}, stacking {:?}, parent {:?}, state {}",
            self.id,
            self.identifier,
            self.app_id,
            self.title,
            self.pid,
            self.position,
            self.size,
            self.space,
            self.stacking,
            self.parent,
            self.state
        )
    }

    fn missing(&self) -> Option<&'static str> {
        const SCREEN: u32 = 1;
        let missing = [
            (self.position.is_none() && self.space != SCREEN, "position"),
            (!self.screen_position && self.space == SCREEN, "screen_position"),
            (self.size.is_none(), "size"),
            (self.stacking.is_none(), "stacking"),
        ];
        missing.into_iter().find_map(|(missing, name)| missing.then_some(name))
    }
}

/// One state of the map.
#[derive(Debug, Clone, Default)]
pub(crate) struct World {
    pub(crate) capabilities: Option<u32>,
    pub(crate) grid: Option<u32>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) windows: Vec<Window>,
}

impl World {
    pub(crate) fn open_cameras(&self) -> impl Iterator<Item = &Camera> {
        self.cameras.iter().filter(|camera| !camera.closed)
    }

    pub(crate) fn open_windows(&self) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(|window| !window.closed)
    }

    pub(crate) fn window(&self, id: u32) -> Option<&Window> {
        self.open_windows().find(|window| window.id == id)
    }

    pub(crate) fn titled(&self, title: &str) -> Option<&Window> {
        self.open_windows().find(|window| window.title == title)
    }

    /// All of it in words, in an order that does not depend on the binding.
    pub(crate) fn described(&self) -> Vec<String> {
        let cameras = self.open_cameras().map(Camera::described);
        let mut all: Vec<_> = cameras.chain(self.open_windows().map(Window::described)).collect();
        all.sort();
        all
    }

    /// What breaks a rule that holds for every commit, as pairs of the rule's check and what was seen.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        for camera in self.open_cameras() {
            if let Some(event) = camera.missing() {
                faults.push(("commit/new-objects-are-complete", format!("camera {:?} has no {event}", camera.name)));
            }
            let zooms = [("zoom", camera.zoom), ("target_zoom", camera.target_zoom)];
            if let Some((minimum, maximum)) = camera.limits {
                if minimum == 0 || minimum > maximum {
                    faults.push(("commit/zoom-limits", format!("zoom_limits are {minimum} to {maximum}")));
                }
                for (name, zoom) in zooms.into_iter().filter_map(|(name, zoom)| Some((name, zoom?))) {
                    if !(minimum..=maximum).contains(&zoom) {
                        let text = format!("{name} is {zoom} where zoom_limits are {minimum} to {maximum}");
                        faults.push(("commit/zoom-limits", text));
                    }
                }
            }
            if self.open_cameras().filter(|other| other.name == camera.name).count() > 1 {
                faults.push(("commit/camera-names-are-unique", format!("two cameras are called {:?}", camera.name)));
            }
        }
        for window in self.open_windows() {
            if let Some(event) = window.missing() {
                faults.push(("commit/new-objects-are-complete", format!("window {} has no {event}", window.id)));
            }
            let same = |other: &&Window| other.id != window.id && other.stacking == window.stacking;
            if let Some(other) = self.open_windows().find(same).filter(|_| window.stacking.is_some()) {
                let index = window.stacking.unwrap_or_default();
                let text = format!("windows {} and {} both have the index {index}", window.id, other.id);
                faults.push(("commit/stacking-is-unique", text));
            }
        }
        faults
    }
}

/// Whom an event was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Manager,
    Camera(usize),
    Window(usize),
    Tiles(usize),
}

/// An event: whom it was about, and its name.
pub(crate) type Note = (Of, &'static str);

/// What came between two `done`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commit {
    pub(crate) notes: Vec<Note>,
    /// The target of each camera at its end, by index.
    pub(crate) targets: Vec<(Option<Point>, Option<u32>, u32)>,
}

impl Commit {
    pub(crate) fn has(&self, of: Of, name: &str) -> bool {
        self.notes.iter().any(|note| note.0 == of && note.1 == name)
    }
}

/// One binding of the manager.
#[derive(Debug)]
pub(crate) struct Binding {
    pub(crate) manager: InfiniteMapManagerV1,
    /// Whether every serial is acknowledged at once.
    pub(crate) acking: bool,
    /// Whether closed objects are destroyed at once, as clients should.
    pub(crate) tidy: bool,
    pub(crate) pending: World,
    pub(crate) world: World,
    pub(crate) commits: Vec<Commit>,
    pub(crate) notes: Vec<Note>,
    pub(crate) serials: Vec<u32>,
    /// Bytes of events that were not acknowledged, about.
    pub(crate) unacknowledged: usize,
    /// The most bytes of events between two serials, about.
    pub(crate) longest_stretch: usize,
    pub(crate) stretch: usize,
    pub(crate) finished: bool,
    /// The client destroyed the manager: no more events.
    pub(crate) inert: bool,
    /// Ids of windows that were closed when this binding was made.
    pub(crate) closed_before: Vec<u32>,
}

impl Binding {
    pub(crate) fn new(manager: InfiniteMapManagerV1, closed_before: Vec<u32>) -> Self {
        Self {
            manager,
            acking: true,
            tidy: true,
            pending: World::default(),
            world: World::default(),
            commits: Vec::new(),
            notes: Vec::new(),
            serials: Vec::new(),
            unacknowledged: 0,
            longest_stretch: 0,
            stretch: 0,
            finished: false,
            inert: false,
            closed_before,
        }
    }

    /// Acknowledges what was held back, and everything from now on.
    pub(crate) fn acknowledge(&mut self) {
        self.acking = true;
        self.unacknowledged = 0;
        if let Some(last) = self.serials.last() {
            self.manager.ack(*last);
        }
    }
}
