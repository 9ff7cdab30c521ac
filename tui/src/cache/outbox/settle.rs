//! Compares the outbox with the records and lets go of what has arrived.

use super::{OutboxCounts, RequestKind, counts};
use crate::cache::applied::{Cursor, Touched};
use crate::cache::error::CacheError;
use crate::cache::records;
use crate::cache::sql::{seq_out, unnamed, uuid_out};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::{ConversationId, Epoch, Seq};

/// What a look at the records has changed in the outbox.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cache) struct Settled {
    /// The outbox afterwards; none where nothing changed.
    pub(in crate::cache) counts: Option<OutboxCounts>,
    /// Whose requests left or were given up.
    pub(in crate::cache) touched: Touched,
}

/// A request as far as its end is concerned.
struct Outstanding {
    n: i64,
    id: String,
    kind: RequestKind,
    conversation: ConversationId,
    answer: Option<(Seq, Option<Epoch>)>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Leaves,
    /// The relay took it and no longer knows it.
    Lost,
}

/// Removes what the records prove to have arrived. Safe to repeat, after a crash too.
pub(in crate::cache) fn settle(
    records: &Connection,
    outbox: &mut Connection,
) -> Result<Settled, CacheError> {
    let outstanding = outstanding(outbox)?;
    if outstanding.is_empty() {
        return Ok(Settled::default());
    }
    let cursor = records::cursor(records)?;
    let mut settled = Settled::default();
    let tx = outbox.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for request in outstanding {
        match fate(records, cursor.as_ref(), &request)? {
            Fate::Stays => continue,
            Fate::Leaves => {
                tx.prepare_cached("DELETE FROM request WHERE n = ?1")?
                    .execute([request.n])?;
            }
            Fate::Lost => give_up(&tx, request.n)?,
        }
        settled.touched.add(request.conversation);
    }
    if settled.touched.is_empty() {
        return Ok(settled);
    }
    settled.counts = Some(counts(&tx)?);
    tx.commit()?;
    Ok(settled)
}

fn outstanding(outbox: &Connection) -> Result<Vec<Outstanding>, CacheError> {
    let mut statement = outbox.prepare_cached(
        "SELECT n, id, kind, conversation, answer_seq, answer_epoch, state FROM request
         ORDER BY n",
    )?;
    let rows = statement.query_map((), |row| {
        let kind: String = row.get(2)?;
        let state: String = row.get(6)?;
        let seq: Option<i64> = row.get(4)?;
        let epoch: Option<String> = row.get(5)?;
        let epoch = epoch.and_then(|text| text.parse().ok());
        Ok(Outstanding {
            n: row.get(0)?,
            id: row.get(1)?,
            kind: RequestKind::parse(&kind).ok_or_else(|| unnamed(2))?,
            conversation: ConversationId(uuid_out(row, 3)?),
            answer: seq
                .filter(|_| state == "answered")
                .map(|seq| (seq_out(seq), epoch)),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn fate(
    records: &Connection,
    cursor: Option<&Cursor>,
    request: &Outstanding,
) -> Result<Fate, CacheError> {
    // A deleted text has come back too: it left a record that says so.
    if request.kind == RequestKind::Send && records::holds_entry(records, &request.id)? {
        return Ok(Fate::Leaves);
    }
    let (Some((seq, epoch)), Some(cursor)) = (request.answer, cursor) else {
        return Ok(Fate::Stays);
    };
    let same_life = epoch == Some(cursor.epoch);
    if same_life && cursor.high < seq {
        return Ok(Fate::Stays);
    }
    Ok(match request.kind {
        RequestKind::Read => Fate::Leaves,
        // Only a whole copy proves that a record is missing.
        RequestKind::Send if cursor.is_whole() => Fate::Lost,
        RequestKind::Send => Fate::Stays,
    })
}

fn give_up(tx: &Transaction<'_>, n: i64) -> Result<(), CacheError> {
    let problem = Problem {
        title: "The relay no longer knows this text".to_owned(),
        ..Problem::new(
            ErrorCode::Unknown,
            "the relay was restored from a backup that is older than this text; it had taken the \
             text, which may have reached the customer, so it is not sent again by itself",
        )
    };
    tx.prepare_cached("UPDATE request SET state = 'refused', problem = ?2 WHERE n = ?1")?
        .execute(params![n, serde_json::to_string(&problem)?])?;
    Ok(())
}
