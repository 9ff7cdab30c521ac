//! Screens as they are: every snapshot was looked at.

mod hostile;
mod screens;
mod wire;
