//! Several acts on several conversations as one step: what each comes to, and one patch a
//! conversation.

use crate::model::triage::{Act, Did, decide};
use serde::{Deserialize, Serialize};
use smsdesk_common::activity::Activity;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::ids::{AgentId, ConversationId, RequestId, Seq};
use smsdesk_common::triage;

/// The most conversations of one step: as many as the list holds at once. A step is one
/// transaction, and who chooses more has chosen by mistake.
pub const STEP_CONVERSATIONS_MAX: usize = 200;

/// A conversation that something is to be done to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Which.
    pub conversation: ConversationId,
    /// The newest entry that the agent had seen of it.
    pub seen: Seq,
}

/// What is wanted of a conversation. What it comes to depends on when it is done: a dot and a macro
/// want the same again, not the same time of last week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wish {
    /// This.
    Act(Act),
    /// Put away until a time as people write it.
    SnoozeUntil(String),
    /// A colleague's, by name.
    AssignTo(String),
}

/// Something that is to be done: what a key, a repeat or a macro comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// What, one after the other.
    pub wishes: Vec<Wish>,
    /// Where the cursor goes then.
    pub then: Then,
}

/// Where the cursor goes after a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// It stays.
    Stay,
    /// To the next conversation that nothing was done to.
    Next,
}

/// What acts come to for one conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What each act came to, in their order.
    pub dids: Vec<Did>,
    /// The request that asks for all of it; none where nothing changes.
    pub patch: Option<Patch>,
    /// Every field that changes, before and after.
    pub did: Vec<Activity>,
}

/// What an act is to be for several conversations together: a key that turns something over must
/// not turn some on and others off.
pub fn of_one_mind<'a>(
    act: Act,
    mut conversations: impl ExactSizeIterator<Item = &'a Conversation>,
) -> Act {
    if conversations.len() < 2 {
        return act;
    }
    let is_open = |it: &Conversation| it.status == ConversationStatus::Open;
    match act {
        Act::DoneOrReopen if conversations.any(is_open) => Act::Done,
        Act::Flag if conversations.any(|it| !it.flagged) => Act::PutFlag,
        act => act,
    }
}

/// What `acts`, one after the other, come to for a conversation as the agent sees it.
pub fn change(
    acts: &[Act],
    id: RequestId,
    conversation: &Conversation,
    me: Option<AgentId>,
    seen: Seq,
) -> Change {
    let mut shown = conversation.clone();
    let mut whole = Patch::new(id);
    let mut dids = Vec::new();
    for act in acts {
        let (did, patch) = decide(act.clone(), id, &shown, me, seen);
        dids.push(did);
        if let Some(patch) = patch {
            triage::apply(&patch, &mut shown);
            whole = joined(whole, patch);
        }
    }
    let did = triage::apply(&whole, &mut conversation.clone());
    Change {
        dids,
        patch: (!did.is_empty()).then_some(whole),
        did,
    }
}

/// Two patches of one conversation as one: the later one has the last word on each field.
fn joined(earlier: Patch, later: Patch) -> Patch {
    let status = later.status.or(earlier.status);
    let snoozed_until = keep_unless(later.snoozed_until, earlier.snoozed_until);
    let flagged = later.flagged.or(earlier.flagged);
    let flag_reason = keep_unless(later.flag_reason, earlier.flag_reason);
    let is_snooze = status.is_none_or(|status| status == ConversationStatus::Snoozed);
    Patch {
        id: earlier.id,
        status,
        assignee: keep_unless(later.assignee, earlier.assignee),
        labels: later.labels.or(earlier.labels),
        flagged,
        // And a reason for a flag only.
        flag_reason: if flagged == Some(false) {
            Update::Keep
        } else {
            flag_reason
        },
        // The relay takes a time to come back at for a snooze only.
        snoozed_until: if is_snooze {
            snoozed_until
        } else {
            Update::Keep
        },
        if_seq: earlier.if_seq.or(later.if_seq),
        seen_seq: later.seen_seq.or(earlier.seen_seq),
    }
}

fn keep_unless<T>(later: Update<T>, earlier: Update<T>) -> Update<T> {
    if later.is_keep() { earlier } else { later }
}

/// What was done to one conversation of a step, and how it is named; remote text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which.
    pub conversation: ConversationId,
    /// What each act came to, in their order.
    pub dids: Vec<Did>,
}

/// What a step came to, in words: "5 done, 1 done already". None where nothing was done.
pub fn summary(outcomes: &[Outcome]) -> Option<String> {
    let mut counts: Vec<(Did, usize)> = Vec::new();
    for did in outcomes.iter().flat_map(|outcome| &outcome.dids) {
        match counts.iter_mut().find(|(known, _)| known == did) {
            Some((_, count)) => *count += 1,
            None => counts.push((*did, 1)),
        }
    }
    let several = outcomes.len() > 1;
    let say = |(did, count): &(Did, usize)| match several {
        true => format!("{count} {}", did.short()),
        false => did.short().to_owned(),
    };
    let words: Vec<String> = counts.iter().map(say).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
