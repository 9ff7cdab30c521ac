//! What a field of a contact is to hold.

use super::Accepted;
use crate::effect::Effect;
use crate::model::Model;
use crate::model::contact::{Ask, Field};
use crate::model::prompt::{Marks, Offer};
use smsdesk_common::contact::{parse_addresses, unfit};
use smsdesk_common::ids::ContactId;

/// Words only.
pub(super) fn offer(model: &Model, field: &Field) -> Offer {
    let whose = model.overlays.iter().find_map(|it| match it {
        crate::model::overlay::Overlay::Contact(panel) => panel.sheet.as_ref(),
        _ => None,
    });
    let name = whose.and_then(|sheet| sheet.contact.name.as_deref());
    Offer {
        title: match name {
            Some(name) => format!("{} of {name}", field.title()),
            None => field.title().to_owned(),
        },
        about: field.expects().to_owned(),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Asks for the change; what cannot be kept is said at once.
pub(super) fn accept(
    model: &Model,
    contact: ContactId,
    field: &Field,
    text: &str,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let mut patch = match field.patch(text) {
        Ok(patch) => patch,
        Err(why) => return Accepted::Refused(why),
    };
    if let Some(addresses) = &mut patch.addresses {
        match parse_addresses(addresses, model.setup.home) {
            Ok(read) if read.is_empty() => {
                return Accepted::Refused("expected at least one number".to_owned());
            }
            // What is asked of the relay means the same wherever it is.
            Ok(read) => *addresses = read.iter().map(|it| it.as_str().to_owned()).collect(),
            Err((place, why)) => {
                return Accepted::Refused(format!("number {}: {why}", place + 1));
            }
        }
    }
    if let Some(why) = unfit(&patch.details()) {
        return Accepted::Refused(why);
    }
    let patch = Box::new(patch);
    effects.push(Effect::Contact(Ask::Edit { contact, patch }));
    Accepted::Closed
}
