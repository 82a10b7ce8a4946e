//! Wishes of clients: who may have them, about what, and how they are answered.

mod common;

use std::time::Duration;

use common::server::{camera_at, Moves};
use common::{settle, Call, Server, TestClient};
use infinite_map_server::{
    CameraId, CameraMove, Capabilities, Size, View, WindowCenter, WindowId, WindowState, WorldPoint,
};
use wayland_client::protocol::wl_seat::WlSeat;

fn scene() -> (Server, CameraId, WindowId, TestClient) {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    let window = server.app.map.add_window(WindowState::default());
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    (server, camera, window, client)
}

/// Asks for a view of (x, 0) at the present zoom.
fn ask(client: &TestClient, serial: u32, x: f64) {
    let cell = (x / 100.0).floor();
    client.camera("DP-1")._move(serial, cell as i32, 0, x - cell * 100.0, 0.0, 0, 250);
}

#[test]
fn each_request_arrives_as_what_it_means() {
    let (mut server, camera, id, mut client) = scene();
    let seat: WlSeat = client.global(1);
    let window = client.view.windows[&id.get()].clone();
    let view = client.camera("DP-1").clone();
    window.activate(Some(&seat));
    window.activate(None);
    window.close();
    window._move(-1, 2, 50.5, 120.0);
    window.resize(300.0, 200.5);
    window.resize(0.0, 200.0);
    window.resize(300.0, -1.0);
    window.raise();
    window.lower();
    window.set_minimized(1);
    window.set_maximized(0);
    window.set_fullscreen(1, Some(&view));
    window.set_fullscreen(0, None);
    window.center(7, Some(&view), 100);
    window.center(8, None, 0);
    view._move(9, 0, -1, 25.0, 99.5, 2_000_000, 300);
    view.cancel(10);
    settle(&mut server, &mut [&mut client]);
    let center = |millis| WindowCenter { window: id, camera, duration: Duration::from_millis(millis) };
    let moved = CameraMove {
        camera,
        point: WorldPoint::new(25.0, -0.5),
        zoom: Some(2.0),
        duration: Duration::from_millis(300),
    };
    let expected = [
        Call::Activate(id, true),
        Call::Activate(id, false),
        Call::Close(id),
        Call::Move(id, WorldPoint::new(-49.5, 320.0)),
        Call::Resize(id, Size::new(300.0, 200.5)),
        Call::Raise(id),
        Call::Lower(id),
        Call::Minimized(id, true),
        Call::Maximized(id, false),
        Call::Fullscreen(id, true, Some(camera)),
        Call::Fullscreen(id, false, None),
        Call::Center(center(100)),
        Call::Center(center(0)),
        Call::CameraMove(moved),
        Call::CameraCancel(camera),
    ];
    assert_eq!(server.app.calls, expected);
}

#[test]
fn a_request_to_what_is_gone_is_ignored() {
    let (mut server, camera, id, mut client) = scene();
    // The client has not read that they are closed when it asks.
    server.app.map.remove_camera(camera);
    server.app.map.remove_window(id);
    let other = server.app.map.add_window(WindowState { stacking: 1, ..WindowState::default() });
    client.view.windows[&id.get()].raise();
    client.view.windows[&id.get()].center(1, None, 0);
    client.camera("DP-1").cancel(2);
    let (gone_window, gone_camera) = (client.view.windows[&id.get()].clone(), client.camera("DP-1").clone());
    client.view.hoards = true;
    settle(&mut server, &mut [&mut client]);
    gone_window.close();
    gone_camera.cancel(3);
    client.view.windows[&other.get()].center(4, Some(&gone_camera), 0);
    client.view.windows[&other.get()].set_fullscreen(1, Some(&gone_camera));
    client.view.windows[&other.get()].center(5, None, 0);
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.calls.is_empty());
    assert!(client.is_connected());
}

#[test]
fn destroying_the_manager_makes_its_objects_inert() {
    let (mut server, camera, id, mut client) = scene();
    client.manager().destroy();
    client.view.windows[&id.get()].raise();
    client.camera("DP-1").cancel(2);
    settle(&mut server, &mut [&mut client]);
    server.app.map.remove_window(id);
    server.app.map.remove_camera(camera);
    settle(&mut server, &mut [&mut client]);
    assert!(server.app.calls.is_empty() && client.take_log().is_empty());
    client.view.windows[&id.get()].destroy();
    client.camera("DP-1").destroy();
    settle(&mut server, &mut [&mut client]);
    assert!(client.is_connected());
}

#[test]
fn what_was_not_granted_is_ignored() {
    for grant in [Capabilities::CAMERA_CONTROL, Capabilities::WINDOW_CONTROL] {
        let mut server = Server::new();
        server.app.map.add_camera("DP-1", camera_at(View::default()));
        let id = server.app.map.add_window(WindowState::default());
        let mut client = server.connect_with(Some(grant));
        client.bind();
        settle(&mut server, &mut [&mut client]);
        let window = &client.view.windows[&id.get()];
        window.raise();
        window.center(1, None, 0);
        client.camera("DP-1").cancel(2);
        let tiles = client.get_tiles();
        tiles.put(0, 0, "a.png".into(), 1, 0);
        tiles.commit();
        let input = client.get_input();
        input.key(30, infinite_map_client_pressed());
        input.frame();
        settle(&mut server, &mut [&mut client]);
        let calls = &server.app.calls;
        if grant == Capabilities::WINDOW_CONTROL {
            assert_eq!(*calls, [Call::Raise(id)]);
        } else {
            assert!(matches!(calls[..], [Call::Center(_), Call::CameraCancel(_)]), "{calls:?}");
        }
        assert_eq!(client.view.inputs_closed, 1);
        assert!(server.app.frames.is_empty() && server.app.map.tiles().next().is_none());
    }
}

fn infinite_map_client_pressed() -> common::client::protocol::infinite_map_input_v1::ButtonState {
    common::client::protocol::infinite_map_input_v1::ButtonState::Pressed
}

#[test]
fn a_move_is_answered_with_its_cause_in_the_next_commit() {
    for moves in [Moves::AtOnce, Moves::Later] {
        let (mut server, _, _, mut client) = scene();
        server.app.moves = moves;
        ask(&client, 5, 250.0);
        settle(&mut server, &mut [&mut client]);
        assert_eq!(client.view.causes, [("DP-1".into(), 5)], "{moves:?}");
        assert_eq!(client.committed().cameras["DP-1"].target_position, (250.0, 0.0));
        let log = client.take_log();
        assert_eq!(log.iter().filter(|event| *event == "Done").count(), 1, "{log:?}");
        assert!(log.contains(&"TargetPosition".into()) && log.contains(&"TargetZoom".into()));
    }
}

#[test]
fn a_move_that_changes_nothing_is_answered_too() {
    let (mut server, _, _, mut client) = scene();
    server.app.moves = Moves::Never;
    ask(&client, 5, 250.0);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["TargetPosition", "TargetZoom", "Cause", "Done"]);
    assert_eq!(client.view.causes, [("DP-1".into(), 5)]);
    assert_eq!(client.committed().cameras["DP-1"].target_position, (0.0, 0.0));
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty());
}

#[test]
fn a_later_movement_of_the_compositor_has_no_cause() {
    let (mut server, camera, _, mut client) = scene();
    ask(&client, 5, 250.0);
    settle(&mut server, &mut [&mut client]);
    let target = View::new(WorldPoint::new(250.0, 0.0), 1.0);
    let mut state = camera_at(target);
    // The animation's live frames keep the cause: the target is still that of the request.
    state.live.center.x = 17.0;
    server.app.map.set_camera(camera, state);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.view.causes, [("DP-1".into(), 5)]);
    server.app.map.set_camera(camera, camera_at(View::new(WorldPoint::new(300.0, 0.0), 1.0)));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.view.causes, [("DP-1".into(), 5), ("DP-1".into(), 0)]);
}

#[test]
fn a_movement_between_the_request_and_its_answer_has_no_cause() {
    let (mut server, camera, _, mut client) = scene();
    ask(&client, 5, 250.0);
    client.read();
    server.display.dispatch_clients(&mut server.app).expect("dispatching");
    assert_eq!(server.app.calls.len(), 1);
    // The user drags the map before clients are told.
    server.app.place(camera, camera_at(View::new(WorldPoint::new(7.0, 0.0), 1.0)));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.view.causes, [("DP-1".into(), 0)]);
    assert_eq!(client.committed().cameras["DP-1"].target_position, (7.0, 0.0));
}

#[test]
fn clients_see_their_own_serials_only() {
    let (mut server, _, _, mut first) = scene();
    let mut second = server.connect();
    settle(&mut server, &mut [&mut first, &mut second]);
    ask(&first, 5, 250.0);
    settle(&mut server, &mut [&mut first, &mut second]);
    assert_eq!(first.view.causes, [("DP-1".into(), 5)]);
    assert!(second.view.causes.is_empty(), "0 is the default");
    assert_eq!(second.committed().cameras["DP-1"].target_position, (250.0, 0.0));
    ask(&second, 5, 300.0);
    settle(&mut server, &mut [&mut first, &mut second]);
    assert_eq!(first.view.causes, [("DP-1".into(), 5), ("DP-1".into(), 0)]);
    assert_eq!(second.view.causes, [("DP-1".into(), 5)]);
    // Both at once: each is answered, and the one that came last is the cause.
    ask(&first, 6, 1.0);
    ask(&second, 6, 2.0);
    settle(&mut server, &mut [&mut first, &mut second]);
    let target = first.committed().cameras["DP-1"].target_position.0;
    assert_eq!(target, second.committed().cameras["DP-1"].target_position.0);
    let (first_won, last) = (target == 1.0, |client: &TestClient| client.view.causes.last().cloned());
    assert_eq!(last(&first), Some(("DP-1".into(), if first_won { 6 } else { 0 })));
    assert_eq!(last(&second), Some(("DP-1".into(), if first_won { 0 } else { 6 })));
}

#[test]
fn the_first_done_after_a_request_reflects_it_even_in_the_middle_of_a_long_commit() {
    let (mut server, _, _, mut client) = scene();
    client.view.holds_acks = true;
    for stacking in 1..200 {
        let title = "x".repeat(1000);
        server.app.map.add_window(WindowState { stacking, title, ..WindowState::default() });
    }
    for _ in 0..10 {
        server.turn();
        client.read();
    }
    assert_eq!(client.view.commits.len(), 1, "the commit is stuck");
    server.app.moves = Moves::Later;
    ask(&client, 5, 250.0);
    client.view.holds_acks = false;
    let last = *client.view.held.last().expect("a checkpoint");
    client.manager().ack(last);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.view.commits.len(), 2);
    assert_eq!(client.committed().cameras["DP-1"].target_position, (250.0, 0.0));
    assert_eq!(client.committed().windows.len(), 200);
    assert_eq!(client.view.causes, [("DP-1".into(), 5)]);
}
