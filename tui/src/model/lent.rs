//! A text that the agent's own editor has.

use super::note::Writing;
use serde::{Deserialize, Serialize};
use smsdesk_common::ids::{ConversationId, Seq};

/// A text that is in the agent's own editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lent {
    /// What it is.
    pub whose: Whose,
    /// As it was handed over.
    pub text: String,
}

impl Lent {
    /// Whose draft it is, to be changed.
    pub const fn conversation_mut(&mut self) -> Option<&mut ConversationId> {
        match &mut self.whose {
            Whose::Draft { conversation, .. } => Some(conversation),
            Whose::Sheet { .. } | Whose::Rules { .. } => None,
        }
    }

    /// The words that an editor made of it; none where it left nothing, or what it was given.
    pub fn takes(&self, saved: &str) -> Option<String> {
        // Editors end a text with a line break; nobody writes one there on purpose.
        let words = saved.trim_end_matches(['\r', '\n']);
        let is_emptied = words.trim().is_empty() && !self.text.trim().is_empty();
        let is_same = words == self.text.trim_end_matches('\n');
        (!is_emptied && !is_same).then(|| words.to_owned())
    }
}

/// What a text in an editor is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// One of the two drafts of a conversation.
    Draft {
        /// To whom it is, or about whom.
        conversation: ConversationId,
        /// Which of the two.
        writing: Writing,
    },
    /// A sheet of words, such as a template.
    Sheet {
        /// What is written on it, in words.
        title: String,
    },
    /// The rules of the desk.
    Rules {
        /// The edit that the text goes by; none where there were no rules.
        if_seq: Option<Seq>,
    },
}

/// How the words of an editor stand that the app outlived only on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placed {
    /// They are the draft.
    Alone,
    /// They stand before a draft that is newer than the one that was handed over.
    BeforeNewer,
}
