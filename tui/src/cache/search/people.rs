//! Finds people by name, number and what was written down of them.

use super::ask::expression;
use super::find::GoOn;
use super::judge::who;
use crate::cache::error::CacheError;
use crate::cache::list::{self, Shelves};
use crate::cache::overlay::Overlay;
use crate::cache::sql::uuid_out;
use crate::model::search::{PEOPLE_MAX, Person};
use smsdesk_common::filter::{Filter, Viewpoint, last_activity, more_of};
use smsdesk_common::ids::ConversationId;
use std::cmp::Reverse;
use std::collections::HashSet;

/// How many people are looked at to find those who were last heard of: a name or a number that more
/// have says nothing.
const LOOKED_AT_MAX: usize = 400;

/// The people that are meant, who was last heard of first.
pub(super) fn people(
    shelves: Shelves<'_>,
    filter: &Filter,
    from: &Viewpoint,
    go_on: GoOn<'_>,
) -> Result<Vec<Person>, CacheError> {
    if !filter.asks_for_people() {
        return Ok(Vec::new());
    }
    let Some(expression) = expression(shelves.records, filter)? else {
        return Ok(Vec::new());
    };
    let overlay = Overlay::load(shelves.records, shelves.outbox)?;
    let mut found = Vec::new();
    let mut enough = 0;
    for (n, is_altered) in newest_first(shelves, &expression, &overlay, go_on)? {
        // What this device adds to a conversation may put it before those that are recorded newer.
        if !go_on() || (enough == PEOPLE_MAX && !is_altered) {
            break;
        }
        let person = list::row(shelves, n, from.me, &overlay)?;
        let contact = person.row.conversation.contact;
        let contact = overlay.contact(shelves.records, contact)?;
        let more = contact.as_ref().map(more_of).unwrap_or_default();
        if filter.means_person(&person.facts(), &more, from) {
            let last_at = last_activity(&person.row.conversation);
            let who = who(&person);
            found.push(Person { who, last_at });
            enough += usize::from(!is_altered);
        }
    }
    found.sort_by(|a, b| {
        let key = |person: &Person| (Reverse(person.last_at), person.who.conversation);
        key(a).cmp(&key(b))
    });
    found.truncate(PEOPLE_MAX);
    Ok(found)
}

/// Those who have the words, altered ones first, then by when they were last heard of; with whether
/// this device shows them otherwise than they are recorded. Little is read of each, as most are not
/// shown.
fn newest_first(
    shelves: Shelves<'_>,
    expression: &str,
    overlay: &Overlay,
    go_on: GoOn<'_>,
) -> Result<Vec<(i64, bool)>, CacheError> {
    let altered: HashSet<ConversationId> = overlay.conversations().collect();
    let mut statement = shelves.records.prepare_cached(
        "SELECT own.n, own.id, own.last_at FROM who
         CROSS JOIN conversation AS own ON own.n = who.rowid
         WHERE who MATCH ?1 ORDER BY who.rowid DESC",
    )?;
    let mut rows = statement.query([expression])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        if all.len() == LOOKED_AT_MAX || !go_on() {
            break;
        }
        let (n, id) = (row.get::<_, i64>(0)?, ConversationId(uuid_out(row, 1)?));
        let is_altered = altered.contains(&id);
        let rank = Reverse((is_altered, row.get::<_, i64>(2)?));
        all.push((rank, id, n));
    }
    all.sort_unstable();
    let found = all.into_iter();
    Ok(found
        .map(|(Reverse((is_altered, _)), _, n)| (n, is_altered))
        .collect())
}
