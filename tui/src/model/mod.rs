//! What the screen shows, as plain data. No IO, no clock, no terminal.

pub mod absence;
pub mod aids;
pub mod attention;
pub mod audit;
pub mod batch;
pub mod broadcasts;
pub mod bulk;
pub mod chat;
pub mod coach;
pub mod composer;
pub mod connection;
pub mod contact;
pub mod details;
pub mod directory;
pub mod editor;
pub mod emoji;
pub mod first_run;
pub mod geometry;
pub mod habits;
pub mod hold;
pub mod insight;
pub mod job_edit;
pub mod lent;
pub mod list;
pub mod listing;
pub mod macros;
pub mod marks;
pub mod note;
pub mod numbers;
pub mod opt_out;
pub mod outbox;
pub mod overlay;
pub mod people;
pub mod presence;
pub mod price;
pub mod prompt;
pub mod question;
pub mod recent;
pub mod relay;
pub mod roster;
pub mod rules;
pub mod search;
pub mod sent;
pub mod settings;
pub mod sheet;
pub mod spelling;
pub mod split;
pub mod stats;
pub mod status;
pub mod template_edit;
pub mod templates;
pub mod timed;
pub mod timeline;
pub mod timers;
pub mod tools;
pub mod transcript;
pub mod triage;
pub mod undo;
pub mod when;

use crate::action::Action;
use crate::effect::Mouse;
use crate::input::context::Context;
use crate::input::key::Key;
use crate::input::keymap::Keymap;
use crate::model::absence::Absence;
use crate::model::aids::Aids;
use crate::model::attention::{Attention, Notify};
use crate::model::batch::Deed;
use crate::model::bulk::Unsure;
use crate::model::coach::Coach;
use crate::model::composer::{Composer, Composers};
use crate::model::connection::{Connection, History};
use crate::model::directory::Directory;
use crate::model::geometry::{ChatPane, ListWidth, Panes, Screen, WIDE_COLUMNS_MIN};
use crate::model::habits::Habits;
use crate::model::lent::Lent;
use crate::model::listing::SavedView;
use crate::model::marks::Marks;
use crate::model::note::Writing;
use crate::model::numbers::Numbers;
use crate::model::outbox::Outbox;
use crate::model::overlay::{Level, Notice, Notices, Overlay};
use crate::model::people::Search;
use crate::model::presence::Presence;
use crate::model::recent::Recent;
use crate::model::relay::Relay;
use crate::model::roster::Roster;
use crate::model::rules::Rules;
use crate::model::search::walk::{Aim, Walk};
use crate::model::sent::Sent;
use crate::model::spelling::Spelling;
use crate::model::stats::Board;
use crate::model::status::Watch;
use crate::model::templates::Templates;
use crate::model::timeline::{Setting, Timeline};
use crate::model::timers::Timers;
use crate::model::tools::Tools;
use crate::model::transcript::{Keys, Reach};
use jiff::tz::TimeZone;
use ratatui::layout::Size;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::phone::Region;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Which colours are used. They never carry a meaning of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colours {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// White on black, for tired or weak eyes; brings its own background.
    HighContrast,
    /// The sixteen that the terminal's own theme defines.
    Sixteen,
    /// None at all: `NO_COLOR` (<https://no-color.org>) or `--no-color`.
    None,
}

/// What the mouse holds while its button is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grip {
    /// Nothing that can be moved.
    #[default]
    Nothing,
    /// The edge between list and chat.
    Edge,
}

/// Settings that can be changed while the app runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Which colours are used.
    pub colours: Colours,
    /// Numbers of this country are shown in its own writing.
    pub home: Region,
    /// How to call for attention.
    pub notify: Notify,
    /// Whose the mouse is.
    pub mouse: Mouse,
    /// Keys, macros and views; none in recordings of older versions.
    #[serde(default)]
    pub tools: Option<Tools>,
    /// What helps with writing.
    pub aids: Aids,
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
    /// Which colours are used.
    pub colours: Colours,
    /// How to call for attention.
    pub notify: Notify,
    /// Whose the mouse is.
    pub mouse: Mouse,
    /// What helps with writing.
    pub aids: Aids,
    /// Who works here, where that is known without the relay.
    pub me: Option<Agent>,
    /// The views of one's own.
    pub saved: Arc<[SavedView]>,
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
    /// Every note that is being written.
    pub notes: Composers,
    /// What the composer writes while it has the keys.
    pub writing: Writing,
    /// What the agent's own editor has; none while the app has the terminal.
    pub lent: Option<Lent>,
    /// What the agent sent before.
    pub sent: Sent,
    /// Which words are misspelt.
    pub spelling: Spelling,
    /// The conversation that was open before this one.
    pub previous: Option<ConversationId>,
    /// The conversation that was changed last and stays selected although it may have left the view.
    pub staying: Option<ConversationId>,
    /// What is selected beside the one under the cursor.
    pub marks: Marks,
    /// Whether somebody is to be opted out, as it was asked.
    pub opting_out: Option<opt_out::Asked>,
    /// What was done last to conversations, so that a key does it again.
    pub last_deed: Option<Deed>,
    /// What lies over the panes, the topmost last.
    pub overlays: Vec<Overlay>,
    /// What was asked for by its name.
    pub recent: Recent,
    /// What the agent knows already.
    pub habits: Habits,
    /// Sentences to the agent.
    pub notices: Notices,
    /// What the whole desk has in common, as last read.
    pub directory: Directory,
    /// How numbers are written.
    pub numbers: Numbers,
    /// Who is looked for.
    pub people: Search,
    /// The conversation whose text is taken up as soon as it is selected.
    pub opening: Option<ConversationId>,
    /// The last conversation that turned out to have another id: from that, to that.
    pub rehomed: Option<(ConversationId, ConversationId)>,
    /// What is set at the relay.
    pub settings: settings::Shown,
    /// What is known of rules.
    pub rules: Rules,
    /// What is known of templates.
    pub templates: Templates,
    /// How the app stands with its relay.
    pub connection: Connection,
    /// The relay as it introduced itself.
    pub relay: Relay,
    /// How much of the history is missing.
    pub history: History,
    /// What waits to be sent.
    pub outbox: Outbox,
    /// How wide the list is.
    pub list_width: ListWidth,
    /// What the mouse holds.
    pub grip: Grip,
    /// What was told of what concerns me.
    pub attention: Attention,
    /// How many wait, as the window's title says; none before it was told.
    pub titled: Option<u32>,
    /// Whether somebody is here, and since when nobody was.
    pub absence: Absence,
    /// When the configuration was looked at last.
    pub config_seen: Timestamp,
    /// Who of the colleagues is where.
    pub presence: Presence,
    /// How many searches were asked for.
    pub searches: u64,
    /// The hits that are being gone through.
    pub walk: Option<Walk>,
    /// Where the chat goes once its conversation is selected.
    pub aim: Option<Aim>,
    /// Figures of the work, as last heard.
    pub board: Board,
    /// How app and relay fare.
    pub watch: Watch,
    /// The newest timers.
    pub timers: Timers,
    /// Conversations of people who were erased while the app ran: what is still on its way about them
    /// is no news.
    pub erased: BTreeSet<ConversationId>,
    /// Texts to many that may have begun, with their ids.
    pub unsure: Unsure,
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
            notes: Composers::default(),
            writing: Writing::default(),
            lent: None,
            sent: Sent::default(),
            spelling: Spelling::default(),
            previous: None,
            staying: None,
            marks: Marks::default(),
            opting_out: None,
            last_deed: None,
            overlays: Vec::new(),
            recent: Recent::default(),
            habits: Habits::default(),
            notices: Notices::default(),
            directory: Directory::default(),
            numbers: Numbers::default(),
            people: Search::default(),
            opening: None,
            rehomed: None,
            settings: settings::Shown::default(),
            rules: Rules::default(),
            templates: Templates::default(),
            connection: Connection::default(),
            relay: Relay::default(),
            history: History::default(),
            outbox: Outbox::default(),
            list_width: ListWidth::default(),
            grip: Grip::default(),
            attention: Attention::default(),
            titled: None,
            absence: Absence::default(),
            config_seen: now,
            presence: Presence::default(),
            searches: 0,
            walk: None,
            aim: None,
            board: Board::default(),
            watch: Watch::default(),
            timers: Timers::default(),
            erased: BTreeSet::new(),
            unsure: Unsure::default(),
        }
    }

    /// The same app with keys, macros and views of the agent's own.
    #[must_use]
    pub fn with_tools(mut self, tools: Tools) -> Self {
        self.keymap = tools.keymap;
        self.setup.saved = tools.saved.into();
        let level = Level::Problem;
        let told = tools.left_out.into_iter();
        told.for_each(|text| self.notices.push(Notice { level, text }));
        self
    }

    /// The keys, macros and views in force.
    pub fn tools(&self) -> Tools {
        Tools {
            keymap: self.keymap.clone(),
            saved: self.setup.saved.to_vec(),
            left_out: Vec::new(),
        }
    }

    /// Where the agent's hands are.
    pub fn context(&self) -> Context {
        let over = self.overlays.last().map(Overlay::context);
        over.unwrap_or_else(|| self.hands())
    }

    /// Where the hands are once nothing lies over the panes.
    pub const fn hands(&self) -> Context {
        match self.focus {
            Focus::List => Context::List,
            Focus::Chat => Context::Chat,
            Focus::Composer => match self.writing {
                Writing::Reply => Context::Composer,
                Writing::Note => Context::Note,
            },
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
        geometry::screen(
            size,
            panes,
            u16::from(self.setup.coach.is_some()),
            self.list_width,
        )
    }

    /// The parts of the chat pane. Where the pane is not shown, as they would be if it were alone.
    pub fn chat_pane(&self) -> ChatPane {
        let mut frame = self.screen().chat;
        if frame.is_empty() {
            frame = self.screen().list;
        }
        let columns = geometry::composer_columns(frame);
        let rows = self.written().map_or(1, |composer| {
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
            keys: Keys::of(&self.keymap),
            marks: self.setup.aids.insight,
        }
    }

    /// Whether the relay can be reached.
    pub const fn reach(&self) -> Reach {
        match self.connection {
            Connection::Live | Connection::CatchingUp { .. } => Reach::Online,
            _ => Reach::Offline,
        }
    }

    /// The key of `action` as a sentence names it to hands where they are now.
    pub fn key(&self, action: Action) -> String {
        self.keymap.teach(self.context(), action)
    }

    /// The text to the conversation that is shown.
    pub fn composer(&self) -> Option<&Composer> {
        self.composers.get(self.timeline.as_ref()?.conversation())
    }
}
