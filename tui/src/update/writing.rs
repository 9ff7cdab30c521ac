//! What a key does within a text beside typing: earlier texts, steps back, emoji, spelling, and what
//! asks before a text goes out.

use super::{compose, prompt, screens, template};
use crate::action::Action;
use crate::effect::{Effect, TimerKind};
use crate::event::Spelled;
use crate::model::composer::{Composer, Unsendable};
use crate::model::editor::{Editor, rows};
use crate::model::geometry::composer_columns;
use crate::model::overlay::Level;
use crate::model::prompt::PromptKind;
use crate::model::roster::Step;
use crate::model::{Focus, Model};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::segments::BODY_CHARACTERS_MAX;

/// How long typing pauses before its spelling is looked at, in milliseconds: a pause for thought,
/// not one between two words.
const PAUSE_MS: u32 = 700;

/// Goes a row up or down; at the end of an empty text, and on a walk, to another text of mine.
pub(super) fn go_row(model: &mut Model, step: Step, effects: &mut Vec<Effect>) {
    let by = match step {
        Step::Next => 1,
        Step::Previous => -1,
    };
    if compose::with_composer(model, |composer| composer.choose_emoji(by)) == Some(true) {
        return;
    }
    let walks = !model.writes_note()
        && model
            .composer()
            .is_none_or(|it| it.is_walking() || it.editor().text().is_empty());
    match step {
        Step::Previous if walks && stands_in_row(model, Row::First) => older(model, effects),
        Step::Next if walks && stands_in_row(model, Row::Last) => newer(model),
        _ => {
            let columns = composer_columns(model.screen().chat);
            compose::with_composer(model, |composer| {
                composer.edit(|editor| editor.go_row(by, columns));
            });
        }
    }
}

/// A row of the text.
#[derive(Clone, Copy)]
enum Row {
    First,
    Last,
}

fn stands_in_row(model: &Model, row: Row) -> bool {
    let columns = composer_columns(model.screen().chat);
    model.written().is_none_or(|composer| {
        let rows = rows(composer.editor().text(), columns);
        let (at, _) = composer.editor().position(&rows);
        match row {
            Row::First => at == 0,
            Row::Last => at + 1 == rows.len(),
        }
    })
}

/// Shows the next older text of mine that begins with what is written; higher up in a long text it
/// goes a row up.
pub(super) fn older_text(model: &mut Model, effects: &mut Vec<Effect>) {
    let walking = model.composer().is_some_and(Composer::is_walking);
    match walking || stands_in_row(model, Row::First) {
        true => older(model, effects),
        false => go_row(model, Step::Previous, effects),
    }
}

/// Shows the next newer one; without a walk it goes a row down.
pub(super) fn newer_text(model: &mut Model, effects: &mut Vec<Effect>) {
    match model.composer().is_some_and(Composer::is_walking) {
        true => newer(model),
        false => go_row(model, Step::Next, effects),
    }
}

fn older(model: &mut Model, effects: &mut Vec<Effect>) {
    if !model.sent.is_known() {
        if model.sent.look() {
            effects.push(Effect::LoadSent);
        }
        return;
    }
    let Some(conversation) = compose::shown(model) else {
        return;
    };
    let composer = model.composers.get_mut(conversation);
    if composer.older(model.sent.texts()) {
        return;
    }
    let says = match (composer.is_walking(), composer.has_draft()) {
        (true, _) => "That is the oldest one",
        (false, true) => "No text of yours begins like that",
        (false, false) => "You have not sent anything yet",
    };
    screens::notice(model, Level::Info, says);
}

fn newer(model: &mut Model) {
    if let Some(conversation) = compose::shown(model) {
        let composer = model.composers.get_mut(conversation);
        composer.newer(model.sent.texts());
    }
}

/// The disk has told what was sent before: somebody waits to see it.
pub(super) fn sent(model: &mut Model, texts: Vec<String>, effects: &mut Vec<Effect>) {
    model.sent.tell(texts);
    if model.focus == Focus::Composer && !model.writes_note() {
        older(model, effects);
    }
}

/// Takes the last edit back, or makes it again.
pub(super) fn turn_edit(model: &mut Model, turn: impl FnOnce(&mut Editor) -> bool, nothing: &str) {
    let turned = compose::with_composer(model, |composer| composer.edit(turn));
    if turned == Some(false) {
        screens::notice(model, Level::Info, nothing);
    }
}

/// Puts the emoji in whose name stands before the cursor. Whether there was one.
pub(super) fn takes_emoji(model: &mut Model) -> bool {
    compose::with_composer(model, Composer::complete_emoji) == Some(true)
}

/// The same, asked for by its name.
pub(super) fn complete_emoji(model: &mut Model) {
    if !takes_emoji(model) {
        let key = model.key(Action::NextField);
        let says = format!("{key} completes an emoji: write : and two letters of its name");
        screens::notice(model, Level::Info, &says);
    }
}

/// Puts the reply that is suggested into the empty composer. Whether there was one, and room for it.
pub(super) fn takes_suggestion(model: &mut Model) -> bool {
    let Some(words) = model.suggestion().filter(|_| !model.writes_note()) else {
        return false;
    };
    let taken = compose::with_composer(model, |composer| {
        let empty = composer.is_loaded() && composer.editor().text().is_empty();
        if empty {
            composer.edit(|editor| editor.replace(words.as_str()));
        }
        empty
    });
    taken == Some(true)
}

/// The same, asked for by its name, wherever the keys are.
pub(super) fn suggestion(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.suggestion().is_none() {
        return screens::notice(model, Level::Info, "No reply is suggested here");
    }
    if model.focus != Focus::Composer || model.writes_note() {
        compose::reply(model, effects);
    }
    if !takes_suggestion(model) {
        let says = "Not taken: something is written already";
        screens::notice(model, Level::Info, says);
    }
}

/// There is nothing yet that could take a file.
pub(super) fn attach(model: &mut Model) {
    let says = "Attachments cannot be sent yet: this desk sends words only";
    screens::notice(model, Level::Info, says);
}

/// Whether the text must wait for another Enter because of what it costs.
pub(super) fn costs_too_much(model: &mut Model, conversation: ConversationId) -> bool {
    let (most, now) = (model.setup.aids.warn_segments, model.now);
    let composer = model.composers.get_mut(conversation);
    let characters = smsdesk_common::segments::body_characters(composer.body());
    characters <= BODY_CHARACTERS_MAX && composer.is_costly(most, now)
}

/// Why a text cannot be sent, in words.
pub(super) fn unsendable(model: &Model, why: Unsendable) -> String {
    use crate::action::Action;
    use crate::input::context::Context;
    match why {
        Unsendable::Empty => "There is nothing to send yet".to_owned(),
        Unsendable::Unfilled => "Not sent: a field is not filled in".to_owned(),
        Unsendable::TooLong { characters } => {
            let key = model.keymap.key_for(Context::Composer, Action::SplitText);
            let split = key.map_or_else(String::new, |key| format!(", or {key} splits it"));
            format!(
                "Not sent: {characters} characters, and {BODY_CHARACTERS_MAX} is the end. Shorten it{split}"
            )
        }
    }
}

/// Asks how a text is to be split that is too long for one.
pub(super) fn split(model: &mut Model) {
    let Some(conversation) = compose::shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    if !model.composers.get_mut(conversation).fields().is_empty() {
        return template::unfilled(model, conversation);
    }
    let composer = model.composers.get_mut(conversation);
    composer.end_walk();
    let characters = smsdesk_common::segments::body_characters(composer.body());
    if characters <= BODY_CHARACTERS_MAX {
        let says = format!(
            "The text fits into one: {} sends it",
            model.key(Action::Send)
        );
        return screens::notice(model, Level::Info, &says);
    }
    prompt::open(model, PromptKind::Split { conversation });
}

/// Asks what a misspelt word should be.
pub(super) fn correct(model: &mut Model) {
    let meant = model.written().and_then(|composer| {
        let text = composer.editor().text();
        let place = model.spelling.meant(text, composer.editor().cursor())?;
        Some((text[place.clone()].to_owned(), place))
    });
    let Some((word, place)) = meant else {
        let says = match model.setup.aids.spell {
            Some(_) => "No misspelt word is known here",
            None => "Nothing looks at the spelling: set ui.spell in the configuration",
        };
        return screens::notice(model, Level::Info, says);
    };
    prompt::open(model, PromptKind::Correct { word, place });
}

/// Has the spelling looked at some moments after typing.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.setup.aids.spell.is_none() || model.focus != Focus::Composer {
        return;
    }
    let text = model.written().map_or("", |it| it.editor().text());
    let text = text.to_owned();
    if model.spelling.is_new(&text) {
        effects.push(model.timers.start(TimerKind::Spelling, PAUSE_MS));
    }
}

/// Typing has paused.
pub(super) fn paused(model: &mut Model, effects: &mut Vec<Effect>) {
    let command = model.setup.aids.spell.clone();
    let asked = command.and_then(|command| Some((command, model.spelling.look()?)));
    effects.extend(asked.map(|(command, text)| Effect::Spell { command, text }));
}

/// What looks at the spelling has ended.
pub(super) fn spelled(model: &mut Model, spelled: Spelled) {
    if let Some(why) = model.spelling.tell(spelled) {
        let says = format!("Spelling is not looked at any more (ui.spell): {why}");
        screens::notice(model, Level::Problem, &says);
    }
}
