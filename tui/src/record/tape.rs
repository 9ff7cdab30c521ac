//! What a recording looks like.

use crate::effect::Mouse;
use crate::model::Model;
use crate::model::tools::Tools;
use jiff::tz::{Offset, TimeZone};
use ratatui::layout::Size;
use serde::{Deserialize, Serialize};
use smsdesk_common::agent::Agent;
use smsdesk_common::phone::Region;
use smsdesk_common::time::Timestamp;

/// The version of the shape. Rises where an older reader would go wrong.
pub const FORMAT: u32 = 1;

/// Whether the words are in the recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Words {
    /// As they were.
    Kept,
    /// Letter by letter by another of its kind.
    Masked,
}

/// The first line: what the app was started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub smsdesk_recording: u32,
    /// Which version of the app wrote it.
    pub version: String,
    /// Whether the words are in it.
    pub words: Words,
    /// When it began.
    pub at: Timestamp,
    /// Columns of the terminal.
    pub width: u16,
    /// Rows of the terminal.
    pub height: u16,
    /// Where the agent was, by its name in the time zone database.
    pub zone: Option<String>,
    /// Seconds east of UTC when it began.
    pub offset_s: i32,
    /// Whose numbers are shown in national writing.
    pub home: Option<Region>,
    /// Who worked there.
    pub me: Option<Agent>,
    /// Whether it was the practice desk.
    pub practice: bool,
    /// Whose the mouse was.
    pub mouse: Mouse,
    /// Keys, macros and views; none in recordings of older versions.
    #[serde(default)]
    pub tools: Option<Tools>,
}

impl Header {
    /// For a session that begins with `model`.
    pub fn of(model: &Model, words: Words) -> Self {
        let setup = &model.setup;
        let mut me = setup.me.clone();
        if let (Words::Masked, Some(me)) = (words, &mut me) {
            me.name = super::mask::words(&me.name);
        }
        Self {
            smsdesk_recording: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            words,
            at: model.now,
            width: setup.size.width,
            height: setup.size.height,
            zone: setup.zone.iana_name().map(str::to_owned),
            offset_s: setup.zone.to_offset(model.now.to_jiff()).seconds(),
            home: setup.home,
            me,
            practice: setup.coach.is_some(),
            mouse: setup.mouse,
            tools: Some(tools(model, words)),
        }
    }

    /// The terminal's size.
    pub const fn size(&self) -> Size {
        Size {
            width: self.width,
            height: self.height,
        }
    }

    /// Where the agent was; where that place is not known here, at least the right time of day.
    pub fn time_zone(&self) -> TimeZone {
        let named = self
            .zone
            .as_deref()
            .and_then(|name| TimeZone::get(name).ok());
        let fixed = || Offset::from_seconds(self.offset_s).map_or(TimeZone::UTC, TimeZone::fixed);
        named.unwrap_or_else(fixed)
    }
}

/// What the app was the agent's own with, and what it told of that as it started.
fn tools(model: &Model, words: Words) -> Tools {
    let told = model.notices.iter().map(|notice| notice.text.clone());
    let tools = Tools {
        left_out: told.collect(),
        ..model.tools()
    };
    match words {
        Words::Kept => tools,
        Words::Masked => super::mask::tools(tools),
    }
}

/// Each line behind the first: an event, as [`crate::event::Event`] is in JSON, and its time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line<E> {
    /// When.
    pub at: Timestamp,
    /// What.
    pub event: E,
}
