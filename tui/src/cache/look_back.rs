//! What happened while nobody was at the keys.

use super::error::{CacheError, stored_record};
use super::identity;
use super::list::{self, Shelves};
use super::records;
use super::sql::seq_in;
use super::timed;
use crate::clock;
use crate::model::absence::{LastSeen, Longest, Meanwhile};
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension as _, params};
use smsdesk_common::activity::Activity;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::ids::AgentId;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// How many of the newest entries are looked at: a busy team's night, read within some
/// hundredths of a second.
const ENTRIES_MAX: u32 = 2_000;

/// Notes that somebody was here at `at`.
pub(super) fn note(shelves: Shelves<'_>, at: Timestamp) -> Result<(), CacheError> {
    let head = records::cursor(shelves.records)?.map_or_else(Default::default, |c| c.high);
    identity::remember_seen(shelves.outbox, LastSeen { at, head })
}

/// What happened since.
pub(super) fn meanwhile(shelves: Shelves<'_>, seen: LastSeen) -> Result<Meanwhile, CacheError> {
    let me = identity::me(shelves.outbox)?.map(|agent| agent.id);
    let mut meanwhile = Meanwhile {
        since: seen.at,
        arrived: 0,
        closed: 0,
        failed: 0,
        timed: timed_today(shelves)?,
        longest: longest(shelves, me)?,
    };
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM (SELECT n FROM entry ORDER BY n DESC LIMIT ?1) AS newest
         JOIN records AS record ON record.n = newest.n
         WHERE record.seq > ?2",
    )?;
    let head = seq_in(seen.head).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![ENTRIES_MAX, head])?;
    while let Some(row) = rows.next()? {
        let entry: Entry = stored_record(&row.get::<_, String>(0)?)?;
        count(&entry, seen, me, &mut meanwhile);
    }
    Ok(meanwhile)
}

/// Texts that go out by themselves before midnight here.
fn timed_today(shelves: Shelves<'_>) -> Result<u32, CacheError> {
    let today = super::local_day(clock::now(), &TimeZone::system());
    let tonight = |text: &Entry| {
        let due = text.send_at.is_some_and(|at| at < today.end);
        due && text.held_since.is_none()
    };
    let all = timed::entries(shelves)?;
    let count = all.iter().filter(|(text, _)| tonight(text)).count();
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn count(entry: &Entry, seen: LastSeen, me: Option<AgentId>, meanwhile: &mut Meanwhile) {
    let is_new = entry.position > seen.head;
    let by_me = matches!(&entry.author, Author::Agent(id) if Some(*id) == me);
    let failed = entry.status.is_some_and(DeliveryStatus::is_failure);
    let closes = |did: &Activity| {
        let done = ConversationStatus::Done;
        matches!(did, Activity::Status { to, .. } if *to == done)
    };
    match (entry.entry_kind, entry.direction) {
        (EntryKind::Message, Direction::Inbound) if is_new => meanwhile.arrived += 1,
        (EntryKind::Message, Direction::Outbound) if failed => meanwhile.failed += 1,
        (EntryKind::Activity, _) if is_new && !by_me && entry.activity.iter().any(closes) => {
            meanwhile.closed += 1;
        }
        _ => {}
    }
}

/// Those who wait stand first in each index, the longest wait before all.
fn longest(shelves: Shelves<'_>, me: Option<AgentId>) -> Result<Option<Longest>, CacheError> {
    let mut statement = shelves.records.prepare_cached(
        "SELECT n, place FROM conversation
         WHERE status = 'open' AND owner = ?1 AND place < x'ffffffffffffffff'
         ORDER BY place LIMIT 1",
    )?;
    let mut first = |owner: &[u8]| {
        let found = statement.query_row([owner], |row| {
            Ok((row.get::<_, Vec<u8>>(1)?, row.get::<_, i64>(0)?))
        });
        found.optional()
    };
    let unowned = first(&[])?;
    let mine = me.map_or(Ok(None), |me| first(me.0.as_bytes()))?;
    let Some((_, n)) = unowned.into_iter().chain(mine).min() else {
        return Ok(None);
    };
    let row = list::named(shelves, n)?;
    let address = row.conversation.address.as_str().to_owned();
    let name = row.name.filter(|name| !name.trim().is_empty());
    let since = row.conversation.waiting_since;
    Ok(since.map(|waiting_since| Longest {
        conversation: row.conversation.id,
        who: name.unwrap_or(address),
        waiting_since,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::{
        Desk, NOON, agent, agent_id, contact, conversation, conversation_id, entry, entry_id, sent,
    };
    use smsdesk_common::record::Record;

    fn closed(n: u64, by: u64) -> Record {
        let mut closed = entry(n, 1, 0);
        closed.entry_kind = EntryKind::Activity;
        closed.direction = Direction::Internal;
        closed.author = Author::Agent(agent_id(by));
        closed.activity = vec![Activity::Status {
            from: ConversationStatus::Open,
            to: ConversationStatus::Done,
        }];
        Record::Entry(Box::new(closed))
    }

    fn text(n: u64) -> Record {
        Record::Entry(Box::new(entry(n, 1, 0)))
    }

    fn failed(n: u64) -> Record {
        let mut failed = sent(entry_id(n), 1, 1);
        failed.status = Some(DeliveryStatus::Failed);
        Record::Entry(Box::new(failed))
    }

    #[test]
    fn what_happened_since_is_counted_and_what_was_before_is_not() {
        let waits = |n: u64, owner: u64, minutes: i64| {
            let mut conversation = conversation(n);
            conversation.assignee = Some(agent_id(owner));
            conversation.waiting_since = Some(NOON.plus_millis(minutes * 60_000));
            Record::Conversation(Box::new(conversation))
        };
        let mut desk = Desk::with([
            waits(1, 1, 5),
            waits(2, 2, 1),
            waits(3, 1, 3),
            Record::Contact(Box::new(contact(3, Some("Chen")))),
            text(1),
            failed(2),
            closed(3, 2),
        ]);
        identity::remember_me(&desk.outbox, &agent(1, "Ana")).unwrap();
        note(desk.shelves(), NOON).unwrap();
        let seen = identity::seen(&desk.outbox).unwrap().unwrap();
        assert_eq!(seen.at, NOON);
        let quiet = meanwhile(desk.shelves(), seen).unwrap();
        assert!(quiet.is_quiet(), "{quiet:?}");
        desk.commit([
            text(104),
            text(105),
            failed(106),
            closed(107, 2),
            closed(108, 1),
        ]);
        let told = meanwhile(desk.shelves(), seen).unwrap();
        assert_eq!((told.arrived, told.closed, told.failed), (2, 1, 1));
        let longest = told.longest.unwrap();
        assert_eq!(longest.conversation, conversation_id(3));
        assert_eq!(longest.who, "Chen");
    }
}
