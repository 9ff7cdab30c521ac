//! The conversation list: two lines a row.

use super::paint::{self, Pen};
use super::presence;
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::list::{ListRow, View, draft_head};
use crate::model::transcript::{age, clock_time};
use crate::model::when::told;
use crate::model::{Focus, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::conversation::{Conversation, ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, EntryKind};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::status::DeliveryStatus;

/// Columns left of the name: the cursor's bar, the age, the mark of a selected one, a blank.
const NAME_COLUMN: usize = 7;

/// Columns right of the name: initials, unread count, flag and the blanks between.
const MARKS_COLUMNS: usize = 10;

/// Draws the pane.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let focused = model.focus == Focus::List;
    let title = SafeText::line(&title(model));
    let title_style = if focused {
        theme.strong()
    } else {
        theme.plain()
    };
    let right = SafeText::line(&place(model));
    paint::frame(
        buffer,
        area,
        theme.frame(focused),
        &[(title, title_style)],
        &right,
    );
    let inside = crate::model::geometry::inside(area);
    let rows = model.roster.visible(model.list_rows());
    if rows.is_empty() && model.roster.is_loaded() {
        empty(model, theme, inside, buffer);
    }
    for (n, row) in (0..).zip(rows) {
        draw_row(
            model,
            theme,
            row,
            [2 * n, 2 * n + 1].map(|n| paint::line(inside, n)),
            buffer,
        );
    }
}

/// The view, what it is narrowed to, and the order.
fn title(model: &Model) -> String {
    let listing = model.roster.listing();
    let narrowed = match listing.narrowed.is_empty() {
        true => String::new(),
        false => format!(" · \\{}", listing.narrowed),
    };
    let view = view_title(model, listing.view);
    format!("{view}{narrowed} · {}", listing.sorting.title())
}

/// A view's name, also of one of one's own.
pub(super) fn view_title(model: &Model, view: View) -> &str {
    let saved = match view {
        View::Saved(number) => model.setup.saved.get(number.index()),
        _ => None,
    };
    saved.map_or(view.title(), |saved| saved.name.as_str())
}

/// How many rows the view has, where they do not all fit.
fn place(model: &Model) -> String {
    let total = model.roster.slice().total;
    if total as usize > model.list_rows() {
        total.to_string()
    } else {
        String::new()
    }
}

fn draw_row(model: &Model, theme: Theme, row: &ListRow, lines: [Rect; 2], buffer: &mut Buffer) {
    let conversation = &row.conversation;
    let selected = model.roster.selected() == Some(conversation.id);
    let bar = if selected { "▌" } else { " " };
    let marked = model.marks.holds(conversation.id);
    let mark = if marked { "✓" } else { " " };
    let waits = conversation.waiting_since;
    let age = waits.map_or_else(|| "–".to_owned(), |since| age(since, model.now).0);
    let age_style = if waits.is_some() {
        theme.waiting()
    } else {
        theme.quiet()
    };
    let name_style = match (selected || marked, row.unread) {
        (false, 0) => theme.plain(),
        _ => theme.strong(),
    };
    let name_room = usize::from(lines[0].width).saturating_sub(NAME_COLUMN + MARKS_COLUMNS);
    let mut pen = Pen::new(buffer, lines[0]);
    pen.words(bar, theme.selection())
        .words(&format!("{age:>4}"), age_style)
        .words(mark, theme.selection())
        .skip(1)
        .write(&name(model, row).truncate_to_width(name_room), name_style)
        .leave(MARKS_COLUMNS - 1)
        .words(
            &format!("{:<2}", row.owner.as_deref().unwrap_or_default()),
            theme.quiet(),
        )
        .words(&format!("{:>4} ", unread(row.unread)), theme.strong())
        .words(if conversation.flagged { "⚑" } else { " " }, theme.bad());

    let mut pen = Pen::new(buffer, lines[1]);
    pen.words(bar, theme.selection()).skip(NAME_COLUMN - 1);
    let here = presence::marks(model, conversation.id);
    let taken = here.as_ref().map_or(0, |marks| marks.width() + 1);
    let room = pen.room().saturating_sub(1 + taken);
    let until = snoozed(model, conversation).map_or_else(String::new, |until| until + " · ");
    let (words, style) = match draft(model, row) {
        // What was said last stands in the chat; what I began to say, nowhere else.
        Some(draft) => (format!("✎ draft: {draft}"), theme.waiting()),
        None => {
            let mark = if row.pending > 0 && !is_echo(row) {
                "◷ "
            } else {
                ""
            };
            let last = preview(model, conversation.last.as_ref());
            (format!("{mark}{last}"), theme.quiet())
        }
    };
    let text = SafeText::line(&format!("{until}{words}"));
    pen.write(&text.truncate_to_width(room), style);
    if let Some(marks) = here {
        pen.leave(marks.width() + 1).write(&marks, theme.waiting());
    }
}

/// When one that is snoozed comes back: `until Tue 09:00`.
pub(super) fn snoozed(model: &Model, conversation: &Conversation) -> Option<String> {
    if conversation.status != ConversationStatus::Snoozed {
        return None;
    }
    let until = conversation.snoozed_until;
    Some(until.map_or_else(
        || "until they write".to_owned(),
        |until| format!("until {}", told(until, model.now, &model.setup.zone)),
    ))
}

/// How the draft of mine begins that waits in this conversation.
fn draft(model: &Model, row: &ListRow) -> Option<String> {
    match model.composers.get(row.conversation.id) {
        Some(composer) => composer
            .has_draft()
            .then(|| draft_head(composer.editor().text())),
        None => row.has_draft.then(|| row.draft.clone()),
    }
}

/// Whether the preview already says that it is on its way.
fn is_echo(row: &ListRow) -> bool {
    let status = row.conversation.last.as_ref().and_then(|last| last.status);
    status.is_some_and(|status| status.mark() == DeliveryStatus::Queued.mark())
}

/// The contact's name, else the number as people here write it.
pub(super) fn name(model: &Model, row: &ListRow) -> SafeText {
    match &row.name {
        Some(name) if !name.trim().is_empty() => SafeText::line(name),
        _ => number(model, row),
    }
}

/// The number as people here write it.
pub(super) fn number(model: &Model, row: &ListRow) -> SafeText {
    let address = &row.conversation.address;
    model.numbers.written(model.setup.home, address)
}

fn unread(count: u32) -> String {
    match count {
        0 => String::new(),
        1..=999 => count.to_string(),
        _ => "999+".to_owned(),
    }
}

/// The newest entry in a line, with who spoke.
fn preview(model: &Model, last: Option<&Preview>) -> String {
    let Some(last) = last else {
        return String::new();
    };
    let mine =
        matches!((&last.author, &model.setup.me), (Author::Agent(id), Some(me)) if *id == me.id);
    let media = if last.media > 0 {
        format!(" ▣ {}", last.media)
    } else {
        String::new()
    };
    let text = if last.text.is_empty() && last.media > 0 {
        "attachment"
    } else {
        &last.text
    };
    let who = match (last.entry_kind, last.direction) {
        (EntryKind::Message, Direction::Inbound) => String::new(),
        (EntryKind::Message, _) => {
            let mark = last.status.map_or("", |status| status.mark());
            let mark = if mark.is_empty() {
                String::new()
            } else {
                format!("{mark} ")
            };
            format!("{mark}{}", if mine { "you: " } else { "" })
        }
        (EntryKind::Note, _) => "note: ".to_owned(),
        (EntryKind::Call, _) => "call: ".to_owned(),
        (EntryKind::Activity, _) => "· ".to_owned(),
    };
    format!("{who}{text}{media}")
}

/// An empty view says what is true and what to do next.
fn empty(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let view = model.roster.view();
    let nothing = match model.roster.listing().narrowed.is_empty() {
        true => nothing(view),
        false => "Nothing here fits what you typed.",
    };
    let mut lines = vec![nothing.to_owned()];
    let count = |wanted| {
        let at = View::ALL.iter().position(|view| *view == wanted);
        at.map_or(0, |at| model.roster.slice().counts[at])
    };
    if view == View::Inbox && count(View::Snoozed) > 0 {
        lines.push(format!("{} snoozed", count(View::Snoozed)));
    }
    if model.history.remaining > 0 {
        lines.push("older conversations are still being fetched".to_owned());
    }
    let next = if view == View::Inbox {
        Action::ViewAll
    } else {
        Action::ViewInbox
    };
    let goal = if view == View::Inbox {
        "all conversations"
    } else {
        "back to the inbox"
    };
    for (n, text) in (1..).zip(&lines) {
        Pen::new(buffer, paint::line(area, n))
            .skip(2)
            .words(text, theme.plain());
    }
    let at = u16::try_from(lines.len())
        .unwrap_or(u16::MAX)
        .saturating_add(2);
    if let Some(key) = model.keymap.key_for(Context::List, next) {
        let mut pen = Pen::new(buffer, paint::line(area, at));
        pen.skip(2)
            .words(&key, theme.key())
            .words(&format!("  {goal}"), theme.quiet());
    }
    if view == View::Inbox {
        let time = clock_time(model.now, &model.setup.zone);
        let text = format!("as of {time}; new texts show here");
        Pen::new(buffer, paint::line(area, at + 1))
            .skip(2)
            .words(&text, theme.quiet());
    }
}

const fn nothing(view: View) -> &'static str {
    match view {
        View::Saved(_) => "Nothing fits this view.",
        View::Inbox => "Nothing waits: the inbox is empty.",
        View::Mine => "You own no open conversation.",
        View::Unassigned => "Every open conversation has an owner.",
        View::All => "There are no conversations yet.",
        View::Snoozed => "Nothing is snoozed.",
        View::Done => "Nothing is done yet.",
        View::Flagged => "Nothing is flagged.",
    }
}
