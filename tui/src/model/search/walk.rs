//! Going from hit to hit after a search, and back to where it began.

use super::finder::Origin;
use super::{Hit, Who};
use crate::model::roster::Step;
use smsdesk_common::filter::Needle;
use smsdesk_common::ids::ConversationId;

/// Where the chat is to go once its conversation is selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Which conversation.
    pub conversation: ConversationId,
    /// To which text; none for where it was left.
    pub sight: Option<Sight>,
}

/// A text that is looked at, and what is marked in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Its entry and place.
    pub hit: Hit,
    /// The words.
    pub needles: Vec<Needle>,
}

/// The hits of a search, one of them opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Where the agent was before.
    pub origin: Origin,
    hits: Vec<Hit>,
    needles: Vec<Needle>,
    /// None while the person is open that was found, not a text.
    at: Option<usize>,
}

impl Walk {
    /// A walk through hits, from one of them on; from none where a person was opened.
    pub const fn new(
        origin: Origin,
        hits: Vec<Hit>,
        needles: Vec<Needle>,
        at: Option<usize>,
    ) -> Self {
        Self {
            origin,
            hits,
            needles,
            at,
        }
    }

    /// Goes to the next hit, which is older, or the one before, around the ends.
    pub fn step(&mut self, step: Step) {
        let Some(last) = self.hits.len().checked_sub(1) else {
            return;
        };
        self.at = Some(match (step, self.at) {
            (Step::Next, Some(at)) if at < last => at + 1,
            (Step::Next, _) => 0,
            (Step::Previous, Some(at)) if at > 0 => at - 1,
            (Step::Previous, _) => last,
        });
    }

    /// Where the chat is to go.
    pub fn aim(&self) -> Option<Aim> {
        let hit = self.hits.get(self.at?)?;
        let sight = Sight {
            hit: hit.clone(),
            needles: self.needles.clone(),
        };
        Some(Aim {
            conversation: hit.who.conversation,
            sight: Some(sight),
        })
    }

    /// Which of how many hits is open.
    pub const fn place(&self) -> (Option<usize>, usize) {
        (self.at, self.hits.len())
    }
}

impl Aim {
    /// To a person: their conversation, where it is read on.
    pub const fn person(who: &Who) -> Self {
        Self {
            conversation: who.conversation,
            sight: None,
        }
    }
}
