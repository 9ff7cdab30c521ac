//! What a patch makes of a conversation: one rule for the relay, which stores it, and for the
//! terminal, which shows it before the relay has answered.

use crate::activity::Activity;
use crate::api::conversations::Patch;
use crate::conversation::{Conversation, ConversationStatus};

/// The most labels of one conversation: more than anybody can take in.
pub const LABELS_MAX: usize = 32;
/// The longest label, in characters: it stands beside others in a header.
pub const LABEL_CHARACTERS_MAX: usize = 40;
/// The longest reason of a flag, in characters: it is a line above a chat.
pub const FLAG_REASON_CHARACTERS_MAX: usize = 160;

/// Carries a patch out; returns what it changed, nothing where all was so already.
///
/// A conversation that is not flagged has no reason to be; one that is not snoozed has no time to
/// come back at, and one that is done waits for
/// nobody. Whoever reopens one has to find out since when it waits: that takes its timeline.
pub fn apply(patch: &Patch, conversation: &mut Conversation) -> Vec<Activity> {
    let before = conversation.clone();
    if let Some(status) = patch.status {
        conversation.status = status;
    }
    patch.assignee.apply(&mut conversation.assignee);
    if let Some(labels) = &patch.labels {
        conversation.labels = tidy(labels);
    }
    if let Some(flagged) = patch.flagged {
        conversation.flagged = flagged;
    }
    let reason = patch.flag_reason.clone();
    reason.apply(&mut conversation.flag_reason);
    if let Some(reason) = &mut conversation.flag_reason {
        *reason = reason.trim().to_owned();
    }
    if !conversation.flagged {
        conversation.flag_reason = None;
    }
    patch.snoozed_until.apply(&mut conversation.snoozed_until);
    if conversation.status != ConversationStatus::Snoozed {
        conversation.snoozed_until = None;
    }
    if conversation.status == ConversationStatus::Done {
        conversation.waiting_since = None;
    }
    differences(&before, conversation)
}

/// Labels as a conversation keeps them: trimmed, sorted, without repeats.
pub fn tidy(labels: &[String]) -> Vec<String> {
    let mut labels: Vec<String> = labels.iter().map(|label| label.trim().to_owned()).collect();
    labels.sort();
    labels.dedup();
    labels
}

/// Why labels cannot be kept, in words; none where they can.
pub fn unfit(labels: &[String]) -> Option<String> {
    if labels.len() > LABELS_MAX {
        return Some(format!(
            "has {} labels, expected at most {LABELS_MAX}",
            labels.len()
        ));
    }
    labels.iter().map(|label| label.trim()).find_map(|label| {
        let characters = label.chars().count();
        if label.is_empty() {
            Some("holds an empty label, expected words".to_owned())
        } else if characters > LABEL_CHARACTERS_MAX {
            Some(format!(
                "holds a label of {characters} characters, expected at most {LABEL_CHARACTERS_MAX}"
            ))
        } else if label.chars().any(char::is_control) {
            Some("holds a label with a control character".to_owned())
        } else {
            None
        }
    })
}

/// Why the reason of a flag cannot be kept, in words; none where it can.
pub fn unfit_reason(reason: &str) -> Option<String> {
    let characters = reason.chars().count();
    if reason.trim().is_empty() {
        Some("is empty, expected words or null".to_owned())
    } else if characters > FLAG_REASON_CHARACTERS_MAX {
        Some(format!(
            "has {characters} characters, expected at most {FLAG_REASON_CHARACTERS_MAX}"
        ))
    } else if reason.chars().any(char::is_control) {
        Some("holds a control character".to_owned())
    } else {
        None
    }
}

fn differences(before: &Conversation, after: &Conversation) -> Vec<Activity> {
    let mut did = Vec::new();
    if before.status != after.status {
        did.push(Activity::Status {
            from: before.status,
            to: after.status,
        });
    }
    if before.snoozed_until != after.snoozed_until {
        did.push(Activity::SnoozedUntil {
            from: before.snoozed_until,
            to: after.snoozed_until,
        });
    }
    if before.assignee != after.assignee {
        did.push(Activity::Assignee {
            from: before.assignee,
            to: after.assignee,
        });
    }
    if before.labels != after.labels {
        did.push(Activity::Labels {
            from: before.labels.clone(),
            to: after.labels.clone(),
        });
    }
    if before.flagged != after.flagged {
        did.push(Activity::Flagged {
            from: before.flagged,
            to: after.flagged,
        });
    }
    if before.flag_reason != after.flag_reason {
        did.push(Activity::FlagReason {
            from: before.flag_reason.clone(),
            to: after.flag_reason.clone(),
        });
    }
    did
}
