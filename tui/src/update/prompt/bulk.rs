//! To whom a text to many goes, and what it says.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::bulk::{Says, Whom};
use crate::model::list::View;
use crate::model::prompt::{Candidate, Offer, PromptKind, Value};
use crate::model::sheet::Subject;
use crate::update::template::{candidate, template_of};
use crate::update::{bulk, marks, sheet};
use smsdesk_common::filter::Filter;

fn one(label: String, hint: &str, whom: Whom) -> Candidate {
    Candidate {
        label,
        hint: hint.to_owned(),
        value: Value::Whom(whom),
    }
}

/// Those who are selected, what the list shows, each label; a text is a filter.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    let mut listed = Vec::new();
    if !model.marks.is_empty() {
        let those = marks::targets(model)
            .iter()
            .map(|it| it.conversation)
            .collect();
        let whom = Whom::Conversations(those);
        listed.push(one(whom.words(), "those that are selected", whom));
    }
    if let Some(filter) = shown(model) {
        listed.push(one(
            filter.clone(),
            "what the list shows",
            Whom::Filter(filter),
        ));
    }
    for label in &model.directory.labels {
        let whom = Whom::Label(label.clone());
        listed.push(one(label.clone(), "everybody with this label", whom));
    }
    Offer {
        title: "Text many".to_owned(),
        about:
            "a label, or a filter such as is:open label:vip · nobody is texted before you say so"
                .to_owned(),
        listed,
        otherwise: filter(text).map(|filter| {
            let hint = "every conversation that this filter means";
            one(filter.clone(), hint, Whom::Filter(filter))
        }),
        ..Offer::default()
    }
}

/// What was typed as a filter that means something.
fn filter(text: &str) -> Option<String> {
    let filter = Filter::parse(text).ok()?;
    (!filter.is_nothing()).then(|| filter.to_string())
}

/// What the list shows, as a filter; none for everything.
fn shown(model: &Model) -> Option<String> {
    let listing = model.roster.listing();
    let view = match listing.view {
        View::Saved(number) => model.setup.saved.get(number.index())?.filter.clone(),
        built_in => built_in.filter(),
    };
    filter(&format!("{view} {}", listing.narrowed))
}

/// Goes on with those who are chosen.
pub(super) fn accept(model: &mut Model, text: &str, chosen: Option<&Candidate>) -> Accepted {
    let Some(Value::Whom(whom)) = chosen.map(|chosen| &chosen.value) else {
        let why = match Filter::parse(text) {
            Err(error) => error.to_string(),
            Ok(_) => "expected a label or a filter; none would mean everybody".to_owned(),
        };
        return Accepted::Refused(why);
    };
    let whom = whom.clone();
    open(model, PromptKind::BulkWords { whom });
    Accepted::Closed
}

/// Every template that the text leaves, and a sheet for words of one's own.
pub(super) fn offer_words(model: &Model, whom: &Whom, text: &str) -> Offer {
    let own = if text.is_empty() {
        "write it".to_owned()
    } else {
        text.to_owned()
    };
    let shelf = &model.templates.shelf;
    Offer {
        title: format!("Text to {}", whom.words()),
        about: "a template, or words of your own on a sheet".to_owned(),
        ready: shelf.find(text).into_iter().map(candidate).collect(),
        otherwise: Some(Candidate {
            label: own,
            hint: "words of your own".to_owned(),
            value: Value::Text(text.to_owned()),
        }),
        ..Offer::default()
    }
}

/// Counts with the template that is chosen, or opens the sheet.
pub(super) fn accept_words(
    model: &mut Model,
    whom: &Whom,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(chosen) = chosen else {
        return Accepted::Refused("expected a template, or words".to_owned());
    };
    let whom = whom.clone();
    match template_of(chosen) {
        Some(id) => {
            let name = chosen.label.clone();
            bulk::prepare(model, whom, Says::Template { id, name }, effects);
        }
        None => {
            let words = match &chosen.value {
                Value::Text(words) => words.clone(),
                _ => String::new(),
            };
            sheet::open(model, Subject::Broadcast { whom }, &words);
        }
    }
    Accepted::Closed
}
