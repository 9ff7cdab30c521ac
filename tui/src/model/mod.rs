//! What the screen shows, as plain data. No IO, no clock, no terminal.

pub mod chat;
pub mod list;
pub mod connection;
pub mod editor;
