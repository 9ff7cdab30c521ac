//! Conversations.

use crate::store::StoreError;
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, Value, params};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Kind;
use smsdesk_common::time::Timestamp;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, seq, line, address, contact, status, assignee, labels, flagged, \
             snoozed_until, waiting_since, inbound_total, last, created_at, flag_reason FROM conversation ",
            $rest
        )
    };
}

fn conversation(row: &Row) -> Result<Conversation, StoreError> {
    Ok(Conversation {
        id: row.parsed(0)?,
        seq: row.seq(1)?,
        line: address(row, 2)?,
        address: address(row, 3)?,
        contact: row.parsed(4)?,
        status: row.named(5, ConversationStatus::parse)?,
        assignee: row.maybe_parsed(6)?,
        labels: row.json(7)?,
        flagged: row.flag(8)?,
        snoozed_until: row.maybe_time(9)?,
        waiting_since: row.maybe_time(10)?,
        inbound_total: row.count(11)?,
        last: row.maybe_json(12)?,
        created_at: row.time(13)?,
        flag_reason: row.maybe_text(14)?,
    })
}

/// One conversation.
///
/// # Errors
/// The database cannot be read.
pub fn find(reads: &mut dyn Reads, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    reads
        .query_one(select!("WHERE id = ?1"), params![id.0])?
        .map(|row| conversation(&row))
        .transpose()
}

/// The one conversation between a line of ours and an address of theirs.
///
/// # Errors
/// The database cannot be read.
pub fn between(
    reads: &mut dyn Reads,
    line: &Address,
    address: &Address,
) -> Result<Option<Conversation>, StoreError> {
    reads
        .query_one(
            select!("WHERE line = ?1 AND address = ?2"),
            params![line.as_str(), address.as_str()],
        )?
        .map(|row| conversation(&row))
        .transpose()
}

/// Every conversation of a contact, the oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn of_contact(
    reads: &mut dyn Reads,
    contact: ContactId,
) -> Result<Vec<Conversation>, StoreError> {
    reads
        .query(
            select!("WHERE contact = ?1 ORDER BY created_at, id"),
            params![contact.0],
        )?
        .iter()
        .map(conversation)
        .collect()
}

/// Every conversation with an address, whatever the line.
///
/// # Errors
/// The database cannot be read.
pub fn with_address(
    reads: &mut dyn Reads,
    address: &Address,
) -> Result<Vec<Conversation>, StoreError> {
    reads
        .query(
            select!("WHERE address = ?1 ORDER BY id"),
            params![address.as_str()],
        )?
        .iter()
        .map(conversation)
        .collect()
}

/// Whose conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Assignee {
    /// Everybody's and nobody's.
    #[default]
    Any,
    /// Those that nobody owns.
    Nobody,
    /// One agent's.
    Agent(AgentId),
}

/// Which conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Where they stand in the team's work; none for wherever.
    pub status: Option<ConversationStatus>,
    /// Whose they are.
    pub assignee: Assignee,
}

/// Conversations below a position, most recently touched first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    below: Option<Seq>,
    filter: &Filter,
    limit: u32,
) -> Result<Vec<Conversation>, StoreError> {
    let below = below.map_or(Value::Int(i64::MAX), Value::from);
    let status = filter.status.map(ConversationStatus::as_str);
    let (owned, owner) = match filter.assignee {
        Assignee::Any => (None, None),
        Assignee::Nobody => (Some(false), None),
        Assignee::Agent(id) => (Some(true), Some(id.0)),
    };
    reads
        .query(
            select!(
                "WHERE seq < ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL \
                 OR (?3 = 0 AND assignee IS NULL) OR (?3 = 1 AND assignee = ?4)) \
                 ORDER BY seq DESC LIMIT ?5"
            ),
            &[
                below,
                status.into(),
                owned.into(),
                owner.into(),
                limit.into(),
            ],
        )?
        .iter()
        .map(conversation)
        .collect()
}

/// When the next snoozed conversation comes back; none where none has a time.
///
/// # Errors
/// The database cannot be read.
pub fn next_to_wake(reads: &mut dyn Reads) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        "SELECT MIN(snoozed_until) FROM conversation WHERE snoozed_until IS NOT NULL",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.maybe_time(0))
}

/// Snoozed conversations whose time has come, the earliest first.
///
/// # Errors
/// The database cannot be read.
pub fn to_wake(
    reads: &mut dyn Reads,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<Conversation>, StoreError> {
    reads
        .query(
            select!("WHERE snoozed_until <= ?1 ORDER BY snoozed_until LIMIT ?2"),
            params![now, limit],
        )?
        .iter()
        .map(conversation)
        .collect()
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Engine(error.to_string()))
}

fn values(conversation: &Conversation) -> Result<[Value; 12], StoreError> {
    let last = conversation.last.as_ref().map(json).transpose()?;
    Ok([
        conversation.id.0.into(),
        conversation.seq.into(),
        conversation.status.as_str().into(),
        conversation.assignee.map(|agent| agent.0).into(),
        json(&conversation.labels)?.into(),
        conversation.flagged.into(),
        conversation.snoozed_until.into(),
        conversation.waiting_since.into(),
        conversation.inbound_total.into(),
        last.into(),
        conversation.contact.0.into(),
        conversation.flag_reason.as_deref().into(),
    ])
}

/// Stores a new conversation; its position is claimed here.
///
/// # Errors
/// There is one between the two addresses already, or the database cannot be written.
pub fn insert(tx: &mut dyn Tx, mut conversation: Conversation) -> Result<Conversation, StoreError> {
    conversation.seq = tx.advance(Kind::Conversation, &conversation.id.to_string(), None)?;
    let mut all = values(&conversation)?.to_vec();
    all.extend([
        conversation.line.as_str().into(),
        conversation.address.as_str().into(),
        conversation.created_at.into(),
    ]);
    tx.execute(
        "INSERT INTO conversation (id, seq, status, assignee, labels, flagged, snoozed_until, \
         waiting_since, inbound_total, last, contact, flag_reason, line, address, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        &all,
    )?;
    Ok(conversation)
}

/// Stores what changed of a conversation at a new position.
///
/// # Errors
/// The database cannot be written.
pub fn update(tx: &mut dyn Tx, conversation: &mut Conversation) -> Result<(), StoreError> {
    let id = conversation.id.to_string();
    conversation.seq = tx.advance(Kind::Conversation, &id, Some(conversation.seq))?;
    tx.execute(
        "UPDATE conversation SET seq = ?2, status = ?3, assignee = ?4, labels = ?5, \
         flagged = ?6, snoozed_until = ?7, waiting_since = ?8, inbound_total = ?9, last = ?10, \
         contact = ?11, flag_reason = ?12 WHERE id = ?1",
        &values(conversation)?,
    )?;
    Ok(())
}
