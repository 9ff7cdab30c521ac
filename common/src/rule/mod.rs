//! Rules that answer and sort what customers write: how they are written, and what they decide.
//!
//! A team's rules are one TOML text of `[[rule]]` tables. [`parse()`] reads it and says of everything
//! that is wrong where it stands and what was expected; [`conflicts`] finds rules that get in each
//! other's way; [`decide()`] says what is to be done about one text. Nothing here stores or sends: a
//! decision is carried out behind the opt-out shield, which has STOP and START for itself.

mod conflict;
mod decide;
mod definition;
mod hours;
mod parse;
mod record;
mod seed;
mod switch;
#[cfg(test)]
mod tests;
mod words;

pub use conflict::{Conflict, conflicts};
pub use decide::{Answer, Decision, Situation, decide};
pub use definition::{
    AGENT_CHARACTERS_MAX, Definition, Hours, KEYWORD_CHARACTERS_MAX, KEYWORDS_MAX, LINES_MAX,
    NAME_CHARACTERS_MAX, PRIORITY_DEFAULT, PRIORITY_MAX, RULES_MAX, Reply, SNOOZE_DAYS_MAX,
    TEXT_BYTES_MAX,
};
pub use hours::Window;
pub use parse::{ERRORS_MAX, RuleError, Written, parse};
pub use record::{Rule, text_of};
pub use seed::SEEDS;
pub use switch::set_enabled;
pub use words::Said;
