//! What people have said about being texted: rows that are only added.

use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use crate::store::{StoreError, lines, suppressed};
use smsdesk_common::contact::{Contact, OptOut};
use smsdesk_common::ids::{AgentId, EntryId};
use smsdesk_common::optout::{Consent, Means, Said, Scope, opted_out};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// One of them as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// Whose address.
    pub address: Address,
    /// What.
    pub said: Said,
    /// The text that said it, or that came back.
    pub entry: Option<EntryId>,
    /// Who wrote it down.
    pub agent: Option<AgentId>,
    /// When we learned it.
    pub noted: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT address, line, service, consent, means, entry, agent, at, noted FROM consent ",
            $rest
        )
    };
}

fn noted(row: &Row) -> Result<Noted, StoreError> {
    let maybe = |column| match row.maybe_text(column)? {
        Some(_) => address(row, column).map(Some),
        None => Ok(None),
    };
    Ok(Noted {
        address: address(row, 0)?,
        said: Said {
            line: maybe(1)?,
            service: maybe(2)?,
            consent: row.named(3, Consent::parse)?,
            means: row.named(4, Means::parse)?,
            at: row.time(7)?,
        },
        entry: row.maybe_text(5)?.map(|_| row.parsed(5)).transpose()?,
        agent: row.maybe_text(6)?.map(|_| row.parsed(6)).transpose()?,
        noted: row.time(8)?,
    })
}

/// All that was said of an address, in the order in which we learned it; before it was erased, too.
///
/// # Errors
/// The database cannot be read.
pub fn of(reads: &mut dyn Reads, theirs: &Address) -> Result<Vec<Noted>, StoreError> {
    let mut all = suppressed::of(reads, theirs)?;
    all.extend(named(reads, theirs)?);
    Ok(all)
}

/// What is kept under the address itself.
pub(super) fn named(reads: &mut dyn Reads, theirs: &Address) -> Result<Vec<Noted>, StoreError> {
    reads
        .query(
            select!("WHERE address = ?1 ORDER BY noted, id"),
            params![theirs.as_str()],
        )?
        .iter()
        .map(noted)
        .collect()
}

/// All that was ever said, in the order in which we learned it: a page of `limit` after `skip`.
///
/// # Errors
/// The database cannot be read.
pub fn page(reads: &mut dyn Reads, skip: u32, limit: u32) -> Result<Vec<Noted>, StoreError> {
    reads
        .query(
            select!("ORDER BY noted, id LIMIT ?1 OFFSET ?2"),
            params![limit, skip],
        )?
        .iter()
        .map(noted)
        .collect()
}

/// Whether anything was learned from a text of ours.
///
/// # Errors
/// The database cannot be read.
pub fn came_of(reads: &mut dyn Reads, entry: EntryId) -> Result<bool, StoreError> {
    let found = reads.query_one(
        "SELECT 1 FROM consent WHERE entry = ?1 LIMIT 1",
        params![entry.0],
    )?;
    Ok(found.is_some())
}

/// Notes what was said.
///
/// # Errors
/// The database cannot be written.
pub fn insert(tx: &mut dyn Tx, row: &Noted) -> Result<(), StoreError> {
    let id = tx.new_id();
    let said = &row.said;
    tx.execute(
        "INSERT INTO consent (id, address, line, service, consent, means, entry, agent, at, \
         noted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            id,
            row.address.as_str(),
            said.line.as_ref().map(Address::as_str),
            said.service.as_ref().map(Address::as_str),
            said.consent.as_str(),
            said.means.as_str(),
            row.entry.map(|id| id.0),
            row.agent.map(|id| id.0),
            said.at,
            row.noted,
        ],
    )?;
    Ok(())
}

/// What began it, where the person is opted out of a line; none where they may be texted.
///
/// # Errors
/// The database cannot be read.
pub fn out_of(
    reads: &mut dyn Reads,
    line: &Address,
    theirs: &Address,
) -> Result<Option<Said>, StoreError> {
    let history = of(reads, theirs)?;
    out_by(reads, line, &history)
}

/// As [`out_of`], by these rows.
///
/// # Errors
/// The database cannot be read.
pub fn out_by(
    reads: &mut dyn Reads,
    line: &Address,
    rows: &[Noted],
) -> Result<Option<Said>, StoreError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let history: Vec<Said> = rows.iter().map(|row| row.said.clone()).collect();
    let service = service_of(reads, line)?;
    let scope = Scope {
        line,
        service: service.as_ref(),
    };
    Ok(opted_out(&history, scope).cloned())
}

fn history(reads: &mut dyn Reads, theirs: &Address) -> Result<Vec<Said>, StoreError> {
    Ok(of(reads, theirs)?.into_iter().map(|row| row.said).collect())
}

/// What a contact's record says of it: each of their addresses with each line that must not text it.
/// One that no line may text, ever, stands without a line.
///
/// # Errors
/// The database cannot be read.
pub fn told(reads: &mut dyn Reads, addresses: &[Address]) -> Result<Vec<OptOut>, StoreError> {
    let mut told = Vec::new();
    for theirs in addresses {
        let history = history(reads, theirs)?;
        if history.is_empty() {
            continue;
        }
        let mut outs = Vec::new();
        let lines = lines::all(reads)?;
        for line in &lines {
            let service = service_of(reads, &line.id)?;
            let scope = Scope {
                line: &line.id,
                service: service.as_ref(),
            };
            let out = opted_out(&history, scope);
            outs.extend(out.map(|said| (line.id.clone(), said)));
        }
        let of_all = outs.iter().all(|(_, said)| said.line.is_none());
        if let Some((_, said)) = outs.first().filter(|_| of_all && outs.len() == lines.len()) {
            told.push(opt_out(theirs, None, said));
        } else {
            let each = outs.into_iter();
            told.extend(each.map(|(line, said)| opt_out(theirs, Some(line), said)));
        }
    }
    Ok(told)
}

fn opt_out(address: &Address, line: Option<Address>, said: &Said) -> OptOut {
    OptOut {
        address: address.clone(),
        line,
        since: said.at,
        means: Some(said.means),
    }
}

/// Puts into a contact's record what is known of its addresses.
pub(super) fn fill(reads: &mut dyn Reads, contact: &mut Contact) -> Result<(), StoreError> {
    contact.opt_outs = told(reads, &contact.addresses)?;
    Ok(())
}

/// The messaging service that a number is part of, by the last text that came to it.
///
/// # Errors
/// The database cannot be read.
pub fn service_of(reads: &mut dyn Reads, line: &Address) -> Result<Option<Address>, StoreError> {
    reads
        .query_one(
            "SELECT service FROM line_service WHERE line = ?1",
            params![line.as_str()],
        )?
        .map(|row| address(&row, 0))
        .transpose()
}

/// Notes the messaging service that a number is part of, or that it is part of none.
///
/// # Errors
/// The database cannot be written.
pub fn set_service(
    tx: &mut dyn Tx,
    line: &Address,
    service: Option<&Address>,
) -> Result<(), StoreError> {
    if service_of(tx, line)?.as_ref() == service {
        return Ok(());
    }
    match service {
        Some(service) => tx.execute(
            "INSERT INTO line_service (line, service) VALUES (?1, ?2) \
             ON CONFLICT (line) DO UPDATE SET service = excluded.service",
            params![line.as_str(), service.as_str()],
        )?,
        None => tx.execute(
            "DELETE FROM line_service WHERE line = ?1",
            params![line.as_str()],
        )?,
    };
    Ok(())
}
