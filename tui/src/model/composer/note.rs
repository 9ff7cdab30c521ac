//! What a composer is to a note: the words go to colleagues, so that nothing is asked about what the
//! customer did meanwhile, and another length is too much.

use super::{Composer, Unsendable};
use smsdesk_common::api::notes::NOTE_CHARACTERS_MAX;

impl Composer {
    /// Takes the note out to be saved.
    ///
    /// # Errors
    /// There are no words, or too many.
    pub fn take_note(&mut self) -> Result<String, Unsendable> {
        let body = self.body().to_owned();
        if body.is_empty() {
            return Err(Unsendable::Empty);
        }
        if let over @ 1.. = self.note_is_over() {
            let characters = NOTE_CHARACTERS_MAX + over;
            return Err(Unsendable::TooLong { characters });
        }
        self.leaving.push_back(body.clone());
        self.empty();
        Ok(body)
    }

    /// By how many characters a note is too long.
    pub fn note_is_over(&self) -> usize {
        self.body()
            .chars()
            .count()
            .saturating_sub(NOTE_CHARACTERS_MAX)
    }
}
