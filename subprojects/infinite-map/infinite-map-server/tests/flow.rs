//! Slow clients: bounded memory, no half states, no starvation, and nobody is killed.

mod common;

use common::server::camera_at;
use common::{settle, Server};
use infinite_map_server::{Size, View, WindowId, WindowState, WorldPoint};

fn window(number: u32, round: u32) -> WindowState {
    WindowState {
        title: format!("window {number} in round {round} {}", "x".repeat(200)),
        position: WorldPoint::new(f64::from(round), f64::from(number)),
        size: Size::new(640.0, 480.0),
        stacking: number as i32,
        ..WindowState::default()
    }
}

/// Every window of a commit must come from the same round.
fn round_of(mirror: &common::Mirror) -> f64 {
    let mut rounds = mirror.windows.values().map(|window| window.position.0);
    let first = rounds.next().unwrap_or(0.0);
    assert!(rounds.all(|round| round == first), "a commit shows half of a change");
    first
}

#[test]
fn a_client_that_does_not_read_is_neither_killed_nor_lied_to() {
    let mut server = Server::new();
    let mut client = server.connect();
    let mut other = server.connect();
    settle(&mut server, &mut [&mut client, &mut other]);

    let ids: Vec<WindowId> = (1..=500).map(|number| server.app.map.add_window(window(number, 0))).collect();
    for round in 1..=100 {
        for (number, id) in ids.iter().enumerate() {
            server.app.map.set_window(*id, &window(number as u32 + 1, round));
        }
        // Some come and go while it looks away.
        let short_lived = server.app.map.add_window(window(1000, round));
        server.turn();
        server.app.map.remove_window(short_lived);
        server.turn();
        other.read();
    }
    assert!(client.is_connected());
    settle(&mut server, &mut [&mut client, &mut other]);
    assert!(client.is_connected());
    assert_eq!(client.committed(), other.committed());
    assert_eq!(client.committed().windows.len(), 500);
    assert_eq!(round_of(client.committed()), 100.0);
    for commit in &client.view.commits {
        round_of(commit);
    }
    assert!(client.view.checkpoints > 4);
    assert!(client.view.commits.len() <= 4, "intermediate states were skipped: {}", client.view.commits.len());
}

#[test]
fn many_bindings_share_what_one_connection_holds() {
    let mut server = Server::new();
    let mut client = server.connect();
    for _ in 0..15 {
        client.bind();
    }
    settle(&mut server, &mut [&mut client]);
    let ids: Vec<WindowId> = (1..=300).map(|number| server.app.map.add_window(window(number, 0))).collect();
    for round in 1..=100 {
        server.app.map.set_window(ids[0], &window(1, round));
        server.turn();
    }
    assert!(client.is_connected());
}

#[test]
fn no_more_than_the_window_is_sent_without_acknowledgement() {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.view.holds_acks = true;
    for number in 1..=500 {
        server.app.map.add_window(window(number, 0));
    }
    for _ in 0..50 {
        server.turn();
        client.read();
    }
    let announced = client.view.sent.windows.len();
    // About 340 bytes each.
    assert!((80..=110).contains(&announced), "{announced} windows in 32 KiB");
    assert_eq!(client.view.commits.len(), 1, "the half state is not committed");

    // Each acknowledgement lets about as much pass as it covers.
    let first = client.view.held[0];
    client.manager().ack(first);
    client.manager().ack(0xdead_beef);
    for _ in 0..50 {
        server.turn();
        client.read();
    }
    assert!((announced + 15..announced + 35).contains(&client.view.sent.windows.len()));
    client.view.holds_acks = false;
    client.manager().ack(*client.view.held.last().expect("more serials"));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().windows.len(), 500);
    assert_eq!(client.view.commits.len(), 2);
}

#[test]
fn small_commits_are_held_back_too() {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.view.holds_acks = true;
    for frame in 1..=10_000 {
        server.app.map.set_camera(camera, camera_at(View::new(WorldPoint::new(f64::from(frame), 0.0), 1.0)));
        server.turn();
    }
    assert!(client.is_connected());
    while client.read() > 0 {}
    let commits = client.view.commits.len();
    assert!(commits <= 66, "{commits}");
    client.view.holds_acks = false;
    client.manager().ack(*client.view.held.last().expect("serials"));
    settle(&mut server, &mut [&mut client]);
    assert_eq!(client.committed().cameras["DP-1"].position.0, 10_000.0);
    assert_eq!(client.view.commits.len(), commits + 1, "what it missed is skipped");
}

#[test]
fn everything_moving_all_the_time_does_not_starve_a_slow_client() {
    let mut server = Server::new();
    let camera = server.app.map.add_camera("DP-1", camera_at(View::default()));
    let ids: Vec<WindowId> = (1..=300).map(|number| server.app.map.add_window(window(number, 0))).collect();
    let mut client = server.connect();
    client.view.holds_acks = true;
    for round in 1..=400 {
        for (number, id) in ids.iter().enumerate() {
            server.app.map.set_window(*id, &window(number as u32 + 1, round));
        }
        server.app.map.set_camera(camera, camera_at(View::new(WorldPoint::new(f64::from(round), 0.0), 1.0)));
        server.turn();
        client.read();
        // An acknowledgement takes ten frames to come.
        if round % 10 == 0 {
            for serial in std::mem::take(&mut client.view.held) {
                client.manager().ack(serial);
            }
        }
    }
    assert!(client.view.commits.len() >= 5, "{} commits in 400 frames", client.view.commits.len());
    for commit in &client.view.commits {
        let round = round_of(commit);
        assert!(commit.windows.is_empty() || commit.cameras["DP-1"].position.0 == round, "two moments in one commit");
    }
}

#[test]
fn a_window_that_was_announced_is_always_closed() {
    let mut server = Server::new();
    let mut client = server.connect();
    settle(&mut server, &mut [&mut client]);
    client.view.holds_acks = true;
    let ids: Vec<WindowId> = (1..=300).map(|number| server.app.map.add_window(window(number, 0))).collect();
    for _ in 0..10 {
        server.turn();
        client.read();
    }
    let announced = client.view.sent.windows.len();
    assert!(announced > 0 && announced < 300);
    for id in ids {
        server.app.map.remove_window(id);
    }
    client.view.holds_acks = false;
    client.manager().ack(*client.view.held.last().expect("a checkpoint"));
    settle(&mut server, &mut [&mut client]);
    assert!(client.committed().windows.is_empty() && client.view.windows.is_empty());
}

#[test]
fn a_client_that_hoards_closed_objects_is_let_go() {
    let mut server = Server::new();
    let mut client = server.connect();
    let mut tidy = server.connect();
    client.view.hoards = true;
    settle(&mut server, &mut [&mut client, &mut tidy]);
    for _ in 0..34 {
        let ids: Vec<WindowId> = (1..=500)
            .map(|stacking| server.app.map.add_window(WindowState { stacking, ..Default::default() }))
            .collect();
        settle(&mut server, &mut [&mut client, &mut tidy]);
        ids.into_iter().for_each(|id| assert!(server.app.map.remove_window(id)));
        settle(&mut server, &mut [&mut client, &mut tidy]);
    }
    assert!(client.view.finished);
    assert!(!tidy.view.finished, "who destroys what is closed may stay for ever");
    assert!(client.is_connected());
}
