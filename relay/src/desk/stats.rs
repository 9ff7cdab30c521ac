//! What the team's work amounts to: figures of a period, whole or in parts.

use crate::store::sql::Reads;
use crate::store::stats::{
    self, Apart, Cell, Ended, Ending, Labelled, Out, Where, endings, labels_between, opt_outs,
    texts,
};
use crate::store::{StoreError, agents, lines};
use jiff::tz::TimeZone;
use smsdesk_common::api::stats::{Figures, Group, Range};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::stats::{AUTOMATIC, By, CUSTOMERS, Period, Sums, day_starts, hour_of};
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// The most parts of a period that are told, where they are no times: those with the most texts.
const GROUPS_MAX: usize = 1_000;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    /// When.
    pub period: Period,
    /// By what the parts are told apart.
    pub by: Option<By>,
    /// Whose days and hours they are.
    pub zone: TimeZone,
}

/// Figures on the way to an answer.
#[derive(Clone, Debug)]
pub struct Counting {
    ask: Ask,
    total: Sums,
    parts: BTreeMap<String, Sums>,
}

/// The figures of a period as a whole.
///
/// # Errors
/// The database cannot be read.
pub fn figures(reads: &mut dyn Reads, period: &Period) -> Result<Figures, StoreError> {
    Ok(total(reads, period)?.figures())
}

fn total(reads: &mut dyn Reads, period: &Period) -> Result<Sums, StoreError> {
    let mut total = Sums::default();
    for cell in texts(reads, period, Apart::LineAndWho)? {
        total.add(&cell.sums);
    }
    total.opt_outs = count(opt_outs(reads, period)?.len());
    let took = |ending: Ending| ending.took_ms;
    let waits = endings(reads, period, Ended::Wait, Where::Anywhere)?;
    total.replies = waits.into_iter().map(took).collect();
    let stretches = endings(reads, period, Ended::Stretch, Where::Anywhere)?;
    total.resolutions = stretches.into_iter().map(took).collect();
    Ok(total)
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl Counting {
    /// Counts a period. Where it is told by label, [`Self::labelled`] has to be given the texts of
    /// each conversation that has some.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn new(reads: &mut dyn Reads, ask: Ask) -> Result<Self, StoreError> {
        let total = total(reads, &ask.period)?;
        let parts = empty(&ask);
        let mut counting = Self { ask, total, parts };
        if let Some(by) = counting.ask.by {
            counting.texts(reads, by)?;
            counting.times(reads, by)?;
            counting.opt_outs(reads, by)?;
        }
        Ok(counting)
    }

    fn part(&mut self, key: String) -> &mut Sums {
        self.parts.entry(key).or_default()
    }

    fn texts(&mut self, reads: &mut dyn Reads, by: By) -> Result<(), StoreError> {
        let apart = match by {
            By::Agent | By::Line => Apart::LineAndWho,
            By::Hour | By::Day => Apart::Time,
            By::Label => {
                // What has labels is taken out once it is known.
                let none = Sums {
                    opt_outs: 0,
                    replies: Vec::new(),
                    resolutions: Vec::new(),
                    ..self.total.clone()
                };
                self.parts.insert(String::new(), none);
                return Ok(());
            }
        };
        for cell in texts(reads, &self.ask.period, apart)? {
            let Cell {
                at,
                line,
                who,
                sums,
            } = cell;
            let key = match by {
                By::Agent => who,
                By::Line => line,
                By::Hour | By::Day | By::Label => self.time(at),
            };
            self.part(key).add(&sums);
        }
        Ok(())
    }

    fn times(&mut self, reads: &mut dyn Reads, by: By) -> Result<(), StoreError> {
        let told = match by {
            By::Line | By::Label => Where::Told,
            By::Agent | By::Hour | By::Day => Where::Anywhere,
        };
        for ended in [Ended::Wait, Ended::Stretch] {
            for ending in endings(reads, &self.ask.period, ended, told)? {
                let took = ending.took_ms;
                for key in self.keys(by, ending) {
                    let sums = self.part(key);
                    match ended {
                        Ended::Wait => sums.replies.push(took),
                        Ended::Stretch => sums.resolutions.push(took),
                    }
                }
            }
        }
        Ok(())
    }

    fn keys(&self, by: By, ending: Ending) -> Vec<String> {
        match by {
            By::Agent => {
                let name = ending.agent.map(|agent| agent.to_string());
                vec![name.unwrap_or_else(|| AUTOMATIC.to_owned())]
            }
            By::Line => vec![ending.line],
            By::Label => or_none(ending.labels),
            By::Hour | By::Day => vec![self.time(ending.at)],
        }
    }

    fn opt_outs(&mut self, reads: &mut dyn Reads, by: By) -> Result<(), StoreError> {
        for Out { address, line, at } in opt_outs(reads, &self.ask.period)? {
            let keys = match by {
                By::Agent => vec![CUSTOMERS.to_owned()],
                By::Line => vec![line.map_or_else(String::new, |it| it.as_str().to_owned())],
                By::Label => or_none(labels_between(reads, &address, line.as_ref())?),
                By::Hour | By::Day => vec![self.time(at)],
            };
            for key in keys {
                self.part(key).opt_outs += 1;
            }
        }
        Ok(())
    }

    /// The part of the day or the days that a time is in.
    fn time(&self, at: Timestamp) -> String {
        match self.ask.by {
            Some(By::Hour) => format!("{:02}", hour_of(at, &self.ask.zone)),
            _ => {
                let day = self.ask.zone.to_datetime(at.to_jiff()).date();
                day.to_string()
            }
        }
    }

    /// Adds the next conversations that have labels, at most `limit`. The last of them; none where
    /// there are no more.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn labelled(
        &mut self,
        reads: &mut dyn Reads,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Option<ConversationId>, StoreError> {
        let found = stats::labelled(reads, &self.ask.period, after, limit)?;
        let last = found.last().map(|it| it.conversation);
        for Labelled { labels, sums, .. } in found {
            self.part(String::new()).without_texts(&sums);
            for label in labels {
                self.part(label).add(&sums);
            }
        }
        Ok(last)
    }

    /// The answer.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn answer(self, reads: &mut dyn Reads) -> Result<Range, StoreError> {
        let Self { ask, total, parts } = self;
        let names = names(reads, ask.by)?;
        let group = |(key, sums): (String, Sums)| Group {
            name: names.get(&key).cloned(),
            key,
            figures: sums.figures(),
        };
        let mut groups: Vec<Group> = parts.into_iter().map(group).collect();
        if !matches!(ask.by, Some(By::Hour | By::Day)) {
            groups.retain(|group| group.figures != Figures::default());
            let texts = |it: &Group| it.figures.outbound + it.figures.inbound;
            groups.sort_by(|one, other| (texts(other), &one.key).cmp(&(texts(one), &other.key)));
            groups.truncate(GROUPS_MAX);
        }
        Ok(Range {
            period: ask.period,
            total: total.figures(),
            by: ask.by,
            groups,
        })
    }
}

/// The parts that are told even where nothing happened in them.
fn empty(ask: &Ask) -> BTreeMap<String, Sums> {
    let keys: Vec<String> = match ask.by {
        Some(By::Hour) => (0..24).map(|hour| format!("{hour:02}")).collect(),
        // Too many days were refused before.
        Some(By::Day) => day_starts(&ask.period, &ask.zone)
            .unwrap_or_default()
            .into_iter()
            .map(|(day, _)| day.to_string())
            .collect(),
        Some(By::Agent | By::Line | By::Label) | None => Vec::new(),
    };
    keys.into_iter().map(|key| (key, Sums::default())).collect()
}

fn or_none(labels: Vec<String>) -> Vec<String> {
    match labels.is_empty() {
        true => vec![String::new()],
        false => labels,
    }
}

fn names(reads: &mut dyn Reads, by: Option<By>) -> Result<BTreeMap<String, String>, StoreError> {
    Ok(match by {
        Some(By::Agent) => agents::all(reads)?
            .into_iter()
            .map(|agent| (agent.id.to_string(), agent.name))
            .collect(),
        Some(By::Line) => lines::all(reads)?
            .into_iter()
            .filter_map(|line| Some((line.id.as_str().to_owned(), line.name?)))
            .collect(),
        Some(By::Label | By::Hour | By::Day) | None => BTreeMap::new(),
    })
}
