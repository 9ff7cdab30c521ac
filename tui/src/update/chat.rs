//! The chat: opening it, scrolling it, noting what was read.

use super::{compose, list, screens};
use crate::effect::Effect;
use crate::model::overlay::Level;
use crate::model::timeline::{ReadUpTo, Stance, Timeline};
use crate::model::triage::Unread;
use crate::model::{Focus, Model};
use smsdesk_common::ids::ConversationId;

/// Opens the selected conversation, so that what is shown counts as read; replies where it is
/// open already.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let selected = model.roster.selected();
    let shown = model.timeline.as_mut();
    let Some(timeline) = shown.filter(|t| Some(t.conversation()) == selected) else {
        return;
    };
    if model.focus == Focus::Chat && timeline.stance() == Stance::Reading {
        compose::reply(model, effects);
    } else {
        timeline.open();
        model.focus = Focus::Chat;
    }
}

/// Back to the list, where a selection that left the view may give way.
pub(super) fn back(model: &mut Model) {
    model.focus = Focus::List;
    model.roster.refresh();
}

/// Counts the newest text of the selected conversation as unread, and leaves it for the list: it
/// is read again when the agent opens it.
pub(super) fn mark_unread(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let Some(conversation) = model.roster.selected() else {
        screens::nobody(model);
        return;
    };
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|shown| shown.conversation() == conversation) {
        timeline.glance();
    }
    back(model);
    effects.push(Effect::MarkUnread { conversation });
}

/// It does, on the disk too.
pub(super) fn marked_unread(model: &mut Model, conversation: ConversationId, unread: Unread) {
    let setting = model.setting();
    let shown = model.timeline.as_mut();
    let timeline = shown.filter(|shown| shown.conversation() == conversation);
    if let (Unread::Again(read), Some(timeline)) = (unread, timeline) {
        timeline.unread_after(read, &setting);
        timeline.refresh();
    }
    model.roster.refresh();
    screens::notice(model, Level::Info, unread.says());
}

/// Scrolls by `lines`, down where positive; the ends of the range lead to the ends of the page.
pub(super) fn scroll(model: &mut Model, lines: isize) {
    let setting = model.setting();
    if let Some(timeline) = &mut model.timeline {
        timeline.scroll_by(lines, &setting);
    }
}

/// An act of the agent: in an opened conversation, what is on the screen counts as read.
pub(super) fn note_act(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.focus == Focus::List || !model.overlays.is_empty() {
        return;
    }
    let height = usize::from(model.setting().height);
    if let Some(timeline) = &mut model.timeline {
        let read = timeline.act(height);
        let conversation = timeline.conversation();
        effects.extend(read.map(
            |ReadUpTo {
                 position,
                 inbound_read,
             }| Effect::MarkRead {
                conversation,
                position,
                inbound_read,
            },
        ));
    }
}

/// The page fits the screen; what is on it counts as shown; the disk is asked what is due.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let setting = model.setting();
    if let Some(timeline) = &mut model.timeline {
        timeline.fit(&setting);
        timeline.note_shown(usize::from(setting.height));
        effects.extend(timeline.next_query().map(Effect::LoadChat));
    }
    let acts = model
        .timeline
        .as_mut()
        .is_some_and(Timeline::take_waiting_act);
    if acts {
        note_act(model, effects);
    }
}
