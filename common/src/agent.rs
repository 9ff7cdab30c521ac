//! The people (and integrations) who work at the desk.

use crate::ids::{AgentId, Seq};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// The longest name of an agent, in characters: it must fit a status bar.
pub const NAME_CHARACTERS_MAX: usize = 40;

/// What an agent may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, including people, tokens and settings.
    Admin,
    /// Read and answer.
    #[default]
    Agent,
    /// Read only.
    Readonly,
}

impl Role {
    /// The name in configuration, on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Agent => "agent",
            Self::Readonly => "readonly",
        }
    }

    /// Whether this role may send texts and change conversations.
    pub const fn may_write(self) -> bool {
        matches!(self, Self::Admin | Self::Agent)
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "admin" => Ok(Self::Admin),
            "agent" => Ok(Self::Agent),
            "readonly" => Ok(Self::Readonly),
            _ => Err(RoleError),
        }
    }
}

/// A text that names no role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one of: admin, agent, readonly")]
pub struct RoleError;

/// Somebody who answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agent {
    /// Stays the same when the name changes.
    pub id: AgentId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// As colleagues see it; unique at one relay.
    pub name: String,
    /// What the agent may do.
    #[serde(default)]
    pub role: Role,
    /// False once every access was revoked; the name still stands on old entries.
    #[serde(default = "yes")]
    pub active: bool,
}

const fn yes() -> bool {
    true
}

impl Agent {
    /// Two letters for a list row: the initials of two words, or the first two letters of one.
    pub fn initials(&self) -> String {
        initials(&self.name)
    }
}

/// Two capital letters that stand for `name` where there is little room.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let first = words.next().unwrap_or("?");
    let letters: String = match words.next_back() {
        Some(last) => first.chars().take(1).chain(last.chars().take(1)).collect(),
        None => first.chars().take(2).collect(),
    };
    letters.to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_two_words_or_two_letters() {
        assert_eq!(initials("Ana"), "AN");
        assert_eq!(initials("bo"), "BO");
        assert_eq!(initials("Maria del Carmen Ruiz"), "MR");
        assert_eq!(initials(""), "?");
    }
}
