//! A list of people comes in, part by part. Each row is taken or refused by itself.

use super::{check, edit, known, read_addresses};
use crate::desk::DeskError;
use crate::store::contacts;
use crate::store::sql::Tx;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::{
    IMPORT_ROWS_MAX, ImportContacts, ImportRow, Imported, OnExisting, PatchContact, RefusedRow,
};
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::{Contact, apply};
use smsdesk_common::ids::{ContactId, RequestId};
use smsdesk_common::phone::{Address, Region};
use std::collections::BTreeMap;

/// What becomes of a row.
enum Fate {
    Added,
    Updated,
    Unchanged,
}

/// Takes the rows of a part, or only looks what would become of them. The same part again finds
/// what it brought, and changes nothing.
///
/// # Errors
/// The part is too large, or the database cannot be written. Nothing is stored then. A row that
/// cannot be taken is no error.
pub fn import(
    tx: &mut dyn Tx,
    agent: &Agent,
    part: &ImportContacts,
    home: Region,
) -> Result<Imported, DeskError> {
    let rows = part.rows.len();
    if rows > IMPORT_ROWS_MAX {
        let detail = format!("`rows`: has {rows}, expected at most {IMPORT_ROWS_MAX}");
        return Err(DeskError::refused(ErrorCode::ParameterInvalid, detail));
    }
    let mut imported = Imported {
        added: 0,
        updated: 0,
        unchanged: 0,
        refused: Vec::new(),
        region: home,
    };
    // Where nothing is stored, the rows before are not to be found in the database.
    let mut before = BTreeMap::new();
    for row in &part.rows {
        match one(tx, agent, part, row, home, &mut before) {
            Ok(Fate::Added) => imported.added += 1,
            Ok(Fate::Updated) => imported.updated += 1,
            Ok(Fate::Unchanged) => imported.unchanged += 1,
            Err(DeskError::Refused { code, detail } | DeskError::Conflict { code, detail, .. }) => {
                imported.refused.push(RefusedRow {
                    row: row.row,
                    code,
                    detail,
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(imported)
}

fn one(
    tx: &mut dyn Tx,
    agent: &Agent,
    part: &ImportContacts,
    row: &ImportRow,
    home: Region,
    before: &mut BTreeMap<Address, u32>,
) -> Result<Fate, DeskError> {
    check(&row.details)?;
    let addresses = read_addresses(&row.details.addresses, home)?;
    if let Some(earlier) = addresses.iter().find_map(|it| before.get(it)) {
        return Err(taken(format!("row {earlier} has the same number")));
    }
    let fate = match holder(tx, &addresses)? {
        Some(holder) => known_already(tx, agent, part, row, holder, home)?,
        None if contacts::find(tx, row.id)?.is_some() => {
            let detail = format!("`id` {} is another contact's", row.id);
            return Err(DeskError::refused(ErrorCode::IdReused, detail));
        }
        None => {
            if !part.dry_run {
                let contact = edit::filled(tx, row.id, &row.details, addresses.clone());
                contacts::insert(tx, contact)?;
            }
            Fate::Added
        }
    };
    before.extend(addresses.into_iter().map(|it| (it, row.row)));
    Ok(fate)
}

/// The one contact that has any of the addresses.
fn holder(tx: &mut dyn Tx, addresses: &[Address]) -> Result<Option<ContactId>, DeskError> {
    let mut found: Option<ContactId> = None;
    for address in addresses {
        let holder = contacts::by_address(tx, address)?;
        if found.is_some() && holder.is_some() && found != holder {
            return Err(taken("its numbers belong to several contacts".to_owned()));
        }
        found = found.or(holder);
    }
    Ok(found)
}

fn known_already(
    tx: &mut dyn Tx,
    agent: &Agent,
    part: &ImportContacts,
    row: &ImportRow,
    holder: ContactId,
    home: Region,
) -> Result<Fate, DeskError> {
    let held = known(tx, holder)?;
    let patch = over(&held, row);
    let mut changed = held.clone();
    if apply(&patch, &mut changed, Some(home)).is_empty() {
        return Ok(Fate::Unchanged);
    }
    if part.on_existing == OnExisting::Refuse && !held.is_blank() {
        let name = held.name.as_deref().unwrap_or("a contact without a name");
        return Err(taken(format!("{name} has the number already")));
    }
    if !part.dry_run {
        edit::change(tx, agent, held, &patch, home)?;
    }
    Ok(Fate::Updated)
}

/// What a row says, over what is known: nothing is emptied by a cell that is empty, and nothing that
/// the list does not speak of goes.
fn over(held: &Contact, row: &ImportRow) -> PatchContact {
    let details = &row.details;
    let set = |text: &Option<String>| text.clone().map_or(Update::Keep, Update::Set);
    let mut addresses: Vec<_> = held
        .addresses
        .iter()
        .map(|it| it.as_str().to_owned())
        .collect();
    addresses.extend(details.addresses.iter().cloned());
    let fields = details.fields.iter();
    PatchContact {
        name: set(&details.name),
        addresses: Some(addresses),
        fields: fields
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| (name.clone(), Some(value.clone())))
            .collect(),
        notes: set(&details.notes),
        labels: (!details.labels.is_empty())
            .then(|| [&held.labels[..], &details.labels[..]].concat()),
        time_zone: set(&details.time_zone),
        language: set(&details.language),
        ..PatchContact::new(RequestId(row.id.0))
    }
}

fn taken(detail: String) -> DeskError {
    DeskError::refused(ErrorCode::AddressTaken, detail)
}
