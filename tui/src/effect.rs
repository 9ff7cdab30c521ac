//! Everything that the app's logic may ask of the outside, as plain data.

use crate::model::batch::Target;
use crate::model::chat::ChatQuery;
use crate::model::list::ListQuery;
use crate::model::triage::Act;
use crate::model::undo::Way;
use serde::{Deserialize, Serialize};
use smsdesk_common::ids::{ConversationId, EntryId, Seq};

/// What a timer is for. Each purpose has at most one timer that counts: the newest generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimerKind {
    /// An age on the screen is about to be out of date.
    Clock,
    /// Typing is about to be older than may be lost.
    Drafts,
    /// A notice has stood long enough.
    Notice,
}

/// A timer's identity: one of an older generation than the newest is stale and ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timer {
    /// What for.
    pub kind: TimerKind,
    /// Counts the timers of this kind.
    pub generation: u64,
}

/// What the runtime must do next. Performed in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Read rows of the list; answered by [`crate::event::CacheEvent::List`].
    LoadList(ListQuery),
    /// Read a part of a timeline; answered by [`crate::event::CacheEvent::Chat`].
    LoadChat(ChatQuery),
    /// Put a text into the outbox and send it; answered by
    /// [`crate::event::CacheEvent::Submitted`] once it is on the disk.
    Submit {
        /// To whom.
        conversation: ConversationId,
        /// The words.
        body: String,
        /// The newest entry that the agent had on the screen.
        seen: Seq,
    },
    /// Keep a draft; an empty one is forgotten.
    SaveDraft {
        /// Where.
        conversation: ConversationId,
        /// The words so far.
        text: String,
    },
    /// Take a refused text out of the outbox; its words are kept as the draft where there is none.
    Withdraw {
        /// Which text.
        entry: EntryId,
    },
    /// Do something to conversations, as one step; answered by
    /// [`crate::event::CacheEvent::Triaged`] once it is on the disk.
    Triage {
        /// To which, at most [`crate::model::batch::STEP_CONVERSATIONS_MAX`].
        targets: Vec<Target>,
        /// What, one after the other.
        acts: Vec<Act>,
    },
    /// Take the newest text of a conversation back that has not gone out; answered by
    /// [`crate::event::CacheEvent::TakenBack`].
    TakeBack(ConversationId),
    /// Take the newest step back, or do it again; answered by
    /// [`crate::event::CacheEvent::Turned`] once it is on the disk. A text that has not gone out and
    /// is newer is taken back instead.
    Turn(Way),
    /// Note how far I have read.
    MarkRead {
        /// Where.
        conversation: ConversationId,
        /// The newest entry that I saw.
        position: Seq,
        /// How many inbound texts that makes.
        inbound_read: u32,
    },
    /// Come back with [`crate::event::Event::Timer`] after a while.
    StartTimer {
        /// What to come back with.
        timer: Timer,
        /// After how many milliseconds.
        after_ms: u32,
    },
    /// Draw everything anew.
    Redraw,
    /// Ring the terminal's bell.
    Bell,
    /// Hand the terminal to the shell until the user comes back.
    Suspend,
    /// Leave.
    Quit,
}
