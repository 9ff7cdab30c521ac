//! Whether the customer of the chat wants no more texts, and how that is said.

use crate::model::Model;
use crate::model::when;
use smsdesk_common::contact::{Contact, OptOut};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::ids::{ContactId, ConversationId};
use smsdesk_common::optout::Means;
use smsdesk_common::time::Timestamp;

/// How long the question whether to opt somebody out stands, in milliseconds.
const QUESTION_MS: i64 = 15_000;

/// A question whether to opt somebody out. The same key again says yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Whom.
    pub contact: ContactId,
    /// Since when it stands.
    pub at: Timestamp,
}

impl Asked {
    /// Whether the question about `contact` stands at `now`.
    pub fn stands(&self, contact: ContactId, now: Timestamp) -> bool {
        self.contact == contact && now.millis_since(self.at) < QUESTION_MS
    }
}

/// The opt-out that holds for a conversation; none where its customer may be texted.
pub fn of<'a>(contact: &'a Contact, conversation: &Conversation) -> Option<&'a OptOut> {
    contact.opt_out(&conversation.address, &conversation.line)
}

/// How it is known, in words that follow "opted out".
pub fn means(out: &OptOut) -> String {
    match out.means {
        Some(means @ (Means::Keyword | Means::Provider | Means::Agent)) => {
            format!(" by {}", means.words())
        }
        Some(Means::Unknown) | None => String::new(),
    }
}

impl Model {
    /// The opt-out that holds for the shown conversation, if it is `conversation`.
    pub fn opted_out(&self, conversation: ConversationId) -> Option<&OptOut> {
        let timeline = self.timeline.as_ref()?;
        let shown = timeline
            .row()
            .filter(|_| timeline.conversation() == conversation)?;
        of(timeline.contact()?, &shown.conversation)
    }

    /// What stands above the composer where the shown customer wants no more texts.
    pub fn opt_out_words(&self) -> Option<String> {
        let out = self.opted_out(self.timeline.as_ref()?.conversation())?;
        let since = when::told(out.since, self.now, &self.setup.zone);
        Some(format!(
            "Opted out {since}{}: texts are refused",
            means(out)
        ))
    }
}
