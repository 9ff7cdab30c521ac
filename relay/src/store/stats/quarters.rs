//! The texts of each quarter of an hour, added up.

use super::start_of;
use crate::store::StoreError;
use crate::store::sql::{Reads, Row, Tx, params};
use smsdesk_common::entry::Direction;
use smsdesk_common::stats::{Amount, Sums, Text, who};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;

/// What is counted apart: line, who wrote, currency. Empty without a price.
pub(super) type Key = (String, String, String);

/// A quarter of an hour.
#[derive(Debug)]
pub(super) struct Quarter {
    number: i64,
    sums: BTreeMap<Key, Sums>,
}

/// Counts one quarter.
pub(super) fn count(reads: &mut dyn Reads, number: i64) -> Result<Quarter, StoreError> {
    let sums = between(reads, start_of(number), start_of(number.saturating_add(1)))?;
    Ok(Quarter { number, sums })
}

/// Counts the texts between two times, one by one: what lies in less than a quarter.
pub(super) fn between(
    reads: &mut dyn Reads,
    from: Timestamp,
    to: Timestamp,
) -> Result<BTreeMap<Key, Sums>, StoreError> {
    let mut sums: BTreeMap<Key, Sums> = BTreeMap::new();
    if from >= to {
        return Ok(sums);
    }
    let rows = reads.query(
        "SELECT e.direction, e.status, e.segments, e.price_amount, e.price_currency, e.author, \
         c.line FROM entry AS e JOIN conversation AS c ON c.id = e.conversation \
         WHERE e.entry_kind = 'message' AND e.at >= ?1 AND e.at < ?2",
        params![from, to],
    )?;
    for row in &rows {
        let text = text(row)?;
        let author = row.parsed(5)?;
        let mut one = Sums::default();
        one.text(&text);
        // What costs nothing of its own stands without a currency.
        let currency = one.cost.keys().next().cloned().unwrap_or_default();
        let line = row.text(6)?.to_owned();
        let key = (line, who(text.direction, &author), currency);
        sums.entry(key).or_default().add(&one);
    }
    Ok(sums)
}

/// A text from direction, status, segments, price and currency.
pub(super) fn text(row: &Row) -> Result<Text, StoreError> {
    let status = row.maybe_text(1)?;
    Ok(Text {
        direction: row.named(0, Direction::parse)?,
        status: match status {
            None => None,
            Some(_) => Some(row.named(1, DeliveryStatus::parse)?),
        },
        segments: row.maybe_int(2)?.map_or(Ok(0), |_| row.count(2))?,
        price: row.maybe_text(3)?.zip(row.maybe_text(4)?),
    })
}

/// Stores a quarter in place of what was known of it.
pub(super) fn replace(tx: &mut dyn Tx, quarter: &Quarter) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM stat_quarter WHERE quarter = ?1",
        params![quarter.number],
    )?;
    for ((line, who, currency), sums) in &quarter.sums {
        let cost = sums.cost.get(currency).map_or(0, |amount| amount.0);
        let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        tx.execute(
            "INSERT INTO stat_quarter (quarter, line, who, currency, inbound, outbound, delivered, \
             undelivered, failed, segments, unpriced, cost) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                quarter.number,
                line,
                who,
                currency,
                count(sums.inbound),
                count(sums.outbound),
                count(sums.delivered),
                count(sums.undelivered),
                count(sums.failed),
                count(sums.segments),
                count(sums.unpriced),
                cost,
            ],
        )?;
    }
    Ok(())
}

/// Sums from inbound, outbound, delivered, undelivered, failed, segments, unpriced, cost and
/// currency, in this order from a column on.
pub(super) fn sums(row: &Row, column: usize) -> Result<Sums, StoreError> {
    let count = |n: usize| -> Result<u64, StoreError> {
        let count = row.int(column + n)?;
        u64::try_from(count).map_err(|_| StoreError::column(column + n, "expected a count"))
    };
    let mut sums = Sums {
        inbound: count(0)?,
        outbound: count(1)?,
        delivered: count(2)?,
        undelivered: count(3)?,
        failed: count(4)?,
        segments: count(5)?,
        unpriced: count(6)?,
        ..Sums::default()
    };
    let currency = row.text(column + 8)?;
    if !currency.is_empty() {
        sums.pay(currency, Amount(row.int(column + 7)?));
    }
    Ok(sums)
}
