//! What is done to jobs though nobody asked: reminders at their time, plans after their rule was
//! changed, and contacts that became others.

use super::tell;
use crate::automation::schedule;
use crate::automation::values::Values;
use crate::desk::DeskError;
use crate::store::jobs::{self, Touch};
use crate::store::sql::Tx;
use crate::store::{StoreError, conversations, meta};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::ids::ContactId;

/// Reminds the customers whose time has come, at most `limit`; says how many that were.
///
/// # Errors
/// The database cannot be written; nothing is done then.
pub fn remind(tx: &mut dyn Tx, values: &Values, limit: u32) -> Result<usize, StoreError> {
    let now = tx.now();
    let due = jobs::to_remind(tx, now, limit)?;
    let count = due.len();
    for mut job in due {
        job.remind_at = None;
        match tell::tell(tx, &mut job, TriggerKind::Reminder, values, None) {
            Ok(()) => {}
            Err(DeskError::Store(error)) => return Err(error),
            // Not reminding one customer must not keep the others waiting.
            Err(error) => tracing::warn!(job = %job.id, %error, "a reminder was refused"),
        }
        jobs::update(tx, &mut job, Touch::Aside)?;
    }
    Ok(count)
}

/// Plans the reminders of all jobs anew, after the rule for them was changed. One that is due
/// already stays due.
///
/// # Errors
/// The database cannot be written; nothing is done then.
pub fn replan(tx: &mut dyn Tx, values: &Values) -> Result<(), StoreError> {
    let now = tx.now();
    // The first time there is nothing to plan anew: every job was planned by this rule.
    if meta::reminder_rule(tx)?.is_some() {
        for mut job in jobs::ahead(tx, now)? {
            let planned = schedule::plan(&job, &values.rules, now);
            let is_due = job.remind_at.is_some_and(|at| at <= now);
            if !is_due && job.remind_at != planned {
                job.remind_at = planned;
                jobs::update(tx, &mut job, Touch::Aside)?;
            }
        }
    }
    meta::set_reminder_rule(tx, values.reminder_rule())
}

/// The conversations of a contact may be another's by now: their jobs go with them.
///
/// # Errors
/// The database cannot be written.
pub fn follow(tx: &mut dyn Tx, contact: ContactId) -> Result<(), StoreError> {
    for mut job in jobs::of_contact(tx, contact)? {
        let Some(conversation) = conversations::find(tx, job.conversation)? else {
            continue;
        };
        if conversation.contact != job.contact {
            job.contact = conversation.contact;
            jobs::update(tx, &mut job, Touch::Aside)?;
        }
    }
    Ok(())
}
