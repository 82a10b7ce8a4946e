//! Input injected through the extension reaches a window of the real compositor, at the right place, and is released
//! when the input object goes away. The test is both the window's client and the privileged one.

use std::io::{BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use wayland_client::globals::{registry_queue_init, GlobalListContents};
use wayland_client::protocol::{
    wl_buffer, wl_compositor, wl_keyboard, wl_pointer, wl_registry, wl_seat, wl_shm, wl_shm_pool, wl_surface, wl_touch,
};
use wayland_client::{delegate_noop, event_created_child, Connection, Dispatch, EventQueue, QueueHandle, WEnum};
use wayland_protocols::xdg::shell::client::{xdg_surface, xdg_toplevel, xdg_wm_base};

mod protocol {
    #![allow(missing_docs, non_upper_case_globals, unused_imports, clippy::all)]
    use wayland_client;
    use wayland_client::protocol::*;

    pub mod __interfaces {
        use wayland_client::protocol::__interfaces::*;
        wayland_scanner::generate_interfaces!("../infinite-map-server/protocols/infinite-map-v1.xml");
    }
    use self::__interfaces::*;
    wayland_scanner::generate_client_code!("../infinite-map-server/protocols/infinite-map-v1.xml");
}

use protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use protocol::infinite_map_input_v1::{Axis, ButtonState, InfiniteMapInputV1};
use protocol::infinite_map_manager_v1::{self, InfiniteMapManagerV1};
use protocol::infinite_map_tiles_v1::InfiniteMapTilesV1;
use protocol::infinite_map_window_v1::{self, InfiniteMapWindowV1};

const DEADLINE: Duration = Duration::from_secs(10);
const GRID: f64 = 100.0;
const SIZE: (i32, i32) = (200, 100);

/// What the client was told, in words that are easy to compare.
#[derive(Default)]
struct Client {
    surface: Option<wl_surface::WlSurface>,
    buffer: Option<wl_buffer::WlBuffer>,
    position: Option<(f64, f64)>,
    activated: bool,
    described: bool,
    heard: Vec<String>,
}

/// The compositor, killed when the test ends, however it does.
struct Compositor {
    child: Child,
    socket: String,
    control: String,
}

impl Compositor {
    fn start(runtime: &std::path::Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_infinite-map-compositor"))
            .args(["--socket", "wayland-test", "--allow-exe"])
            .arg(std::env::current_exe().unwrap())
            .env("XDG_RUNTIME_DIR", runtime)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&ready).expect("the line that says it is ready");
        let socket = runtime.join(ready["display"].as_str().unwrap()).to_str().unwrap().to_owned();
        Self { child, socket, control: ready["control"].as_str().unwrap().to_owned() }
    }

    fn ask(&self, command: &serde_json::Value) {
        let mut stream = UnixStream::connect(&self.control).unwrap();
        writeln!(stream, "{command}").unwrap();
        let mut reply = String::new();
        BufReader::new(stream).read_line(&mut reply).unwrap();
        let reply: serde_json::Value = serde_json::from_str(&reply).unwrap();
        assert_eq!(reply["ok"], true, "{reply}");
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Dispatches until something is so; panics with what was heard instead.
fn wait(queue: &mut EventQueue<Client>, client: &mut Client, what: &str, is_so: impl Fn(&Client) -> bool) {
    let begin = Instant::now();
    while !is_so(client) {
        assert!(begin.elapsed() < DEADLINE, "{what}: not within {DEADLINE:?}; heard {:?}", client.heard);
        // A round trip never blocks for long, unlike waiting for an event that does not come.
        queue.roundtrip(client).unwrap();
    }
}

#[test]
fn injected_input_reaches_the_window_at_that_point_of_the_world() {
    let runtime = tempfile::tempdir().unwrap();
    let compositor = Compositor::start(runtime.path());
    let connection = Connection::from_socket(UnixStream::connect(&compositor.socket).unwrap()).unwrap();
    let (globals, mut queue) = registry_queue_init::<Client>(&connection).unwrap();
    let qh = queue.handle();
    let mut client = Client::default();

    let seat: wl_seat::WlSeat = globals.bind(&qh, 5..=5, ()).unwrap();
    let _devices = (seat.get_pointer(&qh, ()), seat.get_keyboard(&qh, ()), seat.get_touch(&qh, ()));
    let wm_base: xdg_wm_base::XdgWmBase = globals.bind(&qh, 1..=3, ()).unwrap();
    let wl_compositor: wl_compositor::WlCompositor = globals.bind(&qh, 4..=4, ()).unwrap();
    let shm: wl_shm::WlShm = globals.bind(&qh, 1..=1, ()).unwrap();
    let manager: InfiniteMapManagerV1 = globals.bind(&qh, 1..=1, ()).unwrap();

    let file = tempfile::tempfile().unwrap();
    let length = SIZE.0 * SIZE.1 * 4;
    file.set_len(length as u64).unwrap();
    let pool = shm.create_pool(file.as_fd(), length, &qh, ());
    client.buffer = Some(pool.create_buffer(0, SIZE.0, SIZE.1, SIZE.0 * 4, wl_shm::Format::Xrgb8888, &qh, ()));
    let surface = wl_compositor.create_surface(&qh, ());
    let xdg_surface = wm_base.get_xdg_surface(&surface, &qh, ());
    let _toplevel = xdg_surface.get_toplevel(&qh, ());
    surface.commit();
    client.surface = Some(surface);
    wait(&mut queue, &mut client, "the window on the map", |client| {
        client.described && client.position.is_some() && client.activated
    });

    // Far from every camera: injection does not need one.
    compositor.ask(&serde_json::json!({"cmd": "move", "window": 1, "x": -9e10, "y": 12345.5}));
    wait(&mut queue, &mut client, "the window far away", |client| client.position == Some((-9e10, 12345.5)));

    let input = manager.get_input(&seat, &qh, ());
    let at = |x: f64, y: f64| {
        let (x, y) = (-9e10 + x, 12345.5 + y);
        let cell = |v: f64| (v / GRID).floor();
        (cell(x) as i32, cell(y) as i32, x - cell(x) * GRID, y - cell(y) * GRID)
    };
    let (cx, cy, ox, oy) = at(30.0, 40.25);
    input.pointer_motion(cx, cy, ox, oy);
    input.pointer_button(272, ButtonState::Pressed);
    input.pointer_axis(Axis::Vertical, 15.0, 120);
    input.key(30, ButtonState::Pressed);
    let (cx, cy, ox, oy) = at(1.5, 2.0);
    input.touch_down(7, cx, cy, ox, oy);
    input.frame();
    for expected in ["pointer at 30 40.25", "button 272 pressed", "scrolled 15", "key 30 pressed", "touched at 1.5 2"] {
        wait(&mut queue, &mut client, expected, |client| client.heard.iter().any(|heard| heard == expected));
    }

    client.heard.clear();
    input.destroy();
    for expected in ["button 272 released", "key 30 released", "touch cancelled", "pointer left"] {
        wait(&mut queue, &mut client, expected, |client| client.heard.iter().any(|heard| heard == expected));
    }

    client.heard.clear();
    let input = manager.get_input(&seat, &qh, ());
    input.text("aé".into());
    input.frame();
    // No key of the default keymap is é, so a keymap comes, two keys, and the own keymap again.
    wait(&mut queue, &mut client, "the typed text", |client| client.heard.last().is_some_and(|it| it == "keymap"));
    let typed = ["keymap", "key 1 pressed", "key 1 released", "key 2 pressed", "key 2 released", "keymap"];
    wait(&mut queue, &mut client, "all of it", |client| client.heard == typed);
}

impl Dispatch<wl_pointer::WlPointer, ()> for Client {
    fn event(
        client: &mut Self,
        _: &wl_pointer::WlPointer,
        event: wl_pointer::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use wl_pointer::{ButtonState, Event};
        client.heard.push(match event {
            Event::Enter { surface_x, surface_y, .. } | Event::Motion { surface_x, surface_y, .. } => {
                format!("pointer at {surface_x} {surface_y}")
            }
            Event::Leave { .. } => "pointer left".into(),
            Event::Button { button, state: WEnum::Value(ButtonState::Pressed), .. } => {
                format!("button {button} pressed")
            }
            Event::Button { button, .. } => format!("button {button} released"),
            Event::Axis { value, .. } => format!("scrolled {value}"),
            _ => return,
        });
    }
}

impl Dispatch<wl_keyboard::WlKeyboard, ()> for Client {
    fn event(
        client: &mut Self,
        _: &wl_keyboard::WlKeyboard,
        event: wl_keyboard::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use wl_keyboard::{Event, KeyState};
        client.heard.push(match event {
            Event::Keymap { .. } => "keymap".into(),
            Event::Key { key, state: WEnum::Value(KeyState::Pressed), .. } => format!("key {key} pressed"),
            Event::Key { key, .. } => format!("key {key} released"),
            _ => return,
        });
    }
}

impl Dispatch<wl_touch::WlTouch, ()> for Client {
    fn event(
        client: &mut Self,
        _: &wl_touch::WlTouch,
        event: wl_touch::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        client.heard.push(match event {
            wl_touch::Event::Down { x, y, .. } => format!("touched at {x} {y}"),
            wl_touch::Event::Cancel => "touch cancelled".into(),
            _ => return,
        });
    }
}

impl Dispatch<xdg_surface::XdgSurface, ()> for Client {
    fn event(
        client: &mut Self,
        xdg_surface: &xdg_surface::XdgSurface,
        event: xdg_surface::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_surface::Event::Configure { serial } = event {
            xdg_surface.ack_configure(serial);
            if let Some(surface) = &client.surface {
                surface.attach(client.buffer.as_ref(), 0, 0);
                surface.commit();
            }
        }
    }
}

impl Dispatch<xdg_wm_base::XdgWmBase, ()> for Client {
    fn event(
        _: &mut Self,
        wm_base: &xdg_wm_base::XdgWmBase,
        event: xdg_wm_base::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        if let xdg_wm_base::Event::Ping { serial } = event {
            wm_base.pong(serial);
        }
    }
}

impl Dispatch<InfiniteMapManagerV1, ()> for Client {
    fn event(
        client: &mut Self,
        manager: &InfiniteMapManagerV1,
        event: infinite_map_manager_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_manager_v1::Event;
        match event {
            Event::GridSize { size } => assert_eq!(f64::from(size), GRID),
            Event::Checkpoint { serial } => manager.ack(serial),
            Event::Done { serial } => {
                client.described = true;
                manager.ack(serial);
            }
            _ => {}
        }
    }

    event_created_child!(Client, InfiniteMapManagerV1, [
        infinite_map_manager_v1::EVT_CAMERA_OPCODE => (InfiniteMapCameraV1, ()),
        infinite_map_manager_v1::EVT_WINDOW_OPCODE => (InfiniteMapWindowV1, ()),
    ]);
}

impl Dispatch<InfiniteMapWindowV1, ()> for Client {
    fn event(
        client: &mut Self,
        _: &InfiniteMapWindowV1,
        event: infinite_map_window_v1::Event,
        (): &(),
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
        use infinite_map_window_v1::{Event, State};
        match event {
            Event::Position { cell_x, cell_y, offset_x, offset_y } => {
                client.position = Some((f64::from(cell_x) * GRID + offset_x, f64::from(cell_y) * GRID + offset_y));
            }
            Event::State { state: WEnum::Value(state) } => client.activated = state.contains(State::Activated),
            _ => {}
        }
    }
}

impl Dispatch<wl_registry::WlRegistry, GlobalListContents> for Client {
    fn event(
        _: &mut Self,
        _: &wl_registry::WlRegistry,
        _: wl_registry::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<Self>,
    ) {
    }
}

delegate_noop!(Client: wl_compositor::WlCompositor);
delegate_noop!(Client: wl_shm_pool::WlShmPool);
delegate_noop!(Client: InfiniteMapInputV1);
delegate_noop!(Client: InfiniteMapTilesV1);
delegate_noop!(Client: ignore wl_seat::WlSeat);
delegate_noop!(Client: ignore wl_shm::WlShm);
delegate_noop!(Client: ignore wl_buffer::WlBuffer);
delegate_noop!(Client: ignore wl_surface::WlSurface);
delegate_noop!(Client: ignore xdg_toplevel::XdgToplevel);
delegate_noop!(Client: ignore InfiniteMapCameraV1);
