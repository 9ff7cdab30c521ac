//! What is to be done about one text.

use super::definition::{Definition, Hours, Reply};
use super::words::Said;
use crate::optout::OptOutSignal;
use crate::time::Timestamp;
use crate::triage;

/// Under which circumstances a text came.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The line of ours to which it came.
    pub line: &'a str,
    /// When.
    pub at: Timestamp,
    /// Whether somebody is at the desk then; always, where no hours are set.
    pub is_business: bool,
    /// Whether it is the first one of its conversation.
    pub is_first: bool,
    /// What it says about being texted.
    pub signal: Option<OptOutSignal>,
}

/// What a rule answers. Rules are named by their place in the list that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose.
    pub rule: usize,
    /// What.
    pub reply: Reply,
}

/// What is to be done about a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The rules that meant it, the one with the lowest priority first.
    pub matched: Vec<usize>,
    /// The one answer: that of the first rule which has one.
    pub answer: Option<Answer>,
    /// Why somebody should look: the first reason.
    pub flag: Option<String>,
    /// Labels, sorted, without repeats.
    pub labels: Vec<String>,
    /// Who gets the conversation: the first one named.
    pub assign: Option<String>,
    /// How long it is put away, in minutes: the first one named.
    pub snooze_minutes: Option<i64>,
}

/// Decides about a text, whatever text it is.
///
/// Rules are looked at by priority, those of the same one in the order of the list; of each thing that
/// can be done once, the first rule that wants it done counts; a rule that stops is the last one. A text
/// that says STOP reaches no rule, and one that says START or HELP gets no answer: it has one already.
pub fn decide(rules: &[Definition], text: &str, situation: &Situation<'_>) -> Decision {
    let mut decision = Decision::default();
    if situation.signal == Some(OptOutSignal::Stop) {
        return decision;
    }
    let mut order: Vec<(usize, &Definition)> = rules.iter().enumerate().collect();
    order.sort_by_key(|(_, rule)| rule.priority);
    let said = Said::of(text);
    for (n, rule) in order {
        if !means(rule, &said, situation) {
            continue;
        }
        decision.matched.push(n);
        if decision.answer.is_none() && situation.signal.is_none() {
            decision.answer = rule.reply.clone().map(|reply| Answer { rule: n, reply });
        }
        decision.flag = decision.flag.or_else(|| rule.flag.clone());
        decision.labels.extend(rule.labels.iter().cloned());
        decision.assign = decision.assign.or_else(|| rule.assign.clone());
        decision.snooze_minutes = decision.snooze_minutes.or(rule.snooze_minutes);
        if rule.stop {
            break;
        }
    }
    decision.labels = triage::tidy(&decision.labels);
    decision
}

/// Whether a rule means a text.
fn means(rule: &Definition, said: &Said, situation: &Situation<'_>) -> bool {
    rule.enabled
        && (situation.is_first || !rule.first_contact_only)
        && (rule.lines.is_empty() || rule.lines.iter().any(|line| line == situation.line))
        && holds_now(rule, situation)
        && says(rule, said)
}

fn holds_now(rule: &Definition, situation: &Situation<'_>) -> bool {
    match &rule.hours {
        None => true,
        Some(Hours::Business) => situation.is_business,
        Some(Hours::Outside) => !situation.is_business,
        Some(Hours::Window(window)) => window.contains(situation.at),
    }
}

fn says(rule: &Definition, said: &Said) -> bool {
    if rule.any.is_empty() && rule.whole.is_empty() {
        return true;
    }
    rule.any.iter().any(|word| said.holds(&Said::of(word)))
        || rule.whole.iter().any(|word| *said == Said::of(word))
}
