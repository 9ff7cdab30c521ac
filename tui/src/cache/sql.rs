//! Conversions between our types and SQLite's.

use rusqlite::types::{FromSqlError, Type};
use smsdesk_common::ids::Seq;
use uuid::Uuid;

/// A position as SQLite stores it. Positions beyond 2^63 do not occur: they count commits.
pub(super) fn seq_in(seq: Seq) -> Option<i64> {
    i64::try_from(seq.0).ok()
}

/// A stored position.
pub(super) fn seq_out(stored: i64) -> Seq {
    Seq(u64::try_from(stored).unwrap_or(0))
}

/// A stored count.
pub(super) fn count_out(stored: i64) -> u32 {
    u32::try_from(stored.max(0)).unwrap_or(u32::MAX)
}

/// A stored id of 16 bytes.
pub(super) fn uuid_out(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

/// A stored text that has an own syntax.
///
/// # Errors
/// Says what is there instead.
pub(super) fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("{what} is {text:?}"))
}

/// The error for a stored text that is none of the names it may be.
pub(super) fn unnamed(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, FromSqlError::InvalidType.into())
}
