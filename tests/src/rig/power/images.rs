//! Builds the images and looks at each.

use super::disk::{Disk, Moment};
use super::record::{Fact, Life, Recording};
use super::trace::{Event, Reader};
use crate::random::Random;
use crate::rig::check::{self, Violations};
use crate::rig::options::Options;
use anyhow::Context as _;
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::ids::Seq;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::store::{Store, feed};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use tempfile::TempDir;

/// Where images are opened: syncs of a thousand copies need not reach a disk.
const MEMORY: &str = "/dev/shm";
/// The database's name in the folder.
const DATABASE: &str = "relay.db";
/// Images with violations that are shown; the rest is counted.
const SHOWN_MAX: usize = 8;
/// Changes that are read at once.
const PAGE: usize = 500;

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Images built.
    pub images: u64,
    /// Images with something wrong.
    pub bad: u64,
    /// Images at moments at which something was not synced.
    pub unsynced: u64,
    /// Calls in the log that matter.
    pub events: usize,
    /// Writes among them.
    pub writes: u64,
    /// Syncs among them.
    pub syncs: u64,
    /// Answers that promise something.
    pub promises: usize,
    /// Texts that the provider was asked to send.
    pub handed: usize,
    /// What is wrong.
    pub wrong: Violations,
}

/// What has been said up to a moment.
#[derive(Debug, Default)]
struct Said {
    facts: BTreeSet<Fact>,
    /// Texts that the provider may have from then on.
    handed: BTreeSet<String>,
    /// How many answers each connection has had.
    answers: BTreeMap<(usize, u16), usize>,
}

/// Builds as many images as wanted at moments spread over the log, and checks each.
///
/// # Errors
/// The log cannot be read, or an image cannot be written.
pub async fn check(recording: &Recording, options: &Options) -> anyhow::Result<Report> {
    let mut report = Report {
        wrong: recording.wrong.clone(),
        ..Report::default()
    };
    let events = read(recording, &mut report)?;
    report.events = events.len();
    let mut random = Random::new(options.seed ^ 0x0070_6f77_6572);
    let mut cuts: Vec<usize> = (0..options.images)
        .map(|_| random.place(events.len() + 1))
        .collect();
    cuts.sort_unstable();
    let mut cuts = cuts.into_iter().peekable();
    let (mut disk, mut said) = (Disk::default(), Said::default());
    let mut syncs: BTreeMap<u32, Moment> = BTreeMap::new();
    for n in 0..=events.len() {
        while cuts.next_if_eq(&n).is_some() {
            let image = disk.image(&mut random);
            report.images += 1;
            report.unsynced += u64::from(disk.pending() > 0);
            let mut wrong = Violations::default();
            look(&image, &said, &mut wrong).await?;
            if !wrong.0.is_empty() {
                report.bad += 1;
                if report.wrong.0.len() < SHOWN_MAX {
                    let words = wrong.0.join("; ");
                    report.wrong.0.push(format!("at call {n}: {words}"));
                }
            }
        }
        let Some((life, event)) = events.get(n) else {
            break;
        };
        match event {
            Event::Said { .. } => hear(recording, *life, event, &mut said),
            _ => happen(&mut disk, &mut syncs, event),
        }
    }
    report.promises = said.facts.len();
    report.handed = said.handed.len();
    Ok(report)
}

/// Reads the logs, one line at a time; each event with the life that it belongs to.
fn read(recording: &Recording, report: &mut Report) -> anyhow::Result<Vec<(usize, Event)>> {
    let folder = recording.folder.display().to_string();
    let mut events = Vec::new();
    for (life, Life { log, .. }) in recording.lives.iter().enumerate() {
        let mut reader = Reader::new(&folder);
        for line in BufReader::new(File::open(log)?).lines() {
            let found = reader.line(&line?).map_err(anyhow::Error::msg)?;
            events.extend(found.into_iter().map(|event| (life, event)));
        }
    }
    let matters = |event: &Event| match event {
        Event::Create { name } | Event::Remove { name } | Event::Write { name, .. } => {
            is_kept(name)
        }
        Event::Length { name, .. } => is_kept(name),
        Event::SyncEnds { name, .. } => name.is_empty() || is_kept(name),
        Event::Said { .. } | Event::SyncBegins { .. } | Event::Rename { .. } => true,
    };
    events.retain(|(_, event)| matters(event));
    for (_, event) in &events {
        report.writes += u64::from(matches!(event, Event::Write { .. }));
        report.syncs += u64::from(matches!(event, Event::SyncEnds { .. }));
    }
    Ok(events)
}

/// Whether a file is part of the database. The index of the log lies in memory that is shared and
/// does not survive; SQLite makes it anew from the log.
fn is_kept(name: &str) -> bool {
    name.strip_prefix(DATABASE)
        .is_some_and(|rest| matches!(rest, "" | "-wal" | "-journal"))
}

fn happen(disk: &mut Disk, syncs: &mut BTreeMap<u32, Moment>, event: &Event) {
    match event {
        Event::Create { name } => disk.create(name),
        Event::Write { name, at, data } => disk.write(name, *at, data.clone()),
        Event::Length { name, length } => disk.set_length(name, *length),
        Event::Remove { name } => disk.remove(name),
        Event::Rename { from, to } => disk.rename(from, to),
        Event::SyncBegins { thread } => {
            let now = disk.moment();
            syncs.insert(*thread, now);
        }
        Event::SyncEnds { thread, name } => {
            let Some(since) = syncs.remove(thread) else {
                return;
            };
            if name.is_empty() {
                disk.sync_folder(since);
            } else {
                disk.sync(name, since);
            }
        }
        Event::Said { .. } => {}
    }
}

/// Takes an answer, or a request to the provider, as said from the moment at which it was begun.
fn hear(recording: &Recording, life: usize, event: &Event, said: &mut Said) {
    let Event::Said {
        local,
        remote,
        data,
    } = event
    else {
        return;
    };
    if *local != recording.port {
        said.handed.extend(entry_in(data));
        return;
    }
    let Some(status) = data.strip_prefix(b"HTTP/1.1 ") else {
        return;
    };
    let Some(facts) = recording
        .lives
        .get(life)
        .and_then(|life| life.facts.get(remote))
    else {
        return;
    };
    let answers = said.answers.entry((life, *remote)).or_default();
    if status.starts_with(b"2") {
        said.facts.extend(facts.get(*answers).cloned().flatten());
    }
    *answers += 1;
}

/// The entry that a request to the provider names in its callback's address.
fn entry_in(data: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(data);
    let (_, rest) = text.split_once("entry%3D")?;
    let id: String = rest.chars().take(36).collect();
    (id.len() == 36).then_some(id)
}

/// Opens an image as the relay would, and looks for all that was promised.
async fn look(
    image: &BTreeMap<String, Vec<u8>>,
    said: &Said,
    wrong: &mut Violations,
) -> anyhow::Result<()> {
    let folder = TempDir::new_in(MEMORY).or_else(|_| TempDir::new())?;
    for (name, data) in image {
        std::fs::write(folder.path().join(name), data)?;
    }
    let path = folder.path().join(DATABASE);
    if let Err(error) = walk(&path).await {
        wrong.0.push(format!("it does not open: {error:#}"));
        return Ok(());
    }
    let relay = check::open(&path)?;
    if let Err(error) = compare(&relay, said, wrong) {
        wrong.0.push(format!("it cannot be read: {error:#}"));
    }
    Ok(())
}

/// Opens it with the relay's own code, migrations and recovery included, and reads the whole feed.
async fn walk(path: &Path) -> anyhow::Result<()> {
    let store = Store::open(path, Clock::system()).await?;
    let mut after = Seq::ZERO;
    loop {
        let from = after;
        let page = store
            .read(move |reads| feed::after(reads, from, PAGE))
            .await?;
        match page.lines.last() {
            Some(line) => after = line.seq,
            None => break,
        }
        if page.complete {
            break;
        }
    }
    store.close().await;
    Ok(())
}

fn compare(relay: &Connection, said: &Said, wrong: &mut Violations) -> anyhow::Result<()> {
    check::soundness(relay, wrong)?;
    let mut by_sid = relay.prepare(
        "SELECT count(*) FROM entry JOIN webhook ON webhook.dedupe = entry.sid \
         AND webhook.kind = 'message' WHERE entry.sid = ?1",
    )?;
    let mut by_id = relay.prepare("SELECT count(*) FROM entry WHERE id = ?1")?;
    let mut lost = Vec::new();
    for fact in &said.facts {
        let (found, name): (i64, _) = match fact {
            Fact::Text(sid) => (by_sid.query_row([sid], |row| row.get(0))?, sid),
            Fact::Reply(id) => (by_id.query_row([id], |row| row.get(0))?, id),
        };
        if found != 1 {
            lost.push(name.clone());
        }
    }
    wrong.each("promised and lost", lost);
    let mut state = relay.prepare("SELECT state FROM outbox WHERE entry = ?1")?;
    let mut again = Vec::new();
    for entry in &said.handed {
        let state: Option<String> = state
            .query_row([entry], |row| row.get(0))
            .optional()
            .context("outbox")?;
        if state.as_deref() == Some("queued") {
            again.push(entry.clone());
        }
    }
    wrong.each("texts that would go out a second time", again);
    Ok(())
}
