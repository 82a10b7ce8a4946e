//! The program that follows the map from outside: started with an inherited connection, and again when it dies.
//!
//! The companion is recognised by that connection, not by its name or path: nobody else can have it. Everything is
//! driven by one descriptor that becomes readable when [`Companion::dispatch`] has something to do, so there are no
//! threads and no signal handlers.
//!
//! A compositor that exits takes its companion with it. One that crashes does not: the companion then sees its
//! connection end, can tell its own clients, and leaves by itself.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{epoll, poll, PollFd, PollFlags, Timespec};
use rustix::io::{fcntl_getfd, fcntl_setfd, Errno, FdFlags};
use rustix::process::{pidfd_open, pidfd_send_signal, Pid, PidfdFlags, Signal};
use rustix::time::{timerfd_create, timerfd_settime, Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags};
use wayland_server::backend::{ClientData, ClientId, DisconnectReason};
use wayland_server::{Client, DisplayHandle};

/// The wait before the first restart; each further one is twice as long.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The longest wait before a restart. A companion that lived so long starts again with the shortest.
const LAST_DELAY: Duration = Duration::from_secs(10);
/// How long a companion may take to end itself; a compositor has a second to end in all.
const GRACE: Duration = Duration::from_millis(700);

/// Why a companion could not be started.
#[derive(Debug, thiserror::Error)]
pub enum CompanionError {
    /// No descriptor or process could be made.
    #[error("cannot start the companion {program:?}: {source}")]
    Start {
        /// What was to be started.
        program: String,
        /// The reason.
        source: io::Error,
    },
    /// The event loop's descriptors could not be made.
    #[error("cannot watch a companion: {0}")]
    Watch(#[from] Errno),
}

/// Knows which client is the companion. Clones know the same, so that the filter of
/// [`InfiniteMapState::new`](crate::InfiniteMapState::new) can have one.
#[derive(Debug, Clone, Default)]
pub struct CompanionMark(Arc<Mutex<Option<ClientId>>>);

impl CompanionMark {
    /// Whether this client is the companion that runs now.
    pub fn is(&self, client: &Client) -> bool {
        self.is_id(&client.id())
    }

    /// Whether this is the id of the companion that runs now.
    pub fn is_id(&self, client: &ClientId) -> bool {
        self.lock().as_ref() == Some(client)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<ClientId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Running {
    child: Child,
    pidfd: OwnedFd,
    since: Instant,
}

/// A companion process with a Wayland connection of its own.
///
/// Watch its descriptor ([`AsFd`]) for reading, level-triggered, and call [`dispatch`](Self::dispatch) when it is
/// readable. The descriptor stays the same over restarts.
pub struct Companion {
    command: Box<dyn FnMut() -> Command>,
    client_data: Box<dyn FnMut() -> Arc<dyn ClientData>>,
    mark: CompanionMark,
    running: Option<Running>,
    restart_at: Option<Instant>,
    delay: Duration,
    restarts: u32,
    epoll: OwnedFd,
    timer: OwnedFd,
}

impl std::fmt::Debug for Companion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Companion")
            .field("running", &self.running)
            .field("restart_at", &self.restart_at)
            .field("restarts", &self.restarts)
            .finish_non_exhaustive()
    }
}

impl Companion {
    /// Prepares a companion; [`start`](Self::start) starts it.
    ///
    /// `command` makes the command for each start. `WAYLAND_SOCKET` is added to its environment; set `WAYLAND_DISPLAY`
    /// there if the companion shall know that too. `client_data` makes what the compositor attaches to each of its
    /// clients: for compositors on Smithay their `ClientState`.
    pub fn new(
        command: impl FnMut() -> Command + 'static,
        client_data: impl FnMut() -> Arc<dyn ClientData> + 'static,
    ) -> Result<Self, CompanionError> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK)?;
        epoll::add(&epoll, &timer, epoll::EventData::new_u64(0), epoll::EventFlags::IN)?;
        Ok(Self {
            command: Box::new(command),
            client_data: Box::new(client_data),
            mark: CompanionMark::default(),
            running: None,
            restart_at: None,
            delay: FIRST_DELAY,
            restarts: 0,
            epoll,
            timer,
        })
    }

    /// What recognises the companion among the clients.
    pub fn mark(&self) -> CompanionMark {
        self.mark.clone()
    }

    /// The process that runs now.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    /// How often it was started again.
    pub fn restarts(&self) -> u32 {
        self.restarts
    }

    /// When it will be started again, if it is not running.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.restart_at
    }

    /// Starts it, if it is not running. On failure it is tried again like after a death.
    pub fn start(&mut self, display: &mut DisplayHandle) -> Result<(), CompanionError> {
        if self.running.is_some() {
            return Ok(());
        }
        self.set_restart(None)?;
        let command = (self.command)();
        let program = command.get_program().to_string_lossy().into_owned();
        match self.spawn(command, display) {
            Ok(running) => {
                tracing::info!(program, pid = running.child.id(), "started the companion");
                self.running = Some(running);
                Ok(())
            }
            Err(source) => {
                self.forget_client(display);
                self.restart_later()?;
                Err(CompanionError::Start { program, source })
            }
        }
    }

    /// Does what is due: notices its death, starts it again. Errors are logged, and what failed is tried again later.
    pub fn dispatch(&mut self, display: &mut DisplayHandle) {
        self.dispatch_at(Instant::now(), display);
    }

    fn dispatch_at(&mut self, now: Instant, display: &mut DisplayHandle) {
        if let Some(running) = &mut self.running {
            match running.child.try_wait() {
                Ok(None) => return,
                Ok(Some(status)) => tracing::warn!(pid = running.child.id(), %status, "the companion ended"),
                Err(error) => tracing::error!(%error, "lost the companion"),
            }
            if now.duration_since(running.since) >= LAST_DELAY {
                self.delay = FIRST_DELAY;
            }
            self.running = None;
            self.forget_client(display);
            if let Err(error) = self.restart_later() {
                tracing::error!(%error, "cannot start the companion again");
            }
        } else if self.restart_at.is_some_and(|at| at <= now) {
            self.restarts += 1;
            if let Err(error) = self.start(display) {
                tracing::error!(%error);
            }
        }
    }

    fn spawn(&mut self, mut command: Command, display: &mut DisplayHandle) -> io::Result<Running> {
        // Both ends are closed on exec: no other child of the compositor inherits them.
        let (ours, theirs) = UnixStream::pair()?;
        let client = display.insert_client(ours, (self.client_data)())?;
        *self.mark.lock() = Some(client.id());
        inherit(&mut command, theirs.as_raw_fd());
        let mut child = command.spawn()?;
        let pidfd = match watch(&child, &self.epoll) {
            Ok(pidfd) => pidfd,
            Err(error) => {
                // Unwatched it would never be noticed to have died.
                let _ = child.kill();
                let _ = child.wait();
                return Err(error.into());
            }
        };
        Ok(Running { child, pidfd, since: Instant::now() })
    }

    fn restart_later(&mut self) -> Result<(), Errno> {
        let delay = self.delay;
        self.delay = (delay * 2).min(LAST_DELAY);
        self.set_restart(Some(delay))
    }

    fn set_restart(&mut self, delay: Option<Duration>) -> Result<(), Errno> {
        self.restart_at = delay.map(|delay| Instant::now() + delay);
        let it_value = timespec(delay.unwrap_or_default());
        let it_interval = timespec(Duration::ZERO);
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value }).map(drop)
    }

    /// Ends the connection even if a grandchild kept it.
    fn forget_client(&mut self, display: &DisplayHandle) {
        if let Some(client) = self.mark.lock().take() {
            display.backend_handle().kill_client(client, DisconnectReason::ConnectionClosed);
        }
    }
}

impl AsFd for Companion {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

impl AsRawFd for Companion {
    fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        self.mark.lock().take();
        let Some(mut running) = self.running.take() else { return };
        let _ = pidfd_send_signal(&running.pidfd, Signal::TERM);
        let deadline = Instant::now() + GRACE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let mut ended = [PollFd::new(&running.pidfd, PollFlags::IN)];
            match poll(&mut ended, Some(&timespec(left))) {
                Err(Errno::INTR) => continue,
                Ok(1..) => break,
                _ => {
                    tracing::warn!(pid = running.child.id(), "the companion did not end by itself, killing it");
                    let _ = running.child.kill();
                    break;
                }
            }
        }
        let _ = running.child.wait();
    }
}

/// Gives one child one descriptor.
fn inherit(command: &mut Command, socket: RawFd) {
    command.env("WAYLAND_SOCKET", socket.to_string());
    let inherit = move || {
        // SAFETY: the parent keeps the socket open until the child has started.
        let socket = unsafe { BorrowedFd::borrow_raw(socket) };
        fcntl_setfd(socket, fcntl_getfd(socket)? - FdFlags::CLOEXEC)?;
        unblock_signals()
    };
    // SAFETY: between fork and exec only a few system calls are made, all of which are allowed there.
    unsafe { command.pre_exec(inherit) };
}

/// A compositor that takes signals from a descriptor has blocked them, and a child inherits that: it would not even
/// hear SIGTERM.
fn unblock_signals() -> io::Result<()> {
    let mut none = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigemptyset initialises the set, and sigprocmask only reads it.
    let result = unsafe {
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), std::ptr::null_mut())
    };
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn watch(child: &Child, epoll: &OwnedFd) -> Result<OwnedFd, Errno> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(Errno::SRCH)?;
    let pidfd = pidfd_open(pid, PidfdFlags::empty())?;
    epoll::add(epoll, &pidfd, epoll::EventData::new_u64(1), epoll::EventFlags::IN)?;
    Ok(pidfd)
}

fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: duration.subsec_nanos().into() }
}
