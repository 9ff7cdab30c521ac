//! The only place in the terminal app that reads a clock or makes up an id.

#![expect(
    clippy::disallowed_methods,
    reason = "this is the place that the ban points to"
)]

use smsdesk_common::time::Timestamp;
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// The time of day. Shown to people, never used to measure.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A point on a clock that never jumps, for time-outs.
pub fn monotonic() -> Instant {
    Instant::now()
}

/// A new UUIDv7.
pub fn new_id() -> Uuid {
    Uuid::now_v7()
}
