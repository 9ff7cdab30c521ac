//! The list of templates, and what is changed of one.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{Candidate, Marks, Offer, Prompt, PromptKind, Value};
use crate::model::sheet::Subject;
use crate::model::template_edit::{Part, Write, content};
use crate::update::template::{candidate, template_of};
use crate::update::{screens, sheet};
use smsdesk_common::template::{Template, is_language};

/// Lists every template.
pub(in crate::update) fn list(model: &mut Model, effects: &mut Vec<Effect>) {
    model.templates.asked = None;
    effects.push(Effect::LoadTemplates);
    open(model, PromptKind::Templates);
}

/// Every template that the text leaves, and what was typed as the name of a new one.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    let shelf = &model.templates.shelf;
    let is_new = !text.is_empty() && !shelf.heads.iter().any(|head| head.name == text);
    Offer {
        title: "Templates of the desk".to_owned(),
        about: "Enter edits, renames or deletes it · a new name makes one".to_owned(),
        ready: shelf.find(text).into_iter().map(candidate).collect(),
        otherwise: is_new.then(|| Candidate {
            label: text.to_owned(),
            hint: "a new template".to_owned(),
            value: Value::Text(text.to_owned()),
        }),
        ..Offer::default()
    }
}

/// Goes on with the one that is chosen.
pub(super) fn accept(model: &mut Model, chosen: Option<&Candidate>) -> Accepted {
    let Some(chosen) = chosen else {
        return Accepted::Refused("expected the name of a template, or of a new one".to_owned());
    };
    if let Value::Text(name) = &chosen.value {
        let name = name.clone();
        sheet::open(model, Subject::NewTemplate { name }, "");
        return Accepted::Closed;
    }
    let read = template_of(chosen).and_then(|id| model.templates.get(id));
    let Some(template) = read.cloned().map(Box::new) else {
        return Accepted::Refused("it is being read: Enter again".to_owned());
    };
    open(model, PromptKind::TemplateParts { template });
    Accepted::Closed
}

/// What can be done to a template.
pub(super) fn parts(template: &Template) -> Offer {
    let listed = Part::ALL.iter().map(|(_, does)| Candidate {
        label: (*does).to_owned(),
        hint: String::new(),
        value: Value::Text((*does).to_owned()),
    });
    Offer {
        title: format!("Template {}", template.name),
        about: "what is to be done to it".to_owned(),
        listed: listed.collect(),
        ..Offer::default()
    }
}

/// Asks for the part that is chosen.
pub(super) fn choose_part(
    model: &mut Model,
    template: &Template,
    chosen: Option<&Candidate>,
) -> Accepted {
    let label = chosen.map(|chosen| chosen.label.as_str());
    let part = Part::ALL.iter().find(|(_, does)| Some(*does) == label);
    let Some((part, _)) = part else {
        return Accepted::Refused("expected one of what is listed".to_owned());
    };
    let text = match part {
        Part::Words => {
            write(model, template, None);
            return Accepted::Closed;
        }
        Part::Name => template.name.clone(),
        Part::Shortcut => template.shortcut.clone().unwrap_or_default(),
        Part::Folder => template.folder.clone().unwrap_or_default(),
        Part::Language | Part::Everything => String::new(),
    };
    let kind = PromptKind::TemplatePart {
        template: Box::new(template.clone()),
        part: *part,
    };
    let prompt = Prompt::with_text(kind, &text);
    model.overlays.push(Overlay::Prompt(Box::new(prompt)));
    Accepted::Closed
}

/// The line for one part.
pub(super) fn part(template: &Template, part: Part) -> Offer {
    let name = &template.name;
    let (title, about) = match part {
        Part::Words | Part::Language => (
            format!("Languages of {name}"),
            "one of these, or the tag of a new one, such as es or pt-BR",
        ),
        Part::Name => (format!("Rename {name}"), "its new name"),
        Part::Shortcut => (format!("Short name of {name}"), "a word; empty for none"),
        Part::Folder => (
            format!("Folder of {name}"),
            "where it is kept; empty for nowhere",
        ),
        Part::Everything => (
            format!("Delete {name}?"),
            "y deletes it for everybody · Esc keeps it",
        ),
    };
    let tags = template.translations.keys().map(|tag| Candidate {
        label: tag.clone(),
        hint: String::new(),
        value: Value::Text(tag.clone()),
    });
    let listed = match part {
        Part::Language => tags.collect(),
        _ => Vec::new(),
    };
    Offer {
        title,
        about: about.to_owned(),
        listed,
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Lays the words of a template on a sheet.
fn write(model: &mut Model, template: &Template, language: Option<String>) {
    let words = match &language {
        Some(tag) => template.translations.get(tag).map_or("", String::as_str),
        None => &template.body,
    };
    let template = Box::new(template.clone());
    let subject = Subject::Template { template, language };
    sheet::open(model, subject, words);
}

/// Goes on with a language that is there, or a new one.
fn accept_language(
    model: &mut Model,
    template: &Template,
    text: &str,
    chosen: Option<&Candidate>,
) -> Accepted {
    let tag = chosen.map_or(text, |chosen| chosen.label.as_str());
    if !is_language(tag) {
        return Accepted::Refused("expected a language tag such as es or pt-BR".to_owned());
    }
    // However it is written, it is the one that is there.
    let held = template.translations.keys();
    let mut held = held.filter(|held| held.eq_ignore_ascii_case(tag));
    let tag = held.next().map_or(tag, String::as_str).to_owned();
    write(model, template, Some(tag));
    Accepted::Closed
}

/// Asks the relay for the change.
pub(super) fn accept_part(
    model: &mut Model,
    (template, part): (&Template, Part),
    (text, chosen): (&str, Option<&Candidate>),
    effects: &mut Vec<Effect>,
) -> Accepted {
    let mut content = content(template);
    let or_none = || Some(text.to_owned()).filter(|text| !text.is_empty());
    match part {
        Part::Words | Part::Language => return accept_language(model, template, text, chosen),
        Part::Name if text.is_empty() => {
            return Accepted::Refused("expected a name".to_owned());
        }
        Part::Name => text.clone_into(&mut content.name),
        Part::Shortcut => content.shortcut = or_none(),
        Part::Folder => content.folder = or_none(),
        Part::Everything if !matches!(text, "y" | "yes") => {
            return Accepted::Refused("y deletes it, Esc keeps it".to_owned());
        }
        Part::Everything => {
            let write = Write::Delete {
                template: template.id,
                if_seq: template.seq,
                name: template.name.clone(),
            };
            effects.push(Effect::WriteTemplate(Box::new(write)));
            return Accepted::Closed;
        }
    }
    let write = Write::Replace {
        template: template.id,
        if_seq: template.seq,
        content,
    };
    effects.push(Effect::WriteTemplate(Box::new(write)));
    Accepted::Closed
}

/// The relay has answered.
pub(in crate::update) fn written(model: &mut Model, write: &Write, refused: Option<&str>) {
    // What could not be saved stays where it was written, with the reason.
    if sheet::written(model, write, refused) && refused.is_some() {
        return;
    }
    let name = write.name();
    let (level, says) = match (write, refused) {
        (_, Some(why)) => (
            Level::Problem,
            format!("Template {name} was not changed: {why}"),
        ),
        (Write::Make(_), None) => (Level::Info, format!("Template {name} is there")),
        (Write::Replace { .. }, None) => (Level::Info, format!("Template {name} is changed")),
        (Write::Delete { .. }, None) => (Level::Info, format!("Template {name} is deleted")),
    };
    screens::notice(model, level, &says);
}
