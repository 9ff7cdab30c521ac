//! The Twilio simulator over real sockets, as a relay and as Twilio's SDKs meet it.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod callbacks;
mod faults;
mod holdings;
mod inbound;
mod receiver;
mod rest;
mod retries;
mod schema;
mod segments;
mod world;
