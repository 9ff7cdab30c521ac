//! Two contacts that are one person become one record, and two again.

use super::check::{ADDRESSES_MAX, FIELDS_MAX, NOTES_CHARACTERS_MAX};
use super::{Contact, OptOut, Place};
use crate::triage::{LABELS_MAX, tidy};
use serde::{Deserialize, Serialize};

/// A merge as it was carried out: what takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The one that stays, as it was before.
    pub before: Contact,
    /// The one that was taken in.
    pub other: Contact,
    /// What came of it.
    pub merged: Contact,
}

/// `kept` with all that `other` has: where both hold something, `kept` wins, and notes stand below
/// each other.
///
/// # Errors
/// Together they hold more than one contact can; in words.
pub fn merge(kept: &Contact, other: &Contact) -> Result<Contact, String> {
    let mut merged = kept.clone();
    let theirs = other.addresses.iter();
    let new = theirs.filter(|address| !kept.addresses.contains(address));
    merged.addresses.extend(new.cloned());
    merged.name = kept.name.clone().or_else(|| other.name.clone());
    if merged.place == Place::default() {
        merged.place = other.place.clone();
    }
    for (name, value) in &other.fields {
        let held = merged.fields.entry(name.clone());
        held.or_insert_with(|| value.clone());
    }
    merged.notes = match (&kept.notes, &other.notes) {
        (Some(ours), Some(theirs)) if ours != theirs => Some(format!("{ours}\n{theirs}")),
        (ours, theirs) => ours.clone().or_else(|| theirs.clone()),
    };
    merged.labels.extend(other.labels.iter().cloned());
    merged.labels = tidy(&merged.labels);
    merged.time_zone = kept.time_zone.clone().or_else(|| other.time_zone.clone());
    merged.language = kept.language.clone().or_else(|| other.language.clone());
    let opt_outs = other.opt_outs.iter();
    let new = opt_outs.filter(|it| !kept.opt_outs.contains(it));
    merged.opt_outs.extend(new.cloned());
    merged.created_at = kept.created_at.min(other.created_at);
    too_much(&merged).map_or(Ok(merged), Err)
}

fn too_much(merged: &Contact) -> Option<String> {
    let notes = merged.notes.as_ref().map_or(0, |it| it.chars().count());
    [
        ("addresses", merged.addresses.len(), ADDRESSES_MAX),
        ("fields", merged.fields.len(), FIELDS_MAX),
        ("labels", merged.labels.len(), LABELS_MAX),
        ("characters of notes", notes, NOTES_CHARACTERS_MAX),
    ]
    .into_iter()
    .find(|(_, held, most)| held > most)
    .map(|(what, held, most)| format!("both together have {held} {what}, expected at most {most}"))
}

/// Takes a merge back: `now` becomes what it was, but for what was changed since, and the other is as
/// it was, with those of its addresses that `now` still has.
///
/// # Errors
/// One of the two would be left without an address.
pub fn split(now: &Contact, merge: &Merge) -> Result<(Contact, Contact), String> {
    let Merge {
        before,
        other,
        merged,
    } = merge;
    let mut kept = now.clone();
    let mut other = other.clone();
    other.addresses.retain(|it| now.addresses.contains(it));
    let theirs = &other.addresses;
    kept.addresses
        .retain(|it| before.addresses.contains(it) || !theirs.contains(it));
    if kept.addresses.is_empty() || other.addresses.is_empty() {
        return Err(
            "one of the two would have no address; the addresses were changed since".into(),
        );
    }
    let back = |now: &Option<String>, merged: &Option<String>, before: &Option<String>| {
        if now == merged { before } else { now }.clone()
    };
    kept.name = back(&now.name, &merged.name, &before.name);
    kept.notes = back(&now.notes, &merged.notes, &before.notes);
    kept.time_zone = back(&now.time_zone, &merged.time_zone, &before.time_zone);
    kept.language = back(&now.language, &merged.language, &before.language);
    if now.labels == merged.labels {
        kept.labels.clone_from(&before.labels);
    }
    if now.place == merged.place {
        kept.place.clone_from(&before.place);
    }
    kept.fields.retain(|name, value| {
        merged.fields.get(name) != Some(value) || before.fields.contains_key(name)
    });
    let stays = |it: &OptOut| kept.addresses.contains(&it.address);
    let (ours, theirs) = now.opt_outs.iter().cloned().partition(stays);
    (kept.opt_outs, other.opt_outs) = (ours, theirs);
    kept.created_at = before.created_at;
    Ok((kept, other))
}
