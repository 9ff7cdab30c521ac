//! Texts that go out later: asking when, the list of those that wait, and what is done with them. And
//! sending with the conversation done at once.

use super::{compose, list, news, prompt, question, screens, triage, undo};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::input::context::Context;
use crate::model::batch::{Target, Wish};
use crate::model::composer::Unsendable;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{PromptKind, Purpose};
use crate::model::timed::{self, TimedDeed, TimedList, TimedText, TimedUndone, Timing};
use crate::model::timeline::Timeline;
use crate::model::triage::Act;
use crate::model::undo::Way;
use crate::model::{Focus, Model};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::Problem;
use smsdesk_common::api::messages::{Instead, MessagePatch};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::segments::BODY_CHARACTERS_MAX;

/// Asks when the text in the composer is to go out.
pub(super) fn ask(model: &mut Model) {
    let Some(conversation) = compose::shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    if model.composers.get_mut(conversation).body().is_empty() {
        screens::notice(model, Level::Info, "There is nothing to send yet");
        return;
    }
    if question::holds_back(model, conversation) {
        return;
    }
    let kind = PromptKind::SendLater {
        conversation,
        purpose: Purpose::New,
        cancel_on_reply: false,
    };
    prompt::open(model, kind);
}

/// Hands the text to the outbox with its time.
pub(super) fn send_at(
    model: &mut Model,
    conversation: ConversationId,
    timing: Timing,
    effects: &mut Vec<Effect>,
) -> Result<(), String> {
    compose::save_drafts(model, effects);
    let composer = model.composers.get_mut(conversation);
    let seen = composer.seen().unwrap_or_default();
    match composer.take() {
        Ok(body) => {
            let setting = model.setting();
            if let Some(timeline) = &mut model.timeline {
                timeline.answer(&setting);
            }
            effects.push(Effect::SubmitLater {
                conversation,
                body,
                seen,
                timing,
            });
            Ok(())
        }
        Err(Unsendable::Empty) => Err("there is nothing to send any more".to_owned()),
        Err(Unsendable::Unfilled) => {
            Err("not timed: a field of the template is not filled in".to_owned())
        }
        Err(Unsendable::TooLong { characters }) => Err(format!(
            "not timed: {characters} characters, and {BODY_CHARACTERS_MAX} is the end"
        )),
    }
}

/// Sends the text, marks the conversation done and goes on to the next one. A text that is held back
/// holds all of it back.
pub(super) fn send_and_done(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = compose::shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    let before = effects.len();
    compose::send(model, effects);
    let sent = |effect: &Effect| matches!(effect, Effect::Submit { .. });
    if !effects[before..].iter().any(sent) {
        return;
    }
    compose::leave(model, effects);
    let seen = triage::seen(model, conversation);
    let target = Target { conversation, seen };
    let done = (Act::Done, Wish::Act(Act::Done));
    triage::put_away(model, &[target], done, effects);
}

/// Does what an action means for the list of timed texts; whether it did.
pub(super) fn act(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if action == Action::ViewTimed {
        let list = TimedList::near(compose::shown(model));
        model.overlays.push(Overlay::Timed(Box::new(list)));
        effects.push(Effect::LoadTimed);
        return true;
    }
    let Some(Overlay::Timed(held)) = model.overlays.last_mut() else {
        return false;
    };
    match action {
        Action::ChooseNext => held.step(1),
        Action::ChoosePrevious => held.step(-1),
        Action::Undo => undo::turn(Way::Undo, effects),
        Action::Choose
        | Action::EditTimed
        | Action::MoveTimed
        | Action::CancelTimed
        | Action::SendTimedNow
        | Action::CancelOnReply => match held.chosen().cloned() {
            Some(text) => act_on(model, action, &text, effects),
            None => screens::notice(model, Level::Info, "No text waits for its time"),
        },
        _ => return false,
    }
    true
}

fn act_on(model: &mut Model, action: Action, text: &TimedText, effects: &mut Vec<Effect>) {
    let conversation = text.entry.conversation;
    let id = text.entry.id;
    match action {
        Action::Choose => {
            model.overlays.pop();
            model.staying = Some(conversation);
            model.roster.seek(conversation);
            model.focus = Focus::List;
            list::follow(model, effects);
        }
        Action::EditTimed => {
            let text = (id, text.entry.body.as_str());
            prompt::edit_timed(model, conversation, text, effects);
        }
        Action::MoveTimed => {
            let kind = PromptKind::SendLater {
                conversation,
                purpose: Purpose::Move(id),
                cancel_on_reply: text.entry.cancel_on_reply,
            };
            prompt::open(model, kind);
        }
        Action::CancelTimed => change(conversation, id, TimedDeed::Cancel, effects),
        Action::SendTimedNow => change(conversation, id, TimedDeed::SendNow, effects),
        _ => {
            let deed = TimedDeed::CancelOnReply(!text.entry.cancel_on_reply);
            change(conversation, id, deed, effects);
        }
    }
}

/// Does something with a text that waits.
pub(super) fn change(
    conversation: ConversationId,
    text: smsdesk_common::ids::EntryId,
    deed: TimedDeed,
    effects: &mut Vec<Effect>,
) {
    effects.push(Effect::ChangeTimed {
        conversation,
        text,
        deed,
    });
}

/// Takes what the disk and the relay say of timed texts.
pub(super) fn heard(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::TimedKept {
            conversation, at, ..
        } => {
            news::submitted(model, conversation, effects);
            let zone = model.setup.zone.clone();
            let theirs = prompt::their_zone(model, conversation);
            let when = timed::told(at, model.now, &zone, theirs.as_ref());
            let says = format!("Timed for {when} · z takes it back");
            screens::notice(model, Level::Info, &says);
        }
        CacheEvent::Timed(texts) => {
            if let Some(list) = shown(model) {
                list.accept(texts);
            }
            return;
        }
        CacheEvent::TimedChanged { conversation, deed } => {
            refresh(model, conversation);
            match deed {
                Some(deed) => screens::notice(model, Level::Info, deed.words()),
                None => {
                    let says = "It waits no more: nothing was done";
                    screens::notice(model, Level::Problem, says);
                }
            }
        }
        CacheEvent::TimedUndone {
            conversation,
            undone,
        } => {
            refresh(model, conversation);
            let (level, says) = match undone {
                TimedUndone::Restored => (Level::Info, "Undone: the timed text is as it was"),
                TimedUndone::Gone => (Level::Problem, "Not undone: the text waits no more"),
                TimedUndone::Passed => (Level::Problem, "Not undone: its time has passed"),
                TimedUndone::Changed => {
                    let says = "Not undone: a colleague has changed the text since";
                    (Level::Problem, says)
                }
            };
            screens::notice(model, level, says);
        }
        CacheEvent::TimedRefused {
            conversation,
            patch,
            problem,
        } => refused(model, conversation, &patch, &problem),
        _ => {}
    }
    look_again(model, effects);
}

/// The list is read anew while it is shown.
pub(super) fn look_again(model: &mut Model, effects: &mut Vec<Effect>) {
    if shown(model).is_some() {
        effects.push(Effect::LoadTimed);
    }
}

fn shown(model: &mut Model) -> Option<&mut TimedList> {
    model.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Timed(list) => Some(&mut **list),
        _ => None,
    })
}

fn refresh(model: &mut Model, conversation: ConversationId) {
    let chat = model.timeline.as_mut();
    if let Some(chat) = chat.filter(|chat| Timeline::conversation(chat) == conversation) {
        chat.refresh();
    }
    model.roster.refresh();
}

/// A text that was to wait for its time was refused: where its words stand in the composer again,
/// they would go at once.
pub(super) fn not_timed(model: &mut Model, conversation: ConversationId, body: &str) {
    let composer = model.composers.get(conversation);
    if composer.is_some_and(|it| it.body() == body) {
        let key = |action| model.keymap.key_for(Context::Composer, action);
        let (key, now) = (key(Action::SendLater), key(Action::Send));
        let (key, now) = (key.unwrap_or_default(), now.unwrap_or_default());
        let says = format!("Its time is gone: {key} times it again, {now} sends it now");
        screens::notice(model, Level::Problem, &says);
    }
}

/// The relay would not do it. Who canceled a text that the relay never had has what they wanted.
fn refused(
    model: &mut Model,
    conversation: ConversationId,
    patch: &MessagePatch,
    problem: &Problem,
) {
    refresh(model, conversation);
    let cancels = patch.status == Some(Instead::Canceled);
    if cancels && problem.code == ErrorCode::EntryUnknown {
        return;
    }
    let name = triage::name(model, conversation);
    let name = name.unwrap_or_else(|| "A conversation".to_owned());
    let what = match problem.code {
        ErrorCode::AlreadySent => "the timed text has gone out already",
        ErrorCode::AlreadyCanceled => "the timed text was canceled meanwhile",
        _ => problem.title.as_str(),
    };
    let says = format!("{name}: nothing was changed, {what}");
    screens::notice(model, Level::Problem, &says);
}
