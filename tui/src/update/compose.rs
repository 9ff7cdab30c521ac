//! Writing: which text is written to whom, sending it, keeping it.

use super::{begin, list, note, presence, question, quiet, screens, template, writing};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::chat::{Local, TimelineItem};
use crate::model::composer::{Composer, Unsendable, without_look_alike};
use crate::model::editor::{EDITOR_CHARACTERS_MAX, Editor, Inserted};
use crate::model::note::Writing;
use crate::model::overlay::{Level, Overlay};
use crate::model::timeline::Timeline;
use crate::model::{Focus, Model};
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::status::DeliveryStatus;

/// The most characters without a look-alike that a notice names: more do not fit a line.
const STRANGERS_TOLD_MAX: usize = 8;

/// Begins or goes on with the text to the selected conversation. From here on the list stands
/// still.
pub(super) fn reply(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(conversation) = take_up(model, Writing::Reply, effects) {
        model.composers.get_mut(conversation).look_again();
    }
}

/// Gives the keys to the composer, for one of the two texts of the selected conversation.
pub(super) fn take_up(
    model: &mut Model,
    writing: Writing,
    effects: &mut Vec<Effect>,
) -> Option<ConversationId> {
    // Keys can be faster than the chat follows the selection: what is typed now must go to the
    // conversation that is selected now.
    list::follow(model, effects);
    let selected = model.roster.selected();
    let shown = model.timeline.as_mut();
    let Some(timeline) = shown.filter(|t| Some(t.conversation()) == selected) else {
        screens::nobody(model);
        return None;
    };
    timeline.open();
    let conversation = timeline.conversation();
    model.focus = Focus::Composer;
    model.writing = writing;
    model.roster.freeze();
    Some(conversation)
}

/// Leaves the composer; the draft stays, on the disk too.
pub(super) fn leave(model: &mut Model, effects: &mut Vec<Effect>) {
    with_composer(model, Composer::end_walk);
    save_drafts(model, effects);
    model.focus = Focus::Chat;
    model.roster.thaw();
}

/// Puts text in at the cursor.
pub(super) fn insert(model: &mut Model, text: &str) {
    let inserted = with_composer(model, |composer| {
        let inserted = composer.insert(text);
        if text == ":" {
            composer.close_emoji();
        }
        inserted
    });
    say_if_cut(model, inserted);
}

/// Puts back what was deleted last.
pub(super) fn yank(model: &mut Model) {
    let inserted = with_composer(model, |composer| composer.edit(Editor::yank));
    say_if_cut(model, inserted);
}

/// Changes the text.
pub(super) fn edit(model: &mut Model, change: impl FnOnce(&mut Editor)) {
    with_composer(model, |composer| composer.edit(change));
}

/// Replaces look-alikes of GSM-7 characters.
pub(super) fn make_gsm7(model: &mut Model) {
    // Nobody pays for a note by its segments.
    if model.writes_note() {
        return;
    }
    let replaced = with_composer(model, Composer::make_gsm7).unwrap_or(0);
    let left = model.composer().map_or_else(Vec::new, |composer| {
        without_look_alike(composer.editor().text())
    });
    let left: String = left.into_iter().take(STRANGERS_TOLD_MAX).collect();
    let what = match replaced {
        1 => "1 character replaced".to_owned(),
        more => format!("{more} characters replaced"),
    };
    let says = match (replaced, left.is_empty()) {
        (0, true) => "The text is GSM-7 already".to_owned(),
        (0, false) => format!("No look-alike in GSM-7 for {left}"),
        (_, true) => format!("{what}: the text is GSM-7 now"),
        (_, false) => format!("{what}; no look-alike for {left}, so it stays UCS-2"),
    };
    screens::notice(model, Level::Info, &says);
}

/// Hands the text to the outbox. It leaves the composer now and stands in the chat once it is on
/// the disk.
pub(super) fn send(model: &mut Model, effects: &mut Vec<Effect>) {
    // A note is saved by an action of its own, however the keys were bound.
    let Some(conversation) = shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    // The outbox uses up a draft with the same words. An older one would outlive a crash and look
    // as if the text had not been sent.
    model.composers.get_mut(conversation).end_walk();
    save_drafts(model, effects);
    let waits = writing::costs_too_much(model, conversation)
        || question::holds_back(model, conversation)
        || quiet::asks(model, conversation);
    if waits {
        return;
    }
    let composer = model.composers.get_mut(conversation);
    let seen = composer.seen().unwrap_or_default();
    match composer.take() {
        Ok(body) => {
            hand_over(model, &body);
            effects.push(Effect::Submit {
                conversation,
                body,
                seen,
            });
        }
        Err(Unsendable::Unfilled) => template::unfilled(model, conversation),
        Err(why) => {
            let level = match why {
                Unsendable::Empty => Level::Info,
                Unsendable::TooLong { .. } | Unsendable::Unfilled => Level::Problem,
            };
            let says = writing::unsendable(model, why);
            screens::notice(model, level, &says);
        }
    }
}

/// As [`send`], for a text that goes out as several. Where others did something meanwhile, its
/// author is asked first.
pub(super) fn send_parts(
    model: &mut Model,
    conversation: ConversationId,
    bodies: Vec<String>,
    effects: &mut Vec<Effect>,
) {
    save_drafts(model, effects);
    if question::holds_back(model, conversation) || quiet::asks(model, conversation) {
        return;
    }
    let composer = model.composers.get_mut(conversation);
    let seen = composer.seen().unwrap_or_default();
    let whole = composer.take_apart();
    bodies.iter().for_each(|body| hand_over(model, body));
    effects.push(Effect::SubmitParts {
        conversation,
        bodies,
        whole,
        seen,
    });
}

/// The text is on its way: the chat shows its end, and it can be written again.
fn hand_over(model: &mut Model, body: &str) {
    model.sent.push(body);
    let setting = model.setting();
    if let Some(timeline) = &mut model.timeline {
        timeline.answer(&setting);
    }
}

/// Asks for the newest text that has not gone out.
pub(super) fn take_back(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    effects.extend(shown(model).map(Effect::TakeBack));
}

/// A text had not gone out: its words are written again, before what was written since.
pub(super) fn taken_back(
    model: &mut Model,
    conversation: ConversationId,
    body: &str,
    effects: &mut Vec<Effect>,
) {
    model.composers.get_mut(conversation).give_back(body);
    save_drafts(model, effects);
    let selected = model.roster.selected() == Some(conversation);
    if !selected && model.focus != Focus::Composer {
        model.roster.seek(conversation);
    }
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.refresh();
    }
    model.roster.refresh();
    if selected && model.focus != Focus::Composer {
        reply(model, effects);
    }
    let send = model.key(Action::Send);
    let says = format!("Taken back: it is the draft again · {send} sends it");
    screens::notice(model, Level::Info, &says);
}

/// Takes the newest refused or failed text back into the composer. One that may have arrived is
/// sent again as it is, after a question.
pub(super) fn resend(model: &mut Model, effects: &mut Vec<Effect>) {
    // Keys can be faster than the chat follows the selection.
    list::follow(model, effects);
    let Some(conversation) = shown(model) else {
        return;
    };
    let failed = model.timeline.as_ref().and_then(Timeline::failed);
    let Some(TimelineItem { entry, local, .. }) = failed else {
        screens::notice(model, Level::Info, "No text here was refused or failed");
        return;
    };
    if entry.entry_kind == EntryKind::Note {
        return note::take_back(model, effects);
    }
    if local.is_none() && entry.status == Some(DeliveryStatus::Unconfirmed) {
        let entry = entry.id;
        model.overlays.push(Overlay::ConfirmResend { entry });
        return;
    }
    if model.composer().is_some_and(Composer::has_draft) {
        let says = "There is a draft already: send or clear it first";
        screens::notice(model, Level::Info, says);
        return;
    }
    let (id, body) = (entry.id, entry.body.clone());
    let problem = match local {
        Some(Local::Refused(problem)) => Some(problem.clone()),
        _ => None,
    };
    model
        .composers
        .get_mut(conversation)
        .edit(|editor| editor.replace(&body));
    if problem.is_some() {
        effects.push(Effect::Withdraw { entry: id });
    }
    reply(model, effects);
    if let Some(problem) = problem.filter(|it| it.meanwhile.is_some() || begin::is_asked(it)) {
        return question::taken_back(model, conversation, &problem);
    }
    let send = model.key(Action::Send);
    let says = format!("Change what was wrong; {send} sends it again");
    screens::notice(model, Level::Info, &says);
}

/// Sends a text again, as a new one, that may have arrived. What was heard of it while the question
/// stood counts: then it is left alone.
pub(super) fn resend_all_the_same(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(Overlay::ConfirmResend { entry }) = model.overlays.pop() else {
        return;
    };
    let setting = model.setting();
    let asked = model.timeline.as_mut().and_then(|timeline| {
        let item = timeline.item(entry)?;
        let open = item.entry.status == Some(DeliveryStatus::Unconfirmed);
        let body = open.then(|| item.entry.body.clone())?;
        timeline.answer(&setting);
        Some((timeline.conversation(), body, timeline.newest().into()))
    });
    let Some((conversation, body, seen)) = asked else {
        let says = "Not sent again: Twilio has told meanwhile what became of it";
        screens::notice(model, Level::Info, says);
        return;
    };
    model.composers.get_mut(conversation).resend(body.clone());
    effects.push(Effect::Submit {
        conversation,
        body,
        seen,
    });
}

/// Writes every draft that the disk does not have.
pub(super) fn save_drafts(model: &mut Model, effects: &mut Vec<Effect>) {
    let drafts = model.composers.take_unsaved();
    template::keep_origins(model, &drafts, effects);
    save(drafts, effects);
    note::save_drafts(model.notes.take_unsaved(), effects);
}

/// As [`save_drafts`], for the last time.
pub(super) fn save_last_drafts(model: &mut Model, effects: &mut Vec<Effect>) {
    let drafts = model.composers.take_last();
    template::keep_origins(model, &drafts, effects);
    save(drafts, effects);
    note::save_drafts(model.notes.take_last(), effects);
}

fn save(drafts: Vec<(ConversationId, String)>, effects: &mut Vec<Effect>) {
    let drafts = drafts.into_iter();
    effects.extend(drafts.map(|(conversation, text)| Effect::SaveDraft { conversation, text }));
}

pub(super) fn shown(model: &Model) -> Option<ConversationId> {
    model.timeline.as_ref().map(Timeline::conversation)
}

pub(super) fn with_composer<T>(
    model: &mut Model,
    change: impl FnOnce(&mut Composer) -> T,
) -> Option<T> {
    let conversation = shown(model)?;
    // Who writes a note does not answer the customer: no colleague needs to be warned.
    if model.writes_note() {
        return Some(change(model.notes.get_mut(conversation)));
    }
    let composer = model.composers.get_mut(conversation);
    let before = composer.editor().text().len();
    let changed = change(composer);
    if composer.editor().text().len() != before {
        presence::note_typing(model);
    }
    Some(changed)
}

pub(super) fn say_if_cut(model: &mut Model, inserted: Option<Inserted>) {
    if inserted == Some(Inserted::Cut) {
        let says = format!("Cut: a text ends at {EDITOR_CHARACTERS_MAX} characters here");
        screens::notice(model, Level::Problem, &says);
    }
}
