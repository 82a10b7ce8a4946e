//! The ways to get a connection to a compositor: the one that a companion inherits, the display's socket, or a
//! compositor that is started for the purpose and starts us as its companion.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{poll, PollFd, PollFlags};
use rustix::net::{
    recvmsg, sendmsg, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags,
};
use wayland_client::Connection;

use crate::party::timespec;

/// Where privileged connections come from.
#[derive(Debug)]
pub enum Access {
    /// The connection that this process inherited: there is only this one.
    Inherited(Option<UnixStream>),
    /// A socket at which this program is allowed to use the extension.
    Display(PathBuf),
    /// A socket at which companions that the compositor starts hand over their connections.
    Companion(Handover),
}

/// See [`Access::Companion`].
#[derive(Debug)]
pub struct Handover {
    listener: UnixListener,
    /// The companion that runs now; it ends when this is closed, and then the compositor starts another.
    companion: Option<UnixStream>,
    /// How long a compositor may take to start a companion; with each restart it may wait longer.
    patience: Duration,
    /// Readable when the compositor has ended.
    compositor: Option<OwnedFd>,
}

impl Handover {
    /// Listens at a socket for companions.
    pub fn listen(path: &Path, patience: Duration) -> std::io::Result<Self> {
        Ok(Self { listener: UnixListener::bind(path)?, companion: None, patience, compositor: None })
    }

    /// A descriptor of the compositor's process, so that it is not waited for in vain.
    pub fn watch(&mut self, compositor: OwnedFd) {
        self.compositor = Some(compositor);
    }

    fn next(&mut self) -> Result<UnixStream, String> {
        self.companion = None;
        let mut fds = vec![PollFd::new(&self.listener, PollFlags::IN)];
        fds.extend(self.compositor.iter().map(|fd| PollFd::new(fd, PollFlags::IN)));
        let ready = poll(&mut fds, Some(&timespec(self.patience))).map_err(|error| error.to_string())?;
        if fds[0].revents().is_empty() && ready > 0 {
            return Err("the compositor has ended".into());
        }
        if ready == 0 {
            return Err(format!("the compositor started no companion within {} s", self.patience.as_secs_f64()));
        }
        let (companion, _) = self.listener.accept().map_err(|error| error.to_string())?;
        let wayland = receive(&companion).map_err(|error| format!("a companion handed nothing over: {error}"))?;
        self.companion = Some(companion);
        Ok(UnixStream::from(wayland))
    }
}

impl Access {
    /// What this process was given: an inherited connection, else the display that is named, else that of the
    /// environment.
    pub fn from_environment(display: Option<&Path>) -> Result<Self, String> {
        if let (None, Some(number)) = (display, std::env::var_os("WAYLAND_SOCKET")) {
            std::env::remove_var("WAYLAND_SOCKET");
            let number = number.to_str().and_then(|number| number.parse::<i32>().ok()).filter(|number| *number > 2);
            let number = number.ok_or("WAYLAND_SOCKET is not a number of a descriptor")?;
            // SAFETY: the variable says that this descriptor was made for us, and it was removed, so that nobody else
            // takes it.
            let stream = unsafe { UnixStream::from_raw_fd(number) };
            return Ok(Self::Inherited(Some(stream)));
        }
        Ok(Self::Display(display_path(display)?))
    }

    /// Whether a second connection can be had beside the first one.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Display(_))
    }

    /// Why there is no further connection after the first was lost; nothing if there is.
    pub(crate) fn open(&mut self) -> Result<Connection, String> {
        let stream = match self {
            Self::Inherited(stream) => {
                stream.take().ok_or("the inherited connection is gone, and there is no other")?
            }
            Self::Display(path) => {
                UnixStream::connect(&*path).map_err(|error| format!("cannot connect to {}: {error}", path.display()))?
            }
            Self::Companion(handover) => handover.next()?,
        };
        stream.set_nonblocking(true).map_err(|error| error.to_string())?;
        Connection::from_socket(stream).map_err(|error| error.to_string())
    }
}

/// The socket of a display that is named, or that of the environment.
pub fn display_path(display: Option<&Path>) -> Result<PathBuf, String> {
    let name = match display {
        Some(name) => name.to_owned(),
        None => std::env::var_os("WAYLAND_DISPLAY")
            .map(PathBuf::from)
            .ok_or("neither WAYLAND_SOCKET nor WAYLAND_DISPLAY is set; name a socket with --display")?,
    };
    if name.is_absolute() {
        return Ok(name);
    }
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").ok_or("XDG_RUNTIME_DIR is not set")?;
    Ok(PathBuf::from(runtime).join(name))
}

/// What the companion does: it hands its connection over and stays until that is not needed any more.
pub fn hand_over(to: &Path) -> Result<(), String> {
    let Access::Inherited(Some(wayland)) = Access::from_environment(None)? else {
        return Err("a companion needs a connection in WAYLAND_SOCKET".into());
    };
    let stream = UnixStream::connect(to).map_err(|error| format!("{}: {error}", to.display()))?;
    send(&stream, &wayland).map_err(|error| error.to_string())?;
    drop(wayland);
    // Readable means that it was closed: nothing is ever sent.
    let mut fds = [PollFd::new(&stream, PollFlags::IN)];
    poll(&mut fds, None).map(drop).map_err(|error| error.to_string())
}

fn send(stream: &UnixStream, what: &UnixStream) -> std::io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut buffer = SendAncillaryBuffer::new(&mut space);
    let fds = [what.as_fd()];
    buffer.push(SendAncillaryMessage::ScmRights(&fds));
    sendmsg(stream, &[IoSlice::new(b"w")], &mut buffer, SendFlags::NOSIGNAL)?;
    Ok(())
}

fn receive(stream: &UnixStream) -> std::io::Result<OwnedFd> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut buffer = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0u8; 1];
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    recvmsg(stream, &mut [IoSliceMut::new(&mut byte)], &mut buffer, RecvFlags::CMSG_CLOEXEC)?;
    let fds = buffer.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
        _ => None,
    });
    fds.ok_or_else(|| std::io::Error::other("no descriptor in it"))
}
