//! What a part of the feed brings that may concern the agent.

use super::error::{CacheError, stored_record};
use super::identity;
use super::list::{self, Shelves};
use crate::model::attention::{Kind, NEWS_MAX, News, PREVIEW_CHARACTERS_MAX, concerns};
use rusqlite::OptionalExtension as _;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::feed::{Batch, Content};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::record::Record;

/// What to look at once the batch is in the records: entries as they come, and as they were.
#[derive(Debug, Default)]
pub(super) struct Candidates(Vec<(Entry, Option<Entry>)>);

impl Candidates {
    /// Remembers what the batch is about to replace. A batch of more than [`NEWS_MAX`] changes is a
    /// backlog: nobody is called for that, so it is not looked at.
    pub(super) fn before(shelves: Shelves<'_>, batch: &Batch) -> Result<Self, CacheError> {
        if batch.changes.len() > NEWS_MAX {
            return Ok(Self::default());
        }
        let entries = batch
            .changes
            .iter()
            .filter_map(|change| match &change.content {
                Content::Known(Record::Entry(entry)) => Some(entry),
                _ => None,
            });
        let mut candidates = Vec::new();
        for entry in entries {
            let held: Option<String> = shelves
                .records
                .prepare_cached("SELECT body FROM records WHERE kind = 'entry' AND id = ?1")?
                .query_row([entry.id.to_string()], |row| row.get(0))
                .optional()?;
            // One that was deleted, or that an older version could not read, is not new either.
            let before = match held {
                Some(body) => match stored_record(&body) {
                    Ok(before) => Some(before),
                    Err(_) => continue,
                },
                None => None,
            };
            candidates.push((Entry::clone(entry), before));
        }
        Ok(Self(candidates))
    }

    /// Those that concern the agent at this desk, with names.
    pub(super) fn news(self, shelves: Shelves<'_>) -> Result<Vec<News>, CacheError> {
        let Some(me) = identity::me(shelves.outbox)? else {
            return Ok(Vec::new());
        };
        let mut news = Vec::new();
        for (entry, before) in self.0 {
            let Some(conversation) = list::conversation(shelves, entry.conversation)? else {
                continue;
            };
            let owner = conversation.assignee;
            if let Some(kind) = concerns(&entry, before.as_ref(), owner, &me) {
                news.push(self::news(shelves, &conversation, kind, &entry)?);
            }
        }
        Ok(news)
    }
}

fn news(
    shelves: Shelves<'_>,
    conversation: &Conversation,
    kind: Kind,
    entry: &Entry,
) -> Result<News, CacheError> {
    let id: ConversationId = conversation.id;
    let name: Option<Option<String>> = shelves
        .records
        .prepare_cached("SELECT name FROM contact WHERE id = ?1 LIMIT 1")?
        .query_row([conversation.contact.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let name = name.flatten().filter(|name| !name.trim().is_empty());
    let text: String = entry.body.chars().take(PREVIEW_CHARACTERS_MAX).collect();
    let text = match text.is_empty() && !entry.media.is_empty() {
        true => "attachment".to_owned(),
        false => text,
    };
    Ok(News {
        conversation: id,
        kind,
        who: name.unwrap_or_else(|| conversation.address.as_str().to_owned()),
        text,
    })
}
