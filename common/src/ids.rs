//! Identifiers and positions: one newtype each, so that none can stand in for another.
//!
//! Ids of records are UUIDv7 (RFC 9562), chosen by whoever creates the record. This module never
//! makes one up: that takes a clock and randomness, which each side keeps in its `clock` module.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

/// What tells a name of a device from other names that become an id.
const DEVICE_NAMES: &str = "smsdesk device";
/// The longest name of a device, in bytes.
pub const DEVICE_NAME_BYTES_MAX: usize = 200;

impl DeviceId {
    /// Whichever device calls itself `name`: a UUID as it stands, any other name by its hash (RFC 9562,
    /// version 8). None for a name that is empty or longer than [`DEVICE_NAME_BYTES_MAX`].
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        if name.is_empty() || name.len() > DEVICE_NAME_BYTES_MAX {
            return None;
        }
        if let Ok(id) = name.parse() {
            return Some(id);
        }
        let hash = Sha256::new()
            .chain_update(DEVICE_NAMES)
            .chain_update([0])
            .chain_update(name)
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        let id = uuid::Builder::from_custom_bytes(bytes).into_uuid();
        Some(Self(id))
    }

    /// Reads an id or a name: programs need not make up a UUID.
    ///
    /// # Errors
    /// It is empty, too long, or no text.
    pub fn from_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| {
            let most = DEVICE_NAME_BYTES_MAX;
            de::Error::custom(format!("expected a UUID or a name of 1 to {most} bytes"))
        })
    }
}

uuid_id! {
    /// A conversation: one line of ours with one address of theirs.
    ConversationId
    /// One thing in a conversation's timeline. The id of a text that an agent sends is chosen by
    /// the terminal, which makes sending it twice harmless.
    EntryId
    /// A person, or whoever stands behind an address.
    ContactId
    /// Somebody who answers.
    AgentId
    /// One installation of the terminal app.
    DeviceId
    /// A request of a client; the same id always means the same request.
    RequestId
    /// An access token, as far as it may be named (never its secret).
    TokenId
    /// A text that is written once and sent often.
    TemplateId
    /// A rule that answers or sorts what customers write.
    RuleId
    /// An appointment.
    JobId
    /// One text for many.
    BroadcastId
}

/// A place in the relay's one commit order. Zero is before the first commit.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first commit.
    pub const ZERO: Self = Self(0);

    /// The position after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Names one life of the relay's database: 128 random bits, in 32 hexadecimal digits. A restore
/// from a backup starts another life, so that positions of the former one are not mistaken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Epoch(pub u128);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Epoch {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// Serde for 128-bit values as 32 hexadecimal digits: JSON numbers lose what exceeds 2^53.
macro_rules! hex_serde {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(d)?;
                let read = text.parse::<Self>().ok();
                // One writing alone, as everything compares them as texts, too.
                read.filter(|read| read.to_string() == text).ok_or_else(|| {
                    serde::de::Error::custom(concat!(
                        stringify!($name),
                        ": expected 32 hexadecimal digits in lower case"
                    ))
                })
            }
        }
    };
}
pub(crate) use hex_serde;
hex_serde!(Epoch);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_keeps_its_id_whatever_it_is_called() {
        let id = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
        assert_eq!(DeviceId::named(id).unwrap().to_string(), id);
        let till = DeviceId::named("the till").unwrap();
        assert_eq!(DeviceId::named(" the till "), Some(till));
        assert_ne!(DeviceId::named("the other till"), Some(till));
        assert_eq!(till.0.get_version_num(), 8);
        assert_eq!(DeviceId::named(" "), None);
        assert_eq!(
            DeviceId::named(&"x".repeat(DEVICE_NAME_BYTES_MAX + 1)),
            None
        );
    }

    #[test]
    fn an_epoch_is_thirty_two_digits_whatever_its_value() {
        assert_eq!(Epoch(10).to_string(), format!("{}a", "0".repeat(31)));
        let json = serde_json::to_string(&Epoch(u128::MAX)).unwrap();
        assert_eq!(
            serde_json::from_str::<Epoch>(&json).unwrap(),
            Epoch(u128::MAX)
        );
        for text in [
            "not hex",
            "a",
            &"A".repeat(32),
            &format!("+{}", "a".repeat(31)),
        ] {
            let json = serde_json::to_string(text).unwrap();
            assert!(serde_json::from_str::<Epoch>(&json).is_err(), "{text}");
        }
    }

    #[test]
    fn an_id_is_its_uuid_in_json() {
        let id: EntryId = "0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee".parse().unwrap();
        assert_eq!(
            serde_json::to_string(&id).unwrap(),
            "\"0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee\""
        );
        assert!("nonsense".parse::<EntryId>().is_err());
    }
}
