//! Everything that can happen to the app, as one closed type on one ordered channel.

use crate::effect::Timer;
use crate::input::key::Key;
use crate::model::Preferences;
use crate::model::absence::{LastSeen, Meanwhile};
use crate::model::attention::News;
use crate::model::audit;
use crate::model::batch::Outcome;
use crate::model::chat::ChatSlice;
use crate::model::connection::{Connection, History};
use crate::model::contact::Told as ContactTold;
use crate::model::directory::Directory;
use crate::model::job_edit::Write as JobWrite;
use crate::model::list::ListSlice;
use crate::model::people::FoundPerson;
use crate::model::relay::Relay;
use crate::model::rules::Draft;
use crate::model::search::Found;
use crate::model::settings::Wanted;
use crate::model::stats::Question;
use crate::model::status::{Here, Told};
use crate::model::template_edit::Write;
use crate::model::templates::Shelf;
use crate::model::timed::{TimedDeed, TimedText, TimedUndone};
use crate::model::triage::{About, Unread};
use crate::model::undo::{Turned, Way};
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::Agent;
use smsdesk_common::api::Problem;
use smsdesk_common::api::audit::AuditPage;
use smsdesk_common::api::broadcasts::BroadcastAction;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::messages::MessagePatch;
use smsdesk_common::api::stats::Stats;
use smsdesk_common::broadcast::Broadcast;
use smsdesk_common::ids::{AgentId, ConversationId, EntryId, TemplateId};
use smsdesk_common::rule::Rule;
use smsdesk_common::settings::Setting;
use smsdesk_common::stream::PresenceState;
use smsdesk_common::template::Template;
use smsdesk_common::time::Timestamp;

/// How many events may wait for the app; the senders wait when it is full.
pub const QUEUE_EVENTS_MAX: usize = 1_024;

/// Something that happened outside the app's own logic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The terminal has news: keys, a paste, another size.
    Input(Input),
    /// A timer that [`crate::effect::Effect::StartTimer`] started has run out.
    Timer(Timer),
    /// The app has the terminal again after a suspension.
    Resumed,
    /// The app must end: SIGTERM, SIGHUP, or the terminal is gone.
    Terminate,
    /// The app must end unless the signal was meant for a program that has the terminal: SIGINT,
    /// SIGQUIT.
    Interrupt,
    /// The app must stop until it is continued: SIGTSTP.
    Stop,
    /// The app goes on after a stop: SIGCONT.
    Continued,
    /// The configuration may have changed: SIGUSR1.
    LookAtConfig,
    /// The configuration was changed: what it says now, or what is wrong with it.
    Configuration(Box<Result<Preferences, String>>),
    /// The agent's own editor has ended, and the app has the terminal again.
    Edited(Edited),
    /// What looks for misspelt words has ended.
    Spelled(Spelled),
    /// The disk answered or changed.
    Cache(CacheEvent),
    /// The network side has news.
    Link(LinkEvent),
}

/// What came of a text in the agent's own editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Edited {
    /// The words that it left.
    Words(String),
    /// Nothing that could be taken: why, in words.
    Nothing(String),
}

/// What came of looking for misspelt words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spelled {
    /// These are misspelt.
    Words(Vec<Misspelt>),
    /// Nobody knows: why, in words.
    Failed(String),
}

/// A word that is misspelt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misspelt {
    /// As it was written.
    pub word: String,
    /// What could be meant, the best first.
    pub suggestions: Vec<String>,
}

/// What came through the terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// One key was pressed.
    Key(Key),
    /// Keys arrived faster than anybody types, an Enter among them: a paste through a terminal
    /// that does not say so.
    Burst(Vec<Key>),
    /// A paste, as the terminal bracketed it; remote text.
    Paste(String),
    /// The terminal has another size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// The terminal's window got or lost the keyboard.
    Window(Window),
    /// The mouse did something.
    Pointer(Pointer),
}

/// Whether somebody looks at the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Window {
    /// It has the keyboard; so it is taken to have where a terminal does not say.
    #[default]
    Focused,
    /// Another window has it.
    Away,
}

/// The mouse did something somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// What.
    pub act: PointerAct,
    /// The column, 0 at the left.
    pub column: u16,
    /// The row, 0 on top.
    pub row: u16,
}

/// What a mouse can do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PointerAct {
    /// The left button went down.
    Press,
    /// The mouse moved while it was down.
    Drag,
    /// It came up again.
    Release,
    /// The wheel turned away.
    WheelUp,
    /// The wheel turned near.
    WheelDown,
}

/// What the disk has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CacheEvent {
    /// The rows that were asked for.
    List(ListSlice),
    /// The entries that were asked for.
    Chat(Box<ChatSlice>),
    /// What was searched for.
    Found(Box<Found>),
    /// The conversation that was asked for is not (or no longer) on this disk.
    ChatMissing(ConversationId),
    /// A text is safely in the outbox and may be shown.
    Submitted {
        /// Where.
        conversation: ConversationId,
        /// The id that the text keeps for ever.
        entry: EntryId,
    },
    /// A text that goes out at a time is safely in the outbox and may be shown.
    TimedKept {
        /// Where.
        conversation: ConversationId,
        /// The id that the text keeps for ever.
        entry: EntryId,
        /// When it goes out.
        at: Timestamp,
    },
    /// The texts that wait for their time, the next one first.
    Timed(Vec<TimedText>),
    /// The texts to many, the newest first.
    Broadcasts(Vec<Broadcast>),
    /// What the relay says of a text to many before it begins, or as it does.
    Bulk(Box<crate::model::bulk::Told>),
    /// The relay did what was asked of a broadcast, or why not.
    BroadcastChanged {
        /// What was asked.
        action: BroadcastAction,
        /// Why it did not, in words.
        refused: Option<String>,
    },
    /// What was done with a text that waits for its time is safely in the outbox and shown; none where
    /// it waits no more.
    TimedChanged {
        /// Where.
        conversation: ConversationId,
        /// What.
        deed: Option<TimedDeed>,
    },
    /// The newest deed with a timed text was taken back, or why not.
    TimedUndone {
        /// Where.
        conversation: ConversationId,
        /// What it came to.
        undone: TimedUndone,
    },
    /// The relay would not change a text that waits for its time; the change is not shown any more.
    TimedRefused {
        /// Where.
        conversation: ConversationId,
        /// What was asked.
        patch: Box<MessagePatch>,
        /// Why not.
        problem: Box<Problem>,
    },
    /// What an agent did to conversations is safely in the outbox and shown: what it came to for
    /// each that is here.
    Triaged(Vec<Outcome>),
    /// The newest step was taken back or done again, and that is safely in the outbox and shown.
    Turned(Box<Turned>),
    /// A text had not gone out and is a draft again, before what was written there since.
    TakenBack {
        /// Where.
        conversation: ConversationId,
        /// The words.
        body: String,
    },
    /// What is set at the relay.
    Settings(Box<Setting>),
    /// The relay set what was asked, or why not.
    SettingWritten {
        /// What was asked.
        wanted: Wanted,
        /// Why not; none where it was done.
        refused: Option<String>,
    },
    /// Which templates there are.
    Templates(Box<Shelf>),
    /// A template that was asked for; none where it is not here.
    Template {
        /// Which.
        id: TemplateId,
        /// As it is.
        template: Option<Box<Template>>,
    },
    /// The relay did what was asked of a template, or why not.
    TemplateWritten {
        /// What was asked.
        write: Box<Write>,
        /// Why not; none where it was done.
        refused: Option<String>,
    },
    /// The relay did what was asked of a job, or why not.
    JobWritten {
        /// What was asked, with the id under which a job was to be made.
        write: Box<JobWrite>,
        /// Why not; none where it was done.
        refused: Option<String>,
    },
    /// The team's rules, in the order of their text.
    Rules(Vec<Rule>),
    /// The relay put a text in place of the rules that held, or why not.
    RulesWritten {
        /// What was asked.
        draft: Box<Draft>,
        /// Why not; none where it was done.
        refused: Option<String>,
    },
    /// Figures of the work, or why there are none.
    Figures {
        /// Which were asked for.
        question: Question,
        /// What the relay said.
        answer: Result<Box<Stats>, String>,
    },
    /// Who did what, or why that is not known.
    Audit {
        /// What was asked.
        question: audit::Question,
        /// What the relay said.
        answer: Result<Box<AuditPage>, String>,
    },
    /// How the relay fares, or why that is not known.
    Status(Result<Box<Told>, String>),
    /// How this device fares.
    Here(Here),
    /// Customers' texts that the live stream has just brought, by when the relay took them.
    Arrived {
        /// By the relay's clock.
        taken: Vec<Timestamp>,
        /// When they were on this disk.
        stored: Timestamp,
    },
    /// What the whole desk has in common.
    Directory(Box<Directory>),
    /// The conversation that was asked for is there, begun where there was none.
    Begun(ConversationId),
    /// A conversation that was begun here is the relay's now, under another id.
    Rehomed {
        /// Under which it was.
        from: ConversationId,
        /// Under which it is.
        to: ConversationId,
    },
    /// Of a contact.
    Contact(Box<ContactTold>),
    /// Who was found.
    People {
        /// For which words.
        words: String,
        /// At most [`crate::model::people::FOUND_PEOPLE_MAX`].
        found: Vec<FoundPerson>,
    },
    /// The newest text of the customer counts as unread again, or did already.
    MarkedUnread {
        /// Which conversation.
        conversation: ConversationId,
        /// What it came to.
        unread: Unread,
    },
    /// What the agent sent before, newest first.
    Sent(Vec<String>),
    /// No text could be taken back: it has gone out.
    NothingToTakeBack,
    /// There is no step to take back, or none to do again.
    NothingToTurn(Way),
    /// The relay refused what was done to a conversation; it is not shown any more.
    TriageRefused {
        /// Which.
        conversation: ConversationId,
        /// What was asked.
        patch: Box<Patch>,
        /// Why not.
        problem: Box<Problem>,
        /// Whom it was about, and what was done there since.
        #[serde(default)]
        about: Box<About>,
    },
    /// The relay refused a text, which stays in the outbox until its author has decided.
    TextRefused {
        /// Where.
        conversation: ConversationId,
        /// Which.
        entry: EntryId,
        /// Its words.
        body: String,
        /// When it was to go out; none for at once.
        #[serde(default)]
        send_at: Option<Timestamp>,
        /// Why not.
        problem: Box<Problem>,
        /// Whom it was about, and what was done there since.
        #[serde(default)]
        about: Box<About>,
    },
    /// A note is safely in the outbox and may be shown.
    NoteKept {
        /// Where.
        conversation: ConversationId,
        /// The id that the note keeps for ever.
        entry: EntryId,
    },
    /// The relay refused a note, which stays in the outbox until its author has decided.
    NoteRefused {
        /// Where.
        conversation: ConversationId,
        /// Which.
        entry: EntryId,
        /// Its words.
        body: String,
        /// Why not.
        problem: Box<Problem>,
        /// Whom it was about, and what was done there since.
        #[serde(default)]
        about: Box<About>,
    },
    /// Records changed; whatever is on the screen may be stale.
    Applied {
        /// Conversations that were touched, at most [`APPLIED_CONVERSATIONS_MAX`]; more are
        /// reported as `everything`.
        conversations: Vec<ConversationId>,
        /// So much changed that everything may be stale.
        everything: bool,
    },
    /// Conversations that have ended, because whoever was in them was erased: nothing that was shown or
    /// written there stays.
    Ended(Vec<ConversationId>),
    /// When somebody was at the keys last.
    LastSeen(Option<LastSeen>),
    /// What happened during an absence.
    Meanwhile(Meanwhile),
    /// Something that may concern me has just been stored.
    News(Vec<News>),
    /// My requests that the relay has not confirmed: shown as "2 waiting to send".
    Outbox {
        /// How many wait.
        waiting: u32,
        /// How many were refused and want a decision.
        refused: u32,
        /// How many of those that wait are notes.
        #[serde(default)]
        notes: u32,
        /// How many changes of conversations wait besides.
        #[serde(default)]
        changes: u32,
    },
    /// Something could not be stored or read. Nothing was shown that is not on the disk.
    Failed {
        /// In words: what, where, what now.
        message: String,
    },
}

/// The most conversations that one [`CacheEvent::Applied`] names: a screen shows fewer.
pub const APPLIED_CONVERSATIONS_MAX: usize = 256;

/// What a colleague does, as the relay says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who.
    pub agent: AgentId,
    /// Their name; remote text.
    pub name: String,
    /// Where.
    pub conversation: ConversationId,
    /// What.
    pub state: PresenceState,
    /// For how long by now, in milliseconds.
    pub for_ms: u64,
}

/// What the network side has to say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LinkEvent {
    /// The state of the connection changed.
    Connection(Connection),
    /// Who the token belongs to.
    Welcome(Agent),
    /// Which relay it is and what it can do.
    Met(Relay),
    /// More of the history is on the disk.
    History(History),
    /// What a colleague does.
    Presence(Heard),
    /// Something that the agent should know about the network: why there is no connection, or
    /// that the copy of the records is fetched again. Said once a cause.
    Trouble {
        /// In words; parts of it come from the network.
        message: String,
    },
}
