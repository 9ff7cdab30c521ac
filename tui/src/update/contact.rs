//! The panel of a contact: opening it, going through it, changing a line of it.

use super::{list, screens, sheet};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::contact::{Ask, Field, Line, Panel, Told, zone_guess};
use crate::model::insight;
use crate::model::job_edit;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{Prompt, PromptKind};
use crate::model::roster::Step;
use crate::model::sheet::Subject;
use crate::model::undo::Way;
use crate::model::when;
use smsdesk_common::capability::Capability;
use smsdesk_common::contact::zone_hint;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::{ContactId, ConversationId};

/// Shows who the selected conversation is with.
pub(super) fn open(model: &mut Model, effects: &mut Vec<Effect>) {
    // Keys can be faster than the chat follows the selection.
    list::follow(model, effects);
    let Some(contact) = selected(model).map(|it| it.contact) else {
        screens::notice(model, Level::Info, "No conversation is selected yet");
        return;
    };
    if contact.0.is_nil() {
        let says = "Nobody is known by this number yet: the first text makes a contact";
        screens::notice(model, Level::Info, says);
        return;
    }
    let panel = Box::new(Panel::new(contact));
    model.overlays.push(Overlay::Contact(panel));
    effects.push(Effect::Contact(Ask::Load(contact)));
}

pub(super) fn selected(model: &Model) -> Option<&Conversation> {
    let id = model.roster.selected()?;
    let chat = model.timeline.as_ref();
    let chat = chat.filter(|it| it.conversation() == id);
    let row = model.roster.row(id).or_else(|| chat?.row())?;
    Some(&row.conversation)
}

/// The panel, whatever lies over it.
pub(super) fn panel(model: &mut Model) -> Option<&mut Panel> {
    let mut overlays = model.overlays.iter_mut().rev();
    overlays.find_map(|it| match it {
        Overlay::Contact(panel) => Some(&mut **panel),
        _ => None,
    })
}

/// Goes to another line, where the panel has the keys.
pub(super) fn step(model: &mut Model, action: Action) -> bool {
    let step = match action {
        Action::ChooseNext => Step::Next,
        Action::ChoosePrevious => Step::Previous,
        _ => return false,
    };
    let lines = lines(model).len();
    match model.overlays.last_mut() {
        Some(Overlay::Contact(panel)) => panel.step(step, lines),
        _ => return false,
    }
    true
}

/// The panel's lines as they are shown.
pub(crate) fn lines(model: &Model) -> Vec<Line> {
    let panels = model.overlays.iter().rev().find_map(|it| match it {
        Overlay::Contact(panel) => Some(panel),
        _ => None,
    });
    let told = |at| when::told(at, model.now, &model.setup.zone);
    let mut lines = panels.map_or_else(Vec::new, |panel| panel.lines(told));
    if model.relay.lacks(Capability::Jobs).is_some() {
        lines.retain(|line| *line != Line::NewJob);
    }
    let mood = model.timeline.as_ref().filter(|timeline| {
        let contact = timeline.contact().map(|contact| contact.id);
        contact.is_some() && contact == panels.map(|panel| panel.contact)
    });
    if let Some(value) = mood.and_then(|timeline| insight::told(timeline.items())) {
        let name = "Newest text";
        lines.push(Line::Fact { name, value });
    }
    lines
}

/// Changes the line under the cursor.
pub(super) fn edit(model: &mut Model, effects: &mut Vec<Effect>) {
    if edits_job(model) {
        return;
    }
    if let Some(why) = model.relay.lacks(Capability::Contacts) {
        return screens::notice(model, Level::Problem, &format!("Not changed: {why}"));
    }
    let lines = lines(model);
    let Some(panel) = panel(model) else {
        return;
    };
    let contact = panel.contact;
    let Some(sheet) = &panel.sheet else {
        return;
    };
    match lines.get(panel.at) {
        Some(Line::Field(Field::Notes)) => {
            let words = Field::Notes.text(&sheet.contact);
            let name = sheet.contact.name.clone();
            let subject = Subject::ContactNotes { contact, name };
            sheet::open(model, subject, &words);
        }
        Some(Line::Field(field)) => {
            let (field, text) = (field.clone(), field.text(&sheet.contact));
            let kind = PromptKind::ContactField { contact, field };
            let prompt = Box::new(Prompt::with_text(kind, &text));
            model.overlays.push(Overlay::Prompt(prompt));
        }
        Some(Line::Alike(person)) if panel.merging.as_ref() == Some(person) => {
            let other = person.contact;
            panel.merging = None;
            effects.push(Effect::Contact(Ask::Merge { contact, other }));
        }
        Some(Line::Alike(person)) => panel.merging = Some(person.clone()),
        Some(Line::Fact { .. } | Line::Job(_) | Line::NewJob) | None => {}
    }
}

/// Lays the sheet of the job under the cursor over the panel. Whether there is one.
fn edits_job(model: &mut Model) -> bool {
    let lines = lines(model);
    let line = panel(model).and_then(|panel| lines.get(panel.at));
    let (subject, words) = match line {
        Some(Line::Job(job)) => {
            let job = job.clone();
            let words = job_edit::words(&job);
            (Subject::Job { job }, words)
        }
        Some(Line::NewJob) => {
            let Some((conversation, zone)) = whose_job(model) else {
                return true;
            };
            let words = job_edit::blank(&zone);
            let id = None;
            let subject = Subject::NewJob {
                conversation,
                zone,
                id,
            };
            (subject, words)
        }
        _ => return false,
    };
    if let Some(why) = model.relay.lacks(Capability::Jobs) {
        screens::notice(model, Level::Problem, &format!("Not changed: {why}"));
        return true;
    }
    let first = words.find('\n').unwrap_or(0);
    sheet::open(model, subject, &words);
    if let Some(sheet) = model.sheet_mut() {
        sheet.edit(|editor| editor.go_to(first));
    }
    true
}

/// The conversation of a new job, and the zone that it is in as far as anybody can say.
fn whose_job(model: &mut Model) -> Option<(ConversationId, String)> {
    let here = model.setup.zone.iana_name().unwrap_or("UTC").to_owned();
    let conversation = selected(model)?.id;
    let contact = &panel(model)?.sheet.as_ref()?.contact;
    let zone = contact.time_zone.clone();
    let zone = zone.or_else(|| zone_hint(contact).map(str::to_owned));
    Some((conversation, zone.unwrap_or(here)))
}

/// Forgets everything that was written of them. The first time it is asked about.
pub(super) fn forget(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(why) = model.relay.lacks(Capability::Contacts) {
        return screens::notice(model, Level::Problem, &format!("Not forgotten: {why}"));
    }
    let key = model.key(Action::ForgetContact);
    let Some(panel) = panel(model) else {
        return;
    };
    let Some(sheet) = &panel.sheet else {
        return;
    };
    let contact = panel.contact;
    let number = sheet.contact.addresses.first();
    let number = number.map_or("", |it| it.as_str()).to_owned();
    let name = sheet.contact.name.clone().unwrap_or(number);
    if !std::mem::replace(&mut panel.forgetting, true) {
        let says = format!(
            "{key} again forgets {name} for everybody, for good: name, notes, labels and fields. \
             Conversations stay, with their numbers"
        );
        return screens::notice(model, Level::Problem, &says);
    }
    panel.forgetting = false;
    effects.push(Effect::ForgetContact { contact, name });
}

/// The relay was asked to forget somebody.
fn forgotten(model: &mut Model, name: &str, refused: Option<&str>, effects: &mut Vec<Effect>) {
    let (level, says) = match refused {
        Some(why) => (Level::Problem, format!("{name} is not forgotten: {why}")),
        None => (Level::Info, format!("{name} is forgotten")),
    };
    screens::notice(model, level, &says);
    reload(model, effects);
}

/// Takes what the disk says of contacts.
pub(super) fn heard(model: &mut Model, told: Told, effects: &mut Vec<Effect>) {
    match told {
        Told::Sheet(sheet) => {
            let asked = panel(model).filter(|it| it.contact == sheet.contact.id);
            if let Some(panel) = asked {
                panel.sheet = Some(*sheet);
            }
            let lines = lines(model).len();
            if let Some(panel) = panel(model) {
                panel.at = panel.at.min(lines.saturating_sub(1));
            }
        }
        Told::Missing(contact) => {
            if panel(model).is_some_and(|it| it.contact == contact) {
                model
                    .overlays
                    .retain(|it| !matches!(it, Overlay::Contact(_)));
            }
            screens::notice(model, Level::Info, "That contact is not here any more");
        }
        Told::Done(contact) => changed(model, contact, effects),
        Told::Forgotten { name, refused } => {
            forgotten(model, &name, refused.as_deref(), effects);
        }
        Told::Cannot(why) => {
            let says = format!("Not merged: {why}");
            screens::notice(model, Level::Problem, &says);
        }
        Told::Turned { way, name, kept } => {
            let says = match (way, &kept) {
                (Way::Undo, None) => format!("{name}: undone · Z redoes"),
                (Way::Redo, None) => format!("{name}: redone · z undoes"),
                (_, Some(why)) => format!("{name} stays: {why}"),
            };
            let level = kept.map_or(Level::Info, |_| Level::Problem);
            screens::notice(model, level, &says);
            reload(model, effects);
        }
        Told::Refused(problem) => {
            let says = format!("Not changed: {}", problem.detail);
            screens::notice(model, Level::Problem, &says);
            reload(model, effects);
        }
    }
}

fn changed(model: &mut Model, contact: ContactId, effects: &mut Vec<Effect>) {
    if panel(model).is_some_and(|it| it.contact != contact) {
        return;
    }
    reload(model, effects);
}

/// Names are on many screens.
pub(super) fn reload(model: &mut Model, effects: &mut Vec<Effect>) {
    if let Some(timeline) = model.timeline.as_mut() {
        timeline.refresh();
    }
    model.roster.refresh();
    look_again(model, effects);
}

/// Something was changed that the panel may show.
pub(super) fn look_again(model: &mut Model, effects: &mut Vec<Effect>) {
    let shown = panel(model).map(|it| it.contact);
    effects.extend(shown.map(|contact| Effect::Contact(Ask::Load(contact))));
}

/// What the panel says where nobody has filled a zone in.
pub(crate) fn hint(panel: &Panel) -> Option<String> {
    zone_guess(&panel.sheet.as_ref()?.contact)
}
