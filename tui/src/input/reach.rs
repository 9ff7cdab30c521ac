//! How an action is reached without the app: the command that does the same from a script.

use crate::action::Action;

/// What a script does instead of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// One of these commands of `smsdesk`.
    Commands(&'static [&'static str]),
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// The command that does from a script what `action` does.
pub const fn script(action: Action) -> Script {
    use Script::{Commands, Nothing};
    match action {
        Action::DoneNext => Commands(&["close"]),
        Action::DoneStay => Commands(&["close", "reopen"]),
        Action::Snooze => Commands(&["snooze"]),
        Action::Flag => Commands(&["flag"]),
        Action::Assign => Commands(&["assign"]),
        Action::Labels => Commands(&["tag"]),
        Action::MarkUnread => Commands(&["unread"]),
        Action::FlagReason => Commands(&["flag"]),
        Action::Note | Action::SaveNote => Commands(&["note"]),
        Action::Narrow => Nothing("`list` is narrowed by the shell"),
        Action::Take => Commands(&["take"]),
        Action::Send => Commands(&["send"]),
        Action::Templates => Commands(&["template"]),
        Action::Template => Commands(&["send", "template"]),
        Action::Open => Commands(&["show"]),
        Action::Join => Commands(&["join"]),
        Action::ChoosePractice => Commands(&["demo"]),
        Action::Help => Commands(&["help", "man"]),
        Action::ViewInbox
        | Action::ViewUnassigned
        | Action::ViewMine
        | Action::ViewAll
        | Action::ViewSnoozed
        | Action::ViewDone
        | Action::ViewFlagged => Commands(&["list"]),
        Action::Resend | Action::ConfirmResend => Nothing("a script sends a new text"),
        _ => Nothing("about the screen"),
    }
}
