//! A customer is told what happens to their job: each text once, in the transaction that decides it.

use crate::automation::schedule;
use crate::automation::values::Values;
use crate::desk::automatic::{self, Automatic, Outcome, Refusal};
use crate::desk::notice::{Filled, contact_of, fill};
use crate::desk::send::Recipient;
use crate::desk::triage::told;
use crate::desk::{DeskError, later};
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, conversations, entries};
use smsdesk_common::activity::{self, Activity};
use smsdesk_common::agent::Agent;
use smsdesk_common::cause::{Cause, TriggerKind};
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::Author;
use smsdesk_common::ids::{AgentId, EntryId};
use smsdesk_common::job::{Job, JobChange, JobDeed, Notice, Withheld, told_date, told_time};
use smsdesk_common::template::Variables;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// Tells the customer what they are to be told by now; `eta` is what somebody just said of it.
/// Nothing is stored of the job itself.
pub(super) fn owed(
    tx: &mut dyn Tx,
    job: &mut Job,
    values: &Values,
    eta: Option<u32>,
) -> Result<(), DeskError> {
    let now = tx.now();
    if let Some(kind) = schedule::owed(job, &values.rules, now) {
        tell(tx, job, kind, values, eta)?;
    }
    if !schedule::is_remindable(job) {
        job.remind_at = None;
    }
    Ok(())
}

/// Tells the customer one thing, or notes why not.
pub(super) fn tell(
    tx: &mut dyn Tx,
    job: &mut Job,
    kind: TriggerKind,
    values: &Values,
    eta: Option<u32>,
) -> Result<(), DeskError> {
    let notice = decide(tx, job, kind, values, eta)?;
    let change = match &notice {
        Notice::Texted { .. } => None,
        // What the desk has switched off is nothing to be told each time.
        Notice::Withheld { why, .. } if *why == Withheld::Disabled => None,
        Notice::Withheld { why, .. } => Some(JobChange::Withheld {
            notice: kind,
            why: *why,
        }),
        Notice::Lacks { names, .. } => {
            let names = names.clone();
            Some(JobChange::Lacks {
                notice: kind,
                names,
            })
        }
    };
    if is_same(job.notices.get(&kind), &notice) {
        return Ok(());
    }
    if let Some(change) = change {
        say(tx, None, job, vec![change])?;
    }
    job.notices.insert(kind, notice);
    Ok(())
}

/// Whether a customer still lacks what they lacked before.
fn is_same(before: Option<&Notice>, now: &Notice) -> bool {
    match (before, now) {
        (Some(Notice::Lacks { names: was, .. }), Notice::Lacks { names, .. }) => was == names,
        _ => false,
    }
}

fn decide(
    tx: &mut dyn Tx,
    job: &Job,
    kind: TriggerKind,
    values: &Values,
    eta: Option<u32>,
) -> Result<Notice, DeskError> {
    let at = tx.now();
    let withheld = |why| Notice::Withheld { at, why };
    if !values.tells_of_jobs(kind) {
        return Ok(withheld(Withheld::Disabled));
    }
    if kind == TriggerKind::Reminder && schedule::is_reminder_late(job, at) {
        return Ok(withheld(Withheld::Late));
    }
    let Some(conversation) = conversations::find(tx, job.conversation)? else {
        return Ok(withheld(Withheld::Unreachable));
    };
    let contact = contact_of(tx, &conversation)?;
    let given = variables(job, &contact, eta, at)?;
    let (body, template) = match fill(tx, kind, &contact, values, given)? {
        Filled::Text { body, template } => (body, template),
        Filled::Lacks(names) => return Ok(Notice::Lacks { at, names }),
        Filled::Broken(why) => {
            tracing::warn!(%kind, %why, "a template makes no text");
            return Ok(withheld(Withheld::Template));
        }
    };
    let text = Automatic {
        key: key(job, kind),
        cause: Cause::Job(job.id),
        recipient: Recipient::Conversation(job.conversation),
        body,
        template,
        expires_ms: schedule::expiry_ms(job, kind, at),
    };
    Ok(match automatic::send(tx, &text)? {
        Outcome::Queued(entry) | Outcome::Waits(entry) | Outcome::Before(entry) => Notice::Texted {
            at,
            entry: entry.id,
        },
        Outcome::Refused(refusal) => withheld(why(&refusal)),
    })
}

/// The name of a text. One that names a time and was taken back before it went is another one at
/// another time.
fn key(job: &Job, kind: TriggerKind) -> String {
    match kind {
        TriggerKind::Scheduled | TriggerKind::Reminder => {
            format!("job:{}:{kind}:{}", job.id, job.starts_at.as_millis())
        }
        _ => format!("job:{}:{kind}", job.id),
    }
}

const fn why(refusal: &Refusal) -> Withheld {
    match refusal {
        Refusal::OptedOut => Withheld::OptedOut,
        Refusal::Disabled => Withheld::Disabled,
        Refusal::Quiet => Withheld::Quiet,
        Refusal::Capped => Withheld::Capped,
        Refusal::Unreachable => Withheld::Unreachable,
        Refusal::NotSupported(_) => Withheld::Other,
    }
}

/// What is known of a job, for its texts; its own values go before it.
fn variables(
    job: &Job,
    contact: &Contact,
    eta: Option<u32>,
    now: Timestamp,
) -> Result<Variables, StoreError> {
    let language = contact.language.as_deref();
    let first = job.technician.as_deref();
    let first = first.and_then(|name| name.split_whitespace().next());
    let eta = eta.or_else(|| schedule::eta(job, now));
    let known = [
        ("scheduled_date", Some(told_date(job, language))),
        ("scheduled_time", Some(told_time(job, language))),
        ("tech_first_name", first.map(str::to_owned)),
        ("tech_name", job.technician.clone()),
        ("eta_minutes", eta.map(|minutes| minutes.to_string())),
        ("job_address", job.address.clone()),
    ];
    let mut variables = Variables::default();
    for (name, value) in known {
        if let Some(value) = value {
            let kept = variables.insert(name, value);
            kept.map_err(|error| StoreError::Engine(error.to_string()))?;
        }
    }
    Ok(variables.with(job.variables.clone()))
}

/// Takes back those texts of a job that still wait, as far as `which` says; they were not sent, and
/// are owed again where the job says so.
pub(super) fn take_back(
    tx: &mut dyn Tx,
    job: &mut Job,
    which: &[TriggerKind],
) -> Result<(), StoreError> {
    for kind in which {
        let Some(Notice::Texted { entry, .. }) = job.notices.get(kind) else {
            continue;
        };
        let Some(mut text) =
            entries::find(tx, *entry)?.filter(smsdesk_common::entry::Entry::is_timed)
        else {
            continue;
        };
        later::take_back(tx, &mut text)?;
        job.notices.remove(kind);
    }
    Ok(())
}

/// Tells in the timeline what was done to a job, and by whom where anybody did it.
pub(super) fn say(
    tx: &mut dyn Tx,
    by: Option<(&Agent, EntryId)>,
    job: &Job,
    did: Vec<JobChange>,
) -> Result<(), StoreError> {
    if did.is_empty() {
        return Ok(());
    }
    let did: Vec<_> = did
        .into_iter()
        .map(|change| Activity::Job(JobDeed::of(job, change)))
        .collect();
    let nobody = AgentId(Uuid::nil());
    let words = activity::words(&did, nobody, |_| String::new());
    let (id, author) = match by {
        Some((agent, id)) => (id, Author::Agent(agent.id)),
        None => (EntryId(tx.new_id()), automation(job)),
    };
    let entry = told(tx, id, job.conversation, author, words, did);
    entries::insert(tx, entry)?;
    Ok(())
}

fn automation(job: &Job) -> Author {
    Author::Automation(Cause::Job(job.id))
}

/// Whether an entry has that id.
pub(super) fn is_taken(reads: &mut dyn Reads, id: EntryId) -> Result<bool, StoreError> {
    Ok(entries::find(reads, id)?.is_some())
}
