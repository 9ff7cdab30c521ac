//! Asks the author of a text about what others did since it was begun, before it is sent and when
//! the relay would not take it. Nothing is sent over unseen words by one Enter.

use super::{begin, compose, opt_out, screens, triage};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::overlay::Level;
use crate::model::question::{Asks, Question};
use crate::model::timeline::Timeline;
use crate::model::triage::About;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, Seq};
use smsdesk_common::meanwhile::Meanwhile;

/// While nothing is written, what is on the screen is what a text will be begun from.
pub(super) fn settle(model: &mut Model) {
    let shown = model.timeline.as_ref().filter(|shown| shown.is_loaded());
    let Some((conversation, shown)) = shown.map(|it| (it.conversation(), it.shown())) else {
        return;
    };
    // One that was never touched has nothing to be asked about.
    if model.composers.get(conversation).is_some() {
        model.composers.get_mut(conversation).note_shown(shown);
    }
}

/// Whether the text to `conversation` must wait for an answer of its author. Enter answers a
/// question that could be read; what happened after the question asks again.
pub(super) fn holds_back(model: &mut Model, conversation: ConversationId) -> bool {
    let now = model.now;
    let composer = model.composers.get_mut(conversation);
    if composer.body().is_empty() {
        return false;
    }
    if opt_out::refuses(model, conversation) {
        return true;
    }
    let composer = model.composers.get_mut(conversation);
    if composer
        .question()
        .is_some_and(|it| !it.can_be_answered(now))
    {
        return true;
    }
    // What the disk has not shown yet was not seen, but for the row in the list.
    if composer.seen().is_none() {
        let seen = triage::seen(model, conversation);
        model.composers.get_mut(conversation).note_shown(seen);
    }
    let seen = model.composers.get_mut(conversation).seen();
    let Some(meanwhile) = news(model, conversation, seen.unwrap_or_default().up_to) else {
        return begin::asks(model, conversation);
    };
    if let Some(timeline) = &mut model.timeline {
        timeline.scroll_to_bottom();
    }
    ask(model, conversation, meanwhile);
    true
}

/// What others did beyond `seen`, as far as this disk knows.
fn news(model: &Model, conversation: ConversationId, seen: Seq) -> Option<Meanwhile> {
    let me = model.setup.me.as_ref()?.id;
    let timeline = model.timeline.as_ref()?;
    if timeline.conversation() != conversation {
        return None;
    }
    let wrote = |id: AgentId| {
        let mut items = timeline.items().iter();
        let item = items.find(|item| item.entry.author == Author::Agent(id))?;
        item.author_name.clone()
    };
    let records = timeline.items().iter().filter(|item| item.local.is_none());
    let entries = records.map(|item| -> &Entry { &item.entry });
    Meanwhile::since(entries, seen, me, wrote)
}

fn ask(model: &mut Model, conversation: ConversationId, meanwhile: Meanwhile) {
    let asked_at = model.now;
    let asks = Asks::Meanwhile(meanwhile);
    let question = Question { asks, asked_at };
    model.composers.get_mut(conversation).ask(question);
}

/// The relay would not take a text. Where it asks, the words come back to where they were written,
/// unless others stand there by now; then they stay in the chat, on the disk either way.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    (entry, body): (EntryId, &str),
    (problem, about): (&Problem, &About),
    effects: &mut Vec<Effect>,
) {
    if begin::is_asked(problem) {
        return begin::refused(model, conversation, (entry, body), problem, effects);
    }
    // It is said here, in better words than a count has.
    model.outbox.refused += 1;
    let name = triage::whom(model, conversation, about);
    let name = name.unwrap_or_else(|| "A conversation".to_owned());
    let Some(meanwhile) = &problem.meanwhile else {
        return plainly(model, &name, entry, problem, effects);
    };
    let what = meanwhile.words("the customer");
    let composer = model.composers.get(conversation);
    if !composer.is_some_and(Composer::takes_back) {
        let key = model.key(Action::Resend);
        let begin = format!("{name}: a text was not sent, {what} meanwhile");
        let says = format!("{begin} · {key} there takes it back");
        return screens::notice(model, Level::Problem, &says);
    }
    let composer = model.composers.get_mut(conversation);
    composer.edit(|editor| editor.replace(body));
    ask(model, conversation, (**meanwhile).clone());
    // The draft first: whatever happens in between, the words are on the disk.
    compose::save_drafts(model, effects);
    effects.push(Effect::Withdraw { entry });
    let shown = model.timeline.as_ref().map(Timeline::conversation);
    if shown != Some(conversation) {
        let says = format!("{name}: not sent, {what} meanwhile · the text waits there as a draft");
        screens::notice(model, Level::Problem, &says);
    }
}

/// The relay would not take a text and asks nothing. Where its conversation is gone nobody could come
/// to it: its words become the draft, and nothing waits for a decision.
fn plainly(
    model: &mut Model,
    name: &str,
    entry: EntryId,
    problem: &Problem,
    effects: &mut Vec<Effect>,
) {
    let title = &problem.title;
    let what = format!("{name}: a text was refused ({title})");
    let says = match problem.code {
        ErrorCode::ConversationUnknown => {
            effects.push(Effect::Withdraw { entry });
            format!("{what}; its words stay on this disk as the draft")
        }
        _ => format!("{what} · {} there edits it", model.key(Action::Resend)),
    };
    screens::notice(model, Level::Problem, &says);
}

/// The words of a text that the relay asked about are in the composer again.
pub(super) fn taken_back(model: &mut Model, conversation: ConversationId, problem: &Problem) {
    if let Some(meanwhile) = &problem.meanwhile {
        ask(model, conversation, (**meanwhile).clone());
    } else {
        begin::ask_again(model, conversation, problem);
    }
}
