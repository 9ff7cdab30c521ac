//! A text in the agent's own editor: handing it over and taking it back. Saving there never sends.

use super::{compose, prompt, screens, sheet};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::Edited;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::editor::{Inserted, Motion};
use crate::model::hold::before;
use crate::model::lent::{Lent, Whose};
use crate::model::note::Writing;
use crate::model::overlay::Level;

/// Hands what is being written to the agent's own editor. The draft is on the disk before.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    let Some(conversation) = compose::shown(model) else {
        return;
    };
    compose::save_drafts(model, effects);
    let text = model.written().map_or("", |it| it.editor().text());
    let text = text.to_owned();
    let writing = model.writing;
    let whose = Whose::Draft {
        conversation,
        writing,
    };
    lend(model, Lent { whose, text }, effects);
}

/// Hands a text to the agent's own editor.
pub(super) fn lend(model: &mut Model, lent: Lent, effects: &mut Vec<Effect>) {
    let command = model.setup.aids.editor.clone();
    model.lent = Some(lent.clone());
    effects.push(Effect::Edit { command, lent });
}

/// The editor has ended: its words are the draft now. Where it left none, the draft stays.
pub(super) fn edited(model: &mut Model, edited: Edited, effects: &mut Vec<Effect>) {
    let Some(lent) = model.lent.take() else {
        return;
    };
    if matches!(lent.whose, Whose::Rules { .. }) {
        return prompt::rules_edited(model, edited, effects);
    }
    let saved = match edited {
        Edited::Words(saved) => saved,
        Edited::Nothing(why) => {
            let says = format!("The text stays as it was. Your editor: {why}");
            return screens::notice(model, Level::Problem, &says);
        }
    };
    let Some(words) = lent.takes(&saved) else {
        let says = match saved.trim().is_empty() && !lent.text.trim().is_empty() {
            true => "The text stays as it was: your editor left an empty file",
            false => "Nothing was changed",
        };
        return screens::notice(model, Level::Info, says);
    };
    match lent.whose {
        Whose::Draft {
            conversation,
            writing,
        } => {
            let composer = match writing {
                Writing::Reply => model.composers.get_mut(conversation),
                Writing::Note => model.notes.get_mut(conversation),
            };
            let inserted = put(composer, &lent.text, &words);
            compose::save_drafts(model, effects);
            let says = match writing {
                Writing::Reply => format!("Not sent yet: {} sends it", model.key(Action::Send)),
                Writing::Note => {
                    let key = model.key(Action::SaveNote);
                    format!("Not saved yet: {key} saves the note")
                }
            };
            screens::notice(model, Level::Info, &says);
            compose::say_if_cut(model, Some(inserted));
        }
        Whose::Sheet { .. } => sheet::edited(model, &words),
        // They are looked at above: there is no draft of them.
        Whose::Rules { .. } => {}
    }
}

/// The words, and behind them what came into the composer while the editor was open.
fn put(composer: &mut Composer, lent: &str, words: &str) -> Inserted {
    let now = composer.editor().text();
    let text = match now == lent {
        true => words.to_owned(),
        false => before(words, now),
    };
    composer.edit(|editor| {
        let inserted = editor.replace(&text);
        editor.go(Motion::TextEnd);
        inserted
    })
}
