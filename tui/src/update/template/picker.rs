//! The picker of templates: what it lists, and what choosing puts into the text.

use super::compose;
use crate::action::Action;
use crate::effect::Effect;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::{Candidate, Offer, Prompt, PromptKind, Value};
use crate::model::roster::Step;
use crate::model::templates::{AskedBy, Chosen, Head, Shelf, fill, whom};
use crate::update::prompt::Accepted;
use crate::update::screens;
use smsdesk_common::ids::TemplateId;
use smsdesk_common::template::Template;

/// A character was typed: a slash that is the first on its line asks for a template, too.
pub(in crate::update) fn typed(model: &mut Model, c: char, effects: &mut Vec<Effect>) {
    // Where there can be none a slash is a slash.
    let none = model.lacks(Action::Template).is_some();
    if c != '/' || none || model.context() != Context::Composer {
        return;
    }
    let first = model.composer().is_some_and(|composer| {
        let editor = composer.editor();
        let before = editor.text()[..editor.cursor()].strip_suffix('/');
        before.is_some_and(|before| before.is_empty() || before.ends_with('\n'))
    });
    if first {
        open(model, AskedBy::Slash, effects);
    }
}

/// Opens the picker for the text that is being written.
pub(in crate::update) fn open(model: &mut Model, asked_by: AskedBy, effects: &mut Vec<Effect>) {
    let Some(conversation) = compose::shown(model).filter(|_| !model.writes_note()) else {
        return;
    };
    model.templates.asked = None;
    effects.push(Effect::LoadTemplates);
    let kind = PromptKind::Template {
        conversation,
        asked_by,
    };
    model
        .overlays
        .push(Overlay::Prompt(Box::new(Prompt::new(kind))));
}

/// The templates that the text leaves.
pub(in crate::update) fn offer(model: &Model, text: &str) -> Offer {
    let shelf = &model.templates.shelf;
    let about = match shelf.heads.len() {
        0 => "no templates yet: :templates makes one, `smsdesk template seed` six".to_owned(),
        1 => "Enter puts it in · Esc leaves the text as it is · 1 template".to_owned(),
        all => format!("Enter puts it in · Esc leaves the text as it is · {all} templates"),
    };
    Offer {
        title: "Templates".to_owned(),
        about,
        ready: shelf.find(text).into_iter().map(candidate).collect(),
        ..Offer::default()
    }
}

/// A template in a list.
pub(in crate::update) fn candidate(head: &Head) -> Candidate {
    let used = match head.uses {
        0 => String::new(),
        1 => "used once".to_owned(),
        uses => format!("used {uses} times"),
    };
    let shortcut = head.shortcut.as_ref().map(|name| format!("/{name}"));
    let hints = [head.folder.clone(), shortcut, Some(used)];
    let hints: Vec<String> = hints
        .into_iter()
        .flatten()
        .filter(|it| !it.is_empty())
        .collect();
    Candidate {
        label: head.name.clone(),
        hint: hints.join(" · "),
        value: Value::Template(head.id),
    }
}

/// What there is to choose from was read; words that were read before may be of an older edition.
pub(in crate::update) fn shelf(model: &mut Model, shelf: Shelf) {
    model.templates.shelf = shelf;
    model.templates.asked = None;
}

/// The words of the template that is chosen are read, to be shown before they are put in.
pub(in crate::update) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    let picks = |prompt: &&Prompt| {
        let kind = prompt.kind();
        matches!(kind, PromptKind::Template { .. } | PromptKind::Templates)
    };
    let shown = model.prompt().filter(picks);
    let Some(id) = shown.and_then(Prompt::chosen).and_then(template_of) else {
        return;
    };
    if model.templates.asked != Some(id) {
        model.templates.asked = Some(id);
        effects.push(Effect::LoadTemplate(id));
    }
}

/// The template that a candidate stands for.
pub(in crate::update) fn template_of(candidate: &Candidate) -> Option<TemplateId> {
    match candidate.value {
        Value::Template(id) => Some(id),
        _ => None,
    }
}

/// Puts the words of the chosen template in, now or as soon as the disk has told them.
pub(in crate::update) fn accept(model: &mut Model, prompt: &Prompt) -> Accepted {
    let PromptKind::Template {
        conversation,
        asked_by,
    } = *prompt.kind()
    else {
        return Accepted::Closed;
    };
    let Some(template) = prompt.chosen().and_then(template_of) else {
        return Accepted::Refused("no template is called that · Esc leaves".to_owned());
    };
    let chosen = Chosen {
        template,
        conversation,
        asked_by,
    };
    // Before an answer to this very question the words may be of an older edition.
    match model.templates.get(template).cloned() {
        Some(template) => put_in(model, chosen, &template),
        None => model.templates.chosen = Some(chosen),
    }
    Accepted::Closed
}

/// The words of a template came.
pub(in crate::update) fn words(model: &mut Model, id: TemplateId, template: Option<Box<Template>>) {
    let waits = model.templates.chosen.take_if(|it| it.template == id);
    match (&template, waits) {
        (Some(template), Some(chosen)) => put_in(model, chosen, template),
        (None, Some(_)) => {
            screens::notice(model, Level::Info, "That template is not here any more");
        }
        (_, None) => {}
    }
    model.templates.read = template;
}

fn put_in(model: &mut Model, chosen: Chosen, template: &Template) {
    let conversation = chosen.conversation;
    let company = model.templates.shelf.company.as_deref();
    let contact = whom(model, conversation);
    let me = model.setup.me.as_ref();
    let filled = fill(template, contact.as_deref(), me, company);
    let filled = match filled {
        Ok(filled) => filled,
        Err(error) => {
            let says = format!("Not put in: {error}");
            return screens::notice(model, Level::Problem, &says);
        }
    };
    let composer = model.composers.get_mut(conversation);
    let cursor = composer.editor().cursor();
    let slash = composer.editor().text()[..cursor].ends_with('/');
    if chosen.asked_by == AskedBy::Slash && slash {
        composer.edit(|editor| editor.cut_out(cursor - 1..cursor));
    }
    let start = composer.editor().cursor();
    let inserted = composer.insert(&filled.text);
    let has_fields = !filled.fields.is_empty();
    composer.adopt(template.id, filled.fields);
    if has_fields {
        let end = composer.editor().cursor();
        composer.edit(|editor| editor.go_to(start));
        let to_fill = composer.fields();
        let inside = |start| start < end;
        if to_fill.iter().any(|field| inside(field.range.start)) {
            composer.walk(Step::Next);
        }
    }
    compose::say_if_cut(model, Some(inserted));
}
