//! What the relay does by itself, so that the team need not: what it means that something happened is
//! decided here, and carried out in [`crate::desk`], behind the same gate as every other text. What takes
//! its time is a task over functions of the desk.

pub mod broadcast;
pub mod reminders;
pub mod rules;
#[cfg(test)]
mod rules_tests;
pub mod schedule;
pub mod values;
