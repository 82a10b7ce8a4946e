//! The command line.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::control::default_path;
use crate::outputs::OutputSpec;
use crate::Fallible;

/// A Wayland compositor whose windows lie on an infinite map.
///
/// Every output is a camera on one unbounded plane. Super+drag or a drag on the ground pans, Super+wheel or the wheel on
/// the ground zooms, Super+arrows pan, Super+plus, minus and 0 zoom, Super+left and right button move and resize
/// windows.
///
/// When it is ready it prints one line of JSON, {"display":…,"control":…,"pid":…}. Logs go to standard error; RUST_LOG
/// chooses which.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Subcommands>,
    #[command(flatten)]
    pub run: Run,
}

#[derive(Debug, Subcommand)]
pub enum Subcommands {
    /// Send one command to a running compositor and print its reply
    Ctl {
        /// Its control socket [default: that of $WAYLAND_DISPLAY]
        #[arg(long, value_name = "PATH")]
        control: Option<PathBuf>,
        /// A JSON object, such as '{"cmd":"state"}'
        command: String,
    },
}

#[derive(Debug, Args)]
pub struct Run {
    /// Where outputs are shown
    #[arg(long, value_enum, default_value_t = Backend::Headless)]
    pub backend: Backend,
    /// Name of the Wayland socket [default: the next free wayland-N]
    #[arg(long, value_name = "NAME")]
    pub socket: Option<String>,
    /// An output; may be repeated [default: HEADLESS-1=1280x720, or WINIT-1=1280x720]
    #[arg(long = "output", value_name = "NAME=WxH")]
    pub outputs: Vec<OutputSpec>,
    /// World units per cell of the map's grid
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub grid_size: u32,
    /// Folder with the pictures of bricks
    #[arg(long, value_name = "DIR")]
    pub bricks: Option<PathBuf>,
    /// Program that follows the map; it is started again when it ends
    #[arg(long, value_name = "COMMAND")]
    pub companion: Option<String>,
    /// Let clients of this program use infinite_map_v1 too; may be repeated
    #[arg(long, value_name = "PATH")]
    pub allow_exe: Vec<PathBuf>,
    /// Path of the control socket [default: $XDG_RUNTIME_DIR/infinite-map-compositor-DISPLAY.sock]
    #[arg(long, value_name = "PATH")]
    pub control: Option<PathBuf>,
    /// A client to start, with its arguments
    #[arg(trailing_var_arg = true, value_name = "CLIENT ARGS")]
    pub client: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Backend {
    /// Nowhere: pictures are drawn in software, for screenshots
    Headless,
    /// The first output in a window of another compositor or X server
    Winit,
}

/// Sends one command and prints the reply; fails if the compositor did.
pub fn ctl(control: Option<PathBuf>, command: &str) -> Fallible<ExitCode> {
    let path = match control {
        Some(path) => path,
        None => {
            let display = std::env::var("WAYLAND_DISPLAY")
                .map_err(|_| "WAYLAND_DISPLAY is not set; say which socket with --control")?;
            default_path(&display)?
        }
    };
    let mut stream = UnixStream::connect(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    // A line break within JSON is only space.
    stream.write_all(format!("{}\n", command.replace(['\n', '\r'], " ")).as_bytes())?;
    let mut reply = String::new();
    BufReader::new(stream).read_line(&mut reply)?;
    if reply.is_empty() {
        return Err("the compositor ended without a reply".into());
    }
    print!("{reply}");
    let ok = serde_json::from_str::<serde_json::Value>(&reply)?.get("ok") == Some(&true.into());
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Run {
        Cli::try_parse_from([&["infinite-map-compositor"], arguments].concat()).unwrap().run
    }

    #[test]
    fn a_client_may_follow_with_or_without_dashes() {
        assert_eq!(run(&["--grid-size", "50", "--", "foot", "-e", "top"]).client, ["foot", "-e", "top"]);
        assert_eq!(run(&["--socket", "x", "foot", "--title", "a"]).client, ["foot", "--title", "a"]);
        assert!(run(&[]).client.is_empty());
    }

    #[test]
    fn outputs_are_checked() {
        let outputs = run(&["--output", "A=800x600", "--output", "B=1x1"]).outputs;
        assert_eq!(outputs[0], OutputSpec { name: "A".into(), width: 800, height: 600 });
        for bad in ["A", "A=1", "=1x1", "A=0x1", "A=1x99999"] {
            assert!(Cli::try_parse_from(["x", "--output", bad]).is_err(), "{bad}");
        }
    }

    #[test]
    fn ctl_is_a_subcommand() {
        let cli = Cli::try_parse_from(["x", "ctl", "--control", "/a", "{}"]).unwrap();
        assert!(matches!(cli.command, Some(Subcommands::Ctl { .. })));
    }
}
