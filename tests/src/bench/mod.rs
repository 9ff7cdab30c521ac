//! Benchmarks of the real programs. They print figures beside their goals and fail only where a
//! program did not do its part. A scenario is a file here and a line in [`SCENARIOS`].

#![expect(clippy::print_stdout, reason = "a benchmark is there to be read")]
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

mod ack;
mod app;
mod app_cache;
mod app_close;
mod app_flood;
mod app_slow;
mod backup;
mod bulk;
mod commit;
mod distance;
mod echo;
mod figure;
mod fill;
mod idle;
mod import;
mod pick;
mod proc;
mod relay;
mod restart;
mod search;
mod search_fill;
mod slow_heads;
mod stand_in;
mod store;
mod stream;
mod stream_crowd;
mod stream_fanout;
mod stream_idle;
mod stream_presence;
mod stream_resume;
mod stream_slow;
mod stream_sync;
mod webhooks;

use anyhow::Context as _;
use figure::{Figure, Row};
use std::cell::Cell;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

/// The environment variable that makes the benchmark's program one of those that it measures.
pub const ROLE: &str = "SMSDESK_BENCH_ROLE";

/// The program that [`ROLE`] names where it is one of the benchmark's own.
///
/// # Errors
/// It cannot run.
pub fn echo() -> anyhow::Result<()> {
    echo::main()
}

/// Makes the home of an app whose cache holds so many texts, few of them indexed yet, and whose relay
/// is nowhere; where the cache lies.
///
/// # Errors
/// The disk.
pub async fn home_to_search(home: &Path, entries: u64) -> anyhow::Result<PathBuf> {
    let folder = app::folder(home);
    search_fill::fill(&folder, entries).await?;
    let (nowhere, token) = (app_cache::NOWHERE.to_owned(), "token".to_owned());
    app_cache::identify(home, nowhere, token)?;
    Ok(folder)
}

/// Something that is measured.
struct Scenario {
    /// What it is chosen by; `stream` chooses `stream-idle` as well.
    name: &'static str,
    /// What it measures, in a few words.
    about: &'static str,
    run: fn(&Bench) -> anyhow::Result<Vec<Figure>>,
}

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "webhooks",
        about: "signed webhook to 200 after the fsync, over kept connections",
        run: webhooks::run,
    },
    Scenario {
        name: "store",
        about: "texts through the store alone, in the process of the benchmark",
        run: store::run,
    },
    Scenario {
        name: "ack",
        about: "webhook to 200 at a steady rate, measured from the time that each was due",
        run: ack::run,
    },
    Scenario {
        name: "slow-heads",
        about: "webhook to 200 while 5,000 connections say nothing to the end, with TLS and without",
        run: slow_heads::run,
    },
    Scenario {
        name: "stream",
        about: "webhook to frame at one client, at a steady rate",
        run: stream::run,
    },
    Scenario {
        name: "stream-fanout",
        about: "webhook to frame at a thousand clients, at a steady rate",
        run: stream_fanout::run,
    },
    Scenario {
        name: "stream-idle",
        about: "what ten thousand clients cost while nothing happens",
        run: stream_idle::run,
    },
    Scenario {
        name: "stream-slow",
        about: "what a thousand clients that do not read cost the provider",
        run: stream_slow::run,
    },
    Scenario {
        name: "stream-presence",
        about: "what one says that they do, at a colleague",
        run: stream_presence::run,
    },
    Scenario {
        name: "stream-resume",
        about: "a device that missed ten thousand changes",
        run: stream_resume::run,
    },
    Scenario {
        name: "stream-sync",
        about: "a new device on a desk with a large history",
        run: stream_sync::run,
    },
    Scenario {
        name: "restart",
        about: "kill -9 to serving over a large database, and its memory",
        run: restart::run,
    },
    Scenario {
        name: "backup",
        about: "a copy of a large database beside its relay, and the way back",
        run: backup::run,
    },
    Scenario {
        name: "idle",
        about: "what relay and app cost while nothing happens",
        run: idle::run,
    },
    Scenario {
        name: "bulk",
        about: "a broadcast to twenty thousand, with refusals and kills; takes minutes",
        run: bulk::run,
    },
    Scenario {
        name: "import",
        about: "a list of a hundred thousand people, file to exit",
        run: import::run,
    },
    Scenario {
        name: "pick",
        about: "a template out of 5,000 and a person out of 100,000, at each key",
        run: pick::run,
    },
    Scenario {
        name: "app",
        about: "first paint, key to frame and closing over a large cache",
        run: app::run,
    },
    Scenario {
        name: "search",
        about: "answers, index and keys of the search over a large cache",
        run: search::run,
    },
    Scenario {
        name: "app-flood",
        about: "key to frame over a large cache while 500 texts a second arrive",
        run: app_flood::run,
    },
    Scenario {
        name: "app-slow",
        about: "keys at a terminal that takes 4,000 bytes a second",
        run: app_slow::run,
    },
    Scenario {
        name: "app-close",
        about: "closing a conversation while the relay is 200 ms away, and gone",
        run: app_close::run,
    },
];

const USAGE: &str = "usage: bench [--list] [--json] [--entries N] [--keep FOLDER] [SCENARIO…]

  --list         the scenarios
  --json         figures as JSON, one line a figure
  --entries N    entries of a large database (1000000)
  --keep FOLDER  make large databases there and use them again";

/// Entries of a large database.
const ENTRIES: u64 = 1_000_000;

/// What scenarios share: the runtime, the options, and databases that are slow to make.
pub(crate) struct Bench {
    runtime: Runtime,
    /// Entries of a large database.
    pub(crate) entries: u64,
    /// Where large databases are kept.
    keep: PathBuf,
    json: bool,
    /// The next text's number, over all scenarios of a run: no sid comes twice.
    next: Cell<u64>,
}

impl Bench {
    /// Runs `future` to its end.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// The folder of a relay whose database holds `entries` texts, to be started by
    /// [`relay::Relay::start_in`]. It is a copy: do with it as you like.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn filled(&self, entries: u64) -> anyhow::Result<tempfile::TempDir> {
        let original = self.keep.join(format!("{entries}-entries"));
        let database = original.join(relay::DATABASE);
        if !database.exists() {
            self.say(&format!("making a database of {entries} entries"));
            std::fs::create_dir_all(&original)?;
            self.block_on(fill::fill(&original, entries))?;
        }
        let copy = tempfile::tempdir()?;
        std::fs::copy(&database, copy.path().join(relay::DATABASE)).context("no room")?;
        Ok(copy)
    }

    /// `count` numbers of texts that no other scenario of this run uses.
    pub(crate) fn numbers(&self, count: u64) -> std::ops::Range<u64> {
        let first = self.next.get();
        self.next.set(first + count);
        first..first + count
    }

    /// Tells somebody who waits what is done.
    pub(crate) fn say(&self, words: &str) {
        if !self.json {
            println!("  … {words}");
        }
    }
}

/// Runs the scenarios that `arguments` name, all without a name, and prints their figures.
///
/// # Errors
/// A program could not be started or did not do its part, or the arguments are wrong.
pub fn main(arguments: impl Iterator<Item = String>) -> anyhow::Result<()> {
    let Some(options) = Options::parse(arguments)? else {
        return Ok(());
    };
    crate::world::install_crypto();
    let temporary = tempfile::tempdir()?;
    let bench = Bench {
        runtime: tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?,
        entries: options.entries,
        keep: options.keep.unwrap_or_else(|| temporary.path().to_owned()),
        json: options.json,
        next: Cell::new(fill::NUMBERS_FROM),
    };
    let mut rows = Vec::new();
    for scenario in &options.scenarios {
        if !bench.json {
            println!("{}: {}", scenario.name, scenario.about);
        }
        let figures = (scenario.run)(&bench).with_context(|| scenario.name)?;
        for figure in figures {
            let row = Row::new(scenario.name, figure);
            if bench.json {
                println!("{}", serde_json::to_string(&row)?);
            } else {
                println!("  {row}");
            }
            rows.push(row);
        }
    }
    if !bench.json {
        println!("\n{}", figure::table(&rows));
    }
    Ok(())
}

struct Options {
    scenarios: Vec<&'static Scenario>,
    entries: u64,
    keep: Option<PathBuf>,
    json: bool,
}

impl Options {
    /// None where there is nothing to run.
    fn parse(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<Option<Self>> {
        let mut options = Self {
            scenarios: Vec::new(),
            entries: ENTRIES,
            keep: None,
            json: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => {
                    for scenario in SCENARIOS {
                        println!("{:16} {}", scenario.name, scenario.about);
                    }
                    return Ok(None);
                }
                "--help" | "-h" => {
                    println!("{USAGE}");
                    return Ok(None);
                }
                "--json" => options.json = true,
                "--entries" => {
                    options.entries = arguments.next().context(USAGE)?.parse().context(USAGE)?;
                }
                "--keep" => {
                    let folder = arguments.next().context(USAGE)?;
                    options.keep = Some(Path::new(&folder).to_owned());
                }
                name => options.scenarios.extend(chosen(name)?),
            }
        }
        if options.scenarios.is_empty() {
            options.scenarios = SCENARIOS.iter().collect();
        }
        Ok(Some(options))
    }
}

fn chosen(name: &str) -> anyhow::Result<Vec<&'static Scenario>> {
    let family = format!("{name}-");
    let chosen: Vec<_> = SCENARIOS
        .iter()
        .filter(|scenario| scenario.name == name || scenario.name.starts_with(&family))
        .collect();
    anyhow::ensure!(!chosen.is_empty(), "there is no scenario {name}\n{USAGE}");
    Ok(chosen)
}

/// The value below which `share` of `times` lie.
fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of some thousands"
    )]
    let place = (times.len().saturating_sub(1) as f64 * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}

/// A duration in milliseconds.
fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Bytes in KiB.
#[expect(clippy::cast_precision_loss, reason = "a size to be read by people")]
fn kib(bytes: usize) -> f64 {
    bytes as f64 / 1024.0
}

/// How many of them a second.
#[expect(clippy::cast_precision_loss, reason = "a rate to be read by people")]
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}
