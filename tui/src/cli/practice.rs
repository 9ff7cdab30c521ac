//! `demo`: the practice desk.

use crate::cache::cipher::Sealing;
use crate::cli::desk::{self, Workplace};
use crate::config::Config;
use crate::demo::{Customers, Demo, DemoOptions};
use crate::identity::Identity;
use crate::model::attention::Notify;
use crate::model::coach::Coach;
use crate::terminal::{Tty, TtyKeys};
use clap::Args;

/// The desk that everybody gets who names no seed.
const SEED: u64 = 1;

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// The same seed makes the same customers write the same texts.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Nobody writes by themselves; for demonstrations and tests.
    #[arg(long)]
    quiet: bool,
}

/// Runs the practice desk as the arguments say.
pub(super) async fn run(config: &Config, arguments: DemoArguments) -> anyhow::Result<()> {
    let customers = if arguments.quiet {
        Customers::Silent
    } else {
        Customers::Write
    };
    let options = DemoOptions {
        seed: arguments.seed,
        customers,
    };
    // Without a terminal nothing is started.
    let screen = desk::take_terminal()?;
    let demo = Demo::start(options).await?;
    let worked = Box::pin(at(config, &demo, screen, TtyKeys::new())).await;
    demo.stop().await;
    worked
}

/// Runs the practice desk on a screen that was taken already.
pub(super) async fn work(config: &Config, screen: Tty, input: TtyKeys) -> anyhow::Result<()> {
    let options = DemoOptions {
        seed: SEED,
        customers: Customers::Write,
    };
    let demo = Demo::start(options).await?;
    let worked = Box::pin(at(config, &demo, screen, input)).await;
    demo.stop().await;
    worked
}

async fn at(config: &Config, demo: &Demo, screen: Tty, input: TtyKeys) -> anyhow::Result<()> {
    let workplace = Workplace {
        folder: &demo.folder().join("desk"),
        // It is gone when the desk closes.
        sealing: Sealing::default(),
        identity: Identity::of(&demo.joined),
        coach: Some(Coach::default()),
    };
    let config = Config {
        relay: None,
        // Its customers write all the time, and they are not real.
        notify: Notify::OFF,
        ..config.clone()
    };
    desk::work(&config, workplace, screen, input).await
}
