//! What happened in a conversation after what the author of a text had seen: one rule for the relay,
//! which refuses to send over it, and for the terminal, which asks before it hands a text over.
//!
//! The rule looks at entries alone, never at how the conversation stands now. What is refused once
//! for a position therefore stays refused for it, so that a late copy of a request cannot slip in
//! after its words went out under another id.

use crate::activity::Activity;
use crate::api::ErrorCode;
use crate::conversation::ConversationStatus;
use crate::entry::{Author, Direction, Entry, EntryKind};
use crate::ids::{AgentId, EntryId, Seq};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most entries after a position that are judged at once, oldest first: more than anybody is
/// told of in one question. A confirmation covers them, and what comes behind asks again.
pub const ENTRIES_MAX: u32 = 64;

/// What the author of a text is asked about, the gravest first.
const GRAVEST_FIRST: [ErrorCode; 4] = [
    ErrorCode::CustomerWrote,
    ErrorCode::AnsweredByOther,
    ErrorCode::ClosedByOther,
    ErrorCode::OwnerChanged,
];

/// What happened since, as a problem carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Meanwhile {
    /// The newest position that was looked at: the `seen_seq` of a confirmation that covers all of
    /// this and nothing more.
    pub up_to: Seq,
    /// What, the gravest first; the newest of each kind.
    pub events: Vec<Happened>,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Happened {
    /// What kind of thing.
    pub code: ErrorCode,
    /// The entry that tells of it.
    pub entry: EntryId,
    /// [`Entry::position`] of that entry.
    pub position: Seq,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub author: Author,
    /// A colleague's name; none for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a colleague did, in words that follow the name: "marked it done". Empty for texts.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub did: String,
}

impl Meanwhile {
    /// What happened beyond `seen` that `me` must be asked about; none where nothing did. `name`
    /// gives a colleague's name.
    pub fn since<'a>(
        entries: impl IntoIterator<Item = &'a Entry>,
        seen: Seq,
        me: AgentId,
        name: impl Fn(AgentId) -> Option<String>,
    ) -> Option<Self> {
        let mut up_to = seen;
        let mut newest: [Option<&Entry>; GRAVEST_FIRST.len()] = [None; GRAVEST_FIRST.len()];
        for entry in entries.into_iter().filter(|entry| entry.position > seen) {
            up_to = up_to.max(entry.position);
            let code = concerns(entry, me);
            let place = GRAVEST_FIRST.iter().position(|known| Some(*known) == code);
            if let Some(held) = place.map(|place| &mut newest[place])
                && held.is_none_or(|held| held.position < entry.position)
            {
                *held = Some(entry);
            }
        }
        let events = GRAVEST_FIRST.into_iter().zip(newest);
        let events: Vec<_> = events
            .filter_map(|(code, entry)| Some(Happened::of(code, entry?, &name)))
            .collect();
        (!events.is_empty()).then_some(Self { up_to, events })
    }

    /// What a refusal over it is called.
    pub fn code(&self) -> ErrorCode {
        self.events
            .first()
            .map_or(ErrorCode::ConversationChanged, |event| event.code)
    }

    /// In words, where the customer is called `customer`: "Maria wrote, Bo answered".
    pub fn words(&self, customer: &str) -> String {
        let parts: Vec<_> = self
            .events
            .iter()
            .map(|event| event.words(customer))
            .collect();
        parts.join(", ")
    }
}

impl Happened {
    fn of(code: ErrorCode, entry: &Entry, name: impl Fn(AgentId) -> Option<String>) -> Self {
        Self {
            code,
            entry: entry.id,
            position: entry.position,
            at: entry.at,
            author: entry.author.clone(),
            name: match entry.author {
                Author::Agent(agent) => name(agent),
                Author::Contact | Author::Automation(_) => None,
            },
            did: match entry.entry_kind {
                EntryKind::Activity => entry.body.clone(),
                EntryKind::Message | EntryKind::Note | EntryKind::Call => String::new(),
            },
        }
    }

    fn words(&self, customer: &str) -> String {
        let name = self.name.as_deref().unwrap_or("a colleague");
        match self.code {
            ErrorCode::CustomerWrote => format!("{customer} wrote"),
            ErrorCode::AnsweredByOther => format!("{name} answered"),
            _ if self.did.is_empty() => format!("{name} changed something"),
            _ => format!("{name} {}", self.did),
        }
    }
}

/// What `me` must be asked about before a text goes out behind this entry.
fn concerns(entry: &Entry, me: AgentId) -> Option<ErrorCode> {
    let colleague = matches!(entry.author, Author::Agent(author) if author != me);
    match (entry.entry_kind, entry.direction) {
        (EntryKind::Message, Direction::Inbound) => Some(ErrorCode::CustomerWrote),
        (EntryKind::Message, Direction::Outbound) if colleague => Some(ErrorCode::AnsweredByOther),
        (EntryKind::Activity, _) if colleague => {
            let closed = entry.activity.iter().any(|did| {
                let to = ConversationStatus::Done;
                matches!(did, Activity::Status { to: status, .. } if *status == to)
            });
            let given_away = entry.activity.iter().any(
                |did| matches!(did, Activity::Assignee { to: Some(owner), .. } if *owner != me),
            );
            match (closed, given_away) {
                (true, _) => Some(ErrorCode::ClosedByOther),
                (false, true) => Some(ErrorCode::OwnerChanged),
                (false, false) => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::Origin;
    use crate::ids::ConversationId;
    use proptest::prelude::*;
    use uuid::Uuid;

    const ME: AgentId = AgentId(Uuid::from_u128(1));
    const BO: AgentId = AgentId(Uuid::from_u128(2));
    const CY: AgentId = AgentId(Uuid::from_u128(3));

    fn entry(position: u64, kind: EntryKind, direction: Direction, author: Author) -> Entry {
        Entry {
            id: EntryId(Uuid::from_u128(u128::from(position))),
            seq: Seq(position),
            conversation: ConversationId(Uuid::nil()),
            position: Seq(position),
            entry_kind: kind,
            direction,
            author,
            origin: Origin::Api,
            body: "marked it done".to_owned(),
            media: Vec::new(),
            status: None,
            error: None,
            sid: None,
            segments: None,
            price: None,
            at: Timestamp::from_millis(0),
            sent_at: None,
            delivered_at: None,
            activity: Vec::new(),
            mentions: Vec::new(),
            send_at: None,
            zone: None,
            cancel_on_reply: false,
            held_since: None,
            insight: None,
            suggestion: None,
            ai_generated: None,
        }
    }

    fn inbound(position: u64) -> Entry {
        entry(
            position,
            EntryKind::Message,
            Direction::Inbound,
            Author::Contact,
        )
    }

    fn answer(position: u64, by: AgentId) -> Entry {
        let author = Author::Agent(by);
        entry(position, EntryKind::Message, Direction::Outbound, author)
    }

    fn did(position: u64, by: AgentId, what: Activity) -> Entry {
        let author = Author::Agent(by);
        Entry {
            activity: vec![what],
            ..entry(position, EntryKind::Activity, Direction::Internal, author)
        }
    }

    fn closed(position: u64, by: AgentId) -> Entry {
        let (from, to) = (ConversationStatus::Open, ConversationStatus::Done);
        did(position, by, Activity::Status { from, to })
    }

    fn given(position: u64, by: AgentId, to: Option<AgentId>) -> Entry {
        did(position, by, Activity::Assignee { from: None, to })
    }

    fn since(entries: &[Entry], seen: u64) -> Option<Meanwhile> {
        Meanwhile::since(entries, Seq(seen), ME, |agent| {
            (agent == BO).then(|| "Bo".to_owned())
        })
    }

    fn check(entry: Entry, expected: Option<ErrorCode>) {
        let found = since(std::slice::from_ref(&entry), 4).map(|meanwhile| meanwhile.code());
        assert_eq!(found, expected, "{entry:?}");
        assert_eq!(since(&[entry], 5), None, "what was seen is no news");
    }

    #[test]
    fn others_count_and_what_i_did_myself_does_not() {
        check(inbound(5), Some(ErrorCode::CustomerWrote));
        check(answer(5, BO), Some(ErrorCode::AnsweredByOther));
        check(answer(5, ME), None);
        check(closed(5, BO), Some(ErrorCode::ClosedByOther));
        check(closed(5, ME), None);
        check(given(5, BO, Some(CY)), Some(ErrorCode::OwnerChanged));
        check(given(5, BO, Some(ME)), None);
        check(given(5, BO, None), None);
        check(given(5, ME, Some(BO)), None);
        let (from, to) = (false, true);
        check(did(5, BO, Activity::Flagged { from, to }), None);
        let rule = Author::Automation(crate::entry::Cause::named("hours"));
        check(
            entry(5, EntryKind::Message, Direction::Outbound, rule),
            None,
        );
        let note = entry(5, EntryKind::Note, Direction::Internal, Author::Agent(BO));
        check(note, None);
    }

    #[test]
    fn the_gravest_is_named_first_and_each_kind_once_by_its_newest() {
        let entries = [
            closed(5, BO),
            inbound(6),
            answer(7, BO),
            inbound(8),
            answer(9, ME),
        ];
        let meanwhile = since(&entries, 4).unwrap();
        assert_eq!(meanwhile.up_to, Seq(9));
        assert_eq!(meanwhile.code(), ErrorCode::CustomerWrote);
        let positions: Vec<_> = meanwhile.events.iter().map(|it| it.position.0).collect();
        assert_eq!(positions, [8, 7, 5]);
        assert_eq!(
            meanwhile.words("Maria"),
            "Maria wrote, Bo answered, Bo marked it done"
        );
    }

    proptest! {
        #[test]
        fn what_is_confirmed_is_not_asked_again_and_what_is_refused_stays_refused(
            kinds in prop::collection::vec(0u8..7, 1..12),
            seen in 0u64..12,
            first in 1usize..12,
        ) {
            let entries: Vec<_> = (1..).zip(&kinds).map(|(at, kind)| match kind {
                0 => inbound(at),
                1 => answer(at, BO),
                2 => answer(at, ME),
                3 => closed(at, BO),
                4 => given(at, BO, Some(CY)),
                5 => given(at, BO, Some(ME)),
                _ => closed(at, ME),
            }).collect();
            let then = since(&entries[..first.min(entries.len())], seen);
            let now = since(&entries, seen);
            if let Some(then) = then {
                prop_assert!(now.is_some(), "a refusal was forgotten");
                let known = &entries[..first.min(entries.len())];
                prop_assert_eq!(since(known, then.up_to.0), None);
                let more = since(&entries, then.up_to.0);
                let events = more.map_or_else(Vec::new, |more| more.events);
                prop_assert!(events.iter().all(|it| it.position > then.up_to));
            }
        }
    }
}
