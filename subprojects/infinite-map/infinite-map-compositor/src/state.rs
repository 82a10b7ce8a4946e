//! The compositor's state: Smithay's protocol states beside the map's windows, outputs and tiles.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use infinite_map_server::{Companion, CompanionMark};
use smithay::desktop::PopupManager;
use smithay::input::keyboard::XkbConfig;
use smithay::input::{Seat, SeatState};
use smithay::reexports::calloop::{LoopHandle, LoopSignal};
use smithay::reexports::wayland_server::DisplayHandle;
use smithay::wayland::compositor::CompositorState;
use smithay::wayland::foreign_toplevel_list::ForeignToplevelListState;
use smithay::wayland::output::OutputManagerState;
use smithay::wayland::selection::data_device::DataDeviceState;
use smithay::wayland::shell::wlr_layer::WlrLayerShellState;
use smithay::wayland::shell::xdg::decoration::XdgDecorationState;
use smithay::wayland::shell::xdg::XdgShellState;
use smithay::wayland::shm::ShmState;
use smithay::wayland::viewporter::ViewporterState;
use smithay::wayland::xdg_activation::XdgActivationState;

use crate::extension::Extension;
use crate::frame::FrameClock;
use crate::input::InputState;
use crate::outputs::Outputs;
use crate::process::Children;
use crate::tiles::Tiles;
use crate::windows::Windows;
use crate::Fallible;

/// What the command line decided and does not change afterwards.
#[derive(Debug)]
pub struct Settings {
    pub grid_size: u32,
    pub bricks: Option<PathBuf>,
    pub allow_exe: Vec<PathBuf>,
    pub display_name: String,
}

pub struct State {
    pub settings: Settings,
    pub started: Instant,
    pub display: DisplayHandle,
    pub event_loop: LoopHandle<'static, State>,
    pub signal: LoopSignal,

    pub compositor: CompositorState,
    pub shm: ShmState,
    pub xdg_shell: XdgShellState,
    pub layer_shell: WlrLayerShellState,
    pub seat_state: SeatState<State>,
    pub data_device: DataDeviceState,
    pub toplevel_list: ForeignToplevelListState,
    pub activation: XdgActivationState,
    pub popups: PopupManager,
    pub seat: Seat<State>,
    /// Globals that need no further call once they exist.
    _globals: Globals,

    pub outputs: Outputs,
    pub windows: Windows,
    pub tiles: Tiles,
    pub input: InputState,
    pub frames: FrameClock,
    pub extension: Extension,
    pub children: Children,
    pub companion: Option<Companion>,
}

struct Globals {
    _decoration: XdgDecorationState,
    _output_manager: OutputManagerState,
    _viewporter: ViewporterState,
}

impl State {
    pub fn new(
        settings: Settings,
        display: DisplayHandle,
        event_loop: LoopHandle<'static, State>,
        signal: LoopSignal,
        companion: CompanionMark,
    ) -> Fallible<Self> {
        let mut seat_state = SeatState::new();
        let mut seat = seat_state.new_wl_seat(&display, "seat0");
        seat.add_keyboard(XkbConfig::default(), 400, 30)
            .map_err(|error| format!("no keyboard map: {error}. Is xkb-data installed?"))?;
        seat.add_pointer();
        seat.add_touch();
        let dh = &display;
        Ok(Self {
            started: Instant::now(),
            compositor: CompositorState::new::<Self>(dh),
            shm: ShmState::new::<Self>(dh, []),
            xdg_shell: XdgShellState::new::<Self>(dh),
            layer_shell: WlrLayerShellState::new::<Self>(dh),
            seat_state,
            data_device: DataDeviceState::new::<Self>(dh),
            toplevel_list: ForeignToplevelListState::new::<Self>(dh),
            activation: XdgActivationState::new::<Self>(dh),
            popups: PopupManager::default(),
            seat,
            _globals: Globals {
                _decoration: XdgDecorationState::new::<Self>(dh),
                _output_manager: OutputManagerState::new_with_xdg_output::<Self>(dh),
                _viewporter: ViewporterState::new::<Self>(dh),
            },
            outputs: Outputs::new()?,
            windows: Windows::default(),
            tiles: Tiles::new(settings.bricks.clone()),
            input: InputState::default(),
            frames: FrameClock::default(),
            extension: Extension::new(dh, settings.grid_size, companion),
            children: Children::default(),
            companion: None,
            settings,
            display,
            event_loop,
            signal,
        })
    }

    /// Time on the compositor's own clock, which wire timestamps and animations use.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The same clock in milliseconds, as input events and frame callbacks carry it.
    pub fn now_ms(&self) -> u32 {
        // Wraps after 49 days, as the protocol says it may.
        self.now().as_millis() as u32
    }
}
