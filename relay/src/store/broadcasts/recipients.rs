//! The recipients of broadcasts. No records: a list of many thousands is asked for page by page.

use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::api::broadcasts::BulkRecipient;
use smsdesk_common::broadcast::{BroadcastState, RecipientState};
use smsdesk_common::ids::{BroadcastId, ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::status::{DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;

/// A recipient as the list names them and the desk knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Their place in the list, from 1.
    pub n: u32,
    /// As the list named them.
    pub given: String,
    /// Theirs, where it is known.
    pub address: Option<Address>,
    /// Ours.
    pub line: Option<Address>,
    /// Who they are.
    pub contact: Option<ContactId>,
    /// The conversation that there is already.
    pub conversation: Option<ConversationId>,
    /// Values of their own.
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    /// What became of them.
    pub state: RecipientState,
    /// Why.
    pub reason: Option<String>,
}

/// What a recipient is shown as: whoever it is not the turn of when a broadcast is canceled never
/// gets one, and no row has to be touched for that.
pub const fn shown(state: RecipientState, of: BroadcastState) -> RecipientState {
    match (state, of) {
        (RecipientState::Pending, BroadcastState::Canceled) => RecipientState::Canceled,
        _ => state,
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

/// Forgets a list that no broadcast was made of.
///
/// # Errors
/// The database cannot be written.
pub fn forget(tx: &mut dyn Tx, of: BroadcastId) -> Result<usize, StoreError> {
    tx.execute(
        "DELETE FROM broadcast_recipient WHERE broadcast = ?1 \
         AND NOT EXISTS (SELECT 1 FROM broadcast WHERE id = ?1)",
        params![of.0],
    )
}

/// A list that no broadcast was made of; see [`forget`].
///
/// # Errors
/// The database cannot be read.
pub fn left_over(reads: &mut dyn Reads) -> Result<Option<BroadcastId>, StoreError> {
    // One step along the index for each list: recipients are many, lists are few.
    let mut behind = String::new();
    loop {
        let next = reads.query_one(
            "SELECT MIN(broadcast) FROM broadcast_recipient WHERE broadcast > ?1",
            params![&behind],
        )?;
        let Some(id) = next.map_or(Ok(None), |row| row.maybe_parsed::<BroadcastId>(0))? else {
            return Ok(None);
        };
        let made = reads.query_one("SELECT 1 FROM broadcast WHERE id = ?1", params![id.0])?;
        if made.is_none() {
            return Ok(Some(id));
        }
        behind = id.to_string();
    }
}

/// Stores a recipient.
///
/// # Errors
/// There is one at that place, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, of: BroadcastId, row: &Recipient) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO broadcast_recipient (broadcast, n, given, address, line, contact, \
         conversation, variables, state, reason, next_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)",
        params![
            of.0,
            row.n,
            &row.given,
            row.address.as_ref().map(Address::as_str),
            row.line.as_ref().map(Address::as_str),
            row.contact.map(|id| id.0),
            row.conversation.map(|id| id.0),
            row.variables.as_ref().map(json).transpose()?,
            row.state.as_str(),
            row.reason.clone(),
        ],
    )?;
    Ok(())
}

fn recipient(row: &Row) -> Result<Recipient, StoreError> {
    let maybe_address = |column| match row.maybe_text(column)? {
        Some(_) => address(row, column).map(Some),
        None => Ok(None),
    };
    Ok(Recipient {
        n: row.count(0)?,
        given: row.text(1)?.to_owned(),
        address: maybe_address(2)?,
        line: maybe_address(3)?,
        contact: row.maybe_parsed(4)?,
        conversation: row.maybe_parsed(5)?,
        variables: row.maybe_json(6)?,
        state: row.named(7, RecipientState::parse)?,
        reason: row.maybe_text(8)?,
    })
}

/// Those of one line whose turn it is, in the order of the list.
///
/// # Errors
/// The database cannot be read.
pub fn turn(
    reads: &mut dyn Reads,
    of: BroadcastId,
    line: &Address,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Recipient>, StoreError> {
    let rows = reads.query(
        "SELECT n, given, address, line, contact, conversation, variables, state, reason \
         FROM broadcast_recipient WHERE broadcast = ?1 AND state = 'pending' AND line = ?2 \
         AND next_at <= ?3 ORDER BY n LIMIT ?4",
        params![of.0, line.as_str(), now, limit],
    )?;
    rows.iter().map(recipient).collect()
}

/// Notes that a recipient's text is on its way.
///
/// # Errors
/// The text is another recipient's, or the database cannot be written.
pub fn texted(
    tx: &mut dyn Tx,
    of: BroadcastId,
    n: u32,
    (entry, conversation): (EntryId, ConversationId),
    state: RecipientState,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast_recipient SET state = ?3, reason = NULL, entry = ?4, conversation = ?5 \
         WHERE broadcast = ?1 AND n = ?2",
        params![of.0, n, state.as_str(), entry.0, conversation.0],
    )?;
    Ok(())
}

/// Notes that a recipient is not texted, or not yet: then `again` says when it may be tried.
///
/// # Errors
/// The database cannot be written.
pub fn left_out(
    tx: &mut dyn Tx,
    of: BroadcastId,
    n: u32,
    (state, reason): (RecipientState, &str),
    again: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast_recipient SET state = ?3, reason = ?4, next_at = ?5 \
         WHERE broadcast = ?1 AND n = ?2",
        params![
            of.0,
            n,
            state.as_str(),
            reason,
            again.unwrap_or(Timestamp::from_millis(0))
        ],
    )?;
    Ok(())
}

/// How many there are in each state.
///
/// # Errors
/// The database cannot be read.
pub fn count(
    reads: &mut dyn Reads,
    of: BroadcastId,
) -> Result<Vec<(RecipientState, u32)>, StoreError> {
    let rows = reads.query(
        "SELECT state, COUNT(*) FROM broadcast_recipient WHERE broadcast = ?1 GROUP BY state",
        params![of.0],
    )?;
    let count = |row: &Row| Ok((row.named(0, RecipientState::parse)?, row.count(1)?));
    rows.iter().map(count).collect()
}

/// A text of a recipient that fares otherwise than the recipient knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// Whose broadcast.
    pub of: BroadcastId,
    /// Which recipient.
    pub n: u32,
    /// How their text fares.
    pub state: RecipientState,
}

/// What a number of commits says of recipients' texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What is not known to them yet.
    pub news: Vec<News>,
    /// Up to which commit that is; none where there is none to look at.
    pub upto: Option<Seq>,
    /// How many changes were looked at.
    pub looked_at: usize,
}

/// What the commits after `seq` say of recipients' texts; looks at `limit` changes at most.
///
/// # Errors
/// The database cannot be read.
pub fn news(reads: &mut dyn Reads, seq: Seq, limit: u32) -> Result<Told, StoreError> {
    let rows = reads.query(
        "SELECT seq FROM changes WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![seq, limit],
    )?;
    let looked_at = rows.len();
    let upto = rows.last().map(|row| row.seq(0)).transpose()?;
    let Some(upto) = upto else {
        return Ok(Told::default());
    };
    // From the few changes to the many recipients, never the other way.
    let rows = reads.query(
        "SELECT held.broadcast, held.n, held.state, entry.status FROM changes \
         CROSS JOIN broadcast_recipient AS held CROSS JOIN entry \
         WHERE changes.kind = 'entry' AND changes.seq > ?1 AND changes.seq <= ?2 \
         AND held.entry = changes.id AND entry.id = changes.id",
        params![seq, upto],
    )?;
    let mut news = Vec::new();
    for row in &rows {
        let state = RecipientState::of(row.named(3, DeliveryStatus::parse)?);
        if row.named(2, RecipientState::parse)? != state {
            let (of, n) = (row.parsed(0)?, row.count(1)?);
            news.push(News { of, n, state });
        }
    }
    Ok(Told {
        news,
        upto: Some(upto),
        looked_at,
    })
}

/// Notes how a recipient's text fares.
///
/// # Errors
/// The database cannot be written.
pub fn follow(tx: &mut dyn Tx, news: &News) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE broadcast_recipient SET state = ?3 WHERE broadcast = ?1 AND n = ?2",
        params![news.of.0, news.n, news.state.as_str()],
    )?;
    Ok(())
}

/// How many segments of broadcasts wait in the outbox for each line; what is held takes no place.
///
/// # Errors
/// The database cannot be read.
pub fn waiting(reads: &mut dyn Reads) -> Result<Vec<(Address, u32)>, StoreError> {
    let rows = reads.query(
        "SELECT outbox.line, SUM(outbox.segments) FROM outbox \
         CROSS JOIN broadcast_recipient AS held WHERE held.entry = outbox.entry \
         AND (outbox.state = 'claimed' OR (outbox.state = 'queued' AND outbox.held = 0)) \
         GROUP BY outbox.line",
        &[],
    )?;
    rows.iter()
        .map(|row| Ok((address(row, 0)?, row.count(1)?)))
        .collect()
}

/// The texts of a broadcast that wait in the outbox.
///
/// # Errors
/// The database cannot be read.
pub fn queued(reads: &mut dyn Reads, of: BroadcastId) -> Result<Vec<EntryId>, StoreError> {
    let rows = reads.query(
        "SELECT entry FROM broadcast_recipient WHERE broadcast = ?1 AND state = 'queued' \
         AND entry IS NOT NULL ORDER BY n",
        params![of.0],
    )?;
    rows.iter().map(|row| row.parsed(0)).collect()
}

/// The texts of a broadcast that are held in the outbox.
///
/// # Errors
/// The database cannot be read.
pub fn held(reads: &mut dyn Reads, of: BroadcastId) -> Result<Vec<EntryId>, StoreError> {
    let rows = reads.query(
        "SELECT outbox.entry FROM outbox CROSS JOIN broadcast_recipient AS theirs \
         WHERE outbox.held <> 0 AND theirs.entry = outbox.entry AND theirs.broadcast = ?1 \
         ORDER BY outbox.position",
        params![of.0],
    )?;
    rows.iter().map(|row| row.parsed(0)).collect()
}

/// A part of the list behind a place, with how their texts fare at this moment.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    of: (BroadcastId, BroadcastState),
    behind: u32,
    limit: u32,
) -> Result<Vec<BulkRecipient>, StoreError> {
    let rows = reads.query(
        "SELECT held.n, held.given, held.address, held.contact, held.state, held.reason, \
         held.entry, held.conversation, entry.status, entry.error_code, entry.error_text \
         FROM broadcast_recipient AS held LEFT JOIN entry ON entry.id = held.entry \
         WHERE held.broadcast = ?1 AND held.n > ?2 ORDER BY held.n LIMIT ?3",
        params![of.0.0, behind, limit],
    )?;
    rows.iter().map(|row| result(row, of.1)).collect()
}

fn result(row: &Row, of: BroadcastState) -> Result<BulkRecipient, StoreError> {
    let status = match row.maybe_text(8)? {
        Some(_) => Some(row.named(8, DeliveryStatus::parse)?),
        None => None,
    };
    let state = row.named(4, RecipientState::parse)?;
    Ok(BulkRecipient {
        n: row.count(0)?,
        given: row.text(1)?.to_owned(),
        address: match row.maybe_text(2)? {
            Some(_) => Some(address(row, 2)?),
            None => None,
        },
        contact: row.maybe_parsed(3)?,
        state: status.map_or(shown(state, of), RecipientState::of),
        reason: row.maybe_text(5)?,
        entry: row.maybe_parsed(6)?,
        conversation: row.maybe_parsed(7)?,
        status,
        error: match row.maybe_int(9)? {
            Some(_) => Some(DeliveryError {
                code: row.count(9)?,
                text: row.maybe_text(10)?.unwrap_or_default(),
            }),
            None => None,
        },
    })
}
