//! Triage: what a key does to the conversation that is selected.

use super::{chat, list, marks, screens};
use crate::effect::Effect;
use crate::model::batch::{self, Deed, Outcome, Target, Then};
use crate::model::overlay::Level;
use crate::model::roster::Step;
use crate::model::triage::{Act, Did, refusal};
use crate::model::{Focus, Model};
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::ids::{ConversationId, Seq};

/// Does something to what is selected, and the cursor stays, whatever view it belongs to then.
pub(super) fn act(model: &mut Model, act: Act, effects: &mut Vec<Effect>) {
    let (acts, then) = (vec![act], Then::Stay);
    carry_out(model, Deed { acts, then }, effects);
}

/// Marks what is selected as done and goes on to the next one, or back to the list where there is
/// none.
pub(super) fn done_and_next(model: &mut Model, effects: &mut Vec<Effect>) {
    let (acts, then) = (vec![Act::Done], Then::Next);
    carry_out(model, Deed { acts, then }, effects);
}

/// Does once more what was done last.
pub(super) fn repeat(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.last_deed.clone() {
        Some(deed) => carry_out(model, deed, effects),
        None => screens::notice(
            model,
            Level::Info,
            "Nothing was done yet that could be repeated",
        ),
    }
}

/// Does something to what is selected, as one step; nothing is selected any more then.
pub(super) fn carry_out(model: &mut Model, deed: Deed, effects: &mut Vec<Effect>) {
    // Keys can be faster than the chat follows the cursor.
    list::follow(model, effects);
    let targets = marks::targets(model);
    if targets.is_empty() {
        screens::notice(model, Level::Info, "No conversation is selected yet");
        return;
    }
    model.marks.clear();
    match deed.then {
        Then::Stay => model.staying = model.roster.selected(),
        Then::Next => go_on(model, &targets),
    }
    effects.push(Effect::Triage {
        targets,
        acts: deed.acts.clone(),
    });
    model.last_deed = Some(deed);
}

/// To the next conversation that nothing was done to.
fn go_on(model: &mut Model, targets: &[Target]) {
    let before = model.roster.selected();
    let is_target = |id| targets.iter().any(|target| Some(target.conversation) == id);
    for _ in targets {
        let at = model.roster.selected();
        if !is_target(at) {
            break;
        }
        model.roster.step(Step::Next);
        if model.roster.selected() == at {
            chat::back(model);
        }
    }
    // So that one key leads back to it, opened or not.
    if is_target(before) {
        model.previous = before;
    }
    model.staying = None;
}

/// The newest entry of it on the screen: the chat may know more than its row, and a row is all that
/// there is of one that was not opened.
pub(super) fn seen(model: &Model, conversation: ConversationId) -> Seq {
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
