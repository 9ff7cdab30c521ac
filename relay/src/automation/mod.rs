//! What the relay decides by itself. Deciding is pure; what was decided is carried out in `desk/`,
//! behind the same gate as every other text.

pub mod rules;
#[cfg(test)]
mod rules_tests;
