//! `restore`: a backup becomes the database.

use crate::cli::backup::{facts, told};
use crate::cli::print;
use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::doubt;
use crate::store::restore::restore;
use std::path::Path;

/// Restores, and says what is different now.
pub(super) fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let done = restore(&config.database, file, &Clock::system(), doubt::all).map_err(told)?;
    for finding in &done.now.report.findings {
        print(&format!("found: {}", finding.words));
    }
    if let Some(replaced) = &done.replaced {
        print(&format!(
            "the database that was replaced: {}",
            replaced.display()
        ));
    }
    if done.doubted > 0 {
        print(&format!(
            "{} texts had not been handed over when the backup was made; they are unknown now and \
             are not sent again by themselves",
            done.doubted
        ));
    }
    print(&format!(
        "a new life: epoch {} (the backup's: {}); every terminal fetches anew",
        done.now.epoch, done.before
    ));
    print(
        "tokens that were revoked after the backup was made are accepted again: see `token list`",
    );
    print(&facts(&done.now));
    Ok(())
}
