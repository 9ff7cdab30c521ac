//! From keys to actions and text.

use super::{
    absence, actions, attention, chat, compose, pointer, prompt, screens, search, settings, sheet,
    template, triage,
};
use crate::action::Action;
use crate::effect::Effect;
use crate::event::Input;
use crate::input::burst;
use crate::input::context::Context;
use crate::input::key::{Code, Key};
use crate::input::keymap::Lookup;
use crate::model::Model;
use crate::model::batch::STEP_CONVERSATIONS_MAX;
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
    if counts(model, key) {
        return;
    }
    model.prefix.push(key);
    match model.keymap.lookup(context, &model.prefix) {
        Lookup::Prefix => {
            let mut macros = model.keymap.macros_behind(context, &model.prefix);
            if macros.next().is_some() {
                // One of them may name a colleague.
                effects.push(Effect::LoadDirectory);
            }
        }
        Lookup::Action(action) => {
            model.prefix.clear();
            actions::perform_counted(model, action, effects);
        }
        Lookup::Macro(number) => {
            model.prefix.clear();
            if let Some(deed) = model.keymap.deed(number).cloned() {
                triage::carry_out(model, deed, effects);
                chat::note_act(model, effects);
            }
            model.count = None;
        }
        Lookup::Unbound => {
            let alone = model.prefix.len() == 1;
            model.prefix.clear();
            model.count = None;
            if let (true, true, Some(c)) = (alone, context.takes_text(), key.text()) {
                insert(model, c.encode_utf8(&mut [0; 4]));
                template::typed(model, c, effects);
                chat::note_act(model, effects);
            }
        }
    }
}

/// Text goes to where the hands are.
fn insert(model: &mut Model, text: &str) {
    match model.context() {
        Context::Prompt => prompt::insert(model, text),
        Context::Search => search::insert(model, text),
        Context::Sheet => sheet::insert(model, text),
        _ => compose::insert(model, text),
    }
}

/// Whether the key belongs to a count: a digit that means nothing else here, or the Esc that drops
/// the count.
fn counts(model: &mut Model, key: Key) -> bool {
    let context = model.context();
    if !matches!(context, Context::List | Context::Chat) || !model.prefix.is_empty() {
        return false;
    }
    if model.count.is_some() && key == Key::plain(Code::Esc) {
        model.count = None;
        return true;
    }
    let digit = key.text().and_then(|c| c.to_digit(10));
    let Some(digit) = digit.filter(|digit| *digit > 0 || model.count.is_some()) else {
        return false;
    };
    if model.keymap.lookup(context, &[key]) != Lookup::Unbound {
        return false;
    }
    let count = 10 * model.count.unwrap_or(0) + digit as usize;
    model.count = Some(count.min(STEP_CONVERSATIONS_MAX));
    true
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
            if ends_in_enter && model.overlays.is_empty() {
                let (action, done, does) = match model.writes_note() {
                    true => (Action::SaveNote, "saved", "saves"),
                    false => (Action::Send, "sent", "sends"),
                };
                let came = "That came in one piece, like a paste, so it was not";
                let text = format!("{came} {done} · {} {does}", model.key(action));
                screens::notice(model, Level::Info, &text);
            }
            return;
        }
        press(model, *key, effects);
    }
}

fn paste(model: &mut Model, text: &str) {
    model.prefix.clear();
    model.count = None;
    if model.context().takes_text() {
        insert(model, text);
    } else {
        let reply = model.key(Action::Reply);
        let text = format!("Nothing was pasted: {reply} begins a reply to paste into");
        screens::notice(model, Level::Info, &text);
    }
}
