//! Texts that go out as several.

use super::disk::Disk;
use crate::event::CacheEvent;
use smsdesk_common::ids::ConversationId;

impl Disk {
    /// Keeps the parts and uses up the draft that they were.
    pub(super) fn submit_parts(
        &mut self,
        conversation: ConversationId,
        bodies: &[String],
        whole: &str,
    ) -> Option<CacheEvent> {
        self.drafts.retain(|_, draft| draft.trim() != whole);
        let submitted = bodies.iter().map(|body| self.submit(conversation, body));
        submitted.last().flatten()
    }
}
