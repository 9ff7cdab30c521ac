//! Triage: what a key does to the conversation that is selected.

use super::{chat, list, screens};
use crate::effect::Effect;
use crate::model::overlay::Level;
use crate::model::roster::Step;
use crate::model::transcript::clock_time;
use crate::model::triage::{Act, Did, refusal};
use crate::model::{Focus, Model};
use smsdesk_common::api::Problem;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::entry::{Author, EntryKind};
use smsdesk_common::ids::{ConversationId, Seq};

/// Marks the selected conversation as done and goes on to the next one, or back to the list where
/// there is none.
pub(super) fn done_and_next(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = ask(model, Act::Done, effects) else {
        return;
    };
    go_on(model, conversation);
}

/// Does something to the selected conversation, which stays selected whatever view it belongs to
/// then.
pub(super) fn act(model: &mut Model, act: Act, effects: &mut Vec<Effect>) {
    model.staying = ask(model, act, effects);
}

/// Puts one away that may not be selected any more, and goes on as [`done_and_next`] where it is.
pub(super) fn put_away(
    model: &mut Model,
    conversation: ConversationId,
    act: Act,
    effects: &mut Vec<Effect>,
) {
    tell(model, conversation, act, effects);
    if model.roster.selected() == Some(conversation) {
        go_on(model, conversation);
    }
}

fn go_on(model: &mut Model, conversation: ConversationId) {
    model.roster.step(Step::Next);
    if model.roster.selected() == Some(conversation) {
        chat::back(model);
    }
    // So that one key leads back to it, opened or not.
    model.previous = Some(conversation);
    model.staying = None;
}

/// Does something to one that may not be selected any more; it stays selected where it is.
pub(super) fn act_on(
    model: &mut Model,
    conversation: ConversationId,
    act: Act,
    effects: &mut Vec<Effect>,
) {
    tell(model, conversation, act, effects);
    model.staying = Some(conversation);
}

fn ask(model: &mut Model, act: Act, effects: &mut Vec<Effect>) -> Option<ConversationId> {
    // Keys can be faster than the chat follows the selection.
    list::follow(model, effects);
    let Some(conversation) = model.roster.selected() else {
        screens::notice(model, Level::Info, "No conversation is selected yet");
        return None;
    };
    tell(model, conversation, act, effects);
    Some(conversation)
}

fn tell(model: &Model, conversation: ConversationId, act: Act, effects: &mut Vec<Effect>) {
    effects.push(Effect::Triage {
        conversation,
        act,
        seen: seen(model, conversation),
    });
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
pub(super) fn done(model: &mut Model, conversation: ConversationId, did: Did) {
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|shown| shown.conversation() == conversation) {
        timeline.refresh();
    }
    model.roster.refresh();
    let stays = model.staying == Some(conversation);
    let says = match did {
        Did::Done if !stays => "Done · - goes back to it, E reopens it there",
        Did::Snoozed if !stays => "Snoozed · - goes back to it, E opens it again there",
        _ => did.says(),
    };
    screens::notice(model, Level::Info, says);
}

/// The relay refused it: the records, which are shown again, are right.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    patch: &Patch,
    problem: &Problem,
) {
    let name = name(model, conversation);
    let since = told_of(model, conversation);
    let says = refusal(patch, problem, name.as_deref(), since.as_deref());
    screens::notice(model, Level::Problem, &says);
}

/// Whom a conversation is with, where the list knows it.
pub(super) fn name(model: &Model, conversation: ConversationId) -> Option<String> {
    let row = model.roster.row(conversation)?;
    let address = || row.conversation.address.as_str().to_owned();
    Some(row.name.clone().unwrap_or_else(address))
}

/// What a colleague did last to a conversation whose timeline is here.
fn told_of(model: &Model, conversation: ConversationId) -> Option<String> {
    let chat = model.timeline.as_ref();
    let chat = chat.filter(|chat| chat.conversation() == conversation)?;
    let me = model.setup.me.as_ref().map(|me| Author::Agent(me.id));
    let mut newest_first = chat.items().iter().rev();
    let item = newest_first.find(|item| {
        item.entry.entry_kind == EntryKind::Activity && Some(&item.entry.author) != me.as_ref()
    })?;
    let who = item.author_name.as_deref().unwrap_or("A colleague");
    let when = clock_time(item.entry.at, &model.setup.zone);
    Some(format!("{who} {} at {when}", item.entry.body))
}

/// Whether the selected conversation stays selected although the view does not hold it.
pub(super) fn stays(model: &Model) -> bool {
    model.focus != Focus::List
        || model.prompt().is_some()
        || (model.staying.is_some() && model.staying == model.roster.selected())
}
