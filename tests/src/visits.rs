//! Visits of a technician as other programs tell of them, and the texts that follow from them.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]

use crate::api::Api;
use serde_json::{Value, json};
use smsdesk_common::time::Timestamp;
use smsdesk_relay::clock::Clock;
use uuid::Uuid;

/// A day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// What a visit is told by, in its order, and what the text of each asks for.
pub const KINDS: [(&str, &[&str]); 6] = [
    ("scheduled", &["scheduled_date", "scheduled_time"]),
    ("reminder", &["scheduled_date", "scheduled_time"]),
    ("enroute", &["tech_first_name", "eta_minutes"]),
    ("15_min", &["tech_first_name"]),
    ("arrived", &["tech_first_name"]),
    ("complete", &["invoice_link"]),
];

/// The text of each to somebody of that name, of a visit at that time.
pub fn text(kind: &str, name: &str, (date, time): (&str, &str)) -> String {
    let rest = match kind {
        "scheduled" => format!(
            "your visit from Riverside Plumbing is booked for {date} at {time}. Reply here if you \
             need another time."
        ),
        "reminder" => format!(
            "a reminder from Riverside Plumbing: we visit you on {date} at {time}. Does that still \
             suit you?"
        ),
        "enroute" => {
            "Tom from Riverside Plumbing is on the way and arrives in about 25 minutes.".to_owned()
        }
        "15_min" => {
            "Tom from Riverside Plumbing is about 15 minutes away. See you soon!".to_owned()
        }
        "arrived" => "Tom from Riverside Plumbing has arrived and is at your door.".to_owned(),
        _ => "the work is done. Thank you for choosing Riverside Plumbing! Your invoice: \
              https://pay.example/7"
            .to_owned(),
    };
    format!("Hi {name}, {rest}")
}

/// The id of that number.
pub fn id(n: u128) -> String {
    Uuid::from_u128(n).to_string()
}

/// The path of the job of that number.
pub fn job(n: u128) -> String {
    format!("/v1/jobs/{}", id(n))
}

/// So many milliseconds from now.
pub fn ahead(ms: i64) -> String {
    Clock::system().now().plus_millis(ms).to_rfc3339()
}

/// A visit of Tom in two days, as it is made.
pub fn visit(n: u128, who: &str) -> Value {
    json!({
        "id": id(n), "to": who, "technician": "Tom Jones", "starts_at": ahead(2 * DAY_MS),
        "zone": "UTC", "place": { "lat": 26.142, "lon": -81.7948 },
    })
}

/// Day and time of a job, as its texts say them.
fn when(visit: &Value) -> (String, String) {
    let starts_at =
        Timestamp::parse_rfc3339(visit["starts_at"].as_str().expect("a time")).expect("a time");
    let there = starts_at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    let told = |format: &str| there.strftime(format).to_string();
    (told("%a, %b %-d"), told("%-I:%M %p"))
}

/// The texts of a visit, but for those that are left out.
pub fn texts(visit: &Value, name: &str, kinds: &[&str]) -> Vec<String> {
    let (date, time) = when(visit);
    let one = |kind: &&str| text(kind, name, (&date, &time));
    kinds.iter().map(one).collect()
}

/// What triggers are told.
pub fn values() -> Value {
    json!({
        "scheduled_date": "Mon, Nov 23", "scheduled_time": "2:00 PM", "tech_first_name": "Tom",
        "eta_minutes": 25, "invoice_link": "https://pay.example/7", "customer_first_name": "Maria",
    })
}

/// Asks for the text of a trigger to somebody.
pub async fn triggers(api: &Api, kind: &str, who: &str) -> (u16, Value) {
    let body = json!({ "to": who, "variables": values() });
    api.post(&format!("/v1/triggers/{kind}"), &body).await
}

/// The texts of triggers that are told [`values`].
pub fn triggered(kinds: impl Iterator<Item = &'static str>) -> Vec<String> {
    kinds
        .map(|kind| text(kind, "Maria", ("Mon, Nov 23", "2:00 PM")))
        .collect()
}
