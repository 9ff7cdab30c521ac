//! `backup`: one state of the database as a file.

use crate::admin::{Command, client};
use crate::cli::{print, verify};
use crate::clock::{Clock, monotonic};
use crate::config::Config;
use crate::store::backup::{Backed, CopyError, backup};
use crate::store::view::View;
use smsdesk_common::audit::Deed;
use std::path::Path;

/// Copies the database by a connection of its own, not through the running relay: the service may
/// not be allowed to write where the operator wants the copy.
pub(super) async fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let began = monotonic();
    let made = backup(&config.database, file).map_err(told)?;
    let seconds = monotonic().duration_since(began).as_secs_f64();
    for finding in &made.report.findings {
        print(&format!("found: {}", finding.words));
    }
    print(&format!("{} in {seconds:.1} s", file.display()));
    print(&facts(&made));
    noted(config, file).await;
    Ok(())
}

/// Notes in the audit that there is a copy. The copy is made and good, so that nothing of this fails
/// it: a disk may be full by now.
async fn noted(config: &Config, file: &Path) {
    // A copy before an upgrade must not be what brings the schema up to date.
    if View::open(&config.database, Clock::system()).is_err() {
        return;
    }
    let name = file.file_name().unwrap_or(file.as_os_str());
    let note = Command::Note {
        deed: Deed::BackedUp.as_str().to_owned(),
        name: name.to_string_lossy().into_owned(),
    };
    if let Err(error) = client::ask(config, note).await {
        tracing::warn!(%error, "the audit does not have this backup");
    }
}

/// What identifies a database.
pub(super) fn facts(
    Backed {
        bytes,
        epoch,
        report,
    }: &Backed,
) -> String {
    format!(
        "size {bytes} bytes, head {}, {} changes, epoch {epoch}, digest {}",
        report.head, report.changes, report.digest
    )
}

/// An error with what was found, where a copy was refused for that.
pub(super) fn told(error: CopyError) -> anyhow::Error {
    if let CopyError::Unsound { report, .. } = &error {
        verify::tell(report);
    }
    error.into()
}
