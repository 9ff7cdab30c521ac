//! What the list is narrowed to: each key shows at once what it leaves.

use super::Accepted;
use crate::action::Action;
use crate::effect::Effect;
use crate::model::overlay::Overlay;
use crate::model::prompt::{Marks, Offer, Prompt, PromptKind};
use crate::model::roster::Spot;
use crate::model::{Focus, Model};
use crate::update::compose;
use smsdesk_common::filter::Filter;

/// Asks what the list is to be narrowed to, beginning with what it is narrowed to already.
pub(in crate::update) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    compose::save_drafts(model, effects);
    model.focus = Focus::List;
    let before = model.roster.listing().narrowed.clone();
    let text = before.to_string();
    let spot = model.roster.spot();
    let prompt = Prompt::with_text(PromptKind::Narrow { before, spot }, &text);
    model.overlays.push(Overlay::Prompt(Box::new(prompt)));
}

/// Says how many are left, and how to ask for less.
pub(super) fn offer(model: &Model) -> Offer {
    Offer {
        title: format!("Narrow the list · {} left", model.roster.slice().total),
        about: format!(
            "words, is:unread label:… assignee:me waiting:>30m -not · {} drops it",
            model.key(Action::LeavePrompt)
        ),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Narrows the list to what was typed so far. While that is no filter, the rows stay as they are.
pub(super) fn typed(model: &mut Model) {
    let Some(prompt) = model.prompt_mut() else {
        return;
    };
    if !matches!(prompt.kind(), PromptKind::Narrow { .. }) {
        return;
    }
    match Filter::parse(prompt.editor().text()) {
        Ok(filter) => model.roster.narrow(filter),
        Err(error) => prompt.refuse(error.to_string()),
    }
}

/// Keeps what was typed.
pub(super) fn accept(model: &mut Model, text: &str) -> Accepted {
    match Filter::parse(text) {
        Ok(filter) => {
            model.roster.narrow(filter);
            Accepted::Closed
        }
        Err(error) => Accepted::Refused(error.to_string()),
    }
}

/// Drops what was typed: the selection is where it was.
pub(super) fn leave(model: &mut Model, before: &Filter, spot: Spot) {
    model.roster.come_back(before.clone(), spot);
}
