//! The list of what can be set at the relay, and the line for one value.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::Model;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{Candidate, Marks, Offer, Prompt, PromptKind, Value};
use crate::model::settings::{Ask, Wanted, reads_only};
use crate::model::transcript::Reach;
use crate::update::screens;
use smsdesk_common::capability::Capability;
use smsdesk_common::settings::Field;

/// Lists every setting.
pub(in crate::update) fn list(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Settings(Ask::Load));
    open(model, PromptKind::Settings);
}

/// The record changed, or may have: what is shown of it follows, and so do the quiet hours.
pub(in crate::update) fn look_again(model: &Model, effects: &mut Vec<Effect>) {
    if model.relay.lacks(Capability::Settings).is_none() {
        effects.push(Effect::Settings(Ask::Load));
    }
}

/// Every field that the text leaves, with what holds.
pub(super) fn offer(model: &Model) -> Offer {
    let lines = model.settings.lines().into_iter();
    let listed = lines.map(|line| Candidate {
        hint: format!("{} · {}", line.shown(), line.field.words),
        label: line.path.clone(),
        value: Value::Text(line.path),
    });
    let about = match cannot(model) {
        Some(why) => why,
        None => "Enter turns a switch over, or asks for the value · for everybody".to_owned(),
    };
    Offer {
        title: "Settings of the desk".to_owned(),
        about,
        listed: listed.collect(),
        ..Offer::default()
    }
}

/// Why nothing can be set here and now.
fn cannot(model: &Model) -> Option<String> {
    let offline = || {
        let is_offline = model.reach() == Reach::Offline;
        is_offline
            .then(|| "offline: settings are changed at the relay, now or not at all".to_owned())
    };
    reads_only(model.setup.me.as_ref()).or_else(offline)
}

/// Turns the one over that is chosen, or asks for its value.
pub(super) fn accept(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) -> Accepted {
    let path = prompt.chosen().map(|chosen| chosen.label.clone());
    let Some(line) = path.and_then(|path| model.settings.line(&path)) else {
        return Accepted::Refused("expected one of what is listed".to_owned());
    };
    if let Some(why) = cannot(model) {
        return Accepted::Refused(why);
    }
    // The list stays, below the line for the value or alone.
    model
        .overlays
        .push(Overlay::Prompt(Box::new(prompt.clone())));
    match line.turned() {
        Some(value) => set(&line.path, value, effects),
        None => {
            let text = line.field.form.show(&line.value);
            let path = line.path;
            let value = Prompt::with_text(PromptKind::SettingValue { path }, &text);
            model.overlays.push(Overlay::Prompt(Box::new(value)));
        }
    }
    Accepted::Closed
}

fn set(path: &str, value: serde_json::Value, effects: &mut Vec<Effect>) {
    let path = path.to_owned();
    effects.push(Effect::Settings(Ask::Set(Wanted { path, value })));
}

/// The line for one value.
pub(super) fn offer_value(path: &str) -> Offer {
    let expected = Field::at(path).map_or_else(String::new, |field| {
        format!("{} · {}", field.words, field.form.expected())
    });
    Offer {
        title: path.to_owned(),
        about: format!("{expected}; empty begins anew"),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Asks the relay for the value.
pub(super) fn accept_value(path: &str, text: &str, effects: &mut Vec<Effect>) -> Accepted {
    let Some(field) = Field::at(path) else {
        return Accepted::Closed;
    };
    let value = field.form.read(text);
    if !value.is_null() && !field.form.takes(&value) {
        return Accepted::Refused(format!("expected {}", field.form.expected()));
    }
    set(path, value, effects);
    Accepted::Closed
}

/// What holds was read, or the relay has answered.
pub(in crate::update) fn heard(model: &mut Model, news: CacheEvent, effects: &mut Vec<Effect>) {
    match news {
        CacheEvent::Settings(setting) => model.settings.accept(*setting),
        CacheEvent::SettingWritten { wanted, refused } => {
            written(model, &wanted, refused.as_deref());
            look_again(model, effects);
        }
        _ => {}
    }
}

fn written(model: &mut Model, wanted: &Wanted, refused: Option<&str>) {
    let path = &wanted.path;
    let shown = Field::at(path).map(|field| field.form.show(&wanted.value));
    let shown = shown.filter(|shown| !shown.is_empty());
    let shown = shown.as_deref().unwrap_or("as without a setting");
    match refused {
        None => screens::notice(model, Level::Info, &format!("{path}: {shown}")),
        Some(why) => {
            let says = format!("{path} was not changed: {why}");
            screens::notice(model, Level::Problem, &says);
        }
    }
}
