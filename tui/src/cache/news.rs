//! What a part of the feed brings that may concern the agent.

use super::error::{CacheError, stored_record};
use super::identity;
use super::list::{self, Shelves};
use crate::model::attention::{Kind, NEWS_MAX, News, PREVIEW_CHARACTERS_MAX, concerns};
use crate::model::status::counts;
use rusqlite::OptionalExtension as _;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::feed::{Batch, Content};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::record::Record;
use smsdesk_common::time::Timestamp;

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

    /// When the relay took those that are customers' new texts.
    pub(super) fn arrived(&self) -> Vec<Timestamp> {
        let new = self.0.iter().filter(|(_, before)| before.is_none());
        let texts = new.filter(|(entry, _)| counts(entry));
        texts.map(|(entry, _)| entry.at).collect()
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

#[cfg(test)]
mod tests {
    use crate::cache::Cache;
    use crate::cache::testing::{Feed, agent, agent_id, contact, conversation, entry};
    use crate::model::attention::{Kind, NEWS_MAX};
    use smsdesk_common::feed::Batch;
    use smsdesk_common::record::Record;
    use std::path::Path;

    struct Here {
        cache: Cache,
        feed: Feed,
    }

    impl Here {
        async fn new(folder: &Path) -> Self {
            let cache = Cache::open(folder).unwrap().cache;
            let feed = Feed::new(1);
            cache.start_fresh(feed.epoch, feed.head).await.unwrap();
            cache.remember_me(agent(1, "Ana")).await.unwrap();
            Self { cache, feed }
        }

        /// Applies the records as one batch; what of it concerned Ana.
        async fn hear(&mut self, records: Vec<Record>) -> Vec<(Kind, String)> {
            let from = self.feed.head;
            for record in records {
                self.feed.commit(record);
            }
            let batch = self.feed.batch(from, self.feed.head);
            self.apply(batch).await
        }

        async fn apply(&self, batch: Batch) -> Vec<(Kind, String)> {
            let applied = self.cache.apply(batch).await.unwrap();
            let news = applied.news.into_iter();
            news.map(|news| (news.kind, news.who)).collect()
        }
    }

    fn owned(n: u64, owner: u64) -> Record {
        let mut conversation = conversation(n);
        conversation.assignee = Some(agent_id(owner));
        Record::Conversation(Box::new(conversation))
    }

    fn text(n: u64, conversation: u64) -> Record {
        Record::Entry(Box::new(entry(n, conversation, 1)))
    }

    #[tokio::test]
    async fn a_text_concerns_its_owner_once_and_carries_the_name() {
        let folder = tempfile::tempdir().unwrap();
        let mut here = Here::new(&folder.path().join("desk")).await;
        let name = Record::Contact(Box::new(contact(1, Some("Maria"))));
        assert!(
            here.hear(vec![owned(1, 1), name, owned(2, 2)])
                .await
                .is_empty()
        );
        let maria = (Kind::Mine, "Maria".to_owned());
        assert_eq!(here.hear(vec![text(1, 1), text(2, 2)]).await, [maria]);
        assert!(
            here.hear(vec![text(1, 1)]).await.is_empty(),
            "touched again"
        );
    }

    #[tokio::test]
    async fn a_backlog_calls_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let mut here = Here::new(&folder.path().join("desk")).await;
        here.hear(vec![owned(1, 1)]).await;
        let most = u64::try_from(NEWS_MAX).unwrap();
        let backlog = (0..=most).map(|n| text(n, 1)).collect();
        assert!(here.hear(backlog).await.is_empty());
        let next = (0..most).map(|n| text(1_000 + n, 1)).collect();
        assert_eq!(here.hear(next).await.len(), NEWS_MAX);
    }
}
