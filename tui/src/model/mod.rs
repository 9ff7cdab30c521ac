//! What the screen shows, as plain data. No IO, no clock, no terminal.

pub mod batch;
pub mod chat;
pub mod coach;
pub mod composer;
pub mod connection;
pub mod editor;
pub mod first_run;
pub mod geometry;
pub mod hold;
pub mod list;
pub mod macros;
pub mod marks;
pub mod overlay;
pub mod roster;
pub mod timeline;
pub mod transcript;
pub mod triage;
pub mod undo;

use crate::effect::{Effect, Timer, TimerKind};
use crate::input::context::Context;
use crate::input::key::Key;
use crate::input::keymap::Keymap;
use crate::model::batch::Deed;
use crate::model::coach::Coach;
use crate::model::composer::{Composer, Composers};
use crate::model::connection::{Connection, History};
use crate::model::geometry::{ChatPane, Panes, Screen, WIDE_COLUMNS_MIN};
use crate::model::marks::Marks;
use crate::model::overlay::{Notices, Overlay};
use crate::model::roster::Roster;
use crate::model::timeline::{Setting, Timeline};
use crate::model::transcript::Reach;
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::phone::Region;
use smsdesk_common::time::Timestamp;

/// Where the keys go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// To the list.
    #[default]
    List,
    /// To the chat.
    Chat,
    /// Into the composer.
    Composer,
}

/// Whether colours may be used. They never carry a meaning of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colours {
    /// For a dark background.
    #[default]
    Dark,
    /// None at all: `NO_COLOR` (<https://no-color.org>) or `--no-color`.
    None,
}

/// Requests of mine that the relay has not settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// On their way.
    pub waiting: u32,
    /// Refused; want a decision.
    pub refused: u32,
}

/// What the app must be told before it can show anything.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The terminal's size.
    pub size: Size,
    /// Where the agent is.
    pub zone: TimeZone,
    /// Numbers of this country are shown in its own writing.
    pub home: Option<Region>,
    /// Whether colours may be used.
    pub colours: Colours,
    /// Who works here, where that is known without the relay.
    pub me: Option<Agent>,
    /// Set in practice: says what to try next.
    pub coach: Option<Coach>,
}

/// Everything that the screen shows.
#[derive(Debug)]
pub struct Model {
    /// What it was set up with.
    pub setup: Setup,
    /// The time of the last event.
    pub now: Timestamp,
    /// Which key means what.
    pub keymap: Keymap,
    /// Keys of a sequence that is not complete.
    pub prefix: Vec<Key>,
    /// How often, or to how many, the next action is done: the digits that were typed before it.
    pub count: Option<usize>,
    /// Where the keys go.
    pub focus: Focus,
    /// The list.
    pub roster: Roster,
    /// The chat; none while no conversation is selected.
    pub timeline: Option<Timeline>,
    /// What is being written.
    pub composers: Composers,
    /// The conversation that was open before this one.
    pub previous: Option<ConversationId>,
    /// The conversation that was changed last and stays selected although it may have left the view.
    pub staying: Option<ConversationId>,
    /// What is selected beside the one under the cursor.
    pub marks: Marks,
    /// What was done last to conversations, so that a key does it again.
    pub last_deed: Option<Deed>,
    /// What lies over the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// Sentences to the agent.
    pub notices: Notices,
    /// How the app stands with its relay.
    pub connection: Connection,
    /// How much of the history is missing.
    pub history: History,
    /// What waits to be sent.
    pub outbox: Outbox,
    /// The newest timers.
    pub timers: Timers,
}

/// The newest generation of each timer, and what it is set to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timers {
    generation: u64,
    running: [Option<u64>; 3],
    /// When the clock timer that runs will ring.
    pub clock_at: Option<Timestamp>,
}

impl Timers {
    /// Starts a timer; an older one of its kind counts no more.
    pub fn start(&mut self, kind: TimerKind, after_ms: u32) -> Effect {
        self.generation += 1;
        *self.slot(kind) = Some(self.generation);
        Effect::StartTimer {
            timer: Timer {
                kind,
                generation: self.generation,
            },
            after_ms,
        }
    }

    /// Whether one of this kind runs.
    pub fn is_running(&mut self, kind: TimerKind) -> bool {
        self.slot(kind).is_some()
    }

    /// Takes a timer that ran out. False for a stale one.
    pub fn ran_out(&mut self, timer: Timer) -> bool {
        let current = *self.slot(timer.kind) == Some(timer.generation);
        if current {
            *self.slot(timer.kind) = None;
        }
        current
    }

    const fn slot(&mut self, kind: TimerKind) -> &mut Option<u64> {
        &mut self.running[match kind {
            TimerKind::Clock => 0,
            TimerKind::Drafts => 1,
            TimerKind::Notice => 2,
        }]
    }
}

impl Model {
    /// An app that has not asked its disk yet.
    pub fn new(setup: Setup, now: Timestamp) -> Self {
        Self {
            setup,
            now,
            keymap: Keymap::default(),
            prefix: Vec::new(),
            count: None,
            focus: Focus::List,
            roster: Roster::default(),
            timeline: None,
            composers: Composers::default(),
            previous: None,
            staying: None,
            marks: Marks::default(),
            last_deed: None,
            overlays: Vec::new(),
            notices: Notices::default(),
            connection: Connection::default(),
            history: History::default(),
            outbox: Outbox::default(),
            timers: Timers::default(),
        }
    }

    /// Where the agent's hands are.
    pub fn context(&self) -> Context {
        match (self.overlays.last(), self.focus) {
            (Some(Overlay::Help { .. }), _) => Context::Help,
            (Some(Overlay::ConfirmQuit), _) => Context::ConfirmQuit,
            (Some(Overlay::ConfirmResend { .. }), _) => Context::ConfirmResend,
            (None, Focus::List) => Context::List,
            (None, Focus::Chat) => Context::Chat,
            (None, Focus::Composer) => Context::Composer,
        }
    }

    /// The parts of the screen.
    pub fn screen(&self) -> Screen {
        let size = self.setup.size;
        let panes = match self.focus {
            _ if size.width >= WIDE_COLUMNS_MIN => Panes::Both,
            Focus::List => Panes::List,
            Focus::Chat | Focus::Composer => Panes::Chat,
        };
        geometry::screen(size, panes, u16::from(self.setup.coach.is_some()))
    }

    /// The parts of the chat pane. Where the pane is not shown, as they would be if it were alone.
    pub fn chat_pane(&self) -> ChatPane {
        let mut frame = self.screen().chat;
        if frame.is_empty() {
            frame = self.screen().list;
        }
        let columns = geometry::composer_columns(frame);
        let rows = self.composer().map_or(1, |composer| {
            editor::rows(composer.editor().text(), columns).len()
        });
        geometry::chat_pane(frame, rows)
    }

    /// How many conversations the list shows at once. Where it is not shown, as if it were alone.
    pub fn list_rows(&self) -> usize {
        let screen = self.screen();
        geometry::list_rows(if screen.list.is_empty() {
            screen.chat
        } else {
            screen.list
        })
    }

    /// What the chat's page depends on beside its entries.
    pub fn setting(&self) -> Setting {
        let page = self.chat_pane().transcript;
        Setting {
            width: page.width,
            height: page.height,
            zone: self.setup.zone.clone(),
            now: self.now,
            reach: self.reach(),
        }
    }

    /// Whether the relay can be reached.
    pub const fn reach(&self) -> Reach {
        match self.connection {
            Connection::Live | Connection::CatchingUp { .. } => Reach::Online,
            Connection::Offline | Connection::Connecting | Connection::SignedOut { .. } => {
                Reach::Offline
            }
        }
    }

    /// The text to the conversation that is shown.
    pub fn composer(&self) -> Option<&Composer> {
        self.composers.get(self.timeline.as_ref()?.conversation())
    }
}
