//! Who did what, in rows that are only added to, each bound to the one before by its hash.
//!
//! A row is written in the transaction of what it tells of: both are stored or neither is. It never
//! holds what was written to anybody, nor to which number.

use crate::store::sql::{Reads, Row, Tx, params};
use crate::store::{StoreError, meta};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use smsdesk_common::audit::{Actor, AuditRow, BEGINNING, Deed};
use smsdesk_common::ids::Seq;
use smsdesk_common::time::Timestamp;
use std::fmt;
use std::str::FromStr;

/// Rows that are looked at together when the chain is followed.
const CHUNK: u32 = 1_000;

/// The newest row: what has to be kept elsewhere to notice later that rows are missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Its number.
    pub n: Seq,
    /// Its hash.
    pub hash: String,
}

impl Anchor {
    /// Before the first row.
    pub fn beginning() -> Self {
        Self {
            n: Seq::ZERO,
            hash: BEGINNING.to_owned(),
        }
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}

impl FromStr for Anchor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split_once(':').and_then(|(n, hash)| {
            let hex = hash.len() == BEGINNING.len() && hash.bytes().all(|b| b.is_ascii_hexdigit());
            Some((n.parse().ok()?, hex.then(|| hash.to_ascii_lowercase())?))
        });
        let (n, hash) = parts.ok_or("expected a number, a colon and 64 hexadecimal digits")?;
        Ok(Self { n: Seq(n), hash })
    }
}

/// Something to be told of.
#[derive(Clone, Debug)]
pub struct Note<'a> {
    actor: Actor,
    deed: Deed,
    subject: Option<String>,
    detail: Vec<(&'a str, Value)>,
}

impl<'a> Note<'a> {
    /// Somebody did something.
    pub const fn new(actor: Actor, deed: Deed) -> Self {
        Self {
            actor,
            deed,
            subject: None,
            detail: Vec::new(),
        }
    }

    /// To which record.
    #[must_use]
    pub fn of(mut self, subject: impl fmt::Display) -> Self {
        self.subject = Some(subject.to_string());
        self
    }

    /// What else there is to know.
    #[must_use]
    pub fn with(mut self, key: &'a str, value: impl Into<Value>) -> Self {
        self.detail.push((key, value.into()));
        self
    }
}

/// Adds a row behind the newest.
///
/// # Errors
/// The database cannot be written.
pub fn append(tx: &mut dyn Tx, note: Note<'_>) -> Result<(), StoreError> {
    let before = newest(tx)?;
    let detail: Map<String, Value> = note
        .detail
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    let mut row = AuditRow {
        n: before.n.next(),
        at: tx.now(),
        actor: note.actor.to_string(),
        name: None,
        deed: note.deed.as_str().to_owned(),
        subject: note.subject,
        detail: Value::Object(detail).to_string(),
        hash: String::new(),
    };
    row.hash = hash(&row, &before.hash);
    tx.execute(
        "INSERT INTO audit (n, at, actor, deed, subject, detail, hash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.n,
            row.at,
            &row.actor,
            &row.deed,
            row.subject.as_deref(),
            &row.detail,
            &row.hash
        ],
    )?;
    let (n, hash) = (row.n, row.hash);
    meta::set_audit(tx, &Anchor { n, hash }.to_string())
}

/// The SHA-256 that binds a row to the one before.
fn hash(row: &AuditRow, before: &str) -> String {
    let digest = Sha256::digest(row.sealed(before).as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Behind what the next row comes. Where rows are missing at the end, what is kept beside them goes
/// on, so that the hole stays.
fn newest(reads: &mut dyn Reads) -> Result<Anchor, StoreError> {
    let kept = anchor(reads)?.unwrap_or_else(Anchor::beginning);
    let row = reads.query_one("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1", &[])?;
    let last = row.map(|row| of(&row)).transpose()?;
    Ok(last.filter(|last| last.n > kept.n).unwrap_or(kept))
}

fn of(row: &Row) -> Result<Anchor, StoreError> {
    Ok(Anchor {
        n: row.seq(0)?,
        hash: row.text(1)?.to_owned(),
    })
}

/// What is kept beside the rows about the newest; none where it is missing or no anchor.
///
/// # Errors
/// The database cannot be read.
pub fn anchor(reads: &mut dyn Reads) -> Result<Option<Anchor>, StoreError> {
    Ok(meta::audit(reads)?.and_then(|text| text.parse().ok()))
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only rows before this number.
    pub before: Option<Seq>,
    /// Only since then.
    pub since: Option<Timestamp>,
    /// Only of this actor: `operator`, `relay`, `nobody`, `agent:ID` or an agent's name.
    pub actor: Option<String>,
    /// Only of this deed.
    pub deed: Option<String>,
}

/// Rows, the newest first.
///
/// # Errors
/// The database cannot be read.
pub fn page(
    reads: &mut dyn Reads,
    wanted: &Wanted,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let before = wanted
        .before
        .map_or(i64::MAX, |n| i64::try_from(n.0).unwrap_or(i64::MAX));
    let since = wanted.since.map_or(i64::MIN, Timestamp::as_millis);
    let rows = reads.query(
        "SELECT n, at, actor, agent.name, deed, subject, detail, hash FROM audit \
         LEFT JOIN agent ON 'agent:' || agent.id = actor \
         WHERE n < ?1 AND at >= ?2 AND (?3 IS NULL OR actor = ?3 OR agent.name = ?3) \
         AND (?4 IS NULL OR deed = ?4) ORDER BY n DESC LIMIT ?5",
        params![
            before,
            since,
            wanted.actor.as_deref(),
            wanted.deed.as_deref(),
            limit
        ],
    )?;
    rows.iter().map(row).collect()
}

/// Rows from a number on, the oldest first.
///
/// # Errors
/// The database cannot be read.
pub fn after(reads: &mut dyn Reads, n: Seq, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let rows = reads.query(
        "SELECT n, at, actor, agent.name, deed, subject, detail, hash FROM audit \
         LEFT JOIN agent ON 'agent:' || agent.id = actor WHERE n > ?1 ORDER BY n LIMIT ?2",
        params![n, limit],
    )?;
    rows.iter().map(row).collect()
}

fn row(row: &Row) -> Result<AuditRow, StoreError> {
    Ok(AuditRow {
        n: row.seq(0)?,
        at: row.time(1)?,
        actor: row.text(2)?.to_owned(),
        name: row.maybe_text(3)?,
        deed: row.text(4)?.to_owned(),
        subject: row.maybe_text(5)?,
        detail: row.text(6)?.to_owned(),
        hash: row.text(7)?.to_owned(),
    })
}

/// What following the chain came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How many rows there are.
    pub rows: u64,
    /// The newest row.
    pub newest: Anchor,
    /// The first thing that does not fit, in words; none where everything does.
    pub fault: Option<String>,
}

/// Follows the chain from the first row to the newest, and past each of `anchors`, which were noted
/// elsewhere earlier.
///
/// # Errors
/// The database cannot be read.
pub fn follow(reads: &mut dyn Reads, anchors: &[Anchor]) -> Result<Followed, StoreError> {
    let mut known = anchors.to_vec();
    let kept = anchor(reads)?;
    known.extend(kept.clone());
    let below = reads.query_one("SELECT n FROM audit WHERE n < 1 LIMIT 1", &[])?;
    let mut chain = Followed {
        rows: 0,
        newest: Anchor::beginning(),
        fault: below.map(|_| "a row has a number below 1".to_owned()),
    };
    loop {
        let rows = after(reads, chain.newest.n, CHUNK)?;
        let Some(last) = rows.last().map(|row| row.n) else {
            break;
        };
        for row in rows {
            chain.rows += 1;
            if chain.fault.is_none() {
                chain.fault = fault(&row, &chain.newest, &known);
            }
            chain.newest = Anchor {
                n: row.n,
                hash: row.hash,
            };
        }
        chain.newest.n = last;
    }
    if chain.fault.is_none() {
        chain.fault = at_the_end(&chain, &known, kept.as_ref());
    }
    Ok(chain)
}

/// What is wrong with a row, by the row before and by what was noted of it.
fn fault(row: &AuditRow, before: &Anchor, known: &[Anchor]) -> Option<String> {
    let n = row.n;
    if n != before.n.next() {
        let missing = before.n.next();
        return Some(format!(
            "row {missing} is missing: after {} comes {n}",
            before.n
        ));
    }
    if row.hash != hash(row, &before.hash) {
        return Some(format!(
            "row {n} is not as it was written, or not where it was"
        ));
    }
    let mut noted = known.iter().filter(|anchor| anchor.n == n);
    noted.any(|anchor| anchor.hash != row.hash).then(|| {
        format!("row {n} is another one than was noted: what comes up to it was rewritten")
    })
}

/// What is missing behind the newest row.
fn at_the_end(chain: &Followed, known: &[Anchor], kept: Option<&Anchor>) -> Option<String> {
    let newest = chain.newest.n;
    let farthest = known
        .iter()
        .map(|anchor| anchor.n)
        .max()
        .unwrap_or_default();
    if farthest > newest {
        let missing = newest.next();
        return Some(format!(
            "row {missing} is missing: there were rows up to {farthest}"
        ));
    }
    let kept = kept.map_or(Seq::ZERO, |anchor| anchor.n);
    (kept < newest).then(|| {
        let extra = kept.next();
        format!("row {extra} was added by something else than the relay")
    })
}
