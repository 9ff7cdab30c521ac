//! HTTP, one resource a file: extract, one call into the desk or the store, map the error.

pub mod access;
pub(crate) mod agents;
pub(crate) mod asked;
pub(crate) mod audit;
pub(crate) mod broadcasts;
pub(crate) mod calls;
pub mod changes;
pub(crate) mod contacts;
pub mod conversations;
#[cfg(test)]
mod full_disk;
pub(crate) mod gate;
pub mod health;
pub(crate) mod jobs;
pub mod join;
pub(crate) mod labels;
pub mod life;
pub(crate) mod lines;
pub(crate) mod media;
pub mod messages;
pub mod metrics;
pub mod notes;
pub(crate) mod observed;
pub(crate) mod probe;
pub mod problem;
pub mod read;
pub(crate) mod rules;
pub(crate) mod search;
pub(crate) mod settings;
pub mod stats;
pub(crate) mod status;
pub mod templates;
pub(crate) mod tokens;
pub(crate) mod triage;
pub mod webhooks;
