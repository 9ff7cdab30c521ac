//! Search over a large cache: how long an answer takes, what the index takes of the file, how long
//! it takes to make, and whether a key waits for any of it.

use super::app::{folder, start};
use super::figure::{Figure, Goal};
use super::{Bench, app_cache, ms, quantile, search_fill};
use smsdesk::cache::Cache;
use smsdesk::model::search::{Coverage, Found, SearchQuery};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often each query is asked.
const ASKED: usize = 200;
/// What an answer may take, in milliseconds.
const ANSWER_MS: f64 = 50.0;
/// What the index may take of the rest of the file, in percent.
const SHARE_PERCENT: f64 = 60.0;
/// What a key may take, in milliseconds: one frame.
const FRAME_MS: f64 = 16.0;
/// How long making the index may take.
const INDEXED_WITHIN: Duration = Duration::from_secs(1_800);

/// What is asked, and what it is called. `{n}` is another number each time.
const QUERIES: &[(&str, &str)] = &[
    ("a common word", "plumber"),
    ("a common beginning of a word", "plumb"),
    ("a short beginning of a word", "pl"),
    ("a rare word", "rare{n}"),
    ("a phrase", "\"is the plumber still\""),
    ("three common words", "still the plumber"),
    ("a word that is nowhere", "nowhere"),
    ("a part of numbers", "{n}"),
    ("a part of a customer's number", "39{n}"),
    ("two Chinese characters", "水管"),
    (
        "a common word from one customer",
        "plumber from:\"customer {n}\"",
    ),
    ("a common word with a rare label", "plumber label:rare"),
    ("a common word that is:open", "plumber is:open"),
];

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let folder = folder(home.path());
    bench.say("filling a cache");
    bench.block_on(search_fill::fill(&folder, bench.entries))?;
    app_cache::identify(
        home.path(),
        app_cache::NOWHERE.to_owned(),
        "token".to_owned(),
    )?;
    let (mut figures, cache) = bench.block_on(indexing(&folder))?;
    for (name, text) in QUERIES {
        figures.extend(bench.block_on(query(&cache, name, text))?);
    }
    bench.block_on(cache.close());
    figures.push(share(&folder)?);
    figures.extend(typing(home.path())?);
    Ok(figures)
}

/// Opens the cache and waits until everything in it is indexed; meanwhile somebody works with it.
async fn indexing(folder: &Path) -> anyhow::Result<(Vec<Figure>, Cache)> {
    let cache = Cache::open(folder)?.cache;
    let began = Instant::now();
    let mut waits = Vec::new();
    let mut number = 0;
    loop {
        number += 1;
        let asked = Instant::now();
        // It waits for the disk's thread, as whatever a key leads to does.
        cache.cursor().await?;
        waits.push(asked.elapsed());
        let coverage = find(&cache, number, "plumber").await?.coverage;
        if coverage.is_whole() {
            let took = began.elapsed().as_secs_f64();
            let rate = f64::from(coverage.entries) / took.max(0.001);
            let figures = vec![
                Figure::told("making the index", took, "s"),
                Figure::told("making the index, rate", rate, "texts/s"),
                Figure::told(
                    "kept from the disk by it, p99",
                    ms(quantile(&mut waits, 0.99)),
                    "ms",
                ),
                Figure::told(
                    "kept from the disk by it, worst",
                    ms(quantile(&mut waits, 1.0)),
                    "ms",
                ),
            ];
            return Ok((figures, cache));
        }
        let Coverage { indexed, entries } = coverage;
        anyhow::ensure!(
            began.elapsed() < INDEXED_WITHIN,
            "only {indexed} of {entries} texts were indexed"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn find(cache: &Cache, number: u64, text: &str) -> anyhow::Result<Found> {
    let query = SearchQuery {
        number,
        text: text.to_owned(),
    };
    let found = cache.search(query, jiff::tz::TimeZone::UTC).await?;
    found.ok_or_else(|| anyhow::anyhow!("nobody asked anything else"))
}

async fn query(cache: &Cache, name: &str, text: &str) -> anyhow::Result<Vec<Figure>> {
    let mut times = Vec::with_capacity(ASKED);
    let mut hits = 0;
    for n in 0..ASKED {
        // Spread over the whole history.
        let text = text.replace("{n}", &(1_000 + n * 37).to_string());
        let asked = Instant::now();
        let found = find(cache, 1_000_000 + n as u64, &text).await?;
        times.push(asked.elapsed());
        hits = hits.max(found.hits.len() + found.people.len());
    }
    Ok(vec![
        Figure::told(format!("{name}, p50"), ms(quantile(&mut times, 0.5)), "ms"),
        Figure::told(format!("{name}, p99"), ms(quantile(&mut times, 0.99)), "ms")
            .goal(Goal::AtMost(ANSWER_MS))
            .limit(format!("at most {hits} hits")),
    ])
}

/// What the index takes, in percent of what else is in the file.
fn share(folder: &Path) -> anyhow::Result<Figure> {
    let file = rusqlite::Connection::open(folder.join("cache.db"))?;
    let bytes = |of: &str| -> rusqlite::Result<f64> {
        let sql =
            format!("SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND {of}");
        file.query_row(&sql, (), |row| row.get(0))
    };
    let of_index = "(name LIKE 'said%' OR name LIKE 'who%' OR name LIKE 'search_%'
        OR name IN ('long_word', 'entry_unplaced'))";
    let (index, rest) = (bytes(of_index)?, bytes(&format!("NOT {of_index}"))?);
    let figure = Figure::told("index, of the rest of the file", 100.0 * index / rest, "%");
    Ok(figure
        .goal(Goal::AtMost(SHARE_PERCENT))
        .limit(format!("{:.0} MB of index", index / 1e6)))
}

/// Keys while hits come in.
fn typing(home: &Path) -> anyhow::Result<Vec<Figure>> {
    let (mut desk, _) = start(home, "message number")?;
    desk.rests(Duration::from_millis(30));
    desk.types_at_once("/");
    let mut times = super::app::press(&mut desk, "plumber\u{8}\u{8}\u{8}er ", ASKED);
    desk.signal("TERM");
    desk.ends();
    let p50 = ms(quantile(&mut times, 0.5));
    let p99 = ms(quantile(&mut times, 0.99));
    Ok(vec![
        Figure::told("key → frame while searching, p50", p50, "ms"),
        Figure::told("key → frame while searching, p99", p99, "ms").goal(Goal::AtMost(FRAME_MS)),
    ])
}
