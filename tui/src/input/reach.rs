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
        Action::Narrow => Commands(&["list"]),
        Action::Search => Commands(&["search"]),
        Action::Stats
        | Action::NextSpan
        | Action::PreviousSpan
        | Action::NextGrouping
        | Action::PreviousGrouping => Commands(&["stats"]),
        Action::Take => Commands(&["take"]),
        Action::OptOut => Commands(&["opt-out"]),
        Action::Contact | Action::EditField | Action::ForgetContact => Commands(&["contact"]),
        Action::Send | Action::SendLater | Action::NewText => Commands(&["send"]),
        Action::SendAndDone => Commands(&["send", "close"]),
        Action::ViewTimed | Action::MoveTimed | Action::CancelTimed => Commands(&["timed"]),
        Action::Broadcasts
        | Action::Bulk
        | Action::StartBroadcast
        | Action::RecountBroadcast
        | Action::PauseBroadcast
        | Action::CancelBroadcast => Commands(&["bulk"]),
        Action::EditTimed | Action::SendTimedNow => Nothing("`PATCH /v1/messages/{id}` does it"),
        Action::CancelOnReply => Nothing("`send` takes it with the text"),
        Action::Templates => Commands(&["template"]),
        Action::Settings => Commands(&["settings"]),
        Action::Audit => Nothing("`smsdesk-relay audit show` and `GET /v1/audit` do it"),
        Action::Status => Nothing("`GET /v1/status` tells the relay's part"),
        Action::Details => Nothing("`show --json` and `GET /v1/entries/{id}` tell it"),
        Action::Rules => Nothing("`smsdesk-relay rules set FILE` and `PUT /v1/rules` do it"),
        Action::SaveSheet => Commands(&["template", "contact"]),
        Action::Template => Commands(&["send", "template"]),
        Action::Open => Commands(&["show"]),
        Action::Join => Commands(&["join"]),
        Action::ChoosePractice => Commands(&["demo"]),
        Action::Help => Commands(&["help", "man"]),
        Action::View
        | Action::ViewInbox
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
