//! Requests: who may make them, what they mean, and whether their objects still exist.

mod camera;
mod input;
mod manager;
mod tiles;
mod window;

use wayland_server::{Client, Dispatch, GlobalDispatch};

use crate::handler::InfiniteMapHandler;
use crate::model::{CameraId, Capabilities, WindowId};
use crate::protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use crate::protocol::infinite_map_input_v1::InfiniteMapInputV1;
use crate::protocol::infinite_map_manager_v1::InfiniteMapManagerV1;
use crate::protocol::infinite_map_tiles_v1::InfiniteMapTilesV1;
use crate::protocol::infinite_map_window_v1::InfiniteMapWindowV1;
use crate::state::InfiniteMapState;
use crate::wire::Factory;
use crate::world::BindingId;

type Filter = dyn Fn(&Client) -> Option<Capabilities> + Send + Sync;

/// Data of the global.
pub struct InfiniteMapGlobalData {
    filter: Box<Filter>,
}

impl InfiniteMapGlobalData {
    pub(crate) fn new(filter: impl Fn(&Client) -> Option<Capabilities> + Send + Sync + 'static) -> Self {
        Self { filter: Box::new(filter) }
    }
}

impl std::fmt::Debug for InfiniteMapGlobalData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InfiniteMapGlobalData").finish_non_exhaustive()
    }
}

/// Data of a manager object.
#[derive(Debug)]
pub struct ManagerData {
    pub(crate) binding: BindingId,
}

/// Data of a camera object.
#[derive(Debug)]
pub struct CameraData {
    pub(crate) binding: BindingId,
    pub(crate) camera: CameraId,
}

/// Data of a window object.
#[derive(Debug)]
pub struct WindowData {
    pub(crate) binding: BindingId,
    pub(crate) window: WindowId,
}

/// Data of a tiles object.
#[derive(Debug)]
pub struct TilesData {
    pub(crate) binding: BindingId,
}

/// Data of an input object.
#[derive(Debug)]
pub struct InputData {
    pub(crate) binding: BindingId,
}

/// What [`delegate_infinite_map!`](crate::delegate_infinite_map) makes of a compositor's state.
pub trait InfiniteMapDispatch:
    InfiniteMapHandler
    + GlobalDispatch<InfiniteMapManagerV1, InfiniteMapGlobalData>
    + Dispatch<InfiniteMapManagerV1, ManagerData>
    + Dispatch<InfiniteMapCameraV1, CameraData>
    + Dispatch<InfiniteMapWindowV1, WindowData>
    + Dispatch<InfiniteMapTilesV1, TilesData>
    + Dispatch<InfiniteMapInputV1, InputData>
    + 'static
{
}

impl<D> InfiniteMapDispatch for D where
    D: InfiniteMapHandler
        + GlobalDispatch<InfiniteMapManagerV1, InfiniteMapGlobalData>
        + Dispatch<InfiniteMapManagerV1, ManagerData>
        + Dispatch<InfiniteMapCameraV1, CameraData>
        + Dispatch<InfiniteMapWindowV1, WindowData>
        + Dispatch<InfiniteMapTilesV1, TilesData>
        + Dispatch<InfiniteMapInputV1, InputData>
        + 'static
{
}

pub(crate) fn factory<D: InfiniteMapDispatch>() -> Factory {
    Factory {
        camera: |client, display, version, data| client.create_resource::<_, _, D>(display, version, data),
        window: |client, display, version, data| client.create_resource::<_, _, D>(display, version, data),
    }
}

impl InfiniteMapState {
    /// Whether the client of this binding may make requests of a kind. Not if it destroyed the manager, which makes
    /// all objects inert.
    fn allows(&self, binding: BindingId, capability: Capabilities) -> bool {
        self.bindings.get(&binding).is_some_and(|binding| binding.capabilities.contains(capability))
    }

    /// A request of this binding's client is about to be handled. No binding of the client sees a done before the
    /// compositor has refreshed.
    fn asked(&mut self, binding: BindingId) {
        let Some(client) = self.bindings.get(&binding).map(|binding| binding.wire.client.id()) else { return };
        for binding in self.bindings.values_mut().filter(|binding| binding.wire.client.id() == client) {
            binding.asked();
        }
    }
}

/// Makes a compositor's state a server of the extension. The state must implement
/// [`InfiniteMapHandler`](crate::InfiniteMapHandler).
#[macro_export]
macro_rules! delegate_infinite_map {
    ($(@<$( $lt:tt $( : $clt:tt $(+ $dlt:tt )* )? ),+>)? $ty:ty) => {
        const _: () = {
            use $crate::protocol::{
                infinite_map_camera_v1::InfiniteMapCameraV1, infinite_map_input_v1::InfiniteMapInputV1,
                infinite_map_manager_v1::InfiniteMapManagerV1, infinite_map_tiles_v1::InfiniteMapTilesV1,
                infinite_map_window_v1::InfiniteMapWindowV1,
            };
            use $crate::wayland_server;
            wayland_server::delegate_global_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapManagerV1: $crate::InfiniteMapGlobalData] => $crate::InfiniteMapState);
            wayland_server::delegate_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapManagerV1: $crate::ManagerData] => $crate::InfiniteMapState);
            wayland_server::delegate_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapCameraV1: $crate::CameraData] => $crate::InfiniteMapState);
            wayland_server::delegate_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapWindowV1: $crate::WindowData] => $crate::InfiniteMapState);
            wayland_server::delegate_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapTilesV1: $crate::TilesData] => $crate::InfiniteMapState);
            wayland_server::delegate_dispatch!($(@< $( $lt $( : $clt $(+ $dlt )* )? ),+ >)?
                $ty: [InfiniteMapInputV1: $crate::InputData] => $crate::InfiniteMapState);
        };
    };
}
