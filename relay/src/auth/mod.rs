//! Who may do what: secrets that stand for people.

pub mod secret;
