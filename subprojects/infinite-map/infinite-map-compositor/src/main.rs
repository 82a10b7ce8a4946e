//! A small Wayland compositor on Smithay whose windows lie on an infinite map.

mod camera;
mod cli;
mod commands;
mod control;
mod drag;
mod elements;
mod extension;
mod frame;
mod geometry;
mod handlers;
mod hit;
mod input;
mod layers;
mod operations;
mod outputs;
mod placement;
mod process;
mod render;
mod screenshot;
mod server;
mod shell;
mod stacking;
mod state;
mod tiles;
mod titlebar;
mod touch;
mod typing;
mod windows;
#[cfg(feature = "winit")]
mod winit;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

/// What went wrong in words for a person; such errors end the program, or one request.
pub type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,smithay=warn,winit=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let result = match cli.command {
        Some(cli::Subcommands::Ctl { control, command }) => cli::ctl(control, &command),
        None => server::run(cli.run).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        eprintln!("infinite-map-compositor: {error}");
        ExitCode::FAILURE
    })
}
