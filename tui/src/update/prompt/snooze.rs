//! Until when a conversation is put away.

use super::{Accepted, whom};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::prompt::{Candidate, Offer, Value};
use crate::model::triage::Act;
use crate::model::when;
use crate::update::triage;
use smsdesk_common::ids::ConversationId;

/// What is said where no time can be read.
const UNTIL_WHEN: &str = "until when? such as 2h, 18:00, tue 9, tomorrow 9, reply";

/// What is put away until the customer writes, as it is typed.
const REPLY: &str = "reply";

/// Texts that are offered, in the order of their times.
const PRESETS: [&str; 2] = ["1h", "3h"];

/// The time that was typed, and times that are asked for often.
pub(super) fn offer(model: &Model, conversation: ConversationId, text: &str) -> Offer {
    let presets = PRESETS.iter().filter_map(|text| timed(model, text));
    Offer {
        title: format!("Snooze {} until", whom(model, conversation)),
        about: "such as 2h, 18:00, tue 9, tomorrow 9, reply".to_owned(),
        typed: timed(model, text),
        listed: presets.chain([reply()]).collect(),
        ..Offer::default()
    }
}

/// Puts it away.
pub(super) fn accept(
    model: &mut Model,
    conversation: ConversationId,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Candidate {
        value: Value::Until(until),
        ..
    }) = chosen
    else {
        return Accepted::Refused(UNTIL_WHEN.to_owned());
    };
    triage::put_away(model, conversation, Act::Snooze(*until), effects);
    Accepted::Closed
}

fn timed(model: &Model, text: &str) -> Option<Candidate> {
    let at = when::read(text, model.now, &model.setup.zone)?;
    Some(Candidate {
        label: text.to_owned(),
        hint: at.to_rfc3339(),
        value: Value::Until(Some(at)),
    })
}

fn reply() -> Candidate {
    Candidate {
        label: REPLY.to_owned(),
        hint: "until the customer writes".to_owned(),
        value: Value::Until(None),
    }
}
