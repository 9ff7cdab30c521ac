//! The search: what is typed, what was found, and what stands around the row that is chosen.

use super::line;
use super::paint::{self, Pen};
use super::theme::Theme;
use crate::model::Model;
use crate::model::geometry::{self, FOUND_ROW_HEIGHT, Screen};
use crate::model::overlay::Overlay;
use crate::model::search::finder::{Finder, Preview, Row};
use crate::model::search::marks::snippet;
use crate::model::search::{Hit, Who};
use crate::model::transcript::{Keys, Role, Source, Transcript, clock_time, day};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::Seq;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::time::Timestamp;

/// Columns before the texts of a row: the bar of the one that is chosen.
const BAR_COLUMNS: usize = 3;

/// Draws it, where it is open. Where its cursor stands.
pub(super) fn draw(
    model: &Model,
    theme: Theme,
    screen: &Screen,
    buffer: &mut Buffer,
) -> Option<Position> {
    let finder = model.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Search(finder) => Some(finder),
        _ => None,
    })?;
    let panes = geometry::search(screen);
    paint::clear(buffer, panes.frame);
    let title = [(SafeText::line("Search"), theme.strong())];
    let right = SafeText::line(&finder.says());
    paint::frame(buffer, panes.frame, theme.frame(true), &title, &right);
    let cursor = line::draw(finder.editor(), " / ", theme, panes.line, buffer);
    sentence(finder, theme, panes.sentence, buffer);
    found(model, finder, theme, panes.found, buffer);
    if !panes.preview.is_empty() {
        preview(model, finder, theme, panes.preview, buffer);
    }
    cursor
}

/// What of it is looked for as it stands, how much was searched, or what can be typed.
fn sentence(finder: &Finder, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let (words, style) = match (finder.covers(), finder.odd()) {
        (Some(covers), _) => (covers, theme.waiting()),
        (None, Some(odd)) => (format!("looked for as it stands: {odd}"), theme.quiet()),
        (None, None) => (
            "from: to: label: before: after: is: has:media line: assignee: -not".to_owned(),
            theme.quiet(),
        ),
    };
    Pen::new(buffer, area).skip(1).words(&words, style);
}

/// As many rows as there is room for, the chosen one among them.
fn found(model: &Model, finder: &Finder, theme: Theme, area: Rect, buffer: &mut Buffer) {
    let height = usize::from(area.height / FOUND_ROW_HEIGHT);
    let first = (finder.chosen_at() + 1).saturating_sub(height);
    for (n, (at, row)) in (0..).zip(finder.rows().enumerate().skip(first).take(height)) {
        let spot = Rect {
            y: area.y + n * FOUND_ROW_HEIGHT,
            height: FOUND_ROW_HEIGHT,
            ..area
        };
        let bar = if at == finder.chosen_at() {
            " ▌ "
        } else {
            "   "
        };
        for n in 0..FOUND_ROW_HEIGHT {
            Pen::new(buffer, paint::line(spot, n)).words(bar, theme.selection());
        }
        match row {
            Row::Person(person) => {
                head(model, theme, &person.who, person.last_at, spot, buffer);
                let number = person.who.address.display(model.setup.home);
                Pen::new(buffer, paint::line(spot, 1))
                    .skip(BAR_COLUMNS)
                    .words("person · ", theme.quiet())
                    .write(&SafeText::line(number.as_str()), theme.plain());
            }
            Row::Hit(hit) => {
                head(model, theme, &hit.who, hit.key.at, spot, buffer);
                words(finder, theme, hit, paint::line(spot, 1), buffer);
            }
        }
    }
}

/// With whom on the left, when on the right.
fn head(model: &Model, theme: Theme, who: &Who, at: Timestamp, spot: Rect, buffer: &mut Buffer) {
    let when = SafeText::line(&when(model, at));
    let top = paint::line(spot, 0);
    let mut pen = Pen::new(buffer, top);
    pen.skip(BAR_COLUMNS);
    let room = pen.room().saturating_sub(when.width() + 3);
    pen.write(&name(model, who).truncate_to_width(room), theme.strong());
    pen.leave(when.width() + 1).write(&when, theme.quiet());
}

/// Who said it, and the words around those that were found.
fn words(finder: &Finder, theme: Theme, hit: &Hit, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area);
    pen.skip(BAR_COLUMNS);
    let author = hit.author_name.as_deref().unwrap_or("us");
    let says = match (hit.entry_kind, hit.direction) {
        (EntryKind::Message, Direction::Inbound) => String::new(),
        (EntryKind::Message, _) => format!("{author}: "),
        (EntryKind::Note, _) => format!("note · {author}: "),
        (EntryKind::Call | EntryKind::Activity, _) => format!("· {author} "),
    };
    let says = SafeText::line(&says).truncate_to_width(pen.room() / 3);
    pen.write(&says, theme.quiet());
    if hit.media > 0 {
        pen.words(&format!("▣ {} ", hit.media), theme.quiet());
    }
    let room = pen.room();
    for piece in snippet(&hit.body, finder.needles(), Role::Theirs, room) {
        pen.write(&piece.text, theme.role(piece.role));
    }
}

/// What stands around the row that is chosen, with what was found in the middle.
fn preview(model: &Model, finder: &Finder, theme: Theme, frame: Rect, buffer: &mut Buffer) {
    paint::clear(buffer, frame);
    let who = finder.chosen().map(|row| name(model, row.who()));
    let title: Vec<_> = who.into_iter().map(|name| (name, theme.strong())).collect();
    paint::frame(
        buffer,
        frame,
        theme.frame(false),
        &title,
        &SafeText::default(),
    );
    let (Some(row), Some(preview)) = (finder.chosen(), finder.preview()) else {
        return;
    };
    let area = geometry::inside(frame);
    let page = page(model, finder, row, preview, area.width);
    let height = usize::from(area.height);
    let bottom = page.height().saturating_sub(height);
    let start = match row {
        Row::Hit(hit) => page
            .start_of(hit.entry)
            .map_or(bottom, |line| line.saturating_sub(height / 3).min(bottom)),
        Row::Person(_) => bottom,
    };
    for (n, page_line) in (0..).zip(page.lines(start, height)) {
        let mut pen = Pen::new(buffer, paint::line(area, n));
        pen.skip(usize::from(page_line.indent));
        for piece in &page_line.pieces {
            pen.write(&piece.text, theme.role(piece.role));
        }
    }
}

fn page(model: &Model, finder: &Finder, row: Row<'_>, preview: &Preview, width: u16) -> Transcript {
    let hit = match row {
        Row::Hit(hit) => Some((hit.entry, finder.needles())),
        Row::Person(_) => None,
    };
    let keys = Keys::of(&model.keymap);
    Transcript::new(Source {
        items: &preview.items,
        read_by: &[],
        new_after: Seq(u64::MAX),
        width,
        zone: &model.setup.zone,
        now: model.now,
        reach: model.reach(),
        keys: &keys,
        marks: model.setup.aids.insight,
        hit,
    })
}

fn name(model: &Model, who: &Who) -> SafeText {
    let name = who.name.as_deref().filter(|name| !name.trim().is_empty());
    name.map_or_else(|| who.address.display(model.setup.home), SafeText::line)
}

/// The time of today, the day before that.
fn when(model: &Model, at: Timestamp) -> String {
    let zone = &model.setup.zone;
    let date = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
    match date(at) == date(model.now) {
        true => clock_time(at, zone),
        false => day(date(at), date(model.now)),
    }
}
