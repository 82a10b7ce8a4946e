//! Injected input: in frames, bounded, and released as a whole.

mod common;

use common::client::protocol::infinite_map_input_v1::{Axis, ButtonState};
use common::{settle, Server, TestClient};
use infinite_map_server::{InputEvent, WorldPoint};

const PRESSED: ButtonState = ButtonState::Pressed;
const RELEASED: ButtonState = ButtonState::Released;

fn scene() -> (Server, TestClient) {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    (server, client)
}

#[test]
fn a_frame_arrives_whole_in_world_coordinates() {
    let (mut server, mut client) = scene();
    let input = client.get_input();
    input.pointer_motion(-1, 0, 50.0, 25.5);
    input.pointer_button(272, PRESSED);
    input.pointer_axis(Axis::Horizontal, -15.0, -120);
    input.key(30, PRESSED);
    input.text("grüß dich".into());
    input.touch_down(3, 0, 0, 1.0, 2.0);
    input.touch_motion(3, 0, 0, 3.0, 4.0);
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.frames.is_empty(), "without a frame nothing happens");
    input.frame();
    input.touch_up(3);
    input.frame();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(server.app.frames.len(), 2);
    let expected = [
        InputEvent::PointerMotion(WorldPoint::new(-50.0, 25.5)),
        InputEvent::PointerButton { button: 272, pressed: true },
        InputEvent::PointerAxis { horizontal: true, value: -15.0, value120: -120 },
        InputEvent::Key { key: 30, pressed: true },
        InputEvent::Text("grüß dich".into()),
        InputEvent::TouchDown { id: 3, point: WorldPoint::new(1.0, 2.0) },
        InputEvent::TouchMotion { id: 3, point: WorldPoint::new(3.0, 4.0) },
    ];
    assert_eq!(server.app.frames[0].events, expected);
    assert_eq!(server.app.frames[1].events, [InputEvent::TouchUp { id: 3 }]);
}

fn press(input: &common::client::protocol::infinite_map_input_v1::InfiniteMapInputV1) {
    input.pointer_motion(0, 0, 1.0, 1.0);
    input.pointer_button(272, PRESSED);
    input.key(29, PRESSED);
    input.key(30, PRESSED);
    input.key(31, PRESSED);
    input.key(30, RELEASED);
    input.touch_down(1, 0, 0, 0.0, 0.0);
    input.frame();
    input.key(99, PRESSED);
}

/// What `press` leaves.
fn assert_released(server: &Server) {
    let [closed] = &server.app.closed[..] else { panic!("{:?}", server.app.closed) };
    assert_eq!((&closed.buttons[..], &closed.keys[..], &closed.touches[..]), (&[272][..], &[29, 31][..], &[1][..]));
    assert!(closed.pointer);
}

#[test]
fn destroying_the_object_releases_what_is_pressed() {
    let (mut server, mut client) = scene();
    let input = client.get_input();
    press(&input);
    input.destroy();
    settle(&mut server, &mut [&mut client]);
    assert_released(&server);
}

#[test]
fn the_death_of_the_client_releases_what_is_pressed() {
    let (mut server, mut client) = scene();
    let input = client.get_input();
    press(&input);
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.closed.is_empty());
    drop((client, input));
    settle(&mut server, &mut []);
    assert_released(&server);
}

#[test]
fn destroying_the_manager_releases_what_is_pressed() {
    let (mut server, mut client) = scene();
    let input = client.get_input();
    press(&input);
    client.manager().destroy();
    input.frame();
    settle(&mut server, &mut [&mut client]);
    assert_released(&server);
    assert_eq!(server.app.frames.len(), 1);
    assert_eq!(client.view.inputs_closed, 0, "no events after the manager is gone");
}

#[test]
fn a_seat_that_goes_away_closes_its_objects() {
    let (mut server, mut client) = scene();
    let input = client.get_input();
    press(&input);
    settle(&mut server, &mut [&mut client]);
    server.app.closed = server.app.map.close_inputs(|_| true);
    input.frame();
    settle(&mut server, &mut [&mut client]);
    assert_released(&server);
    assert_eq!((client.view.inputs_closed, server.app.frames.len()), (1, 1));
    input.destroy();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(server.app.closed.len(), 1, "released once");
}

#[test]
fn one_client_has_a_bounded_number_of_devices() {
    let (mut server, mut client) = scene();
    let inputs: Vec<_> = (0..70).map(|_| client.get_input()).collect();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.view.inputs_closed, 70 - 64);
    drop(inputs);
}
