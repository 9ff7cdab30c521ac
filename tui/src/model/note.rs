//! Private notes while they are written: which of the two texts of a conversation has the keys.
//!
//! Notes and replies lie in two collections and meet nowhere: a note is never taken from the
//! replies, a text to a customer never from the notes.

use super::composer::Composer;
use super::timeline::Timeline;
use super::{Focus, Model};
use serde::{Deserialize, Serialize};

/// What the composer writes while it has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// A text to the customer.
    #[default]
    Reply,
    /// A note among colleagues.
    Note,
}

impl Model {
    /// Whether what is typed now belongs to a note.
    pub fn writes_note(&self) -> bool {
        self.focus == Focus::Composer && self.writing == Writing::Note
    }

    /// The note on the conversation that is shown.
    pub fn note(&self) -> Option<&Composer> {
        self.notes
            .get(self.timeline.as_ref().map(Timeline::conversation)?)
    }

    /// What the composer shows.
    pub fn written(&self) -> Option<&Composer> {
        match self.writes_note() {
            true => self.note(),
            false => self.composer(),
        }
    }
}
