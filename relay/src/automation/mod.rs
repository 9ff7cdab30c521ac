//! What the relay does by itself. Deciding on rules is pure; what was decided is carried out in `desk/`,
//! behind the same gate as every other text. What takes its time is a task over functions of the desk.

pub mod broadcast;
pub mod rules;
#[cfg(test)]
mod rules_tests;
