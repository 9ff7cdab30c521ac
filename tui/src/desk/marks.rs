//! How far the agent has read.

use super::{CacheDesk, touched};
use crate::cache::CacheError;
use crate::event::CacheEvent;
use smsdesk_common::ids::{ConversationId, Seq};

impl CacheDesk {
    pub(super) async fn mark_read(
        &self,
        conversation: ConversationId,
        position: Seq,
        inbound_read: u32,
    ) -> Result<CacheEvent, CacheError> {
        let marked = self.cache.mark_read(conversation, position, inbound_read);
        marked.await?;
        self.outbox_bell.notify_one();
        Ok(touched(Some(conversation)))
    }

    pub(super) async fn mark_unread(
        &self,
        conversation: ConversationId,
    ) -> Result<CacheEvent, CacheError> {
        let unread = self.cache.mark_unread(conversation).await?;
        self.outbox_bell.notify_one();
        Ok(CacheEvent::MarkedUnread {
            conversation,
            unread,
        })
    }
}
