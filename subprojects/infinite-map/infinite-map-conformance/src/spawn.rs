//! A compositor that is started for the checks, in a runtime directory of its own, and starts us as its companion.

use std::ffi::OsString;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use infinite_map_conformance::{Access, Handover, Report};
use rustix::process::{kill_process_group, pidfd_open, Pid, PidfdFlags, Signal};

/// How long a compositor may take to come up, and to end.
const START: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(3);

const COMPANION: &str = "{companion}";

pub struct Compositor {
    child: Child,
    runtime: tempfile::TempDir,
    access: Option<Access>,
    program: String,
}

impl Compositor {
    /// Starts it; it is not up yet.
    pub fn start(argv: &[OsString], deadline: Duration) -> Result<Self, String> {
        let runtime = tempfile::Builder::new().prefix("conformance-").tempdir().map_err(|error| error.to_string())?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(runtime.path(), private).map_err(|error| error.to_string())?;
        let socket = runtime.path().join("handover");
        let mut handover = Handover::listen(&socket, START.max(deadline)).map_err(|error| error.to_string())?;
        let own = std::env::current_exe().map_err(|error| format!("what program is this? {error}"))?;
        let companion = format!("{} hand-over {}", own.display(), socket.display());
        let words: Vec<String> =
            argv.iter().map(|word| word.to_string_lossy().replace(COMPANION, &companion)).collect();
        if !argv.iter().any(|word| word.to_string_lossy().contains(COMPANION)) {
            return Err(format!("--spawn needs {COMPANION} where the compositor is told what companion to start"));
        }
        let (program, arguments) = words.split_first().ok_or("--spawn needs a command")?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
        command.env("XDG_RUNTIME_DIR", runtime.path()).env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
        let child = command.spawn().map_err(|error| format!("cannot start {program:?}: {error}"))?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
        if let Some(watched) = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()) {
            handover.watch(watched);
        }
        Ok(Self { child, runtime, access: Some(Access::Companion(handover)), program: program.clone() })
    }

    pub fn take_access(&mut self) -> Result<Access, String> {
        self.access.take().ok_or_else(|| "the access is taken".into())
    }

    /// The first socket of a display in its runtime directory, once there is one.
    pub fn display(&self) -> Option<PathBuf> {
        const STEP: Duration = Duration::from_millis(10);
        let begin = Instant::now();
        while begin.elapsed() < START {
            let found = std::fs::read_dir(self.runtime.path()).ok()?.flatten().find(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                let is_socket = entry.file_type().is_ok_and(|kind| kind.is_socket());
                is_socket && name.starts_with("wayland-")
            });
            if let Some(found) = found {
                return Some(found.path());
            }
            std::thread::sleep(STEP);
        }
        None
    }

    /// Adds to an error that the compositor ended, if it did.
    pub fn explain(&mut self, report: Result<Report, String>) -> Result<Report, String> {
        report.map_err(|error| match self.child.try_wait() {
            Ok(Some(status)) => format!("{error}; {:?} has ended: {status}", self.program),
            _ => error,
        })
    }
}

impl Drop for Compositor {
    fn drop(&mut self) {
        let group = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let tell = |signal| group.map(|group| kill_process_group(group, signal));
        let _ = tell(Signal::TERM);
        let begin = Instant::now();
        while begin.elapsed() < END && matches!(self.child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = tell(Signal::KILL);
        let _ = self.child.wait();
    }
}
