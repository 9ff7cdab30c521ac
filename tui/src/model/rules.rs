//! The team's rules as the app knows them, and their text while it is being edited.

use serde::{Deserialize, Serialize};
use smsdesk_common::filter::fold;
use smsdesk_common::ids::Seq;
use smsdesk_common::rule::{Rule, SEEDS, text_of};

/// Everything that the app knows of rules.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Those that hold, in the order of their text, as last read.
    pub all: Vec<Rule>,
    /// The text that the agent's own editor has.
    pub lent: Option<Draft>,
    /// A text that could not be saved, and why: it is gone on with.
    pub kept: Option<Kept>,
}

/// A text that could not be saved. It is on the disk for as long as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// It.
    pub draft: Draft,
    /// Why not.
    pub why: String,
}

/// A text of rules that is being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// All of it.
    pub text: String,
    /// The edit that it goes by; none where there were no rules.
    pub if_seq: Option<Seq>,
}

impl Rules {
    /// What an edit begins with: what was kept, else what holds, else rules to begin with.
    pub fn draft(&self) -> Draft {
        match &self.kept {
            Some(kept) => kept.draft.clone(),
            None => self.held(),
        }
    }

    /// What holds.
    pub fn held(&self) -> Draft {
        Draft {
            text: match self.all.is_empty() {
                true => SEEDS.to_owned(),
                false => text_of(&self.all),
            },
            if_seq: self.all.first().map(|rule| rule.edited_seq),
        }
    }

    /// The rules whose name holds what was typed, in their order.
    pub fn find(&self, typed: &str) -> Vec<&Rule> {
        let typed = fold(typed);
        let all = self.all.iter();
        all.filter(|rule| fold(&rule.says.name).contains(&typed))
            .collect()
    }
}
