use super::*;
use proptest::prelude::*;
use uuid::Uuid;

/// Monday 23 November 2026, 14:00 in New York.
const START: Timestamp = Timestamp::from_millis(1_795_460_400_000);

fn job() -> Job {
    Job {
        id: JobId(Uuid::from_u128(1)),
        seq: Seq(1),
        contact: ContactId(Uuid::from_u128(2)),
        conversation: ConversationId(Uuid::from_u128(3)),
        technician: Some("Tom Jones".to_owned()),
        starts_at: START,
        ends_at: None,
        zone: "America/New_York".to_owned(),
        place: Point::new(26.142, -81.7948).ok(),
        address: None,
        status: JobStatus::Assigned,
        location: None,
        remind_at: None,
        notices: BTreeMap::new(),
        variables: Variables::default(),
        edited_seq: Seq(1),
        edited_by: None,
        created_at: START,
    }
}

#[test]
fn a_job_is_told_by_its_own_clock() {
    let job = job();
    assert_eq!(
        told(job.starts_at, &job.zone, job.technician.as_deref()),
        "Mon 23 Nov 14:00 with Tom Jones"
    );
    assert_eq!(told_date(&job, Some("en-US")), "Mon, Nov 23");
    assert_eq!(told_time(&job, None), "2:00 PM");
    assert_eq!(told_date(&job, Some("es")), "2026-11-23");
    assert_eq!(told_time(&job, Some("es")), "14:00");
}

#[test]
fn a_job_reads_back_as_written_and_without_what_only_a_later_version_knows() {
    let mut job = job();
    let names = vec!["invoice_link".to_owned()];
    job.notices = BTreeMap::from([
        (
            TriggerKind::FifteenMinutes,
            Notice::Withheld {
                at: START,
                why: Withheld::Disabled,
            },
        ),
        (TriggerKind::Complete, Notice::Lacks { at: START, names }),
    ]);
    job.location = Some(Located {
        point: Point::new(-33.86, 151.209_3).unwrap(),
        at: START,
        eta_minutes: Some(7),
        metres: None,
    });
    let mut json = serde_json::to_value(&job).unwrap();
    assert_eq!(json["notices"]["15_min"]["outcome"], "withheld");
    assert_eq!(
        json["place"],
        serde_json::json!({ "lat": 26.142, "lon": -81.7948 })
    );
    assert_eq!(serde_json::from_value::<Job>(json.clone()).unwrap(), job);
    json["notices"]["15_min"]["why"] = "eclipse".into();
    let later: Job = serde_json::from_value(json).unwrap();
    assert!(later.is_settled(TriggerKind::FifteenMinutes));
    assert!(!later.is_settled(TriggerKind::Complete), "it lacks a value");
    assert!(later.is_passed(TriggerKind::Enroute));
    assert!(!later.is_passed(TriggerKind::Arrived));
}

#[test]
fn impossible_coordinates_are_no_place() {
    for (lat, lon, expected) in [
        (90.1, 0.0, PointError::Lat),
        (f64::NAN, 0.0, PointError::Lat),
        (1.0, -180.5, PointError::Lon),
        (1.0, f64::INFINITY, PointError::Lon),
        (0.0, 0.0, PointError::Nowhere),
        (1e-9, -1e-9, PointError::Nowhere),
    ] {
        assert_eq!(Point::new(lat, lon), Err(expected), "{lat} {lon}");
    }
    assert!(Point::new(-90.0, 180.0).is_ok());
    assert!(serde_json::from_str::<Point>(r#"{"lat":91,"lon":1}"#).is_err());
}

#[test]
fn distances_are_those_of_the_globe() {
    let at = |lat, lon| Point::new(lat, lon).unwrap();
    for (a, b, metres) in [
        // Paris to London; a degree of longitude at the equator; across the date line.
        (at(48.8566, 2.3522), at(51.5074, -0.1278), 343_556.0),
        (at(0.0, 10.0), at(0.0, 11.0), 111_195.0),
        (at(0.0, 179.5), at(0.0, -179.5), 111_195.0),
        (at(90.0, 7.0), at(-90.0, 7.0), 20_015_115.0),
    ] {
        let found = a.metres_to(b);
        assert!((found - metres).abs() < metres * 0.001, "{found} {metres}");
    }
}

#[test]
fn what_cannot_be_kept_is_named() {
    let broken = |change: fn(&mut Job)| {
        let mut job = job();
        change(&mut job);
        unfit(&job).unwrap_or_default()
    };
    assert_eq!(unfit(&job()), None);
    for (why, field) in [
        (broken(|job| job.zone = "Mars/Base".to_owned()), "`zone`"),
        (
            broken(|job| job.zone = "../etc/passwd".to_owned()),
            "`zone`",
        ),
        (
            broken(|job| job.technician = Some(String::new())),
            "`technician`",
        ),
        (
            broken(|job| job.address = Some("x\u{1b}[2J".to_owned())),
            "`address`",
        ),
        (
            broken(|job| job.ends_at = Some(job.starts_at.plus_millis(-1))),
            "`ends_at`",
        ),
    ] {
        assert!(why.starts_with(field), "{why:?} {field}");
    }
    assert!(unfit_start(START, START.plus_millis(PAST_MS_MAX)).is_none());
    let past = unfit_start(START, START.plus_millis(PAST_MS_MAX + 1)).unwrap();
    assert!(past.contains("in the past"), "{past}");
    assert!(unfit_start(START, START.plus_millis(-800 * DAY_MS)).is_some());
}

#[test]
fn what_was_done_is_said_in_words() {
    let deed = |change| JobDeed::of(&job(), change).words();
    for (change, expected) in [
        (
            JobChange::Made,
            "assigned the job on Mon 23 Nov 14:00 with Tom Jones",
        ),
        (
            JobChange::Status {
                from: JobStatus::Assigned,
                to: JobStatus::OnSite,
            },
            "marked the job on Mon 23 Nov 14:00 with Tom Jones as on site",
        ),
        (
            JobChange::Moved {
                from: START.plus_millis(-DAY_MS),
            },
            "moved the job on Sun 22 Nov 14:00 to Mon 23 Nov 14:00 with Tom Jones",
        ),
        (
            JobChange::Technician { from: None },
            "gave the job on Mon 23 Nov 14:00 to Tom Jones",
        ),
        (
            JobChange::Lacks {
                notice: TriggerKind::Complete,
                names: vec!["invoice_link".to_owned()],
            },
            "sent no complete text for the job on Mon 23 Nov 14:00 with Tom Jones yet: \
             expected invoice_link",
        ),
        (
            JobChange::Withheld {
                notice: TriggerKind::FifteenMinutes,
                why: Withheld::OptedOut,
            },
            "sent no 15_min text for the job on Mon 23 Nov 14:00 with Tom Jones: \
             they want no more texts",
        ),
    ] {
        assert_eq!(deed(change), expected);
    }
}

#[test]
fn a_visit_goes_forward_and_ends() {
    use JobStatus::{Assigned, Canceled, Complete, Enroute, OnSite};
    for (from, next) in [
        (Assigned, vec![Enroute, OnSite, Complete, Canceled]),
        (Enroute, vec![Assigned, OnSite, Complete, Canceled]),
        (OnSite, vec![Complete, Canceled]),
        (Complete, vec![]),
        (Canceled, vec![]),
    ] {
        assert_eq!(from.next(), next, "{from:?}");
    }
}

proptest! {
    #[test]
    fn nothing_leads_out_of_the_end(steps in prop::collection::vec(0usize..5, 0..20)) {
        let (mut status, mut ended) = (JobStatus::Assigned, None);
        for to in steps.into_iter().map(|step| JobStatus::ALL[step]) {
            if status.may_become(to) {
                status = to;
            }
            if let Some(ended) = ended {
                prop_assert_eq!(status, ended);
            }
            ended = ended.or(status.is_over().then_some(status));
        }
    }

    #[test]
    fn a_place_reads_back_as_written(lat in -90.0f64..=90.0, lon in -180.0f64..=180.0) {
        if let Ok(point) = Point::new(lat, lon) {
            let json = serde_json::to_string(&point).unwrap();
            prop_assert_eq!(serde_json::from_str::<Point>(&json).unwrap(), point);
            prop_assert!(point.metres_to(point) < 1e-6);
        }
    }
}
