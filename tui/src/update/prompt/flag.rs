//! Why a conversation wants attention.

use super::{Accepted, whom};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::batch::Target;
use crate::model::prompt::{Marks, Offer};
use crate::model::triage::Act;
use crate::update::triage;
use smsdesk_common::triage::unfit_reason;

/// Words only: every reason is its own.
pub(super) fn offer(model: &Model, targets: &[Target]) -> Offer {
    Offer {
        title: format!("Flag {}: why?", whom(model, targets)),
        about: "a few words for whoever looks next; nothing flags it without a reason".to_owned(),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Flags it.
pub(super) fn accept(
    model: &mut Model,
    targets: &[Target],
    text: &str,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let reason = Some(text.to_owned()).filter(|text| !text.is_empty());
    if let Some(why) = reason.as_deref().and_then(unfit_reason) {
        return Accepted::Refused(format!("not taken: the reason {why}"));
    }
    triage::act_on(model, targets, Act::FlagBecause(reason), effects);
    Accepted::Closed
}
