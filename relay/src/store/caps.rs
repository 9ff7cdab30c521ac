//! Counts what nobody typed, for caps. What a person is owed by law does not count, and neither does
//! what waits or did not go.

use crate::store::StoreError;
use crate::store::sql::{Reads, Row, params};
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

macro_rules! automatic {
    ($rest:literal) => {
        concat!(
            "entry.author >= 'automation:' AND entry.author < 'automation;' \
             AND entry.direction = 'outbound' AND entry.entry_kind = 'message' \
             AND entry.author <> 'automation:opt_out' ",
            $rest
        )
    };
}

fn count(row: Option<&Row>) -> Result<u32, StoreError> {
    row.map_or(Ok(0), |row| row.count(0))
}

/// How many went to a contact since then, on all lines.
///
/// # Errors
/// The database cannot be read.
pub fn sent_to(
    reads: &mut dyn Reads,
    contact: ContactId,
    since: Timestamp,
) -> Result<u32, StoreError> {
    let row = reads.query_one(
        concat!(
            "SELECT COUNT(*) FROM conversation JOIN entry ON entry.conversation = conversation.id \
             WHERE conversation.contact = ?1 AND entry.at >= ?2 AND ",
            automatic!("AND entry.status NOT IN ('scheduled', 'canceled', 'failed')")
        ),
        params![contact.0, since],
    )?;
    count(row.as_ref())
}

/// When the text went from a line that lies `back` texts back, since then.
///
/// # Errors
/// The database cannot be read.
pub fn nth_back(
    reads: &mut dyn Reads,
    line: &Address,
    back: u32,
    since: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let row = reads.query_one(
        concat!(
            "SELECT entry.at FROM entry JOIN conversation ON conversation.id = entry.conversation \
             WHERE conversation.line = ?1 AND entry.at > ?2 AND ",
            automatic!(
                "AND entry.status NOT IN ('scheduled', 'canceled') \
                 ORDER BY entry.at DESC LIMIT 1 OFFSET ?3"
            )
        ),
        params![line.as_str(), since, back.saturating_sub(1)],
    )?;
    row.map(|row| row.time(0)).transpose()
}

/// How many of a line wait for their time.
///
/// # Errors
/// The database cannot be read.
pub fn waiting_on(reads: &mut dyn Reads, line: &Address) -> Result<u32, StoreError> {
    let row = reads.query_one(
        concat!(
            "SELECT COUNT(*) FROM entry JOIN conversation ON conversation.id = entry.conversation \
             WHERE entry.status = 'scheduled' AND conversation.line = ?1 AND ",
            automatic!("")
        ),
        params![line.as_str()],
    )?;
    count(row.as_ref())
}
