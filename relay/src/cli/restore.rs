//! `restore`: a backup becomes the database.

use crate::cli::backup::{facts, told};
use crate::cli::print;
use crate::clock::{Clock, monotonic};
use crate::config::Config;
use crate::desk::again::{self, Again};
use crate::outbox::doubt;
use crate::store::restore::{Restored, restore};
use crate::store::since::Since;
use crate::store::sql::Tx;
use anyhow::Context as _;
use std::path::{Path, PathBuf};

/// Restores, and says what is different now.
pub(super) fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let amend = |tx: &mut dyn Tx, since: &Since| {
        let again = again::take_away(tx, since)?;
        Ok((doubt::all(tx)?, again))
    };
    let done = restore(&config.database, file, &Clock::system(), amend).map_err(told)?;
    let (doubted, again) = &done.amended;
    for finding in &done.now.report.findings {
        print(&format!("found: {}", finding.words));
    }
    if let Some(replaced) = &done.replaced {
        print(&format!(
            "the database that was replaced: {}",
            replaced.display()
        ));
    }
    if *doubted > 0 {
        print(&format!(
            "{doubted} texts had not been handed over when the backup was made; they are unknown now \
             and are not sent again by themselves",
        ));
    }
    taken_away(again);
    unknown(&done);
    print(&format!(
        "a new life: epoch {} (the backup's: {}); every terminal fetches anew",
        done.now.epoch, done.before
    ));
    print(&facts(&done.now));
    Ok(())
}

/// What holds on although the backup does not know it.
fn taken_away(again: &Again) {
    for (id, name) in &again.tokens {
        print(&format!("revoked again: the token {id} of {name}"));
    }
    for name in &again.people {
        print(&format!("may do no more than at last: {name}"));
    }
    if again.conversations > 0 {
        let conversations = again.conversations;
        print(&format!(
            "erased again: {conversations} conversations of people who were erased"
        ));
    }
    if again.in_part > 0 {
        let people = again.in_part;
        print(&format!(
            "{people} of these people have further conversations in the backup, which stay: erase them \
             where they are meant"
        ));
    }
}

/// What nobody knows, because nothing says what came after the backup.
fn unknown<A>(done: &Restored<A>) {
    let why = match (&done.unread, &done.replaced) {
        (Some(error), _) => format!("the database that was replaced cannot be read ({error})"),
        (None, None) => "there was no database to be replaced".to_owned(),
        (None, Some(_)) => return,
    };
    print(&format!(
        "{why}: tokens that were revoked and people who were erased after the backup was made are back; \
         see `token list`, and erase again"
    ));
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
    let done = restore(&to, file, &Clock::system(), |tx, _| doubt::all(tx)).map_err(told)?;
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
        done.before, done.amended
    ));
    print(&facts(&done.now));
    Ok(())
}
