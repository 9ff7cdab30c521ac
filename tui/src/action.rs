//! What the agent can mean, as one closed list of named actions.
//!
//! The names are a promise: configuration, help and documentation use them. What an action does
//! is decided in `update`, which key means it in `input`.

use crate::model::list::View;
use crate::model::listing::ViewNumber;
use serde::{Deserialize, Serialize};

/// The longest description of an action: the help must fit beside its keys on the smallest screen.
pub const DESCRIPTION_CHARACTERS_MAX: usize = 33;

macro_rules! actions {
    ($($name:ident = $text:literal, $describe:literal;)+) => {
        /// Something that the agent means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Action {
            $(
                #[doc = concat!("Means: ", $describe, ".")]
                #[serde(rename = $text)]
                $name,
            )+
        }

        impl Action {
            /// Every action in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it leads to, as the help says it: few words, at most
            /// [`DESCRIPTION_CHARACTERS_MAX`] characters, no full stop.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $describe,)+ }
            }
        }
    };
}

actions! {
    NextConversation = "next-conversation", "next conversation";
    PreviousConversation = "previous-conversation", "previous conversation";
    FirstConversation = "first-conversation", "first conversation of the list";
    FinalConversation = "final-conversation", "last conversation of the list";
    NextWaiting = "next-waiting", "next that waits; next hit after /";
    PreviousWaiting = "previous-waiting", "previous that waits, or hit";
    LastConversation = "last-conversation", "back to the one opened before";
    Open = "open", "open, count as read; then reply";
    Reply = "reply", "write a reply";
    Note = "note", "write a private note";
    Resend = "resend", "send a failed text again";
    Back = "back", "go back";
    DoneNext = "done-next", "done; go on to the next one";
    DoneStay = "done-stay", "done or reopened; stay";
    Snooze = "snooze", "put it away until a time";
    Assign = "assign", "give it to a colleague or nobody";
    Labels = "labels", "tags: labels on and off";
    MarkUnread = "mark-unread", "unread again, until you open it";
    Flag = "flag", "flag it, or take the flag off";
    FlagReason = "flag-reason", "flag it and say why";
    Take = "take", "take it: it is mine";
    OptOut = "opt-out", "they want no more texts";
    Repeat = "repeat", "do the last thing once more";
    Mark = "mark", "select it, go on to the next";
    MarkRange = "mark-range", "begin or end a range";
    ClearMarks = "clear-marks", "end the range; select nothing";
    Undo = "undo", "take the newest change back";
    Redo = "redo", "do what was undone again";
    ScrollDown = "scroll-down", "scroll a line down";
    ScrollUp = "scroll-up", "scroll a line up";
    HalfPageDown = "half-page-down", "scroll half a page down";
    HalfPageUp = "half-page-up", "scroll half a page up";
    PageDown = "page-down", "scroll a page down";
    PageUp = "page-up", "scroll a page up";
    JumpToTop = "jump-to-top", "oldest text that is loaded";
    JumpToBottom = "jump-to-bottom", "newest text";
    ViewInbox = "view-inbox", "inbox: open conversations";
    ViewUnassigned = "view-unassigned", "open ones that nobody owns";
    ViewMine = "view-mine", "my open conversations";
    ViewAll = "view-all", "all conversations";
    ViewSnoozed = "view-snoozed", "snoozed conversations";
    ViewDone = "view-done", "conversations that are done";
    ViewFlagged = "view-flagged", "flagged conversations";
    View = "view", "a view by its name";
    ViewTimed = "view-timed", "texts that go out later";
    EditTimed = "edit-timed", "change the words of a timed text";
    MoveTimed = "move-timed", "give a timed text another time";
    CancelTimed = "cancel-timed", "cancel a timed text";
    SendTimedNow = "send-timed-now", "send a timed text now";
    CancelOnReply = "cancel-on-reply", "cancel it if they write first";
    Broadcasts = "broadcasts", "texts to many, and how they go";
    Bulk = "bulk", "text many: counts, then asks";
    StartBroadcast = "start-broadcast", "text all who were counted";
    RecountBroadcast = "recount-broadcast", "count them anew";
    PauseBroadcast = "pause-broadcast", "pause a broadcast, or resume it";
    CancelBroadcast = "cancel-broadcast", "give a broadcast up; asks";
    Stats = "stats", "figures: texts, replies, cost";
    Audit = "audit", "who did what; for admins";
    Status = "status", "how app and relay fare";
    NextSpan = "next-span", "a longer stretch of time";
    PreviousSpan = "previous-span", "a shorter stretch of time";
    NextGrouping = "next-grouping", "tell them apart in another way";
    PreviousGrouping = "previous-grouping", "the way before";
    GoToLongest = "go-to-longest", "go to who waits longest";
    Details = "details", "a text: how it went, its cost";
    CopyText = "copy-text", "copy the customer's newest text";
    CopyNumber = "copy-number", "copy the number";
    Mouse = "mouse", "mouse to the terminal, or back";
    View1 = "view-1", "your own view 1";
    View2 = "view-2", "your own view 2";
    View3 = "view-3", "your own view 3";
    View4 = "view-4", "your own view 4";
    View5 = "view-5", "your own view 5";
    View6 = "view-6", "your own view 6";
    View7 = "view-7", "your own view 7";
    View8 = "view-8", "your own view 8";
    View9 = "view-9", "your own view 9";
    Contact = "contact", "who this is; change it";
    EditField = "edit-field", "change this line";
    ForgetContact = "forget-contact", "forget who this is; asks first";
    NewText = "new-text", "write to a number or a person";
    Search = "search", "search all texts and people";
    Narrow = "narrow", "narrow the list as you type";
    NextOrder = "next-order", "sort the list in another way";
    Help = "help", "the keys that work here";
    Command = "command", "type an action's name";
    Palette = "palette", "find an action";
    SearchHelp = "search-help", "find a key or what it does";
    CloseHelp = "close-help", "close the help";
    Redraw = "redraw", "draw the screen anew";
    Suspend = "suspend", "suspend to the shell (fg returns)";
    Quit = "quit", "quit; asks while texts wait";
    ConfirmQuit = "confirm-quit", "quit; the rest is sent next time";
    Stay = "stay", "stay";
    ConfirmResend = "confirm-resend", "send it again all the same";
    LeaveUnsent = "leave-unsent", "do not send it again";
    Send = "send", "send the text";
    SendLater = "send-later", "send the text at a time";
    SendAndDone = "send-and-done", "send the text; done; next one";
    TakeBack = "take-back", "take back what was just sent";
    SaveNote = "save-note", "save the note for colleagues";
    Template = "template", "a template; / to begin a line too";
    Templates = "templates", "list, make and edit templates";
    Settings = "settings", "switches and rules of the desk";
    Rules = "rules", "list, switch and edit the rules";
    NextField = "next-field", "to the next field; or the emoji";
    Suggestion = "suggestion", "take the reply that is suggested";
    PreviousField = "previous-field", "to the field before";
    CompleteName = "complete-name", "complete the name behind @";
    OpenEditor = "open-editor", "write it in your own editor";
    SaveSheet = "save-sheet", "save these words";
    LeaveSheet = "leave-sheet", "leave; asks where words would go";
    Newline = "newline", "begin a new line";
    LeaveComposer = "leave-composer", "leave; the draft stays";
    MakeGsm7 = "make-gsm7", "replace look-alikes: GSM-7";
    OlderText = "older-text", "an earlier text of yours";
    NewerText = "newer-text", "a newer one; then what you wrote";
    SplitText = "split-text", "send it as several texts";
    Attach = "attach", "attach a file";
    CompleteEmoji = "complete-emoji", "the emoji of the name behind :";
    CorrectWord = "correct-word", "put a misspelt word right";
    UndoEdit = "undo-edit", "take the last edit back";
    RedoEdit = "redo-edit", "do the edit once more";
    CursorLeft = "cursor-left", "a character left";
    CursorRight = "cursor-right", "a character right";
    CursorUp = "cursor-up", "a line up";
    CursorDown = "cursor-down", "a line down";
    WordLeft = "word-left", "a word left";
    WordRight = "word-right", "a word right";
    LineStart = "line-start", "to the start of the line";
    LineEnd = "line-end", "to the end of the line";
    TextStart = "text-start", "to the start of the text";
    TextEnd = "text-end", "to the end of the text";
    DeleteBack = "delete-back", "delete the character before";
    DeleteForward = "delete-forward", "delete the character behind";
    DeleteWordBack = "delete-word-back", "delete the word before";
    DeleteWordForward = "delete-word-forward", "delete the word behind";
    DeleteToLineStart = "delete-to-line-start", "delete to the start of the line";
    DeleteToLineEnd = "delete-to-line-end", "delete to the end of the line";
    Yank = "yank", "put back what was deleted last";
    ChooseNext = "choose-next", "next choice";
    ChoosePrevious = "choose-previous", "previous choice";
    Choose = "choose", "take this choice";
    AcceptPrompt = "accept-prompt", "take the answer";
    LeavePrompt = "leave-prompt", "leave without an answer";
    ChoosePractice = "choose-practice", "practise: made-up customers";
    ChooseJoin = "choose-join", "join a relay with an invite";
    Join = "join", "join with this invite";
}

impl Action {
    /// The view that it shows, where it shows one.
    pub fn view(self) -> Option<View> {
        Some(match self {
            Self::ViewInbox => View::Inbox,
            Self::ViewUnassigned => View::Unassigned,
            Self::ViewMine => View::Mine,
            Self::ViewAll => View::All,
            Self::ViewSnoozed => View::Snoozed,
            Self::ViewDone => View::Done,
            Self::ViewFlagged => View::Flagged,
            _ => View::Saved(self.view_number()?),
        })
    }

    fn view_number(self) -> Option<ViewNumber> {
        let views = [
            Self::View1,
            Self::View2,
            Self::View3,
            Self::View4,
            Self::View5,
            Self::View6,
            Self::View7,
            Self::View8,
            Self::View9,
        ];
        let at = views.iter().position(|view| *view == self)?;
        ViewNumber::new(u8::try_from(at + 1).ok()?)
    }
}

/// What digits before an action do to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It is done so many times.
    Repeats,
    /// It is done once, to so many rows from the cursor on.
    Reaches,
    /// It is done as without them.
    Never,
}

impl Action {
    /// What digits before it do.
    pub const fn counted(self) -> Counted {
        match self {
            Self::NextConversation
            | Self::PreviousConversation
            | Self::NextWaiting
            | Self::PreviousWaiting
            | Self::ScrollDown
            | Self::ScrollUp
            | Self::HalfPageDown
            | Self::HalfPageUp
            | Self::PageDown
            | Self::PageUp
            | Self::Mark
            | Self::Undo
            | Self::Redo => Counted::Repeats,
            Self::DoneNext
            | Self::DoneStay
            | Self::Flag
            | Self::Take
            | Self::Repeat
            | Self::Snooze
            | Self::Assign
            | Self::Labels
            | Self::FlagReason => Counted::Reaches,
            _ => Counted::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_action_has_its_own_name_in_kebab_case() {
        let names: HashSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for name in names {
            let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(kebab), "{name}");
        }
    }

    #[test]
    fn every_description_fits_the_smallest_help() {
        for action in Action::ALL {
            let length = action.describe().chars().count();
            assert!(
                (1..=DESCRIPTION_CHARACTERS_MAX).contains(&length),
                "{}",
                action.name()
            );
        }
    }

    #[test]
    fn a_recorded_action_carries_the_name_of_the_configuration() {
        for action in Action::ALL {
            let json = serde_json::to_value(action).unwrap();
            assert_eq!(json.as_str().unwrap(), action.name());
        }
    }
}
