//! Server-side code generated from `infinite-map-v1.xml`.

#![allow(missing_docs, non_upper_case_globals, unused_imports, clippy::all, clippy::undocumented_unsafe_blocks)]

use wayland_server;
use wayland_server::protocol::*;

#[doc(hidden)]
pub mod __interfaces {
    use wayland_server::backend as wayland_backend;
    use wayland_server::protocol::__interfaces::*;
    wayland_scanner::generate_interfaces!("protocols/infinite-map-v1.xml");
}
use self::__interfaces::*;

wayland_scanner::generate_server_code!("protocols/infinite-map-v1.xml");
