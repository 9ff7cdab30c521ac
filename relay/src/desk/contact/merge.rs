//! Two contacts that are one person become one, and two again.

use super::{came_before, conflict, hash, invalid, known, note, tell};
use crate::desk::{DeskError, job};
use crate::store::sql::Tx;
use crate::store::{contacts, conversations, merges};
use smsdesk_common::activity::{Activity, ContactChange};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{MergeContacts, UnmergeContacts};
use smsdesk_common::contact::{Contact, Merge, merge as merged, split};
use smsdesk_common::ids::ContactId;

/// Takes another contact in: its addresses and conversations are this one's from now on, and it is
/// gone. The same request again does nothing.
///
/// # Errors
/// One of the two is unknown, or is not as expected; together they hold too much; the id was used for
/// something else; or the database cannot be written. Nothing is stored then.
pub fn merge(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: ContactId,
    asked: &MergeContacts,
) -> Result<Contact, DeskError> {
    let body_hash = hash("merge", agent.id, id, asked)?;
    if came_before(tx, asked.id.0, &body_hash)? {
        return known(tx, id);
    }
    if asked.other == id {
        return Err(invalid("`other`: expected another contact than this one"));
    }
    let (before, other) = (known(tx, id)?, known(tx, asked.other)?);
    if asked.if_seq.is_some_and(|expected| expected != before.seq) {
        let detail = format!(
            "`if_seq`: the contact is at {} by now; nothing was changed",
            before.seq
        );
        return Err(conflict(ErrorCode::ContactChanged, detail, before));
    }
    let mut kept = merged(&before, &other).map_err(invalid)?;
    for mut conversation in conversations::of_contact(tx, other.id)? {
        conversation.contact = id;
        conversations::update(tx, &mut conversation)?;
    }
    job::follow(tx, other.id)?;
    contacts::remove(tx, &other)?;
    contacts::readdress(tx, &kept)?;
    let change = ContactChange::Merged {
        other: other.id,
        name: other.name.clone(),
    };
    let told = conversations::of_contact(tx, id)?;
    tell(tx, agent, &told, &[Activity::Contact { change }])?;
    contacts::update(tx, &mut kept)?;
    let taken_in = Merge {
        before,
        other,
        merged: kept.clone(),
    };
    merges::insert(tx, asked.id, &taken_in)?;
    note(tx, asked.id.0, body_hash, id)?;
    Ok(kept)
}

/// Takes a merge back; gives both, the one that was kept first. The same request again does
/// nothing.
///
/// # Errors
/// There is no such merge, or it was taken back; the contact is gone by now, or its addresses were
/// changed so that one of the two would have none; or the database cannot be written.
pub fn unmerge(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: ContactId,
    asked: &UnmergeContacts,
) -> Result<[Contact; 2], DeskError> {
    let body_hash = hash("unmerge", agent.id, id, asked)?;
    let held = merges::find(tx, asked.merge)?;
    let held = held.filter(|held| held.kept == id).ok_or_else(|| {
        let detail = format!("`merge` {} is no merge of this contact", asked.merge);
        DeskError::refused(ErrorCode::MergeUnknown, detail)
    })?;
    if came_before(tx, asked.id.0, &body_hash)? {
        return Ok([known(tx, id)?, known(tx, held.merge.other.id)?]);
    }
    if held.undone {
        let detail = "the merge was taken back before";
        return Err(DeskError::refused(ErrorCode::MergeUnknown, detail));
    }
    let now = known(tx, id)?;
    let (mut kept, other) = split(&now, &held.merge).map_err(invalid)?;
    contacts::readdress(tx, &kept)?;
    let other = contacts::insert(tx, other)?;
    for mut conversation in conversations::of_contact(tx, id)? {
        if !kept.addresses.contains(&conversation.address) {
            conversation.contact = other.id;
            conversations::update(tx, &mut conversation)?;
        }
    }
    job::follow(tx, id)?;
    let mut told = conversations::of_contact(tx, id)?;
    told.extend(conversations::of_contact(tx, other.id)?);
    let change = ContactChange::Split {
        other: other.id,
        name: other.name.clone(),
    };
    tell(tx, agent, &told, &[Activity::Contact { change }])?;
    contacts::update(tx, &mut kept)?;
    merges::note_undone(tx, asked.merge)?;
    note(tx, asked.id.0, body_hash, id)?;
    Ok([kept, other])
}
