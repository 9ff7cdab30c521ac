//! A conversation that does not exist yet: it is found or begun, its first text is asked about once,
//! and where the relay knows it under another id everything that was written goes there.

use super::{compose, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::lent::Lent;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{Prompt, PromptKind};
use crate::model::question::{Asks, Question};
use crate::model::timeline::Timeline;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::phone::{Address, NumberType};

/// Goes to a conversation; its text is taken up once it is selected.
pub(super) fn go(model: &mut Model, conversation: ConversationId, effects: &mut Vec<Effect>) {
    if model.focus == crate::model::Focus::Composer {
        compose::leave(model, effects);
    }
    model.opening = Some(conversation);
    model.roster.seek(conversation);
}

/// Takes the text up that was asked for.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let opening = model.opening;
    if opening.is_some() && opening == model.roster.selected() && model.overlays.is_empty() {
        model.opening = None;
        compose::reply(model, effects);
    }
}

/// Looks for whom is being typed.
pub(super) fn look(model: &mut Model, effects: &mut Vec<Effect>) {
    let asked = model.prompt();
    let asked = asked.filter(|it| *it.kind() == PromptKind::NewText);
    if let Some(words) = asked.map(Prompt::text).map(str::to_owned) {
        model.people.want(&words);
        let next = model.people.next_look();
        effects.extend(next.map(|words| Effect::FindPeople { words }));
    }
}

/// Lines may have come or gone while whom to write to is being typed.
pub(super) fn look_again(model: &Model, effects: &mut Vec<Effect>) {
    let asked = model.prompt().map(Prompt::kind);
    if matches!(
        asked,
        Some(PromptKind::NewText | PromptKind::NewTextLine { .. })
    ) {
        effects.push(Effect::LoadDirectory);
    }
}

/// A conversation that was begun here is the relay's, under another id. Whoever writes goes on
/// writing, to the same number.
pub(super) fn rehomed(model: &mut Model, from: ConversationId, to: ConversationId) {
    model.rehomed = Some((from, to));
    model.composers.rehome(from, to);
    model.notes.rehome(from, to);
    model.roster.rehome(from, to);
    for held in [&mut model.opening, &mut model.previous, &mut model.staying] {
        if *held == Some(from) {
            *held = Some(to);
        }
    }
    // So does what is in the editor, and what is being asked.
    let lent = model.lent.as_mut().and_then(Lent::conversation_mut);
    let chosen = model.templates.chosen.as_mut();
    let chosen = chosen.map(|chosen| &mut chosen.conversation);
    for held in lent.into_iter().chain(chosen).filter(|it| **it == from) {
        *held = to;
    }
    for overlay in &mut model.overlays {
        if let Overlay::Prompt(prompt) = overlay {
            prompt.kind_mut().rehome(from, to);
        }
    }
    let shown = model.timeline.as_ref().map(Timeline::conversation);
    if shown == Some(from) {
        let mut timeline = Timeline::new(to, model.roster.row(to).cloned());
        timeline.open();
        model.timeline = Some(timeline);
    }
}

/// The conversation that is meant by an id that may be a former one.
pub(super) fn meant(model: &Model, conversation: ConversationId) -> ConversationId {
    match model.rehomed {
        Some((from, to)) if from == conversation => to,
        _ => conversation,
    }
}

/// Whether the author has to say first that the number is meant: once, before the first text.
pub(super) fn asks(model: &mut Model, conversation: ConversationId) -> bool {
    let composer = model.composers.get_mut(conversation);
    if composer.question().is_some() {
        return false;
    }
    let Some(address) = first_to(model, conversation) else {
        return false;
    };
    let shown = address.display(model.setup.home);
    let landline = address.number_type() == Some(NumberType::FixedLine);
    let asks = if landline {
        // The number stands above, where nothing is cut.
        let why = "A landline by its digits".to_owned();
        Asks::Unlikely { why }
    } else {
        let name = model
            .roster
            .row(conversation)
            .and_then(|row| row.name.clone());
        let to = match name {
            Some(name) => format!("{}, {name}", shown.as_str()),
            None => shown.as_str().to_owned(),
        };
        Asks::First { to }
    };
    ask(model, conversation, asks);
    true
}

/// Whom nobody has written to or heard of yet, where that is so.
fn first_to(model: &Model, conversation: ConversationId) -> Option<Address> {
    let timeline = model.timeline.as_ref();
    let timeline = timeline.filter(|it| it.conversation() == conversation && it.is_loaded())?;
    let row = timeline.row()?;
    let is_first = row.conversation.last.is_none() && timeline.items().is_empty();
    is_first.then(|| row.conversation.address.clone())
}

/// Holds the text to a conversation back until its author has answered.
pub(super) fn ask(model: &mut Model, conversation: ConversationId, asks: Asks) {
    let asked_at = model.now;
    let composer = model.composers.get_mut(conversation);
    composer.ask(Question { asks, asked_at });
}

/// Whether the relay asks about the number rather than refusing it.
pub(super) fn is_asked(problem: &Problem) -> bool {
    matches!(
        problem.code,
        ErrorCode::ToLandline | ErrorCode::ToUnreachable | ErrorCode::QuietHours
    )
}

fn doubt(problem: &Problem) -> String {
    match problem.code {
        ErrorCode::ToLandline => "Not sent: a landline by its digits".to_owned(),
        ErrorCode::QuietHours => {
            let why = problem.detail.split(';').next().unwrap_or_default();
            format!("Not sent: {why}")
        }
        _ => "Not sent: the last text did not reach this number".to_owned(),
    }
}

/// The relay would not pay for a text that reaches nobody: its author says whether it is meant.
pub(super) fn refused(
    model: &mut Model,
    conversation: ConversationId,
    (entry, body): (EntryId, &str),
    problem: &Problem,
    effects: &mut Vec<Effect>,
) {
    let composer = model.composers.get(conversation);
    // It is said here, in better words than a count has.
    model.outbox.refused += 1;
    if !composer.is_some_and(Composer::takes_back) {
        let says = format!("{} · the text stays in the chat", doubt(problem));
        return screens::notice(model, Level::Problem, &says);
    }
    let composer = model.composers.get_mut(conversation);
    composer.edit(|editor| editor.replace(body));
    ask_again(model, conversation, problem);
    // The draft first: whatever happens in between, the words are on the disk.
    compose::save_drafts(model, effects);
    effects.push(Effect::Withdraw { entry });
    let shown = model.timeline.as_ref().map(Timeline::conversation);
    if shown != Some(conversation) {
        let says = format!("{} · the text waits there as a draft", doubt(problem));
        screens::notice(model, Level::Problem, &says);
    }
}

/// Asks about a number, under words that stand in the composer again.
pub(super) fn ask_again(model: &mut Model, conversation: ConversationId, problem: &Problem) {
    if is_asked(problem) {
        let mut why = doubt(problem);
        if problem.code == ErrorCode::QuietHours {
            let key = model.keymap.teach(Context::Composer, Action::SendLater);
            why.push_str(&format!(" · {key} at another time"));
        }
        ask(model, conversation, Asks::Unlikely { why });
    }
}
