//! Triage: what a key does to the conversation that is selected.

use super::{chat, list, screens};
use crate::effect::Effect;
use crate::model::batch::{self, Outcome, Target};
use crate::model::overlay::Level;
use crate::model::roster::Step;
use crate::model::triage::{Act, Did, refusal};
use crate::model::{Focus, Model};
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::ids::{ConversationId, Seq};

/// Marks the selected conversation as done and goes on to the next one, or back to the list where
/// there is none.
pub(super) fn done_and_next(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = ask(model, Act::Done, effects) else {
        return;
    };
    model.roster.step(Step::Next);
    if model.roster.selected() == Some(conversation) {
        chat::back(model);
    }
    // So that one key leads back to it, opened or not.
    model.previous = Some(conversation);
    model.staying = None;
}

/// Does something to the selected conversation, which stays selected whatever view it belongs to
/// then.
pub(super) fn act(model: &mut Model, act: Act, effects: &mut Vec<Effect>) {
    model.staying = ask(model, act, effects);
}

fn ask(model: &mut Model, act: Act, effects: &mut Vec<Effect>) -> Option<ConversationId> {
    // Keys can be faster than the chat follows the selection.
    list::follow(model, effects);
    let Some(conversation) = model.roster.selected() else {
        screens::notice(model, Level::Info, "No conversation is selected yet");
        return None;
    };
    let seen = seen(model, conversation);
    effects.push(Effect::Triage {
        targets: vec![Target { conversation, seen }],
        acts: vec![act],
    });
    Some(conversation)
}

/// The newest entry of it on the screen: the chat may know more than its row, and a row is all that
/// there is of one that was not opened.
fn seen(model: &Model, conversation: ConversationId) -> Seq {
    let row = model.roster.row(conversation);
    let in_row = row.and_then(|row| row.conversation.last.as_ref());
    let chat = model.timeline.as_ref();
    let in_chat = chat.filter(|chat| chat.conversation() == conversation);
    let in_row = in_row.map_or(Seq::ZERO, |last| last.position);
    in_chat.map_or(in_row, |chat| chat.newest().max(in_row))
}

/// What was done is on the disk: it may be shown and said.
pub(super) fn done(model: &mut Model, outcomes: &[Outcome]) {
    let is_told = |id| outcomes.iter().any(|outcome| outcome.conversation == id);
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|shown| is_told(shown.conversation())) {
        timeline.refresh();
    }
    model.roster.refresh();
    if let [Outcome { conversation, dids }] = outcomes
        && let [did] = dids.as_slice()
    {
        let left = *did == Did::Done && model.staying != Some(*conversation);
        let says = match left {
            true => "Done · - goes back to it, z takes it back",
            false => did.says(),
        };
        screens::notice(model, Level::Info, says);
    } else if let Some(what) = batch::summary(outcomes) {
        screens::notice(model, Level::Info, &format!("{what} · z undoes"));
    }
}

/// The relay refused it: the records, which are shown again, are right.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    patch: &Patch,
    problem: &Problem,
) {
    let row = model.roster.row(conversation);
    let name = row.map(|row| {
        let address = || row.conversation.address.as_str().to_owned();
        row.name.clone().unwrap_or_else(address)
    });
    let says = refusal(patch, problem, name.as_deref());
    screens::notice(model, Level::Problem, &says);
}

/// Whether the selected conversation stays selected although the view does not hold it.
pub(super) fn stays(model: &Model) -> bool {
    model.focus != Focus::List
        || (model.staying.is_some() && model.staying == model.roster.selected())
}
