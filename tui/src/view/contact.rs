//! What is known of somebody, over the chat; on a narrow screen it takes all of it.

use super::paint::{self, Pen};
use super::theme::Theme;
use crate::model::Model;
use crate::model::contact::{Field, Line, Panel, visit};
use crate::model::geometry::{Screen, inside};
use crate::model::overlay::Overlay;
use crate::update::contact::{hint, lines};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use smsdesk_common::safe_text::SafeText;

/// The columns of the names beside the values.
const NAME_COLUMNS: usize = 16;
/// The columns that the panel takes where there is room for more: two short lines of an address.
const PANEL_COLUMNS: u16 = 60;

/// Draws it, where it is open.
pub(super) fn draw(model: &Model, theme: Theme, screen: &Screen, area: Rect, buffer: &mut Buffer) {
    let panel = model.overlays.iter().rev().find_map(|it| match it {
        Overlay::Contact(panel) => Some(panel),
        _ => None,
    });
    let Some(panel) = panel else {
        return;
    };
    let frame = place(screen, area);
    paint::clear(buffer, frame);
    let title = [(title(model, panel), theme.strong())];
    let below = SafeText::default();
    paint::frame(buffer, frame, theme.frame(true), &title, &below);
    let room = inside(frame);
    let lines = lines(model);
    let height = usize::from(room.height);
    let first = panel.at.saturating_sub(height.saturating_sub(1));
    for (n, (at, line)) in (0..).zip(lines.iter().enumerate().skip(first).take(height)) {
        draw_line(
            model,
            panel,
            theme,
            line,
            at == panel.at,
            paint::line(room, n),
            buffer,
        );
    }
    if panel.sheet.is_none() {
        Pen::new(buffer, paint::line(room, 0)).words(" looking …", theme.quiet());
    }
}

/// The right side of a wide screen, all of a narrow one but its last line.
fn place(screen: &Screen, area: Rect) -> Rect {
    let height = area.height.saturating_sub(1);
    if screen.list.width == 0 || screen.chat.width == 0 {
        return Rect { height, ..area };
    }
    let width = PANEL_COLUMNS.min(area.width);
    Rect {
        x: area.right() - width,
        y: screen.chat.y,
        width,
        height: screen.chat.height,
    }
}

fn title(model: &Model, panel: &Panel) -> SafeText {
    let Some(sheet) = &panel.sheet else {
        return SafeText::line("Contact");
    };
    let number = sheet.contact.addresses.first();
    let number = number.map(|it| it.display(model.setup.home));
    let number = number.as_ref().map_or("", SafeText::as_str);
    match &sheet.contact.name {
        Some(name) => SafeText::line(&format!("{name}  {number}")),
        None => SafeText::line(number),
    }
}

fn draw_line(
    model: &Model,
    panel: &Panel,
    theme: Theme,
    line: &Line,
    chosen: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, area);
    let style = if chosen {
        theme.strong()
    } else {
        theme.plain()
    };
    pen.words(if chosen { "▌ " } else { "  " }, theme.key());
    let name = |name: &str| SafeText::line(name).truncate_to_width(NAME_COLUMNS);
    match line {
        Line::Field(field) => {
            let title = name(field.title());
            let value = value(model, panel, field);
            let missing = value.is_none();
            let value = value.or_else(|| hint(panel).filter(|_| *field == Field::TimeZone));
            let value = SafeText::line(&value.unwrap_or_else(|| "–".to_owned()));
            pen.write(&title, theme.quiet())
                .skip(NAME_COLUMNS + 1 - title.width());
            pen.write(&value, if missing { theme.quiet() } else { style });
        }
        Line::Fact { name: what, value } => {
            let title = name(what);
            pen.write(&title, theme.quiet())
                .skip(NAME_COLUMNS + 1 - title.width())
                .write(&SafeText::line(value), theme.quiet());
        }
        Line::Job(job) => {
            let title = name("Job");
            pen.write(&title, theme.quiet())
                .skip(NAME_COLUMNS + 1 - title.width())
                .write(&SafeText::line(&visit(job)), style);
        }
        Line::NewJob => {
            let title = name("New job");
            pen.write(&title, theme.quiet())
                .skip(NAME_COLUMNS + 1 - title.width())
                .write(&SafeText::line("Enter makes an appointment"), theme.quiet());
        }
        Line::Alike(person) => {
            let number = person.address.display(model.setup.home);
            let called = person.name.as_deref().unwrap_or("no name");
            let asks = panel.merging.as_ref() == Some(person);
            let words = match asks {
                true => format!("Enter merges {called}, {}, into this one", number.as_str()),
                false => format!("same person? {called}  {}", number.as_str()),
            };
            let style = if asks { theme.bad() } else { style };
            pen.write(&SafeText::line(&words), style);
        }
    }
}

/// What a field holds, as people read it.
fn value(model: &Model, panel: &Panel, field: &Field) -> Option<String> {
    let contact = &panel.sheet.as_ref()?.contact;
    let text = match field {
        Field::Addresses => {
            let shown = contact.addresses.iter();
            let shown = shown.map(|it| it.display(model.setup.home).as_str().to_owned());
            shown.collect::<Vec<_>>().join(", ")
        }
        Field::New => "name: value".to_owned(),
        field => field.text(contact).replace('\n', " / "),
    };
    Some(text).filter(|text| !text.is_empty())
}
