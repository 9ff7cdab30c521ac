//! A broadcast goes on: some recipients get their text, and how those before fare is counted.

use super::fill::{Filled, Filler};
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::send::Recipient as To;
use crate::store::broadcasts::recipients::{self, News, Recipient};
use crate::store::sql::Tx;
use crate::store::{StoreError, agents, broadcasts, contacts, settings};
use smsdesk_common::broadcast::{Broadcast, BroadcastState, RecipientState};
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::Cause;
use smsdesk_common::ids::BroadcastId;
use smsdesk_common::phone::Address;
use smsdesk_common::settings::QuietPolicy;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::template::Variables;

/// How long a recipient is left alone for whom it is not the hour, or who has had enough texts, in
/// milliseconds.
const AGAIN_MS: i64 = 10 * 60 * 1_000;
/// How long a broadcast waits for a better hour, in milliseconds: two nights, whatever their zone.
const PATIENCE_MS: i64 = 48 * 60 * 60 * 1_000;

/// What was done for a broadcast on one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fed {
    /// Texts that wait in the outbox now.
    pub queued: u32,
    /// Recipients that were looked at.
    pub looked_at: u32,
    /// Whether a switch is off, so that nobody is texted.
    pub off: bool,
}

/// What became of a recipient's turn.
enum Turn {
    Texted,
    LeftOut,
    Off,
}

/// Lets the next recipients of a line have their texts, at most `limit`.
///
/// # Errors
/// The database cannot be written; nobody has a text then.
pub fn feed(
    tx: &mut dyn Tx,
    id: BroadcastId,
    line: &Address,
    limit: u32,
    company: Option<&str>,
) -> Result<Fed, StoreError> {
    let mut fed = Fed::default();
    let settings = settings::load(tx)?;
    if !settings.automation.allows(&Cause::Broadcast(id)) {
        fed.off = true;
        return Ok(fed);
    }
    let held = broadcasts::find(tx, id)?.filter(|it| it.state == BroadcastState::Running);
    let (Some(broadcast), Some(words)) = (held, broadcasts::words(tx, id)?) else {
        return Ok(fed);
    };
    let agent = agents::find(tx, broadcast.created_by)?;
    // They were read as they are when the broadcast was made.
    let company = settings.company.as_deref().or(company);
    let Ok(filler) = Filler::new(&words, agent.as_ref(), company) else {
        return Ok(fed);
    };
    let now = tx.now();
    for row in recipients::turn(tx, id, line, now, limit)? {
        match turn(tx, &broadcast, &filler, &row)? {
            Turn::Texted => fed.queued += 1,
            Turn::LeftOut => {}
            Turn::Off => {
                fed.off = true;
                break;
            }
        }
        fed.looked_at += 1;
    }
    if fed.looked_at > 0 {
        broadcasts::set_stale(tx, id, true)?;
    }
    Ok(fed)
}

fn turn(
    tx: &mut dyn Tx,
    broadcast: &Broadcast,
    filler: &Filler<'_>,
    row: &Recipient,
) -> Result<Turn, StoreError> {
    let leave_out = |tx: &mut dyn Tx, state, why: &str| {
        recipients::left_out(tx, broadcast.id, row.n, (state, why), None)?;
        Ok(Turn::LeftOut)
    };
    let Some(to) = row.address.clone() else {
        return leave_out(tx, RecipientState::Invalid, "no number");
    };
    let contact = contact(tx, row, &to)?;
    let own = row.variables.as_ref().map(Variables::from_json);
    let own = own.transpose().unwrap_or_default().unwrap_or_default();
    let body = match filler.fill(contact.as_ref(), &to, own) {
        Filled::Text(text) => text,
        Filled::Missing(names) => {
            let why = format!("without a value: {}", names.join(", "));
            return leave_out(tx, RecipientState::Incomplete, &why);
        }
        Filled::Unfit(why) => return leave_out(tx, RecipientState::Refused, &why),
    };
    let text = Automatic {
        key: format!("broadcast:{}:{}", broadcast.id, row.n),
        cause: Cause::Broadcast(broadcast.id),
        recipient: match row.conversation {
            Some(conversation) => To::Conversation(conversation),
            None => To::Address {
                to,
                line: row.line.as_ref().map(|line| line.as_str().to_owned()),
                open: None,
            },
        },
        body,
        template: broadcast.template,
        // It waits here, where it can still be canceled, and not by the thousand in timelines.
        expires_ms: Some(0),
    };
    match automatic::send(tx, &text)? {
        Outcome::Queued(entry) | Outcome::Waits(entry) | Outcome::Before(entry) => {
            let status = entry.status.unwrap_or(DeliveryStatus::Queued);
            let state = RecipientState::of(status);
            let place = (entry.id, entry.conversation);
            recipients::texted(tx, broadcast.id, row.n, place, state)?;
            Ok(Turn::Texted)
        }
        Outcome::Refused(refusal) => refused(tx, broadcast, row.n, &refusal),
    }
}

fn refused(
    tx: &mut dyn Tx,
    broadcast: &Broadcast,
    n: u32,
    refusal: &Refusal,
) -> Result<Turn, StoreError> {
    let expires = settings::load(tx)?.quiet.policy == QuietPolicy::Expire;
    let (state, why) = match refusal {
        Refusal::Disabled => return Ok(Turn::Off),
        Refusal::Quiet if expires => (RecipientState::Refused, "it is their quiet hours"),
        Refusal::Quiet => (RecipientState::Pending, "it is their quiet hours"),
        Refusal::Capped => (
            RecipientState::Pending,
            "they have had enough texts for now",
        ),
        Refusal::OptedOut => (RecipientState::OptedOut, "they want no texts"),
        Refusal::Unreachable => (RecipientState::Refused, "no text reaches the number"),
        Refusal::NotSupported(why) => (RecipientState::Refused, why.as_str()),
    };
    let now = tx.now();
    let waited = now.millis_since(broadcast.created_at);
    let (state, again) = match state {
        RecipientState::Pending if waited < PATIENCE_MS => (state, Some(now.plus_millis(AGAIN_MS))),
        RecipientState::Pending => (RecipientState::Refused, None),
        _ => (state, None),
    };
    recipients::left_out(tx, broadcast.id, n, (state, why), again)?;
    Ok(Turn::LeftOut)
}

/// Who they are by now: contacts are merged, and named.
fn contact(tx: &mut dyn Tx, row: &Recipient, to: &Address) -> Result<Option<Contact>, StoreError> {
    let id = match contacts::by_address(tx, to)? {
        Some(id) => Some(id),
        None => row.contact,
    };
    id.map_or(Ok(None), |id| contacts::find(tx, id))
}

/// Notes how texts fare.
///
/// # Errors
/// The database cannot be written.
pub fn follow(tx: &mut dyn Tx, news: &[News]) -> Result<(), StoreError> {
    for news in news {
        recipients::follow(tx, news)?;
        broadcasts::set_stale(tx, news.of, true)?;
    }
    Ok(())
}

/// Counts a broadcast anew, and notes that it has finished where nothing is left to do.
///
/// # Errors
/// The database cannot be written.
pub fn refresh(tx: &mut dyn Tx, id: BroadcastId) -> Result<(), StoreError> {
    let Some(mut held) = broadcasts::find(tx, id)? else {
        return Ok(());
    };
    let totals = broadcasts::count(tx, &held)?;
    let done = held.state == BroadcastState::Running && totals.done() == totals.all();
    if totals == held.totals && !done {
        return broadcasts::set_stale(tx, id, false);
    }
    held.totals = totals;
    if done {
        held.state = BroadcastState::Finished;
        held.finished_at = Some(tx.now());
    }
    broadcasts::update(tx, &mut held)
}
