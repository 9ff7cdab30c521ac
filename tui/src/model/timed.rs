//! Texts that go out later: what was understood of a time, what can be done to one that waits, and
//! the list of them.

use crate::model::when::{self, Unfit, read_exactly};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use smsdesk_common::api::messages::{Instead, MessagePatch};
use smsdesk_common::contact::Contact;
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, EntryId, RequestId};
use smsdesk_common::later;
use smsdesk_common::time::Timestamp;
use smsdesk_common::zone_of::{Basis, Whereabouts};

/// The most texts that the list holds: a team that times more works with a campaign tool.
pub const TIMED_MAX: u32 = 500;

/// When a text is to go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// The point in time.
    pub at: Timestamp,
    /// The zone in which it was thought of, where it has a name.
    pub zone: Option<String>,
    /// Whether a text of the customer that comes first cancels it.
    pub cancel_on_reply: bool,
}

/// What is done to a text that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimedDeed {
    /// Other words.
    Edit(String),
    /// Another time.
    Move {
        /// The point in time.
        at: Timestamp,
        /// The zone in which it was thought of.
        zone: Option<String>,
    },
    /// Whether a text of the customer cancels it.
    CancelOnReply(bool),
    /// Out now.
    SendNow,
    /// Not at all.
    Cancel,
    /// Not at all: its words are the draft, before what is the draft by now.
    TakeBack,
}

impl TimedDeed {
    /// What the relay is asked for.
    pub fn patch(&self, id: RequestId) -> MessagePatch {
        let mut patch = MessagePatch::new(id);
        match self.clone() {
            Self::Edit(body) => patch.body = Some(body),
            Self::Move { at, zone } => (patch.send_at, patch.zone) = (Some(at), zone),
            Self::CancelOnReply(to) => patch.cancel_on_reply = Some(to),
            Self::SendNow => patch.status = Some(Instead::Queued),
            Self::Cancel | Self::TakeBack => patch.status = Some(Instead::Canceled),
        }
        patch
    }

    /// What takes it back from a text that was like `before`; none where nothing does.
    pub fn opposite(&self, before: &Entry) -> Option<Self> {
        match self {
            Self::Edit(_) => Some(Self::Edit(before.body.clone())),
            Self::Move { .. } => Some(Self::Move {
                at: before.send_at?,
                zone: before.zone.clone(),
            }),
            Self::CancelOnReply(to) => Some(Self::CancelOnReply(!to)),
            Self::SendNow | Self::Cancel | Self::TakeBack => None,
        }
    }

    /// Whether a text is as this left it.
    pub fn stands(&self, text: &Entry) -> bool {
        match self {
            Self::Edit(body) => text.body == *body,
            Self::Move { at, .. } => text.send_at == Some(later::door(*at)),
            Self::CancelOnReply(to) => text.cancel_on_reply == *to,
            Self::SendNow | Self::Cancel | Self::TakeBack => false,
        }
    }

    /// What was done, in words.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Edit(_) => "Words of the timed text changed · z takes it back",
            Self::Move { .. } => "Timed text moved · z takes it back",
            Self::CancelOnReply(true) => "It goes only if they do not write first",
            Self::CancelOnReply(false) => "It goes even if they write first",
            Self::SendNow => "The timed text goes out now: that is not taken back",
            Self::Cancel => "Timed text canceled · z times it again",
            Self::TakeBack => "Taken back: it is the draft",
        }
    }
}

/// What taking the newest deed with a timed text back came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimedUndone {
    /// It is as it was.
    Restored,
    /// It waits no more: it has gone out, or somebody canceled it.
    Gone,
    /// Its time has passed, so that it is not timed again.
    Passed,
    /// Somebody else changed the same since.
    Changed,
}

/// A text that waits for its time, with whom it is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimedText {
    /// As it is shown: with what is on its way to the relay.
    pub entry: Entry,
    /// Whom it is for, in words; remote text.
    pub name: String,
    /// Whether the relay has not confirmed it, or a change of it.
    pub pending: bool,
    /// Whom it is for, as far as they are known.
    pub contact: Option<Box<Contact>>,
}

/// The list of timed texts, while it lies over the panes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimedList {
    texts: Vec<TimedText>,
    chosen: usize,
    loaded: bool,
    /// Chosen once it is loaded: the first one of this conversation.
    near: Option<ConversationId>,
}

impl TimedList {
    /// An empty list that begins with the texts of a conversation.
    pub fn near(conversation: Option<ConversationId>) -> Self {
        Self {
            near: conversation,
            ..Self::default()
        }
    }

    /// The texts in the order of their times.
    pub fn texts(&self) -> &[TimedText] {
        &self.texts
    }

    /// Whether the disk has answered.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The one that is chosen.
    pub fn chosen(&self) -> Option<&TimedText> {
        self.texts.get(self.chosen)
    }

    /// Which one that is.
    pub const fn chosen_at(&self) -> usize {
        self.chosen
    }

    /// Chooses another one, `by` further down.
    pub fn step(&mut self, by: isize) {
        let last = self.texts.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Takes what the disk says; what was chosen stays chosen.
    pub fn accept(&mut self, texts: Vec<TimedText>) {
        let chosen: Option<EntryId> = self.chosen().map(|text| text.entry.id);
        self.texts = texts;
        self.loaded = true;
        let near = self.near.take();
        let again = self.texts.iter().position(|text| {
            Some(text.entry.id) == chosen
                || (chosen.is_none() && near == Some(text.entry.conversation))
        });
        self.chosen = again.unwrap_or(self.chosen);
        self.step(0);
    }
}

/// What was understood of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// The point in time.
    pub at: Timestamp,
    /// The zone in which it was said, where it has a name.
    pub zone: Option<String>,
}

/// Reads a time in my zone, or in theirs where it ends so: `9 theirs`, `mon 8:30 their time`.
///
/// # Errors
/// Why it is none, in words.
pub fn understand(
    text: &str,
    now: Timestamp,
    mine: &TimeZone,
    theirs: Option<&TimeZone>,
) -> Result<Understood, &'static str> {
    let text = text.trim();
    let lower = text.to_lowercase();
    let suffixes = ["their time", "theirs"];
    let said = suffixes.iter().find_map(|it| lower.strip_suffix(it));
    let (said, zone) = match said {
        Some(said) => {
            let zone = theirs.ok_or("their time is not known: give it in yours")?;
            (said.trim(), zone)
        }
        None => (lower.as_str(), mine),
    };
    let at = read_exactly(said, now, zone).map_err(Unfit::words)?;
    let zone = zone.iana_name().map(str::to_owned);
    Ok(Understood { at, zone })
}

/// `Mon 24 Nov 08:30 your time, 07:30 theirs`; their day where it is another one. What their number
/// alone tells is said to be that.
pub fn told(
    at: Timestamp,
    now: Timestamp,
    mine: &TimeZone,
    theirs: Option<&Whereabouts>,
) -> String {
    let here = when::told_in_full(at, now, mine);
    let Some(theirs) = theirs else {
        return format!("{here} your time");
    };
    let (a, b) = (
        at.to_jiff().to_zoned(mine.clone()),
        at.to_jiff().to_zoned(theirs.zone.clone()),
    );
    let guess = match theirs.basis {
        Basis::Said => "",
        Basis::Number => " (by number)",
    };
    if a.datetime() == b.datetime() {
        return format!("{here} your time and theirs{guess}");
    }
    let form = if a.date() == b.date() {
        "%H:%M"
    } else {
        "%a %H:%M"
    };
    format!("{here} your time, {} theirs{guess}", b.strftime(form))
}

/// What stands below a timed text, and beside it in the list: `Mon 24 Nov 08:30 · unless they write`.
pub fn due(entry: &Entry, now: Timestamp, zone: &TimeZone) -> String {
    let at = entry.send_at.unwrap_or(entry.at);
    let when = when::told_in_full(at, now, zone);
    let unless = if entry.cancel_on_reply {
        " · unless they write"
    } else {
        ""
    };
    if entry.held_since.is_some() {
        return format!("held: missed {when}{unless}");
    }
    format!("{when}{unless}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(civil: &str, zone: &str) -> Timestamp {
        let civil: jiff::civil::DateTime = civil.parse().unwrap();
        let zoned = TimeZone::get(zone).unwrap().to_zoned(civil).unwrap();
        Timestamp::from_millis(zoned.timestamp().as_millisecond())
    }

    #[test]
    fn a_time_can_be_theirs_and_both_are_told() {
        let [mine, theirs] = ["America/New_York", "America/Chicago"];
        let (here, there) = (TimeZone::get(mine).unwrap(), TimeZone::get(theirs).unwrap());
        let now = at("2026-11-20T14:00", mine);
        let read = |text: &str| understand(text, now, &here, Some(&there)).unwrap();
        let yours = read("mon 8:30");
        assert_eq!(yours.at, at("2026-11-23T08:30", mine));
        assert_eq!(yours.zone.as_deref(), Some(mine));
        for text in [
            "mon 8:30 theirs",
            "Mon 8:30 their time",
            " mon 8:30  THEIRS ",
        ] {
            let found = read(text);
            assert_eq!(found.at, at("2026-11-23T08:30", theirs), "{text:?}");
            assert_eq!(found.zone.as_deref(), Some(theirs));
        }
        let where_they_are = |zone: &TimeZone, basis| Whereabouts {
            zone: zone.clone(),
            basis,
        };
        let said = where_they_are(&there, Basis::Said);
        let told = |text: &str| told(read(text).at, now, &here, Some(&said));
        assert_eq!(told("mon 8:30"), "Mon 23 Nov 08:30 your time, 07:30 theirs");
        assert_eq!(
            told("mon 0:30"),
            "Mon 23 Nov 00:30 your time, Sun 23:30 theirs"
        );
        let unknown = understand("9 theirs", now, &here, None);
        assert!(unknown.unwrap_err().contains("not known"));
        let alone = super::told(yours.at, now, &here, None);
        assert_eq!(alone, "Mon 23 Nov 08:30 your time");
        let same = where_they_are(&here, Basis::Said);
        let same = super::told(yours.at, now, &here, Some(&same));
        assert_eq!(same, "Mon 23 Nov 08:30 your time and theirs");
        let guess = where_they_are(&there, Basis::Number);
        let guess = super::told(yours.at, now, &here, Some(&guess));
        assert_eq!(
            guess,
            "Mon 23 Nov 08:30 your time, 07:30 theirs (by number)"
        );
    }
}
