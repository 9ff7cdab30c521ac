//! The app's logic: what an event does to the model, and what the runtime must do next.
//!
//! Pure: the time comes with the event, the outside is asked through effects. This file only
//! hands on; each concern has its own.

mod absence;
mod actions;
mod attention;
mod audit;
mod begin;
mod broadcasts;
mod bulk;
mod chat;
mod compose;
pub(crate) mod contact;
mod copy;
mod details;
mod editor;
pub mod first_run;
mod keys;
mod list;
mod marks;
mod news;
mod note;
mod opt_out;
mod pointer;
mod presence;
mod prompt;
mod question;
mod quiet;
mod screens;
mod search;
mod settings;
mod sheet;
mod stats;
mod status;
mod template;
#[cfg(test)]
mod tests;
mod timed;
mod timers;
mod triage;
mod undo;
mod writing;

use crate::effect::{Effect, Outward, SettingsAsk};
use crate::event::Event;
use crate::model::Model;
use crate::model::list::View;
use smsdesk_common::time::Timestamp;

/// What to do once before the first event.
pub fn start(model: &mut Model) -> Vec<Effect> {
    model.roster.show(View::default());
    let mut effects = vec![
        Effect::Tell(Outward::Mouse(model.setup.mouse)),
        Effect::LastSeen,
        // Whether it is a quiet hour is asked before anything is sent.
        Effect::Settings(SettingsAsk::Load),
    ];
    settle(model, &mut effects);
    effects
}

/// Takes one event. The effects are to be performed in order.
pub fn update(model: &mut Model, event: Event, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    let mut effects = Vec::new();
    match event {
        Event::Input(input) => {
            model.presence.note_key(now);
            keys::input(model, input, &mut effects);
        }
        Event::Timer(timer) => timers::ran_out(model, timer, &mut effects),
        Event::Cache(news) => news::from_cache(model, news, &mut effects),
        Event::Link(news) => news::from_link(model, news),
        Event::Resumed => effects.push(Effect::Redraw),
        Event::Terminate | Event::Interrupt => screens::leave(model, &mut effects),
        Event::Edited(edited) => editor::edited(model, edited, &mut effects),
        Event::Spelled(spelled) => writing::spelled(model, spelled),
        Event::Stop => screens::suspend(model, &mut effects),
        Event::Continued => effects.push(Effect::TakeAgain),
        Event::LookAtConfig => settings::look(model, &mut effects),
        Event::Configuration(read) => settings::changed(model, *read, &mut effects),
    }
    settle(model, &mut effects);
    effects
}

/// Brings together what the concerns left apart: the chat follows the selection, the page fits
/// the screen, the disk is asked what is due, the timers run that are needed.
fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    settings::settle(model, effects);
    begin::settle(model, effects);
    list::settle(model, effects);
    marks::settle(model);
    chat::settle(model, effects);
    prompt::settle(model);
    begin::look(model, effects);
    search::settle(model, effects);
    template::settle(model, effects);
    question::settle(model);
    presence::settle(model, effects);
    absence::settle(model, effects);
    attention::settle(model, effects);
    writing::settle(model, effects);
    stats::settle(model, effects);
    status::settle(model, effects);
    timers::settle(model, effects);
}
