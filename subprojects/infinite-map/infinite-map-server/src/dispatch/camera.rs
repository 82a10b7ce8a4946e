//! Requests of `infinite_map_camera_v1`.

use std::time::Duration;

use wayland_server::backend::ClientId;
use wayland_server::{Client, DataInit, Dispatch, DisplayHandle};

use super::{CameraData, InfiniteMapDispatch};
use crate::coordinates::{zoom_from_wire, WirePoint};
use crate::handler::CameraMove;
use crate::model::{CameraId, Capabilities};
use crate::protocol::infinite_map_camera_v1::{InfiniteMapCameraV1, Request};
use crate::state::InfiniteMapState;
use crate::world::{BindingId, Cause};

impl InfiniteMapState {
    /// A request to move this camera is about to be handled: the next commit answers it.
    pub(super) fn camera_asked(&mut self, binding: BindingId, camera: CameraId, serial: u32) {
        self.asked(binding);
        self.pending_causes.insert(camera, Cause { binding, serial });
        if let Some(binding) = self.bindings.get_mut(&binding) {
            binding.answers.insert(camera);
        }
    }
}

impl<D: InfiniteMapDispatch> Dispatch<InfiniteMapCameraV1, CameraData, D> for InfiniteMapState {
    fn request(
        handler: &mut D,
        _client: &Client,
        _object: &InfiniteMapCameraV1,
        request: Request,
        data: &CameraData,
        _display: &DisplayHandle,
        _data_init: &mut DataInit<'_, D>,
    ) {
        let state = handler.infinite_map_state();
        let camera = data.camera;
        if !state.allows(data.binding, Capabilities::CAMERA_CONTROL) || !state.current.cameras.contains_key(&camera) {
            return;
        }
        match request {
            Request::Move { serial, cell_x, cell_y, offset_x, offset_y, zoom, duration } => {
                state.camera_asked(data.binding, camera, serial);
                let point = WirePoint::from_arguments(cell_x, cell_y, offset_x, offset_y).to_world(state.grid_size);
                let zoom = (zoom != 0).then(|| zoom_from_wire(zoom));
                let duration = Duration::from_millis(duration.into());
                handler.camera_move(CameraMove { camera, point, zoom, duration });
            }
            Request::Cancel { serial } => {
                state.camera_asked(data.binding, camera, serial);
                handler.camera_cancel(camera);
            }
            Request::Destroy => {}
        }
    }

    fn destroyed(handler: &mut D, _client: ClientId, object: &InfiniteMapCameraV1, data: &CameraData) {
        if let Some(binding) = handler.infinite_map_state().bindings.get_mut(&data.binding) {
            binding.camera_destroyed(data.camera, object);
        }
    }
}
