//! wlr-layer-shell: panels and wallpapers, fixed to an output and not part of the map.

use smithay::desktop::{layer_map_for_output, LayerSurface, PopupKind, WindowSurfaceType};
use smithay::output::Output;
use smithay::reexports::wayland_server::protocol::wl_output::WlOutput;
use smithay::reexports::wayland_server::protocol::wl_surface::WlSurface;
use smithay::utils::{Logical, Rectangle};
use smithay::wayland::compositor::with_states;
use smithay::wayland::shell::wlr_layer::{
    KeyboardInteractivity, Layer, LayerSurface as WlrLayerSurface, LayerSurfaceData, WlrLayerShellHandler,
    WlrLayerShellState,
};
use smithay::wayland::shell::xdg::PopupSurface;

use crate::state::State;
use crate::windows::has_buffer;

impl WlrLayerShellHandler for State {
    fn shell_state(&mut self) -> &mut WlrLayerShellState {
        &mut self.layer_shell
    }

    fn new_layer_surface(
        &mut self,
        surface: WlrLayerSurface,
        output: Option<WlOutput>,
        _layer: Layer,
        namespace: String,
    ) {
        let wanted = output.as_ref().and_then(Output::from_resource);
        let output = match wanted {
            Some(output) => self.outputs.of(&output),
            None => self.outputs.first(),
        };
        let Some(output) = output else {
            // Its output is gone, or there is none at all.
            surface.send_close();
            return;
        };
        let layer = LayerSurface::new(surface, namespace);
        if let Err(error) = layer_map_for_output(&output.output).map_layer(&layer) {
            tracing::warn!(%error, "layer surface refused");
        }
    }

    fn new_popup(&mut self, _parent: WlrLayerSurface, popup: PopupSurface) {
        if let Err(error) = self.popups.track_popup(PopupKind::Xdg(popup)) {
            tracing::debug!(%error, "popup without a parent");
        }
    }

    fn layer_destroyed(&mut self, surface: WlrLayerSurface) {
        if let Some((output, layer)) = self.layer_of(surface.wl_surface()) {
            layer_map_for_output(&output).unmap_layer(&layer);
            let focus = self.windows.focused;
            self.focus_without_raise(focus);
            self.queue_frame();
        }
    }
}

impl State {
    /// A layer surface's tree was committed.
    pub fn layer_committed(&mut self, root: &WlSurface) {
        let Some((output, layer)) = self.layer_of(root) else {
            return;
        };
        let configured = with_states(root, |states| {
            states
                .data_map
                .get::<LayerSurfaceData>()
                .and_then(|data| data.lock().ok().map(|data| data.initial_configure_sent))
                .unwrap_or(true)
        });
        layer_map_for_output(&output).arrange();
        if !configured {
            layer.layer_surface().send_configure();
        } else if has_buffer(root) && layer.cached_state().keyboard_interactivity == KeyboardInteractivity::Exclusive {
            self.set_keyboard_focus(Some(root.clone()));
        }
        self.queue_frame();
    }

    fn layer_of(&self, surface: &WlSurface) -> Option<(Output, LayerSurface)> {
        self.outputs.iter().find_map(|output| {
            let map = layer_map_for_output(&output.output);
            let layer = map.layer_for_surface(surface, WindowSurfaceType::TOPLEVEL)?.clone();
            Some((output.output.clone(), layer))
        })
    }

    /// The output's area relative to a layer surface, for its popups.
    pub fn layer_area(&self, surface: &WlSurface) -> Option<Rectangle<i32, Logical>> {
        let (output, layer) = self.layer_of(surface)?;
        let location = layer_map_for_output(&output).layer_geometry(&layer)?.loc;
        let size = output.current_mode()?.size;
        Some(Rectangle::new((-location.x, -location.y).into(), (size.w, size.h).into()))
    }
}
