//! Requests of `infinite_map_input_v1`.

use wayland_server::backend::ClientId;
use wayland_server::{Client, DataInit, Dispatch, DisplayHandle, Resource, WEnum};

use super::{InfiniteMapDispatch, InputData};
use crate::coordinates::WirePoint;
use crate::handler::InputEvent;
use crate::model::Capabilities;
use crate::protocol::infinite_map_input_v1::{Axis, ButtonState, InfiniteMapInputV1, Request};
use crate::state::InfiniteMapState;

impl<D: InfiniteMapDispatch> Dispatch<InfiniteMapInputV1, InputData, D> for InfiniteMapState {
    fn request(
        handler: &mut D,
        _client: &Client,
        object: &InfiniteMapInputV1,
        request: Request,
        data: &InputData,
        _display: &DisplayHandle,
        _data_init: &mut DataInit<'_, D>,
    ) {
        let state = handler.infinite_map_state();
        if !state.allows(data.binding, Capabilities::INPUT) {
            return;
        }
        let grid_size = state.grid_size;
        let Some(device) = state.inputs.get_mut(&object.id()) else { return };
        if let Request::Frame = request {
            let frame = device.frame();
            state.asked(data.binding);
            if let Some(frame) = frame {
                handler.input_frame(frame);
            }
        } else if let Some(event) = event(request, grid_size) {
            device.pressed.push(event);
        }
    }

    fn destroyed(handler: &mut D, _client: ClientId, object: &InfiniteMapInputV1, _data: &InputData) {
        if let Some(device) = handler.infinite_map_state().inputs.remove(&object.id()) {
            handler.input_closed(device.close());
        }
    }
}

/// What a request means; `None` if it has an enum's value that does not exist.
fn event(request: Request, grid_size: u32) -> Option<InputEvent> {
    let point = |x, y, offset_x, offset_y| WirePoint::from_arguments(x, y, offset_x, offset_y).to_world(grid_size);
    Some(match request {
        Request::PointerMotion { cell_x, cell_y, offset_x, offset_y } => {
            InputEvent::PointerMotion(point(cell_x, cell_y, offset_x, offset_y))
        }
        Request::PointerButton { button, state } => InputEvent::PointerButton { button, pressed: is_pressed(state)? },
        Request::PointerAxis { axis, value, value120 } => {
            let horizontal = match axis {
                WEnum::Value(Axis::Vertical) => false,
                WEnum::Value(Axis::Horizontal) => true,
                _ => return None,
            };
            InputEvent::PointerAxis { horizontal, value, value120 }
        }
        Request::Key { key, state } => InputEvent::Key { key, pressed: is_pressed(state)? },
        Request::Text { text } => InputEvent::Text(text),
        Request::TouchDown { id, cell_x, cell_y, offset_x, offset_y } => {
            InputEvent::TouchDown { id, point: point(cell_x, cell_y, offset_x, offset_y) }
        }
        Request::TouchMotion { id, cell_x, cell_y, offset_x, offset_y } => {
            InputEvent::TouchMotion { id, point: point(cell_x, cell_y, offset_x, offset_y) }
        }
        Request::TouchUp { id } => InputEvent::TouchUp { id },
        Request::TouchCancel => InputEvent::TouchCancel,
        Request::Destroy | Request::Frame => return None,
    })
}

fn is_pressed(state: WEnum<ButtonState>) -> Option<bool> {
    match state {
        WEnum::Value(ButtonState::Pressed) => Some(true),
        WEnum::Value(ButtonState::Released) => Some(false),
        _ => None,
    }
}
