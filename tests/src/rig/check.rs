//! Compares what was acknowledged with what is stored: by its own SQL, over files that nobody has
//! open.

use super::ledger::Ledger;
use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags, params};
use smsdesk_common::feed::Digest;
use smsdesk_common::ids::Seq;
use smsdesk_relay::twilio::simulator::{Message, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Violations that are shown of one kind; the rest is counted.
const SHOWN_MAX: usize = 5;

/// What is wrong. Empty where nothing is.
#[derive(Clone, Debug, Default)]
pub struct Violations(pub Vec<String>);

impl Violations {
    /// Notes one kind of violation with everything that it was found in.
    pub fn each(&mut self, what: &str, found: impl IntoIterator<Item = String>) {
        let mut found = found.into_iter();
        let shown: Vec<_> = found.by_ref().take(SHOWN_MAX).collect();
        if shown.is_empty() {
            return;
        }
        let count = shown.len() + found.count();
        self.0
            .push(format!("{what}: {count} ({})", shown.join(", ")));
    }

    /// Notes a violation unless it is `good`.
    pub fn unless(&mut self, good: bool, what: impl FnOnce() -> String) {
        if !good {
            self.0.push(what());
        }
    }
}

/// A row of the feed: (kind, id) to (seq, deleted).
pub type Feed = BTreeMap<(String, String), (u64, bool)>;

/// Opens a database that nobody else has open.
///
/// # Errors
/// It cannot be read.
pub fn open(path: &Path) -> anyhow::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags).with_context(|| path.display().to_string())
}

/// The relay's database by itself: pages, references, feed, digest, unread arithmetic.
///
/// # Errors
/// It cannot be read.
pub fn soundness(relay: &Connection, wrong: &mut Violations) -> anyhow::Result<Feed> {
    let verdict: String = relay.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
    wrong.unless(verdict == "ok", || format!("integrity_check: {verdict}"));
    let dangling = texts(relay, "SELECT \"table\" FROM pragma_foreign_key_check")?;
    wrong.each("rows that refer to nothing", dangling);
    let feed = feed(relay)?;
    let mut digest = Digest::EMPTY;
    for ((kind, id), (seq, _)) in &feed {
        digest.add(kind, id, Seq(*seq));
    }
    let kept: Option<String> = relay.query_row(
        "SELECT max(value) FROM meta WHERE name = 'digest'",
        (),
        |row| row.get(0),
    )?;
    let kept = kept.unwrap_or_else(|| Digest::EMPTY.to_string());
    wrong.unless(kept == digest.to_string(), || {
        format!("the feed's digest is {digest} and the stored one {kept}")
    });
    for kind in [
        "agent",
        "line",
        "contact",
        "conversation",
        "entry",
        "read_marker",
        "setting",
        "template",
        "broadcast",
        "job",
    ] {
        let astray = texts(
            relay,
            &format!(
                "SELECT own.id FROM {kind} AS own LEFT JOIN changes ON changes.kind = '{kind}' \
                 AND changes.id = own.id WHERE changes.seq IS NOT own.seq"
            ),
        )?;
        wrong.each(
            &format!("a {kind} that is not at its place in the feed"),
            astray,
        );
        let missing = texts(
            relay,
            &format!(
                "SELECT id FROM changes WHERE kind = '{kind}' AND deleted = 0 AND id NOT IN \
                 (SELECT id FROM {kind})"
            ),
        )?;
        wrong.each(&format!("a {kind} of the feed that is not there"), missing);
    }
    let miscounted = texts(
        relay,
        "SELECT id FROM conversation WHERE inbound_total IS NOT (SELECT count(*) FROM entry \
         WHERE entry.conversation = conversation.id AND direction = 'inbound')",
    )?;
    wrong.each("conversations that count their texts wrongly", miscounted);
    let lost = texts(
        relay,
        "SELECT id FROM entry WHERE direction = 'outbound' AND sid IS NULL AND status IN \
         ('queued', 'sending', 'unknown') AND id NOT IN (SELECT entry FROM outbox)",
    )?;
    wrong.each("texts that wait and are not in the outbox", lost);
    Ok(feed)
}

/// What the provider and the apps were told, against the relay's database.
///
/// # Errors
/// It cannot be read.
pub fn acknowledged(
    relay: &Connection,
    ledger: &Ledger,
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let entries = counts(
        relay,
        "SELECT sid, count(*) FROM entry WHERE sid NOT NULL GROUP BY sid",
    )?;
    let once = |sid: &&String| entries.get(*sid) != Some(&1);
    wrong.each(
        "acknowledged texts that are lost",
        ledger.texts.keys().filter(once).cloned(),
    );
    wrong.each(
        "acknowledged texts that were lost until a list brought them",
        lost_meanwhile(relay, ledger)?,
    );
    let reports: BTreeSet<String> = texts(relay, "SELECT DISTINCT sid FROM delivery_report")?
        .into_iter()
        .collect();
    let unheard = ledger
        .reports
        .iter()
        .filter(|(sid, _)| !reports.contains(sid));
    wrong.each(
        "acknowledged delivery reports that are lost",
        unheard.map(|(sid, word)| format!("{sid} {word}")),
    );
    let raw: i64 = relay.query_row(
        "SELECT count(*) FROM webhook WHERE kind = 'status'",
        (),
        |row| row.get(0),
    )?;
    wrong.unless(raw >= i64::try_from(ledger.reports.len())?, || {
        format!(
            "{} delivery reports were acknowledged, {raw} are stored",
            ledger.reports.len()
        )
    });
    let doubled = texts(
        relay,
        "SELECT body FROM entry GROUP BY direction, body HAVING count(*) > 1",
    )?;
    wrong.each("texts that are stored twice", doubled);
    Ok(())
}

/// Texts that were acknowledged before they were there: the provider's list makes good for what it
/// should never have to.
fn lost_meanwhile(relay: &Connection, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let mut statement = relay.prepare(
        "SELECT dedupe, received_at FROM webhook WHERE kind = 'message' AND origin = 'backfill'",
    )?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let brought = rows.collect::<Result<BTreeMap<String, i64>, _>>()?;
    let promised = ledger.texts.iter();
    let late = promised.filter(|(sid, at)| {
        let brought = brought.get(*sid);
        brought.is_some_and(|brought| *brought > at.as_millis())
    });
    Ok(late.map(|(sid, _)| sid.clone()).collect())
}

/// What went out, against the provider: no text twice, every text in a state that is known.
///
/// # Errors
/// The database cannot be read.
pub fn sends(relay: &Connection, sent: &[Message], wrong: &mut Violations) -> anyhow::Result<()> {
    let mut by_entry: BTreeMap<String, Vec<&Message>> = BTreeMap::new();
    let mut by_body: BTreeMap<&str, u64> = BTreeMap::new();
    for message in sent {
        let callback = message.status_callback.as_deref().unwrap_or_default();
        let entry = callback.split_once("entry=").map_or("", |(_, entry)| entry);
        by_entry.entry(entry.to_owned()).or_default().push(message);
        *by_body.entry(&message.body).or_default() += 1;
    }
    let twice = by_entry.iter().filter(|(_, messages)| messages.len() > 1);
    wrong.each(
        "texts that the provider has twice",
        twice.map(|(entry, _)| entry.clone()),
    );
    let twice = by_body.iter().filter(|(_, count)| **count > 1);
    wrong.each(
        "words that went out twice",
        twice.map(|(body, _)| (*body).to_owned()),
    );

    let mut statement = relay.prepare(
        "SELECT id, coalesce(sid, ''), coalesce(status, '') FROM entry \
         WHERE direction = 'outbound'",
    )?;
    let mut rows = statement.query(())?;
    let (mut strange, mut unfinished, mut untrue) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let (id, sid, status): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let there = by_entry
            .remove(&id)
            .and_then(|messages| messages.first().copied());
        match there {
            _ if matches!(status.as_str(), "queued" | "sending" | "scheduled" | "") => {
                unfinished.push(format!("{id} {status}"));
            }
            Some(message) if !sid.is_empty() && message.sid.as_str() != sid => strange.push(id),
            Some(message) if status == "delivered" && message.status != Status::Delivered => {
                untrue.push(id);
            }
            None if !matches!(status.as_str(), "unknown" | "unconfirmed" | "failed") => {
                untrue.push(format!("{id} {status}"));
            }
            _ => {}
        }
    }
    wrong.each("texts under the sid of another one", strange);
    wrong.each("texts that never left the outbox", unfinished);
    wrong.each("texts that are said to be what they are not", untrue);
    wrong.each(
        "texts at the provider that the relay does not have",
        by_entry.into_keys(),
    );
    let stuck = texts(
        relay,
        "SELECT entry FROM outbox WHERE state IN ('queued', 'claimed')",
    )?;
    wrong.each("texts that still wait in the outbox", stuck);
    Ok(())
}

/// Everything that the provider has for us and of us, acknowledged or not.
///
/// # Errors
/// The database cannot be read.
pub fn reconciled(
    relay: &Connection,
    inbound: &[Message],
    sent: &[Message],
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let mut known = BTreeMap::new();
    let mut statement =
        relay.prepare("SELECT sid, coalesce(status, '') FROM entry WHERE sid NOT NULL")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        known.insert(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    }
    let missing = inbound
        .iter()
        .filter(|message| !known.contains_key(message.sid.as_str()));
    wrong.each(
        "texts that were never fetched",
        missing.map(|message| message.sid.to_string()),
    );
    let differs = sent.iter().filter(|message| {
        known.get(message.sid.as_str()).map(String::as_str) != Some(message.status.as_str())
    });
    wrong.each(
        "sends that are not settled",
        differs.map(|message| message.sid.to_string()),
    );
    Ok(())
}

/// The texts that an app said to have saved: at the relay, or refused before its author's eyes.
///
/// # Errors
/// A database cannot be read.
pub fn saved(
    relay: &Connection,
    outboxes: &[Connection],
    ledger: &Ledger,
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let mut refused = BTreeSet::new();
    for outbox in outboxes {
        refused.extend(texts(
            outbox,
            "SELECT id FROM request WHERE state = 'refused'",
        )?);
        let waiting = texts(outbox, "SELECT id FROM request WHERE state = 'waiting'")?;
        wrong.each("requests that still wait in an app", waiting);
        let answered = texts(outbox, "SELECT id FROM request WHERE state = 'answered'")?;
        wrong.each("requests whose record never came back", answered);
    }
    let mut find = relay.prepare("SELECT body FROM entry WHERE id = ?1")?;
    let mut lost = Vec::new();
    for (entry, body) in &ledger.saved {
        let there: Option<String> = find
            .query_map(params![entry], |row| row.get(0))?
            .next()
            .transpose()?;
        match there {
            Some(found) if found == *body => {}
            None if refused.contains(entry) => {}
            Some(_) | None => lost.push(entry.clone()),
        }
    }
    wrong.each("saved texts that are lost", lost);
    Ok(())
}

/// An app's copy of the records against the relay's feed.
///
/// # Errors
/// The copy cannot be read.
pub fn copy(
    name: &str,
    cache: &Connection,
    feed: &Feed,
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let verdict: String = cache.query_row("PRAGMA integrity_check", (), |row| row.get(0))?;
    wrong.unless(verdict == "ok", || format!("{name}'s cache: {verdict}"));
    let mut statement = cache.prepare("SELECT kind, id, seq, deleted FROM records")?;
    let rows = statement.query_map((), |row| {
        let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
        let (seq, deleted): (i64, bool) = (row.get(2)?, row.get(3)?);
        Ok(((kind, id), (u64::try_from(seq).unwrap_or(0), deleted)))
    })?;
    let held = rows.collect::<Result<Feed, _>>()?;
    let differs = feed
        .iter()
        .filter(|(key, value)| held.get(*key) != Some(*value));
    let mut found: Vec<_> = differs
        .map(|((kind, id), _)| format!("{kind} {id}"))
        .collect();
    let extra = held.keys().filter(|key| !feed.contains_key(*key));
    found.extend(extra.map(|(kind, id)| format!("{kind} {id}")));
    wrong.each(&format!("records that {name}'s cache has otherwise"), found);
    Ok(())
}

fn feed(relay: &Connection) -> anyhow::Result<Feed> {
    let mut statement = relay.prepare("SELECT kind, id, seq, deleted FROM changes")?;
    let rows = statement.query_map((), |row| {
        let (kind, id): (String, String) = (row.get(0)?, row.get(1)?);
        let (seq, deleted): (i64, bool) = (row.get(2)?, row.get(3)?);
        Ok(((kind, id), (u64::try_from(seq).unwrap_or(0), deleted)))
    })?;
    Ok(rows.collect::<Result<Feed, _>>()?)
}

/// The first column of every row.
pub fn texts(conn: &Connection, sql: &str) -> anyhow::Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map((), |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn counts(conn: &Connection, sql: &str) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
