//! Finds people by name, number and what was written down of them.

use super::ask::expression;
use super::find::GoOn;
use super::judge::who;
use crate::cache::error::CacheError;
use crate::cache::list::{self, Shelves};
use crate::cache::overlay::Overlay;
use crate::model::search::{PEOPLE_MAX, Person};
use smsdesk_common::filter::{Filter, Viewpoint, last_activity, more_of};

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
    let mut statement = shelves
        .records
        .prepare_cached("SELECT rowid FROM who WHERE who MATCH ?1 ORDER BY rowid DESC")?;
    let mut rows = statement.query([expression])?;
    let mut found = Vec::new();
    let mut looked_at = 0;
    while let Some(row) = rows.next()? {
        looked_at += 1;
        if looked_at > LOOKED_AT_MAX || !go_on() {
            break;
        }
        let person = list::row(shelves, row.get(0)?, from.me, &overlay)?;
        let contact = person.row.conversation.contact;
        let contact = overlay.contact(shelves.records, contact)?;
        let more = contact.as_ref().map(more_of).unwrap_or_default();
        if filter.means_person(&person.facts(), &more, from) {
            let last_at = last_activity(&person.row.conversation);
            let who = who(&person);
            found.push(Person { who, last_at });
        }
    }
    found.sort_by(|a, b| {
        let key = |person: &Person| (std::cmp::Reverse(person.last_at), person.who.conversation);
        key(a).cmp(&key(b))
    });
    found.truncate(PEOPLE_MAX);
    Ok(found)
}
