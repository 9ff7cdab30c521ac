//! What the agent can mean, as one closed list of named actions.
//!
//! The names are a promise: configuration, help and documentation use them. What an action does
//! is decided in `update`, which key means it in `input`.

use crate::model::list::View;
use serde::{Deserialize, Serialize};

macro_rules! actions {
    ($($name:ident = $text:literal, $describe:literal;)+) => {
        /// Something that the agent means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Action {
            $(#[doc = concat!("To ", $describe, ".")] $name,)+
        }

        impl Action {
            /// Every action in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in the configuration.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it does, as the help says it: begins with a verb, no full stop.
            pub const fn describe(self) -> &'static str {
                match self { $(Self::$name => $describe,)+ }
            }
        }
    };
}

actions! {
    NextConversation = "next-conversation", "go to the next conversation";
    PreviousConversation = "previous-conversation", "go to the previous conversation";
    FirstConversation = "first-conversation", "go to the first conversation";
    FinalConversation = "final-conversation", "go to the last conversation of the list";
    NextWaiting = "next-waiting", "go to the next conversation that waits for an answer";
    PreviousWaiting = "previous-waiting", "go to the previous conversation that waits";
    LastConversation = "last-conversation", "go back to the conversation before this one";
    Open = "open", "open the conversation and count it as read; once more: reply";
    Reply = "reply", "write a reply";
    Resend = "resend", "take the refused or failed text back into the composer";
    Back = "back", "go back to the list";
    ScrollDown = "scroll-down", "scroll the chat a line down";
    ScrollUp = "scroll-up", "scroll the chat a line up";
    HalfPageDown = "half-page-down", "scroll the chat half a page down";
    HalfPageUp = "half-page-up", "scroll the chat half a page up";
    PageDown = "page-down", "scroll the chat a page down";
    PageUp = "page-up", "scroll the chat a page up";
    JumpToTop = "jump-to-top", "go to the oldest text that is loaded";
    JumpToBottom = "jump-to-bottom", "go to the newest text";
    ViewInbox = "view-inbox", "show the inbox: open conversations";
    ViewUnassigned = "view-unassigned", "show open conversations that nobody owns";
    ViewMine = "view-mine", "show my open conversations";
    ViewAll = "view-all", "show all conversations";
    ViewSnoozed = "view-snoozed", "show snoozed conversations";
    ViewDone = "view-done", "show conversations that are done";
    ViewFlagged = "view-flagged", "show flagged conversations";
    Help = "help", "show the keys that work here";
    CloseHelp = "close-help", "close the help";
    Redraw = "redraw", "draw the screen anew";
    Suspend = "suspend", "suspend to the shell (fg comes back)";
    Quit = "quit", "quit; asks while texts wait to be sent";
    ConfirmQuit = "confirm-quit", "quit now; what waits is sent at the next start";
    Stay = "stay", "stay";
    Send = "send", "send the text";
    Newline = "newline", "begin a new line";
    LeaveComposer = "leave-composer", "leave the composer; the draft stays";
    MakeGsm7 = "make-gsm7", "replace look-alikes so that the text fits GSM-7";
    CursorLeft = "cursor-left", "move a character left";
    CursorRight = "cursor-right", "move a character right";
    CursorUp = "cursor-up", "move a line up";
    CursorDown = "cursor-down", "move a line down";
    WordLeft = "word-left", "move a word left";
    WordRight = "word-right", "move a word right";
    LineStart = "line-start", "move to the start of the line";
    LineEnd = "line-end", "move to the end of the line";
    TextStart = "text-start", "move to the start of the text";
    TextEnd = "text-end", "move to the end of the text";
    DeleteBack = "delete-back", "delete the character before the cursor";
    DeleteForward = "delete-forward", "delete the character under the cursor";
    DeleteWordBack = "delete-word-back", "delete the word before the cursor";
    DeleteWordForward = "delete-word-forward", "delete the word behind the cursor";
    DeleteToLineStart = "delete-to-line-start", "delete to the start of the line";
    DeleteToLineEnd = "delete-to-line-end", "delete to the end of the line";
    Yank = "yank", "put back what was deleted last";
    ChooseNext = "choose-next", "go to the next choice";
    ChoosePrevious = "choose-previous", "go to the previous choice";
    Choose = "choose", "take this choice";
    ChoosePractice = "choose-practice", "practise with made-up customers";
    ChooseJoin = "choose-join", "join a relay with an invite";
    Join = "join", "join with this invite";
}

impl Action {
    /// The view that it shows, where it shows one.
    pub const fn view(self) -> Option<View> {
        Some(match self {
            Self::ViewInbox => View::Inbox,
            Self::ViewUnassigned => View::Unassigned,
            Self::ViewMine => View::Mine,
            Self::ViewAll => View::All,
            Self::ViewSnoozed => View::Snoozed,
            Self::ViewDone => View::Done,
            Self::ViewFlagged => View::Flagged,
            _ => return None,
        })
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
    fn a_recorded_action_carries_the_name_of_the_configuration() {
        for action in Action::ALL {
            let json = serde_json::to_value(action).unwrap();
            assert_eq!(json.as_str().unwrap(), action.name());
        }
    }
}
