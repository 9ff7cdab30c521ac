//! From keys to named actions: the key type, the contexts, the one table, and what is told about
//! it to people (hints, help, `docs/keys.md`).
//!
//! Nothing else in the app knows which key does what, and nothing here knows what an action does.

pub mod burst;
pub mod command;
pub mod context;
pub mod docs;
pub mod escape;
pub mod key;
pub mod keymap;
pub mod needs;
pub mod preset;
pub mod reach;
pub mod rebind;
mod table;
pub mod teach;
