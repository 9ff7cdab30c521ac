//! The figures by a plain count: every entry is looked at for every question.

use super::{PRICES, TALKS, all};
use crate::store::{Store, StoreError, conversations};
use jiff::tz::TimeZone;
use smsdesk_common::api::stats::{Figures, Group, Range};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::stats::{By, Moment, Place, Walk, quantile, said};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// In, out, delivered, undelivered, failed, segments, prices unknown, cost in hundred-thousandths.
type Told = (u64, u64, u64, u64, u64, u64, u64, BTreeMap<String, i64>);

/// When something ended, how long it took, who ended it, where.
type Ended = (Timestamp, i64, Option<AgentId>, ConversationId);

/// How a text is told apart, by a plain rule.
fn keys(by: By, zone: &TimeZone, entry: &Entry, talk: &Conversation) -> Vec<String> {
    let local = zone.to_datetime(entry.at.to_jiff());
    match (by, &entry.author) {
        (By::Agent, Author::Contact) => vec!["customers".to_owned()],
        (By::Agent, Author::Agent(id)) => vec![id.to_string()],
        (By::Agent, Author::Automation(_)) => vec!["automatic".to_owned()],
        (By::Line, _) => vec![talk.line.as_str().to_owned()],
        (By::Label, _) if talk.labels.is_empty() => vec![String::new()],
        (By::Label, _) => talk.labels.clone(),
        (By::Hour, _) => vec![format!("{:02}", local.hour())],
        (By::Day, _) => vec![local.date().to_string()],
    }
}

/// The figures of texts, one after the other.
fn plainly(texts: &[&Entry]) -> Told {
    use DeliveryStatus as S;
    let count = |fits: &dyn Fn(&Entry) -> bool| texts.iter().filter(|it| fits(it)).count() as u64;
    let out = |it: &Entry| {
        it.direction == Direction::Outbound
            && !matches!(it.status, Some(S::Scheduled | S::Canceled))
    };
    let known = |it: &Entry| it.price.as_ref().is_some_and(|p| p.amount != "nonsense");
    let left = |it: &Entry| !matches!(it.status, Some(S::Queued | S::Sending | S::Failed) | None);
    let mut cost = BTreeMap::new();
    for text in texts.iter().filter(|it| out(it) && known(it)) {
        let price = text.price.as_ref().unwrap();
        let (_, currency, hundred_thousandths) =
            PRICES.iter().find(|it| it.0 == price.amount).unwrap();
        *cost.entry((*currency).to_owned()).or_default() += hundred_thousandths;
    }
    (
        count(&|it| it.direction == Direction::Inbound),
        count(&out),
        count(&|it| out(it) && matches!(it.status, Some(S::Delivered | S::Read))),
        count(&|it| out(it) && it.status == Some(S::Undelivered)),
        count(&|it| out(it) && it.status == Some(S::Failed)),
        texts
            .iter()
            .filter(|it| out(it))
            .map(|it| u64::from(it.segments.unwrap_or(0)))
            .sum(),
        count(&|it| out(it) && left(it) && !known(it)),
        cost,
    )
}

fn told(figures: &Figures) -> Told {
    let exact = |amount: &str| {
        let (whole, part) = amount.split_once('.').unwrap();
        format!("{whole}{part:0<5}").parse::<i64>().unwrap()
    };
    let cost = figures
        .cost
        .iter()
        .map(|it| (it.currency.clone(), exact(&it.amount)));
    (
        figures.inbound,
        figures.outbound,
        figures.delivered,
        figures.undelivered,
        figures.failed,
        figures.segments,
        figures.prices_unknown,
        cost.collect(),
    )
}

/// Everything in the store, read once.
pub(super) struct Plain {
    entries: Vec<Entry>,
    talks: BTreeMap<ConversationId, Conversation>,
    /// When who opted out, and of which line.
    outs: Vec<(Timestamp, (String, Option<String>))>,
    /// Replies and resolutions.
    endings: [Vec<Ended>; 2],
}

impl Plain {
    pub(super) async fn read(store: &Store) -> Self {
        let (entries, talks, outs) = store
            .read(|reads| -> Result<_, StoreError> {
                let entries = all(reads)?;
                let mut talks = BTreeMap::new();
                for talk in 0..TALKS {
                    let id = ConversationId(Uuid::from_u128(1 + talk));
                    talks.insert(id, conversations::find(reads, id)?.unwrap());
                }
                let rows = reads.query("SELECT at, address, line FROM consent", &[])?;
                let outs = rows
                    .iter()
                    .map(|row| Ok((row.time(0)?, (row.text(1)?.to_owned(), row.maybe_text(2)?))));
                Ok((
                    entries,
                    talks,
                    outs.collect::<Result<Vec<_>, StoreError>>()?,
                ))
            })
            .await
            .unwrap();
        let mut endings = [Vec::new(), Vec::new()];
        for &id in talks.keys() {
            let mut timeline: Vec<&Entry> =
                entries.iter().filter(|it| it.conversation == id).collect();
            timeline.sort_by_key(|it| (it.at, it.position));
            let mut walk = Walk::default();
            for it in timeline {
                walk.step(&Moment {
                    place: Place {
                        at: it.at,
                        position: it.position,
                    },
                    said: said(
                        it.entry_kind,
                        it.direction,
                        &it.author,
                        it.status,
                        &it.activity,
                    ),
                });
            }
            let (waits, stretches) = walk.end();
            endings[0].extend(waits.iter().filter_map(|it| {
                let (at, by) = it.answered?;
                Some((at, at.millis_since(it.began.at), Some(by), id))
            }));
            endings[1].extend(stretches.iter().filter_map(|it| {
                let (at, by) = it.done?;
                Some((at, at.millis_since(it.began.at), by, id))
            }));
        }
        Self {
            entries,
            talks,
            outs,
            endings,
        }
    }

    pub(super) fn check(&self, range: &Range, zone: &TimeZone) {
        let within = |it: &&Entry| it.entry_kind == EntryKind::Message && range.period.holds(it.at);
        let texts: Vec<&Entry> = self.entries.iter().filter(within).collect();
        assert_eq!(told(&range.total), plainly(&texts));
        self.check_times(&range.total, range, |_| true);
        let mut outs: Vec<&(String, Option<String>)> = self
            .outs
            .iter()
            .filter(|(at, _)| range.period.holds(*at))
            .map(|(_, who)| who)
            .collect();
        outs.sort();
        outs.dedup();
        assert_eq!(range.total.opt_outs, outs.len() as u64);
        let Some(by) = range.by else {
            return;
        };
        let mut apart: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
        for text in &texts {
            for key in keys(by, zone, text, &self.talks[&text.conversation]) {
                apart.entry(key).or_default().push(text);
            }
        }
        let keys: BTreeSet<&String> = range.groups.iter().map(|it| &it.key).collect();
        assert_eq!(keys.len(), range.groups.len(), "each part once");
        for (key, texts) in &apart {
            let moved = plainly(texts);
            let silent = (0, 0, 0, 0, 0, 0, 0, BTreeMap::new());
            assert!(
                keys.contains(key) || moved == silent,
                "{by} {key} is missing"
            );
        }
        for group in &range.groups {
            let texts = apart.get(&group.key).map_or(&[][..], |it| &it[..]);
            assert_eq!(told(&group.figures), plainly(texts), "{by} {}", group.key);
            self.check_group_times(group, range, by, zone);
        }
    }

    fn check_group_times(&self, group: &Group, range: &Range, by: By, zone: &TimeZone) {
        self.check_times(&group.figures, range, |(at, _, agent, talk)| {
            let local = zone.to_datetime(at.to_jiff());
            let talk = &self.talks[talk];
            match by {
                By::Agent => agent.map(|it| it.to_string()).as_ref() == Some(&group.key),
                By::Line => talk.line.as_str() == group.key,
                By::Label if group.key.is_empty() => talk.labels.is_empty(),
                By::Label => talk.labels.contains(&group.key),
                By::Hour => format!("{:02}", local.hour()) == group.key,
                By::Day => local.date().to_string() == group.key,
            }
        });
    }

    fn check_times(&self, figures: &Figures, range: &Range, fits: impl Fn(&Ended) -> bool) {
        for (endings, told) in self
            .endings
            .iter()
            .zip([figures.first_reply, figures.resolution])
        {
            let within = endings
                .iter()
                .filter(|it| range.period.holds(it.0) && fits(it));
            let mut took: Vec<i64> = within.map(|it| it.1).collect();
            took.sort_unstable();
            assert_eq!(told.count, took.len() as u64);
            assert_eq!(told.median_ms, quantile(&took, 50));
            assert_eq!(told.p90_ms, quantile(&took, 90));
        }
    }
}
