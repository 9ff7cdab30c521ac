//! The list of templates, and what is changed of one.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{
    Candidate, Marks, Offer, PROMPT_CHARACTERS_MAX, Prompt, PromptKind, Value,
};
use crate::model::template_edit::{Part, Write, content, from_line, to_line};
use crate::update::screens;
use crate::update::template::{candidate, template_of};
use smsdesk_common::api::templates::TemplateContent;
use smsdesk_common::template::{Template, check};

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
        open(model, PromptKind::NewTemplate { name });
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
        Part::Words => to_line(&template.body),
        Part::Name => template.name.clone(),
        Part::Shortcut => template.shortcut.clone().unwrap_or_default(),
        Part::Folder => template.folder.clone().unwrap_or_default(),
        Part::Everything => String::new(),
    };
    if text.chars().count() > PROMPT_CHARACTERS_MAX {
        let name = &template.name;
        return Accepted::Refused(format!(
            "its words are too long for this line: smsdesk template edit {name:?} --text -"
        ));
    }
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
        Part::Words => (format!("Words of {name}"), WORDS),
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
    Offer {
        title,
        about: about.to_owned(),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

const WORDS: &str = "variables such as {{ contact.first_name }} · \\n begins a line · Enter saves";

/// Asks the relay for the change.
pub(super) fn accept_part(
    template: &Template,
    part: Part,
    text: &str,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let mut content = content(template);
    let or_none = || Some(text.to_owned()).filter(|text| !text.is_empty());
    match part {
        Part::Words => match words(text) {
            Ok(body) => content.body = body,
            Err(why) => return Accepted::Refused(why),
        },
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

/// The line for the words of a new one.
pub(super) fn new(name: &str) -> Offer {
    Offer {
        title: format!("Words of {name}"),
        about: WORDS.to_owned(),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Asks the relay for a new one.
pub(super) fn accept_new(name: &str, text: &str, effects: &mut Vec<Effect>) -> Accepted {
    match words(text) {
        Ok(body) => {
            let name = name.to_owned();
            let make = TemplateContent {
                name,
                body,
                ..TemplateContent::default()
            };
            effects.push(Effect::WriteTemplate(Box::new(Write::Make(make))));
            Accepted::Closed
        }
        Err(why) => Accepted::Refused(why),
    }
}

/// The words in a line, or what is wrong with them and where.
fn words(line: &str) -> Result<String, String> {
    let words = from_line(line);
    if words.trim().is_empty() {
        return Err("expected some words".to_owned());
    }
    check(&words).map_err(|error| error.to_string())?;
    Ok(words)
}

/// The relay has answered.
pub(in crate::update) fn written(model: &mut Model, write: &Write, refused: Option<&str>) {
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
    let Some(_) = refused else {
        return;
    };
    // What was written is not lost: it stands in its line again, where nothing else is asked.
    let again = match write {
        Write::Make(content) => {
            let name = content.name.clone();
            let kind = PromptKind::NewTemplate { name };
            Some((kind, to_line(&content.body)))
        }
        Write::Replace {
            template, content, ..
        } => model.templates.get(*template).and_then(|held| {
            let template = Box::new(held.clone());
            let part = Part::Words;
            let changed = held.body != content.body;
            let kind = PromptKind::TemplatePart { template, part };
            changed.then(|| (kind, to_line(&content.body)))
        }),
        Write::Delete { .. } => None,
    };
    if let Some((kind, text)) = again.filter(|_| model.overlays.is_empty()) {
        let mut prompt = Prompt::with_text(kind, &text);
        prompt.refuse(refused.unwrap_or_default().to_owned());
        model.overlays.push(Overlay::Prompt(Box::new(prompt)));
    }
}
