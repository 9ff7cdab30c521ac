//! The screens of a recording.

use super::tape::{FORMAT, Header, Line};
use crate::event::{Event, Input};
use crate::model::aids::Aids;
use crate::model::attention::Notify;
use crate::model::coach::Coach;
use crate::model::{Colours, Model, Setup};
use crate::update::{start, update};
use crate::view::view;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use serde::de::DeserializeOwned;
use smsdesk_common::safe_text::SafeText;
use std::io::{BufRead, Read as _};

/// The longest line of a recording, in bytes: one answer of the disk, many times over.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ReplayError {
    /// Which line, from 1.
    pub line: usize,
    /// What was found and what was expected.
    pub problem: String,
}

/// A screen after an event.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// How many events came so far.
    pub step: usize,
    /// The screen as lines of text, blanks at their ends cut off.
    pub text: &'a str,
}

/// Goes through a recording and hands over the screen after each event. With a `size`, every screen
/// has that one, and changes of the size are passed over.
///
/// # Errors
/// The file cannot be read or is no recording of this version.
pub fn replay(
    mut recording: impl BufRead,
    size: Option<Size>,
    mut show: impl FnMut(Shown<'_>),
) -> Result<(), ReplayError> {
    let head = "expected the head of a recording";
    let header: Header = read(&mut recording, 1, head)?.ok_or_else(|| problem(1, head))?;
    if header.smsdesk_recording != FORMAT {
        let version = header.smsdesk_recording;
        let says = format!("a recording of version {version}; this smsdesk reads {FORMAT}");
        return Err(problem(1, &says));
    }
    let mut model = model(&header, size.unwrap_or(header.size()));
    start(&mut model);
    let mut step = 0;
    while let Some(line) = read(&mut recording, step + 2, "expected an event")? {
        let Line { at, event }: Line<Event> = line;
        step += 1;
        let resizes = matches!(event, Event::Input(Input::Resize { .. }));
        if !(resizes && size.is_some()) {
            // What the app asked for then is answered by what was recorded.
            update(&mut model, event, at);
        }
        show(Shown {
            step,
            text: &screen(&model),
        });
    }
    Ok(())
}

fn model(header: &Header, size: Size) -> Model {
    let setup = Setup {
        saved: [].into(),
        size,
        zone: header.time_zone(),
        home: header.home,
        colours: Colours::None,
        notify: Notify::OFF,
        mouse: header.mouse,
        aids: Aids::default(),
        me: header.me.clone(),
        coach: header.practice.then(Coach::default),
    };
    let tools = header.tools.clone().unwrap_or_default();
    Model::new(setup, header.at).with_tools(tools)
}

fn read<T: DeserializeOwned>(
    recording: &mut impl BufRead,
    line: usize,
    expected: &str,
) -> Result<Option<T>, ReplayError> {
    let mut text = String::new();
    let mut part = recording.take(LINE_BYTES_MAX);
    part.read_line(&mut text)
        .map_err(|error| problem(line, &error.to_string()))?;
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = serde_json::from_str(&text);
    parsed.map(Some).map_err(|error| {
        let says = if line == 1 {
            expected.to_owned()
        } else {
            format!("{expected}: {error}")
        };
        problem(line, &says)
    })
}

fn problem(line: usize, problem: &str) -> ReplayError {
    ReplayError {
        line,
        problem: problem.to_owned(),
    }
}

/// The screen as text, with `▏` where the cursor stands on a blank.
fn screen(model: &Model) -> String {
    let size = model.setup.size;
    let area = Rect::new(0, 0, size.width, size.height);
    let mut buffer = Buffer::empty(area);
    let cursor = view(model, area, &mut buffer);
    text(&buffer, cursor)
}

/// A buffer as lines of text, blanks at their ends cut off.
pub(crate) fn text(buffer: &Buffer, cursor: Option<Position>) -> String {
    let area = buffer.area;
    let mut text = String::new();
    for y in 0..area.height {
        let mut line = String::new();
        let mut x = 0;
        while x < area.width {
            let symbol = buffer[(x, y)].symbol();
            let here = cursor == Some(Position { x, y });
            line.push_str(if here && symbol == " " { "▏" } else { symbol });
            x += u16::try_from(SafeText::line(symbol).width().max(1)).unwrap_or(1);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
