//! The global, and requests of `infinite_map_manager_v1`.

use wayland_server::backend::ClientId;
use wayland_server::{Client, DataInit, Dispatch, DisplayHandle, GlobalDispatch, New, Resource};

use super::{InfiniteMapDispatch, InfiniteMapGlobalData, InputData, ManagerData, TilesData};
use crate::binding::Binding;
use crate::flow::Flow;
use crate::handler::InputId;
use crate::input::{InputDevice, Pressed};
use crate::model::Capabilities;
use crate::protocol::infinite_map_manager_v1::{InfiniteMapManagerV1, Request};
use crate::state::InfiniteMapState;
use crate::tile_feed::TileFeed;
use crate::wire::Wire;

/// What one client may have at once. Each binding costs memory for what it was sent.
const MAX_BINDINGS: usize = 16;
const MAX_TILE_FEEDS: usize = 16;
const MAX_INPUTS: usize = 64;

impl InfiniteMapState {
    /// All bindings of a client together must not send more than one may.
    fn share_connection(&mut self, client: &ClientId) {
        let theirs = |binding: &&mut Binding| binding.wire.client.id() == *client;
        let sharers = self.bindings.values_mut().filter(theirs).count();
        self.bindings.values_mut().filter(theirs).for_each(|binding| binding.wire.flow.share(sharers));
    }
}

impl<D: InfiniteMapDispatch> GlobalDispatch<InfiniteMapManagerV1, InfiniteMapGlobalData, D> for InfiniteMapState {
    fn bind(
        state: &mut D,
        display: &DisplayHandle,
        client: &Client,
        resource: New<InfiniteMapManagerV1>,
        global: &InfiniteMapGlobalData,
        data_init: &mut DataInit<'_, D>,
    ) {
        let state = state.infinite_map_state();
        let id = state.next_binding();
        let manager = data_init.init(resource, ManagerData { binding: id });
        let bound = state.bindings.values().filter(|binding| binding.wire.client.id() == client.id()).count();
        let capabilities = (global.filter)(client).filter(|_| bound < MAX_BINDINGS);
        let Some(capabilities) = capabilities else {
            tracing::warn!(?client, bound, "refused a binding of infinite_map_manager_v1");
            manager.finished();
            return;
        };
        tracing::debug!(?client, ?capabilities, "infinite_map_manager_v1 bound");
        let wire = Wire {
            display: display.clone(),
            client: client.clone(),
            manager,
            factory: state.factory,
            flow: Flow::default(),
            uncommitted: false,
        };
        state.bindings.insert(id, Binding::new(id, capabilities, wire));
        state.share_connection(&client.id());
        state.pump(id);
    }

    fn can_view(client: Client, global: &InfiniteMapGlobalData) -> bool {
        (global.filter)(&client).is_some()
    }
}

impl<D: InfiniteMapDispatch> Dispatch<InfiniteMapManagerV1, ManagerData, D> for InfiniteMapState {
    fn request(
        handler: &mut D,
        _client: &Client,
        _manager: &InfiniteMapManagerV1,
        request: Request,
        data: &ManagerData,
        _display: &DisplayHandle,
        data_init: &mut DataInit<'_, D>,
    ) {
        let state = handler.infinite_map_state();
        match request {
            Request::Destroy => {}
            Request::Stop => {
                if let Some(binding) = state.bindings.get_mut(&data.binding) {
                    binding.finish();
                }
            }
            Request::Ack { serial } => {
                if let Some(binding) = state.bindings.get_mut(&data.binding) {
                    binding.wire.flow.ack(serial);
                }
                state.pump(data.binding);
            }
            Request::GetTiles { id } => {
                let object = data_init.init(id, TilesData { binding: data.binding });
                if !state.allows(data.binding, Capabilities::TILES) {
                    return;
                }
                let Some(binding) = state.bindings.get_mut(&data.binding) else { return };
                binding.tiles.retain(|feed| feed.object.is_alive());
                if binding.tiles.len() < MAX_TILE_FEEDS {
                    binding.tiles.push(TileFeed::new(object, &state.current.tiles));
                    binding.wants_pass = true;
                    binding.wants_done = true;
                    state.pump(data.binding);
                }
            }
            Request::GetInput { id, seat } => {
                let object = data_init.init(id, InputData { binding: data.binding });
                let theirs = state.inputs.values().filter(|input| input.binding == data.binding).count();
                if !state.allows(data.binding, Capabilities::INPUT) || theirs >= MAX_INPUTS {
                    object.closed();
                    return;
                }
                let id = InputId(object.id());
                let pressed = Pressed::default();
                let device = InputDevice { id, binding: data.binding, object, seat, pressed };
                state.inputs.insert(device.object.id(), device);
            }
        }
    }

    fn destroyed(handler: &mut D, client: ClientId, _manager: &InfiniteMapManagerV1, data: &ManagerData) {
        let state = handler.infinite_map_state();
        let Some(binding) = state.bindings.remove(&data.binding) else { return };
        state.share_connection(&client);
        let devices: Vec<_> = state.inputs.extract_if(|_, input| input.binding == data.binding).collect();
        for (_, device) in devices {
            handler.input_closed(device.close());
        }
        for _ in binding.tiles.iter().filter(|feed| feed.replaying) {
            handler.tiles_replay_end();
        }
    }
}
