//! Flow control of one binding: how much was sent that the client has not read yet.

use std::collections::VecDeque;

/// Stop above this many bytes that are not acknowledged. A socket's buffer holds several times as much, so that the
/// server's own buffer of 4096 bytes per client, whose overflow kills the client, is never needed for these events.
pub(crate) const WINDOW: usize = 32 * 1024;

/// Ask after this many bytes how far the client has read.
pub(crate) const CHECKPOINT: usize = 8 * 1024;

/// Stop above this many serials that are not acknowledged. Small commits that are flushed one by one cost the kernel
/// nearly a kilobyte each, which counts against the socket's buffer like a kilobyte of events.
pub(crate) const MAX_SERIALS: usize = 64;

#[derive(Debug)]
pub(crate) struct Flow {
    /// How many bindings share the client's connection, and so its limits.
    sharers: usize,
    last_serial: u32,
    /// Serial, and the bytes that its acknowledgement covers beyond the one before.
    open: VecDeque<(u32, usize)>,
    unacknowledged: usize,
    since_serial: usize,
}

impl Default for Flow {
    fn default() -> Self {
        Self { sharers: 1, last_serial: 0, open: VecDeque::new(), unacknowledged: 0, since_serial: 0 }
    }
}

impl Flow {
    /// The client has this many bindings now.
    pub(crate) fn share(&mut self, sharers: usize) {
        self.sharers = sharers.max(1);
    }

    /// These bytes were sent.
    pub(crate) fn sent(&mut self, bytes: usize) {
        self.since_serial += bytes;
        self.unacknowledged += bytes;
    }

    /// Takes the serial of a done or checkpoint that is about to be sent, and counts the message.
    pub(crate) fn mark(&mut self, bytes: usize) -> u32 {
        self.sent(bytes);
        self.last_serial = self.last_serial.wrapping_add(1);
        self.open.push_back((self.last_serial, std::mem::take(&mut self.since_serial)));
        self.last_serial
    }

    /// The client has read up to this serial. One that was not sent is ignored.
    pub(crate) fn ack(&mut self, serial: u32) {
        let Some(position) = self.open.iter().position(|(open, _)| *open == serial) else { return };
        for (_, bytes) in self.open.drain(..=position) {
            self.unacknowledged -= bytes;
        }
    }

    /// Whether a checkpoint is due before more events.
    pub(crate) fn wants_checkpoint(&self) -> bool {
        self.since_serial >= CHECKPOINT / self.sharers || (self.since_serial > 0 && self.is_blocked())
    }

    /// Whether nothing more should be sent for now.
    pub(crate) fn is_blocked(&self) -> bool {
        self.unacknowledged >= WINDOW / self.sharers || self.open.len() >= MAX_SERIALS / self.sharers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_serial_acknowledges_earlier_ones_and_an_unknown_one_nothing() {
        let mut flow = Flow::default();
        flow.sent(WINDOW / 2);
        let first = flow.mark(12);
        flow.sent(WINDOW / 2);
        let second = flow.mark(12);
        assert!(flow.is_blocked());
        flow.ack(second + 1);
        assert!(flow.is_blocked());
        flow.ack(second);
        assert!(!flow.is_blocked());
        assert_eq!(flow.unacknowledged, 0);
        flow.ack(first);
        assert_eq!(flow.unacknowledged, 0);
    }

    #[test]
    fn being_blocked_always_leaves_a_serial_to_acknowledge() {
        let mut flow = Flow::default();
        flow.sent(WINDOW);
        assert!(flow.is_blocked() && flow.wants_checkpoint());
        let serial = flow.mark(12);
        assert!(flow.is_blocked() && !flow.wants_checkpoint());
        flow.ack(serial);
        assert!(!flow.is_blocked());
    }

    #[test]
    fn many_small_commits_block_too() {
        let mut flow = Flow::default();
        let serials: Vec<u32> = (0..MAX_SERIALS).map(|_| flow.mark(12)).collect();
        assert!(flow.is_blocked());
        flow.ack(serials[0]);
        assert!(!flow.is_blocked());
    }
}
