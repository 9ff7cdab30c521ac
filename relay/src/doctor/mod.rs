//! The doctor: looks at all that a relay needs, and says of each what it found and what to do.
//!
//! It changes nothing, sends no text, and ends in bounded time whatever does not answer. What was found
//! is judged apart from looking, so that each judgement is a sentence that a test can ask for.

mod account;
mod certificate;
mod clock;
mod database;
mod disk;
mod files;
pub mod fix;
mod lines;
mod probe;
mod proxy;
mod public;
mod reach;
mod relay;
pub mod report;

use self::report::{CREDENTIALS, Check, DATABASE, ROOM, Report, SIGNATURE};
use crate::clock::{Clock, monotonic};
use crate::config::Config;
use crate::store::glance::glance;
use crate::store::space;
use reqwest::redirect;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long one request may take, in seconds: Twilio gives webhooks fifteen, and whoever waits for the
/// doctor less.
const REQUEST_S_MAX: u64 = 6;
/// How long the database may be looked at, in seconds.
const GLANCE_S_MAX: u64 = 8;
/// How long anything may take, in seconds; what takes longer is given up.
const LOOK_S_MAX: u64 = 18;

/// What the disk must have, in bytes. Tests know other disks.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Below it agents' texts are refused.
    pub low_bytes: u64,
    /// Below it everything is.
    pub full_bytes: u64,
}

impl Limits {
    /// What the relay itself goes by.
    pub const STANDARD: Self = Self {
        low_bytes: space::LOW_BYTES,
        full_bytes: space::FULL_BYTES,
    };
}

/// Looks at everything, whether the relay runs or not.
///
/// # Panics
/// No default crypto provider of rustls is installed; each binary installs one at its start.
pub async fn run(config: &Config, clock: &Clock) -> Report {
    run_within(config, clock, Limits::STANDARD).await
}

/// As [`run`], with other limits.
///
/// # Panics
/// As [`run`].
pub async fn run_within(config: &Config, clock: &Clock, limits: Limits) -> Report {
    let (at, begun) = (clock.now(), monotonic());
    let limit = Duration::from_secs(LOOK_S_MAX);
    let mut checks = files::look(config, at);
    let path = config.database.clone();
    let disk = async {
        let looked = aside(move || disk::look(&path, &limits)).await;
        looked.unwrap_or_else(|| vec![stuck(ROOM, "The disk of the database")])
    };
    let outside = async {
        let looked = timeout(limit, outside(config, clock)).await;
        looked.unwrap_or_else(|_| vec![stuck(SIGNATURE, "The public URL")])
    };
    let accounts = async {
        let looked = timeout(limit, account::look(config, clock)).await;
        looked.unwrap_or_else(|_| vec![stuck(CREDENTIALS, "Twilio's API")])
    };
    let (disk, database, outside, accounts) =
        tokio::join!(disk, database(config), outside, accounts);
    checks.extend(disk);
    checks.extend(accounts);
    checks.push(database);
    checks.extend(outside);
    let took = u64::try_from(monotonic().duration_since(begun).as_millis()).unwrap_or(u64::MAX);
    Report::of((crate::VERSION, report::NAMES), checks, at, took)
}

async fn database(config: &Config) -> Check {
    let path = config.database.clone();
    let patience = Duration::from_secs(GLANCE_S_MAX);
    let looked = aside(move || glance(&path, patience).map_err(|error| error.to_string())).await;
    looked.map_or_else(
        || stuck(DATABASE, "The database"),
        |looked| database::judge(&looked),
    )
}

/// Which relay the database belongs to.
async fn instance(config: &Config) -> Option<String> {
    let path = config.database.clone();
    aside(move || glance(&path, Duration::ZERO).ok().flatten()?.instance).await?
}

/// What goes over the network.
async fn outside(config: &Config, clock: &Clock) -> Vec<Check> {
    let http = match client() {
        Ok(http) => http,
        Err(why) => {
            return vec![Check::fail(
                SIGNATURE,
                format!("TLS cannot be set up here: {why}."),
                "Install the root certificates, `ca-certificates` on most systems.",
            )];
        }
    };
    let instance = instance(config).await;
    let asked = clock::asked(config);
    let (samples, public) = tokio::join!(
        clock::sample(&http, &asked, clock),
        public::look(config, clock, &http, instance)
    );
    let mut checks = vec![clock::judge(&samples)];
    checks.extend(public);
    checks
}

fn stuck(name: &'static str, what: &str) -> Check {
    Check::fail(
        name,
        format!("{what} did not answer in time."),
        "Look at the machine: what does not answer the doctor does not answer the relay.",
    )
}

/// A client that goes directly where it is told and nowhere else.
fn client() -> Result<reqwest::Client, String> {
    let limit = Duration::from_secs(REQUEST_S_MAX);
    reqwest::Client::builder()
        .user_agent(concat!("smsdesk-doctor/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(limit)
        .timeout(limit)
        .redirect(redirect::Policy::none())
        .no_proxy()
        .no_gzip()
        .build()
        .map_err(|error| error.to_string())
}

/// Does what may block on a thread of its own, which nobody waits for at the end: a disk that hangs
/// must not hang the doctor. None where it takes too long.
async fn aside<T: Send + 'static>(look: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (tell, told) = oneshot::channel();
    let spawned = std::thread::Builder::new().spawn(move || {
        // Whoever asked may have given up.
        let _ = tell.send(look());
    });
    spawned.ok()?;
    timeout(Duration::from_secs(LOOK_S_MAX), told)
        .await
        .ok()?
        .ok()
}
