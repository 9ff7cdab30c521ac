//! A conversation as lines on a page: names, words and dates resolved, every line cut to fit.
//!
//! Made when entries, width or day change, not for each frame, so that drawing is copying and
//! scrolling knows how high everything is.

mod entry;
mod seen;
#[cfg(test)]
mod tests;
mod time;

pub use self::time::{age, clock_time, day};

use crate::action::Action;
use crate::input::context::Context;
use crate::input::keymap::Keymap;
use crate::model::chat::{ReadBy, TimelineItem};
use crate::model::insight::Marks;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::filter::Needle;
use smsdesk_common::ids::{EntryId, Seq};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::time::Timestamp;

/// What a piece of text is; the theme gives it its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The customer's words.
    Theirs,
    /// Our words.
    Ours,
    /// Words that have not left this device.
    Pending,
    /// Times and other small print.
    Quiet,
    /// A status that is fine.
    Good,
    /// A status that wants a decision.
    Bad,
    /// A note among colleagues.
    Note,
    /// A line between two days.
    Day,
    /// The line above what is new.
    New,
    /// Words that a search found.
    Hit,
}

/// A stretch of text in one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub role: Role,
    /// The text, on one line.
    pub text: SafeText,
}

/// One line of the page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageLine {
    /// Columns left free before the first piece.
    pub indent: u16,
    /// What stands in it.
    pub pieces: Vec<Piece>,
}

/// What a block of lines belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockOf {
    /// An entry.
    Entry {
        /// Which.
        id: EntryId,
        /// Its place among the entries; `u64::MAX` for an echo.
        position: Seq,
        /// Whether it is the customer's text.
        inbound: bool,
    },
    /// The beginning of a day.
    Day(Date),
    /// The beginning of what is new.
    New,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Block {
    of: BlockOf,
    start: usize,
    lines: Vec<PageLine>,
}

/// What a page is made from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The entries in order, echoes last.
    pub items: &'a [TimelineItem],
    /// How far the colleagues have read.
    pub read_by: &'a [ReadBy],
    /// Inbound entries beyond are new.
    pub new_after: Seq,
    /// Columns of the page.
    pub width: u16,
    /// Where the agent is.
    pub zone: &'a TimeZone,
    /// For "today".
    pub now: Timestamp,
    /// Whether an echo is on its way right now, or waits for the connection.
    pub reach: Reach,
    /// What can be done about a text.
    pub keys: &'a Keys,
    /// How what texts seem to say is shown.
    pub marks: Marks,
    /// The text that is looked at, and the words to mark in it.
    pub hit: Option<(EntryId, &'a [Needle])>,
}

/// The keys that the page names, as they are bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Sends a failed text again.
    pub resend: String,
    /// Takes a text back that waits.
    pub undo: String,
    /// The same, while one writes.
    pub take_back: String,
    /// Lists the texts that wait for their time.
    pub timed: String,
}

impl Keys {
    /// Those of a keymap.
    pub fn of(keymap: &Keymap) -> Self {
        Self {
            resend: keymap.teach(Context::Chat, Action::Resend),
            undo: keymap.teach(Context::Chat, Action::Undo),
            take_back: keymap.teach(Context::Composer, Action::TakeBack),
            timed: keymap.teach(Context::Chat, Action::ViewTimed),
        }
    }
}

/// Whether the relay can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// It can.
    Online,
    /// It cannot, at the moment.
    #[default]
    Offline,
}

/// A place on the page that holds when lines come or go before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    of: BlockOf,
    line: usize,
}

/// The page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    blocks: Vec<Block>,
    height: usize,
}

impl Transcript {
    /// Lays out a conversation.
    pub fn new(source: Source<'_>) -> Self {
        let mut page = Self::default();
        let mut last_day = None;
        let mut new_is_marked = false;
        for item in source.items {
            let entry = &item.entry;
            let date = time::date(entry.at, source.zone);
            // What waits for its time was not said on any day yet.
            if last_day != Some(date) && !entry.is_timed() {
                last_day = Some(date);
                page.push(BlockOf::Day(date), vec![entry::day_line(date, source)]);
            }
            let inbound =
                entry.entry_kind == EntryKind::Message && entry.direction == Direction::Inbound;
            if inbound && !new_is_marked && entry.position > source.new_after {
                new_is_marked = true;
                page.push(BlockOf::New, vec![entry::new_line(source.width)]);
            }
            let of = BlockOf::Entry {
                id: entry.id,
                position: entry.position,
                inbound,
            };
            let mut lines = entry::lines(item, source);
            lines.extend(seen::line(item, source));
            page.push(of, lines);
        }
        page
    }

    /// How many lines it has.
    pub const fn height(&self) -> usize {
        self.height
    }

    /// The lines from `start` on, at most `count`.
    pub fn lines(&self, start: usize, count: usize) -> impl Iterator<Item = &PageLine> {
        let first = self.blocks.partition_point(|block| block.end() <= start);
        let skip = self
            .blocks
            .get(first)
            .map_or(0, |block| start.saturating_sub(block.start));
        self.blocks[first..]
            .iter()
            .flat_map(|block| &block.lines)
            .skip(skip)
            .take(count)
    }

    /// The line that begins what is new.
    pub fn new_starts_at(&self) -> Option<usize> {
        self.blocks
            .iter()
            .find(|block| block.of == BlockOf::New)
            .map(|block| block.start)
    }

    /// What `line` belongs to.
    pub fn anchor(&self, line: usize) -> Option<Anchor> {
        let at = self.blocks.partition_point(|block| block.end() <= line);
        let block = self.blocks.get(at)?;
        Some(Anchor {
            of: block.of,
            line: line.saturating_sub(block.start),
        })
    }

    /// Where a place of a former page is now.
    pub fn find(&self, anchor: Anchor) -> Option<usize> {
        let same = |block: &&Block| match (block.of, anchor.of) {
            // An echo that became a record has another position.
            (BlockOf::Entry { id: a, .. }, BlockOf::Entry { id: b, .. }) => a == b,
            (a, b) => a == b,
        };
        let block = self.blocks.iter().find(same)?;
        Some(block.start + anchor.line.min(block.lines.len().saturating_sub(1)))
    }

    /// Where an entry begins.
    pub fn start_of(&self, entry: EntryId) -> Option<usize> {
        let is_it = |block: &&Block| matches!(block.of, BlockOf::Entry { id, .. } if id == entry);
        self.blocks.iter().find(is_it).map(|block| block.start)
    }

    /// The newest entry that lies wholly before line `end`.
    pub fn position_before(&self, end: usize) -> Option<Seq> {
        let whole = self.blocks.iter().filter(|block| block.end() <= end);
        whole.filter_map(Block::position).max()
    }

    /// How many of the customer's texts beyond `position` do not lie wholly before line `end`.
    pub fn inbound_beyond(&self, position: Seq, end: usize) -> usize {
        let hidden = self.blocks.iter().filter(|block| block.end() > end);
        hidden
            .filter(|block| {
                matches!(block.of, BlockOf::Entry { inbound: true, position: p, .. } if p > position)
            })
            .count()
    }

    fn push(&mut self, of: BlockOf, lines: Vec<PageLine>) {
        let start = self.height;
        self.height += lines.len();
        self.blocks.push(Block { of, start, lines });
    }
}

impl Block {
    fn end(&self) -> usize {
        self.start + self.lines.len()
    }

    /// Echoes have no place yet.
    fn position(&self) -> Option<Seq> {
        match self.of {
            BlockOf::Entry { position, .. } if position != Seq(u64::MAX) => Some(position),
            _ => None,
        }
    }
}
