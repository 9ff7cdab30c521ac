//! Bodies of the HTTP API under `/v1`, one resource a file, and the stable codes of its errors.

pub mod agents;
pub mod audit;
pub mod broadcasts;
pub mod calls;
pub mod changes;
pub mod contacts;
pub mod conversations;
pub mod error;
pub mod health;
pub mod jobs;
pub mod join;
pub mod labels;
pub mod lines;
pub mod messages;
pub mod notes;
pub mod read;
pub mod rules;
pub mod search;
pub mod settings;
pub mod stats;
pub mod status;
pub mod templates;
pub mod tokens;
pub mod update;

pub use error::{ErrorCode, Problem};

/// The header by which every answer of a relay says which life of its database has answered: a
/// position in the answer means nothing in another. Relays of the first version do not send it.
pub const EPOCH_HEADER: &str = "smsdesk-epoch";

/// The header by which every answer of a relay names its request: lines of the relay's log carry the
/// same id. Relays of the first version do not send it.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
