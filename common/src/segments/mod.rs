//! How many SMS segments a text takes, and why.
//!
//! Twilio bills and limits by segments. The arithmetic is that of Twilio Labs' npm package
//! `sms-segments-calculator` 1.3.0. It only counts: nothing here changes what is sent, and what a
//! text cost in the end is what Twilio reports.

mod gsm;
mod smart;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Longest body that Twilio takes, in characters (error 21617 beyond). Twilio does not say what it
/// counts as one; a Unicode scalar value is the strictest count that is still fair to an emoji.
pub const BODY_CHARACTERS_MAX: usize = 1600;

/// How the characters of a text are written on the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// Seven bits each, in the alphabet that every phone has.
    #[serde(rename = "GSM-7")]
    Gsm7,
    /// Sixteen bits each (UTF-16): one character outside GSM-7 turns the whole text into this.
    #[serde(rename = "UCS-2")]
    Ucs2,
}

impl Encoding {
    /// Units of a text that fits into one segment: 140 octets.
    #[must_use]
    pub const fn single_segment_units(self) -> u32 {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units of each segment of a longer text: 6 octets go to the header that joins them.
    #[must_use]
    pub const fn joined_segment_units(self) -> u32 {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// What a text takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Segments {
    /// How it is written.
    pub encoding: Encoding,
    /// Its length: septets in GSM-7, UTF-16 code units in UCS-2.
    pub units: u32,
    /// How many segments it takes; 1 for an empty text.
    pub segments: u32,
    /// As the calculator counts them: septets in GSM-7, grapheme clusters in UCS-2.
    pub characters: u32,
    /// Units in the last segment.
    pub units_in_segment: u32,
}

impl Segments {
    /// Counts a text.
    ///
    /// Neither an escape pair nor a surrogate pair is split over two segments, and in UCS-2 a
    /// whole grapheme cluster stays together (unless it is larger than a segment), so a segment
    /// may go out with a few units unused.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let septets: Option<Vec<u32>> = text.chars().map(gsm::septets).collect();
        if let Some(septets) = septets {
            let counted = Self::fill(Encoding::Gsm7, septets.iter().copied());
            return Self {
                characters: counted.units,
                ..counted
            };
        }
        let clusters = text.graphemes(true).flat_map(calculator_clusters);
        let pieces = clusters.clone().flat_map(|cluster| {
            let whole = utf16_units(cluster);
            let fits = whole <= Encoding::Ucs2.joined_segment_units();
            let chars = cluster.chars().map(|c| u32::from(c.len_utf16() == 2) + 1);
            fits.then_some(whole)
                .into_iter()
                .chain(chars.filter(move |_| !fits))
        });
        let counted = Self::fill(Encoding::Ucs2, pieces);
        Self {
            characters: count(clusters.count()),
            ..counted
        }
    }

    /// Units that the segment at the end could take in all: the right side of a "33/160" counter.
    #[must_use]
    pub fn segment_capacity(&self) -> u32 {
        if self.segments > 1 {
            self.encoding.joined_segment_units()
        } else {
            self.encoding.single_segment_units()
        }
    }

    /// Units that still fit without one more segment.
    #[must_use]
    pub fn units_left_in_segment(&self) -> u32 {
        self.segment_capacity()
            .saturating_sub(self.units_in_segment)
    }

    /// Fills segments with pieces that are not split.
    fn fill(encoding: Encoding, pieces: impl Iterator<Item = u32> + Clone) -> Self {
        let units = pieces.clone().sum();
        let mut counted = Self {
            encoding,
            units,
            segments: 1,
            characters: 0,
            units_in_segment: 0,
        };
        if units <= encoding.single_segment_units() {
            counted.units_in_segment = units;
            return counted;
        }
        for piece in pieces {
            if counted.units_in_segment + piece > encoding.joined_segment_units() {
                counted.segments += 1;
                counted.units_in_segment = 0;
            }
            counted.units_in_segment += piece;
        }
        counted
    }
}

/// Replaces look-alikes by characters of GSM-7 (quotes, dashes, spaces, an ellipsis by three dots),
/// as Twilio's smart encoding does before it sends. Emoji and other scripts stay.
#[must_use]
pub fn smart_encode(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| smart::replacement(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        match smart::replacement(c) {
            Some(replacement) => encoded.push_str(replacement),
            None => encoded.push(c),
        }
    }
    Cow::Owned(encoded)
}

/// The first character that turns the text into UCS-2, with its position in bytes.
#[must_use]
pub fn first_non_gsm(text: &str) -> Option<(usize, char)> {
    text.char_indices()
        .find(|(_, c)| gsm::septets(*c).is_none())
}

/// The length that [`BODY_CHARACTERS_MAX`] limits.
#[must_use]
pub fn body_characters(body: &str) -> usize {
    body.chars().count()
}

/// The clusters that the calculator sees in one of today's: it follows an older edition of
/// Unicode, which parted the consonants of a conjunct (now kept by rule GB9c), and it parts CR LF.
fn calculator_clusters(cluster: &str) -> impl Iterator<Item = &str> + Clone {
    let breaks = cluster
        .char_indices()
        .zip(cluster.chars().skip(1))
        .filter_map(|((at, c), next)| {
            let parted = (c, next) == ('\r', '\n') || parts_conjunct(c, next);
            parted.then_some(at + c.len_utf8())
        });
    let starts = std::iter::once(0).chain(breaks.clone());
    let ends = breaks.chain(std::iter::once(cluster.len()));
    starts
        .zip(ends)
        .map(move |(start, end)| &cluster[start..end])
}

/// Whether only GB9c joins two neighbours of one cluster: by themselves they part, and no emoji
/// before them (rule GB11) would join them either.
fn parts_conjunct(c: char, next: char) -> bool {
    let is_joined = |text: String| text.graphemes(true).count() == 1;
    !is_joined(format!("{c}{next}")) && !is_joined(format!("👩{c}{next}"))
}

fn utf16_units(text: &str) -> u32 {
    count(text.encode_utf16().count())
}

/// No body comes near to 4 GiB; a longer one is counted as that.
fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
