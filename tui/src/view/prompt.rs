//! A line that wants an answer, with its candidates, over the foot of the panes.

use super::line;
use super::paint::{self, Pen};
use super::template;
use super::theme::Theme;
use crate::model::Model;
use crate::model::geometry::{self, Screen};
use crate::model::prompt::{Candidate, Prompt};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use smsdesk_common::safe_text::SafeText;

/// The most lines of a problem: a longer sentence is cut.
const PROBLEM_ROWS_MAX: usize = 2;

/// Draws it. Where its cursor stands.
pub(super) fn draw(
    model: &Model,
    theme: Theme,
    screen: &Screen,
    buffer: &mut Buffer,
) -> Option<Position> {
    let prompt = model.prompt()?;
    let body = screen.list.union(screen.chat);
    let frame = geometry::prompt(screen, template::rows(prompt, body));
    let frame = room_for_problem(prompt, screen, frame);
    template::draw(model, theme, body, frame, buffer);
    paint::clear(buffer, frame);
    let title = [(SafeText::line(prompt.title()), theme.strong())];
    paint::frame(
        buffer,
        frame,
        theme.frame(true),
        &title,
        &SafeText::default(),
    );
    let inside = geometry::inside(frame);
    let cursor = line::draw(
        prompt.editor(),
        " > ",
        theme,
        paint::line(inside, 0),
        buffer,
    );
    let below = sentence(prompt, theme, inside, buffer);
    let list = Rect {
        y: inside.y.saturating_add(1),
        height: inside.height.saturating_sub(1 + below),
        ..inside
    };
    candidates(prompt, theme, list, buffer);
    cursor
}

/// A problem of two lines must not cover what was typed.
fn room_for_problem(prompt: &Prompt, screen: &Screen, frame: Rect) -> Rect {
    let room = usize::from(geometry::inside(frame).width.saturating_sub(2));
    let is_long = |problem| SafeText::line(problem).width() > room;
    match prompt.problem().is_some_and(is_long) {
        true if prompt.rows() == 0 => geometry::prompt(screen, 1),
        _ => frame,
    }
}

/// What is wrong, or what can be typed. How many rows at the foot that takes.
fn sentence(prompt: &Prompt, theme: Theme, area: Rect, buffer: &mut Buffer) -> u16 {
    let room = usize::from(area.width.saturating_sub(2));
    let (lines, style) = match prompt.problem() {
        Some(problem) => (SafeText::line(problem).wrap(room), theme.bad()),
        None => (vec![SafeText::line(prompt.about())], theme.quiet()),
    };
    let shown = lines.len().clamp(1, PROBLEM_ROWS_MAX);
    let rows = u16::try_from(shown).unwrap_or(1);
    let foot = area.height.saturating_sub(rows);
    for (n, words) in (foot..).zip(lines.iter().take(shown)) {
        Pen::new(buffer, paint::line(area, n))
            .skip(1)
            .write(words, style);
    }
    rows
}

/// As many candidates as there is room for, the chosen one among them.
fn candidates(prompt: &Prompt, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height);
    let shown = prompt.shown();
    let chosen = prompt.chosen_at();
    let first = (chosen.unwrap_or(0) + 1).saturating_sub(height);
    let label = |candidate: &Candidate| SafeText::line(&candidate.label).width();
    let widest = shown.iter().map(label).max().unwrap_or(0);
    // Half of the room stays for the hints.
    let column = widest.min(usize::from(area.width / 2));
    for (n, (at, candidate)) in (0..).zip(shown.iter().enumerate().skip(first).take(height)) {
        let is_chosen = chosen == Some(at);
        let (bar, style) = if is_chosen {
            ("▌ ", theme.strong())
        } else {
            ("  ", theme.plain())
        };
        let label = SafeText::line(&candidate.label).truncate_to_width(column);
        let gap = column - label.width() + 2;
        let mut pen = Pen::new(buffer, paint::line(area, n));
        pen.words(" ", theme.plain())
            .words(bar, theme.selection())
            .write(&label, style)
            .skip(gap)
            .words(&candidate.hint, theme.quiet());
    }
}
