//! Triage: what an agent means by a key, what it comes to for one conversation, and how that is
//! said.

use serde::{Deserialize, Serialize};
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, RequestId, Seq};

/// What is to be done to a conversation. What that changes depends on how it stands at the moment
/// at which it is done: two quick strokes of a key that turns something over undo each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Act {
    /// Nothing more is to do here.
    Done,
    /// Done, or open again where it is not open.
    DoneOrReopen,
    /// Flagged, or not any more.
    Flag,
    /// Flagged, whether or not it is.
    PutFlag,
    /// Mine.
    Take,
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
    /// Nobody knows yet who works here.
    WithoutName,
}

impl Did {
    /// In words, to the agent.
    pub const fn says(self) -> &'static str {
        match self {
            Self::Done => "Done · E reopens it",
            Self::WasDone => "It is done already · E reopens it",
            Self::Reopened => "Open again · E marks it done",
            Self::Flagged => "Flagged · * takes the flag off",
            Self::WasFlagged => "It is flagged already · * takes the flag off",
            Self::Unflagged => "The flag is off",
            Self::Taken => "It is yours now",
            Self::WasMine => "It is yours already",
            Self::WithoutName => "Not taken: the relay has to say once who you are",
        }
    }

    /// In a word or two, where several conversations or acts are told of at once.
    pub const fn short(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::WasDone => "done already",
            Self::Reopened => "open again",
            Self::Flagged => "flagged",
            Self::WasFlagged => "flagged already",
            Self::Unflagged => "flag off",
            Self::Taken => "taken",
            Self::WasMine => "yours already",
            Self::WithoutName => "not taken: the relay has to say once who you are",
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
        (Act::Take, _) => match me {
            None => (Did::WithoutName, None),
            Some(me) if conversation.assignee == Some(me) => (Did::WasMine, None),
            Some(me) => {
                let assignee = Update::Set(me);
                (Did::Taken, Some(Patch { assignee, ..blank }))
            }
        },
    }
}

/// Why the relay did not do what was asked, in words. `name` is whom it was about.
pub fn refusal(patch: &Patch, problem: &Problem, name: Option<&str>) -> String {
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
        _ if problem.detail.is_empty() => title.to_owned(),
        _ => format!("{title}: {}", problem.detail),
    };
    format!("{}: {what}. {why}", name.unwrap_or("A conversation"))
}
