//! `backup`: one state of the database as a file.

use crate::cli::{print, verify};
use crate::clock::monotonic;
use crate::config::Config;
use crate::store::backup::{Backed, CopyError, backup};
use std::path::Path;

/// Copies the database by a connection of its own, not through the running relay: the service may
/// not be allowed to write where the operator wants the copy.
pub(super) fn run(config: &Config, file: &Path) -> anyhow::Result<()> {
    let began = monotonic();
    let made = backup(&config.database, file).map_err(told)?;
    let seconds = monotonic().duration_since(began).as_secs_f64();
    for finding in &made.report.findings {
        print(&format!("found: {}", finding.words));
    }
    print(&format!("{} in {seconds:.1} s", file.display()));
    print(&facts(&made));
    Ok(())
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
