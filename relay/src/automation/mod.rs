//! What the relay does by itself, so that the team need not: what it means that something happened
//! is decided here, and done by [`crate::desk`].

pub mod reminders;
pub mod schedule;
pub mod values;
