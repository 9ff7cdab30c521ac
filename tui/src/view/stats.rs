//! Figures of the work: all together, and apart as bars.

use super::paint::{self, Pen};
use super::theme::Theme;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::geometry;
use crate::model::stats::{called, spelled};
use crate::model::transcript::{Reach, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::api::stats::{Cost, Figures, Group, Stats, Took};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::stats::By;

/// The widest that it gets, in columns: bars that are longer tell nothing more.
const COLUMNS_MAX: u16 = 120;
/// Rows of figures above the bars, the empty one behind them included.
const FIGURE_ROWS: u16 = 6;
/// The widest name of a part, in columns.
const NAME_COLUMNS_MAX: usize = 24;
/// Columns of the numbers of a part: in, out, delivered, first reply.
const NUMBER_COLUMNS: usize = 34;
/// The highest bar that stands, in rows.
const BAR_ROWS_MAX: u16 = 6;
/// Eighths of a cell.
const STANDING: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws them.
pub(super) fn draw(model: &Model, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let frame = super::overlay::middle(area, COLUMNS_MAX, area.height);
    paint::clear(buffer, frame);
    let wanted = model.board.wanted();
    let title = format!("Figures · {} · by {}", wanted.stretch.title(), wanted.by);
    let title = [(SafeText::line(&title), theme.strong())];
    let right = SafeText::line(&freshness(model));
    paint::frame(buffer, frame, theme.frame(true), &title, &right);
    let inside = geometry::inside(frame);
    hints(model, theme, inside, buffer);
    let body = Rect {
        height: inside.height.saturating_sub(2),
        ..inside
    };
    let Some(stats) = model.board.answer() else {
        let says = model.board.problem().unwrap_or("asking the relay…");
        let mut pen = Pen::new(buffer, paint::line(body, 0));
        pen.skip(1).words(says, theme.plain());
        return;
    };
    for (row, line) in (0..).zip(sentences(&stats.range.total)) {
        let mut pen = Pen::new(buffer, paint::line(body, row));
        pen.skip(1).words(&line, theme.plain());
    }
    let parts = Rect {
        y: body.y + FIGURE_ROWS.min(body.height),
        height: body.height.saturating_sub(FIGURE_ROWS),
        ..body
    };
    match wanted.by {
        By::Hour | By::Day => standing(&stats.range.groups, wanted.by, theme, parts, buffer),
        By::Agent | By::Line | By::Label => lying(model, stats, theme, parts, buffer),
    }
}

/// How old the figures are, and what is not in them yet.
fn freshness(model: &Model) -> String {
    let Some(stats) = model.board.answer() else {
        return String::new();
    };
    let old = age(stats.at, model.now).0;
    match (model.board.problem(), model.reach(), stats.uncounted) {
        (Some(_), ..) | (None, Reach::Offline, _) => format!("offline, {old} old"),
        (None, Reach::Online, 0) => String::new(),
        (None, Reach::Online, left) => format!("still counting, {left} to go"),
    }
}

fn hints(model: &Model, theme: Theme, inside: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, paint::line(inside, inside.height.saturating_sub(1)));
    for hint in model.keymap.hints(Context::Stats) {
        if pen.room() < hint.key.chars().count() + hint.word.chars().count() + 3 {
            break;
        }
        pen.skip(2)
            .words(&hint.key, theme.key())
            .words(&format!(" {}", hint.word), theme.plain());
    }
}

/// All together, a sentence a line.
fn sentences(total: &Figures) -> [String; 5] {
    let rate = total
        .delivery_rate
        .map_or_else(|| "–".to_owned(), |rate| format!("{} %", rate.percent()));
    let unknown = match total.prices_unknown {
        0 => String::new(),
        1 => " · 1 price is not known yet".to_owned(),
        unknown => format!(" · {unknown} prices are not known yet"),
    };
    [
        format!("↓ {} in   ↑ {} out", total.inbound, total.outbound),
        format!(
            "{rate} delivered · {} arrived · {} did not · {} failed · {} opted out",
            total.delivered, total.undelivered, total.failed, total.opt_outs
        ),
        format!(
            "{} segments · {}{unknown}",
            total.segments,
            cost(&total.cost)
        ),
        format!("first reply {}", took(&total.first_reply)),
        format!("until done  {}", took(&total.resolution)),
    ]
}

fn cost(cost: &[Cost]) -> String {
    let sums = cost
        .iter()
        .map(|it| format!("{} {}", it.amount, it.currency));
    match sums.collect::<Vec<_>>().join(" + ") {
        none if none.is_empty() => "no cost known".to_owned(),
        sums => sums,
    }
}

fn took(took: &Took) -> String {
    match (took.median_ms, took.p90_ms) {
        (Some(median), Some(p90)) => format!(
            "half within {}, nine of ten within {} ({})",
            spelled(median),
            spelled(p90),
            took.count
        ),
        _ => "–".to_owned(),
    }
}

/// Parts one below the other, each with a bar of its texts.
fn lying(model: &Model, stats: &Stats, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let texts = |it: &Group| it.figures.inbound + it.figures.outbound;
    let most = stats.range.groups.iter().map(texts).max().unwrap_or(0);
    let names = usize::from(area.width / 4).min(NAME_COLUMNS_MAX);
    let mut pen = Pen::new(buffer, paint::line(area, 0));
    pen.skip(names + 2).words(
        &columns("in", "out", "delivered", "first reply"),
        theme.quiet(),
    );
    if stats.range.groups.is_empty() {
        let mut pen = Pen::new(buffer, paint::line(area, 1));
        pen.skip(1).words("nothing happened", theme.quiet());
    }
    let rows = stats.range.groups.iter().skip(model.board.scroll);
    for (row, group) in (1..area.height).zip(rows) {
        let line = paint::line(area, row);
        let name = SafeText::line(&called(group, model.board.wanted().by));
        let mut pen = Pen::new(buffer, line);
        pen.skip(1)
            .write(&name.truncate_to_width(names), theme.plain());
        let mut pen = Pen::new(buffer, line);
        let figures = &group.figures;
        let rate = figures.delivery_rate;
        let rate = rate.map_or_else(|| "–".to_owned(), |it| format!("{} %", it.percent()));
        let reply = figures.first_reply.median_ms;
        let reply = reply.map_or_else(|| "–".to_owned(), spelled);
        let (inbound, outbound) = (figures.inbound.to_string(), figures.outbound.to_string());
        let numbers = columns(&inbound, &outbound, &rate, &reply);
        pen.skip(names + 2).words(&numbers, theme.plain());
        let room = usize::from(area.width).saturating_sub(names + 2 + NUMBER_COLUMNS + 3);
        let mut pen = Pen::new(buffer, line);
        pen.skip(names + 2 + NUMBER_COLUMNS + 2)
            .words(&"█".repeat(scaled(texts(group), most, room)), theme.key());
    }
}

fn columns(inbound: &str, outbound: &str, rate: &str, reply: &str) -> String {
    format!("{inbound:>6} {outbound:>6} {rate:>9} {reply:>10}")
}

/// How much of `room` a count takes where the largest takes all: something, unless it is nothing.
fn scaled(count: u64, most: u64, room: usize) -> usize {
    let room = u64::try_from(room).unwrap_or(u64::MAX);
    let share = count.saturating_mul(room).div_ceil(most.max(1));
    usize::try_from(share.min(room)).unwrap_or(0)
}

/// Parts side by side as they follow in time: what came in above, what went out below.
fn standing(groups: &[Group], by: By, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(2)).max(1);
    // More days than columns share one.
    let share = groups.len().div_ceil(room).max(1);
    let wide = (room / groups.len().div_ceil(share).max(1)).clamp(1, 3);
    let height = (area.height.saturating_sub(3) / 2).clamp(1, BAR_ROWS_MAX);
    let sums = |of: fn(&Figures) -> u64| -> Vec<u64> {
        let parts = groups.chunks(share);
        parts
            .map(|part| part.iter().map(|it| of(&it.figures)).sum())
            .collect()
    };
    let series = [
        ("↓ in", sums(|it| it.inbound)),
        ("↑ out", sums(|it| it.outbound)),
    ];
    let mut row = 0;
    for (name, counts) in series {
        let most = counts.iter().copied().max().unwrap_or(0);
        let mut pen = Pen::new(buffer, paint::line(area, row));
        pen.skip(1)
            .words(&format!("{name}, at most {most}"), theme.quiet());
        for line in 0..height {
            let bars = bars(&counts, most, height, line, wide);
            let mut pen = Pen::new(buffer, paint::line(area, row + 1 + line));
            pen.skip(1).words(&bars, theme.key());
        }
        row += height + 1;
    }
    let mut pen = Pen::new(buffer, paint::line(area, row));
    pen.skip(1).words(&axis(groups, by, wide), theme.quiet());
}

/// One line of bars, from above.
fn bars(counts: &[u64], most: u64, height: u16, line: u16, wide: usize) -> String {
    let full = usize::from(height) * 8;
    let below = usize::from(height - 1 - line) * 8;
    let cell = |count: &u64| {
        let eighths = scaled(*count, most, full).saturating_sub(below).min(8);
        STANDING[eighths].repeat(wide.saturating_sub(1).max(1)) + if wide > 1 { " " } else { "" }
    };
    counts.iter().map(cell).collect()
}

/// What stands below the bars: every sixth hour, or the first and the last day.
fn axis(groups: &[Group], by: By, wide: usize) -> String {
    match (by, groups) {
        (By::Hour, _) => (0..4)
            .map(|sixth| format!("{:<1$}", format!("{:02}", sixth * 6), wide * 6))
            .collect(),
        (_, [first, .., last]) => format!("{} – {}", first.key, last.key),
        (_, [only]) => only.key.clone(),
        (_, []) => String::new(),
    }
}
