//! `/v1/rules`: what answers or sorts what customers write.

use crate::described::Of;
use crate::ids::{AgentId, RequestId, Seq};
use crate::record::Record;
use crate::rule::{Conflict, Reply, Rule};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most editions that one answer has: each may be as long as all rules.
pub const EDITIONS_MAX: u32 = 20;

/// `GET /v1/rules`, and the answer to a `PUT`: the rules as they hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rules {
    /// The text that the team wrote.
    pub text: String,
    /// The commit that made it hold; zero where there never was one. What `if_seq` is held against.
    pub seq: Seq,
    /// When that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// Who wrote it; nobody for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_by: Option<AgentId>,
    /// Its rules in the order of the text, each with its `kind` as in the feed.
    #[schemars(with = "Vec<Of<Rule>>")]
    pub rules: Vec<Record>,
    /// What rules have in each other's way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// `PUT /v1/rules`: the text of all rules, in place of what held.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PutRules {
    /// The request's id, chosen by the client, so that repeating the request is harmless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// The rules as TOML; see [`crate::rule`].
    pub text: String,
    /// Only where nobody edited them after this position. A rule's hits are no edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub if_seq: Option<Seq>,
}

/// `GET /v1/rules/history`: the texts that held, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuleHistory {
    /// At most [`EDITIONS_MAX`].
    pub editions: Vec<Edition>,
}

/// A text of rules that held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RulesEdition")]
pub struct Edition {
    /// The commit that made it hold.
    pub seq: Seq,
    /// When.
    pub at: Timestamp,
    /// Who wrote it; nobody for the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<AgentId>,
    /// All of it.
    pub text: String,
}

/// `POST /v1/rules/test`: a text as if a customer had written it. Nothing is stored or sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestRules {
    /// What the customer writes.
    pub body: String,
    /// Rules to try in place of those that hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The line of ours to which it comes; needed where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// When it comes; now where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Whether it is the first one of its conversation.
    #[serde(default)]
    pub first: bool,
}

/// The answer to [`TestRules`]: what would be done. The limits of a conversation, such as three
/// replies in ten minutes, are not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RulesTested")]
pub struct Tested {
    /// The names of the rules that mean it, the lowest priority first.
    pub matched: Vec<String>,
    /// Whose answer would go out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<String>,
    /// What would be answered, before variables are filled in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// Why somebody should look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<String>,
    /// Labels that the conversation would get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Who would get it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<String>,
    /// How long it would be put away, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snooze_minutes: Option<i64>,
    /// What rules have in each other's way, where rules came to be tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}
