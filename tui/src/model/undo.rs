//! Undo and redo of triage: what a step changed, how it is turned back, and when it may be.
//!
//! A step knows fields before and after, not keys: whatever patches a conversation is undone in the
//! same way. Knows no disk.

use serde::{Deserialize, Serialize};
use smsdesk_common::activity::Activity;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::{AgentId, ConversationId, RequestId, Seq};
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;

/// A direction in what was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Way {
    /// Back to the state before.
    Undo,
    /// To the state after, once more.
    Redo,
}

/// What a step did to one conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which.
    pub conversation: ConversationId,
    /// The newest entry that the agent had seen of it then.
    pub seen: Seq,
    /// Every field that was changed, with what it held before and after; no other.
    pub did: Vec<Activity>,
}

/// What stands in the way of turning a part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A field holds something else than the step left there: from that, to what it holds.
    Differs(Activity),
    /// It would be put away over a text of the customer that came later.
    CustomerWrote,
}

impl Part {
    /// The request that turns it. Only fields that the step changed are named.
    pub fn patch(&self, way: Way, id: RequestId) -> Patch {
        let mut patch = Patch::new(id);
        for activity in &self.did {
            match activity {
                Activity::Status { from, to } => patch.status = Some(*way.goal(from, to)),
                Activity::Assignee { from, to } => patch.assignee = update(*way.goal(from, to)),
                Activity::Labels { from, to } => {
                    patch.labels = Some(way.goal(from, to).clone());
                }
                Activity::Flagged { from, to } => patch.flagged = Some(*way.goal(from, to)),
                Activity::FlagReason { from, to } => {
                    patch.flag_reason = update(way.goal(from, to).clone());
                }
                Activity::SnoozedUntil { from, to } => {
                    patch.snoozed_until = update(*way.goal(from, to));
                }
                // Of the contact, which has steps of its own.
                Activity::Consent { .. }
                | Activity::Contact { .. }
                | Activity::Job(_)
                | Activity::TimedText { .. }
                | Activity::Unknown => {}
            }
        }
        if patch.flagged == Some(false) {
            // It goes with the flag.
            patch.flag_reason = Update::Keep;
        }
        match patch.status {
            Some(ConversationStatus::Open) => patch.snoozed_until = Update::Keep,
            Some(ConversationStatus::Done) => {
                patch.snoozed_until = Update::Keep;
                patch.seen_seq = Some(self.seen);
            }
            Some(ConversationStatus::Snoozed) => patch.seen_seq = Some(self.seen),
            None => {}
        }
        patch
    }

    /// What stands in the way of turning it, by the conversation as it is shown; none where it may
    /// be turned.
    pub fn obstacle(&self, way: Way, shown: &Conversation) -> Option<Obstacle> {
        let differs = self
            .did
            .iter()
            .find_map(|activity| way.differs(activity, shown));
        if let Some(differs) = differs {
            return Some(Obstacle::Differs(differs));
        }
        let patch = self.patch(way, RequestId(uuid::Uuid::nil()));
        let mut turned = shown.clone();
        triage::apply(&patch, &mut turned);
        let snoozed = ConversationStatus::Snoozed;
        if matches!(patch.snoozed_until, Update::Set(_)) && turned.status != snoozed {
            // The time to come back at belongs to a snooze that is over.
            let (from, to) = (snoozed, shown.status);
            return Some(Obstacle::Differs(Activity::Status { from, to }));
        }
        if matches!(patch.flag_reason, Update::Set(_)) && !turned.flagged {
            // The reason belongs to a flag that is off.
            let (from, to) = (true, false);
            return Some(Obstacle::Differs(Activity::Flagged { from, to }));
        }
        let is_put_away =
            shown.status == ConversationStatus::Open && turned.status != ConversationStatus::Open;
        let last = shown.last.as_ref();
        let wrote = last
            .is_some_and(|last| last.direction == Direction::Inbound && last.position > self.seen);
        (is_put_away && wrote).then_some(Obstacle::CustomerWrote)
    }
}

impl Way {
    /// Of a field before and after a step: what it is to hold.
    const fn goal<'a, T>(self, from: &'a T, to: &'a T) -> &'a T {
        match self {
            Self::Undo => from,
            Self::Redo => to,
        }
    }

    /// Of a field before and after a step: what it must hold, so that the step may be turned.
    const fn start<'a, T>(self, from: &'a T, to: &'a T) -> &'a T {
        match self {
            Self::Undo => to,
            Self::Redo => from,
        }
    }

    /// The change of a field that happened since, where there is one.
    fn differs(self, activity: &Activity, shown: &Conversation) -> Option<Activity> {
        let differs = match activity {
            Activity::Status { from, to } => Activity::Status {
                from: *self.start(from, to),
                to: shown.status,
            },
            Activity::Assignee { from, to } => Activity::Assignee {
                from: *self.start(from, to),
                to: shown.assignee,
            },
            Activity::Labels { from, to } => Activity::Labels {
                from: self.start(from, to).clone(),
                to: shown.labels.clone(),
            },
            Activity::Flagged { from, to } => Activity::Flagged {
                from: *self.start(from, to),
                to: shown.flagged,
            },
            Activity::FlagReason { from, to } => Activity::FlagReason {
                from: self.start(from, to).clone(),
                to: shown.flag_reason.clone(),
            },
            Activity::SnoozedUntil { from, to } => Activity::SnoozedUntil {
                from: *self.start(from, to),
                to: shown.snoozed_until,
            },
            Activity::Consent { .. }
            | Activity::Contact { .. }
            | Activity::Job(_)
            | Activity::TimedText { .. }
            | Activity::Unknown => {
                return Some(Activity::Unknown);
            }
        };
        let changed = match &differs {
            Activity::Status { from, to } => from != to,
            Activity::Assignee { from, to } => from != to,
            Activity::Labels { from, to } => from != to,
            Activity::Flagged { from, to } => from != to,
            Activity::FlagReason { from, to } => from != to,
            Activity::SnoozedUntil { from, to } => from != to,
            Activity::Consent { .. }
            | Activity::Contact { .. }
            | Activity::Job(_)
            | Activity::TimedText { .. }
            | Activity::Unknown => true,
        };
        changed.then_some(differs)
    }
}

fn update<T>(value: Option<T>) -> Update<T> {
    value.map_or(Update::Clear, Update::Set)
}

/// Why a conversation was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// Somebody changed it since.
    Changed {
        /// Who: a name, or "you".
        by: String,
        /// What, in words that follow the name.
        did: String,
        /// When.
        at: Timestamp,
    },
    /// The customer wrote since.
    CustomerWrote {
        /// When, where it is known.
        at: Option<Timestamp>,
    },
    /// It is not what the step made of it, and nothing here tells since when.
    Unexplained,
    /// It is not on this disk any more.
    Missing,
}

/// A conversation that was turned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Which.
    pub conversation: ConversationId,
    /// Its contact's name, or number; remote text.
    pub name: String,
    /// What the step had changed.
    pub did: Vec<Activity>,
}

/// A conversation that was left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Its contact's name, or number; remote text.
    pub name: Option<String>,
    /// Why.
    pub why: Why,
}

/// What came of turning the newest step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turned {
    /// Which way.
    pub way: Way,
    /// What was turned, in the order in which it was done.
    pub moved: Vec<Moved>,
    /// What was not.
    pub kept: Vec<Kept>,
}

/// What was done, in a word or two: "done", "taken, flagged".
pub fn summary(did: &[Activity], me: Option<AgentId>) -> String {
    let is_status = |activity: &Activity| matches!(activity, Activity::Status { .. });
    let status_is_told = did.iter().any(is_status);
    let is_flag = |activity: &Activity| matches!(activity, Activity::Flagged { .. });
    let flag_is_told = did.iter().any(is_flag);
    let word = |activity: &Activity| match activity {
        Activity::Status { to, .. } => match to {
            ConversationStatus::Open => Some("reopened"),
            ConversationStatus::Snoozed => Some("snoozed"),
            ConversationStatus::Done => Some("done"),
        },
        Activity::SnoozedUntil { .. } => (!status_is_told).then_some("snoozed"),
        Activity::Assignee { to: None, .. } => Some("unassigned"),
        Activity::Assignee { to, .. } if *to == me => Some("taken"),
        Activity::Assignee { .. } => Some("assigned"),
        Activity::Labels { .. } => Some("tags"),
        Activity::Flagged { to: true, .. } => Some("flagged"),
        Activity::Flagged { to: false, .. } => Some("flag off"),
        Activity::FlagReason { .. } => (!flag_is_told).then_some("reason of the flag"),
        Activity::Consent { .. }
        | Activity::Contact { .. }
        | Activity::Job(_)
        | Activity::TimedText { .. }
        | Activity::Unknown => Some("changed"),
    };
    did.iter().filter_map(word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testkit::{agent_ana, agent_bo, row};
    use proptest::prelude::*;
    use uuid::Uuid;

    const NIL: RequestId = RequestId(Uuid::nil());

    fn any_patch() -> impl Strategy<Value = Patch> {
        use ConversationStatus::{Done, Open, Snoozed};
        let agents = [agent_ana().id, agent_bo().id];
        let assignee = prop_oneof![
            Just(Update::Keep),
            Just(Update::Clear),
            prop::sample::select(agents.to_vec()).prop_map(Update::Set),
        ];
        let until = prop_oneof![
            Just(Update::Keep),
            Just(Update::Clear),
            (1_i64..3).prop_map(|ms| Update::Set(Timestamp::from_millis(ms))),
        ];
        let reason = prop_oneof![
            Just(Update::Keep),
            Just(Update::Clear),
            "[ab]".prop_map(Update::Set),
        ];
        let labels = prop::collection::vec("[ab]", 0..3);
        (
            prop::option::of(prop::sample::select(vec![Open, Snoozed, Done])),
            assignee,
            prop::option::of(labels),
            prop::option::of(any::<bool>()),
            reason,
            until,
        )
            .prop_map(
                |(status, assignee, labels, flagged, flag_reason, snoozed_until)| Patch {
                    status,
                    assignee,
                    labels,
                    flagged,
                    flag_reason,
                    snoozed_until,
                    ..Patch::new(NIL)
                },
            )
    }

    proptest! {
        #[test]
        fn whatever_patches_did_is_undone_and_redone_one_by_one(
            patches in prop::collection::vec(any_patch(), 0..12),
        ) {
            let mut shown = row(1, "Maria").conversation;
            let mut states = vec![shown.clone()];
            let mut parts = Vec::new();
            for patch in &patches {
                let (conversation, seen) = (shown.id, Seq::ZERO);
                let did = triage::apply(patch, &mut shown);
                parts.push(Part { conversation, seen, did });
                states.push(shown.clone());
            }
            let turn = |way, part: &Part, shown: &mut Conversation| {
                assert_eq!(part.obstacle(way, shown), None, "{part:?} {shown:?}");
                let patch = part.patch(way, NIL);
                triage::apply(&patch, shown);
                // The relay takes a time to come back at for a snooze only.
                let is_snoozed = shown.status == ConversationStatus::Snoozed;
                assert!(is_snoozed || !matches!(patch.snoozed_until, Update::Set(_)));
                // And a reason for a flag only.
                assert!(shown.flagged || !matches!(patch.flag_reason, Update::Set(_)));
            };
            for (part, before) in parts.iter().zip(&states).rev() {
                turn(Way::Undo, part, &mut shown);
                prop_assert_eq!(&shown, before);
            }
            for (part, after) in parts.iter().zip(&states[1..]) {
                turn(Way::Redo, part, &mut shown);
                prop_assert_eq!(&shown, after);
            }
        }
    }

    #[test]
    fn what_was_done_is_said_in_a_word_or_two() {
        use ConversationStatus::{Done, Open, Snoozed};
        let me = Some(agent_ana().id);
        let status = |from, to| Activity::Status { from, to };
        let (from, until) = (None, Some(Timestamp::from_millis(1)));
        let snooze = Activity::SnoozedUntil { from, to: until };
        let owner = |to| Activity::Assignee { from: None, to };
        let flag = Activity::Flagged {
            from: false,
            to: true,
        };
        for (did, expected) in [
            (vec![status(Open, Done)], "done"),
            (vec![status(Open, Snoozed), snooze.clone()], "snoozed"),
            (vec![snooze], "snoozed"),
            (vec![owner(me), flag], "taken, flagged"),
            (vec![owner(Some(agent_bo().id))], "assigned"),
        ] {
            assert_eq!(summary(&did, me), expected);
        }
    }
}
