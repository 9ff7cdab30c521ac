//! Our own addresses: the numbers and services that customers write to.

use crate::ids::Seq;
use crate::phone::Address;
use serde::{Deserialize, Serialize};

/// An address of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The address itself: a phone number, `whatsapp:+…`, or a messaging service `MG…`.
    pub id: Address,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// What the team calls it, where it has a name.
    #[serde(default)]
    pub name: Option<String>,
    /// False once the configuration no longer lists it; old conversations still show it.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}
