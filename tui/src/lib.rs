//! The smsdesk terminal app: conversations on the left, the chat on the right, everything drawn
//! from the local disk.
//!
//! `event` → `update` → `effect` is the whole logic and pure; `app` performs the effects;
//! `cache` owns the disk, `link` the network, `terminal` the screen.

pub mod action;
pub mod app;
pub mod cache;
pub mod cli;
pub mod clock;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
pub mod desk;
pub mod doctor;
pub mod effect;
pub mod event;
pub mod identity;
pub mod input;
pub mod keyring;
pub mod link;
pub mod model;
pub mod record;
pub mod terminal;
#[cfg(test)]
pub(crate) mod testkit;
pub mod update;
pub mod view;
