//! Rules that get in each other's way, or in that of the opt-out. None of it keeps a text of rules from
//! being stored; whoever writes it is told.

use super::definition::{Definition, Hours};
use super::parse::Written;
use super::words::Said;
use crate::optout::OptOutSignal;
use crate::phone::Address;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most conflicts that are told at once: two hundred rules have twenty thousand pairs.
const CONFLICTS_MAX: usize = 100;

/// Something about a rule that its author hardly meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RuleConflict")]
pub struct Conflict {
    /// The line of the rule's head, counted from 1.
    pub line: usize,
    /// What the rule is called.
    pub rule: String,
    /// What is the matter, in words.
    pub problem: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, {:?}: {}", self.line, self.rule, self.problem)
    }
}

/// What rules have in each other's way, in the order of the text. Rules that are off have nothing.
pub fn conflicts(rules: &[Written]) -> Vec<Conflict> {
    let mut order: Vec<&Written> = rules.iter().collect();
    order.retain(|rule| rule.definition.enabled);
    order.sort_by_key(|rule| rule.definition.priority);
    let said: Vec<Keywords> = order
        .iter()
        .map(|it| Keywords::of(&it.definition))
        .collect();
    let mut found = Vec::new();
    for (n, rule) in order.iter().enumerate() {
        found.extend(opt_out_words(rule));
        for before in 0..n {
            let problem = between(
                (&order[before].definition, &said[before]),
                (&rule.definition, &said[n]),
            );
            found.extend(problem.map(|problem| told(rule, problem)));
        }
    }
    found.sort_by_key(|conflict: &Conflict| conflict.line);
    found.truncate(CONFLICTS_MAX);
    found
}

fn told(rule: &Written, problem: String) -> Conflict {
    Conflict {
        line: rule.line,
        rule: rule.definition.name.clone(),
        problem,
    }
}

/// Keywords that, as a whole text, are obeyed before any rule is asked.
fn opt_out_words(rule: &Written) -> Vec<Conflict> {
    let says = &rule.definition;
    // A line that is no number: every word counts there.
    let Ok(line) = Address::from_twilio("+15550100000") else {
        return Vec::new();
    };
    let of = |word: &String| OptOutSignal::of(word, None, &line);
    let stop_words = says.any.iter().chain(&says.whole);
    let stop_words = stop_words.filter(|word| of(word) == Some(OptOutSignal::Stop));
    let stop_words = stop_words.map(|word| {
        format!("a text that is nothing but {word:?} opts the person out and reaches no rule")
    });
    let answered = says.whole.iter().filter(|_| says.reply.is_some());
    let answered = answered.filter_map(|word| {
        let theirs = matches!(of(word), Some(OptOutSignal::Start | OptOutSignal::Help));
        theirs.then(|| {
            format!("{word:?} is answered by the provider, so that this rule does not reply to it")
        })
    });
    let starts = says.any.iter().filter(|word| {
        let known = ["start", "unstop"];
        known.contains(&word.trim().to_lowercase().as_str())
    });
    let starts = starts.map(|word| {
        format!(
            "a text that is nothing but {word:?} opts the person in and gets no reply of a rule"
        )
    });
    let all = stop_words.chain(answered).chain(starts);
    all.map(|problem| told(rule, problem)).collect()
}

/// The keywords of a rule in the words that they are compared by.
struct Keywords {
    any: Vec<Said>,
    whole: Vec<Said>,
    every: bool,
}

impl Keywords {
    fn of(rule: &Definition) -> Self {
        let said = |words: &[String]| words.iter().map(|word| Said::of(word)).collect();
        Self {
            any: said(&rule.any),
            whole: said(&rule.whole),
            every: rule.any.is_empty() && rule.whole.is_empty(),
        }
    }

    /// Whether these mean every text that `other` means.
    fn cover(&self, other: &Self) -> bool {
        if self.every || other.every {
            return self.every;
        }
        let held = |word: &Said| self.any.iter().any(|mine| word.holds(mine));
        let other_whole = |word: &Said| held(word) || self.whole.contains(word);
        other.any.iter().all(held) && other.whole.iter().all(other_whole)
    }

    /// Whether some keyword of one is, or holds, one of the other: the same words call both.
    fn meet(&self, other: &Self) -> bool {
        let near = |one: &Self, two: &Self| {
            let words = two.any.iter().chain(&two.whole);
            let mut words = words;
            words
                .any(|word| one.any.iter().any(|mine| word.holds(mine)) || one.whole.contains(word))
        };
        self.every || other.every || near(self, other) || near(other, self)
    }
}

/// What an earlier rule has in the way of a later one.
fn between(
    (first, said_first): (&Definition, &Keywords),
    (then, said_then): (&Definition, &Keywords),
) -> Option<String> {
    let covers = holds_whenever(first, then) && said_first.cover(said_then);
    let both_answer = first.reply.is_some() && then.reply.is_some();
    if covers && first.stop {
        return Some(format!(
            "never acts: {:?} comes before it, means every text that it means, and stops",
            first.name
        ));
    }
    if covers && both_answer {
        return Some(format!(
            "never replies: {:?} comes before it and answers every text that it means",
            first.name
        ));
    }
    let same = first.priority == then.priority && !first.stop;
    if same && both_answer && may_hold_together(first, then) && said_first.meet(said_then) {
        return Some(format!(
            "answers the same texts as {:?} at the same priority, {}; the one that stands first \
             in the text replies",
            first.name, first.priority
        ));
    }
    None
}

/// Whether `first` holds in every situation in which `then` does, words apart.
fn holds_whenever(first: &Definition, then: &Definition) -> bool {
    let lines = first.lines.is_empty()
        || (!then.lines.is_empty() && then.lines.iter().all(|line| first.lines.contains(line)));
    let hours = first.hours.is_none() || first.hours == then.hours;
    let contact = !first.first_contact_only || then.first_contact_only;
    lines && hours && contact
}

/// Whether there may be a situation in which both hold, words apart.
fn may_hold_together(first: &Definition, then: &Definition) -> bool {
    let lines = first.lines.is_empty()
        || then.lines.is_empty()
        || then.lines.iter().any(|line| first.lines.contains(line));
    let opposite = matches!(
        (&first.hours, &then.hours),
        (Some(Hours::Business), Some(Hours::Outside))
            | (Some(Hours::Outside), Some(Hours::Business))
    );
    lines && !opposite
}
