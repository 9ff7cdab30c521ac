//! A colleague writes down that a person wants no more texts.

use super::{settle, tell};
use crate::desk::DeskError;
use crate::desk::contact::{came_before, hash, known, note};
use crate::store::consent::Noted;
use crate::store::sql::Tx;
use crate::store::{StoreError, consent, conversations};
use smsdesk_common::activity::ConsentChange;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::contacts::OptOutContact;
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::Author;
use smsdesk_common::ids::ContactId;
use smsdesk_common::optout::{Consent, Means, Said, WISH};

/// Opts a person out of every line, at all of their addresses. Asked twice it is done once, whatever
/// they said in between.
///
/// # Errors
/// There is no such contact; it is asked to opt them in; the id was used for something else; or the
/// database cannot be written. Nothing is stored then.
pub fn opt_out(
    tx: &mut dyn Tx,
    agent: &Agent,
    id: ContactId,
    asked: &OptOutContact,
) -> Result<Contact, DeskError> {
    if !asked.opt_out {
        return Err(DeskError::refused(
            ErrorCode::OptedOut,
            "`opt_out`: only the person opts in again, by texting START; nothing was changed",
        ));
    }
    let body_hash = hash("opt-out", agent.id, id, asked)?;
    if !came_before(tx, asked.id.0, &body_hash)? {
        carry_out(tx, agent, id)?;
        note(tx, asked.id.0, body_hash, id)?;
    }
    known(tx, id)
}

fn carry_out(tx: &mut dyn Tx, agent: &Agent, id: ContactId) -> Result<(), DeskError> {
    let contact = known(tx, id)?;
    let now = tx.now();
    let mut new = Vec::new();
    for address in &contact.addresses {
        let history = consent::of(tx, address)?;
        let said = |consent| {
            history
                .iter()
                .map(|row| &row.said)
                .filter(move |it| it.consent == consent)
        };
        // A START to one line opens that line alone: out of all again where one is open.
        let opened = said(Consent::In).map(|it| it.at).max();
        let stands = |it: &Said| it.line.is_none() && Some(it.at) >= opened;
        if !said(Consent::Out).any(stands) {
            new.push(address.clone());
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    for address in new {
        let said = Said {
            line: None,
            service: None,
            consent: Consent::Out,
            means: Means::Agent,
            at: now,
        };
        let noted = Noted {
            address,
            said,
            entry: None,
            agent: Some(agent.id),
            noted: now,
        };
        consent::insert(tx, &noted)?;
        settle(tx, &noted.address)?;
    }
    Ok(tell_conversations(tx, agent, id)?)
}

fn tell_conversations(tx: &mut dyn Tx, agent: &Agent, id: ContactId) -> Result<(), StoreError> {
    for mut conversation in conversations::of_contact(tx, id)? {
        let change = ConsentChange::OptedOut {
            means: Means::Agent,
        };
        tell(tx, &conversation, Author::Agent(agent.id), change)?;
        let asked = conversation.flag_reason.as_deref() == Some(WISH);
        if asked {
            // What was proposed is done.
            conversation.flagged = false;
            conversation.flag_reason = None;
        }
        conversation.waiting_since = None;
        conversations::update(tx, &mut conversation)?;
    }
    Ok(())
}
