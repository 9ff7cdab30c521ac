//! The chat: who it is with, what was said.

use super::list::{name, number, snoozed};
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::list::ListRow;
use crate::model::timeline::{Scroll, Timeline};
use crate::model::{Focus, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::safe_text::SafeText;

/// Columns of a frame's top that no title may take: corners, edges and spaces.
const TITLE_FRAME_COLUMNS: u16 = 10;
/// So much of a name is shown, whatever stands beside it.
const NAME_COLUMNS_MIN: usize = 12;

/// Draws the pane without its composer.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let focused = model.focus != Focus::List;
    let row = model.timeline.as_ref().and_then(Timeline::row);
    let (title, state) =
        row.map_or_else(Default::default, |row| title(model, theme, row, area.width));
    paint::frame(buffer, area, theme.frame(focused), &title, &state);
    let page = model.chat_pane().transcript;
    let Some(timeline) = &model.timeline else {
        Pen::new(buffer, paint::line(page, 1))
            .skip(2)
            .words("No conversation is selected.", theme.quiet());
        return;
    };
    let height = usize::from(page.height);
    let lines = timeline.page().lines(timeline.first_line(height), height);
    // Few texts stand at the bottom, where the next one will appear.
    let above = height.saturating_sub(timeline.page().height());
    for (n, page_line) in (above..).zip(lines) {
        let n = u16::try_from(n).unwrap_or(u16::MAX);
        let mut pen = Pen::new(buffer, paint::line(page, n));
        pen.skip(usize::from(page_line.indent));
        for piece in &page_line.pieces {
            pen.write(&piece.text, theme.role(piece.role));
        }
    }
    if timeline.scroll() != Scroll::Bottom {
        pill(model, theme, timeline, page, buffer);
    }
}

/// Name and number on the left; state, owner and labels on the right. State and owner are always
/// there: who answers must see whose it is.
fn title(
    model: &Model,
    theme: Theme,
    row: &ListRow,
    width: u16,
) -> (Vec<(SafeText, Style)>, SafeText) {
    let room = usize::from(width.saturating_sub(TITLE_FRAME_COLUMNS));
    let (mut state, more) = state(model, &row.conversation, row.owner.as_deref(), width);
    let is_named = row
        .name
        .as_deref()
        .is_some_and(|name| !name.trim().is_empty());
    let number = number(model, row);
    let number = is_named.then(|| SafeText::line(&format!("  {number}")));
    let beside = state.width() + number.as_ref().map_or(0, SafeText::width);
    // A long name must not hide the number: it tells two people of one name apart.
    let most = room.saturating_sub(beside).max(NAME_COLUMNS_MIN);
    let name = name(model, row).truncate_to_width(most.min(usize::from(width / 2)));
    let room = room.saturating_sub(name.width() + number.as_ref().map_or(0, SafeText::width));
    for part in more {
        let longer = SafeText::line(&format!("{state} · {part}"));
        if longer.width() > room {
            break;
        }
        state = longer;
    }
    let mut left = vec![(name, theme.strong())];
    left.extend(number.map(|number| (number, theme.plain())));
    (left, state)
}

/// What is always said of a conversation, and what is where there is room: labels, and why it is
/// flagged.
fn state(
    model: &Model,
    conversation: &Conversation,
    owner: Option<&str>,
    width: u16,
) -> (SafeText, Vec<String>) {
    let channel = conversation
        .address
        .channel()
        .prefix()
        .trim_end_matches(':');
    let until = snoozed(model, conversation).map_or_else(String::new, |until| format!(" {until}"));
    let status = format!("{}{until}", conversation.status.as_str());
    let channel = (!channel.is_empty()).then_some(channel);
    let always: Vec<_> = channel.into_iter().chain([&*status]).chain(owner).collect();
    let reason = conversation.flag_reason.as_deref().map(|reason| {
        // It must not push out what stands beside it.
        let reason = SafeText::line(reason).truncate_to_width(usize::from(width / 4));
        format!("⚑ {reason}")
    });
    let more = conversation.labels.iter().cloned().chain(reason).collect();
    (SafeText::line(&always.join(" · ")), more)
}

/// Above the bottom: how much waits below, and the key that leads there.
fn pill(model: &Model, theme: Theme, timeline: &Timeline, page: Rect, buffer: &mut Buffer) {
    let new = timeline.new_below(usize::from(page.height));
    let key = model.keymap.teach(Context::Chat, Action::JumpToBottom);
    let says = match (new, model.focus) {
        (0, Focus::Chat) => format!(" more ↓ {key} "),
        (0, _) => " more ↓ ".to_owned(),
        (_, Focus::Chat) => format!(" {new} new ↓ {key} "),
        (_, _) => format!(" {new} new ↓ "),
    };
    let text = SafeText::line(&says);
    let width = u16::try_from(text.width())
        .unwrap_or(u16::MAX)
        .min(page.width);
    let last = paint::line(page, page.height.saturating_sub(1));
    let spot = Rect {
        x: page.x + (page.width - width) / 2,
        width,
        ..last
    };
    paint::clear(buffer, spot);
    let style = if new > 0 {
        theme.notice()
    } else {
        theme.quiet()
    };
    Pen::new(buffer, spot).write(
        &text,
        style.add_modifier(ratatui::style::Modifier::REVERSED),
    );
}
