//! Where things are on the screen: the same arithmetic for drawing and for scrolling.

use ratatui::layout::{Position, Rect, Size};

/// From this width on, list and chat stand side by side.
pub const WIDE_COLUMNS_MIN: u16 = 100;

/// The smallest screen that the app can be worked on.
pub const SMALLEST: Size = Size {
    width: 60,
    height: 15,
};

/// The most rows that the composer grows to before it scrolls.
pub const COMPOSER_ROWS_MAX: u16 = 6;

/// Rows of one conversation in the list.
pub const LIST_ROW_HEIGHT: u16 = 2;

/// Columns of the list pane next to the chat: a third of the screen within these bounds.
const LIST_COLUMNS: (u16, u16) = (36, 56);

/// Rows of a prompt without candidates: its frame, the line, and the sentence below.
pub const PROMPT_FIXED_ROWS: u16 = 4;

/// A prompt's widest frame: a hint further from its candidate is not read as its own.
const PROMPT_COLUMNS_MAX: u16 = 100;

/// Which panes there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panes {
    /// Both.
    Both,
    /// Only the list.
    List,
    /// Only the chat.
    Chat,
}

/// The parts of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screen {
    /// The line on top: views and today's figures.
    pub header: Rect,
    /// The list with its frame; empty where there is no room for it.
    pub list: Rect,
    /// The chat with its frame; empty where there is no room for it.
    pub chat: Rect,
    /// The line that says what to try next; empty outside practice.
    pub coach: Rect,
    /// The line at the bottom.
    pub status: Rect,
}

/// The parts of the chat pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatPane {
    /// The texts.
    pub transcript: Rect,
    /// The line between texts and composer, drawn across the frame.
    pub divider: Rect,
    /// The composer's text.
    pub composer: Rect,
    /// The line under the composer.
    pub counter: Rect,
}

/// Whether a screen of this size can be worked on.
pub const fn is_large_enough(size: Size) -> bool {
    size.width >= SMALLEST.width && size.height >= SMALLEST.height
}

/// The fewest columns that a list, and a chat beside it, can be dragged to.
const DRAGGED_COLUMNS_MIN: (u16, u16) = (28, 52);

/// How wide the list stands beside the chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListWidth {
    /// As the size of the screen suggests.
    #[default]
    Usual,
    /// Where the agent dragged its edge to, as far as there is room.
    Dragged(u16),
}

impl ListWidth {
    fn columns(self, width: u16) -> u16 {
        match self {
            Self::Usual => (width * 32 / 100).clamp(LIST_COLUMNS.0, LIST_COLUMNS.1),
            Self::Dragged(columns) => {
                let (list, chat) = DRAGGED_COLUMNS_MIN;
                columns.clamp(list, width.saturating_sub(chat).max(list))
            }
        }
    }
}

/// Divides the screen.
pub fn screen(size: Size, panes: Panes, coach_rows: u16, list: ListWidth) -> Screen {
    let body_height = size.height.saturating_sub(2 + coach_rows);
    let body = Rect::new(0, 1, size.width, body_height);
    let (list, chat) = match panes {
        Panes::List => (body, Rect::default()),
        Panes::Chat => (Rect::default(), body),
        Panes::Both => {
            let columns = list.columns(size.width);
            let rest = size.width.saturating_sub(columns);
            (
                Rect {
                    width: columns,
                    ..body
                },
                Rect {
                    x: columns,
                    width: rest,
                    ..body
                },
            )
        }
    };
    Screen {
        header: Rect::new(0, 0, size.width, 1),
        list,
        chat,
        coach: Rect::new(0, 1 + body_height, size.width, coach_rows),
        status: Rect::new(0, size.height.saturating_sub(1), size.width, 1),
    }
}

/// The space inside a frame.
pub const fn inside(frame: Rect) -> Rect {
    Rect {
        x: frame.x.saturating_add(1),
        y: frame.y.saturating_add(1),
        width: frame.width.saturating_sub(2),
        height: frame.height.saturating_sub(2),
    }
}

/// How many conversations the list pane shows at once.
pub const fn list_rows(frame: Rect) -> usize {
    (inside(frame).height / LIST_ROW_HEIGHT) as usize
}

/// Columns for the composer's text in a chat pane: a margin on each side, and one for a cursor
/// behind the last character.
pub const fn composer_columns(frame: Rect) -> usize {
    inside(frame).width.saturating_sub(3) as usize
}

/// Divides the chat pane, where the text that is being written takes `rows`.
pub fn chat_pane(frame: Rect, rows: usize) -> ChatPane {
    let inner = inside(frame);
    // At least half of the pane stays for what is answered.
    let most = (inner.height / 2)
        .saturating_sub(2)
        .clamp(1, COMPOSER_ROWS_MAX);
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).clamp(1, most);
    let transcript = Rect {
        height: inner.height.saturating_sub(rows + 2),
        ..inner
    };
    let divider = Rect {
        x: frame.x,
        y: transcript.bottom(),
        width: frame.width,
        height: 1,
    };
    let composer = Rect {
        x: inner.x + 1,
        y: divider.bottom(),
        width: inner.width.saturating_sub(2),
        height: rows,
    };
    let counter = Rect {
        y: composer.bottom(),
        height: 1,
        ..composer
    };
    ChatPane {
        transcript,
        divider,
        composer,
        counter,
    }
}

/// Rows of the search's frame above what was found: the line, and the sentence below it.
const SEARCH_HEAD_ROWS: u16 = 2;

/// Rows of one thing that was found.
pub const FOUND_ROW_HEIGHT: u16 = 2;

/// The parts of the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchPanes {
    /// All of it, with its frame.
    pub frame: Rect,
    /// What is typed.
    pub line: Rect,
    /// What was found, in a sentence.
    pub sentence: Rect,
    /// What was found.
    pub found: Rect,
    /// What stands around it, with its frame; empty where there is no room for it.
    pub preview: Rect,
}

impl SearchPanes {
    /// How many things that were found are on the screen at once.
    pub const fn rows(&self) -> usize {
        (self.found.height / FOUND_ROW_HEIGHT) as usize
    }
}

/// Divides the panes for the search.
pub fn search(screen: &Screen) -> SearchPanes {
    let body = screen.list.union(screen.chat);
    let both = body.width >= WIDE_COLUMNS_MIN;
    let columns = if both {
        body.width * 45 / 100
    } else {
        body.width
    };
    let frame = Rect {
        width: columns,
        ..body
    };
    let preview = if both {
        Rect {
            x: body.x + columns,
            width: body.width - columns,
            ..body
        }
    } else {
        Rect::default()
    };
    let inner = inside(frame);
    SearchPanes {
        frame,
        line: Rect { height: 1, ..inner },
        sentence: Rect {
            y: inner.y + 1,
            height: 1,
            ..inner
        },
        found: Rect {
            y: inner.y + SEARCH_HEAD_ROWS,
            height: inner.height.saturating_sub(SEARCH_HEAD_ROWS),
            ..inner
        },
        preview,
    }
}

/// What there is at a place of the screen, for the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// The `n`th conversation on the screen, where there is one.
    Row(usize),
    /// The list, between or below its rows.
    List,
    /// The edge between list and chat.
    Edge,
    /// The texts.
    Transcript,
    /// The composer with its counter.
    Composer,
    /// Nothing that a click means something to.
    Elsewhere,
}

/// What is drawn at a column and a row.
pub fn spot(screen: Screen, chat: ChatPane, column: u16, row: u16) -> Spot {
    let place = Position { x: column, y: row };
    let (list, frame) = (screen.list, screen.chat);
    let rows = inside(list);
    let both = !list.is_empty() && !frame.is_empty();
    let edge = both && (column + 1 == list.right() || column == frame.x);
    let in_frame = frame.contains(place);
    if edge && (list.contains(place) || in_frame) {
        Spot::Edge
    } else if rows.contains(place)
        && usize::from((row - rows.y) / LIST_ROW_HEIGHT) < list_rows(list)
    {
        Spot::Row(usize::from((row - rows.y) / LIST_ROW_HEIGHT))
    } else if list.contains(place) {
        Spot::List
    } else if in_frame && chat.transcript.contains(place) {
        Spot::Transcript
    } else if in_frame && row > chat.divider.y && inside(frame).contains(place) {
        Spot::Composer
    } else {
        Spot::Elsewhere
    }
}

/// The frame of a prompt whose candidates want `rows`: at the foot of the panes, which stay where
/// they are behind it.
pub fn prompt(screen: &Screen, rows: usize) -> Rect {
    let body = screen.list.union(screen.chat);
    let rows = u16::try_from(rows).unwrap_or(u16::MAX);
    let height = rows.saturating_add(PROMPT_FIXED_ROWS).min(body.height);
    Rect {
        y: body.bottom() - height,
        width: body.width.min(PROMPT_COLUMNS_MAX),
        height,
        ..body
    }
}

/// The lines of the help inside its frame, in the middle of the screen.
pub fn help(size: Size) -> Rect {
    let width = size.width.saturating_sub(4).min(90);
    let height = size.height.saturating_sub(2);
    let frame = Rect::new((size.width - width) / 2, 1.min(size.height), width, height);
    inside(frame)
}

/// The widest that a sheet gets, in columns: words are read in lines, not in screens.
const SHEET_COLUMNS_MAX: u16 = 90;
/// Rows below the words of a sheet: what is wrong, and the keys.
pub const SHEET_FOOT_ROWS: u16 = 2;

/// The frame of a sheet.
pub fn sheet(size: Size) -> Rect {
    let width = size.width.min(SHEET_COLUMNS_MAX);
    let height = size.height.saturating_sub(2);
    Rect::new((size.width - width) / 2, 1.min(size.height), width, height)
}

/// How many columns the words of a sheet have; the cursor may stand behind them.
pub fn sheet_columns(size: Size) -> usize {
    usize::from(inside(sheet(size)).width.saturating_sub(3)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn on_every_screen_that_is_large_enough_each_part_has_room(
            width in SMALLEST.width..=300,
            height in SMALLEST.height..=100,
            coach_rows in 0u16..=1,
            rows in 0usize..20,
            dragged in prop::option::of(0u16..400),
        ) {
            let list = dragged.map_or(ListWidth::Usual, ListWidth::Dragged);
            let size = Size { width, height };
            let whole = Rect::new(0, 0, width, height);
            for panes in [Panes::Both, Panes::List, Panes::Chat] {
                if panes == Panes::Both && width < WIDE_COLUMNS_MIN {
                    continue;
                }
                let screen = screen(size, panes, coach_rows, list);
                for part in [screen.header, screen.list, screen.chat, screen.coach, screen.status] {
                    prop_assert!(part.is_empty() || whole.union(part) == whole);
                }
                prop_assert!(!screen.list.intersects(screen.chat));
                if screen.chat.is_empty() {
                    continue;
                }
                let chat = chat_pane(screen.chat, rows);
                prop_assert!(chat.transcript.height >= 4, "{chat:?}");
                prop_assert!(chat.composer.height >= 1);
                prop_assert_eq!(chat.counter.bottom(), inside(screen.chat).bottom());
                prop_assert!(screen.chat.width >= 50, "{screen:?}");
            }
        }

        #[test]
        fn a_spot_is_what_is_drawn_there(
            width in WIDE_COLUMNS_MIN..=200,
            height in SMALLEST.height..=60,
            column in 0u16..200,
            row in 0u16..60,
        ) {
            let screen = screen(Size { width, height }, Panes::Both, 1, ListWidth::Usual);
            let chat = chat_pane(screen.chat, 2);
            let place = Position { x: column, y: row };
            let inner = inside(screen.list);
            match spot(screen, chat, column, row) {
                Spot::Row(n) => {
                    prop_assert!(inner.contains(place));
                    let top = inner.y + LIST_ROW_HEIGHT * u16::try_from(n).unwrap();
                    prop_assert!((top..top + LIST_ROW_HEIGHT).contains(&row));
                    prop_assert!(n < list_rows(screen.list));
                }
                Spot::List => prop_assert!(screen.list.contains(place)),
                Spot::Edge => prop_assert!(
                    column + 1 == screen.list.right() || column == screen.chat.x
                ),
                Spot::Transcript => prop_assert!(chat.transcript.contains(place)),
                Spot::Composer => prop_assert!(
                    (chat.composer.y..=chat.counter.y).contains(&row)
                ),
                Spot::Elsewhere => prop_assert!(!inner.contains(place)),
            }
        }
    }
}
