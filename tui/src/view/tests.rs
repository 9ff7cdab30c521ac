//! Screens as they are: every snapshot was looked at.

mod hostile;
mod names;
mod screens;
mod stats;
mod watch;
mod wire;
