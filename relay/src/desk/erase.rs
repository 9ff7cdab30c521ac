//! Everything about somebody is taken out: who they are, what was said, what waits for them.
//!
//! It is done piece by piece, so that nobody waits for it; the last piece takes the conversations and
//! the contact with it and notes the deed, so that whoever is cut in between can begin again. What
//! somebody said about being texted holds on ([`crate::store::suppressed`]). A text of theirs that
//! comes later begins anew.

use crate::store::audit::{self, Note};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, consent, contacts, conversations, entries, removal, suppressed};
use serde::{Deserialize, Serialize};
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::phone::Address;

/// Entries that are taken out in one commit: some ten milliseconds of the one thread that writes.
pub const ENTRIES_ONCE: u32 = 100;

/// Somebody, as far as the desk knows them.
#[derive(Clone, Debug)]
pub struct Person {
    /// Every address of theirs, the one that was named first.
    pub addresses: Vec<Address>,
    /// Who has them; none where only conversations are left.
    pub contact: Option<Contact>,
    /// What was said.
    pub conversations: Vec<Conversation>,
}

/// How much there is of somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Numbers.
    pub addresses: u64,
    /// Conversations.
    pub conversations: u64,
    /// Texts, notes and what was done.
    pub entries: u64,
    /// Whether anything at all is known of them.
    pub known: bool,
    /// Whether they asked for no more texts somewhere.
    pub opted_out: bool,
}

/// Who has an address, with all that is theirs.
///
/// # Errors
/// The database cannot be read.
pub fn person(reads: &mut dyn Reads, named: &Address) -> Result<Person, StoreError> {
    let contact = match contacts::by_address(reads, named)? {
        Some(id) => contacts::find(reads, id)?,
        None => None,
    };
    let mut held = match &contact {
        Some(contact) => conversations::of_contact(reads, contact.id)?,
        None => Vec::new(),
    };
    let mut addresses = vec![named.clone()];
    let further = contact.iter().flat_map(|contact| &contact.addresses);
    for address in further.chain(held.iter().map(|it| &it.address)) {
        if !addresses.contains(address) {
            addresses.push(address.clone());
        }
    }
    for address in &addresses {
        for found in conversations::with_address(reads, address)? {
            if held.iter().all(|it| it.id != found.id) {
                held.push(found);
            }
        }
    }
    Ok(Person {
        addresses,
        contact,
        conversations: held,
    })
}

/// How much there is of whoever has an address.
///
/// # Errors
/// The database cannot be read.
pub fn extent(reads: &mut dyn Reads, named: &Address) -> Result<Extent, StoreError> {
    let person = person(reads, named)?;
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let mut extent = Extent {
        addresses: count(person.addresses.len()),
        conversations: count(person.conversations.len()),
        ..Extent::default()
    };
    for conversation in &person.conversations {
        extent.entries += removal::count_entries(reads, conversation.id)?;
    }
    let mut said = 0;
    for address in &person.addresses {
        said += consent::of(reads, address)?.len();
    }
    extent.known = person.contact.is_some() || !person.conversations.is_empty() || said > 0;
    extent.opted_out = person
        .contact
        .is_some_and(|contact| !contact.opt_outs.is_empty());
    Ok(extent)
}

/// Whether more is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Entries were taken out, so many; there are more.
    More(u64),
    /// The last ones and everything else, too.
    Done(u64),
}

/// Does the next piece. What waits to go out goes first.
///
/// # Errors
/// The database cannot be written; nothing of this piece is done then.
pub fn step(tx: &mut dyn Tx, named: &Address, removed: u64) -> Result<Step, StoreError> {
    let person = person(tx, named)?;
    let mut gone = 0;
    for conversation in &person.conversations {
        for id in removal::waiting_in(tx, conversation.id)? {
            if let Some(entry) = entries::find(tx, id)? {
                removal::entry(tx, &entry)?;
                gone += 1;
            }
        }
    }
    for conversation in &person.conversations {
        let left = ENTRIES_ONCE.saturating_sub(u32::try_from(gone).unwrap_or(u32::MAX));
        for entry in entries::page(tx, conversation.id, None, left)? {
            removal::entry(tx, &entry)?;
            gone += 1;
        }
    }
    for conversation in &person.conversations {
        if removal::count_entries(tx, conversation.id)? > 0 {
            return Ok(Step::More(gone));
        }
    }
    finish(tx, &person, removed + gone)?;
    Ok(Step::Done(gone))
}

/// Takes one conversation out with all that was said in it.
///
/// # Errors
/// The database cannot be written.
pub fn conversation(tx: &mut dyn Tx, held: &Conversation) -> Result<(), StoreError> {
    loop {
        let some = entries::page(tx, held.id, None, ENTRIES_ONCE)?;
        for entry in &some {
            removal::entry(tx, entry)?;
        }
        if some.is_empty() {
            return removal::conversation(tx, held);
        }
    }
}

fn finish(tx: &mut dyn Tx, person: &Person, entries: u64) -> Result<(), StoreError> {
    for conversation in &person.conversations {
        removal::conversation(tx, conversation)?;
    }
    if let Some(contact) = &person.contact {
        removal::contact(tx, contact)?;
    }
    for address in &person.addresses {
        suppressed::suppress(tx, address)?;
        removal::address(tx, address)?;
    }
    let mut note = Note::new(Actor::Operator, Deed::Erased)
        .with("conversations", person.conversations.len())
        .with("entries", entries);
    if let Some(contact) = &person.contact {
        note = note.of(contact.id);
    }
    audit::append(tx, note)
}
