//! From keys to actions and text.

use super::{absence, actions, attention, chat, compose, pointer, prompt, screens, settings};
use crate::effect::Effect;
use crate::event::Input;
use crate::input::burst;
use crate::input::context::Context;
use crate::input::key::{Code, Key};
use crate::input::keymap::Lookup;
use crate::model::Model;
use crate::model::overlay::Level;
use ratatui::layout::Size;

/// Takes what came through the terminal.
pub(super) fn input(model: &mut Model, input: Input, effects: &mut Vec<Effect>) {
    if !matches!(input, Input::Resize { .. } | Input::Window(_)) {
        absence::acted(model, effects);
    }
    match input {
        Input::Key(key) => {
            settings::key_pressed(model, effects);
            press(model, key, effects);
        }
        Input::Burst(keys) => burst(model, &keys, effects),
        Input::Paste(text) => paste(model, &text),
        Input::Resize { width, height } => model.setup.size = Size { width, height },
        Input::Window(window) => {
            attention::window(model, window);
            settings::look(model, effects);
        }
        Input::Pointer(pointer) => pointer::act(model, pointer, effects),
    }
}

fn press(model: &mut Model, key: Key, effects: &mut Vec<Effect>) {
    let context = model.context();
    model.prefix.push(key);
    match model.keymap.lookup(context, &model.prefix) {
        Lookup::Prefix => {}
        Lookup::Action(action) => {
            model.prefix.clear();
            actions::perform(model, action, effects);
        }
        Lookup::Unbound => {
            let alone = model.prefix.len() == 1;
            model.prefix.clear();
            if let (true, true, Some(c)) = (alone, context.takes_text(), key.text()) {
                insert(model, c.encode_utf8(&mut [0; 4]));
                chat::note_act(model, effects);
            }
        }
    }
}

/// Text goes to where the hands are.
fn insert(model: &mut Model, text: &str) {
    match model.context() {
        Context::Prompt => prompt::insert(model, text),
        _ => compose::insert(model, text),
    }
}

/// Keys of a paste act like typed ones until they reach a text; from there on they are text.
fn burst(model: &mut Model, keys: &[Key], effects: &mut Vec<Effect>) {
    for (at, key) in keys.iter().enumerate() {
        if model.context().takes_text() {
            let text: String = keys[at..]
                .iter()
                .copied()
                .filter_map(burst::pasted)
                .collect();
            insert(model, &text);
            let ends_in_enter = keys.last() == Some(&Key::plain(Code::Enter));
            if ends_in_enter && model.prompt().is_none() {
                let text = match model.writes_note() {
                    true => {
                        "That came in one piece, like a paste, so it was not saved · Enter saves"
                    }
                    false => {
                        "That came in one piece, like a paste, so it was not sent · Enter sends"
                    }
                };
                screens::notice(model, Level::Info, text);
            }
            return;
        }
        press(model, *key, effects);
    }
}

fn paste(model: &mut Model, text: &str) {
    model.prefix.clear();
    if model.context().takes_text() {
        insert(model, text);
    } else {
        let text = "Nothing was pasted: press r to write a reply first";
        screens::notice(model, Level::Info, text);
    }
}
