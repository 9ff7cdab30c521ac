//! The first start: from keys to a choice.

use super::actions::text_edit;
use crate::action::Action;
use crate::event::Input;
use crate::input::burst;
use crate::input::key::Key;
use crate::input::keymap::Lookup;
use crate::model::first_run::{Choice, FirstRun, Outcome, Stage};
use ratatui::layout::Size;

/// Takes what came through the terminal; an outcome ends the first run.
pub fn update(model: &mut FirstRun, input: Input) -> Option<Outcome> {
    match input {
        Input::Key(key) => press(model, key),
        Input::Burst(keys) if model.stage == Stage::Invite => {
            let text: String = keys.into_iter().filter_map(burst::pasted).collect();
            paste(model, &text);
            None
        }
        Input::Burst(keys) => keys.into_iter().find_map(|key| press(model, key)),
        Input::Paste(text) => {
            // Whoever pastes here has an invite, whatever is selected.
            model.stage = Stage::Invite;
            paste(model, &text);
            None
        }
        Input::Resize { width, height } => {
            model.size = Size { width, height };
            None
        }
        Input::Window(_) | Input::Pointer(_) => None,
    }
}

fn press(model: &mut FirstRun, key: Key) -> Option<Outcome> {
    model.prefix.push(key);
    match model.keymap.lookup(model.context(), &model.prefix) {
        Lookup::Prefix | Lookup::Macro(_) => None,
        Lookup::Action(action) => {
            model.prefix.clear();
            perform(model, action)
        }
        Lookup::Unbound => {
            model.prefix.clear();
            if let (Stage::Invite, Some(c)) = (model.stage, key.text()) {
                paste(model, c.encode_utf8(&mut [0; 4]));
            }
            None
        }
    }
}

/// An invite is one word: white space comes from line breaks of where it was copied.
fn paste(model: &mut FirstRun, text: &str) {
    let word: String = text.split_whitespace().collect();
    model.invite.insert(&word);
    model.problem = None;
}

fn perform(model: &mut FirstRun, action: Action) -> Option<Outcome> {
    match action {
        Action::ChooseNext | Action::ChoosePrevious => {
            model.choice = match model.choice {
                Choice::Practice => Choice::Join,
                Choice::Join => Choice::Practice,
            };
        }
        Action::Choose if model.choice == Choice::Practice => return Some(Outcome::Practice),
        Action::ChoosePractice => return Some(Outcome::Practice),
        Action::Choose | Action::ChooseJoin => model.stage = Stage::Invite,
        Action::Back => {
            model.stage = Stage::Choosing;
            model.problem = None;
        }
        Action::Quit => return Some(Outcome::Quit),
        Action::Join if model.invite.is_blank() => {
            model.problem = Some("Paste the invite that your admin sent you".to_owned());
        }
        Action::Join => return Some(Outcome::Join(model.invite.text().to_owned())),
        _ => {
            if let Some(edit) = text_edit(action) {
                edit.apply(&mut model.invite);
            }
        }
    }
    None
}
