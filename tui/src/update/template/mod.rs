//! Templates in the composer: the picker, the words that it puts in, and the fields to fill in.

mod picker;

pub(super) use picker::{accept, candidate, offer, open, settle, shelf, template_of, typed, words};

use super::{compose, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::chat::ChatSlice;
use crate::model::composer::Composer;
use crate::model::overlay::Level;
use crate::model::roster::Step;
use smsdesk_common::ids::ConversationId;

/// Goes to the next field of the text, or the one before.
pub(super) fn walk(model: &mut Model, step: Step) {
    let Some(conversation) = compose::shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    if !model.composers.get_mut(conversation).walk(step) {
        screens::notice(model, Level::Info, "There is no field to fill in here");
    }
}

/// Deleting at a field that the cursor was sent to takes all of it. Whether that was done.
pub(super) fn deletes_field(model: &mut Model, action: Action) -> bool {
    let deletes = matches!(
        action,
        Action::DeleteBack
            | Action::DeleteForward
            | Action::DeleteWordBack
            | Action::DeleteWordForward
    );
    let here = compose::shown(model).filter(|_| deletes && !model.writes_note());
    here.is_some_and(|conversation| model.composers.get_mut(conversation).clear_field())
}

/// A text was not sent for a field that is not filled in: says which and goes there.
pub(super) fn unfilled(model: &mut Model, conversation: ConversationId) {
    let composer = model.composers.get_mut(conversation);
    let Some(field) = composer.fields().into_iter().next() else {
        return;
    };
    composer.walk_to(field.range.start);
    let key = model
        .keymap
        .key_for(crate::input::context::Context::Composer, Action::NextField);
    let key = key.unwrap_or_default();
    let says = format!(
        "Not sent: {} is not filled in. Type what goes there · {key} goes to the next field",
        field.name
    );
    screens::notice(model, Level::Problem, &says);
}

/// What the disk kept of a draft's fields, where the text is still that draft.
pub(super) fn remembered(model: &mut Model, conversation: ConversationId, slice: &ChatSlice) {
    if slice.owes.is_empty() {
        return;
    }
    let composer = model.composers.get_mut(conversation);
    if !composer.is_loaded() || composer.editor().text() == slice.draft {
        composer.remember_origin(slice.owes.clone());
    }
}

/// Keeps on the disk what drafts owe to templates that are about to be kept there.
pub(super) fn keep_origins(
    model: &Model,
    drafts: &[(ConversationId, String)],
    effects: &mut Vec<Effect>,
) {
    for (conversation, text) in drafts {
        let composer = model.composers.get(*conversation);
        let origin = composer.and_then(Composer::owes);
        if let Some(origin) = origin.filter(|_| !text.is_empty()) {
            effects.push(Effect::KeepOrigin {
                conversation: *conversation,
                origin: origin.clone(),
            });
        }
    }
}
