//! The feed: every record at its newest position, and the digest that proves two copies equal.

use crate::ids::{Seq, hex_serde};
use crate::record::Record;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// The most changes in one batch: a client applies it in one short transaction.
pub const BATCH_CHANGES_MAX: usize = 500;
/// The most bytes of changes in one batch, before the frame around them.
pub const BATCH_BYTES_MAX: usize = 256 * 1024;

/// A record at its newest position, as it travels.
///
/// In JSON the record's own fields with `kind`, `id` and `seq` among them; a deleted one is
/// `{"kind", "id", "seq", "deleted": true}`.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What the record is; may be a kind that only a later version knows.
    pub kind: String,
    /// The record's id within its kind.
    pub id: String,
    /// The commit that last touched it.
    pub seq: Seq,
    /// What it holds now.
    pub content: Content,
}

/// What a changed record holds now.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A record of a kind and shape that this version knows.
    Known(Record),
    /// It was deleted; its place in the feed remains.
    Deleted,
    /// Something that only a later version understands: kept as it came, so that the position
    /// advances, the digest agrees and an upgrade finds it.
    Opaque(Map<String, Value>),
}

impl Change {
    /// The change that carries `record`.
    pub fn of(record: Record) -> Self {
        Self {
            kind: record.kind().as_str().to_owned(),
            id: record.id(),
            seq: record.seq(),
            content: Content::Known(record),
        }
    }
}

#[derive(Serialize)]
struct Tombstone<'a> {
    kind: &'a str,
    id: &'a str,
    seq: Seq,
    deleted: bool,
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.content {
            Content::Known(record) => record.serialize(serializer),
            Content::Deleted => Tombstone {
                kind: &self.kind,
                id: &self.id,
                seq: self.seq,
                deleted: true,
            }
            .serialize(serializer),
            Content::Opaque(fields) => fields.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Head {
            kind: String,
            id: String,
            seq: Seq,
            #[serde(default)]
            deleted: bool,
        }
        let fields = Map::deserialize(deserializer)?;
        let head = Head::deserialize(&fields).map_err(de::Error::custom)?;
        let content = if head.deleted {
            Content::Deleted
        } else {
            Record::deserialize(&fields).map_or(Content::Opaque(fields), Content::Known)
        };
        Ok(Self {
            kind: head.kind,
            id: head.id,
            seq: head.seq,
            content,
        })
    }
}

/// Every change in `(from, to]`, oldest first. Numbers in between that are not listed belong to
/// records that were touched again since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// The receiver must stand exactly here.
    pub from: Seq,
    /// The receiver stands here afterwards.
    pub to: Seq,
    /// In ascending order of their positions.
    pub changes: Vec<Change>,
}

/// Whether a change at `incoming` replaces what is held at `held`: the whole rule by which
/// repeated, overlapping and reordered deliveries end in one state.
pub fn supersedes(incoming: Seq, held: Option<Seq>) -> bool {
    held.is_none_or(|held| incoming > held)
}

/// The wrapping sum of a 128-bit hash of every live change. Equal digests mean equal sets of
/// (kind, id, seq); order and history do not matter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of nothing.
    pub const EMPTY: Self = Self(0);

    /// Counts a change in.
    pub fn add(&mut self, kind: &str, id: &str, seq: Seq) {
        self.0 = self.0.wrapping_add(hash(kind, id, seq));
    }

    /// Counts a change out.
    pub fn remove(&mut self, kind: &str, id: &str, seq: Seq) {
        self.0 = self.0.wrapping_sub(hash(kind, id, seq));
    }
}

/// The first 16 bytes, big endian, of SHA-256 over `kind NUL id NUL seq`, seq as 8 bytes big
/// endian. Part of the protocol: both sides must compute the same.
fn hash(kind: &str, id: &str, seq: Seq) -> u128 {
    let mut hasher = Sha256::new();
    hasher.update(kind.as_bytes());
    hasher.update([0]);
    hasher.update(id.as_bytes());
    hasher.update([0]);
    hasher.update(seq.0.to_be_bytes());
    let bytes = hasher.finalize();
    bytes
        .iter()
        .take(16)
        .fold(0, |sum, byte| (sum << 8) | u128::from(*byte))
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Digest {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}
hex_serde!(Digest);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_kind_of_a_later_version_survives_the_round_trip() {
        let json = r#"{"id":"x","kind":"hologram","seq":7,"shape":[1,2]}"#;
        let change: Change = serde_json::from_str(json).unwrap();
        assert!(matches!(change.content, Content::Opaque(_)));
        assert_eq!((change.kind.as_str(), change.seq), ("hologram", Seq(7)));
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
    }

    #[test]
    fn a_known_kind_of_unknown_shape_is_kept_rather_than_refused() {
        let json = r#"{"id":"x","kind":"entry","seq":7,"body":{"new":"shape"}}"#;
        let change: Change = serde_json::from_str(json).unwrap();
        assert!(matches!(change.content, Content::Opaque(_)));
    }

    #[test]
    fn a_tombstone_names_what_is_gone() {
        let json = r#"{"kind":"contact","id":"x","seq":9,"deleted":true}"#;
        let change: Change = serde_json::from_str(json).unwrap();
        assert_eq!(change.content, Content::Deleted);
        assert_eq!(serde_json::to_string(&change).unwrap(), json);
    }

    #[test]
    fn a_change_without_a_position_is_malformed() {
        assert!(serde_json::from_str::<Change>(r#"{"kind":"entry","id":"x"}"#).is_err());
    }

    #[test]
    fn only_a_later_position_replaces_what_is_held() {
        for (incoming, held, expected) in [
            (1, None, true),
            (6, Some(5), true),
            (5, Some(5), false),
            (4, Some(5), false),
        ] {
            assert_eq!(
                supersedes(Seq(incoming), held.map(Seq)),
                expected,
                "{held:?}"
            );
        }
    }

    #[test]
    fn the_digest_of_one_change_is_part_of_the_protocol() {
        let mut digest = Digest::EMPTY;
        digest.add("entry", "a", Seq(1));
        // `printf 'entry\0a\0\0\0\0\0\0\0\0\1' | sha256sum | cut -c1-32`
        assert_eq!(digest.to_string(), "5551acd4bff9afb96c8faf7eae97a67c");
    }

    proptest! {
        #[test]
        fn the_digest_depends_on_the_live_changes_alone(
            steps in proptest::collection::vec((0u8..6, 1u64..40), 0..60),
        ) {
            let mut kept = Digest::EMPTY;
            let mut live = std::collections::BTreeMap::new();
            for (record, seq) in steps {
                let (id, seq) = (record.to_string(), Seq(seq));
                if supersedes(seq, live.get(&id).copied()) {
                    if let Some(old) = live.insert(id.clone(), seq) {
                        kept.remove("entry", &id, old);
                    }
                    kept.add("entry", &id, seq);
                }
            }
            let mut fresh = Digest::EMPTY;
            for (id, seq) in live.iter().rev() {
                fresh.add("entry", id, *seq);
            }
            prop_assert_eq!(kept, fresh);
        }
    }
}
