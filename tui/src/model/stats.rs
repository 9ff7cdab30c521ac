//! Figures of the work as the relay counted them: which are asked for, and what was said last.

use form_urlencoded::byte_serialize;
use jiff::tz::TimeZone;
use jiff::{Span as Days, ToSpan as _};
use serde::{Deserialize, Serialize};
use smsdesk_common::api::stats::{Group, Stats};
use smsdesk_common::stats::{By, Share};
use smsdesk_common::time::Timestamp;

/// The most answers that are kept for while the relay cannot be reached: one of each question.
const ANSWERS_MAX: usize = Stretch::ALL.len() * By::ALL.len();

/// How far back figures go. The day that it is today is always in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stretch {
    /// The day.
    #[default]
    Today,
    /// Seven days.
    Week,
    /// The month so far.
    Month,
    /// Ninety days.
    Quarter,
    /// A year.
    Year,
}

impl Stretch {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [
        Self::Today,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// As a title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Week => "7 days",
            Self::Month => "this month",
            Self::Quarter => "90 days",
            Self::Year => "a year",
        }
    }

    /// The first day, as the relay takes it.
    fn from(self, now: Timestamp, zone: &TimeZone) -> String {
        let today = zone.to_datetime(now.to_jiff()).date();
        let back = |days: Days| today.saturating_sub(days);
        let first = match self {
            Self::Today => today,
            Self::Week => back(6.days()),
            Self::Month => today.first_of_month(),
            Self::Quarter => back(89.days()),
            Self::Year => back(1.year()).saturating_add(1.day()),
        };
        first.to_string()
    }
}

/// The one `by` places further, around the end.
fn turned<T: Copy + PartialEq>(all: &[T], held: T, by: usize) -> T {
    let at = all.iter().position(|it| *it == held).unwrap_or(0);
    all[(at + by) % all.len()]
}

/// Which figures are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// How far back.
    pub stretch: Stretch,
    /// By what they are told apart.
    pub by: By,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            stretch: Stretch::default(),
            by: By::Hour,
        }
    }
}

/// What the relay is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Which figures are meant.
    pub wanted: Wanted,
    /// Where they are.
    pub path: String,
}

/// What is known of figures.
#[derive(Clone, Debug, Default)]
pub struct Board {
    wanted: Wanted,
    answers: Vec<(Wanted, Stats)>,
    /// Why the last question has no answer.
    problem: Option<String>,
    /// How many parts are scrolled away.
    pub scroll: usize,
}

impl Board {
    /// Which figures are meant.
    pub const fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Goes back further, so many steps around.
    pub fn turn_stretch(&mut self, steps: usize) {
        self.wanted.stretch = turned(&Stretch::ALL, self.wanted.stretch, steps);
        self.scroll = 0;
    }

    /// Tells them apart in another way, so many steps around.
    pub fn turn_by(&mut self, steps: usize) {
        self.wanted.by = turned(&By::ALL, self.wanted.by, steps);
        self.scroll = 0;
    }

    /// What the relay is to be asked for these figures.
    pub fn question(wanted: Wanted, now: Timestamp, zone: &TimeZone) -> Question {
        let zone_name = zone.iana_name().unwrap_or("UTC");
        let zone_name: String = byte_serialize(zone_name.as_bytes()).collect();
        let (from, by) = (wanted.stretch.from(now, zone), wanted.by);
        let path = format!("/v1/stats?tz={zone_name}&from={from}&by={by}");
        Question { wanted, path }
    }

    /// Takes what the relay said.
    pub fn accept(&mut self, wanted: Wanted, answer: Result<Box<Stats>, String>) {
        match answer {
            Ok(stats) => {
                self.problem = None;
                self.answers.retain(|(held, _)| *held != wanted);
                self.answers.push((wanted, *stats));
                let over = self.answers.len().saturating_sub(ANSWERS_MAX);
                self.answers.drain(..over);
            }
            Err(why) => self.problem = Some(why),
        }
    }

    /// The newest answer to what is meant.
    pub fn answer(&self) -> Option<&Stats> {
        let held = self.answers.iter().find(|(it, _)| *it == self.wanted);
        held.map(|(_, stats)| stats)
    }

    /// Why the last question has no answer.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// How many of the texts whose end is known arrived today, as last heard; none where that was
    /// on another day.
    pub fn delivered_today(&self, now: Timestamp, zone: &TimeZone) -> Option<Share> {
        let newest = self.answers.iter().map(|(_, stats)| stats);
        let newest = newest.max_by_key(|stats| stats.at)?;
        let day = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
        newest
            .today
            .delivery_rate
            .filter(|_| day(newest.at) == day(now))
    }
}

/// How long something took, in at most two units: `40 s`, `4 min`, `3 h 20 min`, `2 d 4 h`.
pub fn spelled(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    let with = |whole: String, rest: i64, unit: &str| match rest {
        0 => whole,
        rest => format!("{whole} {rest} {unit}"),
    };
    if minutes == 0 {
        format!("{seconds} s")
    } else if hours == 0 {
        format!("{minutes} min")
    } else if days == 0 {
        with(format!("{hours} h"), minutes % 60, "min")
    } else {
        with(format!("{days} d"), hours % 24, "h")
    }
}

/// What a part is called: remote text.
pub fn called(group: &Group, by: By) -> String {
    match (&group.name, by, group.key.as_str()) {
        (Some(name), ..) => name.clone(),
        (None, By::Label, "") => "no label".to_owned(),
        (None, By::Line, "") => "any line".to_owned(),
        (None, _, key) => key.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relay_is_asked_from_the_day_where_the_agent_is() {
        let zone = TimeZone::get("America/New_York").unwrap();
        // In the evening of the 20th there, and on the 21st in Greenwich.
        let now = Timestamp::parse_rfc3339("2026-11-21T02:00:00Z").unwrap();
        let path = |stretch| {
            let by = By::Agent;
            Board::question(Wanted { stretch, by }, now, &zone).path
        };
        let asked = |from| format!("/v1/stats?tz=America%2FNew_York&from={from}&by=agent");
        assert_eq!(path(Stretch::Today), asked("2026-11-20"));
        assert_eq!(path(Stretch::Week), asked("2026-11-14"));
        assert_eq!(path(Stretch::Month), asked("2026-11-01"));
        assert_eq!(path(Stretch::Year), asked("2025-11-21"));
    }

    #[test]
    fn durations_are_told_in_at_most_two_units() {
        for (ms, words) in [
            (-5, "0 s"),
            (40_900, "40 s"),
            (240_000, "4 min"),
            (12_000_000, "3 h 20 min"),
            (7_200_000, "2 h"),
            (187_200_000, "2 d 4 h"),
        ] {
            assert_eq!(spelled(ms), words);
        }
    }

    #[test]
    fn the_ways_to_tell_apart_go_around() {
        let mut board = Board::default();
        for _ in By::ALL {
            board.turn_by(1);
        }
        for _ in Stretch::ALL {
            board.turn_stretch(Stretch::ALL.len() - 1);
        }
        assert_eq!(board.wanted(), Wanted::default());
    }
}
