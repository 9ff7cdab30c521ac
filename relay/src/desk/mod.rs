//! What the desk does: each a function over one transaction of the store. No IO of its own, no
//! network, no clock but the transaction's.

pub mod again;
pub mod automatic;
pub mod backfill;
pub mod broadcast;
pub mod call;
pub mod consent;
pub mod contact;
pub mod erase;
pub mod error;
mod gates;
mod guard;
mod hours;
pub mod insight;
pub mod job;
pub mod later;
pub mod lines;
pub mod note;
mod notice;
pub mod people;
pub mod purge;
mod reach;
pub mod read;
pub mod receive;
pub mod rules;
pub mod search;
pub mod send;
pub mod settings;
pub(crate) mod shield;
pub mod stats;
pub mod status;
pub mod template;
pub mod triage;
pub mod trigger;

#[cfg(test)]
mod tests;

pub use error::DeskError;
