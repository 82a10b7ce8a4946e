//! Requests of `infinite_map_window_v1`.

use std::time::Duration;

use wayland_server::backend::ClientId;
use wayland_server::{Client, DataInit, Dispatch, DisplayHandle, Resource};

use super::{CameraData, InfiniteMapDispatch, WindowData};
use crate::coordinates::WirePoint;
use crate::handler::WindowCenter;
use crate::model::{CameraId, Capabilities, Size};
use crate::protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use crate::protocol::infinite_map_window_v1::{InfiniteMapWindowV1, Request};
use crate::state::InfiniteMapState;

impl InfiniteMapState {
    /// The camera that a request names, or the one that the compositor chooses; `None` if it is gone.
    fn existing_camera(&self, object: &InfiniteMapCameraV1) -> Option<CameraId> {
        let camera = object.data::<CameraData>()?.camera;
        self.current.cameras.contains_key(&camera).then_some(camera)
    }
}

impl<D: InfiniteMapDispatch> Dispatch<InfiniteMapWindowV1, WindowData, D> for InfiniteMapState {
    fn request(
        handler: &mut D,
        _client: &Client,
        _object: &InfiniteMapWindowV1,
        request: Request,
        data: &WindowData,
        _display: &DisplayHandle,
        _data_init: &mut DataInit<'_, D>,
    ) {
        let state = handler.infinite_map_state();
        let window = data.window;
        let needed = match request {
            Request::Destroy => return,
            Request::Center { .. } => Capabilities::CAMERA_CONTROL,
            _ => Capabilities::WINDOW_CONTROL,
        };
        if !state.allows(data.binding, needed) || !state.has_window(window) {
            return;
        }
        state.asked(data.binding);
        match request {
            Request::Destroy => {}
            Request::Activate { seat } => handler.window_activate(window, seat),
            Request::Close => handler.window_close(window),
            Request::Move { cell_x, cell_y, offset_x, offset_y } => {
                let point = WirePoint::from_arguments(cell_x, cell_y, offset_x, offset_y).to_world(state.grid_size);
                handler.window_move(window, point);
            }
            Request::Resize { width, height } => {
                if width > 0.0 && height > 0.0 {
                    handler.window_resize(window, Size { width, height });
                }
            }
            Request::Raise => handler.window_raise(window),
            Request::Lower => handler.window_lower(window),
            Request::SetMinimized { minimized } => handler.window_set_minimized(window, minimized != 0),
            Request::SetMaximized { maximized } => handler.window_set_maximized(window, maximized != 0),
            Request::SetFullscreen { fullscreen, camera } => {
                let named = camera.is_some();
                let camera = camera.and_then(|camera| state.existing_camera(&camera));
                if camera.is_some() || !named {
                    handler.window_set_fullscreen(window, fullscreen != 0, camera);
                }
            }
            Request::Center { serial, camera, duration } => {
                let camera = match camera {
                    Some(camera) => state.existing_camera(&camera),
                    None => {
                        let first = state.cameras().next().map(|(id, _)| id);
                        handler.camera_for_window(window).or(first)
                    }
                };
                let Some(camera) = camera else { return };
                handler.infinite_map_state().camera_asked(data.binding, camera, serial);
                let duration = Duration::from_millis(duration.into());
                handler.window_center(WindowCenter { window, camera, duration });
            }
        }
    }

    fn destroyed(handler: &mut D, _client: ClientId, object: &InfiniteMapWindowV1, data: &WindowData) {
        if let Some(binding) = handler.infinite_map_state().bindings.get_mut(&data.binding) {
            binding.window_destroyed(data.window, object);
        }
    }
}
