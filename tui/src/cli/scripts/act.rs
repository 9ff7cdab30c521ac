//! Triage from scripts: the same patches that the app makes, one conversation after the other.

use super::{Desk, Quiet, ScriptError, find, read, send};
use crate::clock;
use crate::model::when;
use clap::Args;
use jiff::tz::TimeZone;
use smsdesk_common::agent::Agent;
use smsdesk_common::api::agents::Agents;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, EntryId, RequestId, Seq};
use smsdesk_common::record::Record;
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;

#[derive(Debug, Args)]
pub(in crate::cli) struct Ids {
    /// Ids, beginnings of ids, or customers' numbers; none, or `-`, for those on stdin, one a line.
    #[arg(value_name = "ID")]
    ids: Vec<String>,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SnoozeArguments {
    /// Until when: 2h, 18:00, "tue 9", "tomorrow 9", or reply for when the customer writes.
    until: String,
    #[command(flatten)]
    ids: Ids,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AssignArguments {
    /// A colleague's name, me, or nobody.
    to: String,
    #[command(flatten)]
    ids: Ids,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TagArguments {
    /// Labels, with commas between.
    labels: String,
    /// Take them off instead.
    #[arg(long)]
    remove: bool,
    #[command(flatten)]
    ids: Ids,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct FlagArguments {
    /// Take the flag off instead.
    #[arg(long, conflicts_with = "reason")]
    off: bool,
    /// Why it wants attention, in a few words.
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    ids: Ids,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NoteArguments {
    /// Where: an id, the beginning of one, or a customer's number.
    #[arg(value_name = "ID")]
    place: String,
    /// The words, which customers never see; `@name` calls a colleague. `-` reads them from stdin.
    text: String,
    /// The note's id, a UUID: the same id again writes nothing again.
    #[arg(long)]
    id: Option<uuid::Uuid>,
    #[command(flatten)]
    quiet: Quiet,
}

/// What is to be done to a conversation.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Close,
    Reopen,
    Snooze(Option<Timestamp>),
    Assign(Option<AgentId>),
    Flag(Option<String>),
    Unflag,
    Tag(Vec<String>),
    Untag(Vec<String>),
    Unread,
}

/// Puts away.
pub(super) async fn snooze(desk: &mut Desk, given: SnoozeArguments) -> Result<(), ScriptError> {
    let until = match given.until.as_str() {
        "reply" => None,
        text => Some(
            when::read(text, clock::now(), &TimeZone::system()).ok_or_else(|| {
                let expected = "expected a time such as 2h, 18:00, tue 9, tomorrow 9, or reply";
                ScriptError::Usage(format!("`{text}`: {expected}"))
            })?,
        ),
    };
    run(desk, given.ids, Change::Snooze(until)).await
}

/// Gives to a colleague.
pub(super) async fn assign(desk: &mut Desk, given: AssignArguments) -> Result<(), ScriptError> {
    let to = match given.to.as_str() {
        "nobody" => None,
        "me" => Some(agents(desk).await?.me),
        name => Some(colleague(agents(desk).await?, name)?),
    };
    run(desk, given.ids, Change::Assign(to)).await
}

/// Takes.
pub(super) async fn take(desk: &mut Desk, ids: Ids) -> Result<(), ScriptError> {
    let me = agents(desk).await?.me;
    run(desk, ids, Change::Assign(Some(me))).await
}

/// Labels.
pub(super) async fn tag(desk: &mut Desk, given: TagArguments) -> Result<(), ScriptError> {
    let labels = given.labels.split(',').map(|label| label.trim().to_owned());
    let labels: Vec<String> = labels.collect();
    if let Some(why) = triage::unfit(&labels) {
        return Err(ScriptError::Usage(format!(
            "labels: the conversation {why}"
        )));
    }
    let change = match given.remove {
        true => Change::Untag(labels),
        false => Change::Tag(labels),
    };
    run(desk, given.ids, change).await
}

/// Flags.
pub(super) async fn flag(desk: &mut Desk, given: FlagArguments) -> Result<(), ScriptError> {
    let change = if given.off {
        Change::Unflag
    } else {
        Change::Flag(given.reason)
    };
    run(desk, given.ids, change).await
}

/// Writes a note among colleagues, and prints its id.
pub(super) async fn note(desk: &mut Desk, given: NoteArguments) -> Result<(), ScriptError> {
    let note = WriteNote {
        id: EntryId(given.id.unwrap_or_else(clock::new_id)),
        body: send::words(given.text)?,
    };
    for conversation in find::conversations(desk, &[given.place]).await? {
        let path = format!("/v1/conversations/{}/notes", conversation.id);
        let written: Record = desk.api.post(&path, &note).await?;
        let id = written.id();
        desk.output.record(&written, given.quiet, &[&id])?;
    }
    Ok(())
}

/// Does it to every conversation that was named, in their order. The first that is refused ends it;
/// those before it are done and printed.
pub(super) async fn run(desk: &mut Desk, ids: Ids, change: Change) -> Result<(), ScriptError> {
    let names = find::names(ids.ids)?;
    for conversation in find::conversations(desk, &names).await? {
        let id = conversation.id;
        let record: Record = if matches!(change, Change::Unread) {
            let path = format!("/v1/conversations/{id}/read");
            let _: Record = desk.api.put(&path, &unread(&conversation)).await?;
            Record::Conversation(Box::new(conversation))
        } else {
            let patch = patch(&change, &conversation);
            desk.api
                .patch(&format!("/v1/conversations/{id}"), &patch)
                .await?
        };
        let now = find::conversation(record.clone())?;
        read::conversation_line(desk, &record, &now, ids.quiet)?;
    }
    Ok(())
}

/// The request that asks for it. What puts a conversation away names what was seen of it, so that a
/// text which comes in between is not put away with it.
fn patch(change: &Change, conversation: &Conversation) -> Patch {
    let blank = Patch::new(RequestId(clock::new_id()));
    let seen_seq = conversation.last.as_ref().map(|last| last.position);
    match change {
        Change::Close => Patch {
            status: Some(ConversationStatus::Done),
            seen_seq,
            ..blank
        },
        Change::Reopen => Patch {
            status: Some(ConversationStatus::Open),
            ..blank
        },
        Change::Snooze(until) => Patch {
            status: Some(ConversationStatus::Snoozed),
            snoozed_until: until.map_or(Update::Clear, Update::Set),
            seen_seq,
            ..blank
        },
        Change::Assign(to) => Patch {
            assignee: to.map_or(Update::Clear, Update::Set),
            ..blank
        },
        Change::Flag(reason) => Patch {
            flagged: Some(true),
            flag_reason: reason.clone().map_or(Update::Keep, Update::Set),
            ..blank
        },
        Change::Unflag | Change::Unread => Patch {
            flagged: Some(false),
            ..blank
        },
        Change::Tag(labels) => {
            let all = conversation.labels.iter().chain(labels).cloned();
            labelled(conversation, &all.collect::<Vec<_>>())
        }
        Change::Untag(labels) => {
            let kept = conversation.labels.iter();
            let kept = kept.filter(|label| !labels.contains(label)).cloned();
            labelled(conversation, &kept.collect::<Vec<_>>())
        }
    }
}

/// All its labels from now on; refused where somebody changed the conversation in between.
fn labelled(conversation: &Conversation, labels: &[String]) -> Patch {
    Patch {
        labels: Some(triage::tidy(labels)),
        if_seq: Some(conversation.seq),
        ..Patch::new(RequestId(clock::new_id()))
    }
}

fn unread(conversation: &Conversation) -> SetRead {
    let last = conversation
        .last
        .as_ref()
        .map_or(Seq::ZERO, |last| last.position);
    SetRead {
        id: RequestId(clock::new_id()),
        position: Seq(last.0.saturating_sub(1)),
        inbound_read: conversation.inbound_total.saturating_sub(1),
    }
}

async fn agents(desk: &Desk) -> Result<Agents, ScriptError> {
    Ok(desk.api.get("/v1/agents").await?)
}

/// The colleague of that name, else the only one whose name begins so.
fn colleague(agents: Agents, name: &str) -> Result<AgentId, ScriptError> {
    let known = agents.agents.into_iter().filter_map(|record| match record {
        Record::Agent(agent) if agent.active => Some(agent),
        _ => None,
    });
    let known: Vec<Agent> = known.collect();
    let wanted = name.to_lowercase();
    let is = |agent: &&Agent| agent.name.to_lowercase() == wanted;
    let begins = |agent: &&Agent| agent.name.to_lowercase().starts_with(&wanted);
    if let Some(agent) = known.iter().find(is) {
        return Ok(agent.id);
    }
    let mut like = known.iter().filter(begins);
    match (like.next(), like.next()) {
        (Some(agent), None) => Ok(agent.id),
        _ => {
            let names: Vec<&str> = known.iter().map(|agent| agent.name.as_str()).collect();
            let names = names.join(", ");
            Err(ScriptError::Usage(format!(
                "`{name}`: expected me, nobody or one of {names}"
            )))
        }
    }
}
