//! One text to many: the record, and what counts of its recipients.
//!
//! A broadcast is one record with totals; its recipients are no records, or a long list would be a
//! feed of its own. How a single one fares is asked of the relay.

use crate::ids::{AgentId, BroadcastId, Seq, TemplateId};
use crate::status::DeliveryStatus;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The most recipients of a broadcast: what one request and one look at the totals can carry.
pub const RECIPIENTS_MAX: usize = 100_000;
/// The longest name, in characters: it must fit a line of the list.
pub const NAME_CHARACTERS_MAX: usize = 60;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// Every one, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in JSON and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// Reads [`Self::as_str`]'s names.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

named! {
    /// Where a broadcast stands.
    BroadcastState {
        /// Its texts go out, as fast as the lines go.
        Running = "running",
        /// Nobody is texted until somebody lets it go on.
        Paused = "paused",
        /// Given up for good: whoever was not texted by then never is.
        Canceled = "canceled",
        /// Every recipient was dealt with. Deliveries may still be reported.
        Finished = "finished",
    }
}

named! {
    /// What became of one recipient.
    RecipientState {
        /// It is not their turn yet.
        Pending = "pending",
        /// Their text waits in the outbox, or is just being handed over.
        Queued = "queued",
        /// The provider may have their text or not; it is being found out.
        Unknown = "unknown",
        /// As unknown, and nobody looks any more. Never sent again.
        Unconfirmed = "unconfirmed",
        /// The provider has their text.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It was sent and did not arrive.
        Undelivered = "undelivered",
        /// The provider or the relay refused it.
        Failed = "failed",
        /// It was withdrawn before it went, or the broadcast was canceled before their turn.
        Canceled = "canceled",
        /// They want no texts.
        OptedOut = "opted_out",
        /// No number that takes texts, or nobody that is known.
        Invalid = "invalid",
        /// Somebody earlier in the list has the same number or is the same contact.
        Duplicate = "duplicate",
        /// A variable of the text has no value for them.
        Incomplete = "incomplete",
        /// Not texted for a reason of the desk: quiet hours or caps for too long, a landline.
        Refused = "refused",
    }
}

impl RecipientState {
    /// What the delivery of a recipient's text says of them.
    pub const fn of(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Scheduled | DeliveryStatus::Queued | DeliveryStatus::Sending => {
                Self::Queued
            }
            DeliveryStatus::Unknown => Self::Unknown,
            DeliveryStatus::Unconfirmed => Self::Unconfirmed,
            DeliveryStatus::Accepted | DeliveryStatus::Sent => Self::Sent,
            DeliveryStatus::Canceled => Self::Canceled,
            DeliveryStatus::Undelivered => Self::Undelivered,
            DeliveryStatus::Delivered | DeliveryStatus::Read => Self::Delivered,
            DeliveryStatus::Failed | DeliveryStatus::Received => Self::Failed,
        }
    }

    /// Whether the relay has nothing more to do for them.
    pub const fn is_done(self) -> bool {
        !matches!(self, Self::Pending | Self::Queued | Self::Unknown)
    }

    /// Whether the provider has, or had, a text for them.
    pub const fn is_out(self) -> bool {
        matches!(self, Self::Sent | Self::Delivered | Self::Undelivered)
    }
}

/// How many recipients are in each state. States without any are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Totals(BTreeMap<RecipientState, u32>);

impl Totals {
    /// Counts some more of a state.
    pub fn add(&mut self, state: RecipientState, count: u32) {
        if count > 0 {
            let held = self.0.entry(state).or_default();
            *held = held.saturating_add(count);
        }
    }

    /// How many are in a state.
    pub fn of(&self, state: RecipientState) -> u32 {
        self.0.get(&state).copied().unwrap_or(0)
    }

    /// Those states that have any, in their order.
    pub fn each(&self) -> impl Iterator<Item = (RecipientState, u32)> + '_ {
        self.0.iter().map(|(state, count)| (*state, *count))
    }

    /// All of them.
    pub fn all(&self) -> u32 {
        self.sum(|_| true)
    }

    /// Those for whom nothing is left to do.
    pub fn done(&self) -> u32 {
        self.sum(RecipientState::is_done)
    }

    /// Those whose text the provider has.
    pub fn out(&self) -> u32 {
        self.sum(RecipientState::is_out)
    }

    fn sum(&self, counts: impl Fn(RecipientState) -> bool) -> u32 {
        let states = self.each().filter(|(state, _)| counts(*state));
        states.fold(0, |sum, (_, count)| sum.saturating_add(count))
    }
}

/// One text to many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Broadcast {
    /// Stays for ever; whoever makes it chooses it.
    pub id: BroadcastId,
    /// The commit that last touched this record.
    pub seq: Seq,
    /// What it is called in lists.
    pub name: String,
    /// Where it stands.
    pub state: BroadcastState,
    /// Why it does not go on, where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The words before they are filled in, as they were when it was made.
    pub body: String,
    /// The template that they come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
    /// How its recipients fare; at most some seconds old.
    #[serde(default)]
    pub totals: Totals,
    /// Who made it.
    pub created_by: AgentId,
    /// When.
    pub created_at: Timestamp,
    /// Who last paused it, let it go on, or canceled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_by: Option<AgentId>,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// When nothing was left to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl Broadcast {
    /// Whether anything may still be done about it.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, BroadcastState::Running | BroadcastState::Paused)
    }

    /// How far it has come, in hundredths; a broadcast to nobody has come all the way.
    pub fn percent(&self) -> u32 {
        let all = u64::from(self.totals.all());
        let done = u64::from(self.totals.done()) * 100;
        u32::try_from(done.checked_div(all).unwrap_or(100)).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delivery_is_a_state_and_no_later_report_undoes_that_a_recipient_is_done() {
        for earlier in DeliveryStatus::ALL {
            for later in DeliveryStatus::ALL {
                let merged = earlier.merge(later);
                let was = RecipientState::of(earlier);
                assert!(!was.is_done() || RecipientState::of(merged).is_done());
            }
        }
    }

    #[test]
    fn the_names_in_the_database_are_the_names_in_json() {
        for state in RecipientState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(RecipientState::parse(state.as_str()), Some(*state));
        }
        for state in BroadcastState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
            assert_eq!(BroadcastState::parse(state.as_str()), Some(*state));
        }
    }

    #[test]
    fn totals_read_back_as_written_and_leave_out_what_there_is_none_of() {
        let mut totals = Totals::default();
        totals.add(RecipientState::Delivered, 3);
        totals.add(RecipientState::Pending, 2);
        totals.add(RecipientState::Failed, 0);
        let json = serde_json::to_string(&totals).unwrap();
        assert_eq!(json, r#"{"pending":2,"delivered":3}"#);
        assert_eq!(serde_json::from_str::<Totals>(&json).unwrap(), totals);
        assert_eq!((totals.all(), totals.done(), totals.out()), (5, 3, 3));
    }
}
