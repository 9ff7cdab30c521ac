//! What the settings say of a text that nobody typed: its switch, quiet hours, caps. Asked when it is
//! decided, and again when its time has come.

use crate::desk::automatic::Refusal;
use crate::store::sql::Tx;
use crate::store::{StoreError, caps as counts, contacts, settings};
use smsdesk_common::cause::Cause;
use smsdesk_common::phone::Address;
use smsdesk_common::settings::caps::{self, MINUTE_MS};
use smsdesk_common::settings::quiet::{day_began, quiet, zone};
use smsdesk_common::settings::{QuietPolicy, QuietReplies, Settings};
use smsdesk_common::time::Timestamp;

/// What the settings say of a text at this moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// It may go.
    Open,
    /// It may go then; why not now.
    Later(Timestamp, Refusal),
    /// It may not go.
    Closed(Refusal),
}

/// Asks for switches, quiet hours and caps.
///
/// # Errors
/// The database cannot be read.
pub(super) fn ask(
    tx: &mut dyn Tx,
    cause: &Cause,
    line: &Address,
    to: &Address,
) -> Result<Gate, StoreError> {
    let settings = settings::load(tx)?;
    if !settings.automation.allows(cause) {
        return Ok(Gate::Closed(Refusal::Disabled));
    }
    let now = tx.now();
    let contact = match contacts::by_address(tx, to)? {
        Some(id) => contacts::find(tx, id)?,
        None => None,
    };
    let whom = (contact.as_ref(), to);
    if let Some((cap, contact)) = caps::cap(settings.caps.contact_day).zip(contact.as_ref()) {
        let since = day_began(&zone(&settings, line, whom), now);
        if counts::sent_to(tx, contact.id, since)? >= cap {
            return Ok(Gate::Closed(Refusal::Capped));
        }
    }
    let passes = cause.is_reply() && settings.quiet.replies == QuietReplies::Pass;
    if !passes && let Some(hour) = quiet(&settings, line, whom, now) {
        return Ok(match settings.quiet.policy {
            QuietPolicy::Wait => Gate::Later(hour.until, Refusal::Quiet),
            QuietPolicy::Expire => Gate::Closed(Refusal::Quiet),
        });
    }
    turn(tx, &settings, line, now)
}

/// When it is a text's turn on its line.
fn turn(
    tx: &mut dyn Tx,
    settings: &Settings,
    line: &Address,
    now: Timestamp,
) -> Result<Gate, StoreError> {
    let Some(cap) = caps::of_line(settings, line) else {
        return Ok(Gate::Open);
    };
    let since = now.plus_millis(-MINUTE_MS);
    let nth = counts::nth_back(tx, line, cap, since)?;
    if nth.is_none() {
        return Ok(Gate::Open);
    }
    let ahead = counts::waiting_on(tx, line)?;
    Ok(caps::turn(cap, nth, ahead, now).map_or(Gate::Open, |at| Gate::Later(at, Refusal::Capped)))
}

/// How long a text may wait that does not say, in milliseconds.
///
/// # Errors
/// The database cannot be read.
pub(super) fn wait_ms(tx: &mut dyn Tx) -> Result<i64, StoreError> {
    Ok(i64::from(settings::load(tx)?.automation.wait_minutes) * MINUTE_MS)
}
