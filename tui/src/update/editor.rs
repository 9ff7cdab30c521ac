//! A text in the agent's own editor: handing it over and taking it back. Saving there never sends.

use super::{compose, screens};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::Edited;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::editor::{Inserted, Motion};
use crate::model::hold::before;
use crate::model::lent::Lent;
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
    let command = model.setup.aids.editor.clone();
    model.lent = Some(Lent {
        conversation,
        writing: model.writing,
        text: text.clone(),
    });
    effects.push(Effect::Edit { command, text });
}

/// The editor has ended: its words are the draft now. Where it left none, the draft stays.
pub(super) fn edited(model: &mut Model, edited: Edited, effects: &mut Vec<Effect>) {
    let Some(lent) = model.lent.take() else {
        return;
    };
    let words = match edited {
        Edited::Words(words) => words,
        Edited::Nothing(why) => {
            let says = format!("The draft stays as it was. Your editor: {why}");
            return screens::notice(model, Level::Problem, &says);
        }
    };
    // Editors end a text with a line break; nobody writes one there on purpose.
    let words = words.trim_end_matches(['\r', '\n']);
    if words.trim().is_empty() && !lent.text.trim().is_empty() {
        let says = "The draft stays as it was: your editor left an empty file";
        return screens::notice(model, Level::Info, says);
    }
    if words == lent.text.trim_end_matches('\n') {
        return screens::notice(model, Level::Info, "Nothing was changed");
    }
    let composer = match lent.writing {
        Writing::Reply => model.composers.get_mut(lent.conversation),
        Writing::Note => model.notes.get_mut(lent.conversation),
    };
    let inserted = put(composer, &lent, words);
    compose::save_drafts(model, effects);
    let says = match lent.writing {
        Writing::Reply => format!("Not sent yet: {} sends it", model.key(Action::Send)),
        Writing::Note => format!(
            "Not saved yet: {} saves the note",
            model.key(Action::SaveNote)
        ),
    };
    screens::notice(model, Level::Info, &says);
    compose::say_if_cut(model, Some(inserted));
}

/// The words, and behind them what came into the composer while the editor was open.
fn put(composer: &mut Composer, lent: &Lent, words: &str) -> Inserted {
    let now = composer.editor().text();
    let text = match now == lent.text {
        true => words.to_owned(),
        false => before(words, now),
    };
    composer.edit(|editor| {
        let inserted = editor.replace(&text);
        editor.go(Motion::TextEnd);
        inserted
    })
}
