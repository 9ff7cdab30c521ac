//! What an agent does to contacts, in the one order of the outbox, and what it looks like until the
//! records show it.

use super::acts::Hand;
use super::steps;
use super::{Request, put, settle};
use crate::cache::error::{CacheError, stored_record};
use crate::model::contact::{self as model, Ask, Deed, Did, Told, reverse, stands};
use crate::model::undo::Way;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use smsdesk_common::api::contacts::{MergeContacts, OptOutContact, PatchContact, UnmergeContacts};
use smsdesk_common::contact::{Contact, Merge, apply, merge, split};
use smsdesk_common::ids::{ContactId, RequestId};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use uuid::Uuid;

/// Contacts as this device has changed them, where the records do not show it yet.
#[derive(Debug, Default)]
pub(in crate::cache) struct People {
    changed: HashMap<ContactId, Option<Contact>>,
    gone: HashMap<ContactId, ContactId>,
}

impl People {
    /// Replays what is on its way to the relay.
    pub(in crate::cache) fn load(
        records: &Connection,
        outbox: &Connection,
    ) -> Result<Self, CacheError> {
        let mut people = Self::default();
        for (id, request) in settle::contacts(records, outbox)? {
            people.bring(records, id)?;
            match request {
                model::Request::Patch(patch) => {
                    if let Some(Some(held)) = people.changed.get_mut(&id) {
                        apply(&patch, held, None);
                    }
                }
                model::Request::Merge(asked) => people.merge(records, id, asked.other)?,
                model::Request::Unmerge(asked) => people.split(outbox, id, asked.merge)?,
                // Shown once the relay has it: until then it is a promise.
                model::Request::OptOut(_) => {}
            }
        }
        Ok(people)
    }

    fn bring(&mut self, records: &Connection, id: ContactId) -> Result<(), CacheError> {
        if let Entry::Vacant(entry) = self.changed.entry(id) {
            entry.insert(recorded(records, id)?);
        }
        Ok(())
    }

    fn merge(
        &mut self,
        records: &Connection,
        id: ContactId,
        other: ContactId,
    ) -> Result<(), CacheError> {
        self.bring(records, other)?;
        let taken_in = self.changed.get(&other).cloned().flatten();
        if let (Some(Some(kept)), Some(taken_in)) = (self.changed.get_mut(&id), taken_in)
            && let Ok(merged) = merge(kept, &taken_in)
        {
            *kept = merged;
            self.changed.insert(other, None);
            self.gone.insert(other, id);
        }
        Ok(())
    }

    fn split(
        &mut self,
        outbox: &Connection,
        id: ContactId,
        asked: RequestId,
    ) -> Result<(), CacheError> {
        if let Some(Some(now)) = self.changed.get_mut(&id)
            && let Some(taken) = merge_of(outbox, asked)?
            && let Ok((kept, other)) = split(now, &taken)
        {
            *now = kept;
            self.gone.remove(&other.id);
            self.changed.insert(other.id, Some(other));
        }
        Ok(())
    }

    /// What a contact is called, where this device has changed anything of it.
    pub(in crate::cache) fn name(&self, contact: ContactId) -> Option<Option<String>> {
        let id = self.gone.get(&contact).unwrap_or(&contact);
        let held = self.changed.get(id)?.as_ref()?;
        Some(held.name.clone())
    }

    /// A contact as this device shows it.
    pub(in crate::cache) fn contact(
        &self,
        records: &Connection,
        id: ContactId,
    ) -> Result<Option<Contact>, CacheError> {
        let id = *self.gone.get(&id).unwrap_or(&id);
        match self.changed.get(&id) {
            Some(held) => Ok(held.clone()),
            None => recorded(records, id),
        }
    }

    /// Who was taken in by somebody.
    pub(in crate::cache) fn is_gone(&self, contact: ContactId) -> bool {
        self.gone.contains_key(&contact)
    }
}

fn recorded(records: &Connection, id: ContactId) -> Result<Option<Contact>, CacheError> {
    let body: Option<String> = records
        .prepare_cached(
            "SELECT record.body FROM contact AS own JOIN records AS record ON record.n = own.n
             WHERE own.id = ?1 LIMIT 1",
        )?
        .query_row([id.0.as_bytes()], |row| row.get(0))
        .optional()?;
    body.map(|body| stored_record(&body)).transpose()
}

/// The merge that a request asked for, as the steps remember it.
fn merge_of(outbox: &Connection, id: RequestId) -> Result<Option<Merge>, CacheError> {
    let mut statement = outbox.prepare_cached("SELECT did FROM contact_step ORDER BY step DESC")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let deed: Deed = serde_json::from_str(&row.get::<_, String>(0)?)?;
        if let Did::Merge { id: held, merge } = deed.did
            && held == id
        {
            return Ok(Some(*merge));
        }
    }
    Ok(None)
}

impl Hand<'_> {
    /// Does what is asked, as one step that can be taken back.
    pub(in crate::cache) fn contact(&mut self, ask: Ask) -> Result<Told, CacheError> {
        let people = People::load(self.records, self.outbox)?;
        let (id, other) = match &ask {
            Ask::Load(id) => return Ok(Told::Missing(*id)),
            Ask::Edit { contact, .. } => (*contact, None),
            Ask::Merge { contact, other } => (*contact, Some(*other)),
            Ask::OptOut { contact } => return self.opt_out(*contact),
        };
        let Some(held) = people.contact(self.records, id)? else {
            return Ok(Told::Missing(id));
        };
        let request = RequestId((self.new_id)());
        let name = named(&held);
        let (request, did) = match (ask, other) {
            (Ask::Edit { patch, .. }, _) => {
                let after = PatchContact {
                    id: request,
                    ..*patch
                };
                if stands(&after, &held, None) {
                    return Ok(Told::Done(id));
                }
                let before = Box::new(reverse(&after, &held));
                let after = Box::new(after);
                let asked = model::Request::Patch(after.clone());
                (asked, Did::Edit { before, after })
            }
            (_, Some(other)) => {
                let Some(taken_in) = people.contact(self.records, other)? else {
                    return Ok(Told::Missing(other));
                };
                match self.merge_request(request, &held, &taken_in) {
                    Ok(asked) => asked,
                    Err(why) => return Ok(Told::Cannot(why)),
                }
            }
            (_, None) => return Ok(Told::Missing(id)),
        };
        let deed = Deed {
            contact: id,
            name,
            did,
        };
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let asked = request.id();
        let place = put(
            &tx,
            Request::Contact {
                contact: id,
                request,
            },
            self.now,
        )?;
        let step = steps::record(&tx, &[], place)?;
        write(&tx, step, asked.0, &deed)?;
        tx.commit()?;
        Ok(Told::Done(id))
    }

    /// No step: there is no way back from here.
    fn opt_out(&mut self, contact: ContactId) -> Result<Told, CacheError> {
        let asked = OptOutContact {
            id: RequestId((self.new_id)()),
            opt_out: true,
        };
        let request = Request::Contact {
            contact,
            request: model::Request::OptOut(asked),
        };
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        put(&tx, request, self.now)?;
        tx.commit()?;
        Ok(Told::Done(contact))
    }

    fn merge_request(
        &self,
        id: RequestId,
        held: &Contact,
        other: &Contact,
    ) -> Result<(model::Request, Did), String> {
        if held.id == other.id {
            return Err("it is one contact already".to_owned());
        }
        let merged = merge(held, other)?;
        let asked = model::Request::Merge(MergeContacts {
            id,
            other: other.id,
            if_seq: None,
        });
        let merge = Box::new(Merge {
            before: held.clone(),
            other: other.clone(),
            merged,
        });
        Ok((asked, Did::Merge { id, merge }))
    }

    /// Turns the newest step where it was done to a contact; none where it was not.
    pub(in crate::cache) fn turn_contact(&mut self, way: Way) -> Result<Option<Told>, CacheError> {
        let Some(step) = steps::newest(self.outbox, way)? else {
            return Ok(None);
        };
        let Some(mut deed) = read(self.outbox, step.n)? else {
            return Ok(None);
        };
        let people = People::load(self.records, self.outbox)?;
        let held = people.contact(self.records, deed.contact)?;
        let request = RequestId((self.new_id)());
        let asked = turned(&mut deed, way, held.as_ref(), request);
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (name, kept) = match asked {
            Ok(asked) => {
                let contact = deed.contact;
                let request_of = Request::Contact {
                    contact,
                    request: asked,
                };
                let place = put(&tx, request_of, self.now)?;
                write(&tx, step.n, request.0, &deed)?;
                steps::note_turned(&tx, &step, way, Some(place))?;
                (deed.name, None)
            }
            Err(why) => {
                tx.execute("DELETE FROM contact_step WHERE step = ?1", [step.n])?;
                steps::note_turned(&tx, &step, way, None)?;
                (deed.name, Some(why))
            }
        };
        tx.commit()?;
        Ok(Some(Told::Turned { way, name, kept }))
    }
}

/// The request that turns a deed, or why it stays.
fn turned(
    deed: &mut Deed,
    way: Way,
    held: Option<&Contact>,
    id: RequestId,
) -> Result<model::Request, String> {
    let held = held.ok_or(match deed.did {
        Did::Edit { .. } => "the contact is gone",
        Did::Merge { .. } => "both became one contact, and that one is gone",
    })?;
    match (&mut deed.did, way) {
        (Did::Edit { before, after }, way) => {
            let (there, goal) = match way {
                Way::Undo => (after, before),
                Way::Redo => (before, after),
            };
            if !stands(there, held, None) {
                return Err("it was changed since".to_owned());
            }
            let patch = PatchContact {
                id,
                ..(**goal).clone()
            };
            Ok(model::Request::Patch(Box::new(patch)))
        }
        (Did::Merge { id: merge, .. }, Way::Undo) => {
            let merge = *merge;
            Ok(model::Request::Unmerge(UnmergeContacts { id, merge }))
        }
        (Did::Merge { id: done, merge }, Way::Redo) => {
            *done = id;
            let other = merge.other.id;
            Ok(model::Request::Merge(MergeContacts {
                id,
                other,
                if_seq: None,
            }))
        }
    }
}

fn named(contact: &Contact) -> String {
    let number = contact.addresses.first().map(|it| it.as_str().to_owned());
    contact.name.clone().or(number).unwrap_or_default()
}

fn write(tx: &Transaction<'_>, step: i64, request: Uuid, deed: &Deed) -> Result<(), CacheError> {
    tx.prepare_cached(
        "INSERT INTO contact_step (step, request, did) VALUES (?1, ?2, ?3)
         ON CONFLICT (step) DO UPDATE SET request = excluded.request, did = excluded.did",
    )?
    .execute(params![
        step,
        request.to_string(),
        serde_json::to_string(deed)?
    ])?;
    Ok(())
}

fn read(outbox: &Connection, step: i64) -> Result<Option<Deed>, CacheError> {
    let did: Option<String> = outbox
        .prepare_cached("SELECT did FROM contact_step WHERE step = ?1")?
        .query_row([step], |row| row.get(0))
        .optional()?;
    Ok(did.map(|did| serde_json::from_str(&did)).transpose()?)
}
