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
use smsdesk_common::safe_text::SafeText;

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

/// Name and number on the left; state, owner and labels on the right.
fn title(
    model: &Model,
    theme: Theme,
    row: &ListRow,
    width: u16,
) -> (Vec<(SafeText, Style)>, SafeText) {
    let conversation = &row.conversation;
    // A long name must not hide the number: it tells two people of one name apart.
    let name = name(model, row).truncate_to_width(usize::from(width / 2));
    let mut left = vec![(name, theme.strong())];
    if row
        .name
        .as_deref()
        .is_some_and(|name| !name.trim().is_empty())
    {
        let number = number(model, row);
        left.push((SafeText::line(&format!("  {number}")), theme.plain()));
    }
    let channel = conversation
        .address
        .channel()
        .prefix()
        .trim_end_matches(':');
    let until = snoozed(model, conversation).map_or_else(String::new, |until| format!(" {until}"));
    let mut state = vec![format!("{}{until}", conversation.status.as_str())];
    if !channel.is_empty() {
        state.insert(0, channel.to_owned());
    }
    state.extend(row.owner.clone());
    state.extend(conversation.labels.iter().cloned());
    state.extend(conversation.flag_reason.as_deref().map(|reason| {
        // It must not push out what stands beside it.
        let reason = SafeText::line(reason).truncate_to_width(usize::from(width / 4));
        format!("⚑ {reason}")
    }));
    (left, SafeText::line(&state.join(" · ")))
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
