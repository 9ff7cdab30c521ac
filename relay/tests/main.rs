//! The relay from outside: real sockets, a real database in a folder of its own, and a scripted
//! server in the place of Twilio's API.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod audit;
mod authorisation;
mod binary;
mod calls;
mod care;
mod changes_of_clocks;
mod common;
mod contacts;
mod copies;
mod doctor;
mod doctor_https;
mod insight;
mod jobs;
mod later;
mod limits;
mod lines_labels;
mod media;
mod messages;
mod modes;
mod observed;
mod outbox;
mod people;
mod private;
mod reconcile;
mod reminders;
mod restore;
mod routes;
mod rules;
mod search;
mod settings;
mod setup;
mod stats;
mod stream;
mod stream_limits;
mod stream_patience;
mod stream_presence;
mod templates;
mod triage;
mod triggers;
mod verify_twilio;
mod webhooks;
mod webhooks_status;
