//! What tests of this crate are made of: a model with a small disk behind it, driven by keys.

mod build;
mod disk;
mod lists;
mod parts;
mod scene;
mod search;
mod settings;
pub(crate) mod templates;
mod timed;

pub(crate) use self::build::{Text, agent_ana, agent_bo, conversation_id, row};
pub(crate) use self::disk::Disk;
pub(crate) use self::scene::desk;
pub(crate) use crate::record::replay::text as screen_text;

use crate::effect::{Effect, Mouse, Outward, Timer};
use crate::event::{CacheEvent, Event, Input, LinkEvent};
use crate::input::key::{Code, Key, parse_sequence};
use crate::model::aids::Aids;
use crate::model::attention::Notify;
use crate::model::connection::Connection;
use crate::model::{Colours, Model, Setup};
use crate::update::{start, update};
use crate::view::view;
use jiff::tz::{TimeZone, offset};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::time::Timestamp;
use std::collections::VecDeque;

/// Friday, 20 November 2026, 14:00 where the agent is.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_201_200_000);

/// What a test sets up for.
pub(crate) fn setup(width: u16, height: u16) -> Setup {
    Setup {
        size: Size { width, height },
        zone: TimeZone::fixed(offset(-5)),
        home: "US".parse().ok(),
        colours: Colours::None,
        notify: Notify::OFF,
        mouse: Mouse::Off,
        aids: Aids::default(),
        me: Some(agent_ana()),
        saved: [].into(),
        coach: None,
    }
}

/// A model with a disk behind it.
pub(crate) struct Rig {
    pub(crate) model: Model,
    pub(crate) disk: Disk,
    pub(crate) now: Timestamp,
    /// Questions that the disk has not answered yet.
    pub(crate) asked: VecDeque<Effect>,
    /// Every effect so far, questions for rows left out.
    pub(crate) effects: Vec<Effect>,
    pub(crate) timers: Vec<Timer>,
    /// What the terminal was told besides frames.
    pub(crate) told: Vec<Outward>,
}

impl Rig {
    /// A started app on a screen of this size; the disk has answered.
    pub(crate) fn new(width: u16, height: u16, disk: Disk) -> Self {
        Self::with(setup(width, height), disk)
    }

    /// As [`Self::new`], set up in another way.
    pub(crate) fn with(setup: Setup, disk: Disk) -> Self {
        let mut rig = Self {
            model: Model::new(setup, NOW),
            disk,
            now: NOW,
            asked: VecDeque::new(),
            effects: Vec::new(),
            timers: Vec::new(),
            told: Vec::new(),
        };
        let effects = start(&mut rig.model);
        rig.note(effects);
        rig.answer_all();
        rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
        rig
    }

    /// One event; the disk does not answer yet.
    pub(crate) fn tell_only(&mut self, event: Event) {
        let effects = update(&mut self.model, event, self.now);
        self.note(effects);
    }

    /// One event, and all that the disk has to say about what it leads to.
    pub(crate) fn tell(&mut self, event: Event) {
        self.tell_only(event);
        self.answer_all();
    }

    /// Keys as the keymap writes them: `j j enter`.
    pub(crate) fn press(&mut self, keys: &str) -> &mut Self {
        for key in parse_sequence(keys).expect("keys") {
            self.tell(Event::Input(Input::Key(key)));
        }
        self
    }

    /// A text, key by key.
    pub(crate) fn write(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.tell(Event::Input(Input::Key(Key::plain(Code::Char(c)))));
        }
        self
    }

    /// Records changed behind the app's back.
    pub(crate) fn applied(&mut self, conversations: &[ConversationId]) {
        self.tell(Event::Cache(CacheEvent::Applied {
            conversations: conversations.to_vec(),
            everything: false,
        }));
    }

    /// The disk answers its oldest question. False if there is none.
    pub(crate) fn answer(&mut self) -> bool {
        let Some(effect) = self.asked.pop_front() else {
            return false;
        };
        if let Some(news) = self.disk.perform(effect) {
            self.tell_only(Event::Cache(news));
        }
        true
    }

    /// The disk answers everything, also what the answers lead to.
    pub(crate) fn answer_all(&mut self) {
        let mut left = 1_000;
        while self.answer() {
            left -= 1;
            assert!(left > 0, "the app never stops asking");
        }
    }

    /// Which conversation is selected, by its number.
    pub(crate) fn selected(&self) -> Option<ConversationId> {
        self.model.roster.selected()
    }

    /// The screen as text, and where the cursor is.
    pub(crate) fn draw(&self) -> (Buffer, Option<Position>) {
        let size = self.model.setup.size;
        let area = Rect::new(0, 0, size.width, size.height);
        let mut buffer = Buffer::empty(area);
        let cursor = view(&self.model, area, &mut buffer);
        (buffer, cursor)
    }

    /// The screen as text, with `▏` where the cursor stands on a blank.
    pub(crate) fn screen(&self) -> String {
        let (buffer, cursor) = self.draw();
        screen_text(&buffer, cursor)
    }

    fn note(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::LoadList(_)
                | Effect::LoadChat(_)
                | Effect::LoadTimed
                | Effect::Search(_)
                | Effect::LoadTemplates
                | Effect::LoadTemplate(_)
                | Effect::LoadRules
                | Effect::LoadDirectory => {
                    self.asked.push_back(effect);
                }
                Effect::StartTimer { timer, .. } => {
                    self.timers.push(timer);
                    self.effects.push(effect);
                }
                Effect::Submit { .. }
                | Effect::SubmitLater { .. }
                | Effect::ChangeTimed { .. }
                | Effect::SubmitParts { .. }
                | Effect::LoadSent
                | Effect::SaveDraft { .. }
                | Effect::KeepOrigin { .. }
                | Effect::Settings(_)
                | Effect::WriteTemplate(_)
                | Effect::WriteRules(_)
                | Effect::KeepRules(_)
                | Effect::WriteJob(_)
                | Effect::WriteNote { .. }
                | Effect::SaveNoteDraft { .. }
                | Effect::WithdrawNote { .. }
                | Effect::Withdraw { .. }
                | Effect::Triage { .. }
                | Effect::MarkUnread { .. }
                | Effect::Turn(_)
                | Effect::TakeBack(_)
                | Effect::MarkRead { .. } => {
                    self.effects.push(effect.clone());
                    self.asked.push_back(effect);
                }
                // Nobody changes it unless a test says so.
                Effect::LookAtConfig | Effect::LastSeen | Effect::NoteSeen(_) => {}
                Effect::LookBack(_) => self.effects.push(effect),
                Effect::Tell(outward) => self.told.push(outward),
                Effect::Hook { .. }
                | Effect::FindPeople { .. }
                | Effect::Begin { .. }
                | Effect::Contact(_)
                | Effect::LoadBroadcasts
                | Effect::ChangeBroadcast { .. }
                | Effect::Bulk(_)
                | Effect::ForgetContact { .. }
                | Effect::AskFigures(_)
                | Effect::AskAudit(_)
                | Effect::AskStatus
                | Effect::LookHere
                | Effect::Doing { .. }
                | Effect::Redraw
                | Effect::Suspend
                | Effect::Edit { .. }
                | Effect::Spell { .. }
                | Effect::TakeAgain
                | Effect::Quit => {
                    self.effects.push(effect);
                }
            }
        }
    }
}
