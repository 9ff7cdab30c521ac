//! What the disk and the network have to say.

use super::{
    absence, attention, audit, begin, broadcasts, chat, compose, contact, note, prompt, question,
    screens, search, sheet, stats, template, timed, triage, undo, writing,
};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::{CacheEvent, LinkEvent};
use crate::model::Focus;
use crate::model::Model;
use crate::model::chat::ChatSlice;
use crate::model::connection::Connection;
use crate::model::list::ListSlice;
use crate::model::outbox::Outbox;
use crate::model::overlay::Level;
use crate::model::roster::{Absent, Accepted};
use crate::model::timeline::Timeline;
use smsdesk_common::ids::ConversationId;

fn nothing_to_take_back(model: &mut Model) {
    let resend = model.key(Action::Resend);
    let says = format!("Too late to take a text back: {resend} writes a failed one again");
    screens::notice(model, Level::Info, &says);
}

/// Takes what the disk says.
pub(super) fn from_cache(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::List(slice) => list(model, slice),
        CacheEvent::Chat(slice) => entries(model, *slice),
        CacheEvent::Found(found) => search::found(model, *found),
        CacheEvent::ChatMissing(conversation) => missing(model, conversation),
        CacheEvent::Submitted { conversation, .. } => submitted(model, conversation, effects),
        timed_news @ (CacheEvent::TimedKept { .. }
        | CacheEvent::Timed(_)
        | CacheEvent::TimedChanged { .. }
        | CacheEvent::TimedUndone { .. }
        | CacheEvent::TimedRefused { .. }) => timed::heard(model, timed_news, effects),
        told @ (CacheEvent::Broadcasts(_)
        | CacheEvent::BroadcastChanged { .. }
        | CacheEvent::Bulk(_)) => broadcasts::heard(model, told, effects),
        CacheEvent::Sent(texts) => writing::sent(model, texts, effects),
        CacheEvent::NoteKept { conversation, .. } => note::kept(model, conversation, effects),
        refused @ (CacheEvent::NoteRefused { .. }
        | CacheEvent::TriageRefused { .. }
        | CacheEvent::TextRefused { .. }) => refusal(model, refused, effects),
        CacheEvent::Triaged(outcomes) => triage::done(model, &outcomes),
        CacheEvent::Turned(turned) => undo::turned(model, &turned),
        CacheEvent::TakenBack { conversation, body } => {
            taken_back(model, conversation, &body, effects);
        }
        CacheEvent::NothingToTakeBack => nothing_to_take_back(model),
        CacheEvent::NothingToTurn(way) => undo::nothing(model, way),
        settings @ (CacheEvent::Settings(_) | CacheEvent::SettingWritten { .. }) => {
            prompt::settings_heard(model, settings, effects);
        }
        texts_news @ (CacheEvent::Templates(_)
        | CacheEvent::Template { .. }
        | CacheEvent::TemplateWritten { .. }
        | CacheEvent::Rules(_)
        | CacheEvent::RulesWritten { .. }
        | CacheEvent::JobWritten { .. }) => texts(model, texts_news, effects),
        CacheEvent::Figures { question, answer } => stats::heard(model, question.wanted, answer),
        CacheEvent::Audit { question, answer } => audit::heard(model, question, answer, effects),
        CacheEvent::Status(answer) => model.watch.heard(answer),
        CacheEvent::Here(here) => model.watch.looked(here),
        CacheEvent::Arrived { taken, stored } => {
            // What waited for the connection says nothing about how long a text takes.
            if model.connection == Connection::Live {
                model.watch.arrived(&taken, stored);
            }
        }
        CacheEvent::Directory(directory) => model.directory = *directory,
        CacheEvent::Contact(told) => contact::heard(model, *told, effects),
        CacheEvent::Begun(conversation) => begin::go(model, conversation, effects),
        CacheEvent::Rehomed { from, to } => begin::rehomed(model, from, to),
        CacheEvent::People { words, found } => model.people.accept(words, found),
        CacheEvent::MarkedUnread {
            conversation,
            unread,
        } => chat::marked_unread(model, conversation, unread),
        CacheEvent::Applied {
            conversations,
            everything,
        } => applied(model, &conversations, everything, effects),
        CacheEvent::Ended(conversations) => ended(model, &conversations),
        CacheEvent::LastSeen(seen) => model.absence.remember(seen, model.now),
        CacheEvent::Meanwhile(meanwhile) => absence::heard(model, meanwhile),
        CacheEvent::News(news) => attention::heard(model, news, effects),
        counted @ CacheEvent::Outbox { .. } => outbox(model, &counted),
        CacheEvent::Failed { message } => failed(model, &message),
    }
}

fn taken_back(
    model: &mut Model,
    conversation: ConversationId,
    body: &str,
    effects: &mut Vec<Effect>,
) {
    let conversation = begin::meant(model, conversation);
    compose::taken_back(model, conversation, body, effects);
}

/// How many erased conversations are remembered.
const ERASED_MAX: usize = 1_000;

/// Whoever was in these was erased: they leave the screen, whatever is being read or written there.
fn ended(model: &mut Model, conversations: &[ConversationId]) {
    for conversation in conversations {
        model.composers.forget(*conversation);
        model.notes.forget(*conversation);
    }
    let shown = model.timeline.as_ref().map(Timeline::conversation);
    // An agent meets few of them; with very many, the worst is a notice that says little.
    if model.erased.len() >= ERASED_MAX {
        model.erased.clear();
    }
    model.erased.extend(conversations);
    if shown.is_some_and(|shown| conversations.contains(&shown)) {
        let says = "Whoever this conversation was with has been erased";
        screens::notice(model, Level::Info, says);
        model.timeline = None;
        model.staying = None;
        model.focus = Focus::List;
    }
    model.roster.refresh();
}

/// Records have changed.
fn applied(
    model: &mut Model,
    conversations: &[ConversationId],
    everything: bool,
    effects: &mut Vec<Effect>,
) {
    let shown = model.timeline.as_mut();
    let touched = shown.filter(|t| everything || conversations.contains(&t.conversation()));
    touched.into_iter().for_each(Timeline::refresh);
    model.roster.refresh();
    timed::look_again(model, effects);
    broadcasts::look_again(model, effects);
    search::refresh(model, effects);
    contact::look_again(model, effects);
    if everything {
        begin::look_again(model, effects);
        prompt::settings_look_again(model, effects);
    }
}

/// The relay refused something of mine.
fn refusal(model: &mut Model, refused: CacheEvent, effects: &mut Vec<Effect>) {
    match refused {
        CacheEvent::NoteRefused {
            conversation,
            problem,
            about,
            ..
        } => note::refused(model, conversation, &problem, &about),
        CacheEvent::TriageRefused {
            conversation,
            patch,
            problem,
            about,
        } => triage::refused(model, conversation, &patch, (&problem, &about)),
        CacheEvent::TextRefused {
            conversation,
            entry,
            body,
            send_at,
            problem,
            about,
        } => {
            let conversation = begin::meant(model, conversation);
            let (text, why) = ((entry, body.as_str()), (&*problem, &*about));
            question::refused(model, conversation, text, why, effects);
            if send_at.is_some() {
                timed::not_timed(model, conversation, &body);
            }
        }
        _ => {}
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
        LinkEvent::Met(relay) => model.relay = relay,
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
    if let Accepted::Gone(conversation) = model.roster.accept(slice, absent) {
        model.aim = None;
        if !model.erased.contains(&conversation) {
            screens::notice(model, Level::Info, "That conversation is not here any more");
        }
    }
}

/// An answer about a conversation that is not shown any more is dropped, but for its draft: the
/// agent may have begun to write before it came.
fn entries(model: &mut Model, slice: ChatSlice) {
    let setting = model.setting();
    let conversation = slice.query.conversation();
    search::preview(model, &slice);
    model.composers.load_awaited(conversation, &slice.draft);
    model.notes.load_awaited(conversation, &slice.note_draft);
    template::remembered(model, conversation, &slice);
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
    if model.finder().is_some() {
        search::missing(model, conversation);
    } else if !model.erased.contains(&conversation) {
        let says = "That conversation is not here any more: nothing was done";
        screens::notice(model, Level::Problem, says);
    }
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
pub(super) fn submitted(
    model: &mut Model,
    conversation: ConversationId,
    effects: &mut Vec<Effect>,
) {
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

fn outbox(model: &mut Model, counted: &CacheEvent) {
    let CacheEvent::Outbox {
        waiting,
        refused,
        notes,
        changes,
    } = *counted
    else {
        return;
    };
    let outbox = Outbox {
        waiting,
        refused,
        notes,
        changes,
    };
    if outbox.refused > model.outbox.refused {
        let key = model.key(Action::Resend);
        let says = "A text was refused: it stands in its conversation with the reason";
        screens::notice(model, Level::Problem, &format!("{says}; {key} edits it"));
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
    search::failed(model);
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.fail();
    }
    model.composers.bring_back();
    model.notes.bring_back();
    screens::notice(model, Level::Problem, message);
}

/// News of templates and rules.
fn texts(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::Templates(shelf) => template::shelf(model, *shelf),
        CacheEvent::Template { id, template } => template::words(model, id, template),
        CacheEvent::TemplateWritten { write, refused } => {
            prompt::template_written(model, &write, refused.as_deref());
        }
        CacheEvent::Rules(rules) => model.rules.all = rules,
        CacheEvent::RulesWritten { draft, refused } => {
            prompt::rules_written(model, &draft, refused, effects);
        }
        CacheEvent::JobWritten { write, refused } => {
            sheet::job_written(model, &write, refused.as_deref());
        }
        _ => {}
    }
}
