//! Random histories of the map: a late joiner equals an early one, and no commit shows what never was.

mod common;

use std::collections::BTreeMap;

use common::mirror::{CameraMirror, Mirror, WindowMirror};
use common::server::camera_at;
use common::{Server, TestClient};
use infinite_map_server::{
    CameraId, Cell, Size, Space, TileTime, View, WindowFlags, WindowId, WindowState, WorldPoint,
};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    AddCamera(u8),
    MoveCamera(usize, i32),
    RemoveCamera(usize),
    AddWindow(Look),
    ChangeWindow(usize, Look),
    RemoveWindow(usize),
    PutTile(i32, u32),
    RemoveTile(i32, u32),
    /// A frame of the compositor.
    Frame,
    /// A client reads and acknowledges.
    Read,
    /// The early client asks for a movement.
    Ask(i32),
}

/// What is random about a window.
#[derive(Debug, Clone)]
struct Look {
    x: i32,
    title: u16,
    space: u8,
    related: usize,
    flags: u32,
}

fn look() -> impl Strategy<Value = Look> {
    (any::<i32>(), 0u16..3000, 0u8..4, 0usize..20, 0u32..64).prop_map(|(x, title, space, related, flags)| Look {
        x,
        title,
        space,
        related,
        flags,
    })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0u8..3).prop_map(Step::AddCamera),
        3 => (0usize..3, any::<i32>()).prop_map(|(n, x)| Step::MoveCamera(n, x)),
        1 => (0usize..3).prop_map(Step::RemoveCamera),
        6 => look().prop_map(Step::AddWindow),
        8 => (0usize..40, look()).prop_map(|(n, look)| Step::ChangeWindow(n, look)),
        3 => (0usize..40).prop_map(Step::RemoveWindow),
        3 => (0i32..20, 0u32..50).prop_map(|(x, time)| Step::PutTile(x, time)),
        1 => (0i32..20, 0u32..50).prop_map(|(x, time)| Step::RemoveTile(x, time)),
        6 => Just(Step::Frame),
        4 => Just(Step::Read),
        1 => any::<i32>().prop_map(Step::Ask),
    ]
}

/// The compositor's own books.
struct Books {
    server: Server,
    cameras: Vec<(CameraId, String)>,
    windows: Vec<(WindowId, WindowState)>,
    tiles: BTreeMap<i32, (Option<String>, u32)>,
    stacking: i32,
    /// What the map was at each frame.
    truths: Vec<Mirror>,
}

impl Books {
    fn new() -> Self {
        let server = Server::new();
        let truths = vec![Mirror::default()];
        Self { server, cameras: Vec::new(), windows: Vec::new(), tiles: BTreeMap::new(), stacking: 0, truths }
    }

    fn state(&self, look: &Look, stacking: i32) -> WindowState {
        let camera = self.cameras.get(look.related % self.cameras.len().max(1)).map(|(id, _)| *id);
        WindowState {
            title: "t".repeat(look.title.into()),
            position: WorldPoint::new(f64::from(look.x) / 256.0, -7.0),
            size: Size::new(f64::from(look.x % 1000).abs(), 10.0),
            space: match (look.space, camera) {
                (1, Some(camera)) => Space::Screen { camera, x: 1.5, y: f64::from(look.title) },
                (2, _) => Space::Widget,
                _ => Space::Map,
            },
            parent: self.windows.get(look.related).map(|(id, _)| *id),
            flags: WindowFlags::from_bits_truncate(look.flags),
            stacking,
            ..WindowState::default()
        }
    }

    fn apply(&mut self, step: &Step, early: &mut TestClient) {
        let view = |x: i32| camera_at(View::new(WorldPoint::new(f64::from(x) / 3.0, 0.0), 1.0));
        match step {
            Step::AddCamera(name) => {
                let name = format!("DP-{name}");
                self.cameras.retain(|(_, other)| *other != name);
                let id = self.server.app.map.add_camera(&name, view(0));
                self.server.app.place(id, view(0));
                self.cameras.push((id, name));
                self.leave_screens();
            }
            Step::MoveCamera(n, x) => {
                if let Some((id, _)) = self.cameras.get(*n) {
                    self.server.app.place(*id, view(*x));
                }
            }
            Step::RemoveCamera(n) if *n < self.cameras.len() => {
                let (id, _) = self.cameras.remove(*n);
                assert!(self.server.app.map.remove_camera(id));
                self.leave_screens();
            }
            Step::AddWindow(look) => {
                self.stacking += 1;
                let state = self.state(look, self.stacking);
                self.windows.push((self.server.app.map.add_window(state.clone()), state));
            }
            Step::ChangeWindow(n, look) if *n < self.windows.len() => {
                self.stacking += 1;
                let mut state = self.state(look, self.stacking);
                state.parent = state.parent.filter(|parent| *parent != self.windows[*n].0);
                assert!(self.server.app.map.set_window(self.windows[*n].0, &state));
                self.windows[*n].1 = state;
            }
            Step::RemoveWindow(n) if *n < self.windows.len() => {
                let (id, _) = self.windows.remove(*n);
                assert!(self.server.app.map.remove_window(id));
            }
            Step::PutTile(x, time) => self.tile(*x, Some(format!("{time}.png")), *time),
            Step::RemoveTile(x, time) => self.tile(*x, None, *time),
            Step::Frame => {
                self.frame();
            }
            Step::Read => {
                early.read();
            }
            Step::Ask(x) => {
                if let Some(camera) = early.view.cameras.values().next() {
                    camera._move(1, *x, 0, 0.0, 0.0, 0, 0);
                }
            }
            _ => {}
        }
    }

    /// No window stays in the viewport of a camera that is gone.
    fn leave_screens(&mut self) {
        for (id, state) in &mut self.windows {
            if let Space::Screen { camera, .. } = state.space {
                if !self.cameras.iter().any(|(id, _)| *id == camera) {
                    state.space = Space::Map;
                    self.server.app.map.set_window(*id, state);
                }
            }
        }
    }

    fn tile(&mut self, x: i32, brick: Option<String>, time: u32) {
        let map = &mut self.server.app.map;
        let at = TileTime { seconds: time, microseconds: 0 };
        match &brick {
            Some(brick) => map.put_tile(Cell::new(x, 0), brick, at),
            None => map.remove_tile(Cell::new(x, 0), at),
        };
        // On equal times a removal stays, and of tiles the later one of the compositor.
        let stays = |(old, since): &(Option<String>, u32)| *since > time || (*since == time && old.is_none());
        if !self.tiles.get(&x).is_some_and(stays) {
            self.tiles.insert(x, (brick, time));
        }
    }

    /// One turn of the compositor. Requests change cameras in it, before clients are told.
    fn frame(&mut self) -> usize {
        let requests = self.server.turn();
        self.truths.push(self.truth());
        requests
    }

    fn settle(&mut self, clients: &mut [&mut TestClient]) {
        let mut quiet = 0;
        while quiet < 2 {
            let busy = self.frame() + clients.iter_mut().map(|client| client.read()).sum::<usize>();
            quiet = if busy == 0 { quiet + 1 } else { 0 };
            assert!(self.truths.len() < 100_000, "no rest");
        }
    }

    fn truth(&self) -> Mirror {
        let exists = |id| self.windows.iter().any(|(other, _)| *other == id);
        let name = |state: &WindowState| match state.space {
            Space::Screen { camera, .. } => {
                self.cameras.iter().find(|(id, _)| *id == camera).map(|(_, name)| name.clone())
            }
            _ => None,
        };
        let cameras = self.cameras.iter().map(|(id, name)| {
            let state = self.server.app.states.get(id).expect("a camera's state");
            (name.clone(), CameraMirror::from(state))
        });
        let windows =
            self.windows.iter().map(|(id, state)| (id.get(), WindowMirror::of(&cut(state), exists, name(state))));
        let tiles = self.tiles.iter().filter_map(|(x, (brick, time))| Some(((*x, 0), (brick.clone()?, *time, 0))));
        Mirror { cameras: cameras.collect(), windows: windows.collect(), tiles: tiles.collect() }
    }
}

fn cut(state: &WindowState) -> WindowState {
    let mut state = state.clone();
    state.title.truncate(1024);
    state
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_late_joiner_equals_an_early_one(steps in prop::collection::vec(step(), 1..400)) {
        let mut books = Books::new();
        let mut early = books.server.connect();
        books.settle(&mut [&mut early]);
        let tiles = early.get_tiles();
        books.settle(&mut [&mut early]);
        for step in &steps {
            books.apply(step, &mut early);
        }
        books.settle(&mut [&mut early]);
        let mut late = books.server.connect();
        let more_tiles = late.get_tiles();
        books.settle(&mut [&mut early, &mut late]);
        prop_assert_eq!(late.committed(), books.truths.last().expect("a frame"));
        prop_assert_eq!(early.committed(), late.committed());

        // What the early client saw was the map of some frame, and it never went back in time.
        let mut from = 0;
        for commit in &early.view.commits {
            let found = books.truths[from..].iter().position(|truth| truth == commit);
            prop_assert!(found.is_some(), "a commit that never was, or too late: {:?}", commit);
            from += found.unwrap_or(0);
        }
        drop((tiles, more_tiles));
    }
}
