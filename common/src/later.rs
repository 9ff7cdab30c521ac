//! Texts that go out at a time: one rule for the relay, which keeps them, and for the terminal,
//! which shows what becomes of them before the relay has answered.
//!
//! A time is a point in time; the zone beside it only says how its author thought of it. Whether one
//! that is due may still go is asked in one place, [`due`], whatever made it late: a relay that was
//! down, a clock that was put right, a device that was offline when it was written.

use crate::activity::TimedChange;
use crate::api::messages::{Instead, MessagePatch};
use crate::entry::Entry;
use crate::segments::Segments;
use crate::status::DeliveryStatus;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How far ahead a text may be timed, in days: a year that was mistyped shows.
pub const AHEAD_DAYS_MAX: i64 = 366;
/// The longest name of a zone, in characters: twice the longest that IANA has.
pub const ZONE_CHARACTERS_MAX: usize = 64;
/// What a text may be behind its time without being late, in milliseconds: a minute is the finest
/// time that people give.
pub const PUNCTUAL_MS: i64 = 60_000;

const DAY_MS: i64 = 86_400_000;

/// What happens to a text that could not go out at its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LateSends {
    /// It goes out, unless it is later than the policy allows.
    Send,
    /// It waits for somebody to decide.
    Hold,
}

/// What is done about texts that are late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatePolicy {
    /// What happens to them.
    pub sends: LateSends,
    /// How late one may still go out by itself, in milliseconds.
    pub max_ms: i64,
}

impl LatePolicy {
    /// What holds where nothing else is configured.
    pub const STANDARD: Self = Self {
        sends: LateSends::Send,
        max_ms: 60 * 60_000,
    };
}

/// What is to be done with a text that has a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing before then.
    Wait(Timestamp),
    /// It goes out.
    Go,
    /// It is too late to go out by itself.
    Hold,
}

/// The door through which every due time passes: from when on a text that was timed for `at` may go
/// out. Quiet hours do not move it: whoever timed a text for them was asked, and what nobody typed is
/// judged anew when its time has come.
pub const fn door(at: Timestamp) -> Timestamp {
    at
}

/// What is to be done at `now` with a text that was timed for `at`.
pub fn due(at: Timestamp, now: Timestamp, policy: LatePolicy) -> Due {
    let opens = door(at);
    let late_ms = now.millis_since(opens);
    let allowed_ms = match policy.sends {
        LateSends::Send => policy.max_ms.max(PUNCTUAL_MS),
        LateSends::Hold => PUNCTUAL_MS,
    };
    match late_ms {
        ..0 => Due::Wait(opens),
        late if late <= allowed_ms => Due::Go,
        _ => Due::Hold,
    }
}

/// Why a text cannot be timed for `at`, in words; none where it can. A time that is past is none of
/// the reasons: it may have been ahead when it was written.
pub fn unfit(at: Timestamp, now: Timestamp) -> Option<String> {
    (at.millis_since(now) > AHEAD_DAYS_MAX * DAY_MS)
        .then(|| format!("lies further ahead than {AHEAD_DAYS_MAX} days"))
}

/// Why that is no name of a zone, in words; none where it can be one. Which zones there are differs
/// from machine to machine, and nothing but what people read depends on it.
pub fn unfit_zone(name: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+-/".contains(c);
    let fine = !name.is_empty() && name.len() <= ZONE_CHARACTERS_MAX && name.chars().all(fits);
    (!fine).then(|| "is no name of a zone, expected one such as Europe/Berlin".to_owned())
}

/// Carries a patch out on a text that waits for its time; returns what it changed, nothing where all
/// was so already or the text waits no more.
///
/// One that is let go stands as queued; when it went is for whoever queues it to say.
pub fn apply(patch: &MessagePatch, entry: &mut Entry) -> Vec<TimedChange> {
    let mut did = Vec::new();
    if !entry.is_timed() {
        return did;
    }
    if let Some(body) = patch.body.as_ref().filter(|body| **body != entry.body) {
        entry.body.clone_from(body);
        entry.segments = Some(Segments::of(body).segments);
        did.push(TimedChange::Edited);
    }
    if let Some(to) = patch.send_at.map(door) {
        let from = entry.send_at.unwrap_or(to);
        if from != to || entry.held_since.is_some() {
            did.push(TimedChange::Moved { from, to });
        }
        entry.send_at = Some(to);
        entry.held_since = None;
        entry.zone = patch.zone.clone().or(entry.zone.take());
    }
    if let Some(to) = patch
        .cancel_on_reply
        .filter(|to| *to != entry.cancel_on_reply)
    {
        entry.cancel_on_reply = to;
        did.push(TimedChange::CancelOnReply { to });
    }
    match patch.status {
        Some(Instead::Queued) => {
            entry.status = Some(DeliveryStatus::Queued);
            entry.held_since = None;
            did.push(TimedChange::SentNow);
        }
        Some(Instead::Canceled) => {
            entry.status = Some(DeliveryStatus::Canceled);
            entry.held_since = None;
            did.push(TimedChange::Canceled);
        }
        None => {}
    }
    did
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE_MS: i64 = 60_000;

    const fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * MINUTE_MS)
    }

    const fn policy(sends: LateSends) -> LatePolicy {
        LatePolicy {
            sends,
            max_ms: 60 * MINUTE_MS,
        }
    }

    #[test]
    fn a_text_goes_at_its_time_and_a_late_one_as_the_policy_says() {
        for (sends, minutes_late, expected) in [
            (LateSends::Send, -1, Due::Wait(at(100))),
            (LateSends::Send, 0, Due::Go),
            (LateSends::Send, 60, Due::Go),
            (LateSends::Send, 61, Due::Hold),
            (LateSends::Hold, -1, Due::Wait(at(100))),
            (LateSends::Hold, 0, Due::Go),
            (LateSends::Hold, 1, Due::Go),
            (LateSends::Hold, 2, Due::Hold),
        ] {
            let found = due(at(100), at(100 + minutes_late), policy(sends));
            assert_eq!(found, expected, "{sends:?} {minutes_late}");
        }
    }

    #[test]
    fn a_policy_of_no_time_at_all_still_lets_a_punctual_text_go() {
        let none = LatePolicy {
            sends: LateSends::Send,
            max_ms: 0,
        };
        assert_eq!(due(at(1), at(1).plus_millis(900), none), Due::Go);
    }

    #[test]
    fn only_names_of_zones_are_taken_for_zones() {
        for name in [
            "Europe/Berlin",
            "UTC",
            "Etc/GMT+5",
            "America/Port-au-Prince",
        ] {
            assert_eq!(unfit_zone(name), None, "{name}");
        }
        for name in ["", "Europe Berlin", "\u{202e}UTC", &"x".repeat(65)] {
            assert!(unfit_zone(name).is_some(), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn what_waits_is_never_early_and_what_was_let_go_stays_let_go_until_it_is_too_late(
            asked: i32, now: i32, later in 0i32..1_000_000, hold: bool,
        ) {
            let policy = policy(if hold { LateSends::Hold } else { LateSends::Send });
            let (asked, now) = (Timestamp::from_millis(asked.into()), Timestamp::from_millis(now.into()));
            match due(asked, now, policy) {
                Due::Wait(opens) => {
                    prop_assert!(opens > now);
                    prop_assert_eq!(due(asked, opens, policy), Due::Go);
                }
                Due::Go => prop_assert!(now >= door(asked)),
                Due::Hold => {
                    let then = due(asked, now.plus_millis(later.into()), policy);
                    prop_assert_eq!(then, Due::Hold);
                }
            }
        }
    }
}
