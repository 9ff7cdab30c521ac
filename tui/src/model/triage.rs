//! Triage: what an agent means by a key, what it comes to for one conversation, and how that is
//! said.

use crate::action::Action;
use crate::model::undo::Why;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, RequestId, Seq};
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;

/// Whom a refused request was about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The contact's name, or number; none where the conversation is not on this disk.
    pub name: Option<String>,
    /// What somebody else did last to what was asked for, where its timeline tells.
    pub since: Option<Why>,
}

/// What is to be done to a conversation. What that changes depends on how it stands at the moment
/// at which it is done: two quick strokes of a key that turns something over undo each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Act {
    /// Nothing more is to do here.
    Done,
    /// Done, or open again where it is not open.
    DoneOrReopen,
    /// Put away until a time, or without one until the customer writes.
    Snooze(Option<Timestamp>),
    /// Flagged, or not any more.
    Flag,
    /// Flagged, whether or not it is.
    PutFlag,
    /// Flagged, whether or not it is, with a reason or without one.
    FlagBecause(Option<String>),
    /// Mine.
    Take,
    /// A colleague's, or nobody's.
    Assign(Option<AgentId>),
    /// Labels on and off; those that are so already stay.
    Label {
        /// It is to have these.
        on: Vec<String>,
        /// And not to have these.
        off: Vec<String>,
    },
}

/// What an act came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Did {
    /// It is done.
    Done,
    /// It was done already.
    WasDone,
    /// It is open again.
    Reopened,
    /// It is put away.
    Snoozed,
    /// It is flagged.
    Flagged,
    /// It was flagged already.
    WasFlagged,
    /// It is not flagged any more.
    Unflagged,
    /// It is mine.
    Taken,
    /// It was mine already.
    WasMine,
    /// It is a colleague's.
    Assigned,
    /// It is nobody's any more.
    Unassigned,
    /// It has other labels.
    Labelled,
    /// All was so already.
    WasSo,
    /// Nobody knows yet who works here.
    WithoutName,
}

impl Did {
    /// In words, to the agent. `key` names the key of an action.
    pub fn says(self, key: impl Fn(Action) -> String) -> String {
        let turn = || key(Action::DoneStay);
        let flag = || key(Action::Flag);
        let says = match self {
            Self::Done => return format!("Done · {} reopens it", turn()),
            Self::WasDone => return format!("It is done already · {} reopens it", turn()),
            Self::Reopened => return format!("Open again · {} marks it done", turn()),
            Self::Snoozed => return format!("Snoozed · {} opens it again", turn()),
            Self::Flagged => return format!("Flagged · {} takes the flag off", flag()),
            Self::WasFlagged => {
                return format!("It is flagged already · {} takes the flag off", flag());
            }
            Self::Unflagged => "The flag is off",
            Self::Taken => "It is yours now",
            Self::WasMine => "It is yours already",
            Self::Assigned => "It has another owner now",
            Self::Unassigned => "Nobody owns it now",
            Self::Labelled => "The labels are changed",
            Self::WasSo => "It was so already",
            Self::WithoutName => "Not taken: the relay has to say once who you are",
        };
        says.to_owned()
    }

    /// In a word or two, where several conversations or acts are told of at once.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WasDone => "done already",
            Self::Reopened => "open again",
            Self::Snoozed => "snoozed",
            Self::Flagged => "flagged",
            Self::WasFlagged => "flagged already",
            Self::Unflagged => "flag off",
            Self::Taken => "taken",
            Self::WasMine => "yours already",
            Self::Assigned => "assigned",
            Self::Unassigned => "unassigned",
            Self::Labelled => "labels changed",
            Self::WasSo => "so already",
            Self::WithoutName => "not taken: the relay has to say once who you are",
        }
    }
}

/// What counting a conversation as unread came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unread {
    /// The newest text of the customer is unread again: I have read up to here.
    Again(Seq),
    /// It counted as unread already.
    Was,
    /// The customer has not written, as far as this disk knows.
    Nothing,
}

impl Unread {
    /// In words, to the agent.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Again(_) => "Unread again, until you open it",
            Self::Was => "It counts as unread already",
            Self::Nothing => "There is no text of the customer here",
        }
    }
}

/// What an act comes to for a conversation as the agent sees it, and the request that asks for it;
/// none where nothing is to be asked. `seen` is the newest entry that the agent had seen.
pub fn decide(
    act: Act,
    id: RequestId,
    conversation: &Conversation,
    me: Option<AgentId>,
    seen: Seq,
) -> (Did, Option<Patch>) {
    let blank = Patch::new(id);
    let done = Patch {
        status: Some(ConversationStatus::Done),
        seen_seq: Some(seen),
        ..blank.clone()
    };
    match (act, conversation.status) {
        (Act::Done, ConversationStatus::Done) => (Did::WasDone, None),
        (Act::Done, _) | (Act::DoneOrReopen, ConversationStatus::Open) => (Did::Done, Some(done)),
        (Act::DoneOrReopen, _) => {
            let status = Some(ConversationStatus::Open);
            (Did::Reopened, Some(Patch { status, ..blank }))
        }
        (Act::Snooze(until), _) => {
            let snoozed = Patch {
                status: Some(ConversationStatus::Snoozed),
                snoozed_until: until.map_or(Update::Clear, Update::Set),
                seen_seq: Some(seen),
                ..blank
            };
            (Did::Snoozed, Some(snoozed))
        }
        (Act::PutFlag, _) if conversation.flagged => (Did::WasFlagged, None),
        (Act::Flag | Act::PutFlag, _) => {
            let flagged = !conversation.flagged;
            let did = if flagged {
                Did::Flagged
            } else {
                Did::Unflagged
            };
            let flagged = Some(flagged);
            (did, Some(Patch { flagged, ..blank }))
        }
        (Act::FlagBecause(reason), _) => flag(blank, conversation, reason),
        (Act::Take, _) => match me {
            None => (Did::WithoutName, None),
            Some(me) => assign(blank, conversation, Some(me), Some(me)),
        },
        (Act::Assign(to), _) => assign(blank, conversation, to, me),
        (Act::Label { on, off }, _) => label(blank, conversation, on, &off),
    }
}

fn flag(blank: Patch, conversation: &Conversation, reason: Option<String>) -> (Did, Option<Patch>) {
    if conversation.flagged && conversation.flag_reason == reason {
        return (Did::WasSo, None);
    }
    let patch = Patch {
        flagged: Some(true),
        flag_reason: reason.map_or(Update::Clear, Update::Set),
        ..blank
    };
    (Did::Flagged, Some(patch))
}

fn assign(
    blank: Patch,
    conversation: &Conversation,
    to: Option<AgentId>,
    me: Option<AgentId>,
) -> (Did, Option<Patch>) {
    let is_me = to.is_some() && to == me;
    if conversation.assignee == to {
        let did = if is_me { Did::WasMine } else { Did::WasSo };
        return (did, None);
    }
    let did = match to {
        Some(_) if is_me => Did::Taken,
        Some(_) => Did::Assigned,
        None => Did::Unassigned,
    };
    let assignee = to.map_or(Update::Clear, Update::Set);
    (did, Some(Patch { assignee, ..blank }))
}

fn label(
    blank: Patch,
    conversation: &Conversation,
    on: Vec<String>,
    off: &[String],
) -> (Did, Option<Patch>) {
    let mut labels = conversation.labels.clone();
    labels.retain(|label| !off.contains(label));
    labels.extend(on);
    let labels = triage::tidy(&labels);
    if labels == conversation.labels {
        return (Did::WasSo, None);
    }
    let labels = Some(labels);
    (Did::Labelled, Some(Patch { labels, ..blank }))
}

/// Why the relay did not do what was asked, in words. `name` is whom it was about, `since` what a
/// colleague did to it, where that is known: "Bo marked it done at 13:20"; `key` names a key.
pub fn refusal(
    patch: &Patch,
    problem: &Problem,
    name: Option<&str>,
    since: Option<&str>,
    key: impl Fn(Action) -> String,
) -> String {
    let what = match patch {
        Patch {
            status: Some(ConversationStatus::Done),
            ..
        } => "not marked done",
        Patch {
            status: Some(ConversationStatus::Open),
            ..
        } => "not reopened",
        Patch {
            status: Some(ConversationStatus::Snoozed),
            ..
        } => "not snoozed",
        Patch {
            flagged: Some(true),
            ..
        } => "not flagged",
        Patch {
            flagged: Some(false),
            ..
        } => "still flagged",
        Patch {
            labels: Some(_), ..
        } => "the labels were not changed",
        Patch { assignee, .. } if !assignee.is_keep() => "the owner was not changed",
        _ => "nothing was changed",
    };
    let title = if problem.title.is_empty() {
        problem.code.title()
    } else {
        &problem.title
    };
    let why = match problem.code {
        ErrorCode::CustomerWrote => "The customer wrote meanwhile, so it stays open".to_owned(),
        ErrorCode::AgentRevoked => {
            let key = key(Action::Assign);
            format!("They do not work here any more; {key} asks anew")
        }
        ErrorCode::ConversationChanged => {
            let since = since.unwrap_or("A colleague changed it meanwhile");
            format!("{since}; press the key again if it is still to be done")
        }
        _ if problem.detail.is_empty() => title.to_owned(),
        _ => format!("{title}: {}", problem.detail),
    };
    format!("{}: {what}. {why}", name.unwrap_or("A conversation"))
}
