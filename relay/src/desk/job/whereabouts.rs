//! Where a technician is.

use super::{invalid, known, point, tell};
use crate::automation::schedule::{self, ETA_MINUTES_MAX, Ignored, Report};
use crate::automation::values::Values;
use crate::desk::DeskError;
use crate::store::jobs::{self, Touch};
use crate::store::sql::Tx;
use smsdesk_common::api::jobs::{Coordinates, PostLocation};
use smsdesk_common::ids::JobId;
use smsdesk_common::job::Job;

/// The fastest technician, in metres a second: 540 km/h, a train.
const SPEED_MPS_MAX: f64 = 150.0;

/// What became of a location.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The job as it is by now.
    pub job: Job,
    /// Why the location changed nothing.
    pub ignored: Option<Ignored>,
}

/// Takes a location and tells the customer what it means. The same one again does nothing.
///
/// # Errors
/// There is no such place, speed or ETA, there is no such job, or the database cannot be written.
/// Nothing is stored then.
pub fn locate(
    tx: &mut dyn Tx,
    values: &Values,
    id: JobId,
    post: &PostLocation,
) -> Result<Taken, DeskError> {
    let now = tx.now();
    let report = Report {
        point: point(
            "location",
            Coordinates {
                lat: post.lat,
                lon: post.lon,
            },
        )?,
        at: post.at.unwrap_or(now),
        eta_minutes: eta("eta_minutes", post.eta_minutes)?,
        speed_mps: speed(post.speed_mps)?,
    };
    let mut job = known(tx, id)?;
    match schedule::locate(&job, report, now) {
        Ok(located) => job.location = Some(located),
        Err(ignored) => {
            let ignored = Some(ignored);
            return Ok(Taken { job, ignored });
        }
    }
    tell::owed(tx, &mut job, values, None)?;
    jobs::update(tx, &mut job, Touch::Aside)?;
    Ok(Taken { job, ignored: None })
}

/// An ETA as it was given, in whole minutes.
pub(super) fn eta(field: &str, minutes: Option<f64>) -> Result<Option<u32>, DeskError> {
    match minutes {
        // What is no number lies in no range.
        Some(minutes) if !(0.0..=ETA_MINUTES_MAX).contains(&minutes) => Err(invalid(format!(
            "`{field}`: expected minutes from 0 to {ETA_MINUTES_MAX}"
        ))),
        minutes => Ok(minutes.map(|minutes| minutes.ceil() as u32)),
    }
}

/// A speed as it was given; a negative one is what a device says that does not know it.
fn speed(mps: Option<f64>) -> Result<Option<f64>, DeskError> {
    match mps {
        Some(mps) if mps.is_nan() || mps > SPEED_MPS_MAX => Err(invalid(format!(
            "`speed_mps`: expected metres a second, at most {SPEED_MPS_MAX}"
        ))),
        mps => Ok(mps.filter(|mps| *mps >= 0.0)),
    }
}
