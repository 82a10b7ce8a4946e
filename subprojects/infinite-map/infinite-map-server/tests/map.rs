//! Cameras and windows, from the compositor to its clients.

mod common;

use common::mirror::{CameraMirror, WindowMirror};
use common::server::camera_at;
use common::{settle, Server};
use infinite_map_server::{Capabilities, Size, Space, View, WindowFlags, WindowState, WorldPoint};
use wayland_client::protocol::wl_output::WlOutput;

fn window(x: f64, y: f64, stacking: i32) -> WindowState {
    WindowState {
        app_id: "foot".into(),
        title: "~".into(),
        pid: 42,
        position: WorldPoint::new(x, y),
        size: Size::new(640.0, 480.0),
        stacking,
        ..WindowState::default()
    }
}

#[test]
fn a_new_client_is_told_everything_in_one_commit() {
    let mut server = Server::new();
    let map = &mut server.app.map;
    let camera = camera_at(View::new(WorldPoint::new(-0.5, 12345678.25), 0.5));
    let id = map.add_camera("HEADLESS-1", camera);
    let parent = map.add_window(window(10.0, 20.0, 1));
    let on_screen = WindowState {
        space: Space::Screen { camera: id, x: 8.0, y: 16.5 },
        parent: Some(parent),
        flags: WindowFlags::ACTIVATED | WindowFlags::FULLSCREEN,
        identifier: Some("abc".into()),
        ..window(-300.0, 0.0, 2)
    };
    let child = map.add_window(on_screen.clone());
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);

    assert_eq!(client.view.commits.len(), 1);
    assert_eq!(client.view.capabilities, Some(Capabilities::all().bits()));
    assert_eq!(client.view.grid_size, 100);
    assert_eq!(client.take_log()[..2], ["Capabilities", "GridSize"]);
    let mirror = client.committed();
    assert_eq!(mirror.cameras["HEADLESS-1"], CameraMirror::from(&camera));
    assert_eq!(mirror.windows[&parent.get()], WindowMirror::of(&window(10.0, 20.0, 1), |_| true, None));
    let expected = WindowMirror::of(&on_screen, |_| true, Some("HEADLESS-1".into()));
    assert_eq!(mirror.windows[&child.get()], expected);
}

#[test]
fn an_empty_map_is_a_state_too() {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Capabilities", "GridSize", "Done"]);
}

#[test]
fn only_what_changed_is_sent_and_done_only_if_something_did() {
    let mut server = Server::new();
    let id = server.app.map.add_window(window(0.0, 0.0, 1));
    let other = server.app.map.add_window(window(0.0, 0.0, 2));
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();

    server.app.map.set_window(id, &window(0.0, 0.0, 1));
    server.app.map.set_window(id, &window(0.0009, 0.0, 1));
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty(), "less than 1/256 is no change");

    server.app.map.set_window(id, &window(5.0, 0.0, 1));
    server.app.map.set_window(other, &WindowState { title: "vi".into(), ..window(0.0, 0.0, 3) });
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Position", "Title", "Stacking", "Done"]);

    server.app.map.set_window(id, &window(7.0, 0.0, 1));
    server.app.map.set_window(id, &window(5.0, 0.0, 1));
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty(), "changed and changed back within a frame");
}

#[test]
fn several_changes_in_a_frame_are_one_commit() {
    let mut server = Server::new();
    let id = server.app.map.add_window(window(0.0, 0.0, 1));
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    for step in 1..=50 {
        server.app.map.set_window(id, &window(f64::from(step), 0.0, 1));
    }
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Position", "Done"]);
    assert_eq!(client.committed().windows[&id.get()].position, (50.0, 0.0));
}

#[test]
fn closed_comes_with_the_next_done_and_numbers_are_not_used_again() {
    let mut server = Server::new();
    let first = server.app.map.add_window(window(0.0, 0.0, 1));
    let child = server.app.map.add_window(WindowState { parent: Some(first), ..window(0.0, 0.0, 2) });
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().windows[&child.get()].parent, Some(first.get()));
    client.take_log();

    assert!(server.app.map.remove_window(first));
    assert!(!server.app.map.remove_window(first) && !server.app.map.set_window(first, &window(0.0, 0.0, 1)));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Closed", "Parent", "Done"]);
    assert_eq!(client.committed().windows.keys().collect::<Vec<_>>(), [&child.get()]);

    let next = server.app.map.add_window(window(0.0, 0.0, 3));
    assert!(next.get() > child.get());
    let never_seen = server.app.map.add_window(window(0.0, 0.0, 4));
    server.app.map.remove_window(never_seen);
    settle(&mut server, &mut [&mut client]);
    assert!(!client.take_log().contains(&"Closed".to_owned()));
    assert_eq!(client.committed().windows.len(), 2);
}

#[test]
fn a_parent_that_is_announced_after_its_child_is_sent() {
    let mut server = Server::new();
    let child = server.app.map.add_window(window(0.0, 0.0, 1));
    let parent = server.app.map.add_window(window(0.0, 0.0, 2));
    server.app.map.set_window(child, &WindowState { parent: Some(parent), ..window(0.0, 0.0, 1) });
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().windows[&child.get()].parent, Some(parent.get()));
}

#[test]
fn strings_are_cut_and_a_nul_does_no_harm() {
    let mut server = Server::new();
    let id = server.app.map.add_window(WindowState {
        title: "ä".repeat(5000),
        app_id: "a\0b".into(),
        identifier: Some("\u{7f}not printable".into()),
        ..window(0.0, 0.0, 1)
    });
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    let mirror = &client.committed().windows[&id.get()];
    assert_eq!(mirror.title, "ä".repeat(512));
    assert_eq!(mirror.app_id, "ab");
    assert_eq!(mirror.identifier, None);
}

#[test]
fn a_camera_goes_with_its_output_and_its_name_can_return() {
    let mut server = Server::new();
    let camera = camera_at(View::default());
    let first = server.app.map.add_camera("DP-1", camera);
    server.app.map.add_camera("DP-2", camera);
    let on_screen = WindowState { space: Space::Screen { camera: first, x: 0.0, y: 0.0 }, ..window(0.0, 0.0, 1) };
    let id = server.app.map.add_window(on_screen);
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.take_log();

    server.app.map.remove_camera(first);
    server.app.map.set_window(id, &window(0.0, 0.0, 1));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Closed", "Space", "Done"]);
    assert!(!server.app.map.set_camera(first, camera));

    // Unplugged and plugged in again within a frame, and a name that is taken twice.
    let moved = camera_at(View::new(WorldPoint::new(1.0, 1.0), 2.0));
    server.app.map.add_camera("DP-2", moved);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log()[..2], ["Closed", "Camera"]);
    assert_eq!(client.committed().cameras["DP-2"], CameraMirror::from(&moved));
    assert_eq!(client.committed().cameras.len(), 1);
    assert_eq!(server.app.map.cameras().count(), 1);
}

#[test]
fn a_client_that_destroyed_an_object_hears_no_more_of_it() {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    let id = server.app.map.add_window(window(0.0, 0.0, 1));
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.camera("DP-1").destroy();
    client.view.windows[&id.get()].destroy();
    settle(&mut server, &mut [&mut client]);
    client.take_log();

    server.app.map.set_camera(camera, camera_at(View::new(WorldPoint::new(1.0, 0.0), 1.0)));
    server.app.map.set_window(id, &window(9.0, 0.0, 1));
    let in_view = Space::Screen { camera, x: 1.0, y: 2.0 };
    let second = server.app.map.add_window(WindowState { space: in_view, ..window(0.0, 0.0, 2) });
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().windows[&second.get()].screen, Some((None, 1.0, 2.0)));
    client.take_log();
    server.app.map.remove_window(id);
    server.app.map.remove_camera(camera);
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty());
}

#[test]
fn an_output_is_named_whether_it_was_bound_before_or_after_the_manager() {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    server.app.output_camera = Some(camera);
    let mut stranger = server.connect_with(None);
    let _theirs: WlOutput = stranger.global(4);
    let mut client = server.connect_with(Some(Capabilities::all()));
    let early: WlOutput = client.global(4);
    let released: WlOutput = client.global(4);
    released.release();
    client.bind();
    settle(&mut server, &mut [&mut client, &mut stranger]);
    assert_eq!(client.view.outputs, [("DP-1".to_owned(), early.clone())]);
    client.take_log();

    let late: WlOutput = client.global(4);
    settle(&mut server, &mut [&mut client, &mut stranger]);
    assert_eq!(client.view.outputs, [("DP-1".to_owned(), early), ("DP-1".to_owned(), late)]);
    assert_eq!(client.take_log(), ["Output", "Done"]);
}

#[test]
fn a_change_of_capabilities_is_told() {
    let mut server = Server::new();
    let mut client = server.connect();
    let _input = client.get_input();
    settle(&mut server, &mut [&mut client]);
    client.take_log();
    let closed = server.app.map.set_capabilities(&client.id, Capabilities::CAMERA_CONTROL);
    assert_eq!(closed.len(), 1);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.take_log(), ["Closed", "Capabilities", "Done"]);
    assert_eq!(client.view.capabilities, Some(1));
}

#[test]
fn the_global_is_hidden_from_who_is_not_granted_it() {
    let mut server = Server::new();
    let client = server.connect_with(None);
    assert!(client.view.globals.contains_key("wl_seat"));
    assert!(!client.view.globals.contains_key("infinite_map_manager_v1"));
    let client = server.connect_with(Some(Capabilities::empty()));
    assert!(client.view.globals.contains_key("infinite_map_manager_v1"));
}

#[test]
fn stop_is_answered_with_finished_and_then_silence() {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    let id = server.app.map.add_window(window(0.0, 0.0, 1));
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.manager().stop();
    settle(&mut server, &mut [&mut client]);
    assert!(client.view.finished);
    client.take_log();

    client.view.windows[&id.get()].raise();
    client.camera("DP-1").cancel(1);
    settle(&mut server, &mut [&mut client]);
    assert_eq!(server.app.calls.len(), 2, "objects stay usable for requests");
    server.app.map.remove_window(id);
    server.app.map.remove_camera(camera);
    settle(&mut server, &mut [&mut client]);
    assert!(client.take_log().is_empty());
}

#[test]
fn a_withdrawn_service_says_so() {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    let released = server.app.map.withdraw::<common::server::App>();
    assert!(released.is_empty());
    settle(&mut server, &mut [&mut client]);
    assert!(client.view.finished);
}

#[test]
fn the_seventeenth_binding_of_a_client_is_refused() {
    let mut server = Server::new();
    let mut client = server.connect();
    for _ in 0..15 {
        client.bind();
    }
    settle(&mut server, &mut [&mut client]);
    assert!(!client.view.finished);
    client.bind();
    settle(&mut server, &mut [&mut client]);
    assert!(client.view.finished);
}
