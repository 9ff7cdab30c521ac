//! Which lines are ours.

use crate::desk::DeskError;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, lines};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::Seq;
use smsdesk_common::line::Line;
use smsdesk_common::phone::Address;

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
            },
        )?;
    }
    Ok(())
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
