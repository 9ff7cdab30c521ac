//! `GET /v1/tokens`: which devices and programs may act, and when they did last.

use crate::agent::Role;
use crate::ids::{AgentId, DeviceId, TokenId};
use crate::scope::Scopes;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a token; never its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// Names it.
    pub id: TokenId,
    /// Who acts with it.
    pub agent: AgentId,
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Which installation holds it; of a program none.
    pub device: Option<DeviceId>,
    /// What a program may do; nothing for people.
    #[serde(default, skip_serializing_if = "Scopes::is_empty")]
    pub scopes: Scopes,
    /// Since when it is there.
    pub created_at: Timestamp,
    /// When it was last used, to about a minute; none where it never was.
    pub used_at: Option<Timestamp>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Since when it is no longer accepted.
    pub revoked_at: Option<Timestamp>,
    /// Whether whoever holds it is told to remove their copy of the records.
    #[serde(default)]
    pub wipe: bool,
}

/// Every token that is accepted, and those that were revoked, by agent and age.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tokens {
    /// A desk has tens of them, so there are no pages.
    pub tokens: Vec<Token>,
}

/// The header of a refusal by which a relay tells whoever holds a revoked token to remove their copy
/// of the records. Its only value is `records`.
pub const WIPE_HEADER: &str = "smsdesk-wipe";
/// What [`WIPE_HEADER`] says.
pub const WIPE_RECORDS: &str = "records";
