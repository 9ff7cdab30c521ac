//! Who was found for words that are being typed.

use serde::{Deserialize, Serialize};
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::Address;

/// The most people that are found at once: what fits below a prompt.
pub const FOUND_PEOPLE_MAX: usize = 8;

/// Somebody with one of their addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPerson {
    /// Who.
    pub contact: ContactId,
    /// What they are called; remote text.
    pub name: Option<String>,
    /// Where they are written to.
    pub address: Address,
}

/// What is looked for, and what was found. One look is under way at a time, so that fast typing
/// never queues looks up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    words: String,
    asked: Option<String>,
    answered: Option<String>,
    found: Vec<FoundPerson>,
}

impl Search {
    /// Looks for these words from now on.
    pub fn want(&mut self, words: &str) {
        words.clone_into(&mut self.words);
    }

    /// The words to ask the disk about, if a look is due and none is under way.
    pub fn next_look(&mut self) -> Option<String> {
        if self.asked.is_some() || self.answered.as_deref() == Some(&self.words) {
            return None;
        }
        self.asked = Some(self.words.clone());
        self.asked.clone()
    }

    /// Takes the disk's answer.
    pub fn accept(&mut self, words: String, found: Vec<FoundPerson>) {
        self.asked = None;
        self.answered = Some(words);
        self.found = found;
    }

    /// The disk could not answer.
    pub fn fail(&mut self) {
        self.asked = None;
    }

    /// Who was found last; for words of a moment ago while the look for newer ones is under way.
    pub fn found(&self) -> &[FoundPerson] {
        &self.found
    }
}
