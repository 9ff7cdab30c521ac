//! A list of a hundred thousand people: the script's command against a relay, file to exit.

use super::figure::{Figure, Goal};
use super::relay::Relay;
use super::{Bench, ROLE, app};
use smsdesk::identity::Identity;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

/// People in the list.
const PEOPLE: u32 = 100_000;
/// Long enough to look at a progress bar, no longer.
const SECONDS_MAX: f64 = 20.0;

pub(super) fn run(bench: &Bench) -> anyhow::Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let (relay, token) = bench.block_on(async {
        let relay = Relay::start().await?;
        let token = relay.join().await?.token;
        anyhow::Ok((relay, token))
    })?;
    let folder = app::folder(home.path());
    std::fs::create_dir_all(&folder)?;
    Identity {
        relay: relay.url(),
        token: token.into(),
    }
    .save(&folder)?;
    let mut list = String::from("name,phone,plan,notes\n");
    for n in 0..PEOPLE {
        writeln!(list, "Customer {n},+44791{n:07},gold,rings twice")?;
    }
    let file = home.path().join("people.csv");
    std::fs::write(&file, list)?;
    bench.say(&format!("importing {PEOPLE} people, then once more"));
    let mut figures = Vec::new();
    for (name, goal) in [
        ("import, people that are new", Goal::AtMost(SECONDS_MAX)),
        ("import, people that are known", Goal::None),
    ] {
        let began = Instant::now();
        let status = Command::new(std::env::current_exe()?)
            .args(["contact", "import"])
            .arg(&file)
            .env(ROLE, "desk")
            .env("HOME", home.path())
            .env("XDG_DATA_HOME", home.path())
            .env("XDG_CONFIG_HOME", home.path())
            .stdout(Stdio::null())
            .status()?;
        anyhow::ensure!(status.success(), "the import ended with {status}");
        let seconds = began.elapsed().as_secs_f64();
        figures.push(Figure::told(name, seconds, "s").goal(goal));
    }
    figures.push(Figure::told(
        "import, memory of the relay",
        relay.rss_mb()?,
        "MB",
    ));
    relay.stop()?;
    Ok(figures)
}
