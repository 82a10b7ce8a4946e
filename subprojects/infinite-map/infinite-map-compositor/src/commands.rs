//! What can be asked through the control socket, and the answers.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use infinite_map_server::Cell;
use serde::Deserialize;
use serde_json::{json, Value};

use crate::camera::{ZOOM_MAX, ZOOM_MIN};
use crate::extension::state_names;
use crate::geometry::{Point, Size};
use crate::input::Place;
use crate::outputs::OutputSpec;
use crate::state::State;
use crate::tiles::is_brick_name;
use crate::windows::MapWindow;

/// A command, by its member `cmd`.
#[derive(Debug, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
enum Command {
    State,
    MoveCamera {
        output: String,
        x: Option<f64>,
        y: Option<f64>,
        zoom: Option<f64>,
        #[serde(default)]
        duration: u64,
    },
    AddOutput {
        name: String,
        width: u32,
        height: u32,
    },
    RemoveOutput {
        name: String,
    },
    Screenshot {
        output: String,
        path: PathBuf,
    },
    Spawn {
        argv: Vec<String>,
    },
    Focus {
        window: u32,
    },
    Close {
        window: u32,
    },
    Raise {
        window: u32,
    },
    Lower {
        window: u32,
    },
    Move {
        window: u32,
        x: f64,
        y: f64,
    },
    Resize {
        window: u32,
        width: f64,
        height: f64,
    },
    Minimize {
        window: u32,
        on: bool,
    },
    Maximize {
        window: u32,
        on: bool,
    },
    Fullscreen {
        window: u32,
        on: bool,
        output: Option<String>,
    },
    PutTile {
        x: i32,
        y: i32,
        brick: String,
    },
    RemoveTile {
        x: i32,
        y: i32,
    },
    Input {
        events: Vec<Event>,
    },
    Quit,
}

/// Input as if from a device of the compositor, in pixels of an output's viewport.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
    PointerMotion {
        output: Option<String>,
        x: f64,
        y: f64,
    },
    PointerButton {
        button: u32,
        pressed: bool,
    },
    PointerAxis {
        #[serde(default)]
        horizontal: bool,
        #[serde(default)]
        value: f64,
        #[serde(default)]
        value120: i32,
    },
    Key {
        key: u32,
        pressed: bool,
    },
    Text {
        text: String,
    },
    TouchDown {
        id: u32,
        output: Option<String>,
        x: f64,
        y: f64,
    },
    TouchMotion {
        id: u32,
        output: Option<String>,
        x: f64,
        y: f64,
    },
    TouchUp {
        id: u32,
    },
    TouchCancel,
}

/// Carries out one line and says what came of it.
pub fn answer(state: &mut State, line: &[u8]) -> Value {
    let result = serde_json::from_slice(line)
        .map_err(|error| format!("not a command: {error}"))
        .and_then(|command| carry_out(state, command));
    match result {
        Ok(Value::Object(mut reply)) => {
            reply.insert("ok".into(), true.into());
            Value::Object(reply)
        }
        Ok(_) => json!({"ok": true}),
        Err(error) => json!({"ok": false, "error": error}),
    }
}

fn carry_out(state: &mut State, command: Command) -> Result<Value, String> {
    match command {
        Command::State => return Ok(describe(state)),
        Command::Spawn { argv } => {
            let argv: Vec<OsString> = argv.into_iter().map(OsString::from).collect();
            return state.spawn(&argv).map(|pid| json!({"pid": pid}));
        }
        Command::MoveCamera { output, x, y, zoom, duration } => {
            known_output(state, &output)?;
            if state.is_locked(&output) {
                return Err(format!("the camera of {output:?} is locked by a fullscreen window"));
            }
            state.move_camera(&output, x, y, zoom, Duration::from_millis(duration));
        }
        Command::AddOutput { name, width, height } => {
            state.add_headless_output(&OutputSpec::new(&name, width, height)?)?;
        }
        Command::RemoveOutput { name } => state.remove_output(&name)?,
        Command::Screenshot { output, path } => {
            known_output(state, &output)?;
            state.screenshot(&output, &path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Command::Focus { window } => {
            let id = known_window(state, window)?;
            state.focus_window(Some(id));
        }
        Command::Close { window } => state.close(known_window(state, window)?),
        Command::Raise { window } => state.raise(known_window(state, window)?),
        Command::Lower { window } => state.lower(known_window(state, window)?),
        Command::Move { window, x, y } => state.move_window(known_window(state, window)?, Point::new(x, y)),
        Command::Resize { window, width, height } => {
            let id = known_window(state, window)?;
            state.resize_window(id, Size::new(width, height));
        }
        Command::Minimize { window, on } => state.set_minimized(known_window(state, window)?, on),
        Command::Maximize { window, on } => state.set_maximized(known_window(state, window)?, on),
        Command::Fullscreen { window, on, output } => {
            let id = known_window(state, window)?;
            if let Some(output) = &output {
                known_output(state, output)?;
            }
            state.set_fullscreen(id, on, output.as_deref());
        }
        Command::PutTile { x, y, brick } => {
            if !is_brick_name(&brick) {
                return Err(format!("{brick:?} is not a brick's file name"));
            }
            state.change_tile(Cell::new(x, y), Some(&brick));
        }
        Command::RemoveTile { x, y } => state.change_tile(Cell::new(x, y), None),
        Command::Input { events } => {
            for event in events {
                inject(state, event)?;
            }
        }
        Command::Quit => state.signal.stop(),
    }
    Ok(Value::Null)
}

fn known_window(state: &State, id: u32) -> Result<u32, String> {
    state.windows.get(id).map(|window| window.id).ok_or_else(|| format!("there is no window {id}"))
}

fn known_output(state: &State, name: &str) -> Result<(), String> {
    state.outputs.get(name).map(|_| ()).ok_or_else(|| format!("there is no output {name:?}"))
}

fn inject(state: &mut State, event: Event) -> Result<(), String> {
    match event {
        Event::PointerMotion { output, x, y } => state.pointer_motion(place(state, output, x, y)?),
        Event::PointerButton { button, pressed } => state.pointer_button(button, pressed, true),
        Event::PointerAxis { horizontal, value, value120 } => {
            state.pointer_axis(horizontal, value, value120, true);
        }
        Event::Key { key, pressed } => state.key(key, pressed, true),
        Event::Text { text } => state.type_text(&text),
        Event::TouchDown { id, output, x, y } => {
            state.touch_down(id, &place(state, output, x, y)?);
            state.touch_frame();
        }
        Event::TouchMotion { id, output, x, y } => {
            state.touch_motion(id, &place(state, output, x, y)?);
            state.touch_frame();
        }
        Event::TouchUp { id } => {
            state.touch_up(id);
            state.touch_frame();
        }
        Event::TouchCancel => state.touch_cancel(),
    }
    Ok(())
}

/// A pixel of the named output, else of the first.
fn place(state: &State, output: Option<String>, x: f64, y: f64) -> Result<Place, String> {
    let output = match output {
        Some(output) => output,
        None => state.outputs.first().map(|output| output.name.clone()).ok_or("there is no output")?,
    };
    known_output(state, &output)?;
    Ok(Place::Viewport(output, Point::new(x, y)))
}

/// The whole state, in the names and units of compositord.v1.json.
fn describe(state: &State) -> Value {
    let cameras: Vec<_> = state
        .outputs
        .iter()
        .map(|output| {
            let (live, target, viewport) = (output.camera.live(), output.camera.target(), output.camera.viewport());
            json!({
                "name": output.name,
                "x": live.center.x, "y": live.center.y, "zoom": live.zoom,
                "target": {"x": target.center.x, "y": target.center.y, "zoom": target.zoom},
                "viewport": {"width": viewport.width as u32, "height": viewport.height as u32},
                "zoomRange": {"min": ZOOM_MIN, "max": ZOOM_MAX},
                "locked": state.is_locked(&output.name),
            })
        })
        .collect();
    let windows: Vec<_> = state.windows.iter().map(|window| describe_window(state, window)).collect();
    let tiles: Vec<_> = state
        .extension
        .map
        .tiles()
        .map(|(cell, brick, time)| {
            let timestamp = f64::from(time.seconds) + f64::from(time.microseconds) / 1e6;
            json!({"x": cell.x, "y": cell.y, "brick": brick, "timestamp": timestamp})
        })
        .collect();
    let (pid, restarts) = state.companion_status();
    json!({
        "cameras": cameras,
        "windows": windows,
        "tiles": tiles,
        "companion": {"pid": pid, "restarts": restarts},
        "gridSize": state.settings.grid_size,
    })
}

fn describe_window(state: &State, window: &MapWindow) -> Value {
    let size = window.frame_size();
    let screen = window.fullscreen.as_ref().and_then(|full| {
        let viewport = state.outputs.get(&full.output)?.camera.viewport();
        let corner = window.screen_frame(viewport).position;
        Some(json!({"camera": full.output, "x": corner.x, "y": corner.y}))
    });
    json!({
        "id": window.id,
        "identifier": window.handle.identifier(),
        "appId": window.app_id(),
        "title": window.title(),
        "pid": window.pid,
        "x": window.position.x, "y": window.position.y,
        "width": size.width, "height": size.height,
        "space": if screen.is_some() { "screen" } else { "map" },
        "screen": screen,
        "stacking": state.windows.stacking.index(window.id),
        "parent": state.windows.parent_of(window),
        "states": state_names(&state.windows, window),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_name_what_they_miss() {
        let error = serde_json::from_str::<Command>(r#"{"cmd":"move","window":1,"x":3}"#).unwrap_err();
        assert!(error.to_string().contains("`y`"), "{error}");
        let error = serde_json::from_str::<Command>(r#"{"cmd":"fly"}"#).unwrap_err();
        assert!(error.to_string().contains("`fly`"), "{error}");
    }

    #[test]
    fn every_kind_of_input_is_understood() {
        let text = r#"{"cmd":"input","events":[
            {"type":"pointer_motion","x":1,"y":2.5}, {"type":"pointer_motion","output":"A","x":1,"y":2},
            {"type":"pointer_button","button":272,"pressed":true}, {"type":"pointer_axis","value120":-120},
            {"type":"key","key":125,"pressed":true}, {"type":"text","text":"hi"},
            {"type":"touch_down","id":0,"x":1,"y":1}, {"type":"touch_up","id":0}, {"type":"touch_cancel"}]}"#;
        assert!(matches!(serde_json::from_str(text), Ok(Command::Input { events }) if events.len() == 9));
    }
}
