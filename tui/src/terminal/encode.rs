//! Cells as bytes, few of them: a short move instead of a long one, one erasure instead of many
//! blanks, a style only where it changes.
//!
//! Uses only what every terminal since the VT220 and the Linux console knows: `CUP`, `CUF`, `ECH`
//! and `SGR`. Never erases more than the cells that it was given.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::iter::Peekable;

/// From so many blanks on, erasing them is shorter than writing them.
const ERASED_BLANKS_MIN: u16 = 6;

/// What a run of cells is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    front: Color,
    back: Color,
    modifier: Modifier,
}

/// So many cells are no longer than the move over them.
const BRIDGED_CELLS_MAX: usize = 3;

const PLAIN: Look = Look {
    front: Color::Reset,
    back: Color::Reset,
    modifier: Modifier::empty(),
};

/// A cell and where it is.
type Placed<'a> = (u16, u16, &'a Cell);

/// The bytes that make a terminal that shows `before` show `after`. Its style is plain before and
/// after.
pub(super) fn encode(before: &Buffer, after: &Buffer) -> String {
    let mut cells = bridged(before.diff(after), after).into_iter().peekable();
    let mut encoder = Encoder {
        bytes: String::new(),
        at: None,
        look: PLAIN,
    };
    while let Some((x, y, cell)) = cells.next() {
        if is_blank(cell) {
            let blanks = 1 + more_blanks(&mut cells, x, y);
            encoder.blank(Position { x, y }, blanks);
        } else {
            encoder.write(Position { x, y }, cell);
        }
    }
    encoder.become_like(PLAIN);
    encoder.bytes
}

/// The changed cells, with those between them that are shorter to write again than to pass over.
fn bridged<'a>(changed: Vec<Placed<'a>>, after: &'a Buffer) -> Vec<Placed<'a>> {
    let mut cells: Vec<Placed<'a>> = Vec::with_capacity(changed.len());
    for next in changed {
        if let Some(&last) = cells.last() {
            cells.extend(gap(last, next, after));
        }
        cells.push(next);
    }
    cells
}

/// What stands between two cells, where a bridge is shorter.
fn gap<'a>(last: Placed<'a>, next: Placed<'a>, after: &'a Buffer) -> Vec<Placed<'a>> {
    let Some(columns) = advance(last.2.symbol()).filter(|_| last.1 == next.1) else {
        return Vec::new();
    };
    let between = last.0.saturating_add(columns)..next.0;
    let cells: Vec<Placed<'a>> = between
        .filter_map(|x| Some((x, last.1, after.cell(Position { x, y: last.1 })?)))
        .collect();
    let look = Look::of(last.2);
    let same = |cell: &Cell| advance(cell.symbol()) == Some(1) && Look::of(cell) == look;
    let blank = is_blank(last.2) && is_blank(next.2);
    let bridge = (blank && cells.iter().all(|(.., cell)| is_blank(cell)))
        || (cells.len() <= BRIDGED_CELLS_MAX && cells.iter().all(|(.., cell)| same(cell)));
    if bridge { cells } else { Vec::new() }
}

/// How many blanks follow the one at `x` without a gap; they are taken.
fn more_blanks<'a>(cells: &mut Peekable<impl Iterator<Item = Placed<'a>>>, x: u16, y: u16) -> u16 {
    let mut more = 0;
    let follows = |more: u16| {
        move |next: &Placed<'_>| next.1 == y && next.0 == x + 1 + more && is_blank(next.2)
    };
    while cells.next_if(follows(more)).is_some() {
        more += 1;
    }
    more
}

impl Look {
    const fn of(cell: &Cell) -> Self {
        Self {
            front: cell.fg,
            back: cell.bg,
            modifier: cell.modifier,
        }
    }
}

/// Whether an erased cell looks the same, also in terminals that erase with the current colour.
fn is_blank(cell: &Cell) -> bool {
    let lines = Modifier::UNDERLINED | Modifier::CROSSED_OUT | Modifier::REVERSED;
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(lines)
}

struct Encoder {
    bytes: String,
    /// Where the cursor is; none where terminals may disagree.
    at: Option<Position>,
    look: Look,
}

impl Encoder {
    fn write(&mut self, place: Position, cell: &Cell) {
        self.go(place);
        self.become_like(Look::of(cell));
        self.bytes.push_str(cell.symbol());
        self.at = advance(cell.symbol()).map(|columns| Position {
            x: place.x.saturating_add(columns),
            ..place
        });
    }

    fn blank(&mut self, place: Position, blanks: u16) {
        self.go(place);
        let lines = Modifier::UNDERLINED | Modifier::CROSSED_OUT | Modifier::REVERSED;
        if self.look.back != Color::Reset || self.look.modifier.intersects(lines) {
            self.become_like(PLAIN);
        }
        if blanks < ERASED_BLANKS_MIN {
            self.bytes.extend((0..blanks).map(|_| ' '));
            let x = place.x.saturating_add(blanks);
            self.at = Some(Position { x, ..place });
        } else {
            // The cursor stays at the first of them.
            self.sequence(blanks, 'X');
        }
    }

    fn go(&mut self, place: Position) {
        match self.at {
            Some(at) if at == place => {}
            Some(at) if at.y == place.y && at.x < place.x => {
                self.sequence(place.x - at.x, 'C');
            }
            _ => {
                let (row, column) = (u32::from(place.y) + 1, u32::from(place.x) + 1);
                // Writing to a string cannot fail.
                let _ = write!(self.bytes, "\u{1b}[{row};{column}H");
            }
        }
        self.at = Some(place);
    }

    fn sequence(&mut self, count: u16, last: char) {
        let _ = match count {
            1 => write!(self.bytes, "\u{1b}[{last}"),
            more => write!(self.bytes, "\u{1b}[{more}{last}"),
        };
    }

    fn become_like(&mut self, look: Look) {
        if self.look == look {
            return;
        }
        self.look = look;
        let mut numbers = Vec::new();
        numbers.extend(
            look.modifier
                .iter()
                .filter_map(attribute)
                .map(str::to_owned),
        );
        numbers.extend(colour(look.front, Layer::Front));
        numbers.extend(colour(look.back, Layer::Back));
        self.bytes.push_str("\u{1b}[");
        if !numbers.is_empty() {
            self.bytes.push_str("0;");
            self.bytes.push_str(&numbers.join(";"));
        }
        self.bytes.push('m');
    }
}

/// How far the cursor goes; none where terminals may disagree: they do about clusters, and old ones
/// about emoji.
fn advance(symbol: &str) -> Option<u16> {
    let mut chars = symbol.chars();
    let first = chars.next()?;
    if chars.next().is_some() {
        return None;
    }
    match unicode_width::UnicodeWidthChar::width(first) {
        Some(1) => Some(1),
        Some(2) if first.is_alphabetic() => Some(2),
        _ => None,
    }
}

fn attribute(modifier: Modifier) -> Option<&'static str> {
    Some(match modifier {
        Modifier::BOLD => "1",
        Modifier::DIM => "2",
        Modifier::ITALIC => "3",
        Modifier::UNDERLINED => "4",
        Modifier::SLOW_BLINK => "5",
        Modifier::RAPID_BLINK => "6",
        Modifier::REVERSED => "7",
        Modifier::HIDDEN => "8",
        Modifier::CROSSED_OUT => "9",
        _ => return None,
    })
}

#[derive(Clone, Copy)]
enum Layer {
    Front,
    Back,
}

fn colour(colour: Color, layer: Layer) -> Option<String> {
    let basic = match colour {
        Color::Reset => return None,
        Color::Indexed(n) => return Some(format!("{};5;{n}", extended(layer))),
        Color::Rgb(r, g, b) => return Some(format!("{};2;{r};{g};{b}", extended(layer))),
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
    };
    Some(match layer {
        Layer::Front => basic.to_string(),
        Layer::Back => (basic + 10).to_string(),
    })
}

const fn extended(layer: Layer) -> u8 {
    match layer {
        Layer::Front => 38,
        Layer::Back => 48,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::{Canvas, Viewport};
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;
    use std::num::NonZero;

    const AREA: Rect = Rect::new(0, 0, 20, 4);

    fn terminal() -> vt100::Parser {
        vt100::Parser::new(NonZero::new(4).unwrap(), NonZero::new(20).unwrap(), 0)
    }

    fn check(before: &str, after: &str, expected: &str) {
        let bytes = encode(&Buffer::with_lines([before]), &Buffer::with_lines([after]));
        assert_eq!(
            bytes.replace('\u{1b}', "^"),
            expected,
            "{before:?} {after:?}"
        );
    }

    #[test]
    fn moves_are_short_and_what_is_shorter_to_write_again_is() {
        check("abc.......xyz", "abC.......Xyz", "^[1;3HC^[7CX");
        check("abcde", "AbcdE", "^[1;1HAbcdE");
        check("ab語", "xb語", "^[1;1Hx");
        check("語文abcdef", "文語abcdeF", "^[1;1H文語^[5CF");
        check("🙏a", "🙏b", "^[1;3Hb");
        check("xa", "🙏", "^[1;1H🙏");
    }

    #[test]
    fn blanks_are_erased_together() {
        check("abcdefgh.", "        .", "^[1;1H^[8X");
        check("ab       cd.", "           .", "^[1;1H^[11X");
        check("ab.", "  .", "^[1;1H  ");
        check("abcdefgh.", "       x.", "^[1;1H^[7X^[7Cx");
    }

    fn style() -> impl Strategy<Value = Style> {
        let colour = prop_oneof![
            Just(Color::Reset),
            Just(Color::Red),
            Just(Color::LightBlue),
            Just(Color::Indexed(246)),
            Just(Color::Rgb(1, 2, 3)),
        ];
        let modifier = prop_oneof![
            Just(Modifier::empty()),
            Just(Modifier::BOLD),
            Just(Modifier::REVERSED | Modifier::ITALIC),
            Just(Modifier::UNDERLINED),
        ];
        (colour.clone(), colour, modifier).prop_map(|(front, back, modifier)| {
            Style::new().fg(front).bg(back).add_modifier(modifier)
        })
    }

    fn screen() -> impl Strategy<Value = Buffer> {
        let word = (0..4u16, 0..20u16, "[a-c ]{1,12}|語文 x", style());
        prop::collection::vec(word, 0..12).prop_map(|words| {
            let mut buffer = Buffer::empty(AREA);
            for (y, x, text, style) in words {
                buffer.set_stringn(x, y, text, usize::from(20 - x), style);
            }
            buffer
        })
    }

    fn cell_by_cell(buffer: &Buffer) -> vt100::Parser {
        let mut terminal = terminal();
        for (x, y, cell) in Buffer::empty(AREA).diff(buffer) {
            let mut one = Buffer::empty(AREA);
            one[(x, y)] = cell.clone();
            terminal.process(encode(&Buffer::empty(AREA), &one).as_bytes());
        }
        terminal
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_after_whatever_else_the_screen_is_that_of_the_last_frame(
            frames in prop::collection::vec(screen(), 1..5),
        ) {
            let mut terminal = terminal();
            let mut written = Vec::new();
            let mut canvas = Canvas::new(&mut written, Viewport::Fixed(AREA)).unwrap();
            for frame in &frames {
                let mut draw = |_: Rect, buffer: &mut Buffer| {
                    buffer.clone_from(frame);
                    None
                };
                canvas.frame(&mut draw).unwrap();
            }
            drop(canvas);
            terminal.process(&written);
            let wanted = cell_by_cell(&frames[frames.len() - 1]);
            for y in 0..4 {
                for x in 0..20 {
                    let seen = terminal.screen().cell(y, x).unwrap();
                    let wanted = wanted.screen().cell(y, x).unwrap();
                    let text = |cell: &vt100::Cell| cell.contents().trim().to_owned();
                    prop_assert_eq!(text(seen), text(wanted), "{},{}", x, y);
                    prop_assert_eq!(seen.bgcolor(), wanted.bgcolor(), "{},{}", x, y);
                    prop_assert_eq!(seen.inverse(), wanted.inverse(), "{},{}", x, y);
                    prop_assert_eq!(seen.underline(), wanted.underline(), "{},{}", x, y);
                }
            }
        }
    }
}
