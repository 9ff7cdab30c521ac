//! What the relay does by itself: each a task of its own over functions of the desk.

pub mod broadcast;
