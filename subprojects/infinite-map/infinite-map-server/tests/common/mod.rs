//! A real server and real clients over socket pairs, in one thread, so that each test decides who reads when.

#![allow(dead_code, unused_imports)]

pub mod client;
pub mod mirror;
pub mod server;

use std::time::{Duration, Instant};

pub use client::TestClient;
pub use mirror::Mirror;
pub use server::{Call, Server};

/// Runs server and clients until nobody has anything to say.
pub fn settle(server: &mut Server, clients: &mut [&mut TestClient]) {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut quiet = 0;
    while quiet < 2 {
        assert!(Instant::now() < deadline, "server and clients do not come to rest");
        let mut busy = server.turn();
        for client in clients.iter_mut() {
            busy += client.read();
        }
        quiet = if busy == 0 { quiet + 1 } else { 0 };
    }
}
