//! Client-side code generated from `infinite-map-v1.xml`.

#![allow(missing_docs, non_upper_case_globals, unused_imports, clippy::all)]

use wayland_client;
use wayland_client::protocol::*;

pub mod __interfaces {
    use wayland_client::protocol::__interfaces::*;
    wayland_scanner::generate_interfaces!("protocols/infinite-map-v1.xml");
}
use self::__interfaces::*;

wayland_scanner::generate_client_code!("protocols/infinite-map-v1.xml");
