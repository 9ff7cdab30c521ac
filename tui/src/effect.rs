//! Everything that the app's logic may ask of the outside, as plain data.

use crate::model::absence::LastSeen;
use crate::model::audit;
use crate::model::batch::Target;
use crate::model::chat::ChatQuery;
use crate::model::contact::Ask;
use crate::model::job_edit::Write as JobWrite;
use crate::model::lent::Lent;
use crate::model::list::ListQuery;
use crate::model::question::Seen;
use crate::model::rules::{Draft, Kept as KeptRules};
use crate::model::search::SearchQuery;
pub use crate::model::settings::Ask as SettingsAsk;
use crate::model::stats::Question;
use crate::model::template_edit::Write;
use crate::model::templates::Origin;
use crate::model::timed::{TimedDeed, Timing};
use crate::model::triage::Act;
use crate::model::undo::Way;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::broadcasts::BroadcastAction;
use smsdesk_common::ids::{BroadcastId, ContactId, ConversationId, EntryId, Seq, TemplateId};
use smsdesk_common::phone::Address;
use smsdesk_common::stream::PresenceState;
use smsdesk_common::time::Timestamp;

/// What a timer is for. Each purpose has at most one timer that counts: the newest generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TimerKind {
    /// An age on the screen is about to be out of date.
    Clock,
    /// Typing is about to be older than may be lost.
    Drafts,
    /// A notice has stood long enough.
    Notice,
    /// News that were held back may be told.
    Attention,
    /// Something is to be said to the colleagues, or of them.
    Presence,
    /// Typing has paused for long enough to look at its spelling.
    Spelling,
    /// More may have been indexed of what is searched.
    Search,
    /// The figures of the day may have grown.
    Figures,
    /// Whoever looks at how app and relay fare is told anew.
    Status,
}

/// A timer's identity: one of an older generation than the newest is stale and ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Timer {
    /// What for.
    pub kind: TimerKind,
    /// Counts the timers of this kind.
    pub generation: u64,
}

/// What a terminal can be told besides a frame. Texts may be remote: whoever writes them makes them
/// safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outward {
    /// Ring the bell.
    Bell,
    /// Notify the desktop.
    Note {
        /// The sequence that this terminal knows.
        sequence: Sequence,
        /// The words.
        text: String,
    },
    /// The title of the window; the one before comes back in the end.
    Title(String),
    /// Put a text onto the clipboard.
    Copy(String),
    /// Whose the mouse is.
    Mouse(Mouse),
}

/// Ways to notify a desktop through its terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sequence {
    /// iTerm2's: a text.
    Osc9,
    /// urxvt's: a title and a text.
    Osc777,
    /// kitty's: parts with an id.
    Osc99,
}

/// Whose the mouse is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mouse {
    /// The app's: clicks, drags and the wheel come here.
    On,
    /// The terminal's, which selects text with it.
    #[default]
    Off,
}

/// What the runtime must do next. Performed in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Read rows of the list; answered by [`crate::event::CacheEvent::List`].
    LoadList(ListQuery),
    /// Search everything; answered by [`crate::event::CacheEvent::Found`], unless another search is
    /// asked for before.
    Search(SearchQuery),
    /// Read a part of a timeline; answered by [`crate::event::CacheEvent::Chat`].
    LoadChat(ChatQuery),
    /// Put a text into the outbox and send it; answered by
    /// [`crate::event::CacheEvent::Submitted`] once it is on the disk.
    Submit {
        /// To whom.
        conversation: ConversationId,
        /// The words.
        body: String,
        /// What the agent had seen when it was written.
        seen: Seen,
    },
    /// Put a text into the outbox that goes out at a time; answered by
    /// [`crate::event::CacheEvent::TimedKept`] once it is on the disk.
    SubmitLater {
        /// To whom.
        conversation: ConversationId,
        /// The words.
        body: String,
        /// What the agent had seen when it was written.
        seen: Seen,
        /// When.
        timing: Timing,
    },
    /// Do something with a text that waits for its time; answered by
    /// [`crate::event::CacheEvent::TimedChanged`] once it is on the disk.
    ChangeTimed {
        /// Where.
        conversation: ConversationId,
        /// Which.
        text: EntryId,
        /// What.
        deed: TimedDeed,
    },
    /// Read the texts that wait for their time; answered by [`crate::event::CacheEvent::Timed`].
    LoadTimed,
    /// Read the texts to many; answered by [`crate::event::CacheEvent::Broadcasts`].
    LoadBroadcasts,
    /// Ask the relay what a text to many would be, or to begin it; answered by
    /// [`crate::event::CacheEvent::Bulk`].
    Bulk(Box<crate::model::bulk::Ask>),
    /// Ask the relay to pause one, to let it go on, or to give it up; answered by
    /// [`crate::event::CacheEvent::BroadcastChanged`].
    ChangeBroadcast {
        /// Which.
        broadcast: BroadcastId,
        /// What to do.
        action: BroadcastAction,
    },
    /// Put the parts of one text into the outbox in one commit, each with an id of its own, and
    /// send them in order; answered by one [`crate::event::CacheEvent::Submitted`], for the last.
    SubmitParts {
        /// To whom.
        conversation: ConversationId,
        /// The words of each.
        bodies: Vec<String>,
        /// The text that they are parts of: the draft that they use up.
        whole: String,
        /// What the agent had seen when it was written.
        seen: Seen,
    },
    /// Read what the agent sent before; answered by [`crate::event::CacheEvent::Sent`].
    LoadSent,
    /// Look for misspelt words; answered by [`crate::event::Event::Spelled`].
    Spell {
        /// What finds them, as a shell takes it.
        command: String,
        /// The text.
        text: String,
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
    /// Put a note among colleagues into the outbox; answered by
    /// [`crate::event::CacheEvent::NoteKept`] once it is on the disk.
    WriteNote {
        /// Where.
        conversation: ConversationId,
        /// The words.
        body: String,
    },
    /// Keep the draft of a note; an empty one is forgotten.
    SaveNoteDraft {
        /// Where.
        conversation: ConversationId,
        /// The words so far.
        text: String,
    },
    /// Take a refused note out of the outbox; its words are kept as the draft of a note where there
    /// is none.
    WithdrawNote {
        /// Which note.
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
    /// What can be set at the relay.
    Settings(SettingsAsk),
    /// Read which templates there are; answered by [`crate::event::CacheEvent::Templates`].
    LoadTemplates,
    /// Read one template; answered by [`crate::event::CacheEvent::Template`].
    LoadTemplate(TemplateId),
    /// Ask the relay to make, change or delete a template, now or not at all; answered by
    /// [`crate::event::CacheEvent::TemplateWritten`].
    WriteTemplate(Box<Write>),
    /// Ask the relay to make or change a job, now or not at all; answered by
    /// [`crate::event::CacheEvent::JobWritten`].
    WriteJob(Box<JobWrite>),
    /// Read the team's rules; answered by [`crate::event::CacheEvent::Rules`].
    LoadRules,
    /// Ask the relay to put this text in place of the rules that hold, now or not at all; answered by
    /// [`crate::event::CacheEvent::RulesWritten`].
    WriteRules(Box<Draft>),
    /// Keep a text of rules that the relay has not taken yet, or forget it.
    KeepRules(Option<Box<KeptRules>>),
    /// Keep what a draft owes to templates, for as long as there is that draft.
    KeepOrigin {
        /// Where.
        conversation: ConversationId,
        /// What.
        origin: Origin,
    },
    /// Ask the relay for figures of the work; answered by [`crate::event::CacheEvent::Figures`].
    AskFigures(Question),
    /// Ask the relay who did what; answered by [`crate::event::CacheEvent::Audit`].
    AskAudit(audit::Question),
    /// Ask the relay how it fares; answered by [`crate::event::CacheEvent::Status`].
    AskStatus,
    /// Look how this device fares; answered by [`crate::event::CacheEvent::Here`].
    LookHere,
    /// Read what the whole desk has in common; answered by
    /// [`crate::event::CacheEvent::Directory`].
    LoadDirectory,
    /// Say something about a contact, or ask; answered by [`crate::event::CacheEvent::Contact`].
    Contact(Ask),
    /// Ask the relay to forget a contact, now or not at all: nothing takes it back. Answered by
    /// [`crate::event::CacheEvent::Contact`].
    ForgetContact {
        /// Whom.
        contact: ContactId,
        /// What they are called, or their number.
        name: String,
    },
    /// Look for people by their names and numbers; answered by
    /// [`crate::event::CacheEvent::People`].
    FindPeople {
        /// What was typed.
        words: String,
    },
    /// Go to the conversation between two addresses, begun where there is none; answered by
    /// [`crate::event::CacheEvent::Begun`].
    Begin {
        /// Ours.
        line: Address,
        /// Theirs.
        address: Address,
    },
    /// Count the newest text of the customer as unread again; answered by
    /// [`crate::event::CacheEvent::MarkedUnread`].
    MarkUnread {
        /// Where.
        conversation: ConversationId,
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
    /// Tell the colleagues what I do; of no use later, so that only the newest counts.
    Doing {
        /// Where.
        conversation: ConversationId,
        /// What.
        state: PresenceState,
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
    /// Tell the terminal something besides a frame.
    Tell(Outward),
    /// When was somebody here last? Answered by [`crate::event::CacheEvent::LastSeen`].
    LastSeen,
    /// Note that somebody is here.
    NoteSeen(Timestamp),
    /// What happened since? Answered by [`crate::event::CacheEvent::Meanwhile`].
    LookBack(LastSeen),
    /// Look whether the configuration was changed; answered by
    /// [`crate::event::Event::Configuration`] where it was.
    LookAtConfig,
    /// Run the agent's own program with words on its input. Nobody waits for it, and nobody hears
    /// how it ended.
    Hook {
        /// The program and its arguments; no shell.
        command: Vec<String>,
        /// The words.
        text: String,
    },
    /// Hand the terminal to the agent's own editor; answered by [`crate::event::Event::Edited`] once
    /// the app has the terminal again.
    Edit {
        /// The editor, as a shell takes it.
        command: String,
        /// The words to begin with, and what they are.
        lent: Lent,
    },
    /// Hand the terminal to the shell until the user comes back.
    Suspend,
    /// Take the terminal again, which the shell had while the app was stopped unasked.
    TakeAgain,
    /// Leave.
    Quit,
}
