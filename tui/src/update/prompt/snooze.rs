//! Until when a conversation is put away.

use super::{Accepted, whom};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::batch::{Target, Wish};
use crate::model::macros::REPLY;
use crate::model::prompt::{Candidate, Offer, Value};
use crate::model::triage::Act;
use crate::model::when;
use crate::update::triage;
use smsdesk_common::time::Timestamp;

/// What is said where no time can be read.
const UNTIL_WHEN: &str = "until when? such as 2h, 18:00, tue 9, tomorrow 9, reply";

/// The time that was typed, and times that are asked for often.
pub(super) fn offer(model: &Model, targets: &[Target], text: &str) -> Offer {
    let zone = &model.setup.zone;
    let typed = when::read(text, model.now, zone).map(|at| timed(model, text, at));
    let presets = when::presets(model.now, zone);
    let presets = presets
        .into_iter()
        .filter(|(label, _)| *label != text)
        .map(|(label, at)| timed(model, label, at));
    Offer {
        title: format!("Snooze {} until", whom(model, targets)),
        about: "such as 2h, 18:00, tue 9, tomorrow 9, reply".to_owned(),
        typed,
        listed: presets.chain([reply()]).collect(),
        ..Offer::default()
    }
}

/// Puts it away.
pub(super) fn accept(
    model: &mut Model,
    targets: &[Target],
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Candidate {
        value: Value::Until(until),
        label,
        ..
    }) = chosen
    else {
        return Accepted::Refused(UNTIL_WHEN.to_owned());
    };
    let act = Act::Snooze(*until);
    let wish = match until {
        Some(_) => Wish::SnoozeUntil(label.clone()),
        None => Wish::Act(act.clone()),
    };
    triage::put_away(model, targets, (act, wish), effects);
    Accepted::Closed
}

fn timed(model: &Model, text: &str, at: Timestamp) -> Candidate {
    Candidate {
        label: text.to_owned(),
        hint: when::told_in_full(at, model.now, &model.setup.zone),
        value: Value::Until(Some(at)),
    }
}

fn reply() -> Candidate {
    Candidate {
        label: REPLY.to_owned(),
        hint: "until the customer writes".to_owned(),
        value: Value::Until(None),
    }
}
