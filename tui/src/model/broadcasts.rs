//! Broadcasts as people see them: counts in words, a bar, what it costs.

use crate::model::price::{Money, Prices};
use smsdesk_common::api::broadcasts::BulkPlan;
use smsdesk_common::broadcast::{Broadcast, RecipientState, Totals};
use smsdesk_common::ids::BroadcastId;
use smsdesk_common::phone::Address;
use std::collections::BTreeMap;

/// The most broadcasts that the list holds.
pub const BROADCASTS_MAX: u32 = 200;

/// The list of broadcasts, while it lies over the panes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BroadcastList {
    broadcasts: Vec<Broadcast>,
    chosen: usize,
    loaded: bool,
    /// The one that was asked about: canceling it once more does it.
    doomed: Option<BroadcastId>,
}

impl BroadcastList {
    /// The broadcasts, the last begun first.
    pub fn broadcasts(&self) -> &[Broadcast] {
        &self.broadcasts
    }

    /// Whether the disk has answered.
    pub const fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// The one that is chosen.
    pub fn chosen(&self) -> Option<&Broadcast> {
        self.broadcasts.get(self.chosen)
    }

    /// Which one that is.
    pub const fn chosen_at(&self) -> usize {
        self.chosen
    }

    /// Chooses another one, `by` further down.
    pub fn step(&mut self, by: isize) {
        let last = self.broadcasts.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
        self.doomed = None;
    }

    /// Whether the chosen one was asked about already; from now on it was.
    pub fn asked(&mut self) -> bool {
        let chosen = self.chosen().map(|it| it.id);
        let asked = self.doomed == chosen;
        self.doomed = chosen.filter(|_| !asked);
        asked
    }

    /// Takes what the disk says; what was chosen stays chosen.
    pub fn accept(&mut self, broadcasts: Vec<Broadcast>) {
        let chosen = self.chosen().map(|it| it.id);
        self.broadcasts = broadcasts;
        self.loaded = true;
        let again = self.broadcasts.iter().position(|it| Some(it.id) == chosen);
        let last = self.broadcasts.len().saturating_sub(1);
        self.chosen = again.unwrap_or(self.chosen).min(last);
    }
}

/// A bar of so many cells.
pub fn bar(percent: u32, cells: u16) -> String {
    let full = usize::from(cells) * percent.min(100) as usize / 100;
    let rest = usize::from(cells).saturating_sub(full);
    format!("{}{}", "█".repeat(full), "░".repeat(rest))
}

/// What became of the recipients, in words: only what there is some of.
pub fn fared(totals: &Totals) -> String {
    let words: Vec<String> = totals
        .each()
        .filter(|(state, _)| *state != RecipientState::Pending)
        .map(|(state, count)| format!("{count} {}", word(state)))
        .collect();
    match words.is_empty() {
        true => "nobody texted yet".to_owned(),
        false => words.join(", "),
    }
}

/// A state in a word or two.
pub const fn word(state: RecipientState) -> &'static str {
    match state {
        RecipientState::OptedOut => "opted out",
        RecipientState::Incomplete => "lack a value",
        other => other.as_str(),
    }
}

/// The counts of a dry run, one a line; nothing of what there is none of.
pub fn counted(plan: &BulkPlan) -> Vec<String> {
    let mut lines = vec![
        format!("recipients   {}", plan.recipients),
        format!("reachable    {}", plan.reachable),
    ];
    let others = [
        ("quiet hours", plan.quiet),
        ("opted out", plan.opted_out),
        ("duplicate", plan.duplicate),
        ("invalid", plan.invalid),
        ("lack a value", plan.incomplete),
        ("refused", plan.refused),
    ];
    let some = others.iter().filter(|(_, count)| *count > 0);
    lines.extend(some.map(|(what, count)| format!("{what:12} {count}")));
    for (name, count) in &plan.missing {
        lines.push(format!("missing      {name}: {count}"));
    }
    lines.push(format!("segments     {}", plan.segments));
    lines
}

/// What so many segments cost by the table of prices; none where a number stands in none.
pub fn cost(segments: &BTreeMap<String, u64>, prices: &Prices) -> Option<String> {
    let mut sum: Option<Money> = None;
    for (prefix, count) in segments {
        let number = format!("{prefix:0<12}");
        let address = Address::try_from(number).ok()?;
        let one = prices.of(&address, u32::try_from(*count).unwrap_or(u32::MAX))?;
        sum = Some(match sum {
            Some(sum) => sum.plus(&one)?,
            None => one,
        });
    }
    sum.map(|sum| sum.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_always_as_wide_as_it_is() {
        for percent in [0, 1, 49, 50, 99, 100, 400] {
            assert_eq!(bar(percent, 10).chars().count(), 10);
        }
        assert_eq!(bar(50, 4), "██░░");
    }

    #[test]
    fn the_cost_is_the_sum_over_all_beginnings_or_unknown() {
        let row = |prefix: &str, price: &str| (prefix.to_owned(), price.parse().unwrap());
        let prices = Prices::new([row("+1", "0.01 USD"), row("+1876", "0.20 USD")]);
        let segments = |rows: &[(&str, u64)]| {
            let rows = rows
                .iter()
                .map(|(prefix, count)| ((*prefix).to_owned(), *count));
            rows.collect::<BTreeMap<_, _>>()
        };
        let both = segments(&[("+12394", 100), ("+18765", 2)]);
        assert_eq!(cost(&both, &prices).as_deref(), Some("1.40 USD"));
        assert_eq!(cost(&segments(&[("+44791", 1)]), &prices), None);
        assert_eq!(cost(&segments(&[]), &prices), None);
    }
}
