//! The checks: each has a name, the sentence of the protocol that it stands on, and a function that tries it.

mod binding;
mod camera;
mod commits;
mod ending;
mod flow;
mod input;
mod tiles;
mod window;
mod window_state;

use crate::bench::{Bench, Verdict};

/// A rule of the protocol and how it is checked.
pub(crate) struct Check {
    pub(crate) name: &'static str,
    /// A sentence of `infinite-map-v1.xml`, or a part of one.
    pub(crate) rule: &'static str,
    pub(crate) how: How,
}

pub(crate) enum How {
    /// By trying it.
    Try(fn(&mut Bench) -> Verdict),
    /// By looking at every commit of all other checks that ran.
    Watch,
}

const fn try_it(name: &'static str, rule: &'static str, run: fn(&mut Bench) -> Verdict) -> Check {
    Check { name, rule, how: How::Try(run) }
}

const fn watch(name: &'static str, rule: &'static str) -> Check {
    Check { name, rule, how: How::Watch }
}

/// All checks, in the order in which they run; what is watched comes last.
pub(crate) fn all() -> impl Iterator<Item = &'static Check> {
    [
        binding::CHECKS,
        camera::CHECKS,
        window::CHECKS,
        window_state::CHECKS,
        tiles::CHECKS,
        input::CHECKS,
        flow::CHECKS,
        ending::CHECKS,
        commits::CHECKS,
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_check_stands_on_a_sentence_of_the_protocol() {
        let protocol = words(include_str!("../../protocols/infinite-map-v1.xml"));
        for check in all() {
            assert!(protocol.contains(&words(check.rule)), "{}: {:?} is not in the XML", check.name, check.rule);
        }
    }

    #[test]
    fn names_are_unique_and_say_what_they_are_about() {
        let mut names: Vec<_> = all().map(|check| check.name).collect();
        assert!(names.iter().all(|name| name.split('/').count() == 2));
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
