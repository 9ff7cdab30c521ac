//! The chat pane's state: which conversation, how much of it is loaded, where it is scrolled to.

mod details;
mod questions;
mod sight;

use self::sight::Held;
use crate::model::chat::{ChatQuery, ChatSlice, Local, ReadBy, TimelineItem};
use crate::model::hold::goes_in;
use crate::model::insight::Marks;
use crate::model::list::ListRow;
use crate::model::search::walk::Sight;
use crate::model::transcript::{Keys, Reach, Source, Transcript};
use jiff::tz::TimeZone;
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::{ConversationId, EntryId, Seq};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;

/// How many entries are read at once: several screens, laid out within a millisecond.
pub const PAGE_ENTRIES: u32 = 200;

/// How many entries stay loaded while the newest are shown; older ones are read again on the way up.
const KEPT_ENTRIES_MAX: usize = 600;

/// How near the top of what is loaded a scroll may come before more is read, in lines.
const EDGE_LINES: usize = 40;

/// Whether the agent has opened the conversation or only passes over it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stance {
    /// It is on the screen because it is selected: nothing counts as read.
    #[default]
    Glance,
    /// It was opened: what is shown counts as read at the agent's next act.
    Reading,
}

/// Where the page is scrolled to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scroll {
    /// The newest line is the lowest one, also when more arrive.
    #[default]
    Bottom,
    /// This line is the topmost one.
    Top(usize),
}

/// How the page is laid out: what it depends on beside the entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Columns of the page.
    pub width: u16,
    /// Lines on the screen.
    pub height: u16,
    /// Where the agent is.
    pub zone: TimeZone,
    /// For "today".
    pub now: Timestamp,
    /// For echoes.
    pub reach: Reach,
    /// What can be done about a text.
    pub keys: Keys,
    /// How what texts seem to say is shown.
    pub marks: Marks,
}

/// How far the agent has read, as it should be noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadUpTo {
    /// The newest entry that was shown.
    pub position: Seq,
    /// How many inbound texts that makes.
    pub inbound_read: u32,
}

/// The chat pane's state.
#[derive(Clone, Debug)]
pub struct Timeline {
    conversation: ConversationId,
    row: Option<ListRow>,
    contact: Option<Box<Contact>>,
    items: Vec<TimelineItem>,
    read_by: Vec<ReadBy>,
    loaded: bool,
    has_older: bool,
    stance: Stance,
    scroll: Scroll,
    /// Inbound entries beyond are marked as new, until the conversation is left or answered.
    new_after: Seq,
    /// Up to where I have read, or have asked for it to be noted.
    read: Seq,
    /// The newest entry that stood on the screen.
    shown: Seq,
    /// An act of the agent waits for the entries that it is about.
    act_waits: bool,
    /// The text that was searched for, which stays in sight until the agent scrolls.
    sight: Option<Sight>,
    /// Whether it is kept in sight.
    held_in_sight: Held,
    page: Transcript,
    /// What the page was laid out for.
    fits: Option<Setting>,
    asked: Option<ChatQuery>,
    due: Due,
}

/// What the disk must be asked once it has answered.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    /// What is loaded, anew.
    refresh: bool,
    /// What came before.
    older: bool,
}

impl Timeline {
    /// A conversation that is about to be shown, with what the list knows of it.
    pub fn new(conversation: ConversationId, row: Option<ListRow>) -> Self {
        Self {
            conversation,
            row,
            contact: None,
            items: Vec::new(),
            read_by: Vec::new(),
            loaded: false,
            has_older: false,
            stance: Stance::Glance,
            scroll: Scroll::Bottom,
            new_after: Seq(u64::MAX),
            read: Seq::ZERO,
            shown: Seq::ZERO,
            act_waits: false,
            sight: None,
            held_in_sight: Held::No,
            page: Transcript::default(),
            fits: None,
            asked: None,
            due: Due {
                refresh: true,
                older: false,
            },
        }
    }

    /// Which conversation.
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// The conversation as the list knows it.
    pub const fn row(&self) -> Option<&ListRow> {
        self.row.as_ref()
    }

    /// Whoever it is with, once the disk has told.
    pub fn contact(&self) -> Option<&Contact> {
        self.contact.as_deref()
    }

    /// Whether its entries have been read from the disk.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether the agent opened it.
    pub const fn stance(&self) -> Stance {
        self.stance
    }

    /// Where it is scrolled to.
    pub const fn scroll(&self) -> Scroll {
        self.scroll
    }

    /// The entries as lines.
    pub const fn page(&self) -> &Transcript {
        &self.page
    }

    /// The entries that are loaded.
    pub fn items(&self) -> &[TimelineItem] {
        &self.items
    }

    /// The newest entry that the agent can have seen: what a reply answers.
    pub fn newest(&self) -> Seq {
        self.records()
            .map(|item| item.entry.position)
            .max()
            .unwrap_or(Seq::ZERO)
    }

    /// The newest entry that stood on the screen.
    pub const fn shown(&self) -> Seq {
        self.shown
    }

    /// The newest text that was refused, did not arrive, or may not have.
    pub fn failed(&self) -> Option<&TimelineItem> {
        self.items.iter().rev().find(|item| match &item.local {
            Some(local) => matches!(local, Local::Refused(_)),
            None => {
                item.entry.direction == Direction::Outbound
                    && item.entry.status.is_some_and(|status| {
                        status.is_failure() || status == DeliveryStatus::Unconfirmed
                    })
            }
        })
    }

    /// What a copy takes where `height` lines are shown: the customer's newest text on the screen or
    /// above it; ours where they wrote none.
    pub fn text_to_copy(&self, height: usize) -> Option<&TimelineItem> {
        let end = self.first_line(height) + height;
        let shown = self.page.position_before(end)?;
        let texts = || {
            self.records().filter(|item| {
                let entry = &item.entry;
                entry.entry_kind == EntryKind::Message
                    && entry.position <= shown
                    && !entry.body.trim().is_empty()
            })
        };
        let theirs = texts().filter(|item| item.entry.direction == Direction::Inbound);
        theirs.last().or_else(|| texts().last())
    }

    /// The topmost line where `height` lines are shown.
    pub fn first_line(&self, height: usize) -> usize {
        let bottom = self.page.height().saturating_sub(height);
        match self.scroll {
            Scroll::Bottom => bottom,
            Scroll::Top(line) => line.min(bottom),
        }
    }

    /// How many new texts wait below what is shown.
    pub fn new_below(&self, height: usize) -> usize {
        self.page
            .inbound_beyond(self.shown, self.first_line(height) + height)
    }

    /// The agent opened it.
    pub fn open(&mut self) {
        self.stance = Stance::Reading;
    }

    /// The agent answered: nothing is new any more, and the newest line is shown.
    pub fn answer(&mut self, setting: &Setting) {
        self.open();
        self.held_in_sight = Held::No;
        self.scroll = Scroll::Bottom;
        self.new_after = Seq(u64::MAX);
        self.lay_out(setting);
    }

    /// The agent leaves it as it is: nothing counts as read until it is opened again.
    pub const fn glance(&mut self) {
        self.stance = Stance::Glance;
        self.act_waits = false;
    }

    /// What came after `read` counts as new again.
    pub fn unread_after(&mut self, read: Seq, setting: &Setting) {
        self.read = read;
        self.new_after = read;
        self.lay_out(setting);
    }

    /// Scrolls by `lines`, down where positive.
    pub fn scroll_by(&mut self, lines: isize, setting: &Setting) {
        self.held_in_sight = Held::No;
        let height = usize::from(setting.height);
        let bottom = self.page.height().saturating_sub(height);
        let line = self.first_line(height).saturating_add_signed(lines);
        self.scroll = if line >= bottom {
            Scroll::Bottom
        } else {
            Scroll::Top(line)
        };
        self.want_older(height);
    }

    /// Scrolls to the oldest line that is loaded.
    pub fn scroll_to_top(&mut self, setting: &Setting) {
        self.scroll_by(isize::MIN, setting);
    }

    /// Scrolls to the newest line and follows it.
    pub const fn scroll_to_bottom(&mut self) {
        self.scroll = Scroll::Bottom;
    }

    /// Something changed: the entries must be read anew.
    pub const fn refresh(&mut self) {
        self.due.refresh = true;
    }

    fn records(&self) -> impl Iterator<Item = &TimelineItem> {
        self.items.iter().filter(|item| item.local.is_none())
    }

    /// The disk could not answer.
    pub fn fail(&mut self) {
        self.asked = None;
    }

    /// Takes the disk's answer. False where it belongs to another question and is of no use.
    pub fn accept(&mut self, slice: ChatSlice, setting: &Setting) -> bool {
        if self.asked != Some(slice.query) {
            return false;
        }
        self.asked = None;
        let first_time = !self.loaded;
        self.loaded = true;
        match slice.query {
            ChatQuery::Before { .. } => {
                let newer = std::mem::replace(&mut self.items, slice.items);
                self.items.extend(newer);
                self.has_older = slice.has_older;
            }
            ChatQuery::Latest { .. } | ChatQuery::From { .. } => {
                self.items = slice.items;
                self.has_older = slice.has_older;
                self.row = Some(slice.row);
            }
            // It stands beside what was searched for, never here.
            ChatQuery::Around { .. } => {}
        }
        self.read_by = slice.read_by;
        self.contact = slice.contact;
        self.read = self.read.max(slice.read_position);
        if first_time {
            self.new_after = slice.read_position;
            self.shown = slice.read_position;
        }
        self.lay_out(setting);
        if first_time && self.sight.is_none() {
            self.start_at_new(usize::from(setting.height));
        }
        self.want_older(usize::from(setting.height));
        true
    }

    /// Lays the entries out anew if the page does not fit any more.
    pub fn fit(&mut self, setting: &Setting) {
        let same = |fits: &Setting| {
            let day = |setting: &Setting| setting.zone.to_datetime(setting.now.to_jiff()).date();
            (fits.width, fits.height, fits.reach) == (setting.width, setting.height, setting.reach)
                && day(fits) == day(setting)
                && self.countdown(fits.now).eq(self.countdown(setting.now))
        };
        if !self.fits.as_ref().is_some_and(same) {
            self.lay_out(setting);
        }
    }

    /// The seconds that are left for each text that is held, and in how many milliseconds they
    /// change.
    pub fn held(&self, now: Timestamp) -> impl Iterator<Item = (i64, i64)> {
        self.items
            .iter()
            .rev()
            .filter_map(move |item| match item.local {
                Some(Local::Held { until }) => goes_in(until, now),
                _ => None,
            })
    }

    fn countdown(&self, now: Timestamp) -> impl Iterator<Item = i64> {
        self.held(now).map(|(seconds, _)| seconds)
    }

    /// Lays the entries out anew; what stands on the topmost line stays there.
    pub fn lay_out(&mut self, setting: &Setting) {
        self.fits = Some(setting.clone());
        let anchor = match self.scroll {
            Scroll::Top(line) => self.page.anchor(line),
            Scroll::Bottom => None,
        };
        self.page = Transcript::new(Source {
            items: &self.items,
            read_by: &self.read_by,
            new_after: self.new_after,
            width: setting.width,
            zone: &setting.zone,
            now: setting.now,
            reach: setting.reach,
            keys: &setting.keys,
            marks: setting.marks,
            hit: self
                .sight
                .as_ref()
                .map(|it| (it.hit.entry, &it.needles[..])),
        });
        if let Some(line) = anchor.and_then(|anchor| self.page.find(anchor)) {
            self.scroll = Scroll::Top(line);
        }
        self.keep_in_sight(setting);
        let bottom = self
            .page
            .height()
            .saturating_sub(usize::from(setting.height));
        if matches!(self.scroll, Scroll::Top(line) if line >= bottom) {
            self.scroll = Scroll::Bottom;
        }
    }

    /// Notes what stands on the screen now.
    pub fn note_shown(&mut self, height: usize) {
        let end = self.first_line(height) + height;
        self.shown = self
            .shown
            .max(self.page.position_before(end).unwrap_or(Seq::ZERO));
    }

    /// The agent did something here. What is to be noted as read, if that is more than before.
    pub fn act(&mut self, height: usize) -> Option<ReadUpTo> {
        if self.stance == Stance::Glance {
            return None;
        }
        self.act_waits = !self.loaded;
        let end = self.first_line(height) + height;
        let position = self.page.position_before(end)?;
        if !self.loaded || position <= self.read {
            return None;
        }
        let was_read = self.read;
        self.read = position;
        let unread = self.items.iter().filter(|item| {
            let entry = &item.entry;
            entry.entry_kind == EntryKind::Message && entry.direction == Direction::Inbound
        });
        let (before, beyond) =
            unread.fold((0, 0), |(before, beyond), item| match item.entry.position {
                at if at > position => (before, beyond + 1),
                at if at > was_read => (before + 1, beyond),
                _ => (before, beyond),
            });
        let total = self
            .row
            .as_ref()
            .map_or(0, |row| row.conversation.inbound_total);
        (before > 0).then(|| ReadUpTo {
            position,
            inbound_read: total.saturating_sub(beyond),
        })
    }

    /// Whether an act still waits for its entries; asking settles it.
    pub fn take_waiting_act(&mut self) -> bool {
        self.loaded && std::mem::take(&mut self.act_waits)
    }

    /// Which echo or text carries this id.
    pub fn item(&self, entry: EntryId) -> Option<&TimelineItem> {
        self.items.iter().find(|item| item.entry.id == entry)
    }

    /// More new lines than fit: begin with the first of them.
    fn start_at_new(&mut self, height: usize) {
        let bottom = self.page.height().saturating_sub(height);
        if let Some(line) = self.page.new_starts_at().filter(|line| *line < bottom) {
            self.scroll = Scroll::Top(line);
        }
    }

    fn want_older(&mut self, height: usize) {
        let near_top = self.first_line(height) < EDGE_LINES;
        self.due.older = self.has_older && near_top;
    }
}
