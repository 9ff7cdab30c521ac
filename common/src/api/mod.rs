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

/// Where a text to many is counted and begun.
pub const BULK_PATH: &str = "/v1/messages/bulk";
/// How long a request may take at the relay, its body included, in seconds.
const REQUEST_S_MAX: u64 = 15;
/// The same for a text to many, in seconds: each recipient is looked up by their own, and the list is
/// stored in parts between texts and webhooks.
const BULK_S_MAX: u64 = 60;
/// How much longer a client waits for the answer, in seconds: it has to hear from the relay that a
/// request took too long, and both ways over a slow network take their time.
const ANSWER_SPARE_S: u64 = 15;

/// How long a request to a path may take at the relay, in seconds. The path may have a prefix before it.
pub fn request_s_max(path: &str) -> u64 {
    match path.ends_with(BULK_PATH) {
        true => BULK_S_MAX,
        false => REQUEST_S_MAX,
    }
}

/// How long a client waits for the whole answer to a request, in seconds: longer than the relay works
/// on it.
pub fn answer_s_max(path: &str) -> u64 {
    request_s_max(path) + ANSWER_SPARE_S
}

/// The header by which every answer of a relay says which life of its database has answered: a
/// position in the answer means nothing in another. Relays of the first version do not send it.
pub const EPOCH_HEADER: &str = "smsdesk-epoch";

/// The header by which every answer of a relay names its request: lines of the relay's log carry the
/// same id. Relays of the first version do not send it.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
