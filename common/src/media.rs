//! Pictures and files that belong to a message.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One attachment of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// Names the file within its message, from 0.
    pub index: u32,
    /// MIME type as the sender's carrier declared it, such as `image/jpeg`.
    pub content_type: String,
    /// Where the provider keeps the file; fetching it takes the provider's credentials.
    pub url: String,
}
