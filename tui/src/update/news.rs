//! What the disk and the network have to say.

use super::{
    absence, attention, begin, chat, compose, contact, note, question, screens, triage, undo,
};
use crate::effect::Effect;
use crate::event::{CacheEvent, LinkEvent};
use crate::model::chat::ChatSlice;
use crate::model::connection::Connection;
use crate::model::list::ListSlice;
use crate::model::overlay::Level;
use crate::model::roster::{Absent, Accepted};
use crate::model::{Model, Outbox};
use smsdesk_common::ids::ConversationId;

/// Takes what the disk says.
pub(super) fn from_cache(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::List(slice) => list(model, slice),
        CacheEvent::Chat(slice) => entries(model, *slice),
        CacheEvent::ChatMissing(conversation) => missing(model, conversation),
        CacheEvent::Submitted { conversation, .. } => submitted(model, conversation, effects),
        CacheEvent::NoteKept { conversation, .. } => note::kept(model, conversation, effects),
        CacheEvent::NoteRefused {
            conversation,
            problem,
            ..
        } => note::refused(model, conversation, &problem),
        CacheEvent::Triaged(outcomes) => triage::done(model, &outcomes),
        CacheEvent::Turned(turned) => undo::turned(model, &turned),
        CacheEvent::TakenBack { conversation, body } => {
            compose::taken_back(model, conversation, &body, effects);
        }
        CacheEvent::NothingToTakeBack => {
            let says = "Too late to take a text back here: R writes a failed one again";
            screens::notice(model, Level::Info, says);
        }
        CacheEvent::NothingToTurn(way) => undo::nothing(model, way),
        CacheEvent::Directory(directory) => model.directory = *directory,
        CacheEvent::Contact(told) => contact::heard(model, *told, effects),
        CacheEvent::Begun(conversation) => begin::go(model, conversation, effects),
        CacheEvent::Rehomed { from, to } => begin::rehomed(model, from, to),
        CacheEvent::People { words, found } => model.people.accept(words, found),
        CacheEvent::MarkedUnread {
            conversation,
            unread,
        } => chat::marked_unread(model, conversation, unread),
        CacheEvent::TriageRefused {
            conversation,
            patch,
            problem,
        } => triage::refused(model, conversation, &patch, &problem),
        CacheEvent::TextRefused {
            conversation,
            entry,
            body,
            problem,
        } => question::refused(model, conversation, (entry, &body), &problem, effects),
        CacheEvent::Applied {
            conversations,
            everything,
        } => {
            let shown = model.timeline.as_mut();
            let touched = shown.filter(|t| everything || conversations.contains(&t.conversation()));
            touched
                .into_iter()
                .for_each(crate::model::timeline::Timeline::refresh);
            model.roster.refresh();
            if everything {
                begin::look_again(model, effects);
            }
        }
        CacheEvent::LastSeen(seen) => model.absence.remember(seen, model.now),
        CacheEvent::Meanwhile(meanwhile) => absence::heard(model, meanwhile),
        CacheEvent::News(news) => attention::heard(model, news, effects),
        CacheEvent::Outbox { waiting, refused } => outbox(model, Outbox { waiting, refused }),
        CacheEvent::Failed { message } => failed(model, &message),
    }
}

/// Takes what the network says.
pub(super) fn from_link(model: &mut Model, news: LinkEvent) {
    match news {
        LinkEvent::Connection(connection) => {
            if connection == Connection::Live {
                model.notices.settle();
            }
            model.connection = connection;
        }
        LinkEvent::Welcome(agent) => model.setup.me = Some(agent),
        LinkEvent::History(history) => model.history = history,
        LinkEvent::Presence(heard) => model.presence.hear(heard, model.now),
        LinkEvent::Trouble { message } => screens::notice(model, Level::Connection, &message),
    }
}

fn list(model: &mut Model, slice: ListSlice) {
    // The chat follows the selection, and must not change under somebody who reads or writes.
    let absent = match triage::stays(model) {
        true => Absent::Stays,
        false => Absent::GivesWay,
    };
    if let Accepted::Gone(_) = model.roster.accept(slice, absent) {
        screens::notice(model, Level::Info, "That conversation is not here any more");
    }
}

/// An answer about a conversation that is not shown any more is dropped, but for its draft: the
/// agent may have begun to write before it came.
fn entries(model: &mut Model, slice: ChatSlice) {
    let setting = model.setting();
    let conversation = slice.query.conversation();
    model.composers.load_awaited(conversation, &slice.draft);
    model.notes.load_awaited(conversation, &slice.note_draft);
    let Some(timeline) = model.timeline.as_mut() else {
        return;
    };
    let (draft, note) = (slice.draft.clone(), slice.note_draft.clone());
    if timeline.accept(slice, &setting) {
        model.composers.load(conversation, &draft);
        model.notes.load(conversation, &note);
    }
}

fn missing(model: &mut Model, conversation: ConversationId) {
    // What was typed there is kept all the same.
    model.composers.load_awaited(conversation, "");
    model.notes.load_awaited(conversation, "");
    let shown = model.timeline.as_mut();
    if let Some(timeline) = shown.filter(|t| t.conversation() == conversation) {
        timeline.fail();
        model.roster.refresh();
    }
}

/// The text is in the outbox: its draft is done with, and the echo can be shown.
fn submitted(model: &mut Model, conversation: ConversationId, effects: &mut Vec<Effect>) {
    let conversation = begin::meant(model, conversation);
    model.composers.get_mut(conversation).left();
    compose::save_drafts(model, effects);
    if let Some(timeline) = model
        .timeline
        .as_mut()
        .filter(|t| t.conversation() == conversation)
    {
        timeline.refresh();
    }
    model.roster.refresh();
}

fn outbox(model: &mut Model, outbox: Outbox) {
    if outbox.refused > model.outbox.refused {
        let says = "A text was refused: it stands in its conversation with the reason; R edits it";
        screens::notice(model, Level::Problem, says);
    }
    model.outbox = outbox;
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.refresh();
    }
    model.roster.refresh();
}

/// Nobody knows which question failed, so none is waited for any longer, and words that were on
/// their way into the outbox come back.
fn failed(model: &mut Model, message: &str) {
    model.roster.fail();
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.fail();
    }
    model.composers.bring_back();
    model.notes.bring_back();
    screens::notice(model, Level::Problem, message);
}
