//! Conversations that this device has begun and the relay does not have yet.
//!
//! `outbox.db` remembers them; a row like any other's stands in for each in `cache.db`, so that lists
//! and chats show it. What one is belongs to a line and an address: the record that comes for the two
//! takes its place, whether the relay made it for our text or for the customer's, and what waited
//! under the id that was chosen here goes with it.

#[cfg(test)]
mod tests;

use super::error::CacheError;
use super::list::Shelves;
use super::records;
use super::sql::uuid_out;
use super::{Cache, drafts, templates};
use crate::clock;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::filter;
use smsdesk_common::ids::{ContactId, ConversationId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// A conversation that was begun.
struct Begun {
    id: ConversationId,
    line: Address,
    address: Address,
    at: Timestamp,
}

/// Conversations that turned out to have another id than was chosen here.
pub(super) type Moved = Vec<(ConversationId, ConversationId)>;

impl Cache {
    /// The conversation between a line of ours and an address, begun where there is none.
    ///
    /// # Errors
    /// The disk.
    pub async fn begin(
        &self,
        line: Address,
        address: Address,
    ) -> Result<ConversationId, CacheError> {
        let begun = Begun {
            id: ConversationId(clock::new_id()),
            line,
            address,
            at: clock::now(),
        };
        self.work(move |disk| {
            disk.picks.forget();
            disk.names.forget();
            begin(&disk.records, &mut disk.outbox, &begun)
        })
        .await
    }
}

fn begin(
    records: &Connection,
    outbox: &mut Connection,
    new: &Begun,
) -> Result<ConversationId, CacheError> {
    if let Some(held) = recorded(records, &new.line, &new.address)? {
        return Ok(held);
    }
    for held in all(outbox)? {
        if held.line == new.line && held.address == new.address {
            stand_in(records, &held)?;
            return Ok(held.id);
        }
        forget_if_idle(records, outbox, &held)?;
    }
    outbox
        .prepare_cached(
            "INSERT OR REPLACE INTO begun (conversation, line, address, at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            new.id.0.as_bytes(),
            new.line.as_str(),
            new.address.as_str(),
            new.at.as_millis(),
        ])?;
    stand_in(records, new)?;
    Ok(new.id)
}

/// Which line and which address were begun under that id; none where the relay has it.
pub(super) fn ends_of(
    shelves: Shelves<'_>,
    id: ConversationId,
) -> Result<Option<(Address, Address)>, CacheError> {
    let mut begun = all(shelves.outbox)?.into_iter();
    let held = begun.find(|held| held.id == id);
    Ok(held.map(|held| (held.line, held.address)))
}

/// The conversation that is meant by an id: the same, but for one that was chosen here and that the
/// relay has under another.
pub(super) fn meant(outbox: &Connection, id: ConversationId) -> Result<ConversationId, CacheError> {
    let became = outbox
        .prepare_cached("SELECT became FROM begun WHERE conversation = ?1 AND became IS NOT NULL")?
        .query_row([id.0.as_bytes()], |row| {
            uuid_out(row, 0).map(ConversationId)
        })
        .optional()?;
    Ok(became.unwrap_or(id))
}

/// Forgets those that nobody can mean any more by the id that was chosen here, as at a start.
pub(super) fn forget_settled(outbox: &Connection) -> Result<(), CacheError> {
    outbox.execute("DELETE FROM begun WHERE became IS NOT NULL", ())?;
    Ok(())
}

/// Lets records take the place of what stood in for them, and puts back what the records lost.
/// Safe to repeat, after a crash too.
pub(super) fn settle(records: &Connection, outbox: &mut Connection) -> Result<Moved, CacheError> {
    let mut moved = Vec::new();
    for held in all(outbox)? {
        match recorded(records, &held.line, &held.address)? {
            Some(id) => {
                step_aside(records, held.id)?;
                rehome(outbox, held.id, id)?;
                moved.push((held.id, id));
            }
            None => stand_in(records, &held)?,
        }
    }
    Ok(moved)
}

fn all(outbox: &Connection) -> Result<Vec<Begun>, CacheError> {
    let mut statement = outbox.prepare_cached(
        "SELECT conversation, line, address, at FROM begun WHERE became IS NULL ORDER BY at",
    )?;
    let mut rows = statement.query(())?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let address = |text: String| {
            Address::from_twilio(&text).map_err(|error| CacheError::Outbox(error.to_string()))
        };
        all.push(Begun {
            id: ConversationId(uuid_out(row, 0)?),
            line: address(row.get(1)?)?,
            address: address(row.get(2)?)?,
            at: Timestamp::from_millis(row.get(3)?),
        });
    }
    Ok(all)
}

/// The relay's conversation between the two.
fn recorded(
    records: &Connection,
    line: &Address,
    address: &Address,
) -> Result<Option<ConversationId>, CacheError> {
    let mut statement = records.prepare_cached(
        "SELECT own.id, record.body FROM conversation_words AS words
         JOIN conversation AS own ON own.n = words.n
         JOIN records AS record ON record.n = own.n
         WHERE words.number = ?1 AND own.line = ?2 AND record.kind = 'conversation'",
    )?;
    let number = filter::fold(address.as_str());
    let mut rows = statement.query([number, filter::fold(line.as_str())])?;
    while let Some(row) = rows.next()? {
        // Folding makes some addresses of other channels alike.
        let held: Conversation = super::error::stored_record(&row.get::<_, String>(1)?)?;
        if held.address == *address && held.line == *line {
            return Ok(Some(ConversationId(uuid_out(row, 0)?)));
        }
    }
    Ok(None)
}

fn stand_in(records: &Connection, begun: &Begun) -> Result<(), CacheError> {
    let contact: Option<Uuid> = records
        .prepare_cached(
            "SELECT contact.id FROM contact_address AS own
             JOIN contact ON contact.n = own.n WHERE own.address = ?1 LIMIT 1",
        )?
        .query_row([begun.address.as_str()], |row| uuid_out(row, 0))
        .optional()?;
    let conversation = Conversation {
        id: begun.id,
        seq: Seq::ZERO,
        line: begun.line.clone(),
        address: begun.address.clone(),
        contact: ContactId(contact.unwrap_or_default()),
        status: ConversationStatus::Open,
        assignee: None,
        labels: Vec::new(),
        flagged: false,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: None,
        inbound_total: 0,
        last: None,
        created_at: begun.at,
    };
    records::stand_in(records, &conversation)
}

fn step_aside(records: &Connection, id: ConversationId) -> Result<(), CacheError> {
    records::step_aside(records, id)
}

/// What waits under the id that was chosen here goes to the conversation that there is.
fn rehome(
    outbox: &mut Connection,
    from: ConversationId,
    to: ConversationId,
) -> Result<(), CacheError> {
    let tx = outbox.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if from != to {
        let ends = params![from.0.as_bytes(), to.0.as_bytes()];
        // Nothing was asked of a conversation that does not exist: none of these was taken.
        tx.execute(
            "UPDATE request SET path = replace(path, ?2, ?3) WHERE conversation = ?1
                 AND state = 'waiting'",
            params![from.0.as_bytes(), from.to_string(), to.to_string()],
        )?;
        tx.execute(
            "UPDATE request SET conversation = ?2 WHERE conversation = ?1",
            ends,
        )?;
        move_drafts(&tx, from, to)?;
        tx.execute(
            "UPDATE OR IGNORE undo_part SET conversation = ?2 WHERE conversation = ?1",
            ends,
        )?;
        tx.execute(
            "UPDATE undo_timed SET conversation = ?2 WHERE conversation = ?1",
            ends,
        )?;
    }
    // What is on its way here under the former id finds the other by this.
    tx.execute(
        "UPDATE begun SET became = ?2 WHERE conversation = ?1",
        params![from.0.as_bytes(), to.0.as_bytes()],
    )?;
    tx.commit()?;
    Ok(())
}

/// What is being written stands before what may be written there.
fn move_drafts(
    tx: &Connection,
    from: ConversationId,
    to: ConversationId,
) -> Result<(), CacheError> {
    let now = clock::now();
    let draft = drafts::TEXTS.load(tx, from)?;
    if !draft.is_empty() {
        let owes = templates::origin(tx, from)?.with(templates::origin(tx, to)?);
        drafts::TEXTS.put_before(tx, to, &draft, now)?;
        templates::keep_origin(tx, to, &owes)?;
        drafts::TEXTS.save(tx, from, "", now)?;
    }
    let note = drafts::NOTES.load(tx, from)?;
    if !note.is_empty() {
        drafts::NOTES.put_before(tx, to, &note, now)?;
        drafts::NOTES.save(tx, from, "", now)?;
    }
    Ok(())
}

/// Nothing was ever written there.
fn forget_if_idle(
    records: &Connection,
    outbox: &Connection,
    held: &Begun,
) -> Result<(), CacheError> {
    let id = held.id.0.as_bytes();
    let asks = outbox
        .prepare_cached("SELECT 1 FROM request WHERE conversation = ?1")?
        .exists([id])?;
    if asks || drafts::exists(outbox, held.id)? {
        return Ok(());
    }
    outbox
        .prepare_cached("DELETE FROM begun WHERE conversation = ?1")?
        .execute([id])?;
    step_aside(records, held.id)
}
