//! What people say about being texted is noted and obeyed, in one transaction with what told it.
//!
//! Keywords are obeyed at once, words of one's own only proposed to an agent. An agent may opt a
//! person out; back in comes only the person. What is noted is never changed or taken away.

use crate::desk::later;
use crate::desk::shield::OptedOut;
use crate::desk::triage::told;
use crate::store::consent::Noted;
use crate::store::sql::Tx;
use crate::store::{StoreError, consent, contacts, conversations, entries, outbox, timed};
use crate::twilio::form::InboundMessage;
use smsdesk_common::activity::{self, Activity, ConsentChange};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Cause, Entry, Origin};
use smsdesk_common::ids::{AgentId, EntryId};
use smsdesk_common::optout::{Consent, Means, OptOutSignal, Said, WISH, plain_language_wish};
use smsdesk_common::phone::Address;
use smsdesk_common::status::{Delivery, DeliveryStatus};
use uuid::Uuid;

pub mod answer;
pub mod by_agent;

/// Twilio's code for a text to somebody who has opted out (twilio.com/docs/api/errors/21610).
const OPTED_OUT: u32 = 21_610;

/// What a text says about being texted.
pub(super) fn signal(message: &InboundMessage) -> Option<OptOutSignal> {
    OptOutSignal::of(&message.body, message.opt_out, &message.to)
}

/// Notes what a text that has just been stored says about being texted. `before` is its conversation
/// as it was before.
///
/// # Errors
/// The database cannot be written.
pub(super) fn heard(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    before: &Conversation,
    entry: &Entry,
) -> Result<(), StoreError> {
    if entry.origin == Origin::Webhook {
        consent::set_service(tx, &message.to, message.service.as_ref())?;
    }
    match signal(message) {
        Some(OptOutSignal::Stop) => {
            let change = note(tx, message, before, entry, Consent::Out)?;
            leave(tx, before, change)?;
        }
        Some(OptOutSignal::Start) => {
            note(tx, message, before, entry, Consent::In)?;
        }
        Some(OptOutSignal::Help) => {}
        None if plain_language_wish(&entry.body) => wished(tx, before)?,
        None => {}
    }
    Ok(())
}

/// Nobody can answer a STOP: it opens nothing, and nobody waits any more.
fn leave(tx: &mut dyn Tx, before: &Conversation, change: Change) -> Result<(), StoreError> {
    let found = conversations::find(tx, before.id)?;
    let Some(mut conversation) = found.filter(|_| change == Change::Out) else {
        return Ok(());
    };
    conversation.waiting_since = None;
    // Whoever begins with it still has to be seen.
    if before.inbound_total > 0 || before.last.is_some() {
        conversation.status = before.status;
        conversation.snoozed_until = before.snoozed_until;
    }
    conversations::update(tx, &mut conversation)
}

/// What something that was noted changed for one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    /// They are opted out now; perhaps they were before.
    Out,
    /// They may be texted.
    In,
}

fn note(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    conversation: &Conversation,
    entry: &Entry,
    consent: Consent,
) -> Result<Change, StoreError> {
    let service = match &message.service {
        Some(service) => Some(service.clone()),
        None => consent::service_of(tx, &conversation.line)?,
    };
    let noted = Noted {
        address: conversation.address.clone(),
        said: Said {
            line: Some(conversation.line.clone()),
            service,
            consent,
            means: Means::Keyword,
            at: entry.at,
        },
        entry: Some(entry.id),
        agent: None,
        noted: tx.now(),
    };
    let (before, after) = insert(tx, &noted, conversation)?;
    match (before, after) {
        (Change::In, Change::Out) => {
            let change = ConsentChange::OptedOut {
                means: Means::Keyword,
            };
            tell(tx, conversation, Author::Contact, change)?;
        }
        (Change::Out, Change::In) => {
            tell(tx, conversation, Author::Contact, ConsentChange::OptedIn)?;
        }
        _ => {}
    }
    Ok(after)
}

/// Keeps what was said, and sees to what follows from it. Gives what held before and what holds now
/// where `conversation` is.
fn insert(
    tx: &mut dyn Tx,
    noted: &Noted,
    conversation: &Conversation,
) -> Result<(Change, Change), StoreError> {
    let (line, theirs) = (&conversation.line, &conversation.address);
    let before = consent::out_of(tx, line, theirs)?;
    consent::insert(tx, noted)?;
    let after = consent::out_of(tx, line, theirs)?;
    settle(tx, &noted.address)?;
    let change = |out: Option<Said>| out.map_or(Change::In, |_| Change::Out);
    Ok((change(before), change(after)))
}

/// Brings in step with what was said of an address: the record of whoever has it, and what waits
/// for it and must not go out any more.
fn settle(tx: &mut dyn Tx, theirs: &Address) -> Result<(), StoreError> {
    if let Some(id) = contacts::by_address(tx, theirs)?
        && let Some(mut contact) = contacts::find(tx, id)?
        && consent::told(tx, &contact.addresses)? != contact.opt_outs
    {
        contacts::update(tx, &mut contact)?;
    }
    for conversation in conversations::with_address(tx, theirs)? {
        if consent::out_of(tx, &conversation.line, theirs)?.is_some() {
            withdraw(tx, &conversation)?;
        }
    }
    Ok(())
}

/// Fails what waits in a conversation, for its turn or for its time.
fn withdraw(tx: &mut dyn Tx, conversation: &Conversation) -> Result<(), StoreError> {
    for id in outbox::queued(tx, &conversation.line, &conversation.address)? {
        let Some(mut entry) = entries::find(tx, id)? else {
            continue;
        };
        if entry.author == Author::Automation(Cause::OptOut) || !outbox::withdraw(tx, id)? {
            continue;
        }
        let failed = Delivery {
            status: DeliveryStatus::Failed,
            error: Some(OptedOut::too_late()),
        };
        super::status::merge(&mut entry, &failed, tx.now());
        super::status::store(tx, &mut entry)?;
    }
    for mut entry in timed::of(tx, conversation.id)? {
        later::refuse(tx, &mut entry)?;
    }
    Ok(())
}

/// A text came back because its receiver has opted out: the provider knew of that, we did not. It
/// counts from when the text was written, so that a START that came since is not undone.
///
/// # Errors
/// The database cannot be written.
pub(super) fn learned(tx: &mut dyn Tx, entry: &Entry) -> Result<(), StoreError> {
    let refused = entry.error.as_ref();
    if refused.is_none_or(|error| error.code != OPTED_OUT) {
        return Ok(());
    }
    let Some(conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(());
    };
    if consent::came_of(tx, entry.id)? {
        return Ok(());
    }
    let noted = Noted {
        address: conversation.address.clone(),
        said: Said {
            service: consent::service_of(tx, &conversation.line)?,
            line: Some(conversation.line.clone()),
            consent: Consent::Out,
            means: Means::Provider,
            at: entry.at,
        },
        entry: Some(entry.id),
        agent: None,
        noted: tx.now(),
    };
    if insert(tx, &noted, &conversation)? == (Change::In, Change::Out) {
        let change = ConsentChange::OptedOut {
            means: Means::Provider,
        };
        let author = Author::Automation(Cause::OptOut);
        tell(tx, &conversation, author, change)?;
    }
    Ok(())
}

/// Proposes to opt somebody out who may have asked for it.
fn wished(tx: &mut dyn Tx, before: &Conversation) -> Result<(), StoreError> {
    if consent::out_of(tx, &before.line, &before.address)?.is_some() {
        return Ok(());
    }
    let Some(mut conversation) = conversations::find(tx, before.id)? else {
        return Ok(());
    };
    let author = Author::Automation(Cause::OptOut);
    let mut did = vec![Activity::Consent {
        change: ConsentChange::Wished,
    }];
    // A flag that somebody has set keeps their reason.
    if !conversation.flagged {
        conversation.flagged = true;
        conversation.flag_reason = Some(WISH.to_owned());
        did.push(Activity::Flagged {
            from: false,
            to: true,
        });
        did.push(Activity::FlagReason {
            from: None,
            to: Some(WISH.to_owned()),
        });
        conversations::update(tx, &mut conversation)?;
    }
    let words = activity::words(&did, AgentId(Uuid::nil()), |_| String::new());
    tell_all(tx, &conversation, author, words, did)
}

fn tell(
    tx: &mut dyn Tx,
    conversation: &Conversation,
    author: Author,
    change: ConsentChange,
) -> Result<(), StoreError> {
    let did = vec![Activity::Consent { change }];
    let mut words = activity::words(&did, AgentId(Uuid::nil()), |_| String::new());
    if author == Author::Contact {
        let contact = contacts::find(tx, conversation.contact)?;
        let name = contact.and_then(|contact| contact.name);
        words = format!("{} {words}", name.as_deref().unwrap_or("the customer"));
    }
    tell_all(tx, conversation, author, words, did)
}

fn tell_all(
    tx: &mut dyn Tx,
    conversation: &Conversation,
    author: Author,
    words: String,
    did: Vec<Activity>,
) -> Result<(), StoreError> {
    let id = EntryId(tx.new_id());
    let entry = told(tx, id, conversation.id, author, words, did);
    entries::insert(tx, entry)?;
    Ok(())
}
