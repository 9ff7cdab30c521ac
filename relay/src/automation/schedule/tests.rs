use super::*;
use proptest::prelude::*;
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, JobId, Seq};
use smsdesk_common::job::Notice;
use smsdesk_common::template::Variables;
use std::collections::BTreeMap;
use uuid::Uuid;

const RULES: Rules = Rules {
    reminder_hour: 18,
    reminder_days: 1,
    geofence_m: 150,
    near_minutes: 15,
};
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// The place of the job, and one that is 5,004 metres north of it.
const HOME: (f64, f64) = (26.142, -81.7948);
const NORTH: (f64, f64) = (26.187, -81.7948);

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

fn point((lat, lon): (f64, f64)) -> Point {
    Point::new(lat, lon).unwrap()
}

fn job(starts_at: &str, zone: &str) -> Job {
    Job {
        id: JobId(Uuid::from_u128(1)),
        seq: Seq(1),
        contact: ContactId(Uuid::from_u128(2)),
        conversation: ConversationId(Uuid::from_u128(3)),
        technician: None,
        starts_at: at(starts_at),
        ends_at: None,
        zone: zone.to_owned(),
        place: Some(point(HOME)),
        address: None,
        status: JobStatus::Assigned,
        location: None,
        remind_at: None,
        notices: BTreeMap::new(),
        variables: Variables::default(),
        edited_seq: Seq(1),
        edited_by: None,
        created_at: at("2026-01-01T00:00:00Z"),
    }
}

fn monday() -> Job {
    job("2026-11-23T19:00:00Z", "America/New_York")
}

fn report(place: (f64, f64), at: Timestamp) -> Report {
    Report {
        point: point(place),
        at,
        eta_minutes: None,
        speed_mps: None,
    }
}

fn tell(job: &mut Job, kind: TriggerKind, at: Timestamp) {
    let entry = EntryId(Uuid::nil());
    job.notices.insert(kind, Notice::Texted { at, entry });
}

/// When a job begins, where, the hour and the days before, and when the reminder is.
type Planned = (&'static str, &'static str, (u8, u16), &'static str);

const PLANNED: &[Planned] = &[
    // New York: clocks go forward on 8 March 2026 and back on 1 November.
    (
        "2026-03-08T15:00:00Z",
        "America/New_York",
        (18, 1),
        "2026-03-07T23:00:00Z",
    ),
    (
        "2026-03-09T15:00:00Z",
        "America/New_York",
        (18, 1),
        "2026-03-08T22:00:00Z",
    ),
    (
        "2026-11-01T16:00:00Z",
        "America/New_York",
        (18, 1),
        "2026-10-31T22:00:00Z",
    ),
    (
        "2026-11-02T16:00:00Z",
        "America/New_York",
        (18, 1),
        "2026-11-01T23:00:00Z",
    ),
    // The hour that is left out, and the hour that comes twice.
    (
        "2026-03-09T15:00:00Z",
        "America/New_York",
        (2, 1),
        "2026-03-08T07:00:00Z",
    ),
    (
        "2026-11-02T16:00:00Z",
        "America/New_York",
        (1, 1),
        "2026-11-01T05:00:00Z",
    ),
    // Berlin: forward on 29 March, back on 25 October.
    (
        "2026-03-30T08:00:00Z",
        "Europe/Berlin",
        (18, 1),
        "2026-03-29T16:00:00Z",
    ),
    (
        "2026-03-29T08:00:00Z",
        "Europe/Berlin",
        (18, 1),
        "2026-03-28T17:00:00Z",
    ),
    (
        "2026-03-30T08:00:00Z",
        "Europe/Berlin",
        (2, 1),
        "2026-03-29T01:00:00Z",
    ),
    (
        "2026-10-26T09:00:00Z",
        "Europe/Berlin",
        (18, 1),
        "2026-10-25T17:00:00Z",
    ),
    (
        "2026-10-26T09:00:00Z",
        "Europe/Berlin",
        (2, 1),
        "2026-10-25T00:00:00Z",
    ),
    // Lord Howe moves its clocks by half an hour: back on 5 April, forward on 4 October.
    (
        "2026-04-06T00:00:00Z",
        "Australia/Lord_Howe",
        (18, 1),
        "2026-04-05T07:30:00Z",
    ),
    (
        "2026-04-05T00:00:00Z",
        "Australia/Lord_Howe",
        (18, 1),
        "2026-04-04T07:00:00Z",
    ),
    (
        "2026-10-05T00:00:00Z",
        "Australia/Lord_Howe",
        (2, 1),
        "2026-10-03T15:30:00Z",
    ),
    // Other days than the one before, and the same day.
    (
        "2026-03-10T15:00:00Z",
        "America/New_York",
        (18, 3),
        "2026-03-07T23:00:00Z",
    ),
    (
        "2026-03-09T15:00:00Z",
        "America/New_York",
        (7, 0),
        "2026-03-09T11:00:00Z",
    ),
];

#[test]
fn the_reminder_is_at_eighteen_by_the_clock_of_the_job_through_every_change_of_clocks() {
    for &(starts_at, zone, rules, expected) in PLANNED {
        let rules = Rules {
            reminder_hour: rules.0,
            reminder_days: rules.1,
            ..RULES
        };
        let found = reminder_time(at(starts_at), zone, &rules).map(Timestamp::to_rfc3339);
        let expected = at(expected).to_rfc3339();
        assert_eq!(found, Some(expected), "{starts_at} {zone} {rules:?}");
    }
}

#[test]
fn a_job_is_reminded_of_once_and_not_where_it_was_made_too_late() {
    let mut job = monday();
    let six = at("2026-11-22T23:00:00Z");
    assert_eq!(plan(&job, &RULES, six.plus_millis(-1)), Some(six));
    assert_eq!(plan(&job, &RULES, six), None, "made at that time");
    job.starts_at = job.starts_at.plus_millis(24 * HOUR_MS);
    assert_eq!(plan(&job, &RULES, six), Some(six.plus_millis(24 * HOUR_MS)));
    tell(&mut job, TriggerKind::Reminder, six);
    assert_eq!(plan(&job, &RULES, six), None, "told");
    let mut canceled = monday();
    canceled.status = JobStatus::Canceled;
    assert_eq!(plan(&canceled, &RULES, at("2026-11-20T00:00:00Z")), None);
    let same_day = Rules {
        reminder_days: 0,
        reminder_hour: 20,
        ..RULES
    };
    let early = at("2026-11-20T00:00:00Z");
    assert_eq!(plan(&monday(), &same_day, early), None, "after the visit");
}

#[test]
fn each_state_has_its_text() {
    let now = at("2026-11-22T12:00:00Z");
    for (status, expected) in [
        (JobStatus::Assigned, Some(TriggerKind::Scheduled)),
        (JobStatus::Enroute, Some(TriggerKind::Enroute)),
        (JobStatus::OnSite, Some(TriggerKind::Arrived)),
        (JobStatus::Complete, Some(TriggerKind::Complete)),
        (JobStatus::Canceled, None),
    ] {
        let mut job = monday();
        job.status = status;
        assert_eq!(owed(&job, &RULES, now), expected, "{status:?}");
        if let Some(kind) = expected {
            tell(&mut job, kind, now);
        }
        assert_eq!(owed(&job, &RULES, now), None, "{status:?} twice");
    }
}

#[test]
fn a_location_tells_how_far_the_technician_is() {
    let mut job = monday();
    job.status = JobStatus::Enroute;
    let now = at("2026-11-23T18:00:00Z");
    for (place, eta, speed, expected) in [
        (NORTH, None, Some(10.0), Some(TriggerKind::FifteenMinutes)),
        (NORTH, None, None, Some(TriggerKind::FifteenMinutes)),
        (NORTH, None, Some(5.0), Some(TriggerKind::Enroute)),
        (NORTH, None, Some(0.0), Some(TriggerKind::Enroute)),
        (NORTH, None, Some(-1.0), Some(TriggerKind::FifteenMinutes)),
        (
            NORTH,
            Some(15),
            Some(1.5),
            Some(TriggerKind::FifteenMinutes),
        ),
        (NORTH, Some(16), Some(50.0), Some(TriggerKind::Enroute)),
        (HOME, Some(16), None, Some(TriggerKind::Arrived)),
        ((26.1433, -81.7948), None, None, Some(TriggerKind::Arrived)),
        (
            (26.1434, -81.7948),
            None,
            None,
            Some(TriggerKind::FifteenMinutes),
        ),
    ] {
        let posted = Report {
            eta_minutes: eta,
            speed_mps: speed,
            ..report(place, now)
        };
        job.location = locate(&job, posted, now).ok();
        assert_eq!(
            owed(&job, &RULES, now),
            expected,
            "{posted:?} {:?}",
            job.location
        );
        let later = now.plus_millis(FRESH_MS + 1);
        let stale = owed(&job, &RULES, later);
        assert_eq!(
            stale,
            Some(TriggerKind::Enroute),
            "nobody is told by an old place"
        );
        job.location = None;
    }
}

#[test]
fn a_location_that_is_no_news_is_ignored_with_its_reason() {
    let mut job = monday();
    let now = at("2026-11-23T18:00:00Z");
    job.location = locate(&job, report(NORTH, now), now).ok();
    let older = report(HOME, now.plus_millis(-1));
    let why = locate(&job, older, now).unwrap_err();
    assert_eq!(
        why.to_string(),
        "it is older than the last one, of 2026-11-23T18:00:00.000Z"
    );
    let again = locate(&job, report(NORTH, now), now.plus_millis(5));
    assert_eq!(again, Err(Ignored::Again));
    job.status = JobStatus::Complete;
    let over = locate(&job, report(HOME, now.plus_millis(9)), now.plus_millis(9));
    assert_eq!(over.unwrap_err().to_string(), "the job is complete");
}

#[test]
fn a_clock_that_is_ahead_does_not_make_what_follows_old() {
    let mut job = monday();
    let now = at("2026-11-23T18:00:00Z");
    let ahead = report(NORTH, now.plus_millis(HOUR_MS));
    job.location = locate(&job, ahead, now).ok();
    let next = report(HOME, now.plus_millis(1_000));
    assert!(locate(&job, next, now.plus_millis(1_000)).is_ok());
}

#[test]
fn the_time_of_the_job_stands_for_an_eta_where_it_is_near() {
    let job = monday();
    for (now, expected) in [
        ("2026-11-23T18:30:30Z", Some(30)),
        ("2026-11-23T15:59:59Z", None),
        ("2026-11-23T19:00:01Z", None),
    ] {
        assert_eq!(eta(&job, at(now)), expected, "{now}");
    }
}

/// Something that is done to a job.
#[derive(Clone, Debug)]
enum Step {
    Status(JobStatus),
    Locate {
        north: u8,
        ago: u8,
        eta: Option<u32>,
    },
    Move {
        hours: i8,
    },
    Wait {
        minutes: u16,
    },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::sample::select(JobStatus::ALL.to_vec()).prop_map(Step::Status),
        (any::<u8>(), any::<u8>(), prop::option::of(0u32..40))
            .prop_map(|(north, ago, eta)| Step::Locate { north, ago, eta }),
        any::<i8>().prop_map(|hours| Step::Move { hours }),
        (0u16..2_000).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// What the desk does with a job, without the desk.
struct Visit {
    job: Job,
    now: Timestamp,
    told: Vec<TriggerKind>,
}

impl Visit {
    fn take(&mut self, step: &Step) {
        let job = &mut self.job;
        match step {
            Step::Status(to) if job.status.may_become(*to) => job.status = *to,
            Step::Status(_) => {}
            Step::Locate { north, ago, eta } => {
                let place = (HOME.0 + f64::from(*north) * 0.001, HOME.1);
                let at = self.now.plus_millis(-i64::from(*ago) * MINUTE_MS / 8);
                let posted = Report {
                    eta_minutes: *eta,
                    ..report(place, at)
                };
                if let Ok(located) = locate(job, posted, self.now) {
                    job.location = Some(located);
                }
            }
            Step::Move { hours } => {
                job.starts_at = job.starts_at.plus_millis(i64::from(*hours) * HOUR_MS);
                job.remind_at = plan(job, &RULES, self.now);
            }
            Step::Wait { minutes } => {
                self.now = self.now.plus_millis(i64::from(*minutes) * MINUTE_MS);
            }
        }
        if !is_remindable(job) {
            job.remind_at = None;
        }
        if job.remind_at.is_some_and(|at| at <= self.now) {
            job.remind_at = None;
            if !is_reminder_late(job, self.now) {
                self.told.push(TriggerKind::Reminder);
            }
            tell(job, TriggerKind::Reminder, self.now);
        }
        if let Some(kind) = owed(job, &RULES, self.now) {
            self.told.push(kind);
            tell(job, kind, self.now);
        }
        if !is_remindable(job) {
            job.remind_at = None;
        }
    }
}

proptest! {
    #[test]
    fn in_any_order_and_any_number_of_times_each_text_goes_once_and_in_the_order_of_a_visit(
        steps in prop::collection::vec(any_step(), 0..60), repeats in 1usize..3,
    ) {
        let now = at("2026-11-20T12:00:00Z");
        let mut visit = Visit { job: monday(), now, told: Vec::new() };
        visit.job.remind_at = plan(&visit.job, &RULES, now);
        for step in &steps {
            for _ in 0..repeats {
                visit.take(step);
            }
        }
        let mut sorted = visit.told.clone();
        sorted.sort_unstable();
        sorted.dedup();
        prop_assert_eq!(&visit.told, &sorted, "{:?}", visit.job);
    }

    #[test]
    fn a_reminder_is_at_its_hour_on_its_day_wherever_and_whenever_the_job_is(
        days in 0i64..3_000, minutes in 0i64..1_440,
        zone in prop::sample::select(vec![
            "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata",
            "America/Santiago", "Africa/Casablanca",
        ]),
        hour in 3u8..24,
    ) {
        let start = at("2024-01-01T00:00:00Z").plus_millis((days * 1_440 + minutes) * MINUTE_MS);
        let rules = Rules { reminder_hour: hour, ..RULES };
        let found = reminder_time(start, zone, &rules).unwrap();
        let tz = TimeZone::get(zone).unwrap();
        let (start, found) = (start.to_jiff().to_zoned(tz.clone()), found.to_jiff().to_zoned(tz));
        prop_assert_eq!(start.date().yesterday().unwrap(), found.date());
        prop_assert_eq!(found.hour(), i8::try_from(hour).unwrap());
        prop_assert_eq!(found.minute(), 0);
    }
}
