//! What the checks work with: a privileged client, perhaps a second one, and an ordinary one with windows. Everything
//! that waits has a deadline.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_seat::WlSeat;
use wayland_client::{Connection, Proxy, QueueHandle};

use crate::access::Access;
use crate::desk::Desk;
use crate::map::{Map, TileNews, MANAGER};
use crate::party::{wait_readable, Party, Turn};
use crate::protocol::infinite_map_manager_v1::InfiniteMapManagerV1;
use crate::protocol::infinite_map_tiles_v1::InfiniteMapTilesV1;
use crate::world::{Binding, Camera, Commit, Of, Point, Window, World};

/// Why a check ended early.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stop {
    /// The rule is broken.
    Failed(String),
    /// The rule cannot be checked here.
    Skipped(String),
}

pub(crate) type Verdict = Result<(), Stop>;

pub(crate) fn failed<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Failed(text.into()))
}

pub(crate) fn skipped<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Skipped(text.into()))
}

/// Fails with the text unless it is so.
pub(crate) fn ensure(is_so: bool, text: impl FnOnce() -> String) -> Verdict {
    if is_so {
        Ok(())
    } else {
        failed(text())
    }
}

/// Bits of infinite_map_manager_v1.capability.
pub(crate) const CAMERA_CONTROL: u32 = 1;
pub(crate) const WINDOW_CONTROL: u32 = 2;
pub(crate) const TILES: u32 = 4;
pub(crate) const INPUT: u32 = 8;

/// How long something that need not come is waited for.
const GRACE: Duration = Duration::from_millis(700);

/// A binding of the manager: whose it is, and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) second: bool,
    pub(crate) index: usize,
}

/// A tiles object and its number.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    pub(crate) object: InfiniteMapTilesV1,
    second: bool,
    number: usize,
}

#[derive(Debug)]
pub(crate) struct Bench {
    access: Access,
    /// The socket for ordinary clients.
    ordinary: Option<PathBuf>,
    pub(crate) deadline: Duration,
    pub(crate) map: Party<Map>,
    registry: WlRegistry,
    second: Option<(Party<Map>, WlRegistry)>,
    desk: Option<(Party<Desk>, WlRegistry)>,
    /// Rules that were broken in connections that are gone.
    faults: Vec<(&'static str, String)>,
    /// What a connection ended with that nobody wanted to end.
    pub(crate) lost: Option<String>,
    last_serial: u32,
    last_title: u32,
}

impl Bench {
    pub(crate) fn new(mut access: Access, ordinary: Option<PathBuf>, deadline: Duration) -> Result<Self, String> {
        let (map, registry) = connect(&mut access, deadline)?;
        Ok(Self {
            access,
            ordinary,
            deadline,
            map,
            registry,
            second: None,
            desk: None,
            faults: Vec::new(),
            lost: None,
            last_serial: 0,
            last_title: 0,
        })
    }

    pub(crate) fn ordinary(&self) -> Option<&PathBuf> {
        self.ordinary.as_ref()
    }

    pub(crate) fn has_own_display(&self) -> bool {
        self.access.is_shared()
    }

    /// A fresh connection in place of the one that is gone.
    pub(crate) fn reconnect(&mut self) -> Result<(), String> {
        self.second = None;
        self.desk = None;
        self.faults.append(&mut self.map.state.faults);
        (self.map, self.registry) = connect(&mut self.access, self.deadline)?;
        self.lost = None;
        Ok(())
    }

    /// A fresh privileged connection while the ordinary client keeps its own; false if there can be none.
    pub(crate) fn replace_privileged(&mut self) -> Result<bool, Stop> {
        if matches!(self.access, Access::Inherited(_)) {
            return Ok(false);
        }
        self.second = None;
        self.faults.append(&mut self.map.state.faults);
        (self.map, self.registry) = connect(&mut self.access, self.deadline).map_err(Stop::Failed)?;
        Ok(true)
    }

    pub(crate) fn take_faults(&mut self) -> Vec<(&'static str, String)> {
        self.faults.append(&mut self.map.state.faults);
        if let Some((second, _)) = &mut self.second {
            self.faults.append(&mut second.state.faults);
        }
        std::mem::take(&mut self.faults)
    }

    /// After each check: nothing of it is left, and the server still answers.
    pub(crate) fn tidy(&mut self) -> Verdict {
        self.map.reading = true;
        let bindings =
            self.map.state.bindings.iter_mut().chain(self.second.iter_mut().flat_map(|it| &mut it.0.state.bindings));
        for binding in bindings {
            binding.acknowledge();
            for object in binding.pending.cameras.iter().map(|it| &it.object).filter(|it| it.is_alive()) {
                object.destroy();
            }
            for object in binding.pending.windows.iter().map(|it| &it.object).filter(|it| it.is_alive()) {
                object.destroy();
            }
            if binding.manager.is_alive() {
                binding.manager.destroy();
            }
        }
        if let Some((desk, _)) = &mut self.desk {
            let windows: Vec<_> = desk.state.windows.keys().copied().collect();
            windows.into_iter().for_each(|window| desk.state.close(window));
            desk.state.heard.clear();
            self.sync_desk()?;
        }
        self.sync()
    }

    // --- waiting ----------------------------------------------------------------------------------------------------

    fn turn_all(&mut self) -> Verdict {
        let lost = |error: String| {
            let text = format!("a connection was lost: {error}");
            (text.clone(), Stop::Failed(text))
        };
        let result = (|| {
            self.map.turn()?;
            if let Some((second, _)) = &mut self.second {
                second.turn()?;
            }
            if let Some((desk, _)) = &mut self.desk {
                desk.turn()?;
            }
            Ok(())
        })();
        result.map_err(|error| {
            let (text, stop) = lost(error);
            self.lost = Some(text);
            stop
        })
    }

    /// Turns all clients once and waits a little for more.
    fn pump(&mut self, wait: Duration) -> Verdict {
        self.turn_all()?;
        let mut parties: Vec<&mut dyn Turn> = vec![&mut self.map];
        if let Some((second, _)) = &mut self.second {
            parties.push(second);
        }
        if let Some((desk, _)) = &mut self.desk {
            parties.push(desk);
        }
        if let Err((_, error)) = wait_readable(&mut parties, wait) {
            let text = format!("a connection was lost: {error}");
            // What was read before may say why.
            let _ = self.turn_all();
            self.lost = Some(text.clone());
            return failed(text);
        }
        self.turn_all()
    }

    /// Waits until it is so.
    pub(crate) fn wait(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) -> Verdict {
        let begin = Instant::now();
        loop {
            self.turn_all()?;
            if is_so(self) {
                return Ok(());
            }
            let left = self.deadline.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return failed(format!("{what}: not within {} ms", self.deadline.as_millis()));
            }
            self.pump(left)?;
        }
    }

    /// Listens for a while, whatever comes.
    pub(crate) fn listen(&mut self, length: Duration) -> Verdict {
        let begin = Instant::now();
        while let Some(left) = length.checked_sub(begin.elapsed()).filter(|left| !left.is_zero()) {
            self.pump(left)?;
        }
        Ok(())
    }

    /// All requests so far were handled.
    pub(crate) fn sync(&mut self) -> Verdict {
        let wanted = self.map.state.synced + 1;
        self.map.connection.display().sync(&self.map.queue.handle(), ());
        self.wait("an answer to wl_display.sync", |bench| bench.map.state.synced >= wanted)
    }

    fn sync_second(&mut self) -> Verdict {
        let Some((second, _)) = &self.second else { return Ok(()) };
        let wanted = second.state.synced + 1;
        second.connection.display().sync(&second.queue.handle(), ());
        self.wait("an answer to wl_display.sync", |bench| {
            bench.second.as_ref().is_none_or(|(second, _)| second.state.synced >= wanted)
        })
    }

    pub(crate) fn sync_desk(&mut self) -> Verdict {
        let Some((desk, _)) = &self.desk else { return Ok(()) };
        let wanted = desk.state.synced + 1;
        desk.connection.display().sync(&desk.queue.handle(), ());
        self.wait("an answer to wl_display.sync of an ordinary client", |bench| {
            bench.desk.as_ref().is_none_or(|(desk, _)| desk.state.synced >= wanted)
        })
    }

    // --- bindings ---------------------------------------------------------------------------------------------------

    pub(crate) fn handle(&self) -> QueueHandle<Map> {
        self.map.queue.handle()
    }

    pub(crate) fn registry(&self) -> &WlRegistry {
        &self.registry
    }

    fn party(&self, second: bool) -> &Party<Map> {
        match &self.second {
            Some((party, _)) if second => party,
            _ => &self.map,
        }
    }

    fn bind_on(&mut self, second: bool) -> Result<Bound, Stop> {
        let (party, registry) = match &mut self.second {
            Some((party, registry)) if second => (party, &*registry),
            _ => (&mut self.map, &self.registry),
        };
        let Some((name, _)) = party.state.global(MANAGER) else {
            return failed(format!("the compositor does not offer {MANAGER} to this client"));
        };
        let index = party.state.bindings.len();
        let manager: InfiniteMapManagerV1 = registry.bind(name, 1, &party.queue.handle(), index);
        let closed = party.state.closed_ids.clone();
        party.state.bindings.push(Binding::new(manager, closed));
        Ok(Bound { second, index })
    }

    /// Binds the manager without waiting for anything.
    pub(crate) fn bind_only(&mut self) -> Result<Bound, Stop> {
        self.bind_on(false)
    }

    /// Binds the manager and waits for the first done.
    pub(crate) fn bind(&mut self) -> Result<Bound, Stop> {
        let bound = self.bind_on(false)?;
        self.wait("the first done after binding the manager", |bench| !bench.at(bound).commits.is_empty())?;
        Ok(bound)
    }

    /// Another binding, of another client where there can be one.
    pub(crate) fn bind_other(&mut self) -> Result<Bound, Stop> {
        if self.access.is_shared() && self.second.is_none() {
            self.second = Some(connect(&mut self.access, self.deadline).map_err(Stop::Failed)?);
        }
        let bound = self.bind_on(self.second.is_some())?;
        self.wait("the first done of a second binding", |bench| !bench.at(bound).commits.is_empty())?;
        Ok(bound)
    }

    /// Another binding of another client; skips if there can be none.
    pub(crate) fn bind_stranger(&mut self) -> Result<Bound, Stop> {
        if !self.access.is_shared() {
            return skipped("needs a second privileged client, and this compositor has only one companion");
        }
        self.bind_other()
    }

    pub(crate) fn sync_of(&mut self, bound: Bound) -> Verdict {
        if bound.second {
            self.sync_second()
        } else {
            self.sync()
        }
    }

    pub(crate) fn at(&self, bound: Bound) -> &Binding {
        &self.party(bound.second).state.bindings[bound.index]
    }

    pub(crate) fn at_mut(&mut self, bound: Bound) -> &mut Binding {
        match &mut self.second {
            Some((party, _)) if bound.second => &mut party.state.bindings[bound.index],
            _ => &mut self.map.state.bindings[bound.index],
        }
    }

    pub(crate) fn world(&self, bound: Bound) -> &World {
        &self.at(bound).world
    }

    pub(crate) fn grid(&self, bound: Bound) -> u32 {
        self.world(bound).grid.unwrap_or(1)
    }

    /// Skips unless the client was granted something.
    pub(crate) fn need(&self, bound: Bound, bit: u32) -> Verdict {
        let name = ["camera_control", "window_control", "tiles", "input"][bit.trailing_zeros() as usize];
        match self.world(bound).capabilities {
            Some(granted) if granted & bit != 0 => Ok(()),
            _ => skipped(format!("the capability {name} was not granted")),
        }
    }

    /// A binding of a client that may move cameras, and the first camera that is not locked.
    pub(crate) fn with_camera(&mut self) -> Result<(Bound, usize), Stop> {
        let bound = self.bind()?;
        self.need(bound, CAMERA_CONTROL)?;
        let is_free = |camera: &Camera| !camera.closed && !camera.locked;
        match self.world(bound).cameras.iter().position(is_free) {
            Some(index) => Ok((bound, index)),
            None => skipped("there is no camera that is not locked"),
        }
    }

    pub(crate) fn camera(&self, bound: Bound, index: usize) -> &Camera {
        &self.world(bound).cameras[index]
    }

    // --- cameras ----------------------------------------------------------------------------------------------------

    pub(crate) fn serial(&mut self) -> u32 {
        self.last_serial += 1;
        self.last_serial
    }

    /// Asks a camera to move; the serial of the request.
    pub(crate) fn ask_move(&mut self, bound: Bound, camera: usize, to: Point, zoom: u32, milliseconds: u32) -> u32 {
        let serial = self.serial();
        let (x, y, offset_x, offset_y) = to.arguments(self.grid(bound));
        self.camera(bound, camera).object._move(serial, x, y, offset_x, offset_y, zoom, milliseconds);
        serial
    }

    /// The first commit after `since` in which a camera said that this request set its target.
    pub(crate) fn answer(&self, bound: Bound, camera: usize, serial: u32, since: usize) -> Option<&Commit> {
        let answers = |commit: &&Commit| {
            commit.has(Of::Camera(camera), "cause")
                && commit.targets.get(camera).is_some_and(|target| target.2 == serial)
        };
        self.at(bound).commits.iter().skip(since).find(answers)
    }

    /// Moves a camera and waits for the answer.
    pub(crate) fn move_camera(&mut self, bound: Bound, camera: usize, to: Point, zoom: u32) -> Verdict {
        let since = self.at(bound).commits.len();
        let serial = self.ask_move(bound, camera, to, zoom, 0);
        self.wait("the answer to a camera's move (a commit with cause and its serial)", |bench| {
            bench.answer(bound, camera, serial, since).is_some()
        })
    }

    // --- windows ----------------------------------------------------------------------------------------------------

    pub(crate) fn desk(&mut self) -> Result<&mut Party<Desk>, Stop> {
        if self.desk.is_none() {
            self.desk = Some(self.open_desk()?);
            let Some((desk, registry)) = &mut self.desk else { return skipped("no windows") };
            let handle = desk.queue.handle();
            if let Err(error) = desk.state.bind(registry, &handle) {
                self.desk = None;
                return skipped(format!("no windows: {error}"));
            }
            self.sync_desk()?;
            self.sync_desk()?;
        }
        match &mut self.desk {
            Some((desk, _)) => Ok(desk),
            None => skipped("no windows"),
        }
    }

    fn open_desk(&mut self) -> Result<(Party<Desk>, WlRegistry), Stop> {
        let connection = match &self.ordinary {
            Some(path) => {
                let mut access = Access::Display(path.clone());
                access.open().map_err(|error| Stop::Skipped(format!("no windows: {error}")))?
            }
            // The privileged client may have windows as well.
            None => self.map.connection.clone(),
        };
        let mut desk = Party::new(connection, Desk::default());
        let registry = desk.connection.display().get_registry(&desk.queue.handle(), ());
        desk.connection.display().sync(&desk.queue.handle(), ());
        let begin = Instant::now();
        while desk.state.synced == 0 {
            let left = self.deadline.saturating_sub(begin.elapsed());
            desk.turn().map_err(Stop::Failed)?;
            if left.is_zero() {
                return failed("an ordinary client got no answer to wl_display.sync");
            }
            if desk.state.synced == 0 {
                let error = wait_readable(&mut [&mut desk], left);
                error.map_err(|(_, error)| Stop::Failed(error))?;
            }
            self.map.turn().map_err(Stop::Failed)?;
        }
        Ok((desk, registry))
    }

    pub(crate) fn desk_ref(&self) -> Option<&Desk> {
        self.desk.as_ref().map(|(desk, _)| &desk.state)
    }

    /// Opens a window and waits for a binding to be told of it: our number of it, and its id.
    pub(crate) fn open_window(&mut self, bound: Bound) -> Result<(u32, u32), Stop> {
        self.last_title += 1;
        let title = format!("conformance {} {}", std::process::id(), self.last_title);
        let desk = self.desk()?;
        let handle = desk.queue.handle();
        let Some(number) = desk.state.open(&title, &handle) else { return skipped("no window could be made") };
        self.wait("a window that was mapped, with its title, position and size", |bench| {
            bench.world(bound).titled(&title).is_some_and(|window| window.size.is_some_and(|size| size.0 > 0.0))
        })?;
        let id = self.world(bound).titled(&title).map_or(0, |window| window.id);
        Ok((number, id))
    }

    pub(crate) fn window(&self, bound: Bound, id: u32) -> Result<&Window, Stop> {
        self.world(bound).window(id).ok_or_else(|| Stop::Failed(format!("window {id} is gone")))
    }

    /// Waits for something about a window that a compositor may leave undone: `Ok(false)` if nothing of it came with
    /// the answers to everything asked so far.
    pub(crate) fn comes(&mut self, bound: Bound, is_so: impl Fn(&Self) -> bool) -> Result<bool, Stop> {
        let deadline = self.deadline;
        // Frames are not further apart than this.
        self.deadline = deadline.min(GRACE);
        let result = self.wait("it", &is_so);
        self.deadline = deadline;
        match result {
            Ok(()) => Ok(true),
            Err(Stop::Failed(_)) if self.lost.is_none() => {
                self.sync_of(bound)?;
                Ok(is_so(self))
            }
            Err(stop) => Err(stop),
        }
    }

    /// A seat for input, on the privileged connection.
    pub(crate) fn seat(&self) -> Option<WlSeat> {
        let (name, version) = self.map.state.global("wl_seat")?;
        Some(self.registry.bind(name, version.min(5), &self.handle(), ()))
    }

    // --- tiles ------------------------------------------------------------------------------------------------------

    /// A tiles object that was described what there is.
    pub(crate) fn tiles(&mut self, bound: Bound) -> Result<Feed, Stop> {
        self.need(bound, TILES)?;
        let party = match &mut self.second {
            Some((party, _)) if bound.second => party,
            _ => &mut self.map,
        };
        let number = party.state.tiles.len();
        party.state.tiles.push(TileNews::new());
        let manager = party.state.bindings[bound.index].manager.clone();
        let object = manager.get_tiles(&party.queue.handle(), (bound.index, number));
        let since = party.state.bindings[bound.index].commits.len();
        // The description comes before the next done; a compositor without tiles need not send one.
        self.sync_of(bound)?;
        let _ = self.comes(bound, |bench| bench.at(bound).commits.len() > since)?;
        Ok(Feed { object, second: bound.second, number })
    }

    pub(crate) fn news(&self, feed: &Feed) -> &TileNews {
        &self.party(feed.second).state.tiles[feed.number]
    }

    /// The last that a tiles object was told of a cell.
    pub(crate) fn told(&self, feed: &Feed, cell: (i32, i32)) -> Option<Option<&str>> {
        self.news(feed).iter().rev().find(|news| news.0 == cell).map(|news| news.1.as_deref())
    }
}

fn connect(access: &mut Access, deadline: Duration) -> Result<(Party<Map>, WlRegistry), String> {
    let connection: Connection = access.open()?;
    let mut map = Party::new(connection, Map::default());
    let handle = map.queue.handle();
    let registry = map.connection.display().get_registry(&handle, ());
    map.connection.display().sync(&handle, ());
    let begin = Instant::now();
    loop {
        map.turn()?;
        if map.state.synced > 0 {
            return Ok((map, registry));
        }
        let left = deadline.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(format!("no answer to wl_display.sync within {} ms", deadline.as_millis()));
        }
        wait_readable(&mut [&mut map], left).map_err(|(_, error)| error)?;
    }
}
