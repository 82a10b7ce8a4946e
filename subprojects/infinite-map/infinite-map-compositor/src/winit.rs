//! The first output in a window of another compositor or X server, drawn with OpenGL ES.

use smithay::backend::input::{
    AbsolutePositionEvent, Axis, InputBackend, InputEvent, KeyState, KeyboardKeyEvent, PointerAxisEvent,
    PointerButtonEvent, TouchEvent,
};
use smithay::backend::renderer::damage::OutputDamageTracker;
use smithay::backend::renderer::gles::GlesRenderer;
use smithay::backend::winit::{init_from_attributes, WinitEvent, WinitGraphicsBackend, WinitInput};
use smithay::reexports::winit::dpi::PhysicalSize;
use smithay::reexports::winit::window::Window as WinitWindow;
use smithay::utils::Transform;

use crate::geometry::Point;
use crate::input::{Place, EVDEV_OFFSET};
use crate::outputs::{OutputSpec, Target};
use crate::state::State;
use crate::Fallible;

/// The window and what draws into it.
pub struct Window {
    backend: WinitGraphicsBackend<GlesRenderer>,
    tracker: OutputDamageTracker,
}

/// Opens the window and adds its output.
pub fn open(state: &mut State, spec: &OutputSpec) -> Fallible<()> {
    if ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].iter().all(|name| std::env::var_os(name).is_none()) {
        return Err("--backend winit: there is no display to open a window on; set WAYLAND_DISPLAY or DISPLAY".into());
    }
    let attributes = WinitWindow::default_attributes()
        .with_inner_size(PhysicalSize::new(spec.width, spec.height))
        .with_title("infinite-map-compositor");
    let (backend, events) = init_from_attributes::<GlesRenderer>(attributes)
        .map_err(|error| format!("--backend winit: {}", with_sources(&error)))?;
    let size = backend.window_size();
    let tracker = tracker(size.w, size.h);
    let mut spec = spec.clone();
    (spec.width, spec.height) = (size.w.max(1) as u32, size.h.max(1) as u32);
    state.add_output(&spec, Target::Window(Box::new(Window { backend, tracker })), "winit")?;
    let name = spec.name;
    let insert = state.event_loop.insert_source(events, move |event, (), state| match event {
        WinitEvent::Resized { size, .. } => state.window_resized(&name, size.w, size.h),
        WinitEvent::Redraw => state.queue_frame(),
        WinitEvent::CloseRequested => state.signal.stop(),
        WinitEvent::Focus(false) => state.release_user_keys(),
        WinitEvent::Focus(true) => {}
        WinitEvent::Input(event) => state.window_input(&name, event),
    });
    insert.map_err(|error| error.error)?;
    Ok(())
}

fn tracker(width: i32, height: i32) -> OutputDamageTracker {
    // EGL's windows have their first row at the bottom.
    OutputDamageTracker::new((width, height), 1.0, Transform::Flipped180)
}

fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(error.source(), |source| source.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

impl State {
    /// Draws an output's view into the window.
    pub fn render_window(&self, name: &str, window: &mut Window) -> Fallible<()> {
        let output = self.outputs.get(name).ok_or("the output is gone")?;
        {
            let (renderer, mut framebuffer) = window.backend.bind()?;
            let elements = self.scene(output, renderer);
            window
                .tracker
                .render_output(renderer, &mut framebuffer, 0, &elements, [0.0, 0.0, 0.0, 1.0])
                .map_err(|error| error.to_string())?;
        }
        window.backend.submit(None)?;
        Ok(())
    }

    fn window_resized(&mut self, name: &str, width: i32, height: i32) {
        if let Some(Target::Window(window)) = self.outputs.get_mut(name).map(|output| &mut output.target) {
            window.tracker = tracker(width, height);
        }
        self.resize_output(name, width, height);
    }

    /// The window lost the keyboard: what was pressed will not be released here.
    fn release_user_keys(&mut self) {
        let pressed = self.seat.get_keyboard().map(|keyboard| keyboard.pressed_keys()).unwrap_or_default();
        for key in pressed {
            self.key(key.raw().saturating_sub(EVDEV_OFFSET), false, true);
        }
    }

    fn window_input(&mut self, name: &str, event: InputEvent<WinitInput>) {
        match event {
            InputEvent::Keyboard { event } => {
                let key = event.key_code().raw().saturating_sub(EVDEV_OFFSET);
                self.key(key, event.state() == KeyState::Pressed, true);
            }
            InputEvent::PointerMotionAbsolute { event } => {
                if let Some(place) = self.place_of(name, &event) {
                    self.pointer_motion(place);
                }
            }
            InputEvent::PointerButton { event, .. } => {
                let pressed = event.state() == smithay::backend::input::ButtonState::Pressed;
                self.pointer_button(event.button_code(), pressed, true);
            }
            InputEvent::PointerAxis { event, .. } => {
                for axis in [Axis::Horizontal, Axis::Vertical] {
                    let v120 = event.amount_v120(axis).unwrap_or(0.0);
                    let value = event.amount(axis).unwrap_or(v120 / 120.0 * 15.0);
                    if value != 0.0 || v120 != 0.0 {
                        self.pointer_axis(axis == Axis::Horizontal, value, v120 as i32, true);
                    }
                }
            }
            InputEvent::TouchDown { event } => {
                if let Some(place) = self.place_of(name, &event) {
                    self.touch_down(slot(&event), &place);
                    self.touch_frame();
                }
            }
            InputEvent::TouchMotion { event } => {
                if let Some(place) = self.place_of(name, &event) {
                    self.touch_motion(slot(&event), &place);
                    self.touch_frame();
                }
            }
            InputEvent::TouchUp { event } => {
                self.touch_up(slot(&event));
                self.touch_frame();
            }
            InputEvent::TouchCancel { .. } => self.touch_cancel(),
            _ => {}
        }
    }

    fn place_of<B: InputBackend>(&self, name: &str, event: &impl AbsolutePositionEvent<B>) -> Option<Place> {
        let viewport = self.outputs.get(name)?.camera.viewport();
        let at = event.position_transformed((viewport.width as i32, viewport.height as i32).into());
        Some(Place::Viewport(name.to_owned(), Point::new(at.x, at.y)))
    }
}

fn slot<B: InputBackend>(event: &impl TouchEvent<B>) -> u32 {
    // -1 stands for devices with a single touch point.
    i32::from(event.slot()) as u32
}
