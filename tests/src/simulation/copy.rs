//! The device's copy of the records: what it applies, and how it is killed while it does.

use super::device::position;
use super::{World, must};
use smsdesk::cache::{ApplyError, Cursor, DigestCheck};
use smsdesk::link::session::Input;
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{Epoch, Seq};

impl World {
    pub(super) fn apply(&mut self, index: usize, batch: &Batch) -> Option<Input> {
        let killed = self.random.chance(self.faults.apply_kills);
        let when = if killed { self.random.below(3) } else { 3 };
        let disk = &mut self.devices[index].disk;
        let before = must(disk.cursor());
        match when {
            0 => {
                self.kill_app(index);
                return None;
            }
            1 => {
                let half = disk.apply_half(batch);
                if half.is_ok() {
                    self.applied(index, before.as_ref(), batch);
                }
                self.kill_app(index);
                return None;
            }
            _ => {}
        }
        match disk.apply(batch) {
            Ok(done) => {
                let cursor = done.cursor;
                self.note_device(index, || format!("applies up to {}", cursor.high));
                self.applied(index, before.as_ref(), batch);
                if when == 2 {
                    self.kill_app(index);
                }
                self.requests_may_go(index);
                Some(Input::Applied(position(&cursor)))
            }
            Err(ApplyError::Gap { .. } | ApplyError::OtherEpoch) => Some(Input::Gap),
            Err(error) => Some(Input::StoreFailed(error.to_string())),
        }
    }

    fn applied(&mut self, index: usize, before: Option<&Cursor>, batch: &Batch) {
        if let Some(before) = before {
            let head = self.relay.store.head();
            let current = self.relay.store.epoch() == before.epoch;
            let committed = current.then_some(head);
            self.checker
                .applied(index, before.epoch, &batch.changes, committed);
        }
    }

    pub(super) fn start_fresh(&mut self, index: usize, epoch: Epoch, head: Seq) -> Input {
        match self.devices[index].disk.start_fresh(epoch, head) {
            Ok(done) => {
                self.note_device(index, || format!("starts its copy anew at {head}"));
                self.file_waiting(index);
                Input::Fresh(position(&done.cursor))
            }
            Err(error) => Input::StoreFailed(error.to_string()),
        }
    }

    /// Compares the copy with the relay's digest.
    pub fn check(&mut self, index: usize, head: Seq, digest: Digest) -> Option<Input> {
        match must(self.devices[index].disk.check_digest(head, digest)) {
            DigestCheck::Equal => {
                self.note_device(index, || format!("has the digest of {head}"));
                None
            }
            DigestCheck::NotComparable => None,
            DigestCheck::Differs => {
                self.checker.violate(format!(
                    "I5: d{index} claims every change up to {head} and has another digest"
                ));
                Some(Input::CopyDiffers)
            }
        }
    }
}
