//! Choosing with large lists: a template out of five thousand, a person out of a hundred thousand.

use super::app::{folder, press, start, timed};
use super::app_cache::{contact, conversation, entry, identify};
use super::figure::{Figure, Goal};
use super::{Bench, app_cache, ms, quantile};
use crate::pty::Pty;
use smsdesk::cache::Cache;
use smsdesk_common::api::changes::{ChangesPage, PAGE_MAX};
use smsdesk_common::feed::{Change, Digest};
use smsdesk_common::ids::{Epoch, Seq, TemplateId};
use smsdesk_common::record::Record;
use smsdesk_common::template::Template;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Templates to choose from.
const TEMPLATES: u64 = 5_000;
/// People to choose from.
const PEOPLE: u64 = 100_000;
/// Starts of the app, each of which opens the picker once.
const STARTS: usize = 10;
/// How often somebody types a name.
const ASKED: usize = 20;
/// What choosing may take at each key, in milliseconds: one frame.
const FRAME_MS: f64 = 16.0;
/// How long the picker may take to open before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is typed to find a template.
const TEMPLATE_KEYS: &str = "on the way 12\u{8}\u{8}\u{8}";
/// What is typed to find somebody.
const PEOPLE_KEYS: &str = "anna kowal\u{8}\u{8}\u{8}\u{8}\u{8}";

/// First and last names, from which everybody has one of their own.
const FIRST: &[&str] = &[
    "Anna", "Maria", "Chen", "José", "Fatima", "Olu", "Ingrid", "Sam", "Zoë", "Pavel",
];
const LAST: &[&str] = &[
    "Kowalski", "Alvarez", "Wei", "Müller", "Haddad", "Okafor", "Svensson", "Smith", "Nowak", "Ito",
];

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let folder = folder(home.path());
    bench.say("filling a cache");
    bench.block_on(fill(&folder))?;
    identify(
        home.path(),
        app_cache::NOWHERE.to_owned(),
        "token".to_owned(),
    )?;
    let mut figures = bench.block_on(people(&folder))?;
    figures.extend(opening(home.path())?);
    figures.extend(typing(home.path())?);
    Ok(figures)
}

fn template(n: u64, seq: u64) -> Template {
    let at = Timestamp::from_millis(1_790_000_000_000);
    Template {
        id: TemplateId(Uuid::from_u128((7 << 64) | u128::from(n))),
        seq: Seq(seq),
        name: format!("on the way number {n}"),
        key: None,
        shortcut: Some(format!("way{n}")),
        folder: Some(format!("folder {}", n % 40)),
        owner: None,
        body: format!("Hi {{{{ contact.first_name }}}}, number {n} is on the way"),
        translations: BTreeMap::new(),
        uses: u32::try_from(n % 97).unwrap_or(0),
        used_at: None,
        edited_seq: Seq(seq),
        edited_at: at,
        edited_by: None,
        created_at: at,
    }
}

/// The record of a position: people, templates, one text and its conversation.
fn record(seq: u64) -> Record {
    let n = seq - 1;
    let pick =
        |names: &[&'static str], n: u64| names[usize::try_from(n).unwrap_or(0) % names.len()];
    if n < PEOPLE {
        let mut contact = contact(n);
        contact.seq = Seq(seq);
        contact.name = Some(format!("{} {} {n}", pick(FIRST, n), pick(LAST, n / 10)));
        return Record::Contact(Box::new(contact));
    }
    if n < PEOPLE + TEMPLATES {
        return Record::Template(Box::new(template(n - PEOPLE, seq)));
    }
    let mut text = entry(0, 0, PEOPLE + TEMPLATES + 1);
    text.seq = Seq(PEOPLE + TEMPLATES + 1);
    if n == PEOPLE + TEMPLATES {
        return Record::Entry(Box::new(text));
    }
    let mut conversation = conversation(0, &text);
    conversation.seq = Seq(seq);
    Record::Conversation(Box::new(conversation))
}

async fn fill(folder: &Path) -> anyhow::Result<()> {
    let cache = Cache::open(folder)?.cache;
    let (epoch, head) = (Epoch(1), Seq(PEOPLE + TEMPLATES + 2));
    cache.start_fresh(epoch, head).await?;
    let mut high = head.0;
    while high > 0 {
        let low = high.saturating_sub(PAGE_MAX as u64);
        let changes = (low + 1..=high).rev();
        let page = ChangesPage {
            epoch,
            head,
            low: Seq(low),
            high: Seq(high),
            changes: changes.map(|seq| Change::of(record(seq))).collect(),
            remaining: low,
            digest: Digest::EMPTY,
        };
        cache.apply_history(page).await?;
        high = low;
    }
    cache.close().await;
    Ok(())
}

/// How long the disk takes to find somebody at each key.
async fn people(folder: &Path) -> anyhow::Result<Vec<Figure>> {
    let cache = Cache::open(folder)?.cache;
    let mut times = Vec::new();
    for n in 0..ASKED {
        let name = format!("{} {}", FIRST[n % FIRST.len()], LAST[n / 2 % LAST.len()]);
        let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
        for end in ends {
            let asked = Instant::now();
            let found = cache.find_people(name[..end].to_lowercase()).await?;
            times.push(asked.elapsed());
            anyhow::ensure!(!found.is_empty(), "nobody is called {name}");
        }
    }
    cache.close().await;
    let figure = |words, share, times: &mut Vec<Duration>| {
        let name = format!("somebody by name, at each key, {words}");
        Figure::told(name, ms(quantile(times, share)), "ms").goal(Goal::AtMost(FRAME_MS))
    };
    Ok(vec![
        figure("p50", 0.5, &mut times),
        figure("p99", 0.99, &mut times),
    ])
}

/// A slash on an empty line opens the picker: the first time, with nothing read before.
fn opening(home: &Path) -> anyhow::Result<[Figure; 2]> {
    let all = format!("{TEMPLATES} templates");
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let mut desk = replies(home)?;
        let began = Instant::now();
        desk.types_at_once("/");
        let opened = desk.shows_within(super::app::SIZE.0, PATIENCE, began, |rows| {
            rows.iter().any(|row| row.contains(&all))
        });
        let (took, _) = opened.ok_or_else(|| anyhow::anyhow!("no picker:\n{}", desk.screen()))?;
        times.push(took);
        desk.signal("TERM");
        desk.ends();
    }
    Ok(timed("the picker opens", &mut times, [FRAME_MS; 2]))
}

/// The app with a reply begun.
fn replies(home: &Path) -> anyhow::Result<Pty> {
    let (mut desk, _) = start(home, "message number")?;
    desk.types("r");
    desk.sees("Enter sends");
    // What the start before has left as a draft.
    desk.types("\u{15}");
    desk.rests(Duration::from_millis(100));
    Ok(desk)
}

/// Key to frame in both lists.
fn typing(home: &Path) -> anyhow::Result<Vec<Figure>> {
    let mut desk = replies(home)?;
    desk.types("/");
    desk.sees(&format!("{TEMPLATES} templates"));
    let mut picking = press(&mut desk, TEMPLATE_KEYS, ASKED * 10);
    desk.types("\u{1b}");
    desk.rests(Duration::from_millis(100));
    desk.types("\u{1b}");
    desk.sees("q back");
    desk.types("c");
    desk.sees("New text to");
    let mut finding = press(&mut desk, PEOPLE_KEYS, ASKED * 10);
    desk.signal("TERM");
    desk.ends();
    let mut figures = timed("key → frame in the picker", &mut picking, [FRAME_MS; 2]).to_vec();
    figures.extend(timed(
        "key → frame among people",
        &mut finding,
        [FRAME_MS; 2],
    ));
    Ok(figures)
}
