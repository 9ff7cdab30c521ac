//! Records with believable contents; each test names only what it is about.

use super::NOW;
use crate::model::chat::{Local, TimelineItem};
use crate::model::list::ListRow;
use smsdesk_common::activity::Activity;
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind, Origin};
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::insight::Insight;
use smsdesk_common::media::Media;
use smsdesk_common::phone::Address;
use smsdesk_common::status::{DeliveryError, DeliveryStatus};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// The agent at the keys.
pub(crate) fn agent_ana() -> Agent {
    Agent {
        id: AgentId(Uuid::from_u128(1)),
        seq: Seq(1),
        name: "Ana".to_owned(),
        role: Role::Agent,
        active: true,
    }
}

/// A colleague.
pub(crate) fn agent_bo() -> Agent {
    Agent {
        id: AgentId(Uuid::from_u128(2)),
        name: "Bo".to_owned(),
        ..agent_ana()
    }
}

/// The id of the `n`th conversation.
pub(crate) fn conversation_id(n: u32) -> ConversationId {
    ConversationId(Uuid::from_u128(1_000 + u128::from(n)))
}

fn minutes_ago(minutes: i64) -> Timestamp {
    NOW.plus_millis(-60_000 * minutes)
}

/// The `n`th conversation: open, nobody's, nothing in it.
pub(crate) fn row(n: u32, name: &str) -> ListRow {
    let address = |text: String| Address::try_from(text).expect("an address");
    let conversation = Conversation {
        id: conversation_id(n),
        seq: Seq(u64::from(n)),
        line: address("+15557122661".to_owned()),
        address: address(format!("+1305555{:04}", 100 + n)),
        contact: ContactId(Uuid::from_u128(2_000 + u128::from(n))),
        status: ConversationStatus::Open,
        assignee: None,
        labels: Vec::new(),
        flagged: false,
        flag_reason: None,
        snoozed_until: None,
        waiting_since: None,
        inbound_total: 0,
        last: None,
        created_at: minutes_ago(10_000),
    };
    let name = (!name.is_empty()).then(|| name.to_owned());
    ListRow {
        conversation,
        name,
        owner: None,
        unread: 0,
        has_draft: false,
        draft: String::new(),
        pending: 0,
    }
}

/// An entry in the making.
#[derive(Clone)]
pub(crate) struct Text {
    pub(crate) item: TimelineItem,
}

impl Text {
    /// From the customer, so many minutes ago.
    pub(crate) fn from_them(body: &str, minutes: i64) -> Self {
        let entry = Entry {
            id: EntryId(Uuid::nil()),
            seq: Seq::ZERO,
            conversation: conversation_id(0),
            position: Seq::ZERO,
            entry_kind: EntryKind::Message,
            direction: Direction::Inbound,
            author: Author::Contact,
            origin: Origin::Webhook,
            body: body.to_owned(),
            media: Vec::new(),
            status: Some(DeliveryStatus::Received),
            error: None,
            sid: None,
            segments: None,
            price: None,
            at: minutes_ago(minutes),
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
        };
        Self {
            item: TimelineItem {
                entry,
                author_name: None,
                local: None,
            },
        }
    }

    /// From us, so many minutes ago.
    pub(crate) fn from_us(body: &str, minutes: i64, status: DeliveryStatus) -> Self {
        let mut text = Self::from_them(body, minutes);
        text.item.entry.direction = Direction::Outbound;
        text.item.entry.author = Author::Agent(agent_ana().id);
        text.item.entry.status = Some(status);
        text.item.author_name = Some("Ana".to_owned());
        text
    }

    /// Another kind of entry, by Bo.
    pub(crate) fn internal(kind: EntryKind, body: &str, minutes: i64) -> Self {
        let mut text = Self::from_us(body, minutes, DeliveryStatus::Received).by_bo();
        text.item.entry.entry_kind = kind;
        text.item.entry.direction = Direction::Internal;
        text.item.entry.status = None;
        text
    }

    /// Written by Bo.
    pub(crate) fn by_bo(mut self) -> Self {
        self.item.entry.author = Author::Agent(agent_bo().id);
        self.item.author_name = Some("Bo".to_owned());
        self
    }

    /// Written by Ana.
    pub(crate) fn by_ana(mut self) -> Self {
        self.item.entry.author = Author::Agent(agent_ana().id);
        self.item.author_name = Some("Ana".to_owned());
        self
    }

    /// Tells that the conversation was closed.
    pub(crate) fn closed(mut self) -> Self {
        let (from, to) = (ConversationStatus::Open, ConversationStatus::Done);
        self.item.entry.activity = vec![Activity::Status { from, to }];
        self
    }

    /// An activity in a form for programs.
    pub(crate) fn did(mut self, activity: Activity) -> Self {
        self.item.entry.activity.push(activity);
        self
    }

    /// Why it failed.
    pub(crate) fn error(mut self, code: u32) -> Self {
        self.item.entry.error = Some(DeliveryError {
            code,
            text: String::new(),
        });
        self
    }

    /// The provider's own words about a failure.
    pub(crate) fn reason(mut self, words: &str) -> Self {
        self.item.entry.error = Some(DeliveryError {
            code: 1,
            text: words.to_owned(),
        });
        self
    }

    /// What the relay says of a text that it gave up.
    pub(crate) fn given_up(mut self, words: &str) -> Self {
        self.item.entry.error = Some(DeliveryError {
            code: DeliveryError::OURS,
            text: words.to_owned(),
        });
        self
    }

    /// Written by somebody of this name.
    pub(crate) fn by(mut self, name: &str) -> Self {
        self.item.author_name = Some(name.to_owned());
        self
    }

    /// With attachments of these types.
    pub(crate) fn media(mut self, types: &[&str]) -> Self {
        let media = (0..).zip(types).map(|(index, content_type)| Media {
            index,
            content_type: (*content_type).to_owned(),
            url: String::new(),
        });
        self.item.entry.media = media.collect();
        self
    }

    /// With what it seems to say.
    pub(crate) fn judged(mut self, insight: Insight) -> Self {
        self.item.entry.insight = Some(insight);
        self
    }

    /// With a reply that is offered.
    pub(crate) fn suggested(mut self, reply: &str) -> Self {
        self.item.entry.suggestion = Some(reply.to_owned());
        self
    }

    /// Known to this device alone.
    pub(crate) fn local(mut self, local: Local) -> Self {
        self.item.local = Some(local);
        self
    }

    /// Done, as entry `n` of a conversation.
    pub(crate) fn item(mut self, conversation: ConversationId, n: u64) -> TimelineItem {
        let entry = &mut self.item.entry;
        entry.conversation = conversation;
        entry.id = EntryId(Uuid::from_u128(
            conversation.0.as_u128() * 100_000 + u128::from(n),
        ));
        entry.position = if self.item.local.is_some() {
            Seq(u64::MAX)
        } else {
            Seq(n)
        };
        entry.seq = Seq(n);
        self.item
    }
}
