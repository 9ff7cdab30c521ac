//! What a program may do that acts with a token of its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// One part of what an integration may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Send texts, and see and take back those that wait.
    Send,
    /// Look at everything that a terminal shows.
    Read,
    /// Keep jobs, and tell customers of them.
    Triggers,
    /// Look at contacts and change them.
    Contacts,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Send, Self::Read, Self::Triggers, Self::Contacts];

    /// The name on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Read => "read",
            Self::Triggers => "triggers",
            Self::Contacts => "contacts",
        }
    }
}

/// A text that is no list of scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected one or more of send, read, triggers, contacts, with commas between them")]
pub struct ScopeError;

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        named.ok_or(ScopeError)
    }
}

/// All that an integration may do; nothing for people, whose role says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Scopes(BTreeSet<Scope>);

impl Scopes {
    /// Whether one of `wanted` is among them.
    pub fn has_any(&self, wanted: &[Scope]) -> bool {
        wanted.iter().any(|scope| self.0.contains(scope))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Scopes {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let scopes = text.split([',', ' ']).filter(|part| !part.is_empty());
        let scopes: Self = scopes.map(str::parse).collect::<Result<_, _>>()?;
        if scopes.is_empty() {
            return Err(ScopeError);
        }
        Ok(scopes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_written_with_commas_and_read_back() {
        let scopes: Scopes = "read, send,read".parse().unwrap();
        assert_eq!(scopes.to_string(), "send,read");
        assert_eq!(scopes.to_string().parse(), Ok(scopes.clone()));
        assert_eq!(
            serde_json::to_string(&scopes).unwrap(),
            r#"["send","read"]"#
        );
        assert!(scopes.has_any(&[Scope::Contacts, Scope::Read]));
        assert!(!scopes.has_any(&[Scope::Contacts]) && !scopes.has_any(&[]));
        for text in ["", ",", "admin", "send,everything"] {
            assert_eq!(text.parse::<Scopes>(), Err(ScopeError), "{text}");
        }
    }
}
