//! `restore`: a backup becomes the database.

use crate::cli::backup::{facts, told};
use crate::cli::print;
use crate::clock::{Clock, monotonic};
use crate::config::Config;
use crate::outbox::doubt;
use crate::store::restore::restore;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

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

/// A folder that goes when the drill is over, however it ends.
struct Scratch(PathBuf);

impl Scratch {
    /// Beside the database, where there is room for one.
    fn beside(database: &Path) -> std::io::Result<Self> {
        let mut name = database.as_os_str().to_owned();
        name.push(format!(".drill-{}", std::process::id()));
        let scratch = Self(PathBuf::from(name));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&scratch.0)?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Restores into a folder of its own, and says how that went. Nothing else is touched.
pub(super) fn drill(config: &Config, file: &Path) -> anyhow::Result<()> {
    let began = monotonic();
    let scratch = Scratch::beside(&config.database).context("a folder for the drill")?;
    let to = scratch.0.join("drill.db");
    let done = restore(&to, file, &Clock::system(), doubt::all).map_err(told)?;
    let seconds = monotonic().duration_since(began).as_secs_f64();
    for finding in &done.now.report.findings {
        print(&format!("found: {}", finding.words));
    }
    print(&format!(
        "a drill: {} can be restored, in {seconds:.1} s; nothing was changed",
        file.display()
    ));
    print(&format!(
        "of life {}; {} texts had not been handed over",
        done.before, done.doubted
    ));
    print(&facts(&done.now));
    Ok(())
}
