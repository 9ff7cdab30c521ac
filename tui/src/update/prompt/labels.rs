//! Which labels conversations are to have. Several can be turned over before the answer is taken.

use super::{Accepted, held, whom};
use crate::action::Action;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::batch::Target;
use crate::model::prompt::{Candidate, Marks, Offer, Prompt, PromptKind, Value};
use crate::model::triage::Act;
use crate::update::triage;
use smsdesk_common::triage::{tidy, unfit};

/// The labels that it has, then those that are in use elsewhere, then what was typed as a new one.
pub(super) fn offer(model: &Model, targets: &[Target], toggled: &[String], text: &str) -> Offer {
    let has = labels_of(model, targets);
    let mut all = has.clone();
    let others = model.directory.labels.iter().chain(toggled);
    for label in others {
        if !all.contains(label) {
            all.push(label.clone());
        }
    }
    let is_new = !text.is_empty() && !all.iter().any(|label| label == text);
    let listed = all.into_iter().map(|label| {
        let hint = match (has.contains(&label), toggled.contains(&label)) {
            (true, false) => "✓ has it",
            (false, true) => "✓ will have it",
            (true, true) => "will lose it",
            (false, false) => "",
        };
        Candidate {
            hint: hint.to_owned(),
            value: Value::Text(label.clone()),
            label,
        }
    });
    Offer {
        title: format!("Labels of {}", whom(model, targets)),
        about: format!(
            "a comma turns one over and goes on, {} turns it over and is the end",
            model.key(Action::AcceptPrompt)
        ),
        listed: listed.collect(),
        otherwise: is_new.then(|| Candidate {
            label: text.to_owned(),
            hint: "a new label".to_owned(),
            value: Value::Text(text.to_owned()),
        }),
        marks: Marks::OnceTyped,
        ..Offer::default()
    }
}

/// Turns the chosen one over and stays.
pub(super) fn go_on(prompt: &mut Prompt) {
    let chosen = prompt.chosen().and_then(|chosen| match &chosen.value {
        Value::Text(label) => Some(label.clone()),
        _ => None,
    });
    let Some(label) = chosen else {
        return;
    };
    if let Some(why) = unfit(std::slice::from_ref(&label)) {
        prompt.refuse(said(&why));
        return;
    }
    prompt.clear();
    if let PromptKind::Labels { toggled, .. } = prompt.kind_mut() {
        turn_over(toggled, label);
    }
}

/// Turns the chosen one over, and does all that was turned over.
pub(super) fn accept(
    model: &mut Model,
    targets: &[Target],
    toggled: &[String],
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let mut toggled = toggled.to_vec();
    if let Some(Candidate {
        value: Value::Text(label),
        ..
    }) = chosen
    {
        turn_over(&mut toggled, label.clone());
    }
    if toggled.is_empty() {
        return Accepted::Closed;
    }
    let has = labels_of(model, targets);
    let (off, on): (Vec<String>, Vec<String>) =
        toggled.into_iter().partition(|label| has.contains(label));
    for target in targets {
        let held = held(model, target.conversation);
        let held = held.map_or_else(Vec::new, |held| held.labels.clone());
        let kept = held.into_iter().filter(|label| !off.contains(label));
        let after: Vec<String> = kept.chain(on.iter().cloned()).collect();
        if let Some(why) = unfit(&tidy(&after)) {
            return Accepted::Refused(said(&why));
        }
    }
    triage::act_on(model, targets, Act::Label { on, off }, effects);
    Accepted::Closed
}

/// The labels that all of them have.
fn labels_of(model: &Model, targets: &[Target]) -> Vec<String> {
    let mut each = targets
        .iter()
        .map(|it| held(model, it.conversation).map_or(&[][..], |held| &held.labels));
    let mut has = each.next().map_or_else(Vec::new, <[String]>::to_vec);
    for labels in each {
        has.retain(|label| labels.contains(label));
    }
    has
}

fn turn_over(toggled: &mut Vec<String>, label: String) {
    let before = toggled.len();
    toggled.retain(|other| *other != label);
    if toggled.len() == before {
        toggled.push(label);
    }
}

fn said(why: &str) -> String {
    format!("not taken: the conversation {why}")
}
