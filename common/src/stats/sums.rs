//! Texts and durations added up.

use super::{Amount, Share, quantile};
use crate::api::stats::{Cost, Figures, Took};
use crate::entry::{Author, Direction};
use crate::status::DeliveryStatus;
use std::collections::BTreeMap;

/// Whoever sent what no agent wrote, as figures name them.
pub const AUTOMATIC: &str = "automatic";
/// Whoever wrote to us, as figures name them.
pub const CUSTOMERS: &str = "customers";

/// Who wrote a text, as figures name them: by the agent's id, or one of two words.
pub fn who(direction: Direction, author: &Author) -> String {
    match (direction, author) {
        (Direction::Outbound, Author::Agent(agent)) => agent.to_string(),
        (Direction::Outbound, _) => AUTOMATIC.to_owned(),
        (Direction::Inbound | Direction::Internal, _) => CUSTOMERS.to_owned(),
    }
}

/// A message as it is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Which way it went.
    pub direction: Direction,
    /// How far it has come.
    pub status: Option<DeliveryStatus>,
    /// Its segments.
    pub segments: u32,
    /// Its price and the currency, as the provider wrote them, once known.
    pub price: Option<(String, String)>,
}

/// Figures that grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Texts of customers.
    pub inbound: u64,
    /// Texts of ours.
    pub outbound: u64,
    /// Those that arrived.
    pub delivered: u64,
    /// Those that were sent and did not arrive.
    pub undelivered: u64,
    /// Those that were not sent.
    pub failed: u64,
    /// Segments of ours.
    pub segments: u64,
    /// Those whose price is not known yet.
    pub unpriced: u64,
    /// What they cost, by currency.
    pub cost: BTreeMap<String, Amount>,
    /// Addresses that want no more texts.
    pub opt_outs: u64,
    /// How long each first reply took, in milliseconds.
    pub replies: Vec<i64>,
    /// How long each matter took, in milliseconds.
    pub resolutions: Vec<i64>,
}

impl Sums {
    /// Counts a text.
    pub fn text(&mut self, text: &Text) {
        use DeliveryStatus::{
            Accepted, Canceled, Delivered, Failed, Queued, Read, Scheduled, Sending, Sent,
            Unconfirmed, Undelivered, Unknown,
        };
        match text.direction {
            Direction::Inbound => return self.inbound += 1,
            Direction::Internal => return,
            Direction::Outbound => {}
        }
        let may_cost = match text.status {
            // It has not gone out, and perhaps never will.
            Some(Scheduled | Canceled) => return,
            Some(Queued | Sending | Failed) | None => false,
            Some(
                Unknown
                | Unconfirmed
                | Accepted
                | Sent
                | Undelivered
                | Delivered
                | Read
                | DeliveryStatus::Received,
            ) => true,
        };
        self.outbound += 1;
        self.segments += u64::from(text.segments);
        match text.status {
            Some(Delivered | Read) => self.delivered += 1,
            Some(Undelivered) => self.undelivered += 1,
            Some(Failed) => self.failed += 1,
            _ => {}
        }
        match price(text) {
            Some((amount, currency)) => self.pay(currency, amount),
            None => self.unpriced += u64::from(may_cost),
        }
    }

    /// Adds what was paid.
    pub fn pay(&mut self, currency: &str, amount: Amount) {
        let sum = self.cost.entry(currency.to_owned()).or_default();
        sum.0 = sum.0.saturating_add(amount.0);
    }

    /// Adds everything of others.
    pub fn add(&mut self, other: &Self) {
        self.inbound += other.inbound;
        self.outbound += other.outbound;
        self.delivered += other.delivered;
        self.undelivered += other.undelivered;
        self.failed += other.failed;
        self.segments += other.segments;
        self.unpriced += other.unpriced;
        self.opt_outs += other.opt_outs;
        for (currency, amount) in &other.cost {
            self.pay(currency, *amount);
        }
        self.replies.extend(&other.replies);
        self.resolutions.extend(&other.resolutions);
    }

    /// Takes the texts of others out again.
    pub fn without_texts(&mut self, other: &Self) {
        self.inbound = self.inbound.saturating_sub(other.inbound);
        self.outbound = self.outbound.saturating_sub(other.outbound);
        self.delivered = self.delivered.saturating_sub(other.delivered);
        self.undelivered = self.undelivered.saturating_sub(other.undelivered);
        self.failed = self.failed.saturating_sub(other.failed);
        self.segments = self.segments.saturating_sub(other.segments);
        self.unpriced = self.unpriced.saturating_sub(other.unpriced);
        for (currency, amount) in &other.cost {
            self.pay(currency, Amount(-amount.0));
        }
        self.cost.retain(|_, amount| amount.0 != 0);
    }

    /// What they amount to.
    pub fn figures(mut self) -> Figures {
        let ended = self.delivered + self.undelivered + self.failed;
        let cost = self.cost.into_iter().map(|(currency, amount)| Cost {
            currency,
            amount: amount.to_string(),
        });
        Figures {
            inbound: self.inbound,
            outbound: self.outbound,
            delivered: self.delivered,
            undelivered: self.undelivered,
            failed: self.failed,
            delivery_rate: Share::of(self.delivered, ended),
            opt_outs: self.opt_outs,
            segments: self.segments,
            cost: cost.collect(),
            prices_unknown: self.unpriced,
            first_reply: took(&mut self.replies),
            resolution: took(&mut self.resolutions),
        }
    }
}

/// What we pay for it, and in which currency; the provider's amount is negative then.
fn price(text: &Text) -> Option<(Amount, &str)> {
    let (amount, currency) = text.price.as_ref()?;
    let amount: Amount = amount.parse().ok()?;
    Some((Amount(-amount.0), currency))
}

fn took(times: &mut [i64]) -> Took {
    times.sort_unstable();
    Took {
        count: u64::try_from(times.len()).unwrap_or(u64::MAX),
        median_ms: quantile(times, 50),
        p90_ms: quantile(times, 90),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(status: DeliveryStatus, price: Option<&str>) -> Text {
        Text {
            direction: Direction::Outbound,
            status: Some(status),
            segments: 2,
            price: price.map(|amount| (amount.to_owned(), "USD".to_owned())),
        }
    }

    #[test]
    fn a_text_counts_by_what_became_of_it() {
        use DeliveryStatus::{Canceled, Delivered, Failed, Queued, Read, Scheduled, Undelivered};
        let mut sums = Sums::default();
        for (status, price) in [
            (Delivered, Some("-0.0079")),
            (Read, None),
            (Undelivered, Some("-0.0079")),
            (Failed, None),
            (Queued, None),
            (Scheduled, None),
            (Canceled, None),
        ] {
            sums.text(&text(status, price));
        }
        let figures = sums.figures();
        assert_eq!((figures.outbound, figures.segments), (5, 10));
        assert_eq!((figures.delivered, figures.undelivered), (2, 1));
        assert_eq!((figures.failed, figures.prices_unknown), (1, 1));
        assert_eq!(figures.delivery_rate, Some(Share(5_000)));
        assert_eq!(figures.cost[0].amount, "0.0158");
    }

    #[test]
    fn a_price_that_is_no_number_is_not_known() {
        let mut sums = Sums::default();
        sums.text(&text(DeliveryStatus::Delivered, Some("cheap")));
        assert_eq!((sums.unpriced, sums.cost.len()), (1, 0));
    }

    #[test]
    fn what_is_taken_out_again_leaves_nothing() {
        let mut sums = Sums::default();
        sums.text(&text(DeliveryStatus::Delivered, Some("-0.0079")));
        let same = sums.clone();
        sums.without_texts(&same);
        assert_eq!(sums, Sums::default());
    }
}
