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
use ratatui::symbols::Marker;
use ratatui::widgets::{Axis, Bar, BarChart, Chart, Dataset, GraphType, Widget as _};
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
/// Steps of a bar within a row.
const STEPS: u64 = 8;
/// Where less room is left, figures stand as words and numbers: rows and columns of a chart.
const CHART_ROWS_MIN: u16 = 8;
const CHART_COLUMNS_MIN: u16 = 50;
/// The highest chart of lines, in rows.
const CHART_ROWS_MAX: u16 = 20;
/// A bar and what stands beside it until the next one, in columns.
const BAR_COLUMNS_MAX: u16 = 4;

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
    paint::hints(
        (model.keymap.hints(Context::Stats), 2),
        theme,
        inside,
        buffer,
    );
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
    let groups = stats.range.groups.as_slice();
    let has_room = parts.height >= CHART_ROWS_MIN && parts.width >= CHART_COLUMNS_MIN;
    match wanted.by {
        By::Hour if has_room => standing(groups, theme, parts, buffer),
        By::Day if has_room && groups.len() > 1 => lines(groups, theme, parts, buffer),
        _ => lying(model, stats, theme, parts, buffer),
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
    }
    let taken = u16::try_from(names + 2 + NUMBER_COLUMNS + 2).unwrap_or(u16::MAX);
    let room = area.width.saturating_sub(taken + 1);
    let shown = stats.range.groups.iter().skip(model.board.scroll);
    let bars: Vec<_> = shown
        .take(usize::from(area.height.saturating_sub(1)))
        .map(|group| bar(texts(group), most, u64::from(room)))
        .collect();
    let beside = Rect {
        x: area.x + taken.min(area.width),
        y: area.y + 1,
        width: room,
        height: area.height.saturating_sub(1),
    };
    let chart = BarChart::horizontal(bars).bar_width(1).bar_gap(0);
    let chart = chart.max(u64::from(room)).bar_style(theme.key());
    chart.render(beside, buffer);
}

fn columns(inbound: &str, outbound: &str, rate: &str, reply: &str) -> String {
    format!("{inbound:>6} {outbound:>6} {rate:>9} {reply:>10}")
}

/// How much of `room` a count takes where the largest takes all: something, unless it is nothing.
fn scaled(count: u64, most: u64, room: u64) -> u64 {
    count.saturating_mul(room).div_ceil(most.max(1)).min(room)
}

fn bar(count: u64, most: u64, room: u64) -> Bar<'static> {
    Bar::new(scaled(count, most, room)).text_value("")
}

/// What is counted of a part.
type Count = fn(&Figures) -> u64;
/// What is told apart of a part.
const SERIES: [(&str, Count); 2] = [("↓ in", |it| it.inbound), ("↑ out", |it| it.outbound)];

/// Hours side by side: what came in above, what went out below.
fn standing(groups: &[Group], theme: Theme, area: Rect, buffer: &mut Buffer) {
    let count = u16::try_from(groups.len()).unwrap_or(u16::MAX).max(1);
    let wide = (area.width.saturating_sub(2) / count).clamp(2, BAR_COLUMNS_MAX);
    let height = (area.height.saturating_sub(3) / 2).clamp(1, BAR_ROWS_MAX);
    let mut row = 0;
    for (name, of) in SERIES {
        let counts: Vec<u64> = groups.iter().map(|it| of(&it.figures)).collect();
        let most = counts.iter().copied().max().unwrap_or(0);
        let mut pen = Pen::new(buffer, paint::line(area, row));
        pen.skip(1)
            .words(&format!("{name}, at most {most}"), theme.quiet());
        let full = u64::from(height) * STEPS;
        let bars: Vec<_> = counts.iter().map(|it| bar(*it, most, full)).collect();
        let chart = BarChart::vertical(bars).bar_width(wide - 1).bar_gap(1);
        let chart = chart.max(full).bar_style(theme.key());
        let below = Rect {
            x: area.x + 1,
            y: area.y + row + 1,
            width: area.width.saturating_sub(1),
            height,
        };
        chart.render(below, buffer);
        row += height + 1;
    }
    let axis: String = (0..4)
        .map(|sixth| {
            let hour = format!("{:02}", sixth * 6);
            format!("{hour:<0$}", usize::from(wide) * 6)
        })
        .collect();
    let mut pen = Pen::new(buffer, paint::line(area, row));
    pen.skip(1).words(&axis, theme.quiet());
}

/// Days as they follow: a line for what came in, dots for what went out.
fn lines(groups: &[Group], theme: Theme, area: Rect, buffer: &mut Buffer) {
    let number = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    let points = SERIES.map(|(_, of)| -> Vec<(f64, f64)> {
        let counts = groups.iter().map(|it| number(of(&it.figures)));
        (0_u32..).map(f64::from).zip(counts).collect()
    });
    let counts = groups
        .iter()
        .map(|it| it.figures.inbound.max(it.figures.outbound));
    let most = counts.max().unwrap_or(0).max(1);
    let markers = [Marker::Braille, Marker::Dot];
    let styles = [theme.key(), theme.plain()];
    let sets = SERIES
        .iter()
        .zip(&points)
        .zip(markers.into_iter().zip(styles));
    let sets = sets.map(|(((name, _), points), (marker, style))| {
        let set = Dataset::default().name(*name).data(points);
        let set = set.marker(marker).style(style);
        match marker {
            Marker::Braille => set.graph_type(GraphType::Line),
            _ => set.graph_type(GraphType::Scatter),
        }
    });
    let (first, last) = (&groups[0].key, &groups[groups.len() - 1].key);
    let days = u64::try_from(groups.len() - 1).unwrap_or(u64::MAX);
    let axis = |bounds: u64, labels: [String; 2]| {
        let axis = Axis::default().bounds([0.0, number(bounds)]);
        axis.labels(labels).style(theme.quiet())
    };
    let day = |key: &str| SafeText::line(key).as_str().to_owned();
    let chart = Chart::new(sets.collect())
        .x_axis(axis(days, [day(first), day(last)]))
        .y_axis(axis(most, ["0".to_owned(), most.to_string()]));
    let height = area.height.min(CHART_ROWS_MAX);
    chart.render(Rect { height, ..area }, buffer);
}
