//! What I sent before.

use super::error::{CacheError, stored_record};
use super::identity;
use super::list::Shelves;
use crate::model::sent::SENT_MAX;
use rusqlite::params;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};

/// How many of the newest entries are looked at: read within some hundredths of a second.
const ENTRIES_MAX: u32 = 3_000;

/// My texts to customers, newest first, each once, as far as they stand among the newest entries.
pub(super) fn sent(shelves: Shelves<'_>) -> Result<Vec<String>, CacheError> {
    let Some(me) = identity::me(shelves.outbox)? else {
        return Ok(Vec::new());
    };
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM (
             SELECT n, at, position FROM entry
             WHERE direction = ?2 AND entry_kind = ?3 ORDER BY n DESC LIMIT ?1
         ) AS newest JOIN records AS record ON record.n = newest.n
         ORDER BY newest.at DESC, newest.position DESC",
    )?;
    let kinds = (Direction::Outbound.as_str(), EntryKind::Message.as_str());
    let mut rows = statement.query(params![ENTRIES_MAX, kinds.0, kinds.1])?;
    let mut texts: Vec<String> = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: Entry = stored_record(&row.get::<_, String>(0)?)?;
        let mine = entry.author == Author::Agent(me.id) && !entry.body.trim().is_empty();
        if mine && !texts.contains(&entry.body) {
            texts.push(entry.body);
        }
        if texts.len() >= SENT_MAX {
            break;
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::{
        Desk, agent, agent_id, conversation, entry_id, sent as text_of_mine,
    };
    use smsdesk_common::record::Record;

    #[test]
    fn my_own_texts_are_told_newest_first_and_each_once() {
        let text = |n: u64, by: u64, body: &str| {
            let mut entry = text_of_mine(entry_id(n), 1, n);
            entry.author = Author::Agent(agent_id(by));
            entry.direction = Direction::Outbound;
            entry.body = body.to_owned();
            entry.at = entry.at.plus_millis(i64::try_from(n).unwrap());
            Record::Entry(Box::new(entry))
        };
        let desk = Desk::with([
            Record::Conversation(Box::new(conversation(1))),
            text(1, 1, "hello"),
            text(2, 2, "Bo says"),
            text(3, 1, "on my way"),
            text(4, 1, "hello"),
        ]);
        assert_eq!(sent(desk.shelves()).unwrap(), Vec::<String>::new());
        identity::remember_me(&desk.outbox, &agent(1, "Ana")).unwrap();
        assert_eq!(sent(desk.shelves()).unwrap(), ["hello", "on my way"]);
    }
}
