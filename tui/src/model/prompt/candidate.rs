//! What a prompt offers, and which of it a text leaves.

use crate::action::Action;
use crate::model::bulk::Whom;
use crate::model::list::View;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use smsdesk_common::ids::{AgentId, TemplateId};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// Something to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What the text is compared with; may be remote text.
    pub label: String,
    /// What it means, beside it; may be remote text.
    pub hint: String,
    /// What accepting it gives.
    pub value: Value,
}

/// What a candidate stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Words: a label, a command, a name.
    Text(String),
    /// Something that a key could have meant.
    Action(Action),
    /// A view.
    View(View),
    /// Somebody's address, or one of ours.
    Address(Address),
    /// A colleague; none for nobody.
    Agent(Option<AgentId>),
    /// A template.
    Template(TemplateId),
    /// To whom a text to many goes.
    Whom(Whom),
    /// A time; none for when the customer writes.
    Until(Option<Timestamp>),
    /// A time at which something goes out, and the zone in which it was said.
    At(Timestamp, Option<String>),
}

/// The candidates whose labels hold the characters of `text` in their order, each word of it on its
/// own, best first; those that match equally well keep their order.
pub fn narrow(candidates: Vec<Candidate>, text: &str) -> Vec<Candidate> {
    let pattern = Pattern::new(
        text,
        CaseMatching::Ignore,
        Normalization::Smart,
        AtomKind::Fuzzy,
    );
    if pattern.atoms.is_empty() {
        return candidates;
    }
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    let mut matcher = Matcher::new(config);
    let mut characters = Vec::new();
    let mut left: Vec<(u32, Candidate)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let label = Utf32Str::new(&candidate.label, &mut characters);
            let score = pattern.score(label, &mut matcher)?;
            Some((score, candidate))
        })
        .collect();
    left.sort_by(|(a, _), (b, _)| b.cmp(a));
    left.into_iter().map(|(_, candidate)| candidate).collect()
}
