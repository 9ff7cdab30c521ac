//! What each action leads to: one line an action.

use super::{
    absence, audit, broadcasts, bulk, chat, compose, contact, copy, details, editor, list, marks,
    note, opt_out, pointer, prompt, screens, search, sheet, stats, status, template, timed, triage,
    undo, writing,
};
use crate::action::{Action, Counted};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::editor::{Editor, Motion};
use crate::model::overlay::{Level, Overlay};
use crate::model::prompt::PromptKind;
use crate::model::roster::{Roster, Step};
use crate::model::templates::AskedBy;
use crate::model::triage::Act;
use crate::model::undo::Way;

/// Does what the agent means.
pub(super) fn perform(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    if let Some(why) = model.lacks(action) {
        let says = format!("{}: {why}", action.name());
        screens::notice(model, Level::Problem, &says);
        return;
    }
    if let Some(coach) = &mut model.setup.coach {
        coach.saw(action);
    }
    model.habits.note(action);
    let done = timed::act(model, action, effects)
        || broadcasts::act(model, action, effects)
        || bulk::act(model, action, effects)
        || sheet::act(model, action, effects)
        || stats::act(model, action, effects)
        || audit::act(model, action, effects)
        || status::act(model, action, effects)
        || details::act(model, action, effects)
        || seek(model, action)
        || move_about(model, action, effects)
        || scroll(model, action)
        || sort_out(model, action, effects)
        || hand_over(model, action, effects)
        || answer(model, action, effects)
        || write(model, action, effects)
        || edit(model, action, effects);
    if !done {
        app(model, action, effects);
    }
    chat::note_act(model, effects);
}

/// Does what the agent means as often as was counted, where that makes sense.
pub(super) fn perform_counted(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    let times = match action.counted() {
        Counted::Repeats => model.count.take().unwrap_or(1),
        Counted::Reaches => 1,
        Counted::Never => {
            model.count = None;
            1
        }
    };
    for _ in 0..times {
        perform(model, action, effects);
    }
    model.count = None;
}

/// Actions that choose what is shown.
fn move_about(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if let Some(view) = action.view() {
        list::show(model, view, effects);
        return true;
    }
    match action {
        Action::NextConversation => list::moved(model, |roster| roster.step(Step::Next)),
        Action::PreviousConversation => list::moved(model, |roster| roster.step(Step::Previous)),
        Action::NextWaiting => next_waiting(model, Step::Next),
        Action::PreviousWaiting => next_waiting(model, Step::Previous),
        Action::Search => search::open(model, effects),
        Action::FirstConversation => list::moved(model, Roster::first),
        Action::FinalConversation => list::moved(model, Roster::last),
        Action::LastConversation => list::go_back_and_forth(model),
        Action::NextOrder => list::next_order(model),
        Action::View => prompt::open(model, PromptKind::View),
        Action::Narrow => prompt::narrow(model, effects),
        Action::Contact => contact::open(model, effects),
        Action::EditField => contact::edit(model, effects),
        Action::ForgetContact => contact::forget(model, effects),
        Action::NewText => prompt::new_text(model, effects),
        Action::Open => chat::open(model, effects),
        Action::Back if search::go_back(model) => {}
        Action::Back => chat::back(model),
        _ => return false,
    }
    true
}

/// The next one that waits; while the hits of a search are gone through, the next hit.
fn next_waiting(model: &mut Model, step: Step) {
    if !search::walk(model, step) {
        list::moved(model, |roster| roster.step_waiting(step));
    }
}

/// Actions in the search.
fn seek(model: &mut Model, action: Action) -> bool {
    if model.finder().is_none() {
        return false;
    }
    match action {
        Action::AcceptPrompt => search::accept(model),
        Action::LeavePrompt => search::leave(model),
        Action::ChooseNext => search::step(model, Step::Next),
        Action::ChoosePrevious => search::step(model, Step::Previous),
        Action::PageDown => search::page(model, Step::Next),
        Action::PageUp => search::page(model, Step::Previous),
        _ => match text_edit(action) {
            Some(edit) => search::edit(model, edit),
            None => return false,
        },
    }
    true
}

/// Actions that say where conversations stand, and of which.
fn sort_out(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::DoneNext => triage::done_and_next(model, effects),
        Action::DoneStay => triage::act(model, Act::DoneOrReopen, effects),
        Action::Snooze => prompt::snooze(model, effects),
        Action::FlagReason => prompt::flag_reason(model, effects),
        Action::Assign => prompt::assign(model, effects),
        Action::Labels => prompt::labels(model, effects),
        Action::MarkUnread => chat::mark_unread(model, effects),
        Action::Flag => triage::act(model, Act::Flag, effects),
        Action::Take => triage::act(model, Act::Take, effects),
        Action::OptOut => opt_out::opt_out(model, effects),
        Action::Repeat => triage::repeat(model, effects),
        Action::Mark => marks::mark(model),
        Action::MarkRange => marks::range(model),
        Action::ClearMarks if model.marks.is_empty() && search::go_back(model) => {}
        Action::ClearMarks => marks::clear(model),
        Action::Undo => undo::turn(Way::Undo, effects),
        Action::Redo => undo::turn(Way::Redo, effects),
        _ => return false,
    }
    true
}

/// Actions that give the terminal something.
fn hand_over(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::CopyText => copy::text(model, effects),
        Action::CopyNumber => copy::number(model, effects),
        Action::Mouse => pointer::give(model, effects),
        _ => return false,
    }
    true
}

/// Actions that scroll what is on top.
fn scroll(model: &mut Model, action: Action) -> bool {
    let help = matches!(model.overlays.last(), Some(Overlay::Help { .. }));
    let page = if help {
        screens::help_height(model)
    } else {
        model.setting().height
    };
    let page = isize::try_from(page.max(2)).unwrap_or(2);
    let lines = match action {
        Action::ScrollDown => 1,
        Action::ScrollUp => -1,
        Action::HalfPageDown => page / 2,
        Action::HalfPageUp => -page / 2,
        // Two lines stay, so that the eye finds its place.
        Action::PageDown => page - 2,
        Action::PageUp => 2 - page,
        Action::JumpToTop => isize::MIN,
        Action::JumpToBottom => isize::MAX,
        _ => return false,
    };
    if help {
        screens::scroll_help(model, lines);
    } else {
        chat::scroll(model, lines);
    }
    true
}

/// Actions in a line that wants an answer.
fn answer(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    if contact::step(model, action) {
        return true;
    }
    if model.prompt().is_none() {
        return false;
    }
    match action {
        Action::AcceptPrompt => prompt::accept(model, effects),
        Action::LeavePrompt => prompt::leave(model),
        Action::CancelOnReply => prompt::turn_cancel_on_reply(model),
        Action::ChooseNext => prompt::step(model, Step::Next),
        Action::ChoosePrevious => prompt::step(model, Step::Previous),
        _ => match text_edit(action) {
            Some(edit) => prompt::edit(model, edit),
            None => return false,
        },
    }
    true
}

/// Actions that begin, end or send a text.
fn write(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::Reply => compose::reply(model, effects),
        Action::Note => note::begin(model, effects),
        Action::SaveNote => note::save(model, effects),
        Action::CompleteName => note::complete_name(model),
        Action::Resend => compose::resend(model, effects),
        Action::ConfirmResend => compose::resend_all_the_same(model, effects),
        Action::Send => compose::send(model, effects),
        Action::SendLater => timed::ask(model),
        Action::SendAndDone => timed::send_and_done(model, effects),
        Action::TakeBack => compose::take_back(model, effects),
        Action::OpenEditor => editor::open(model, effects),
        Action::Newline => compose::insert(model, "\n"),
        Action::LeaveComposer => compose::leave(model, effects),
        Action::SplitText => writing::split(model),
        Action::Attach => writing::attach(model),
        Action::MakeGsm7 => compose::make_gsm7(model),
        Action::Template => template::open(model, AskedBy::Action, effects),
        Action::NextField => {
            if !writing::takes_emoji(model) && !writing::takes_suggestion(model) {
                template::walk(model, Step::Next);
            }
        }
        Action::Suggestion => writing::suggestion(model, effects),
        Action::PreviousField => template::walk(model, Step::Previous),
        _ if template::deletes_field(model, action) => {}
        _ => return false,
    }
    true
}

/// Actions inside a text.
fn edit(model: &mut Model, action: Action, effects: &mut Vec<Effect>) -> bool {
    match action {
        Action::CursorUp => writing::go_row(model, Step::Previous, effects),
        Action::CursorDown => writing::go_row(model, Step::Next, effects),
        Action::OlderText => writing::older_text(model, effects),
        Action::NewerText => writing::newer_text(model, effects),
        Action::CompleteEmoji => writing::complete_emoji(model),
        Action::CorrectWord => writing::correct(model),
        Action::UndoEdit => {
            writing::turn_edit(model, Editor::undo, "There is no edit to take back");
        }
        Action::RedoEdit => writing::turn_edit(model, Editor::redo, "No edit was taken back"),
        Action::Yank => compose::yank(model),
        _ => match text_edit(action) {
            Some(edit) => compose::edit(model, |editor| edit.apply(editor)),
            None => return false,
        },
    }
    true
}

/// The actions that app and first run have in common.
pub(super) fn text_edit(action: Action) -> Option<TextEdit> {
    use TextEdit::{Delete, Go, Kill};
    Some(match action {
        Action::CursorLeft => Go(Motion::Left),
        Action::CursorRight => Go(Motion::Right),
        Action::WordLeft => Go(Motion::WordLeft),
        Action::WordRight => Go(Motion::WordRight),
        Action::LineStart => Go(Motion::LineStart),
        Action::LineEnd => Go(Motion::LineEnd),
        Action::TextStart => Go(Motion::TextStart),
        Action::TextEnd => Go(Motion::TextEnd),
        Action::DeleteBack => Delete(Motion::Left),
        Action::DeleteForward => Delete(Motion::Right),
        Action::DeleteWordBack => Kill(Motion::WordLeft),
        Action::DeleteWordForward => Kill(Motion::WordRight),
        Action::DeleteToLineStart => Kill(Motion::LineStart),
        Action::DeleteToLineEnd => Kill(Motion::LineEnd),
        Action::Yank => TextEdit::Yank,
        _ => return None,
    })
}

/// A change that needs nothing but the text.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextEdit {
    Go(Motion),
    Delete(Motion),
    Kill(Motion),
    Yank,
}

impl TextEdit {
    /// Makes the change.
    pub(super) fn apply(self, editor: &mut Editor) {
        match self {
            Self::Go(motion) => editor.go(motion),
            Self::Delete(motion) => editor.delete(motion),
            Self::Kill(motion) => editor.kill(motion),
            Self::Yank => {
                editor.yank();
            }
        }
    }
}

/// Actions on the app itself.
fn app(model: &mut Model, action: Action, effects: &mut Vec<Effect>) {
    match action {
        Action::GoToLongest => absence::go_to_longest(model),
        Action::Help => screens::help(model),
        Action::Command => prompt::command(model, effects),
        Action::Templates => prompt::templates(model, effects),
        Action::Settings => prompt::settings(model, effects),
        Action::Rules => prompt::rules(model, effects),
        Action::Palette => prompt::open(model, PromptKind::Palette),
        Action::SearchHelp => prompt::open(model, PromptKind::SearchHelp),
        Action::CloseHelp | Action::Stay | Action::LeaveUnsent => {
            model.overlays.pop();
        }
        Action::Redraw => effects.push(Effect::Redraw),
        Action::Suspend => screens::suspend(model, effects),
        Action::Quit => screens::quit(model, effects),
        Action::ConfirmQuit => screens::leave(model, effects),
        _ => {}
    }
}
