//! Checks a Wayland compositor against `infinite_map_v1`, rule by rule, from a client's side.
//!
//! Each check stands on a sentence of the extension's description. [`run`] tries them one after the other on a
//! connection that [`Access`] provides, tells each outcome as soon as it is known, and never waits without a deadline.
//! The program of the same name is [`run`] with a command line around it.

mod access;
mod bench;
mod checks;
mod desk;
mod map;
mod party;
mod protocol;
mod report;
mod world;

use std::path::PathBuf;
use std::time::{Duration, Instant};

pub use access::{display_path, hand_over, Access, Handover};
pub use report::{Outcome, Report, Verdict};

use bench::{Bench, Stop};
use checks::{Check, How};

/// What to check and how long to wait.
#[derive(Debug, Clone)]
pub struct Options {
    /// Only checks whose name contains one of these; all if there are none.
    pub filters: Vec<String>,
    /// How long the compositor may take for anything that it has to do.
    pub deadline: Duration,
    /// The socket for ordinary clients, where the windows of the tests are opened.
    pub ordinary: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { filters: Vec::new(), deadline: Duration::from_secs(5), ordinary: None }
    }
}

/// The name of every check, and the sentence that it stands on.
pub fn list() -> impl Iterator<Item = (&'static str, &'static str)> {
    checks::all().map(|check| (check.name, check.rule))
}

/// Runs the checks; an error if there is nothing to run them on.
pub fn run(access: Access, options: &Options, mut tell: impl FnMut(&Outcome)) -> Result<Report, String> {
    let wanted = |check: &&Check| {
        options.filters.is_empty() || options.filters.iter().any(|filter| check.name.contains(filter.as_str()))
    };
    let mut bench = Bench::new(access, options.ordinary.clone(), options.deadline)?;
    if bench.map.state.global(map::MANAGER).is_none() {
        return Err(format!("the compositor does not offer {} to this client: {}", map::MANAGER, NOT_OFFERED));
    }
    let mut report = Report::default();
    let mut gone: Option<String> = None;
    let mut faults = Vec::new();
    for check in checks::all().filter(wanted) {
        let begin = Instant::now();
        let verdict = match (&check.how, &gone) {
            (How::Watch, _) => watched(check, &faults),
            (How::Try(_), Some(why)) => Verdict::Skipped(why.clone()),
            (How::Try(run), None) => {
                let verdict = run(&mut bench);
                let verdict = tidied(&mut bench, check, verdict, &mut gone);
                faults.extend(bench.take_faults());
                // What is watched and has a check of its own fails that.
                match watched(check, &faults) {
                    Verdict::Failed(why) if !matches!(verdict, Verdict::Failed(_)) => Verdict::Failed(why),
                    _ => verdict,
                }
            }
        };
        let outcome = Outcome { name: check.name, rule: check.rule, verdict, took: begin.elapsed() };
        tell(&outcome);
        report.outcomes.push(outcome);
    }
    Ok(report)
}

const NOT_OFFERED: &str =
    "let it start this program as its companion (--spawn), or allow this program at the display's socket";

/// What became of a check, after whatever it left was put away.
fn tidied(bench: &mut Bench, check: &Check, verdict: bench::Verdict, gone: &mut Option<String>) -> Verdict {
    let tidied = bench.tidy();
    let verdict = match (verdict, tidied) {
        (Err(Stop::Failed(why)), _) | (Ok(()) | Err(Stop::Skipped(_)), Err(Stop::Failed(why))) => Verdict::Failed(why),
        (Err(Stop::Skipped(why)), _) => Verdict::Skipped(why),
        (Ok(()), _) => Verdict::Passed,
    };
    let lost = bench.lost.is_some() || (matches!(verdict, Verdict::Failed(_)) && bench.tidy().is_err());
    if lost {
        if let Err(why) = bench.reconnect() {
            *gone = Some(format!("no connection since {}: {why}", check.name));
        }
    }
    verdict
}

/// What was seen of a rule that holds for every commit.
fn watched(check: &Check, faults: &[(&'static str, String)]) -> Verdict {
    let broken: Vec<_> = faults.iter().filter(|fault| fault.0 == check.name).collect();
    match broken.as_slice() {
        [] => Verdict::Passed,
        [(_, only)] => Verdict::Failed(only.clone()),
        [(_, first), rest @ ..] => Verdict::Failed(format!("{first} … and {} more like it", rest.len())),
    }
}
