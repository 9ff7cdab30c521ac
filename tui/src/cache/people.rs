//! Looks for people by name and number.

use super::Cache;
use super::error::{CacheError, stored_record};
use super::jobs;
use super::list::{Shelves, agent_name};
use super::outbox::People;
use crate::model::contact::{Noted, Sheet, Told};
use crate::model::people::{FOUND_PEOPLE_MAX, FoundPerson};
use rusqlite::Connection;
use smsdesk_common::activity::{Activity, ConsentChange};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::filter::number_fragment;
use smsdesk_common::ids::ContactId;

/// The most others that are looked at: a common name has many.
const ALIKE_MAX: u32 = 32;
/// The most others that are proposed at once.
const ALIKE_SHOWN_MAX: usize = 5;
/// Two numbers that end in so many equal digits are one, but for how they are written.
const SAME_DIGITS_MIN: usize = 9;

/// The most opt-outs and opt-ins of one person that are told: few have more than two.
const CONSENTS_MAX: usize = 10;

/// The most addresses of one person that are offered.
const ADDRESSES_MAX: usize = 3;

impl Cache {
    /// The people whose names or numbers fit the words best, at most [`FOUND_PEOPLE_MAX`].
    ///
    /// # Errors
    /// The disk.
    pub async fn find_people(&self, words: String) -> Result<Vec<FoundPerson>, CacheError> {
        self.work(move |disk| {
            let numbers = match number_fragment(&words) {
                Some(digits) => by_number(disk.shelves(), &digits)?,
                None => disk.names.find(&disk.records, &words)?,
            };
            found(disk.shelves(), numbers)
        })
        .await
    }
}

impl Cache {
    /// What is known of somebody.
    pub(super) async fn sheet(&self, id: ContactId) -> Result<Told, CacheError> {
        self.work(move |disk| sheet(disk.shelves(), id)).await
    }
}

fn sheet(shelves: Shelves<'_>, id: ContactId) -> Result<Told, CacheError> {
    let people = People::load(shelves.records, shelves.outbox)?;
    let Some(contact) = people.contact(shelves.records, id)? else {
        return Ok(Told::Missing(id));
    };
    let (mut first_at, mut last_at) = (None, None);
    let mut statement = shelves.records.prepare_cached(
        "SELECT record.body FROM conversation AS own
         JOIN records AS record ON record.n = own.n WHERE own.contact = ?1",
    )?;
    let mut rows = statement.query([contact.id.0.as_bytes()])?;
    while let Some(row) = rows.next()? {
        let held: Conversation = stored_record(&row.get::<_, String>(0)?)?;
        let began = held.last.is_some().then_some(held.created_at);
        first_at = [first_at, began].into_iter().flatten().min();
        last_at = last_at.max(held.last.map(|last| last.at));
    }
    let alike = alike(shelves, &people, &contact)?;
    let jobs = jobs::of_contact(shelves.records, contact.id)?;
    let consents = consents(shelves.records, contact.id)?;
    Ok(Told::Sheet(Box::new(Sheet {
        contact: Contact { id, ..contact },
        first_at,
        last_at,
        jobs,
        consents,
        alike,
    })))
}

/// What was said about texting somebody, the newest first, as their timelines tell it. What a
/// colleague noted stands in each of them and is told once.
fn consents(records: &Connection, contact: ContactId) -> Result<Vec<Noted>, CacheError> {
    let mut statement = records.prepare_cached(
        "SELECT record.body FROM conversation
         JOIN entry AS own ON own.conversation = conversation.id
         JOIN records AS record ON record.n = own.n
         WHERE conversation.contact = ?1 AND own.entry_kind = 'activity'
             AND instr(record.body, '\"consent\"') > 0
         ORDER BY own.at DESC, own.position DESC",
    )?;
    let mut rows = statement.query([contact.0.as_bytes()])?;
    let mut consents: Vec<Noted> = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: Entry = stored_record(&row.get::<_, String>(0)?)?;
        let is_said = |did: &Activity| matches!(did, Activity::Consent { change } if !matches!(change, ConsentChange::Wished));
        if !entry.activity.iter().any(is_said) {
            continue;
        }
        let who = match entry.author {
            Author::Agent(agent) => agent_name(records, agent)?,
            Author::Contact | Author::Automation(_) => None,
        };
        let words = who.map_or_else(|| entry.body.clone(), |who| format!("{who} {}", entry.body));
        let noted = Noted {
            at: entry.at,
            words,
        };
        if !consents.contains(&noted) {
            consents.push(noted);
        }
        if consents.len() >= CONSENTS_MAX {
            break;
        }
    }
    Ok(consents)
}

/// Others with the same name, or with the same number in another writing or on another channel.
fn alike(
    shelves: Shelves<'_>,
    people: &People,
    contact: &Contact,
) -> Result<Vec<FoundPerson>, CacheError> {
    let mut numbers: Vec<i64> = Vec::new();
    if let Some(name) = &contact.name {
        let mut statement = shelves
            .records
            .prepare_cached("SELECT n FROM contact WHERE name = ?1 COLLATE NOCASE LIMIT ?2")?;
        let rows = statement.query_map((name, ALIKE_MAX), |row| row.get(0))?;
        numbers = rows.collect::<Result<_, _>>()?;
    }
    let mut statement = shelves
        .records
        .prepare_cached("SELECT n FROM contact_address WHERE address LIKE '%' || ?1 LIMIT ?2")?;
    for address in &contact.addresses {
        let digits = address.digits();
        if digits.len() < SAME_DIGITS_MIN {
            continue;
        }
        let end = &digits[digits.len() - SAME_DIGITS_MIN..];
        let rows = statement.query_map((end, ALIKE_MAX), |row| row.get(0))?;
        numbers.extend(rows.collect::<Result<Vec<i64>, _>>()?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let mut alike = Vec::new();
    for n in numbers {
        let other = self::contact(shelves, n)?;
        let is_other = other.id != contact.id && !people.is_gone(other.id);
        if let Some(address) = other.addresses.first().filter(|_| is_other) {
            alike.push(FoundPerson {
                contact: other.id,
                name: other.name.clone(),
                address: address.clone(),
            });
        }
    }
    alike.truncate(ALIKE_SHOWN_MAX);
    Ok(alike)
}

fn found(shelves: Shelves<'_>, numbers: Vec<i64>) -> Result<Vec<FoundPerson>, CacheError> {
    let mut found = Vec::new();
    for n in numbers {
        let contact = contact(shelves, n)?;
        let addresses = contact.addresses.iter().take(ADDRESSES_MAX);
        found.extend(addresses.map(|address| FoundPerson {
            contact: contact.id,
            name: contact.name.clone(),
            address: address.clone(),
        }));
    }
    found.truncate(FOUND_PEOPLE_MAX);
    Ok(found)
}

fn contact(shelves: Shelves<'_>, n: i64) -> Result<Contact, CacheError> {
    let body: String = shelves
        .records
        .prepare_cached("SELECT body FROM records WHERE n = ?1")?
        .query_row([n], |row| row.get(0))?;
    stored_record(&body)
}

fn by_number(shelves: Shelves<'_>, digits: &str) -> Result<Vec<i64>, CacheError> {
    let mut statement = shelves.records.prepare_cached(
        "SELECT DISTINCT n FROM contact_address WHERE instr(address, ?1) > 0 LIMIT ?2",
    )?;
    let limit = i64::try_from(FOUND_PEOPLE_MAX).unwrap_or(i64::MAX);
    let rows = statement.query_map((digits, limit), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
