//! The rows of a pick, which are there already.

use super::super::error::CacheError;
use super::Ordered;
use super::moved::Row;
use super::shown::{Milestone, Rank};
use smsdesk_common::ids::ConversationId;

/// A pick as it is ordered.
pub(super) struct Picked<'a>(pub(super) &'a [Row]);

impl Ordered for Picked<'_> {
    fn page(
        &self,
        _near: Option<Milestone>,
        start: u32,
        limit: u32,
    ) -> Result<Vec<i64>, CacheError> {
        let rows = self.0.iter().skip(start as usize).take(limit as usize);
        Ok(rows.map(|row| row.n).collect())
    }

    fn find(&self, conversation: ConversationId) -> Result<Option<Rank>, CacheError> {
        // Every place ends in the conversation's id.
        let id = conversation.0.as_bytes();
        let at = self.0.iter().position(|row| row.place.ends_with(id));
        Ok(at.map(|at| Rank {
            rank: u32::try_from(at).unwrap_or(u32::MAX),
            near: Milestone::default(),
        }))
    }
}
