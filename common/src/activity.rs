//! What was done to a conversation, as its timeline keeps it: typed for programs, and in words.

use crate::conversation::ConversationStatus;
use crate::ids::{AgentId, ContactId, EntryId};
use crate::job::JobDeed;
use crate::optout::Means;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One field of a conversation that an agent changed, with what it held before, so that the change
/// can be turned back. An entry lists all that one request changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Activity {
    /// Where it stands in the team's work.
    Status {
        /// Before.
        from: ConversationStatus,
        /// After.
        to: ConversationStatus,
    },
    /// Who owns it.
    Assignee {
        /// Before.
        from: Option<AgentId>,
        /// After.
        to: Option<AgentId>,
    },
    /// Its labels, sorted, without repeats.
    Labels {
        /// Before.
        from: Vec<String>,
        /// After.
        to: Vec<String>,
    },
    /// Whether somebody asked for attention.
    Flagged {
        /// Before.
        from: bool,
        /// After.
        to: bool,
    },
    /// Why somebody asked for attention.
    FlagReason {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// When it comes back.
    SnoozedUntil {
        /// Before.
        from: Option<Timestamp>,
        /// After.
        to: Option<Timestamp>,
    },
    /// What became of a text that waits for its time.
    TimedText {
        /// Which.
        text: EntryId,
        /// What.
        change: TimedChange,
    },
    /// Whether the person may be texted.
    Consent {
        /// What of it.
        change: ConsentChange,
    },
    /// What is known of the contact.
    Contact {
        /// What of it.
        change: ContactChange,
    },
    /// What became of an appointment.
    Job(JobDeed),
    /// Something that only a later version understands; the entry's body says it in words.
    #[serde(other)]
    Unknown,
}

/// What became of a text that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum TimedChange {
    /// It has other words.
    Edited,
    /// It goes out at another time.
    Moved {
        /// Before.
        from: Timestamp,
        /// After.
        to: Timestamp,
    },
    /// Whether a text of the customer cancels it.
    CancelOnReply {
        /// After.
        to: bool,
    },
    /// Somebody let it go before its time.
    SentNow,
    /// It does not go out.
    Canceled,
    /// The customer wrote first, so it does not go out.
    CanceledByReply,
    /// It missed its time and waits for somebody to decide.
    Held,
    /// Something that only a later version understands.
    #[serde(other)]
    Unknown,
}

/// What was said or learned about texting a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum ConsentChange {
    /// They get no more texts.
    OptedOut {
        /// How that is known.
        means: Means,
    },
    /// They get texts again.
    OptedIn,
    /// It sounds as if they wanted no more; nobody has decided.
    Wished,
    /// Something that only a later version understands.
    #[serde(other)]
    Unknown,
}

impl ConsentChange {
    const fn words(&self) -> &'static str {
        match self {
            Self::OptedOut {
                means: Means::Keyword,
            } => "opted out by texting STOP",
            Self::OptedOut {
                means: Means::Provider,
            } => "noted that the person has opted out: the provider refused a text",
            Self::OptedOut {
                means: Means::Agent,
            } => "opted the person out",
            Self::OptedOut {
                means: Means::Unknown,
            } => "opted out",
            Self::OptedIn => "opted in again by texting START",
            Self::Wished => "may want no more texts, by their words",
            Self::Unknown => "said something about being texted",
        }
    }
}

/// What was changed of the contact behind a conversation; told in each of theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ContactChange {
    /// What the contact is called.
    Name {
        /// Before.
        from: Option<String>,
        /// After.
        to: Option<String>,
    },
    /// What else is known of the contact.
    Fields {
        /// The names of what was changed; not what it holds, which may be long.
        fields: Vec<String>,
    },
    /// Another contact was taken in.
    Merged {
        /// Which; it is gone.
        other: ContactId,
        /// What it was called.
        name: Option<String>,
    },
    /// A contact that had been taken in is one of its own again.
    Split {
        /// Which.
        other: ContactId,
        /// What it is called.
        name: Option<String>,
    },
    /// Something that only a later version understands.
    #[serde(other)]
    Unknown,
}

impl TimedChange {
    fn words(&self) -> String {
        match self {
            Self::Edited => "changed the words of a timed text".to_owned(),
            Self::Moved { to, .. } => format!("moved a timed text to {}", to.to_rfc3339()),
            Self::CancelOnReply { to: true } => {
                "lets a timed text go only if the customer does not write first".to_owned()
            }
            Self::CancelOnReply { to: false } => {
                "lets a timed text go even if the customer writes first".to_owned()
            }
            Self::SentNow => "sent a timed text before its time".to_owned(),
            Self::Canceled => "canceled a timed text".to_owned(),
            Self::CanceledByReply => "canceled a timed text: the customer wrote first".to_owned(),
            Self::Held => "held a timed text that missed its time".to_owned(),
            Self::Unknown => "changed a timed text".to_owned(),
        }
    }
}

/// What `by` did, in words that follow a name: "marked it done, removed the flag". `name` gives a
/// colleague's name.
pub fn words(did: &[Activity], by: AgentId, name: impl Fn(AgentId) -> String) -> String {
    let snooze_is_told = did.iter().any(|activity| {
        let Activity::Status { from, to } = activity else {
            return false;
        };
        // The end of a snooze needs no words beside what ended it.
        [from, to].contains(&&ConversationStatus::Snoozed)
    });
    let until = did.iter().find_map(|activity| match activity {
        Activity::SnoozedUntil { to, .. } => Some(*to),
        _ => None,
    });
    let flag_is_told = did
        .iter()
        .any(|activity| matches!(activity, Activity::Flagged { .. }));
    let reason = did.iter().find_map(|activity| match activity {
        Activity::FlagReason { to, .. } => to.as_deref(),
        _ => None,
    });
    let mut parts = Vec::new();
    for activity in did {
        match activity {
            Activity::Status { to, .. } => parts.push(match to {
                ConversationStatus::Open => "reopened it".to_owned(),
                ConversationStatus::Done => "marked it done".to_owned(),
                ConversationStatus::Snoozed => snoozed(until.flatten()),
            }),
            Activity::SnoozedUntil { .. } if snooze_is_told => {}
            Activity::SnoozedUntil { to, .. } => parts.push(snoozed(*to)),
            Activity::Assignee { to, .. } => parts.push(match to {
                Some(to) if *to == by => "took it".to_owned(),
                Some(to) => format!("assigned it to {}", name(*to)),
                None => "unassigned it".to_owned(),
            }),
            Activity::Flagged { to: true, .. } => parts.push(match reason {
                Some(reason) => format!("flagged it: {reason}"),
                None => "flagged it".to_owned(),
            }),
            // Told beside the flag itself.
            Activity::FlagReason { .. } if flag_is_told => {}
            Activity::FlagReason { to: Some(to), .. } => parts.push(format!("noted why: {to}")),
            Activity::FlagReason { to: None, .. } => {
                parts.push("removed the reason of the flag".to_owned());
            }
            Activity::Flagged { to: false, .. } => parts.push("removed the flag".to_owned()),
            Activity::Labels { from, to } => {
                parts.extend(labels("added the label", "added the labels", to, from));
                parts.extend(labels("removed the label", "removed the labels", from, to));
            }
            Activity::TimedText { change, .. } => parts.push(change.words()),
            Activity::Job(deed) => parts.push(deed.words()),
            Activity::Consent { change } => parts.push(change.words().to_owned()),
            Activity::Unknown => parts.push("changed something".to_owned()),
            Activity::Contact { change } => parts.push(contact(change)),
        }
    }
    parts.join(", ")
}

/// What was done to the contact.
fn contact(change: &ContactChange) -> String {
    let called = |name: &Option<String>| name.clone().unwrap_or_else(|| "another".to_owned());
    match change {
        ContactChange::Name { from: None, to } => {
            format!("named the contact {}", to.as_deref().unwrap_or_default())
        }
        ContactChange::Name {
            from: Some(from),
            to: Some(to),
        } => format!("renamed the contact from {from} to {to}"),
        ContactChange::Name {
            from: Some(from), ..
        } => format!("removed the contact's name, {from}"),
        ContactChange::Fields { fields } => {
            format!("changed the contact's {}", fields.join(", "))
        }
        ContactChange::Merged { name, .. } => {
            format!("merged the contact with {}", called(name))
        }
        ContactChange::Split { name, .. } => {
            format!("made {} a contact of its own again", called(name))
        }
        ContactChange::Unknown => "changed something of the contact".to_owned(),
    }
}

fn snoozed(until: Option<Timestamp>) -> String {
    until.map_or_else(
        || "snoozed it until the customer writes".to_owned(),
        |until| format!("snoozed it until {}", until.to_rfc3339()),
    )
}

/// The labels of `these` that `those` lack.
fn labels(one: &str, several: &str, these: &[String], those: &[String]) -> Option<String> {
    let only: Vec<_> = these.iter().filter(|it| !those.contains(it)).collect();
    let list = only
        .iter()
        .map(|label| label.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    match only.len() {
        0 => None,
        1 => Some(format!("{one} {list}")),
        _ => Some(format!("{several} {list}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const ANA: AgentId = AgentId(Uuid::from_u128(1));
    const BO: AgentId = AgentId(Uuid::from_u128(2));

    fn said(did: &[Activity]) -> String {
        words(did, ANA, |_| "Bo".to_owned())
    }

    fn status(from: ConversationStatus, to: ConversationStatus) -> Activity {
        Activity::Status { from, to }
    }

    #[test]
    fn what_was_done_is_said_in_words() {
        use ConversationStatus::{Done, Open, Snoozed};
        let until = Timestamp::from_millis(1_795_176_000_000);
        let snooze = |from, to| Activity::SnoozedUntil { from, to };
        let labels = |from: &[&str], to: &[&str]| Activity::Labels {
            from: from.iter().map(|label| (*label).to_owned()).collect(),
            to: to.iter().map(|label| (*label).to_owned()).collect(),
        };
        for (did, expected) in [
            (vec![status(Open, Done)], "marked it done"),
            (vec![status(Done, Open)], "reopened it"),
            (
                vec![status(Open, Snoozed)],
                "snoozed it until the customer writes",
            ),
            (
                vec![status(Open, Snoozed), snooze(None, Some(until))],
                "snoozed it until 2026-11-20T12:00:00.000Z",
            ),
            (
                vec![snooze(Some(until), None)],
                "snoozed it until the customer writes",
            ),
            (
                vec![status(Snoozed, Open), snooze(Some(until), None)],
                "reopened it",
            ),
            (
                vec![Activity::Assignee {
                    from: None,
                    to: Some(ANA),
                }],
                "took it",
            ),
            (
                vec![Activity::Assignee {
                    from: Some(ANA),
                    to: Some(BO),
                }],
                "assigned it to Bo",
            ),
            (
                vec![
                    status(Open, Done),
                    Activity::Flagged {
                        from: true,
                        to: false,
                    },
                ],
                "marked it done, removed the flag",
            ),
            (
                vec![labels(&["old"], &["billing", "urgent"])],
                "added the labels billing, urgent, removed the label old",
            ),
        ] {
            assert_eq!(said(&did), expected);
        }
    }

    #[test]
    fn why_something_is_flagged_is_told_with_the_flag() {
        let flag = |to: bool| Activity::Flagged { from: !to, to };
        let why = |from: Option<&str>, to: Option<&str>| Activity::FlagReason {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        for (did, expected) in [
            (
                vec![flag(true), why(None, Some("angry"))],
                "flagged it: angry",
            ),
            (
                vec![flag(false), why(Some("angry"), None)],
                "removed the flag",
            ),
            (vec![why(None, Some("calm"))], "noted why: calm"),
            (
                vec![why(Some("calm"), None)],
                "removed the reason of the flag",
            ),
        ] {
            assert_eq!(said(&did), expected);
        }
    }

    #[test]
    fn an_activity_of_a_later_version_does_not_hide_the_rest_of_its_entry() {
        let json = r#"[{"what":"moved","into":7},{"what":"flagged","from":false,"to":true}]"#;
        let did: Vec<Activity> = serde_json::from_str(json).unwrap();
        assert_eq!(
            did,
            [
                Activity::Unknown,
                Activity::Flagged {
                    from: false,
                    to: true
                }
            ]
        );
    }
}
