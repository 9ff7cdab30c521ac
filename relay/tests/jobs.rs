//! `/v1/jobs` from outside.

use crate::common::desk::{Answer, MARIA};
use crate::common::{Desk, Setup};
use reqwest::Method;
use serde_json::{Value, json};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::feed::Content;
use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

/// Saturday 21 November 2026, 09:16 in UTC, 04:16 in New York.
const START_MS: i64 = 1_795_252_560_000;
/// The Monday after, 14:00 in New York.
pub(crate) const MONDAY: &str = "2026-11-23T19:00:00Z";

/// A clock that stands until it is moved.
#[derive(Clone)]
pub(crate) struct Hands(Arc<AtomicI64>);

impl Hands {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START_MS)))
    }

    fn clock(&self) -> Clock {
        let now = Arc::clone(&self.0);
        Clock::from_fn(move || Timestamp::from_millis(now.load(Ordering::Relaxed)))
    }

    pub(crate) fn go_to(&self, time: &str) {
        let time = Timestamp::parse_rfc3339(time).unwrap();
        self.0.store(time.as_millis(), Ordering::Relaxed);
    }
}

pub(crate) fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

pub(crate) fn visit(n: u128, starts_at: &str) -> Value {
    json!({
        "id": id(n), "to": MARIA, "technician": "Tom Jones", "starts_at": starts_at,
        "zone": "America/New_York", "place": { "lat": 26.142, "lon": -81.7948 },
        "variables": { "company_name": "Riverside Plumbing" },
    })
}

impl Desk {
    pub(crate) async fn by(setup: Setup, hands: &Hands) -> Self {
        let mut desk = Self::launch(setup, hands.clock()).await;
        desk.token = desk.join("Ana", "agent").await;
        desk
    }

    pub(crate) async fn job(&self, method: Method, n: u128, body: &Value) -> Answer {
        let path = format!("/v1/jobs/{}", id(n));
        let body = (!body.is_null()).then(|| body.to_string());
        self.request(method, &path, &self.token, "application/json", body)
            .await
    }

    /// Changes a job and gives it.
    pub(crate) async fn set(&self, n: u128, patch: Value) -> Value {
        let answer = self.job(Method::PATCH, n, &patch).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The bodies of what went to the customer, oldest first.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let entries = self.entries().await.into_iter();
        let ours = entries.filter(|entry| entry.status.is_some());
        ours.map(|entry| entry.body).collect()
    }

    /// What colleagues are told, oldest first.
    pub(crate) async fn told(&self) -> Vec<String> {
        let entries = self.entries().await.into_iter();
        let told = entries.filter(|entry| entry.status.is_none());
        told.map(|entry| entry.body).collect()
    }
}

#[tokio::test]
async fn a_job_is_made_once_and_the_customer_is_told_once() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let first = desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    assert_eq!(first.status, 201, "{first:?}");
    let made = first.json();
    assert_eq!(
        (&made["kind"], &made["status"], &made["remind_at"]),
        (
            &json!("job"),
            &json!("assigned"),
            &json!("2026-11-22T23:00:00.000Z")
        )
    );
    assert_eq!(made["notices"]["scheduled"]["outcome"], "texted");
    let again = desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    assert_eq!((again.status, again.json()), (200, made.clone()));
    let other = visit(1, "2026-11-24T19:00:00Z");
    desk.post("/v1/jobs", &other)
        .await
        .problem(ErrorCode::IdReused);
    assert_eq!(
        desk.texts().await,
        [
            "Hi there, your visit from Riverside Plumbing is booked for Mon, Nov 23 at 2:00 PM. \
          Reply here if you need another time."
        ]
    );
    assert_eq!(
        desk.told().await,
        ["assigned the job on Mon 23 Nov 14:00 with Tom Jones"]
    );
    let page = desk.get("/v1/conversations?view=open").await.json();
    assert_eq!(
        page["conversations"],
        json!([]),
        "nobody has to do anything"
    );
}

#[tokio::test]
async fn what_a_customer_lacks_is_told_and_goes_out_once_it_is_there() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    let done = desk
        .set(1, json!({ "id": id(2), "status": "complete" }))
        .await;
    assert_eq!(
        done["notices"]["complete"],
        json!({ "outcome": "lacks", "at": done["notices"]["complete"]["at"], "names": ["invoice_link"] })
    );
    let told = desk.told().await;
    assert_eq!(
        told.last().unwrap(),
        "sent no complete text for the job on Mon 23 Nov 14:00 with Tom Jones yet: expected \
         invoice_link"
    );
    let link = json!({ "variables": { "invoice_link": "https://pay.example/7" } });
    for _ in 0..2 {
        desk.set(1, link.clone()).await;
    }
    let texts = desk.texts().await;
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(
        texts[1].ends_with("Your invoice: https://pay.example/7"),
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_location_is_taken_once_and_an_older_one_is_ignored_with_its_reason() {
    let hands = Hands::new();
    // Too late for a reminder, which would go out whenever its turn comes.
    hands.go_to("2026-11-23T18:30:00Z");
    let desk = Desk::by(Setup::new(), &hands).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    desk.set(1, json!({ "status": "enroute" })).await;
    let path = format!("/v1/jobs/{}/location", id(1));
    let near =
        json!({ "lat": 26.187, "lon": -81.7948, "speed_mps": 10, "at": "2026-11-23T18:30:00Z" });
    let (one, other) = tokio::join!(desk.post(&path, &near), desk.post(&path, &near));
    let taken = [&one, &other].map(|answer| answer.json()["taken"] == true);
    assert_eq!(
        taken.iter().filter(|taken| **taken).count(),
        1,
        "{one:?} {other:?}"
    );
    let older = json!({ "lat": 26.142, "lon": -81.7948, "at": "2026-11-23T18:29:59Z" });
    let ignored = desk.post(&path, &older).await.json();
    assert_eq!(ignored["taken"], false);
    let reason = ignored["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("it is older than the last one"),
        "{reason}"
    );
    assert_eq!(ignored["job"]["location"]["eta_minutes"], 9);
    for (place, field) in [
        (json!({ "lat": 91, "lon": 0 }), "`lat`"),
        (json!({ "lat": 1, "lon": 181 }), "`lon`"),
        (json!({ "lat": 0, "lon": 0 }), "0, 0"),
        (
            json!({ "lat": 1, "lon": 1, "eta_minutes": -3 }),
            "`eta_minutes`",
        ),
        (
            json!({ "lat": 1, "lon": 1, "speed_mps": 400 }),
            "`speed_mps`",
        ),
    ] {
        let problem = desk
            .post(&path, &place)
            .await
            .problem(ErrorCode::JobInvalid);
        assert!(problem.detail.contains(field), "{problem:?}");
    }
    let texts = desk.texts().await;
    assert_eq!(
        texts[1..],
        [
            "Hi there, Tom from Riverside Plumbing is on the way and arrives in about 30 minutes.",
            "Hi there, Tom from Riverside Plumbing is about 15 minutes away. See you soon!",
        ]
    );
}

#[tokio::test]
async fn a_change_over_one_that_was_not_seen_and_a_step_that_cannot_follow_are_refused() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let made = desk.post("/v1/jobs", &visit(1, MONDAY)).await.json();
    let patch = json!({ "id": id(2), "technician": "Bo Diddley", "if_seq": made["seq"] });
    let changed = desk.set(1, patch.clone()).await;
    assert_eq!(desk.set(1, patch).await, changed, "a repeat is no change");
    let stale = json!({ "address": "12 Palm Street", "if_seq": made["seq"] });
    let refused = desk.job(Method::PATCH, 1, &stale).await;
    let problem = refused.problem(ErrorCode::JobChanged);
    assert_eq!(problem.current.as_deref(), Some(&changed));
    let path = format!("/v1/jobs/{}/location", id(1));
    let there = json!({ "lat": 27, "lon": -81 });
    assert_eq!(desk.post(&path, &there).await.status, 200);
    let seen = json!({ "address": "12 Palm Street", "if_seq": changed["seq"] });
    desk.set(1, seen).await;
    desk.set(1, json!({ "status": "canceled" })).await;
    let back = desk
        .job(Method::PATCH, 1, &json!({ "status": "enroute" }))
        .await;
    let problem = back.problem(ErrorCode::JobStatusRefused);
    assert_eq!(
        problem.detail,
        "`status`: from canceled it cannot become enroute; expected nothing"
    );
    let moved = json!({ "starts_at": "2026-11-25T19:00:00Z" });
    let moved = desk.job(Method::PATCH, 1, &moved).await;
    moved.problem(ErrorCode::JobStatusRefused);
    let empty = desk.job(Method::PATCH, 1, &json!({ "id": id(3) })).await;
    empty.problem(ErrorCode::PatchEmpty);
}

#[tokio::test]
async fn a_deleted_job_leaves_a_tombstone_and_comes_back_by_no_late_request() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    for _ in 0..2 {
        assert_eq!(desk.job(Method::DELETE, 1, &Value::Null).await.status, 204);
    }
    for answer in [
        desk.job(Method::DELETE, 404, &Value::Null).await,
        desk.job(Method::GET, 1, &Value::Null).await,
        desk.post("/v1/jobs", &visit(1, MONDAY)).await,
        desk.job(Method::PATCH, 1, &json!({ "status": "complete" }))
            .await,
    ] {
        answer.problem(ErrorCode::JobUnknown);
    }
    let changes = desk.changes().await;
    let change = changes.iter().find(|change| change.kind == "job").unwrap();
    assert_eq!((&change.id, &change.content), (&id(1), &Content::Deleted));
}

#[tokio::test]
async fn what_cannot_be_a_job_is_refused_by_its_field() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let with = |change: Value| {
        let mut job = visit(1, MONDAY);
        for (name, value) in change.as_object().unwrap() {
            job[name] = value.clone();
        }
        job
    };
    for (change, code, says) in [
        (
            json!({ "starts_at": "2026-11-20T19:00:00Z" }),
            ErrorCode::JobInvalid,
            "in the past",
        ),
        (
            json!({ "starts_at": "2206-11-20T19:00:00Z" }),
            ErrorCode::JobInvalid,
            "further ahead",
        ),
        (
            json!({ "ends_at": "2026-11-23T18:00:00Z" }),
            ErrorCode::JobInvalid,
            "`ends_at`",
        ),
        (
            json!({ "zone": "Moon/Sea" }),
            ErrorCode::JobInvalid,
            "`zone`",
        ),
        (json!({ "zone": null }), ErrorCode::JobInvalid, "`zone`"),
        (
            json!({ "place": { "lat": 99, "lon": 0 } }),
            ErrorCode::JobInvalid,
            "`place`, `lat`",
        ),
        (
            json!({ "technician": "x".repeat(61) }),
            ErrorCode::JobInvalid,
            "`technician`",
        ),
        (json!({ "to": "12" }), ErrorCode::ToInvalid, "`to`"),
        (
            json!({ "contact": id(404) }),
            ErrorCode::RecipientAmbiguous,
            "exactly one",
        ),
        (
            json!({ "contact": id(404), "to": null }),
            ErrorCode::ContactUnknown,
            "`contact`",
        ),
        (
            json!({ "variables": { "a b": 1 } }),
            ErrorCode::VariableInvalid,
            "a b",
        ),
        (
            json!({ "starts_at": "monday" }),
            ErrorCode::BodyMalformed,
            "",
        ),
    ] {
        let problem = desk.post("/v1/jobs", &with(change)).await.problem(code);
        assert!(problem.detail.contains(says), "{problem:?}");
    }
    assert!(desk.entries().await.is_empty());
}

#[tokio::test]
async fn jobs_are_listed_by_their_times_page_by_page() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    for (n, hour) in [(1, 19), (2, 15), (3, 17), (4, 15)] {
        let starts_at = format!("2026-11-23T{hour}:00:00Z");
        desk.post("/v1/jobs", &visit(n, &starts_at)).await;
    }
    desk.set(3, json!({ "status": "canceled" })).await;
    let list = async |query: &str| {
        let (mut cursor, mut found) = (String::new(), Vec::new());
        loop {
            let page = desk.get(&format!("/v1/jobs?limit=1{query}{cursor}")).await;
            let page = page.json();
            let jobs = page["jobs"].as_array().unwrap();
            found.extend(
                jobs.iter()
                    .map(|job| job["id"].as_str().unwrap().to_owned()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    };
    assert_eq!(list("").await, [id(2), id(4), id(3), id(1)]);
    assert_eq!(list("&status=open").await, [id(2), id(4), id(1)]);
    assert_eq!(list("&status=canceled").await, [id(3)]);
    assert_eq!(
        list("&from=2026-11-23T16:00:00Z&until=2026-11-23T19:00:00Z").await,
        [id(3)]
    );
    for query in ["status=lost", "cursor=x", "from=monday", "contact=x"] {
        let answer = desk.get(&format!("/v1/jobs?{query}")).await;
        answer.problem(ErrorCode::ParameterInvalid);
    }
}

#[tokio::test]
async fn a_job_goes_with_the_conversation_where_two_contacts_become_one() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    let job = desk.post("/v1/jobs", &visit(1, MONDAY)).await.json();
    desk.receive(1, "+12394267059", "my other phone").await;
    let page = desk.get("/v1/contacts").await.json();
    let contacts = page["contacts"].as_array().unwrap();
    let ids: Vec<&str> = contacts.iter().filter_map(|it| it["id"].as_str()).collect();
    let other = ids.iter().find(|it| **it != job["contact"]).unwrap();
    let merge = json!({ "id": id(7), "other": job["contact"] });
    let merged = desk
        .post(&format!("/v1/contacts/{other}/merge"), &merge)
        .await;
    assert_eq!(merged.status, 200, "{merged:?}");
    let job = desk.job(Method::GET, 1, &Value::Null).await.json();
    assert_eq!(&job["contact"], other);
}

#[tokio::test]
async fn those_who_may_only_read_see_jobs_and_change_none() {
    let desk = Desk::by(Setup::new(), &Hands::new()).await;
    desk.post("/v1/jobs", &visit(1, MONDAY)).await;
    let reader = desk.join("Rita", "readonly").await;
    let seen = desk
        .request(Method::GET, "/v1/jobs", &reader, "", None)
        .await;
    assert_eq!(seen.status, 200);
    for (method, path) in [
        (Method::POST, "/v1/jobs".to_owned()),
        (Method::PATCH, format!("/v1/jobs/{}", id(1))),
        (Method::DELETE, format!("/v1/jobs/{}", id(1))),
        (Method::POST, format!("/v1/jobs/{}/location", id(1))),
        (Method::POST, "/v1/triggers/enroute".to_owned()),
    ] {
        let body = Some("{}".to_owned());
        let refused = desk
            .request(method, &path, &reader, "application/json", body)
            .await;
        refused.problem(ErrorCode::Forbidden);
    }
}
