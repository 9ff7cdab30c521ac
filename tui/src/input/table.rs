//! The default keys: the one place where a key meets an action.

use super::context::Context::{
    self, Chat, Composer, ConfirmQuit, ConfirmResend, FirstRun, Help, Invite, List, Note, Prompt,
    Search, SinceYouLeft,
};
use crate::action::Action;

/// Keys that mean one action in some contexts.
pub(super) struct Row {
    /// Where.
    pub(super) contexts: &'static [Context],
    /// What.
    pub(super) action: Action,
    /// Which key sequences, the one to teach first.
    pub(super) keys: &'static [&'static str],
    /// A word for the status bar, where the action is worth a place there.
    pub(super) hint: Option<&'static str>,
}

const fn row(
    contexts: &'static [Context],
    action: Action,
    keys: &'static [&'static str],
    hint: Option<&'static str>,
) -> Row {
    Row {
        contexts,
        action,
        keys,
        hint,
    }
}

const NORMAL: &[Context] = &[List, Chat];
const DESK: &[Context] = &[List, Chat, Composer, Note];
const TEXT: &[Context] = &[Composer, Note, Prompt, Search, Invite];
const ASKED: &[Context] = &[Prompt, Search];
const WRITING: &[Context] = &[Composer, Note];

/// Every default key. Within a context the order is that of the help and of the hints.
pub(super) const ROWS: &[Row] = &[
    // Moving.
    row(
        &[List],
        Action::Open,
        &["enter", "l", "right"],
        Some("open"),
    ),
    row(NORMAL, Action::Reply, &["r", "i"], Some("reply")),
    row(&[Chat], Action::Open, &["enter", "l", "right"], None),
    row(NORMAL, Action::Note, &["P"], None),
    row(NORMAL, Action::Resend, &["R"], Some("send again")),
    row(
        &[Chat],
        Action::Back,
        &["q", "h", "esc", "left"],
        Some("back"),
    ),
    row(NORMAL, Action::DoneNext, &["e"], Some("done")),
    row(NORMAL, Action::DoneStay, &["E"], None),
    row(NORMAL, Action::Snooze, &["b"], None),
    row(NORMAL, Action::Assign, &["a"], None),
    row(NORMAL, Action::Labels, &["t"], None),
    row(NORMAL, Action::MarkUnread, &["u"], None),
    row(NORMAL, Action::Flag, &["*"], None),
    row(NORMAL, Action::FlagReason, &["F"], None),
    row(NORMAL, Action::Take, &["A"], None),
    row(NORMAL, Action::Repeat, &["."], None),
    row(NORMAL, Action::Mark, &["space"], None),
    row(NORMAL, Action::MarkRange, &["V"], None),
    row(&[List], Action::ClearMarks, &["esc"], None),
    row(NORMAL, Action::Undo, &["z"], None),
    row(NORMAL, Action::Redo, &["Z"], None),
    row(NORMAL, Action::NextWaiting, &["n"], Some("next waiting")),
    row(NORMAL, Action::PreviousWaiting, &["N"], None),
    row(NORMAL, Action::NextConversation, &["j", "down"], None),
    row(NORMAL, Action::PreviousConversation, &["k", "up"], None),
    row(&[List], Action::FirstConversation, &["g g", "home"], None),
    row(&[List], Action::FinalConversation, &["G", "end"], None),
    row(NORMAL, Action::LastConversation, &["-"], None),
    row(NORMAL, Action::ViewInbox, &["g i"], None),
    row(NORMAL, Action::ViewUnassigned, &["g u"], None),
    row(NORMAL, Action::ViewMine, &["g m"], None),
    row(NORMAL, Action::ViewAll, &["g a"], None),
    row(NORMAL, Action::ViewSnoozed, &["g s"], None),
    row(NORMAL, Action::ViewDone, &["g d"], None),
    row(NORMAL, Action::ViewFlagged, &["g f"], None),
    row(NORMAL, Action::View1, &["g 1"], None),
    row(NORMAL, Action::View2, &["g 2"], None),
    row(NORMAL, Action::View3, &["g 3"], None),
    row(NORMAL, Action::View4, &["g 4"], None),
    row(NORMAL, Action::View5, &["g 5"], None),
    row(NORMAL, Action::View6, &["g 6"], None),
    row(NORMAL, Action::View7, &["g 7"], None),
    row(NORMAL, Action::View8, &["g 8"], None),
    row(NORMAL, Action::View9, &["g 9"], None),
    row(NORMAL, Action::Search, &["/"], None),
    row(NORMAL, Action::Narrow, &["\\"], None),
    row(NORMAL, Action::NextOrder, &["O"], None),
    // Reading.
    row(NORMAL, Action::ScrollDown, &["J"], None),
    row(NORMAL, Action::ScrollUp, &["K"], None),
    row(NORMAL, Action::HalfPageDown, &["ctrl-d"], None),
    row(NORMAL, Action::HalfPageUp, &["ctrl-u"], None),
    row(DESK, Action::PageDown, &["pgdn"], None),
    row(DESK, Action::PageUp, &["pgup"], None),
    row(&[Chat], Action::JumpToTop, &["g g", "home"], None),
    row(&[Chat], Action::JumpToBottom, &["G", "end"], None),
    row(NORMAL, Action::CopyText, &["y"], None),
    row(NORMAL, Action::CopyNumber, &["Y"], None),
    row(NORMAL, Action::Mouse, &["M"], None),
    // Writing.
    row(&[Composer], Action::Send, &["enter"], Some("send")),
    row(&[Note], Action::SaveNote, &["enter"], Some("save the note")),
    row(
        WRITING,
        Action::LeaveComposer,
        &["esc", "ctrl-c"],
        Some("leave"),
    ),
    row(
        WRITING,
        Action::Newline,
        &["alt-enter", "ctrl-j"],
        Some("new line"),
    ),
    row(&[Composer], Action::TakeBack, &["alt-z"], None),
    row(&[Note], Action::CompleteName, &["tab"], Some("@name")),
    row(&[Composer], Action::MakeGsm7, &["alt-g"], Some("GSM-7")),
    row(&[Prompt], Action::AcceptPrompt, &["enter"], Some("accept")),
    row(&[Search], Action::AcceptPrompt, &["enter"], Some("open")),
    row(
        ASKED,
        Action::LeavePrompt,
        &["esc", "ctrl-c"],
        Some("cancel"),
    ),
    row(
        ASKED,
        Action::ChooseNext,
        &["down", "ctrl-n", "tab"],
        Some("next choice"),
    ),
    row(
        ASKED,
        Action::ChoosePrevious,
        &["up", "ctrl-p", "backtab"],
        None,
    ),
    row(&[Search], Action::PageDown, &["pgdn"], None),
    row(&[Search], Action::PageUp, &["pgup"], None),
    row(&[Invite], Action::Join, &["enter"], Some("join")),
    row(&[Invite], Action::Back, &["esc"], Some("back")),
    row(TEXT, Action::CursorLeft, &["left", "ctrl-b"], None),
    row(TEXT, Action::CursorRight, &["right", "ctrl-f"], None),
    row(WRITING, Action::CursorUp, &["up", "ctrl-p"], None),
    row(WRITING, Action::CursorDown, &["down", "ctrl-n"], None),
    row(
        TEXT,
        Action::WordLeft,
        &["alt-b", "ctrl-left", "alt-left"],
        None,
    ),
    row(
        TEXT,
        Action::WordRight,
        &["alt-f", "ctrl-right", "alt-right"],
        None,
    ),
    row(TEXT, Action::LineStart, &["ctrl-a", "home"], None),
    row(TEXT, Action::LineEnd, &["ctrl-e", "end"], None),
    row(WRITING, Action::TextStart, &["alt-<", "ctrl-home"], None),
    row(WRITING, Action::TextEnd, &["alt->", "ctrl-end"], None),
    row(TEXT, Action::DeleteBack, &["backspace", "ctrl-h"], None),
    row(TEXT, Action::DeleteForward, &["delete", "ctrl-d"], None),
    row(
        TEXT,
        Action::DeleteWordBack,
        &["ctrl-w", "alt-backspace"],
        None,
    ),
    row(TEXT, Action::DeleteWordForward, &["alt-d"], None),
    row(TEXT, Action::DeleteToLineStart, &["ctrl-u"], None),
    row(TEXT, Action::DeleteToLineEnd, &["ctrl-k"], None),
    row(TEXT, Action::Yank, &["ctrl-y"], None),
    // Everywhere, and the small screens.
    row(NORMAL, Action::Help, &["?", "f1"], Some("help")),
    row(NORMAL, Action::Command, &[":"], Some("command")),
    row(NORMAL, Action::Palette, &["ctrl-k", "alt-x"], None),
    row(&[Composer], Action::Palette, &["alt-x"], None),
    row(
        &[Composer, Note, Prompt, Search],
        Action::Help,
        &["f1"],
        Some("help"),
    ),
    row(&[Help], Action::ScrollDown, &["j", "down"], Some("down")),
    row(&[Help], Action::ScrollUp, &["k", "up"], Some("up")),
    row(
        &[Help],
        Action::PageDown,
        &["pgdn", "space", "ctrl-d"],
        Some("page down"),
    ),
    row(&[Help], Action::PageUp, &["pgup", "ctrl-u"], None),
    row(&[Help], Action::SearchHelp, &["/"], Some("search")),
    row(
        &[Help],
        Action::CloseHelp,
        &["q", "esc", "?", "f1", "enter", "ctrl-c"],
        Some("close"),
    ),
    row(
        &[SinceYouLeft],
        Action::GoToLongest,
        &["enter"],
        Some("go there"),
    ),
    row(
        &[SinceYouLeft],
        Action::Stay,
        &["esc", "q", "space", "ctrl-c"],
        Some("close"),
    ),
    row(
        &[ConfirmQuit],
        Action::ConfirmQuit,
        &["y", "enter"],
        Some("quit"),
    ),
    row(
        &[ConfirmQuit],
        Action::Stay,
        &["n", "esc", "q", "ctrl-c"],
        Some("stay"),
    ),
    row(
        &[ConfirmResend],
        Action::ConfirmResend,
        &["y", "enter"],
        Some("send again"),
    ),
    row(
        &[ConfirmResend],
        Action::LeaveUnsent,
        &["n", "esc", "q", "ctrl-c"],
        Some("leave it"),
    ),
    row(&[FirstRun], Action::ChooseNext, &["j", "down", "tab"], None),
    row(
        &[FirstRun],
        Action::ChoosePrevious,
        &["k", "up", "backtab"],
        None,
    ),
    row(&[FirstRun], Action::Choose, &["enter"], Some("choose")),
    row(
        &[FirstRun],
        Action::ChoosePractice,
        &["p"],
        Some("practice"),
    ),
    row(&[FirstRun], Action::ChooseJoin, &["i"], Some("join")),
    row(
        &[FirstRun],
        Action::Quit,
        &["q", "esc", "ctrl-c"],
        Some("quit"),
    ),
    row(&[Invite], Action::Quit, &["ctrl-c"], Some("quit")),
    row(DESK, Action::Redraw, &["ctrl-l"], None),
    row(DESK, Action::Suspend, &["ctrl-z"], None),
    row(&[List], Action::Quit, &["q", "ctrl-c"], Some("quit")),
    row(&[Chat], Action::Quit, &["ctrl-c"], None),
];
