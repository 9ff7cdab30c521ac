//! Who changed a conversation since, as far as its timeline here tells.

use super::error::{CacheError, stored_record};
use super::list::agent_name;
use crate::model::undo::{Obstacle, Part, Why};
use rusqlite::Connection;
use smsdesk_common::activity::{Activity, words};
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Direction, Entry};
use smsdesk_common::ids::{AgentId, ConversationId};
use std::mem::discriminant;

/// How many of the newest entries are looked at: who did it longer ago is not worth a longer wait.
const ENTRIES_MAX: u32 = 100;

/// Why a part of a step cannot be turned.
pub(super) fn why(
    records: &Connection,
    part: &Part,
    obstacle: &Obstacle,
    me: Option<AgentId>,
) -> Result<Why, CacheError> {
    let entries = newest(records, part.conversation)?;
    let wrote = entries
        .iter()
        .find(|it| it.direction == Direction::Inbound && it.position > part.seen);
    let differs = match obstacle {
        Obstacle::CustomerWrote => {
            let at = wrote.map(|entry| entry.at);
            return Ok(Why::CustomerWrote { at });
        }
        Obstacle::Differs(differs) => differs,
    };
    // The newest change of that field is the one that counts.
    let told = entries.iter().find_map(|entry| {
        let same = |it: &&Activity| discriminant(*it) == discriminant(differs);
        Some((entry, entry.activity.iter().find(same)?))
    });
    if let Some((entry, activity)) = told
        && present(activity) == present(differs)
        && entry.position > part.seen
    {
        let (author, by) = author(records, &entry.author, me)?;
        let name = |id| named(records, id, me);
        let did = words(std::slice::from_ref(activity), author, name);
        return Ok(Why::Changed {
            by,
            did,
            at: entry.at,
        });
    }
    let reopened = matches!(
        differs,
        Activity::Status {
            to: ConversationStatus::Open,
            ..
        }
    );
    Ok(match wrote.filter(|_| reopened) {
        Some(entry) => Why::CustomerWrote { at: Some(entry.at) },
        None => Why::Unexplained,
    })
}

/// The value that an activity ends in.
fn present(activity: &Activity) -> Activity {
    let mut ends = activity.clone();
    match &mut ends {
        Activity::Status { from, to } => *from = *to,
        Activity::Assignee { from, to } => *from = *to,
        Activity::Labels { from, to } => from.clone_from(to),
        Activity::Flagged { from, to } => *from = *to,
        Activity::FlagReason { from, to } => from.clone_from(to),
        Activity::SnoozedUntil { from, to } => *from = *to,
        Activity::Contact { .. } | Activity::Unknown => {}
    }
    ends
}

fn author(
    records: &Connection,
    author: &Author,
    me: Option<AgentId>,
) -> Result<(AgentId, String), CacheError> {
    Ok(match author {
        Author::Agent(id) => (*id, named(records, *id, me)),
        Author::Contact => (AgentId(uuid::Uuid::nil()), "the customer".to_owned()),
        Author::Automation(_) => (AgentId(uuid::Uuid::nil()), "the relay".to_owned()),
    })
}

/// A colleague's name. One that cannot be read must not hide the rest of the reason.
fn named(records: &Connection, id: AgentId, me: Option<AgentId>) -> String {
    if Some(id) == me {
        return "you".to_owned();
    }
    let name = agent_name(records, id).ok().flatten();
    name.unwrap_or_else(|| "a colleague".to_owned())
}

/// The newest entries of a conversation, newest first. One of a later version tells nothing.
fn newest(records: &Connection, conversation: ConversationId) -> Result<Vec<Entry>, CacheError> {
    let mut statement = records.prepare_cached(
        "SELECT record.body FROM entry
         JOIN records AS record ON record.n = entry.n
         WHERE conversation = ?1 ORDER BY at DESC, position DESC LIMIT ?2",
    )?;
    let mut rows = statement.query((conversation.0.as_bytes(), ENTRIES_MAX))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.push(stored_record(&row.get::<_, String>(0)?)?);
    }
    Ok(entries)
}
