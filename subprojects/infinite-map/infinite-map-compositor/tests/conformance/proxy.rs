//! A server that breaks the extension in one way: a proxy in front of the real one that rewrites a kind of message.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What is broken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Break {
    Nothing,
    HalfDone,
    NoCause,
    Unclamped,
    CoarseZoom,
    ReusedIds,
    ForgottenClose,
    SameStacking,
    TilesWithoutTime,
    InputWithoutFrame,
    NoFlowControl,
    DeadlySerial,
    DeafToStop,
    RepeatedSerials,
    ShiftedOffsets,
    EchoedTiles,
    Hang,
}

const MANAGER: &str = "infinite_map_manager_v1";
const CAMERA: &str = "infinite_map_camera_v1";
const WINDOW: &str = "infinite_map_window_v1";
const TILES: &str = "infinite_map_tiles_v1";
const INPUT: &str = "infinite_map_input_v1";
const GRID: i32 = 100;
const DISPLAY_OBJECT: u32 = 1;
/// A hanging server answers this many messages.
const BEFORE_IT_HANGS: usize = 40;

#[derive(Clone, Debug)]
struct Message {
    object: u32,
    opcode: u16,
    body: Vec<u8>,
}

impl Message {
    fn new(object: u32, opcode: u16, arguments: &[u32]) -> Self {
        Self { object, opcode, body: arguments.iter().flat_map(|word| word.to_ne_bytes()).collect() }
    }

    fn word(&self, index: usize) -> u32 {
        self.body.get(index * 4..index * 4 + 4).map_or(0, |bytes| u32::from_ne_bytes(bytes.try_into().unwrap()))
    }

    fn set(&mut self, index: usize, value: u32) {
        self.body[index * 4..index * 4 + 4].copy_from_slice(&value.to_ne_bytes());
    }

    fn text(&self, index: usize) -> String {
        let length = self.word(index) as usize;
        let begin = index * 4 + 4;
        String::from_utf8_lossy(&self.body[begin..begin + length.saturating_sub(1)]).into_owned()
    }

    fn bytes(&self) -> Vec<u8> {
        let length = 8 + self.body.len() as u32;
        let mut bytes = self.object.to_ne_bytes().to_vec();
        bytes.extend((length << 16 | u32::from(self.opcode)).to_ne_bytes());
        bytes.extend(&self.body);
        bytes
    }
}

/// What the proxy knows of a connection.
#[derive(Default)]
struct Known {
    interfaces: HashMap<u32, &'static str>,
    /// The manager that an object belongs to.
    manager_of: HashMap<u32, u32>,
    asked_zoom: Option<u32>,
    sent_serials: HashSet<u32>,
    /// Ids of open windows, by their object.
    ids: HashMap<u32, (u32, u32)>,
    counter: u32,
    messages: usize,
}

/// What becomes of a message: messages onward, messages back to its sender, and whether the connection ends.
#[derive(Default)]
struct Fate {
    onward: Vec<Message>,
    back: Vec<Message>,
    end: bool,
}

impl Fate {
    fn pass(message: Message) -> Self {
        Self { onward: vec![message], ..Self::default() }
    }

    fn gone() -> Self {
        Self::default()
    }
}

impl Known {
    fn interface(&self, object: u32) -> &'static str {
        self.interfaces.get(&object).copied().unwrap_or("")
    }

    fn learn_request(&mut self, message: &Message) {
        let (object, opcode) = (message.object, message.opcode);
        match (self.interface(object), opcode) {
            ("", 1) if object == DISPLAY_OBJECT => drop(self.interfaces.insert(message.word(0), "wl_registry")),
            ("wl_registry", 0) => {
                let interface = message.text(1);
                let id = message.word(message.body.len() / 4 - 1);
                let known = [MANAGER].into_iter().find(|known| *known == interface).unwrap_or("other");
                self.interfaces.insert(id, known);
            }
            (MANAGER, 3) => drop(self.interfaces.insert(message.word(0), TILES)),
            (MANAGER, 4) => drop(self.interfaces.insert(message.word(0), INPUT)),
            _ => {}
        }
    }

    fn learn_event(&mut self, message: &Message) {
        let known = match (self.interface(message.object), message.opcode) {
            (MANAGER, 2) => CAMERA,
            (MANAGER, 3) => WINDOW,
            _ => return,
        };
        self.interfaces.insert(message.word(0), known);
        self.manager_of.insert(message.word(0), message.object);
    }

    fn request(&mut self, broken: Break, mut message: Message) -> Fate {
        self.learn_request(&message);
        let object = message.object;
        match (broken, self.interface(object), message.opcode) {
            (Break::DeafToStop, MANAGER, 1) => Fate::gone(),
            (Break::Unclamped, CAMERA, 1) => {
                self.asked_zoom = Some(message.word(5)).filter(|zoom| *zoom != 0).or(self.asked_zoom);
                Fate::pass(message)
            }
            (Break::DeadlySerial, MANAGER, 2) if !self.sent_serials.contains(&message.word(0)) => {
                Fate { end: true, ..Fate::default() }
            }
            (Break::TilesWithoutTime, TILES, 1) => {
                self.counter += 1;
                let seconds = message.body.len() / 4 - 2;
                message.set(seconds, 2_000_000_000 + self.counter);
                Fate::pass(message)
            }
            (Break::EchoedTiles, TILES, 1) => {
                let echo = Message { object, opcode: 0, body: message.body.clone() };
                Fate { onward: vec![message], back: vec![echo], end: false }
            }
            (Break::InputWithoutFrame, INPUT, 1..=9) => {
                Fate { onward: vec![message, Message::new(object, 10, &[])], ..Fate::default() }
            }
            _ => Fate::pass(message),
        }
    }

    fn event(&mut self, broken: Break, mut message: Message) -> Fate {
        self.learn_event(&message);
        self.messages += 1;
        let object = message.object;
        if matches!((self.interface(object), message.opcode), (MANAGER, 4 | 5)) {
            self.sent_serials.insert(message.word(0));
        }
        match (broken, self.interface(object), message.opcode) {
            (Break::Hang, ..) if self.messages > BEFORE_IT_HANGS => Fate::gone(),
            (Break::HalfDone, MANAGER, 2) => {
                self.counter += 1;
                let done = Message::new(object, 5, &[0x7000_0000 + self.counter]);
                Fate { onward: vec![message, done], ..Fate::default() }
            }
            (Break::NoCause, CAMERA, 8) | (Break::ForgottenClose, WINDOW, 11) => Fate::gone(),
            (Break::Unclamped, CAMERA, 2 | 4) => {
                message.set(0, self.asked_zoom.unwrap_or(message.word(0)));
                Fate::pass(message)
            }
            (Break::CoarseZoom, CAMERA, 2 | 4) => {
                message.set(0, message.word(0) / 1000 * 1000);
                Fate::pass(message)
            }
            (Break::ReusedIds, MANAGER, 3) => {
                let taken: HashSet<_> = self.ids.values().filter(|it| it.0 == object).map(|it| it.1).collect();
                let free = (1..).find(|id| !taken.contains(id)).unwrap();
                self.ids.insert(message.word(0), (object, free));
                message.set(1, free);
                Fate::pass(message)
            }
            (Break::ReusedIds, WINDOW, 11) => {
                self.ids.remove(&object);
                Fate::pass(message)
            }
            (Break::SameStacking, WINDOW, 8) => {
                message.set(0, 5);
                Fate::pass(message)
            }
            (Break::ShiftedOffsets, CAMERA, 1 | 3) => {
                message.set(0, message.word(0).wrapping_add(1));
                message.set(2, message.word(2).wrapping_sub((GRID * 256) as u32));
                Fate::pass(message)
            }
            (Break::RepeatedSerials, MANAGER, 5) => {
                let ack = Message::new(object, 2, &[message.word(0)]);
                message.set(0, 7);
                Fate { onward: vec![message], back: vec![ack], end: false }
            }
            (Break::NoFlowControl, MANAGER, 4 | 5) => {
                let ack = Message::new(object, 2, &[message.word(0)]);
                Fate { onward: vec![message], back: vec![ack], end: false }
            }
            _ => Fate::pass(message),
        }
    }
}

/// Listens until the test ends.
pub struct Proxy {
    pub path: PathBuf,
}

impl Proxy {
    pub fn start(path: &Path, server: &Path, broken: Break) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let server = server.to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = UnixStream::connect(&server) else { return };
                carry(client, server, broken);
            }
        });
        Self { path: path.to_owned() }
    }
}

/// Carries messages in both directions until either side ends.
fn carry(client: UnixStream, server: UnixStream, broken: Break) {
    let known = Arc::new(Mutex::new(Known::default()));
    let to_server = Arc::new(Mutex::new(server.try_clone().unwrap()));
    let to_client = Arc::new(Mutex::new(client.try_clone().unwrap()));
    let spawn = |from: UnixStream, onward: &Arc<Mutex<UnixStream>>, back: &Arc<Mutex<UnixStream>>, requests: bool| {
        let (known, onward, back) = (Arc::clone(&known), Arc::clone(onward), Arc::clone(back));
        std::thread::spawn(move || {
            pump(from, &onward, &back, |message| {
                let mut known = known.lock().unwrap();
                if requests {
                    known.request(broken, message)
                } else {
                    known.event(broken, message)
                }
            });
            let _ = onward.lock().unwrap().shutdown(Shutdown::Both);
        });
    };
    spawn(client, &to_server, &to_client, true);
    spawn(server, &to_client, &to_server, false);
}

fn pump(
    mut from: UnixStream,
    onward: &Mutex<UnixStream>,
    back: &Mutex<UnixStream>,
    mut fate: impl FnMut(Message) -> Fate,
) {
    let mut buffer = Vec::new();
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        buffer.extend_from_slice(&chunk[..count]);
        let (mut out, mut returned) = (Vec::new(), Vec::new());
        while let Some(message) = take(&mut buffer) {
            let fate = fate(message);
            fate.onward.iter().for_each(|message| out.extend(message.bytes()));
            fate.back.iter().for_each(|message| returned.extend(message.bytes()));
            if fate.end {
                let _ = back.lock().unwrap().shutdown(Shutdown::Both);
                return;
            }
        }
        // What goes back is of no use once the other side is gone.
        let _ = back.lock().unwrap().write_all(&returned);
        if onward.lock().unwrap().write_all(&out).is_err() {
            return;
        }
    }
}

/// The first whole message.
fn take(buffer: &mut Vec<u8>) -> Option<Message> {
    let word = |at: usize| Some(u32::from_ne_bytes(buffer.get(at..at + 4)?.try_into().ok()?));
    let (object, second) = (word(0)?, word(4)?);
    let length = (second >> 16) as usize;
    let body = buffer.get(8..length)?.to_vec();
    buffer.drain(..length);
    Some(Message { object, opcode: second as u16, body })
}
