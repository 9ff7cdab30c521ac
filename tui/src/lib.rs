//! The smsdesk terminal app: conversations on the left, the chat on the right, everything drawn
//! from the local disk.
//!
//! `event` → `update` → `effect` is the whole logic and pure; `app` performs the effects;
//! `cache` owns the disk, `link` the network, `terminal` the screen.

pub mod cache;
pub mod clock;
#[cfg(feature = "demo")]
pub mod demo;
pub mod effect;
pub mod event;
pub mod link;
pub mod model;
