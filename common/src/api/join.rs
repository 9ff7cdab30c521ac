//! `POST /v1/join`: an invite becomes a token.

use crate::agent::Agent;
use crate::ids::DeviceId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Redeems an invite. The code works once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Join {
    /// The part of the invite after `#`.
    pub code: String,
    /// Which installation will hold the token: a UUID, or a name that it keeps.
    #[serde(deserialize_with = "DeviceId::from_name")]
    #[schemars(with = "String")]
    pub device: DeviceId,
}

/// Who one is from now on. Has no `Debug` that shows the token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Joined {
    /// Goes into `Authorization: Bearer …`. Said once, stored nowhere at the relay.
    pub token: String,
    /// Who the token belongs to.
    pub agent: Agent,
    /// The relay's public address.
    pub relay: String,
}

impl std::fmt::Debug for Joined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Joined")
            .field("token", &"(secret)")
            .field("agent", &self.agent)
            .field("relay", &self.relay)
            .finish()
    }
}
