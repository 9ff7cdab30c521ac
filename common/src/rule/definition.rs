//! What one rule says.

use super::hours::Window;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most rules of a team: each is held against every text that comes in.
pub const RULES_MAX: usize = 200;
/// The longest text of all rules, in bytes: half of what a request may have.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;
/// The longest name, in characters: it stands in a line of a list.
pub const NAME_CHARACTERS_MAX: usize = 60;
/// The most keywords of a rule: more are two rules.
pub const KEYWORDS_MAX: usize = 100;
/// The longest keyword, in characters: longer ones nobody writes twice in the same way.
pub const KEYWORD_CHARACTERS_MAX: usize = 80;
/// The most lines that a rule names.
pub const LINES_MAX: usize = 50;
/// The lowest priority.
pub const PRIORITY_MAX: u32 = 1_000;
/// The priority of a rule that names none.
pub const PRIORITY_DEFAULT: u32 = 100;
/// The longest name of somebody to assign to, in characters.
pub const AGENT_CHARACTERS_MAX: usize = 100;
/// The longest snooze, in days: what is put away for longer is forgotten.
pub const SNOOZE_DAYS_MAX: i64 = 90;

/// What one rule says: which texts it means, and what is done about them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleDefinition")]
pub struct Definition {
    /// Its name; unique among the rules but for case and accents.
    pub name: String,
    /// Whether it does anything.
    pub enabled: bool,
    /// 1 comes first; rules of the same priority go in the order of the text.
    pub priority: u32,
    /// Words of which a text must hold one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<String>,
    /// Words of which one must be the whole text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole: Vec<String>,
    /// The lines of ours to which the text must come; all of them where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// When it holds; at any time where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Whether it must be the first text of the conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_contact_only: bool,
    /// What is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Why somebody should look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Labels that the conversation gets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The name of the colleague who gets the conversation, where nobody has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<String>,
    /// How long it is put away, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze_minutes: Option<i64>,
    /// Whether no rule behind this one is looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stop: bool,
}

/// What a rule answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
#[schemars(rename = "RuleReply")]
pub enum Reply {
    /// These words; variables are filled in as in a template.
    Text(String),
    /// The team's template of this name, short name or key, in the contact's language.
    Template(String),
    /// What the endpoint suggests that judges texts, where it is sure enough.
    Ai,
}

/// When a rule holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "when", rename_all = "snake_case")]
#[schemars(rename = "RuleHours")]
pub enum Hours {
    /// In business hours; always, where none are set.
    Business,
    /// Outside of them; never, where none are set.
    Outside,
    /// In hours of its own.
    Window(Window),
}
