//! What authors of texts were asked about: a confirmation that names the position of before covers what
//! its author was told in answer to the same text, and nothing that came later.

use sha2::{Digest as _, Sha256};
use smsdesk_common::ids::{AgentId, Seq};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The most questions that are remembered: nobody thinks for longer than it takes others to be asked so
/// often. Who was forgotten is asked once more.
const QUESTIONS_MAX: usize = 1_024;

/// A text of somebody.
pub(crate) type Text = [u8; 32];

/// Questions that were answered to whoever wanted to send.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    questions: Mutex<VecDeque<(Text, Seq)>>,
}

impl Asked {
    /// What a text of `agent` goes by, whose content has this hash.
    pub(crate) fn text(agent: AgentId, content: &[u8]) -> Text {
        let hash = Sha256::new().chain_update(agent.0.as_bytes());
        hash.chain_update(content).finalize().into()
    }

    /// Its author was told what happened up to there.
    pub(crate) fn told(&self, text: Text, up_to: Seq) {
        let mut questions = self.questions();
        questions.retain(|(other, _)| *other != text);
        if questions.len() == QUESTIONS_MAX {
            questions.pop_front();
        }
        questions.push_back((text, up_to));
    }

    /// Up to where its author was told what happened.
    pub(crate) fn up_to(&self, text: &Text) -> Option<Seq> {
        let questions = self.questions();
        let found = questions.iter().find(|(other, _)| other == text);
        found.map(|(_, up_to)| *up_to)
    }

    fn questions(&self) -> MutexGuard<'_, VecDeque<(Text, Seq)>> {
        let questions = self.questions.lock();
        questions.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn text(number: u128) -> Text {
        Asked::text(AgentId(Uuid::from_u128(number)), b"hello")
    }

    #[test]
    fn the_newest_question_about_a_text_counts_and_others_have_their_own() {
        let asked = Asked::default();
        asked.told(text(1), Seq(3));
        asked.told(text(1), Seq(5));
        assert_eq!(asked.up_to(&text(1)), Some(Seq(5)));
        assert_eq!(asked.up_to(&text(2)), None);
    }

    #[test]
    fn the_oldest_questions_are_forgotten() {
        let asked = Asked::default();
        for number in 0..=QUESTIONS_MAX as u128 {
            asked.told(text(number), Seq(1));
        }
        assert_eq!(asked.up_to(&text(0)), None);
        assert_eq!(asked.up_to(&text(1)), Some(Seq(1)));
        assert_eq!(asked.questions().len(), QUESTIONS_MAX);
    }
}
