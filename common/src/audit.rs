//! Who did what: the rows of the audit, and how each is bound to the one before.
//!
//! A row says who, what and to which record, never what was written or to which number.

use crate::ids::{AgentId, Seq};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use std::str::FromStr;

/// What stands before the first row: 64 zeros.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Whoever did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Whoever runs the relay, on its machine.
    Operator,
    /// The relay by itself.
    Relay,
    /// Somebody whom nothing proves to be anyone.
    Nobody,
    /// A person or a program, by a token.
    Agent(AgentId),
}

impl Actor {
    /// The agent, where it was one.
    pub const fn agent(self) -> Option<AgentId> {
        match self {
            Self::Agent(id) => Some(id),
            Self::Operator | Self::Relay | Self::Nobody => None,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => f.write_str("operator"),
            Self::Relay => f.write_str("relay"),
            Self::Nobody => f.write_str("nobody"),
            Self::Agent(id) => write!(f, "agent:{id}"),
        }
    }
}

/// A text that names nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected operator, relay, nobody or agent:ID")]
pub struct ActorError;

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "operator" => Ok(Self::Operator),
            "relay" => Ok(Self::Relay),
            "nobody" => Ok(Self::Nobody),
            _ => {
                let id = text.strip_prefix("agent:").and_then(|id| id.parse().ok());
                id.map(Self::Agent).ok_or(ActorError)
            }
        }
    }
}

macro_rules! deeds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $words:literal;)+) => {
        /// What was done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Deed {
            $($(#[$doc])* $variant,)+
        }

        impl Deed {
            /// Every deed of this version.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in the database, in JSON and in filters.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// In words, after who did it.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }
        }
    };
}

deeds! {
    /// Somebody was invited.
    Invited = "invited", "invited";
    /// An invite became a token on a device.
    LoggedIn = "logged_in", "signed in";
    /// Tokens or invites were refused, counted together.
    LoginFailed = "login_failed", "was refused";
    /// A program got a token.
    TokenAdded = "token_added", "added a token for";
    /// A token is no longer accepted.
    TokenRevoked = "token_revoked", "revoked a token of";
    /// A token's time was over.
    TokenExpired = "token_expired", "let a token end of";
    /// All of an agent's access is gone.
    AgentRevoked = "agent_revoked", "revoked";
    /// A text is on its way.
    Sent = "sent", "sent";
    /// Settings were changed.
    Set = "set", "set";
    /// The rules were changed.
    RulesSet = "rules_set", "set the rules";
    /// Records were taken out of the desk.
    Exported = "exported", "exported";
    /// Everything about somebody was erased.
    Erased = "erased", "erased";
    /// What was old was removed.
    Purged = "purged", "purged";
    /// A copy of the database was made.
    BackedUp = "backed_up", "made a backup";
    /// A backup became the database.
    Restored = "restored", "restored a backup";
}

impl FromStr for Deed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.iter().find(|deed| deed.as_str() == text);
        named.copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|deed| deed.as_str()).collect();
            format!("expected one of: {}", names.join(", "))
        })
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRow {
    /// Its number: one more than the row before.
    pub n: Seq,
    /// When.
    pub at: Timestamp,
    /// Who: `operator`, `relay`, `nobody` or `agent:ID`.
    pub actor: String,
    /// The agent's name by now, where it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What: the name of a [`Deed`], or of one of a later version.
    pub deed: String,
    /// To which record: an id.
    pub subject: Option<String>,
    /// What else there is to know: a JSON object as it was written.
    pub detail: String,
    /// SHA-256 in 64 hexadecimal digits, of the hash before and of this row.
    pub hash: String,
}

impl AuditRow {
    /// What the row's hash is taken of: a JSON array without spaces that begins with the hash of the
    /// row before.
    pub fn sealed(&self, before: &str) -> String {
        let parts = [
            Value::from(before),
            Value::from(self.n.0),
            Value::from(self.at.as_millis()),
            Value::from(self.actor.as_str()),
            Value::from(self.deed.as_str()),
            self.subject.as_deref().map_or(Value::Null, Value::from),
            Value::from(self.detail.as_str()),
        ];
        Value::from(parts.to_vec()).to_string()
    }

    /// The row in a sentence, without its time. What others wrote is in it as they wrote it.
    pub fn words(&self) -> String {
        let who = self.name.as_deref().unwrap_or(&self.actor);
        let did = match self.deed.parse::<Deed>() {
            Ok(deed) => deed.words(),
            Err(_) => &self.deed,
        };
        let detail: Map<String, Value> = serde_json::from_str(&self.detail).unwrap_or_default();
        let mut words = format!("{who} {did}");
        if let Some(subject) = detail.get("name").and_then(Value::as_str) {
            words = format!("{words} {subject}");
        } else if let Some(subject) = &self.subject {
            words = format!("{words} {subject}");
        }
        let rest: Vec<_> = detail
            .iter()
            .filter(|(key, _)| *key != "name")
            .map(|(key, value)| match value {
                Value::String(text) => format!("{key} {text}"),
                value => format!("{key} {value}"),
            })
            .collect();
        if rest.is_empty() {
            words
        } else {
            format!("{words} ({})", rest.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_and_actors_read_back_from_their_names() {
        for deed in Deed::ALL {
            assert_eq!(deed.as_str().parse(), Ok(*deed));
        }
        assert!("looked".parse::<Deed>().is_err());
        let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee".parse().unwrap();
        for actor in [
            Actor::Operator,
            Actor::Relay,
            Actor::Nobody,
            Actor::Agent(id),
        ] {
            assert_eq!(actor.to_string().parse(), Ok(actor));
        }
        assert_eq!("agent:ana".parse::<Actor>(), Err(ActorError));
    }

    #[test]
    fn what_is_hashed_is_an_array_that_begins_with_the_hash_before() {
        let row = AuditRow {
            n: Seq(7),
            at: Timestamp::from_millis(1_000),
            actor: "operator".to_owned(),
            name: None,
            deed: "invited".to_owned(),
            subject: None,
            detail: r#"{"name":"Bo \"B\""}"#.to_owned(),
            hash: String::new(),
        };
        assert_eq!(
            row.sealed("ab"),
            r#"["ab",7,1000,"operator","invited",null,"{\"name\":\"Bo \\\"B\\\"\"}"]"#
        );
        assert_eq!(row.words(), "operator invited Bo \"B\"");
    }
}
