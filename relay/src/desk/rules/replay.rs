//! What rules would do: about one text, and about those that came. Stores and sends nothing.

use super::read;
use super::standing::Standing;
use crate::desk::{DeskError, lines};
use crate::store::sql::Reads;
use crate::store::{StoreError, conversations, entries, rules};
use serde::Serialize;
use smsdesk_common::api::rules::{TestRules, Tested};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, Seq};
use smsdesk_common::optout::{OptOutSignal, plain_language_wish};
use smsdesk_common::phone::Address;
use smsdesk_common::rule::{Definition, Situation, conflicts, decide};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// What share of all texts a rule may answer before it is said to swallow everyday words, in percent.
pub const SHARE_PERCENT: u32 = 20;
/// Fewer texts say nothing about a share.
const TEXTS_MIN: u32 = 10;
/// How many texts are read at once.
const PAGE: u32 = 500;

/// What would be done about one text.
///
/// # Errors
/// The rules that came cannot be read, or the line is none; or the database cannot be read.
pub fn test(reads: &mut dyn Reads, now: Timestamp, asked: &TestRules) -> Result<Tested, DeskError> {
    let standing = Standing::load(reads)?;
    let (definitions, conflicts) = match &asked.text {
        Some(text) => {
            let written = read(reads, text)?;
            let conflicts = conflicts(&written);
            let definitions = written.into_iter().map(|it| it.definition).collect();
            (definitions, conflicts)
        }
        None => (held(reads)?, Vec::new()),
    };
    let line = lines::choose(reads, asked.line.as_deref())?;
    let at = asked.at.unwrap_or(now);
    let situation = Situation {
        line: line.as_str(),
        at,
        is_business: standing.is_open(at),
        is_first: asked.first,
        signal: OptOutSignal::of(&asked.body, None, &line),
    };
    let decision = decide(&definitions, &asked.body, &situation);
    let name = |n: usize| definitions.get(n).map(|rule| rule.name.clone());
    let answer = decision.answer.as_ref();
    Ok(Tested {
        matched: decision.matched.iter().filter_map(|n| name(*n)).collect(),
        answered_by: answer.and_then(|answer| name(answer.rule)),
        reply: answer.map(|answer| answer.reply.clone()),
        flag: decision.flag.clone(),
        labels: decision.labels.clone(),
        assign: decision.assign.clone(),
        snooze_minutes: decision.snooze_minutes,
        conflicts,
    })
}

fn held(reads: &mut dyn Reads) -> Result<Vec<Definition>, StoreError> {
    let all = rules::all(reads)?;
    Ok(all.into_iter().map(|rule| rule.says).collect())
}

/// A text that would have been answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// When it came.
    pub at: Timestamp,
    /// Where.
    pub conversation: ConversationId,
    /// What the customer wrote; remote text.
    pub body: String,
    /// By which rule.
    pub rule: String,
}

/// What one rule would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What it is called.
    pub rule: String,
    /// How many texts it means.
    pub meant: u32,
    /// How many it would have answered.
    pub answered: u32,
    /// Whether that is so large a share that it swallows everyday texts.
    pub swallows: bool,
}

/// What rules would have done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// How many texts of customers were looked at.
    pub texts: u32,
    /// How many would have been answered.
    pub answered: u32,
    /// The latest of them, the newest first.
    pub latest: Vec<Answered>,
    /// A count for each rule, in the order of the text.
    pub rules: Vec<Count>,
}

/// What rules would have done about the texts since a time. Without `text` the rules that hold;
/// `listed` is how many answered texts are told, `share` what share is too large, in percent. The
/// limits of a conversation are not looked at.
///
/// # Errors
/// The rules that came cannot be read, or the database cannot be read.
pub fn replay(
    reads: &mut dyn Reads,
    since: Timestamp,
    text: Option<&str>,
    (listed, share): (usize, u32),
) -> Result<Replay, DeskError> {
    let standing = Standing::load(reads)?;
    let definitions = match text {
        Some(text) => {
            let written = read(reads, text)?;
            written.into_iter().map(|it| it.definition).collect()
        }
        None => held(reads)?,
    };
    let count = |rule: &Definition| Count {
        rule: rule.name.clone(),
        ..Count::default()
    };
    let mut replay = Replay {
        rules: definitions.iter().map(count).collect(),
        ..Replay::default()
    };
    let mut known = BTreeMap::new();
    let mut after = Seq::ZERO;
    loop {
        let page = entries::inbound_since(reads, since, after, PAGE)?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.position;
        for entry in page {
            replay.look(reads, (&standing, &definitions), &mut known, entry)?;
        }
        let surplus = replay.latest.len().saturating_sub(listed);
        replay.latest.drain(..surplus);
    }
    replay.latest.reverse();
    for count in &mut replay.rules {
        let large = u64::from(count.answered) * 100 > u64::from(replay.texts) * u64::from(share);
        count.swallows = large && replay.texts >= TEXTS_MIN;
    }
    Ok(replay)
}

impl Replay {
    /// Looks at one text. `known` has the lines of the conversations that were met before.
    fn look(
        &mut self,
        reads: &mut dyn Reads,
        (standing, rules): (&Standing, &[Definition]),
        known: &mut BTreeMap<ConversationId, Address>,
        entry: Entry,
    ) -> Result<(), StoreError> {
        let id = entry.conversation;
        let is_first = match known.contains_key(&id) {
            true => false,
            false => {
                let found = conversations::find(reads, id)?;
                known.extend(found.map(|found| (id, found.line)));
                !entries::has_inbound_before(reads, id, entry.position)?
            }
        };
        let Some(line) = known.get(&id) else {
            return Ok(());
        };
        let situation = Situation {
            line: line.as_str(),
            at: entry.at,
            is_business: standing.is_open(entry.at),
            is_first,
            signal: OptOutSignal::of(&entry.body, None, line),
        };
        let decision = decide(rules, &entry.body, &situation);
        self.texts += 1;
        for n in decision.matched {
            self.rules[n].meant += 1;
        }
        // Who may want no more texts gets none by itself.
        let answer = decision
            .answer
            .filter(|_| !plain_language_wish(&entry.body));
        if let Some(answer) = answer {
            self.answered += 1;
            self.rules[answer.rule].answered += 1;
            self.latest.push(Answered {
                at: entry.at,
                conversation: id,
                body: entry.body,
                rule: rules[answer.rule].name.clone(),
            });
        }
        Ok(())
    }
}
