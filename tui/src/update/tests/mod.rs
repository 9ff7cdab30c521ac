#![expect(clippy::unwrap_used, reason = "tests")]

mod any_order;
mod chat;
mod compose;
mod first_run;
mod list;
mod screens;
