//! Which lines are ours.

use crate::desk::DeskError;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, lines, outbox};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::Seq;
use smsdesk_common::line::{Line, Paused};
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryError;

/// Brings the stored lines in step with the configured ones. A line that is no longer configured
/// stays for its conversations, inactive.
///
/// # Errors
/// The database cannot be written.
pub fn adopt(tx: &mut dyn Tx, configured: &[Address]) -> Result<(), StoreError> {
    for mut line in lines::all(tx)? {
        let active = configured.contains(&line.id);
        if line.active != active {
            line.active = active;
            lines::update(tx, &mut line)?;
        }
    }
    for id in configured {
        ensure(tx, id, Configured::Yes)?;
    }
    Ok(())
}

/// Whether the configuration lists a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Configured {
    Yes,
    /// The provider delivered to it all the same.
    No,
}

/// Stores a line that is not known yet.
pub(crate) fn ensure(
    tx: &mut dyn Tx,
    id: &Address,
    configured: Configured,
) -> Result<(), StoreError> {
    if lines::find(tx, id.as_str())?.is_none() {
        let active = configured == Configured::Yes;
        lines::insert(
            tx,
            Line {
                id: id.clone(),
                seq: Seq::ZERO,
                name: None,
                active,
                paused: None,
            },
        )?;
    }
    Ok(())
}

/// Whether a pause or its end was news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    News,
    Known,
}

/// Notes that the provider refuses the account of these lines. What waits there keeps its place and
/// does not age.
///
/// # Errors
/// The database cannot be written.
pub(crate) fn pause(
    tx: &mut dyn Tx,
    is_of_account: &dyn Fn(&Address) -> bool,
    error: &DeliveryError,
) -> Result<Change, StoreError> {
    let mut change = Change::Known;
    for mut line in lines::all(tx)? {
        if line.paused.is_none() && is_of_account(&line.id) {
            line.paused = Some(Paused {
                since: tx.now(),
                code: error.code,
                text: error.text.clone(),
            });
            lines::update(tx, &mut line)?;
            change = Change::News;
        }
    }
    Ok(change)
}

/// Notes that the provider takes texts of the account of these lines.
///
/// # Errors
/// The database cannot be written.
pub(crate) fn resume(
    tx: &mut dyn Tx,
    is_of_account: &dyn Fn(&Address) -> bool,
) -> Result<Change, StoreError> {
    let mut change = Change::Known;
    for mut line in lines::all(tx)? {
        if !is_of_account(&line.id) {
            continue;
        }
        if let Some(paused) = line.paused.take() {
            outbox::forgive_pause(tx, &line.id, paused.since)?;
            lines::update(tx, &mut line)?;
            change = Change::News;
        }
    }
    Ok(change)
}

/// The line to send from: the one that was named, or the only one there is.
pub(crate) fn choose(reads: &mut dyn Reads, named: Option<&str>) -> Result<Address, DeskError> {
    let mut active: Vec<_> = lines::all(reads)?
        .into_iter()
        .filter(|line| line.active)
        .collect();
    let known = || {
        active
            .iter()
            .map(|line| line.id.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match named {
        Some(named) => active
            .iter()
            .find(|line| line.id.as_str() == named)
            .map(|line| line.id.clone())
            .ok_or_else(|| {
                let known = known();
                DeskError::refused(
                    ErrorCode::LineUnknown,
                    format!("`line`: expected one of our lines: {known}"),
                )
            }),
        None if active.len() == 1 => Ok(active.remove(0).id),
        None if active.is_empty() => Err(DeskError::refused(
            ErrorCode::LineUnknown,
            "no line is configured: set `relay.twilio.lines`",
        )),
        None => {
            let known = known();
            Err(DeskError::refused(
                ErrorCode::LineUnknown,
                format!("`line`: several are configured, name one of: {known}"),
            ))
        }
    }
}
