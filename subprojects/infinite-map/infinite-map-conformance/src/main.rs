//! Runs the checks against a compositor and prints what passes.

mod spawn;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use infinite_map_conformance::{display_path, hand_over, list, run, Access, Options, Report};

/// Checks a Wayland compositor against the extension infinite_map_v1, rule by rule.
///
/// There are three ways to run it. Let the compositor start it in place of compositord: it then finds WAYLAND_SOCKET.
/// Or start it in the session, if the compositor's settings allow this program to use the extension. Or let it start
/// the compositor, with {companion} where the command line names the companion: everything is tried then, in a
/// directory of its own, and nothing is left behind.
///
/// It opens windows of its own, moves cameras, puts tiles on cells far away, and injects input into its own windows.
///
/// Exit status: 0 if no rule was found broken, 1 if one was, 2 for a wrong command line, 3 if nothing could be checked.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    /// Only checks whose name contains this; may be repeated
    #[arg(value_name = "NAME")]
    filters: Vec<String>,
    /// Print the names of all checks and the sentences that they stand on
    #[arg(long)]
    list: bool,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    /// Write the report to this file instead of standard output, which a compositor may keep for itself
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Socket to use the extension at, a name or a path [default: WAYLAND_SOCKET, else WAYLAND_DISPLAY]
    #[arg(long, value_name = "NAME")]
    display: Option<PathBuf>,
    /// Socket for ordinary clients, where windows are opened [default: WAYLAND_DISPLAY]
    #[arg(long, value_name = "NAME")]
    windows: Option<PathBuf>,
    /// How long the compositor may take for each thing that it has to do
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    timeout: f64,
    /// Start this compositor, with {companion} in it; what follows are its arguments
    #[arg(long, value_name = "COMMAND ARGS", num_args = 1.., allow_hyphen_values = true, conflicts_with = "display")]
    spawn: Vec<OsString>,
    #[command(subcommand)]
    command: Option<Subcommands>,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// What --spawn puts in place of {companion}: hands the inherited connection over
    #[command(hide = true)]
    HandOver {
        /// The socket of the waiting program
        to: PathBuf,
    },
}

const EXAMPLES: &str = "Examples:
  infinite-map-conformance --spawn my-compositor --headless --companion {companion}
  infinite-map-conformance camera/ tiles/put
  infinite-map-conformance --json --output report.json";

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse::<f64>().map_err(|error| error.to_string())?;
    if (0.05..=600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("from 0.05 to 600".into())
    }
}

const NOTHING_CHECKED: u8 = 3;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Some(Subcommands::HandOver { to }) => hand_over(to).map(|()| ExitCode::SUCCESS),
        None if cli.list => {
            list().for_each(|(name, rule)| println!("{name}\n       {rule}"));
            Ok(ExitCode::SUCCESS)
        }
        None => check(&cli),
    };
    result.unwrap_or_else(|error| {
        eprintln!("infinite-map-conformance: {error}");
        ExitCode::from(NOTHING_CHECKED)
    })
}

fn check(cli: &Cli) -> Result<ExitCode, String> {
    let known = |filter: &&String| !list().any(|(name, _)| name.contains(filter.as_str()));
    if let Some(unknown) = cli.filters.iter().find(known) {
        return Err(format!("no check has {unknown:?} in its name; --list names them"));
    }
    let deadline = Duration::from_secs_f64(cli.timeout);
    let spawned = match cli.spawn.as_slice() {
        [] => None,
        argv => Some(spawn::Compositor::start(argv, deadline)?),
    };
    let options = Options { filters: cli.filters.clone(), deadline, ordinary: None };
    let report = match spawned {
        Some(mut compositor) => {
            let access = compositor.take_access()?;
            // Its first companion has connected only once it is up, and with it the display.
            let report = report(access, &options, cli, || compositor.display());
            compositor.explain(report)?
        }
        None => {
            let access = Access::from_environment(cli.display.as_deref())?;
            let ordinary = display_path(cli.windows.as_deref().or(cli.display.as_deref())).ok();
            report(access, &options, cli, || ordinary)?
        }
    };
    Ok(if report.failed() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn report(
    access: Access,
    options: &Options,
    cli: &Cli,
    ordinary: impl FnOnce() -> Option<PathBuf>,
) -> Result<Report, String> {
    let options = Options { ordinary: ordinary(), ..options.clone() };
    let mut out: Box<dyn std::io::Write> = match &cli.output {
        Some(path) => Box::new(std::fs::File::create(path).map_err(|error| format!("{}: {error}", path.display()))?),
        None => Box::new(std::io::stdout()),
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colours = cli.output.is_none() && std::io::stdout().is_terminal() && !no_color;
    let mut wrong = None;
    let report = run(access, &options, |outcome| {
        if !cli.json {
            wrong = writeln!(out, "{}", outcome.text(colours)).err().or(wrong.take());
        }
    })?;
    let end = if cli.json {
        report.json().to_string()
    } else {
        format!("{} passed, {} failed, {} skipped", report.passed(), report.failed(), report.skipped())
    };
    wrong = writeln!(out, "{end}").and_then(|()| out.flush()).err().or(wrong);
    wrong.map_or(Ok(report), |error| Err(format!("the report could not be written: {error}")))
}
