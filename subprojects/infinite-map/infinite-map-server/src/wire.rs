//! Sends the events of one binding, and counts them.

use std::os::fd::AsRawFd;

use wayland_server::backend::protocol::{Argument, Message};
use wayland_server::backend::{InvalidId, ObjectId};
use wayland_server::{Client, DisplayHandle, Resource};

use crate::dispatch::{CameraData, WindowData};
use crate::flow::Flow;
use crate::protocol::infinite_map_camera_v1::InfiniteMapCameraV1;
use crate::protocol::infinite_map_manager_v1::{Event, InfiniteMapManagerV1};
use crate::protocol::infinite_map_window_v1::InfiniteMapWindowV1;

/// Size of done and of checkpoint.
const MARK_BYTES: usize = 12;

/// Makes the objects that events introduce. These are functions of the compositor's state type, kept here so that
/// nothing else needs to know the type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Factory {
    pub(crate) camera: fn(&Client, &DisplayHandle, u32, CameraData) -> Result<InfiniteMapCameraV1, InvalidId>,
    pub(crate) window: fn(&Client, &DisplayHandle, u32, WindowData) -> Result<InfiniteMapWindowV1, InvalidId>,
}

#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) display: DisplayHandle,
    pub(crate) client: Client,
    pub(crate) manager: InfiniteMapManagerV1,
    pub(crate) factory: Factory,
    pub(crate) flow: Flow,
    /// Whether something was sent since the last done.
    pub(crate) uncommitted: bool,
}

impl Wire {
    /// Whether there is room for some more events; they may have up to about 3 KiB together.
    pub(crate) fn has_room(&mut self) -> bool {
        if self.flow.wants_checkpoint() {
            let serial = self.flow.mark(MARK_BYTES);
            self.write(&self.manager, Event::Checkpoint { serial });
        }
        !self.flow.is_blocked()
    }

    pub(crate) fn send<I: Resource>(&mut self, object: &I, event: I::Event<'_>) {
        let bytes = self.write(object, event);
        self.flow.sent(bytes);
        self.uncommitted = true;
    }

    pub(crate) fn done(&mut self) {
        let serial = self.flow.mark(MARK_BYTES);
        self.write(&self.manager, Event::Done { serial });
        self.uncommitted = false;
    }

    /// Returns the size. That the client or the object is gone is not of interest here: its destructor tells.
    fn write<I: Resource>(&self, object: &I, event: I::Event<'_>) -> usize {
        let Ok(message) = object.write_event(&self.display, event) else { return 0 };
        let bytes = size(&message);
        let sent = self.display.backend_handle().send_event(message.map_fd(|fd| fd.as_raw_fd()));
        if sent.is_err() {
            tracing::trace!(object = ?object.id(), "event to an object that is gone");
        }
        bytes
    }

    /// The object, unless the client has destroyed it.
    pub(crate) fn alive<'a, I: Resource>(&self, object: &'a Option<I>) -> Option<&'a I> {
        object.as_ref().filter(|object| object.is_alive())
    }
}

fn size<Fd>(message: &Message<ObjectId, Fd>) -> usize {
    let padded = |len: usize| 4 + len.next_multiple_of(4);
    let argument = |argument: &Argument<ObjectId, Fd>| match argument {
        Argument::Str(text) => padded(text.as_ref().map_or(0, |text| text.as_bytes_with_nul().len())),
        Argument::Array(array) => padded(array.len()),
        Argument::Fd(_) => 0,
        _ => 4,
    };
    8 + message.args.iter().map(argument).sum::<usize>()
}
