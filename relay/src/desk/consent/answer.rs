//! The relay's own answers to STOP, START and HELP, where the provider gives none. They are the only
//! texts that somebody gets who has opted out, and each goes once.

use crate::desk::automatic::{self, Automatic, Outcome};
use crate::desk::consent::signal;
use crate::desk::send::Recipient;
use crate::store::sql::Tx;
use crate::store::{StoreError, consent, conversations, entries};
use crate::twilio::form::InboundMessage;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Cause, Entry};
use smsdesk_common::optout::{Consent, OptOutSignal};

/// How old a text may be that is still answered, in milliseconds: one that was lost and is found in a
/// list comes late.
const AGE_MS_MAX: i64 = 60 * 60 * 1_000;
/// How often one person is helped, in milliseconds: another machine may answer each answer.
const HELP_MS: i64 = 60 * 60 * 1_000;

/// The relay's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// To STOP.
    pub stop: String,
    /// To START.
    pub start: String,
    /// To HELP.
    pub help: String,
}

/// Answers a text that was just stored, if it is a keyword that wants it. Says whether anything goes
/// out. Asked again it does nothing.
///
/// # Errors
/// The database cannot be written.
pub fn answer(
    tx: &mut dyn Tx,
    message: &InboundMessage,
    answers: &Answers,
) -> Result<bool, StoreError> {
    let Some(signal) = signal(message) else {
        return Ok(false);
    };
    let Some(entry) = entries::by_sid(tx, message.sid.as_str())? else {
        return Ok(false);
    };
    let Some(conversation) = conversations::find(tx, entry.conversation)? else {
        return Ok(false);
    };
    if tx.now().millis_since(entry.at) > AGE_MS_MAX {
        return Ok(false);
    }
    let (body, key) = match signal {
        OptOutSignal::Stop if began(tx, &conversation, &entry)? => (&answers.stop, None),
        OptOutSignal::Start if ended(tx, &conversation, &entry)? => (&answers.start, None),
        OptOutSignal::Help => {
            let hour = tx.now().as_millis() / HELP_MS;
            let key = format!("help:{}:{hour}", conversation.id);
            (&answers.help, Some(key))
        }
        OptOutSignal::Stop | OptOutSignal::Start => return Ok(false),
    };
    let text = Automatic {
        key: key.unwrap_or_else(|| format!("opt_out:{}", entry.id)),
        cause: Cause::OptOut,
        recipient: Recipient::Conversation(conversation.id),
        body: body.clone(),
        template: None,
        expires_ms: None,
    };
    Ok(matches!(automatic::send(tx, &text)?, Outcome::Queued(_)))
}

/// Whether it was this text that opted them out: a second STOP gets no second answer.
fn began(tx: &mut dyn Tx, conversation: &Conversation, entry: &Entry) -> Result<bool, StoreError> {
    let (line, theirs) = (&conversation.line, &conversation.address);
    let Some(began) = consent::out_of(tx, line, theirs)? else {
        return Ok(false);
    };
    let history = consent::of(tx, theirs)?;
    let first = history.iter().find(|row| row.said == began);
    Ok(first.is_some_and(|row| row.entry == Some(entry.id)))
}

/// Whether it was this text that opted them in again: whoever says YES to something else gets none.
fn ended(tx: &mut dyn Tx, conversation: &Conversation, entry: &Entry) -> Result<bool, StoreError> {
    let (line, theirs) = (&conversation.line, &conversation.address);
    if consent::out_of(tx, line, theirs)?.is_some() {
        return Ok(false);
    }
    let mut before = consent::of(tx, theirs)?;
    let own = |row: &consent::Noted| row.entry == Some(entry.id);
    if !before
        .iter()
        .any(|row| own(row) && row.said.consent == Consent::In)
    {
        return Ok(false);
    }
    before.retain(|row| !own(row));
    consent::out_by(tx, line, &before).map(|out| out.is_some())
}
