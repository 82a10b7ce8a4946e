//! The control socket: one JSON object per line in, one per line out.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use smithay::reexports::calloop::generic::Generic;
use smithay::reexports::calloop::{Interest, Mode, PostAction};

use crate::commands;
use crate::state::State;
use crate::Fallible;

/// The longest command.
const MAX_LINE: usize = 1 << 20;

/// The socket's file, removed when the compositor ends.
pub struct ControlSocket {
    pub path: PathBuf,
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Where the control socket is unless --control says otherwise.
pub fn default_path(display_name: &str) -> Fallible<PathBuf> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").ok_or("XDG_RUNTIME_DIR is not set")?;
    Ok(Path::new(&folder).join(format!("infinite-map-compositor-{display_name}.sock")))
}

/// Listens at `path`. A socket there that nobody answers at is a left-over and replaced.
pub fn listen(state: &State, path: &Path) -> Fallible<ControlSocket> {
    if UnixStream::connect(path).is_ok() {
        return Err(format!("{} is in use by another compositor", path.display()).into());
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if std::os::unix::fs::FileTypeExt::is_socket(&found.file_type()) => std::fs::remove_file(path)?,
        Ok(_) => return Err(format!("{} exists and is not a socket", path.display()).into()),
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(|error| format!("{}: {error}", path.display()))?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    listener.set_nonblocking(true)?;
    let source = Generic::new(listener, Interest::READ, Mode::Level);
    state
        .event_loop
        .insert_source(source, |_, listener, state| loop {
            match listener.accept() {
                Ok((stream, _)) => {
                    if let Err(error) = serve(state, stream) {
                        tracing::warn!(%error, "control connection refused");
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(PostAction::Continue),
                Err(error) => {
                    tracing::warn!(%error, "control connection not accepted");
                    return Ok(PostAction::Continue);
                }
            }
        })
        .map_err(|error| error.error)?;
    Ok(ControlSocket { path: path.to_owned() })
}

fn serve(state: &State, stream: UnixStream) -> Fallible<()> {
    stream.set_nonblocking(true)?;
    let mut input = Vec::new();
    let source = Generic::new(stream, Interest::READ, Mode::Level);
    state
        .event_loop
        .insert_source(source, move |_, stream, state| Ok(read_commands(state, stream, &mut input)))
        .map_err(|error| error.error)?;
    Ok(())
}

/// Reads what is there and answers each whole line.
fn read_commands(state: &mut State, stream: &UnixStream, input: &mut Vec<u8>) -> PostAction {
    let mut chunk = [0; 16 * 1024];
    let mut reader = stream;
    match reader.read(&mut chunk) {
        Ok(0) => return PostAction::Remove,
        Ok(length) => input.extend_from_slice(&chunk[..length]),
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
            return PostAction::Continue;
        }
        Err(_) => return PostAction::Remove,
    }
    let mut replies = Vec::new();
    while let Some(end) = input.iter().position(|byte| *byte == b'\n') {
        let line: Vec<u8> = input.drain(..=end).collect();
        replies.extend(commands::answer(state, &line).to_string().into_bytes());
        replies.push(b'\n');
    }
    let too_long = input.len() > MAX_LINE;
    if too_long {
        replies.extend_from_slice(b"{\"ok\":false,\"error\":\"the command is too long\"}\n");
    }
    if let Err(error) = send(state, stream, replies) {
        tracing::debug!(%error, "control connection lost");
        return PostAction::Remove;
    }
    if too_long {
        PostAction::Remove
    } else {
        PostAction::Continue
    }
}

/// Writes what the socket takes now; the rest follows when there is room.
fn send(state: &State, stream: &UnixStream, mut bytes: Vec<u8>) -> Fallible<()> {
    if write_some(stream, &mut bytes)? {
        return Ok(());
    }
    let source = Generic::new(stream.try_clone()?, Interest::WRITE, Mode::Level);
    state
        .event_loop
        .insert_source(source, move |_, stream, _| match write_some(stream, &mut bytes) {
            Ok(false) => Ok(PostAction::Continue),
            Ok(true) | Err(_) => Ok(PostAction::Remove),
        })
        .map_err(|error| error.error)?;
    Ok(())
}

/// Whether all was written.
fn write_some(mut stream: &UnixStream, bytes: &mut Vec<u8>) -> io::Result<bool> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(length) => drop(bytes.drain(..length)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
