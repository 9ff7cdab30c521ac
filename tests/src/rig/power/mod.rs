//! Power loss: what a disk may hold at any moment of a recorded run, opened by the relay's own
//! code and compared with what had been said by then.

pub mod disk;
pub mod images;
pub mod record;
pub mod trace;

use super::options::Options;
use super::{Outcome, Place, strace};
use std::time::Instant;

/// Runs it.
///
/// # Errors
/// The rig itself fails; what the relay does wrong is in the outcome.
pub async fn run(options: &Options) -> anyhow::Result<Outcome> {
    let mut place = Place::new(options, "power").await?;
    if let Some(reason) = strace::missing() {
        return Ok(place.skipped(&reason));
    }
    let began = Instant::now();
    let recording = record::record(&place, options).await?;
    let recorded = began.elapsed();
    let report = images::check(&recording, options).await?;
    let summary = format!(
        "{} images of {} calls ({} writes, {} syncs, {} promises, {} texts handed over), {} of \
         them with something unsynced; {} opened clean, {} bad; recorded in {:.0} s, checked in \
         {:.0} s",
        report.images,
        report.events,
        report.writes,
        report.syncs,
        report.promises,
        report.handed,
        report.unsynced,
        report.images - report.bad,
        report.bad,
        recorded.as_secs_f64(),
        (began.elapsed() - recorded).as_secs_f64(),
    );
    Ok(place.outcome(&summary, report.wrong))
}
