//! Which copies stay: the newest of each of the last days, weeks and months of which there are any.

use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a copy's name ends in.
const ENDING: &str = ".backup";
/// How far ahead it is looked for the day on which a copy goes, in days: two years and a month.
const HORIZON_DAYS: i64 = 760;
/// How a time stands in a name.
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// Of how many days, weeks and months the newest copy is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Days.
    pub daily: u32,
    /// Weeks.
    pub weekly: u32,
    /// Months.
    pub monthly: u32,
}

/// When a copy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    /// By itself on that day, if copies are made as planned.
    On(Date),
    /// By itself, later than that.
    After(Date),
    /// Somebody has to delete it.
    Never,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            daily: 7,
            weekly: 4,
            monthly: 12,
        }
    }
}

/// The name of the copy of a database that is made at a time: `smsdesk.db-20261121T030000Z.backup`.
pub(super) fn name(database: &str, at: Timestamp) -> String {
    format!("{database}-{}{ENDING}", at.to_jiff().strftime(STAMP))
}

/// When the copy of that name was made; none for a file that is no copy of this database.
pub(super) fn made_at(database: &str, name: &str) -> Option<DateTime> {
    let stamp = name.strip_prefix(database)?.strip_prefix('-')?;
    DateTime::strptime(STAMP, stamp.strip_suffix(ENDING)?).ok()
}

/// The first day of the period that a day is in.
type Period = fn(Date) -> Date;

/// Which of the copies go. The newest never does.
pub(super) fn doomed(copies: &[DateTime], keep: Keep) -> Vec<DateTime> {
    let mut newest_first = copies.to_vec();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut kept: BTreeSet<DateTime> = newest_first.first().copied().into_iter().collect();
    let periods: [(u32, Period); 3] = [
        (keep.daily, |day| day),
        (keep.weekly, |day| {
            day.iso_week_date().first_of_week().map_or(day, Date::from)
        }),
        (keep.monthly, Date::first_of_month),
    ];
    for (many, period) in periods {
        let mut seen = BTreeSet::new();
        for copy in &newest_first {
            let is_new = !seen.contains(&period(copy.date()));
            if is_new && seen.len() < many as usize {
                seen.insert(period(copy.date()));
                kept.insert(*copy);
            }
        }
    }
    newest_first.retain(|copy| !kept.contains(copy));
    newest_first
}

/// When each of the copies goes, if a further one is made every `step_ms` milliseconds from `now` on.
pub(super) fn days(copies: &[DateTime], keep: Keep, now: Timestamp, step_ms: i64) -> Vec<Goes> {
    let mut next = now.to_jiff().to_zoned(TimeZone::UTC).datetime();
    let end = next.saturating_add(HORIZON_DAYS.days());
    let step = step_ms.milliseconds();
    let mut held = copies.to_vec();
    let mut gone = BTreeMap::new();
    while next < end && copies.iter().any(|copy| !gone.contains_key(copy)) {
        next = next.saturating_add(step);
        held.push(next);
        for copy in doomed(&held, keep) {
            gone.insert(copy, next.date());
        }
        held.retain(|copy| !gone.contains_key(copy));
    }
    // Those that were only thought of are among them, and are asked for by nobody.
    let goes = |copy| match gone.get(copy) {
        Some(day) => Goes::On(*day),
        None => Goes::After(end.date()),
    };
    copies.iter().map(goes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const KEEP: Keep = Keep {
        daily: 7,
        weekly: 4,
        monthly: 12,
    };

    /// What is left after a copy a day.
    fn after(days: i64, keep: Keep) -> Vec<DateTime> {
        let first = date(2026, 1, 1).at(3, 0, 0, 0);
        let mut held: Vec<DateTime> = Vec::new();
        for day in 0..days {
            held.push(first + day.days());
            let gone = doomed(&held, keep);
            held.retain(|copy| !gone.contains(copy));
        }
        held
    }

    #[test]
    fn a_year_of_daily_copies_leaves_days_weeks_and_months() {
        let held = after(400, KEEP);
        // The newest of a week or a month may be that of a day, too.
        assert!((17..=23).contains(&held.len()), "{held:?}");
        let newest = held.iter().max().unwrap();
        for ago in 0..7 {
            assert!(held.contains(&(*newest - ago.days())), "{ago}");
        }
        let oldest = held.iter().min().unwrap();
        assert!(newest.date().since(oldest.date()).unwrap().get_days() > 300);
    }

    #[test]
    fn the_newest_stays_whatever_is_asked_for_and_a_name_is_read_as_it_is_written() {
        let none = Keep {
            daily: 0,
            weekly: 0,
            monthly: 1,
        };
        assert_eq!(after(20, none).len(), 1);
        let at = Timestamp::from_millis(1_795_263_104_000);
        let name = name("smsdesk.db", at);
        assert_eq!(name, "smsdesk.db-20261121T121144Z.backup");
        assert_eq!(
            made_at("smsdesk.db", &name),
            Some(date(2026, 11, 21).at(12, 11, 44, 0))
        );
        for other in [
            "smsdesk.db",
            "smsdesk.db-20261121T121144Z.backup.part",
            "other.db-20261121T121144Z.backup",
            "smsdesk.db-yesterday.backup",
        ] {
            assert_eq!(made_at("smsdesk.db", other), None, "{other}");
        }
    }

    #[test]
    fn each_copy_goes_on_the_day_that_was_told_and_no_earlier() {
        let now = |at: DateTime| {
            let at = at.to_zoned(TimeZone::UTC).unwrap().timestamp();
            Timestamp::from_millis(at.as_millisecond())
        };
        let first = date(2026, 1, 1).at(3, 0, 0, 0);
        let today = first + 400.days();
        let mut held = after(401, KEEP);
        let told = days(&held, KEEP, now(today), 86_400_000);
        let all: Vec<_> = held.iter().copied().zip(told).collect();
        for ahead in 1..HORIZON_DAYS {
            let at = today + ahead.days();
            held.push(at);
            let gone = doomed(&held, KEEP);
            held.retain(|copy| !gone.contains(copy));
            for (copy, goes) in &all {
                let Goes::On(day) = goes else {
                    panic!("{copy}: {goes:?}");
                };
                assert_eq!(held.contains(copy), at.date() < *day, "{copy} {day} {at}");
            }
        }
        let century = Keep {
            monthly: 1_200,
            ..KEEP
        };
        let told = days(&[first], century, now(today), 86_400_000);
        assert!(matches!(told[..], [Goes::After(_)]), "{told:?}");
    }

    proptest! {
        #[test]
        fn in_any_order_the_same_go_and_a_second_look_takes_no_more(
            hours in prop::collection::vec(0_i64..20_000, 1..60), seed in any::<u64>(),
        ) {
            let first = date(2026, 1, 1).at(0, 0, 0, 0);
            let copies: Vec<_> = hours.iter().map(|hour| first + hour.hours()).collect();
            let mut gone = doomed(&copies, KEEP);
            let mut turned = copies.clone();
            let middle = usize::try_from(seed % 60).unwrap() % turned.len();
            turned.rotate_left(middle);
            let mut again = doomed(&turned, KEEP);
            gone.sort_unstable();
            again.sort_unstable();
            prop_assert_eq!(&gone, &again);
            let left: Vec<_> = copies.iter().filter(|it| !gone.contains(it)).copied().collect();
            prop_assert!(left.contains(copies.iter().max().unwrap()));
            prop_assert_eq!(doomed(&left, KEEP), Vec::new());
        }
    }
}
