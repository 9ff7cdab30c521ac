//! The list of rules: what each does and how often it was meant, its switch, and the way to the text
//! of all of them in the agent's own editor.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::event::Edited;
use crate::model::Model;
use crate::model::lent::{Lent, Whose};
use crate::model::overlay::Level;
use crate::model::prompt::{Candidate, Offer, PromptKind, Value};
use crate::model::rules::{Draft, Kept};
use crate::update::{editor, screens};
use smsdesk_common::agent::Role;
use smsdesk_common::rule::{Definition, Reply, Rule, conflicts, parse, set_enabled};

/// The candidate that stands for the text of all rules.
const EDIT: &str = "edit the rules";

/// Lists every rule.
pub(in crate::update) fn list(model: &mut Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::LoadRules);
    open(model, PromptKind::Rules);
}

/// The rules that the text leaves, behind the way to all of them.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    let rules = &model.rules;
    let about = match (&rules.kept, rules.all.is_empty()) {
        (Some(kept), _) => format!("not saved yet: {}", kept.why),
        (None, true) => "no rules yet: Enter opens some to begin with in your editor".to_owned(),
        (None, false) => "Enter switches a rule on or off, or opens them in your editor".to_owned(),
    };
    let edit = Candidate {
        label: EDIT.to_owned(),
        hint: "the text of all rules, in your own editor".to_owned(),
        value: Value::Text(EDIT.to_owned()),
    };
    let found = rules.find(text);
    let first = (text.is_empty() || found.is_empty()).then_some(edit);
    Offer {
        title: "Rules of the desk".to_owned(),
        about,
        ready: first
            .into_iter()
            .chain(found.into_iter().map(candidate))
            .collect(),
        ..Offer::default()
    }
}

fn candidate(rule: &Rule) -> Candidate {
    let says = &rule.says;
    let state = if says.enabled { "on" } else { "off" };
    let hits = match rule.hits {
        0 => "no hits".to_owned(),
        1 => "1 hit".to_owned(),
        hits => format!("{hits} hits"),
    };
    let does = does(says).join(", ");
    Candidate {
        label: says.name.clone(),
        hint: format!("{state} · {} · {hits} · {does}", says.priority),
        value: Value::Text(says.name.clone()),
    }
}

/// What a rule does, in words.
fn does(says: &Definition) -> Vec<&'static str> {
    let by_ai = says.reply == Some(Reply::Ai);
    let does = [
        (by_ai, "replies by AI"),
        (says.reply.is_some() && !by_ai, "replies"),
        (says.flag.is_some(), "flags"),
        (!says.labels.is_empty(), "labels"),
        (says.assign.is_some(), "assigns"),
        (says.snooze_minutes.is_some(), "snoozes"),
        (says.stop, "stops"),
    ];
    let done = does.into_iter().filter(|(does, _)| *does);
    done.map(|(_, word)| word).collect()
}

/// Switches the rule that is chosen, or hands all of them to the editor.
pub(super) fn accept(
    model: &mut Model,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Value::Text(name)) = chosen.map(|chosen| &chosen.value) else {
        return Accepted::Refused("expected one of the rules".to_owned());
    };
    if model.setup.me.as_ref().map(|me| me.role) != Some(Role::Admin) {
        return Accepted::Refused("only an admin may change rules".to_owned());
    }
    let found = model.rules.all.iter().find(|rule| rule.says.name == *name);
    let Some(rule) = found else {
        edit(model, effects);
        return Accepted::Closed;
    };
    let held = model.rules.held();
    let turned = set_enabled(&held.text, name, !rule.says.enabled);
    let Some(text) = turned else {
        return Accepted::Refused("its switch was not found: edit the rules".to_owned());
    };
    let draft = Draft { text, ..held };
    effects.push(Effect::WriteRules(Box::new(draft)));
    Accepted::Closed
}

/// Hands the text to the agent's own editor.
fn edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let draft = model.rules.draft();
    let if_seq = draft.if_seq;
    let (whose, text) = (Whose::Rules { if_seq }, draft.text.clone());
    model.rules.lent = Some(draft);
    editor::lend(model, Lent { whose, text }, effects);
}

/// The editor has ended. What it left is checked before it goes to the relay, and kept where it cannot
/// be saved.
pub(in crate::update) fn edited(model: &mut Model, edited: Edited, effects: &mut Vec<Effect>) {
    let Some(lent) = model.rules.lent.take() else {
        return;
    };
    let text = match edited {
        Edited::Words(text) => text,
        Edited::Nothing(why) => {
            let says = format!("The rules stay as they were. Your editor: {why}");
            return screens::notice(model, Level::Problem, &says);
        }
    };
    let is_new = model.rules.all.is_empty() || model.rules.kept.is_some();
    if text == lent.text && !is_new {
        return screens::notice(model, Level::Info, "Nothing was changed");
    }
    let draft = Draft { text, ..lent };
    match parse(&draft.text) {
        Ok(_) => {
            // Whatever becomes of the app or of the relay's answer, it is on the disk.
            keep(model, &draft, "the relay has not answered", effects);
            effects.push(Effect::WriteRules(Box::new(draft)));
        }
        Err(errors) => {
            let more = match errors.len() {
                0 | 1 => String::new(),
                all => format!(" · and {} more", all - 1),
            };
            let first = errors.first().map(ToString::to_string).unwrap_or_default();
            refuse(model, &draft, &format!("{first}{more}"), effects);
        }
    }
}

/// A text that could not be saved is kept, to be gone on with.
fn refuse(model: &mut Model, draft: &Draft, why: &str, effects: &mut Vec<Effect>) {
    let says = format!("Rules not saved: {why} · :rules goes on editing them");
    screens::notice(model, Level::Problem, &says);
    keep(model, draft, why, effects);
}

fn keep(model: &mut Model, draft: &Draft, why: &str, effects: &mut Vec<Effect>) {
    let kept = Kept {
        draft: draft.clone(),
        why: why.to_owned(),
    };
    effects.push(Effect::KeepRules(Some(Box::new(kept.clone()))));
    model.rules.kept = Some(kept);
}

/// The relay has answered.
pub(in crate::update) fn written(
    model: &mut Model,
    draft: &Draft,
    refused: Option<String>,
    effects: &mut Vec<Effect>,
) {
    let kept = model.rules.kept.as_ref();
    // A switch that was turned says nothing of a text that waits to be gone on with.
    let is_other = kept.is_some_and(|kept| kept.draft.text != draft.text);
    if let Some(why) = refused {
        let why = why.lines().next().unwrap_or_default();
        if is_other {
            let says = format!("Rules not saved: {why}");
            return screens::notice(model, Level::Problem, &says);
        }
        return refuse(model, draft, why, effects);
    }
    if kept.is_some() && !is_other {
        model.rules.kept = None;
        effects.push(Effect::KeepRules(None));
    }
    let written = parse(&draft.text).unwrap_or_default();
    let on = written
        .iter()
        .filter(|rule| rule.definition.enabled)
        .count();
    let conflicts = conflicts(&written);
    let says = match conflicts.first() {
        None => format!("Rules saved: {on} of {} are on", written.len()),
        Some(first) => format!("Rules saved, but {first}"),
    };
    screens::notice(model, Level::Info, &says);
}
