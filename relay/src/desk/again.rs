//! After a restore: what was taken away since the backup was made is taken away again. Who was locked
//! out stays out, and who was erased stays erased.

use crate::desk::{DeskError, erase, people};
use crate::store::removal;
use crate::store::since::Since;
use crate::store::sql::Tx;
use crate::store::tokens::Copies;
use crate::store::{StoreError, agents, contacts, conversations, invites, suppressed, tokens};
use smsdesk_common::agent::Role;
use smsdesk_common::audit::Actor;
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, TokenId};
use smsdesk_common::phone::Address;
use std::collections::BTreeSet;

/// Raw webhooks that are looked at together.
const WEBHOOKS_ONCE: i64 = 2_000;

/// What was taken away again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Tokens, each with whose it is.
    pub tokens: Vec<(TokenId, String)>,
    /// People who may do less than the backup says, or nothing.
    pub people: Vec<String>,
    /// Conversations of people who were erased.
    pub conversations: usize,
    /// People who were erased in part: they have further conversations that nobody took out.
    pub in_part: usize,
}

/// Takes away again what `since` knows of.
///
/// # Errors
/// The database cannot be written.
pub fn take_away(tx: &mut dyn Tx, since: &Since) -> Result<Again, StoreError> {
    let mut again = Again::default();
    for (id, copies) in &since.revoked {
        again.tokens.extend(revoke(tx, *id, *copies)?);
    }
    for hash in &since.invites {
        invites::void(tx, hash)?;
    }
    for (id, role, active) in &since.agents {
        again.people.extend(lessen(tx, *id, *role, *active)?);
    }
    suppressed::adopt(tx, &since.hidden)?;
    forget(tx, since, &mut again)?;
    Ok(again)
}

fn revoke(
    tx: &mut dyn Tx,
    id: TokenId,
    copies: Copies,
) -> Result<Option<(TokenId, String)>, StoreError> {
    let Some(held) = tokens::find(tx, id)? else {
        return Ok(None);
    };
    let news = held.revoked_at.is_none();
    if news || (copies == Copies::Wipe && !held.wipe) {
        let done = people::revoke_token(tx, Actor::Operator, id, copies);
        done.map_err(|error| match error {
            DeskError::Store(error) => error,
            refused => StoreError::Engine(refused.to_string()),
        })?;
    }
    Ok(news.then_some((id, held.name)))
}

/// Gives somebody what they could do at last, where that was less.
fn lessen(
    tx: &mut dyn Tx,
    id: AgentId,
    role: Role,
    active: bool,
) -> Result<Option<String>, StoreError> {
    let Some(mut agent) = agents::find(tx, id)? else {
        return Ok(None);
    };
    let before = (agent.role, agent.active);
    if rank(role) < rank(agent.role) {
        agent.role = role;
    }
    agent.active &= active;
    if before == (agent.role, agent.active) {
        return Ok(None);
    }
    if !agent.active {
        invites::expire_all_of(tx, id)?;
    }
    agents::update(tx, &mut agent)?;
    Ok(Some(agent.name))
}

/// More may do more.
const fn rank(role: Role) -> u8 {
    match role {
        Role::Admin => 3,
        Role::Agent => 2,
        Role::Readonly => 1,
        Role::Integration => 0,
    }
}

fn forget(tx: &mut dyn Tx, since: &Since, again: &mut Again) -> Result<(), StoreError> {
    let ended: BTreeSet<_> = since.conversations.iter().copied().collect();
    let mut addresses = Vec::new();
    for id in &since.conversations {
        if let Some(held) = conversations::find(tx, *id)? {
            addresses.push(held.address);
        }
    }
    for id in &since.contacts {
        if let Some(held) = contacts::find(tx, *id)? {
            addresses.extend(held.addresses);
        }
    }
    for address in addresses {
        let person = erase::person(tx, &address)?;
        let is_erased = |id: &ContactId| since.contacts.contains(id);
        let contact = person.contact.as_ref().is_some_and(|it| is_erased(&it.id));
        let gone = person.conversations.iter();
        let gone = gone.filter(|held| ended.contains(&held.id)).count();
        if gone == 0 && !contact {
            // They were taken out with another address of theirs.
            continue;
        }
        if gone == person.conversations.len() {
            whole(tx, &address, &person.addresses)?;
        } else {
            part(tx, &person, &ended)?;
            again.in_part += 1;
        }
        again.conversations += gone;
    }
    Ok(())
}

fn whole(tx: &mut dyn Tx, named: &Address, addresses: &[Address]) -> Result<(), StoreError> {
    empty(tx, addresses)?;
    let mut removed = 0;
    while let erase::Step::More(gone) = erase::step(tx, named, removed)? {
        removed += gone;
    }
    Ok(())
}

/// Only the conversations that were erased: what they have beside was somebody else's by then.
fn part(
    tx: &mut dyn Tx,
    person: &erase::Person,
    ended: &BTreeSet<ConversationId>,
) -> Result<(), StoreError> {
    for held in person
        .conversations
        .iter()
        .filter(|it| ended.contains(&it.id))
    {
        erase::conversation(tx, held)?;
        suppressed::suppress(tx, &held.address)?;
        removal::address(tx, &held.address)?;
        empty(tx, std::slice::from_ref(&held.address))?;
    }
    Ok(())
}

/// Empties the raw webhooks that name an address.
fn empty(tx: &mut dyn Tx, addresses: &[Address]) -> Result<(), StoreError> {
    let newest = removal::newest_webhook(tx)?;
    let mut low = 0;
    while low < newest {
        let high = low.saturating_add(WEBHOOKS_ONCE).min(newest);
        for address in addresses {
            let found = removal::webhooks_of(tx, address, low, high)?;
            removal::empty_webhooks(tx, &found)?;
        }
        low = high;
    }
    Ok(())
}
