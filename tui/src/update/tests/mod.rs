mod any_order;
mod chat;
mod compose;
mod first_run;
mod list;
mod screens;
mod triage;
mod undo;
