//! A text to many before it begins: who gets it, who does not, what it takes.

use super::overlay::middle;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::broadcasts::{cost, counted, word};
use crate::model::bulk::{Preparation, Says};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use smsdesk_common::api::broadcasts::{BulkPlan, BulkRecipient};
use smsdesk_common::safe_text::SafeText;

/// The widest that it gets, in columns: a text is read in it.
const COLUMNS_MAX: u16 = 96;
/// Rows below the counts: what stands in the way, and the keys.
const FOOT_ROWS: u16 = 2;
/// Rows of frame and foot.
const FRAME_ROWS: usize = 2 + FOOT_ROWS as usize;

/// Draws it.
pub(super) fn draw(
    model: &Model,
    held: &Preparation,
    theme: Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let lines = lines(model, held, theme);
    let height = u16::try_from(lines.len() + FRAME_ROWS).unwrap_or(u16::MAX);
    let frame = middle(area, COLUMNS_MAX.min(area.width), height.min(area.height));
    let title = format!("Text to {}", held.draft.whom.words());
    let inside = paint::panel(&title, theme, frame, buffer);
    let room = inside.height.saturating_sub(FOOT_ROWS);
    for (row, (words, style)) in (0..room).zip(&lines) {
        let mut pen = Pen::new(buffer, paint::line(inside, row));
        pen.skip(1).write(&SafeText::line(words), *style);
    }
    let last = inside.height.saturating_sub(1);
    let mut pen = Pen::new(buffer, paint::line(inside, last.saturating_sub(1)));
    let (says, style) = status(model, held, theme);
    pen.skip(1).write(&SafeText::line(&says), style);
    paint::hints(
        (model.keymap.hints(Context::Bulk), 1),
        theme,
        inside,
        buffer,
    );
}

/// The counts first; the text, and who is left out, as far as there is room.
fn lines(model: &Model, held: &Preparation, theme: Theme) -> Vec<(String, Style)> {
    let mut lines = Vec::new();
    if let Some(plan) = held.plan() {
        lines.extend(counted(plan).into_iter().map(|line| (line, theme.plain())));
        lines.push((price(model, plan), theme.plain()));
    }
    let text = match (&held.draft.says, held.plan()) {
        (
            _,
            Some(BulkPlan {
                example: Some(text),
                ..
            }),
        )
        | (Says::Words(text), _) => text,
        (Says::Template { name, .. }, _) => name,
    };
    lines.push((String::new(), theme.plain()));
    lines.push((format!("“{text}”"), theme.strong()));
    let problems = held.plan().map_or(&[][..], |plan| &plan.problems);
    if !problems.is_empty() {
        lines.push((String::new(), theme.plain()));
    }
    lines.extend(problems.iter().map(|row| (left_out(row), theme.quiet())));
    lines
}

fn price(model: &Model, plan: &BulkPlan) -> String {
    let cost = cost(&plan.segments_by_prefix, &model.setup.aids.prices);
    let cost =
        cost.unwrap_or_else(|| "not known: `[ui.prices]` has none for all of them".to_owned());
    format!("price        {cost}")
}

fn left_out(row: &BulkRecipient) -> String {
    let why = row.reason.as_deref().unwrap_or_default();
    format!("{}  {}: {why}", row.given, word(row.state))
}

/// What stands in the way, or what the key does.
fn status(model: &Model, held: &Preparation, theme: Theme) -> (String, Style) {
    let key = model.keymap.teach(Context::Bulk, Action::StartBroadcast);
    if held.waits() {
        let says = match held.plan() {
            Some(_) => "the relay is asked …",
            None => "being counted; nobody is texted …",
        };
        return (says.to_owned(), theme.waiting());
    }
    match (held.problem(), held.plan()) {
        (Some(why), _) if held.is_unsure() => {
            let says =
                format!("it may have begun: {why} · {key} asks again, nobody is texted twice");
            (says, theme.bad())
        }
        (Some(why), _) => (why.to_owned(), theme.bad()),
        (None, Some(plan)) if plan.reachable == 0 => {
            ("nobody can be texted".to_owned(), theme.bad())
        }
        (None, Some(plan)) => {
            let says = format!("{key} texts {} now", plan.reachable);
            (says, theme.strong())
        }
        (None, None) => (String::new(), theme.plain()),
    }
}
