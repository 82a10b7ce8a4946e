//! One connection with its queue and state, turned by hand so that nothing ever waits without a deadline.

use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use wayland_client::backend::WaylandError;
use wayland_client::{Connection, EventQueue};

/// A client: what it is connected to and what it knows.
#[derive(Debug)]
pub(crate) struct Party<S> {
    pub(crate) connection: Connection,
    pub(crate) queue: EventQueue<S>,
    pub(crate) state: S,
    /// Whether events are read at all; a slow client does not.
    pub(crate) reading: bool,
}

/// What [`wait_readable`] needs of a party, whatever its state.
pub(crate) trait Turn {
    /// Handles what was read, and sends what was asked.
    fn turn(&mut self) -> Result<(), String>;
    /// Reads what is there.
    fn read(&mut self) -> Result<(), String>;
    fn connection(&self) -> &Connection;
    fn is_reading(&self) -> bool;
}

impl<S> Party<S> {
    pub(crate) fn new(connection: Connection, state: S) -> Self {
        let queue = connection.new_event_queue();
        Self { connection, queue, state, reading: true }
    }

    /// Sends what was asked so far, without reading. An error if the server takes none of it for so long.
    pub(crate) fn flush_within(&self, deadline: Duration) -> Result<(), String> {
        loop {
            match self.connection.flush() {
                Ok(()) => return Ok(()),
                Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(reason(&self.connection, &error)),
            }
            let backend = self.connection.backend();
            let fd = backend.poll_fd();
            let mut fds = [PollFd::new(&fd, PollFlags::OUT)];
            match poll(&mut fds, Some(&timespec(deadline))) {
                Ok(0) => return Err(format!("the server took no requests for {} ms", deadline.as_millis())),
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
    }
}

impl<S> Turn for Party<S> {
    fn turn(&mut self) -> Result<(), String> {
        self.queue.dispatch_pending(&mut self.state).map_err(|error| match error {
            wayland_client::DispatchError::Backend(error) => reason(&self.connection, &error),
            error @ wayland_client::DispatchError::BadMessage { .. } => error.to_string(),
        })?;
        match self.connection.flush() {
            Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
            // What the server said before it hung up is still to be read.
            Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(reason(&self.connection, &error)),
            Ok(()) => Ok(()),
        }
    }

    fn read(&mut self) -> Result<(), String> {
        let Some(guard) = self.connection.prepare_read() else { return Ok(()) };
        match guard.read() {
            Ok(_) => Ok(()),
            Err(WaylandError::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(reason(&self.connection, &error)),
        }
    }

    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn is_reading(&self) -> bool {
        self.reading
    }
}

/// Why a connection is of no use any more, in words.
fn reason(connection: &Connection, error: &WaylandError) -> String {
    match connection.protocol_error() {
        Some(error) => format!(
            "the server ended the connection with error {} on {}@{}: {:?}",
            error.code, error.object_interface, error.object_id, error.message
        ),
        None => format!("the server ended the connection without saying why ({error})"),
    }
}

/// Waits until any of the parties has something to read, and has it read.
pub(crate) fn wait_readable(parties: &mut [&mut dyn Turn], wait: Duration) -> Result<(), (usize, String)> {
    let backends: Vec<_> = parties.iter().map(|party| party.connection().backend()).collect();
    let listening: Vec<_> = (0..parties.len()).filter(|index| parties[*index].is_reading()).collect();
    let ready: Vec<usize> = {
        let sockets: Vec<_> = listening.iter().map(|index| backends[*index].poll_fd()).collect();
        let mut fds: Vec<_> = sockets.iter().map(|fd| PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)).collect();
        match poll(&mut fds, Some(&timespec(wait))) {
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err((0, error.to_string())),
        }
        let is_ready = |position: &usize| !fds[*position].revents().is_empty();
        (0..fds.len()).filter(is_ready).map(|position| listening[position]).collect()
    };
    for index in ready {
        parties[index].read().map_err(|error| (index, error))?;
    }
    Ok(())
}

pub(crate) fn timespec(duration: Duration) -> Timespec {
    Timespec { tv_sec: duration.as_secs() as i64, tv_nsec: duration.subsec_nanos().into() }
}
