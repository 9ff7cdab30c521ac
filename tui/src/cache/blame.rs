//! Whom a request was about, and who changed its conversation since, as far as its timeline here
//! tells.

use super::error::{CacheError, stored_record};
use super::list::{Shelves, agent_name, rows};
use crate::model::list::ListRow;
use crate::model::triage::About;
use crate::model::undo::{Obstacle, Part, Why};
use rusqlite::Connection;
use smsdesk_common::activity::{Activity, words};
use smsdesk_common::api::conversations::Patch;
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

/// Whom a conversation is with, and what somebody else did last to what `patch` asks for.
pub(super) fn about(
    shelves: Shelves<'_>,
    conversation: ConversationId,
    patch: Option<&Patch>,
    me: Option<AgentId>,
) -> Result<About, CacheError> {
    let row = rows(shelves, &[conversation])?.pop().flatten();
    let name = row.as_ref().map(contact);
    let Some(patch) = patch else {
        return Ok(About { name, since: None });
    };
    let records = shelves.records;
    let mine = me.map(Author::Agent);
    let entries = newest(records, conversation)?;
    let told = entries.iter().find_map(|entry| {
        let others = Some(&entry.author) != mine.as_ref();
        let concerned = entry.activity.iter().find(|it| concerns(patch, it));
        Some((entry, concerned.filter(|_| others)?))
    });
    let Some((entry, activity)) = told else {
        return Ok(About { name, since: None });
    };
    let (author, by) = author(records, &entry.author, me)?;
    let did = words(std::slice::from_ref(activity), author, |id| {
        named(records, id, me)
    });
    let since = Some(Why::Changed {
        by,
        did,
        at: entry.at,
    });
    Ok(About { name, since })
}

/// Whether an activity is about what a patch asks for.
const fn concerns(patch: &Patch, activity: &Activity) -> bool {
    match activity {
        Activity::Status { .. } | Activity::SnoozedUntil { .. } => patch.status.is_some(),
        Activity::Assignee { .. } => !patch.assignee.is_keep(),
        Activity::Labels { .. } => patch.labels.is_some(),
        Activity::Flagged { .. } | Activity::FlagReason { .. } => patch.flagged.is_some(),
        Activity::Consent { .. }
        | Activity::Contact { .. }
        | Activity::Job(_)
        | Activity::TimedText { .. }
        | Activity::Unknown => false,
    }
}

/// The contact's name, or the number.
pub(super) fn contact(row: &ListRow) -> String {
    let address = || row.conversation.address.as_str().to_owned();
    row.name.clone().unwrap_or_else(address)
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
        Activity::Consent { .. }
        | Activity::Contact { .. }
        | Activity::Job(_)
        | Activity::TimedText { .. }
        | Activity::Unknown => {}
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
