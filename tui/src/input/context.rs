//! Where the agent's hands are: the same key may mean different things in different places.

use serde::{Deserialize, Serialize};

/// A place that has keys of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Context {
    /// The conversation list.
    List,
    /// The chat, while nothing is being written.
    Chat,
    /// The composer: what is not bound here becomes text.
    Composer,
    /// The composer, while it writes a private note; what is not bound here becomes text.
    Note,
    /// The help screen.
    Help,
    /// What happened during an absence.
    SinceYouLeft,
    /// "Quit although texts wait?"
    ConfirmQuit,
    /// "Send it again although it may arrive twice?"
    ConfirmResend,
    /// What is known of somebody.
    Contact,
    /// A line at the bottom that wants an answer; what is not bound here becomes text.
    Prompt,
    /// The texts that wait for their time.
    Timed,
    /// The texts to many.
    Broadcasts,
    /// A text to many before it begins.
    Bulk,
    /// A sheet of words, such as a template; what is not bound here becomes text.
    Sheet,
    /// Figures of the work.
    Stats,
    /// How app and relay fare.
    Status,
    /// What is known of one text.
    Details,
    /// Who did what.
    Audit,
    /// The search; what is not bound here becomes text.
    Search,
    /// First run: practice or join.
    FirstRun,
    /// First run: the line that takes an invite; what is not bound here becomes text.
    Invite,
}

impl Context {
    /// Every context in the order of the documentation.
    pub const ALL: [Self; 21] = [
        Self::List,
        Self::Chat,
        Self::Composer,
        Self::Note,
        Self::Help,
        Self::SinceYouLeft,
        Self::ConfirmQuit,
        Self::ConfirmResend,
        Self::Contact,
        Self::Prompt,
        Self::Timed,
        Self::Broadcasts,
        Self::Bulk,
        Self::Sheet,
        Self::Stats,
        Self::Status,
        Self::Details,
        Self::Audit,
        Self::Search,
        Self::FirstRun,
        Self::Invite,
    ];

    /// As a heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::List => "Conversation list",
            Self::Chat => "Chat",
            Self::Composer => "Composer",
            Self::Note => "Private note",
            Self::Help => "Help screen",
            Self::SinceYouLeft => "Since you left",
            Self::ConfirmQuit => "Question before quitting",
            Self::ConfirmResend => "Question before sending again",
            Self::Contact => "Contact",
            Self::Prompt => "Prompt",
            Self::Timed => "Timed texts",
            Self::Broadcasts => "Broadcasts",
            Self::Bulk => "Text to many",
            Self::Sheet => "Sheet of words",
            Self::Stats => "Figures",
            Self::Status => "How app and relay fare",
            Self::Details => "Details of a text",
            Self::Audit => "Who did what",
            Self::Search => "Search",
            Self::FirstRun => "First run",
            Self::Invite => "First run, invite",
        }
    }

    /// As a place in a sentence.
    pub const fn place(self) -> &'static str {
        match self {
            Self::List => "in the list",
            Self::Chat => "in the chat",
            Self::Composer => "in the composer",
            Self::Note => "in a note",
            Self::Help => "in the help",
            Self::ConfirmQuit | Self::ConfirmResend => "in a question",
            Self::SinceYouLeft => "after a time away",
            Self::Contact => "in a contact",
            Self::Prompt => "in a prompt",
            Self::Timed => "among the timed texts",
            Self::Broadcasts => "among the broadcasts",
            Self::Bulk => "before a text to many",
            Self::Sheet => "on a sheet",
            Self::Stats => "among the figures",
            Self::Status => "where app and relay are told of",
            Self::Details => "in the details of a text",
            Self::Audit => "among who did what",
            Self::Search => "in the search",
            Self::FirstRun | Self::Invite => "at the first start",
        }
    }

    /// Whether keys without a binding are text here.
    pub const fn takes_text(self) -> bool {
        matches!(
            self,
            Self::Composer | Self::Note | Self::Prompt | Self::Sheet | Self::Search | Self::Invite
        )
    }
}
