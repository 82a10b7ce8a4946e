//! Other processes: clients that connect, and those that the compositor started.

use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{kill_process_group, Pid, Signal};

use crate::handlers::ClientState;
use crate::state::State;
use crate::Fallible;

/// How long a client may take to end itself when the compositor does.
const GRACE: Duration = Duration::from_millis(300);

/// Clients that the compositor started, each the leader of a process group.
#[derive(Debug, Default)]
pub struct Children(Vec<Child>);

impl Children {
    fn reap(&mut self) {
        self.0.retain_mut(|child| match child.try_wait() {
            Ok(None) => true,
            Ok(Some(status)) => {
                tracing::info!(pid = child.id(), %status, "client ended");
                false
            }
            Err(error) => {
                tracing::error!(pid = child.id(), %error, "lost a client");
                false
            }
        });
    }

    fn signal(&self, signal: Signal) {
        for child in &self.0 {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended just now.
                let _ = kill_process_group(group, signal);
            }
        }
    }

    /// Asks all to end, without waiting.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits until all have ended, and makes them.
    pub fn wait(&mut self) {
        let deadline = Instant::now() + GRACE;
        loop {
            self.reap();
            if self.0.is_empty() {
                return;
            }
            if Instant::now() >= deadline {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.signal(Signal::KILL);
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}

impl State {
    /// Starts a client of this compositor. Its standard output goes to ours for errors, which carries logs anyway.
    pub fn spawn(&mut self, argv: &[OsString]) -> Result<u32, String> {
        let (program, arguments) = argv.split_first().ok_or("nothing to start")?;
        let log = std::io::stderr().as_fd().try_clone_to_owned().map_err(|error| error.to_string())?;
        let child = Command::new(program)
            .args(arguments)
            .env("WAYLAND_DISPLAY", &self.settings.display_name)
            .env_remove("WAYLAND_SOCKET")
            .env_remove("DISPLAY")
            .stdin(Stdio::null())
            .stdout(log)
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start {program:?}: {error}"))?;
        let pid = child.id();
        self.children.0.push(child);
        Ok(pid)
    }

    pub fn reap_children(&mut self) {
        self.children.reap();
    }

    /// A client connected through the socket.
    pub fn accept(&mut self, stream: UnixStream) {
        let privileged = is_allowed(&stream, &self.settings.allow_exe);
        let data = ClientState { privileged, ..ClientState::default() };
        if let Err(error) = self.display.insert_client(stream, Arc::new(data)) {
            tracing::warn!(%error, "client refused");
        }
    }
}

/// Whether the program at the other end of a connection is one of those allowed.
fn is_allowed(stream: &UnixStream, allowed: &[PathBuf]) -> bool {
    !allowed.is_empty()
        && rustix::net::sockopt::socket_peercred(stream)
            .ok()
            .and_then(|peer| executable(peer.pid).ok())
            .is_some_and(|exe| allowed.contains(&exe))
}

fn executable(pid: Pid) -> std::io::Result<PathBuf> {
    std::fs::read_link(format!("/proc/{}/exe", pid.as_raw_nonzero()))
}

/// The path as /proc shows it.
pub fn resolve_allowed(path: &Path) -> Fallible<PathBuf> {
    path.canonicalize().map_err(|error| format!("--allow-exe {}: {error}", path.display()).into())
}

/// Hundreds of windows need more descriptors than shells grant by default.
pub fn raise_descriptor_limit() {
    use rustix::process::{getrlimit, setrlimit, Resource, Rlimit};
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        tracing::warn!(%error, "the limit of open files stays low");
    }
}

/// Splits the companion's command at spaces; quotes keep a word together.
pub fn split_command(text: &str) -> Fallible<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(format!("--companion {text:?}: a quote is not closed").into());
    }
    words.extend(word);
    if words.is_empty() {
        return Err("--companion: the command is empty".into());
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_split_at_spaces_outside_quotes() {
        let words = split_command(r#" compositord  --web-root "/my dir/x" --name='a b' '' "#).unwrap();
        assert_eq!(words, ["compositord", "--web-root", "/my dir/x", "--name=a b", ""]);
    }

    #[test]
    fn a_command_must_be_whole() {
        assert!(split_command("  ").is_err());
        assert!(split_command("a 'b").is_err());
    }
}
