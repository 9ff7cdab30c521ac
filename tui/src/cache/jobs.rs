//! Reads the jobs of a contact.

use super::error::{CacheError, stored_record};
use rusqlite::{Connection, params};
use smsdesk_common::ids::ContactId;
use smsdesk_common::job::Job;

/// The most jobs that are still to come: more is a plan, not a visit.
const OPEN_MAX: u32 = 5;
/// The most jobs that are over: the last one is what people ask about.
const OVER_MAX: u32 = 2;

/// Those that are still to come, the first to begin first, and behind them the last ones that are
/// over. One of a shape of a later version is left out.
pub(super) fn of_contact(records: &Connection, contact: ContactId) -> Result<Vec<Job>, CacheError> {
    let mut found = Vec::new();
    for (statement, most) in [
        (
            "SELECT record.body FROM job JOIN records AS record ON record.n = job.n
             WHERE job.contact = ?1 AND job.over = 0 ORDER BY job.starts_at LIMIT ?2",
            OPEN_MAX,
        ),
        (
            "SELECT record.body FROM job JOIN records AS record ON record.n = job.n
             WHERE job.contact = ?1 AND job.over = 1 ORDER BY job.starts_at DESC LIMIT ?2",
            OVER_MAX,
        ),
    ] {
        let mut statement = records.prepare_cached(statement)?;
        let mut rows = statement.query(params![contact.0.as_bytes(), most])?;
        while let Some(row) = rows.next()? {
            found.push(stored_record(&row.get::<_, String>(0)?)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::{Desk, job};
    use smsdesk_common::job::JobStatus;
    use smsdesk_common::record::Record;

    fn record(n: u64, hours: i64, status: JobStatus) -> Record {
        let plain = job(n, 1);
        Record::Job(Box::new(Job {
            starts_at: plain.starts_at.plus_millis(hours * 3_600_000),
            status,
            ..plain
        }))
    }

    fn shown(desk: &Desk) -> Vec<u128> {
        let found = of_contact(&desk.records, job(1, 1).contact).unwrap();
        found.iter().map(|job| job.id.0.as_u128()).collect()
    }

    #[test]
    fn what_is_to_come_stands_first_and_what_is_over_behind_it() {
        let mut desk = Desk::with([
            record(1, 5, JobStatus::Assigned),
            record(2, 1, JobStatus::Enroute),
            record(3, 2, JobStatus::Complete),
            record(4, 3, JobStatus::Canceled),
            Record::Job(Box::new(job(9, 2))),
        ]);
        let by = |numbers: &[u64]| -> Vec<u128> {
            numbers.iter().map(|n| job(*n, 1).id.0.as_u128()).collect()
        };
        assert_eq!(shown(&desk), by(&[2, 1, 4, 3]));
        desk.commit([record(2, 1, JobStatus::Complete)]);
        desk.delete("job", &job(4, 1).id.to_string());
        assert_eq!(shown(&desk), by(&[1, 3, 2]));
    }
}
