//! The customer wants no more texts: refusing to write to them, and writing it down.

use super::{contact, list, screens};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::contact::Ask;
use crate::model::opt_out::Asked;
use crate::model::overlay::Level;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::optout::WISH;

/// Whether nothing may be sent to the customer of a conversation. The words stay as the draft.
pub(super) fn refuses(model: &mut Model, conversation: ConversationId) -> bool {
    if model.opted_out(conversation).is_none() {
        return false;
    }
    let says = model.opt_out_words().unwrap_or_default();
    let says = format!("Not sent. {says}; only they opt in again, by texting START");
    screens::notice(model, Level::Problem, &says);
    true
}

/// Opts the customer of the selected conversation out of all texts. Asks first, unless that was
/// proposed to the agent: nobody here can take it back.
pub(super) fn opt_out(model: &mut Model, effects: &mut Vec<Effect>) {
    list::follow(model, effects);
    let Some(conversation) = contact::selected(model).cloned() else {
        return screens::nobody(model);
    };
    let contact = conversation.contact;
    if contact.0.is_nil() {
        let says = "Nobody is known by this number yet: the first text makes a contact";
        return screens::notice(model, Level::Info, says);
    }
    if model
        .opted_out(conversation.id)
        .is_some_and(|out| out.line.is_none())
    {
        let says = "They are opted out already; only they opt in again, by texting START";
        return screens::notice(model, Level::Info, says);
    }
    let proposed = conversation.flag_reason.as_deref() == Some(WISH);
    let now = model.now;
    let said_yes = model
        .opting_out
        .take()
        .is_some_and(|it| it.stands(contact, now));
    if !proposed && !said_yes {
        model.opting_out = Some(Asked { contact, at: now });
        let says = "No line will text them any more, and only they can take it back, by texting \
                    START: once more to opt them out";
        return screens::notice(model, Level::Problem, says);
    }
    effects.push(Effect::Contact(Ask::OptOut { contact }));
    screens::notice(
        model,
        Level::Info,
        "Opted out: nothing is sent to them any more",
    );
}
