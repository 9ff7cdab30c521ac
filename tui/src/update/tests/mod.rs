mod any_order;
mod chat;
mod compose;
mod first_run;
mod list;
mod prompt;
mod screens;
mod triage;
