//! Compares the outbox with the records and lets go of what has arrived.

use super::{OutboxCounts, counts, notes};
use crate::cache::applied::{Cursor, Touched};
use crate::cache::error::CacheError;
use crate::cache::fate::{Answer, Fate, Held, Part, RequestKind, fate};
use crate::cache::records;
use crate::cache::sql::{parsed, seq_out, unnamed, uuid_out};
use crate::model::contact as model;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::MessagePatch;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Epoch};
use smsdesk_common::record::Kind;

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
    answer: Option<Answer>,
    /// Ends in the id of the text, where it is about one that waits for its time.
    path: String,
}

/// The columns that [`Outstanding::read`] takes.
const COLUMNS: &str = "n, id, kind, conversation, state, answer_seq, answer_epoch, path";

impl Outstanding {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let kind: String = row.get(2)?;
        let state: String = row.get(4)?;
        let seq: Option<i64> = row.get(5)?;
        let epoch: Option<String> = row.get(6)?;
        let epoch: Option<Epoch> = epoch.and_then(|text| text.parse().ok());
        Ok(Self {
            n: row.get(0)?,
            id: row.get(1)?,
            kind: RequestKind::parse(&kind).ok_or_else(|| unnamed(2))?,
            conversation: ConversationId(uuid_out(row, 3)?),
            answer: seq.filter(|_| state == "answered").map(|seq| Answer {
                seq: seq_out(seq),
                epoch,
            }),
            path: row.get(7)?,
        })
    }

    /// The text that it changes.
    fn text(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Whom a request about a contact is about.
    fn contact(&self) -> Option<ContactId> {
        let rest = self.path.strip_prefix("/v1/contacts/")?;
        rest.split('/').next()?.parse().ok()
    }

    fn fate(&self, records: &Connection, cursor: Option<&Cursor>) -> Result<Fate, CacheError> {
        let held = match self.kind {
            RequestKind::Read => Held::default(),
            RequestKind::Send | RequestKind::Note => Held {
                // A deleted text has come back too: it left a record that says so.
                entry: records::seq_of(records, Kind::Entry, &self.id)?,
                conversation: None,
            },
            RequestKind::Timed => Held {
                entry: records::seq_of(records, Kind::Entry, &self.id)?,
                conversation: records::seq_of(records, Kind::Entry, self.text())?,
            },
            RequestKind::Contact => Held {
                entry: None,
                conversation: match self.contact() {
                    Some(id) => records::seq_of(records, Kind::Contact, &id.to_string())?,
                    None => None,
                },
            },
            RequestKind::Patch => Held {
                entry: records::seq_of(records, Kind::Entry, &self.id)?,
                conversation: records::seq_of(
                    records,
                    Kind::Conversation,
                    &self.conversation.to_string(),
                )?,
            },
        };
        let part = cursor.map(|cursor| Part {
            epoch: cursor.epoch,
            low: cursor.low,
            high: cursor.high,
            read_at: cursor.read_at,
        });
        Ok(fate(self.kind, self.answer, part, held))
    }
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
        match request.fate(records, cursor.as_ref())? {
            Fate::Stays => continue,
            Fate::Leaves => {
                tx.prepare_cached("DELETE FROM request WHERE n = ?1")?
                    .execute([request.n])?;
            }
            Fate::Lost => give_up(&tx, request.n)?,
            Fate::Again => notes::ask_again(&tx, request.n)?,
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
    let mut statement =
        outbox.prepare_cached(&format!("SELECT {COLUMNS} FROM request ORDER BY n"))?;
    let rows = statement.query_map((), Outstanding::read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The patches that the records do not show yet, in the order in which they were made.
pub(in crate::cache) fn patches(
    records: &Connection,
    outbox: &Connection,
) -> Result<Vec<(ConversationId, Patch)>, CacheError> {
    let mut statement = outbox.prepare_cached(&format!(
        "SELECT {COLUMNS}, body FROM request WHERE kind = 'patch' AND state != 'refused' ORDER BY n"
    ))?;
    let mut rows = statement.query(())?;
    let mut cursor = None;
    let mut patches = Vec::new();
    while let Some(row) = rows.next()? {
        let request = Outstanding::read(row)?;
        if cursor.is_none() {
            cursor = records::cursor(records)?;
        }
        if request.fate(records, cursor.as_ref())? == Fate::Stays {
            let patch = serde_json::from_str(&row.get::<_, String>(8)?)?;
            patches.push((request.conversation, patch));
        }
    }
    Ok(patches)
}

/// As [`patches`], of texts that wait for their time.
pub(in crate::cache) fn timed_patches(
    records: &Connection,
    outbox: &Connection,
) -> Result<Vec<(EntryId, MessagePatch)>, CacheError> {
    let mut statement = outbox.prepare_cached(&format!(
        "SELECT {COLUMNS}, body FROM request WHERE kind = 'timed' AND state != 'refused' ORDER BY n"
    ))?;
    let mut rows = statement.query(())?;
    let mut patches = Vec::new();
    while let Some(row) = rows.next()? {
        let request = Outstanding::read(row)?;
        let cursor = records::cursor(records)?;
        if request.fate(records, cursor.as_ref())? == Fate::Stays {
            let text = parsed(request.text(), "a text's id").map_err(CacheError::Outbox)?;
            patches.push((
                EntryId(text),
                serde_json::from_str(&row.get::<_, String>(8)?)?,
            ));
        }
    }
    Ok(patches)
}

/// What was said of contacts and the records do not show yet, in the order in which it was said.
pub(in crate::cache) fn contacts(
    records: &Connection,
    outbox: &Connection,
) -> Result<Vec<(ContactId, model::Request)>, CacheError> {
    let mut statement = outbox.prepare_cached(&format!(
        "SELECT {COLUMNS}, body FROM request WHERE kind = 'contact' ORDER BY n"
    ))?;
    let mut rows = statement.query(())?;
    let mut asked = Vec::new();
    while let Some(row) = rows.next()? {
        let request = Outstanding::read(row)?;
        let cursor = records::cursor(records)?;
        if let Some(contact) = request.contact()
            && request.fate(records, cursor.as_ref())? == Fate::Stays
        {
            asked.push((contact, serde_json::from_str(&row.get::<_, String>(8)?)?));
        }
    }
    Ok(asked)
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
