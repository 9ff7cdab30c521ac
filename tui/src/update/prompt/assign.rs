//! Who is to own conversations.

use super::{Accepted, common, whom};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::batch::Target;
use crate::model::prompt::{Candidate, Offer, Value};
use crate::model::triage::Act;
use crate::update::triage;
use smsdesk_common::ids::AgentId;

/// I, the colleagues by name, nobody.
pub(super) fn offer(model: &Model, targets: &[Target]) -> Offer {
    let owner = common(model, targets, |held| held.assignee);
    let me = model.setup.me.as_ref();
    let others = model.directory.active();
    let others = others.filter(|agent| me.is_none_or(|me| me.id != agent.id));
    let candidate = |label: &str, hint: &str, id: Option<AgentId>| Candidate {
        label: label.to_owned(),
        hint: match (hint, owner == Some(id)) {
            (hint, false) => hint.to_owned(),
            ("", true) => "owns it".to_owned(),
            (hint, true) => format!("{hint} · as it is"),
        },
        value: Value::Agent(id),
    };
    let mine = me.map(|me| candidate(&me.name, "you", Some(me.id)));
    let others = others.map(|agent| candidate(&agent.name, "", Some(agent.id)));
    let nobody = candidate("nobody", "for whoever comes first", None);
    Offer {
        title: format!("Assign {} to", whom(model, targets)),
        about: "a name, or nobody".to_owned(),
        listed: mine.into_iter().chain(others).chain([nobody]).collect(),
        ..Offer::default()
    }
}

/// Gives it to them.
pub(super) fn accept(
    model: &mut Model,
    targets: &[Target],
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Candidate {
        value: Value::Agent(to),
        ..
    }) = chosen
    else {
        return Accepted::Refused("nobody of that name works here".to_owned());
    };
    triage::act_on(model, targets, Act::Assign(*to), effects);
    Accepted::Closed
}
