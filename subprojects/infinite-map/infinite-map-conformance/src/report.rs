//! What is told of the checks, for people and for programs.

use std::time::Duration;

use serde_json::{json, Value};

/// What became of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The compositor keeps the rule, as far as was tried.
    Passed,
    /// It breaks the rule; what was seen.
    Failed(String),
    /// It could not be tried; why.
    Skipped(String),
}

/// One check and what became of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The check's name.
    pub name: &'static str,
    /// The sentence of the protocol that it stands on.
    pub rule: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// For a person: one line, and what the rule says if it is broken.
    pub fn text(&self, colours: bool) -> String {
        let (word, colour, why) = match &self.verdict {
            Verdict::Passed => ("pass", "32", String::new()),
            Verdict::Failed(why) => ("FAIL", "31", format!("\n       {why}\n       the rule: {}", self.rule)),
            Verdict::Skipped(why) => ("skip", "33", format!(" ({why})")),
        };
        let word = if colours { format!("\x1b[{colour}m{word}\x1b[0m") } else { word.to_owned() };
        format!("{word}  {}{why}", self.name)
    }

    /// For a program.
    pub fn json(&self) -> Value {
        let (verdict, reason) = match &self.verdict {
            Verdict::Passed => ("passed", None),
            Verdict::Failed(why) => ("failed", Some(why)),
            Verdict::Skipped(why) => ("skipped", Some(why)),
        };
        let milliseconds = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX);
        json!({"name": self.name, "rule": self.rule, "verdict": verdict, "reason": reason, "milliseconds": milliseconds})
    }
}

/// All outcomes.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// In the order in which the checks ran.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.outcomes.iter().filter(|outcome| is(&outcome.verdict)).count()
    }

    /// How many rules the compositor keeps.
    pub fn passed(&self) -> usize {
        self.count(|verdict| *verdict == Verdict::Passed)
    }

    /// How many it breaks.
    pub fn failed(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Failed(_)))
    }

    /// How many could not be tried.
    pub fn skipped(&self) -> usize {
        self.count(|verdict| matches!(verdict, Verdict::Skipped(_)))
    }

    /// What became of the check with this name, if it ran.
    pub fn verdict(&self, name: &str) -> Option<&Verdict> {
        self.outcomes.iter().find(|outcome| outcome.name == name).map(|outcome| &outcome.verdict)
    }

    /// For a program.
    pub fn json(&self) -> Value {
        let checks: Vec<_> = self.outcomes.iter().map(Outcome::json).collect();
        json!({"protocol": "infinite_map_v1", "passed": self.passed(), "failed": self.failed(),
               "skipped": self.skipped(), "checks": checks})
    }
}
