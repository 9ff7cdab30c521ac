//! Whether a text may be answered by itself: the limits of a conversation, and the end of loops
//! between two machines.

use smsdesk_common::entry::{Author, Cause, Direction, Entry, EntryKind};
use smsdesk_common::phone::{Address, AddressKind};
use smsdesk_common::rule::Said;
use smsdesk_common::time::Timestamp;

/// The most replies by itself in [`REPLIES_WINDOW_MS`]: who gets more talks to a machine, or is one.
pub const REPLIES_MAX: usize = 3;
/// The time in which they are counted, in milliseconds.
pub const REPLIES_WINDOW_MS: i64 = 10 * 60_000;
/// How many times the same words may come in [`REPLIES_WINDOW_MS`] and still be answered: somebody
/// asks again, a machine asks on and on.
pub const SAME_WORDS_MAX: usize = 2;
/// How late a text may be found and still be answered by itself, in milliseconds: an answer to what
/// was written an hour ago surprises.
pub const LATE_MS: i64 = 10 * 60_000;
/// How many of a conversation's newest entries are looked at.
pub const HISTORY_MAX: u32 = 100;
/// The longest time for which an absence is one, in milliseconds: after a week people may be told
/// again.
const ABSENCE_MS_MAX: i64 = 7 * 86_400_000;
/// The step in which business hours are looked for in an absence, in milliseconds: the finest that
/// hours are set in.
const MINUTE_MS: i64 = 60_000;
/// Twilio: too many texts between two numbers in a short time (error 14107).
pub const LOOP_CODE: u32 = 14_107;

/// Why a text is not answered by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Whoever wrote is a machine, or one of us.
    Machine,
    /// It was found late.
    Late,
    /// Twilio has stopped a loop, and nobody has looked since.
    Looped,
    /// There were enough replies for now.
    TooMany,
    /// The same words came again and again.
    SameWords,
}

impl Hold {
    /// Why somebody should look, for the flag; none where nobody needs to.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Machine => None,
            Self::Late => Some("came late, so no automatic reply was sent"),
            Self::Looped => Some(LOOPED),
            Self::TooMany => Some("automatic replies stopped: 3 in 10 minutes"),
            Self::SameWords => Some("automatic replies stopped: the same text again and again"),
        }
    }
}

/// Why a conversation wants attention in which Twilio has stopped a loop.
pub const LOOPED: &str = "automatic replies are paused: two machines seem to talk (error 14107)";

/// Whether a reply may go by itself. `history` has the newest entries of the conversation, newest
/// first, the text itself included; `ours` tells which addresses are lines of ours.
///
/// # Errors
/// Why it may not.
pub fn may_reply(
    text: &Entry,
    history: &[Entry],
    from: &Address,
    ours: impl Fn(&Address) -> bool,
    now: Timestamp,
) -> Result<(), Hold> {
    if from.kind() != AddressKind::Number || ours(from) {
        return Err(Hold::Machine);
    }
    if now.millis_since(text.at) > LATE_MS {
        return Err(Hold::Late);
    }
    if is_paused(history) {
        return Err(Hold::Looped);
    }
    let lately = || {
        let messages = history
            .iter()
            .filter(|entry| entry.entry_kind == EntryKind::Message);
        messages.filter(|entry| now.millis_since(entry.at) < REPLIES_WINDOW_MS)
    };
    let replies = lately().filter(|entry| is_reply(entry)).count();
    if replies >= REPLIES_MAX {
        return Err(Hold::TooMany);
    }
    let words = Said::of(&text.body);
    let same =
        |entry: &&Entry| entry.direction == Direction::Inbound && Said::of(&entry.body) == words;
    if lately().filter(same).count() > SAME_WORDS_MAX {
        return Err(Hold::SameWords);
    }
    Ok(())
}

/// Whether Twilio has stopped a loop here and no agent has written since.
fn is_paused(history: &[Entry]) -> bool {
    let looped = |entry: &Entry| entry.error.as_ref().is_some_and(|it| it.code == LOOP_CODE);
    let since_an_agent = history.iter().take_while(|entry| !is_agents(entry));
    since_an_agent.into_iter().any(looped)
}

fn is_agents(entry: &Entry) -> bool {
    entry.entry_kind == EntryKind::Message
        && entry.direction == Direction::Outbound
        && matches!(entry.author, Author::Agent(_))
}

/// Whether it is a reply of a rule, or the away message.
pub fn is_reply(entry: &Entry) -> bool {
    entry.entry_kind == EntryKind::Message
        && entry.direction == Direction::Outbound
        && (is_away(entry) || is_rules(entry))
}

fn is_rules(entry: &Entry) -> bool {
    matches!(entry.author, Author::Automation(Cause::Rule(_)))
}

fn is_away(entry: &Entry) -> bool {
    matches!(entry.author, Author::Automation(Cause::Away))
}

/// Whether the customer is to be told that nobody is here: it is not business hours, and in this
/// absence neither the away message nor an agent's text has gone to them. `is_open` tells whether
/// somebody is at the desk at a time.
pub fn is_away_due(history: &[Entry], now: Timestamp, is_open: impl Fn(Timestamp) -> bool) -> bool {
    if is_open(now) {
        return false;
    }
    let ours = history.iter().find(|entry| {
        let message = entry.entry_kind == EntryKind::Message;
        message && entry.direction == Direction::Outbound && (is_away(entry) || is_agents(entry))
    });
    let Some(last) = ours else {
        return true;
    };
    if now.millis_since(last.at) >= ABSENCE_MS_MAX {
        return true;
    }
    // Another absence is one with business hours before it.
    let minutes = now.millis_since(last.at).max(0) / MINUTE_MS;
    (0..=minutes).any(|minute| is_open(last.at.plus_millis(minute * MINUTE_MS)))
}
