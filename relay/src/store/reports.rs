//! Delivery reports, kept by the provider's id: one may come before the relay knows whose it is.

use crate::store::StoreError;
use crate::store::sql::{Reads, Tx, params};
use smsdesk_common::status::{Delivery, DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What it says.
    pub delivery: Delivery,
    /// When it came.
    pub at: Timestamp,
}

/// Stores a report.
///
/// # Errors
/// The database cannot be written.
pub fn insert(tx: &mut dyn Tx, sid: &str, delivery: &Delivery) -> Result<(), StoreError> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO delivery_report (sid, status, error_code, error_text, at) \
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            sid,
            delivery.status.as_str(),
            delivery.error.as_ref().map(|error| error.code),
            delivery.error.as_ref().map(|error| error.text.clone()),
            now,
        ],
    )?;
    Ok(())
}

/// Every report on one message, in the order they came.
///
/// # Errors
/// The database cannot be read.
pub fn of(reads: &mut dyn Reads, sid: &str) -> Result<Vec<Report>, StoreError> {
    let rows = reads.query(
        "SELECT status, error_code, error_text, at FROM delivery_report WHERE sid = ?1 \
         ORDER BY id",
        params![sid],
    )?;
    rows.iter()
        .map(|row| {
            let error = match row.maybe_int(1)? {
                Some(_) => Some(DeliveryError {
                    code: row.count(1)?,
                    text: row.maybe_text(2)?.unwrap_or_default(),
                }),
                None => None,
            };
            let status = row.named(0, DeliveryStatus::parse)?;
            Ok(Report {
                delivery: Delivery { status, error },
                at: row.time(3)?,
            })
        })
        .collect()
}
