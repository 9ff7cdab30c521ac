//! What a patch makes of a contact: one rule for the relay, which stores it, and for the terminal,
//! which shows it before the relay has answered.

use super::Contact;
use crate::activity::{Activity, ContactChange};
use crate::api::contacts::PatchContact;
use crate::phone::{Address, PhoneError, Region};
use crate::triage::tidy;

/// Carries a patch out; returns what it changed, nothing where all was so already. Addresses that
/// cannot be read leave the list as it is: whoever stores it has looked before.
pub fn apply(patch: &PatchContact, contact: &mut Contact, home: Option<Region>) -> Vec<Activity> {
    let before = contact.clone();
    let trimmed = |field: &mut Option<String>| {
        if let Some(text) = field {
            *text = text.trim().to_owned();
        }
    };
    patch.name.clone().apply(&mut contact.name);
    trimmed(&mut contact.name);
    if let Some(addresses) = &patch.addresses
        && let Ok(addresses) = parse_addresses(addresses, home)
        && !addresses.is_empty()
    {
        contact.addresses = addresses;
    }
    for (name, value) in &patch.fields {
        let name = name.trim();
        match value.as_deref().map(str::trim) {
            Some(value) if !value.is_empty() => {
                contact.fields.insert(name.to_owned(), value.to_owned());
            }
            _ => {
                contact.fields.remove(name);
            }
        }
    }
    patch.notes.clone().apply(&mut contact.notes);
    trimmed(&mut contact.notes);
    if let Some(labels) = &patch.labels {
        contact.labels = tidy(labels);
    }
    patch.time_zone.clone().apply(&mut contact.time_zone);
    patch.language.clone().apply(&mut contact.language);
    differences(&before, contact)
}

/// Reads addresses as people write them; each is kept once, in the order of the list.
///
/// # Errors
/// Which of them cannot be read, counted from 0, and why.
pub fn parse_addresses(
    addresses: &[String],
    home: Option<Region>,
) -> Result<Vec<Address>, (usize, PhoneError)> {
    let mut parsed: Vec<Address> = Vec::with_capacity(addresses.len());
    for (place, text) in addresses.iter().enumerate() {
        let address = Address::parse_dialable(text, home).map_err(|error| (place, error))?;
        if !parsed.contains(&address) {
            parsed.push(address);
        }
    }
    Ok(parsed)
}

/// What was changed, as the conversations of a contact tell it: the name in full, of the rest what
/// it was, for notes and fields may be long.
pub(super) fn differences(before: &Contact, after: &Contact) -> Vec<Activity> {
    let mut did = Vec::new();
    if before.name != after.name {
        let change = ContactChange::Name {
            from: before.name.clone(),
            to: after.name.clone(),
        };
        did.push(Activity::Contact { change });
    }
    let mut fields = Vec::new();
    let mut told = |changed: bool, name: &str| {
        if changed {
            fields.push(name.to_owned());
        }
    };
    told(before.addresses != after.addresses, "addresses");
    told(before.notes != after.notes, "notes");
    told(before.labels != after.labels, "labels");
    told(before.time_zone != after.time_zone, "time zone");
    told(before.language != after.language, "language");
    let mut own: Vec<_> = before.fields.keys().chain(after.fields.keys()).collect();
    own.sort();
    own.dedup();
    for name in own {
        told(before.fields.get(name) != after.fields.get(name), name);
    }
    if !fields.is_empty() {
        let change = ContactChange::Fields { fields };
        did.push(Activity::Contact { change });
    }
    did
}
