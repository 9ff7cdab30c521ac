//! Reads the team's rules.

use super::error::stored_record;
use super::{Cache, CacheError};
use rusqlite::Connection;
use smsdesk_common::rule::Rule;

impl Cache {
    /// The team's rules, in the order of their text.
    ///
    /// # Errors
    /// The disk.
    pub async fn rules(&self) -> Result<Vec<Rule>, CacheError> {
        self.work(|disk| all(&disk.records)).await
    }
}

/// Every rule that is here; those of a shape of a later version are left out.
fn all(records: &Connection) -> Result<Vec<Rule>, CacheError> {
    let mut statement =
        records.prepare_cached("SELECT body FROM records WHERE kind = 'rule' AND deleted = 0")?;
    let bodies = statement.query_map((), |row| row.get::<_, String>(0))?;
    let mut rules: Vec<Rule> = Vec::new();
    for body in bodies {
        rules.extend(stored_record(&body?).ok());
    }
    rules.sort_by_key(|rule| rule.place);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::testing::Desk;
    use smsdesk_common::ids::{RuleId, Seq};
    use smsdesk_common::record::Record;
    use smsdesk_common::rule::{SEEDS, parse, text_of};
    use smsdesk_common::time::Timestamp;
    use uuid::Uuid;

    #[test]
    fn rules_come_in_the_order_of_their_text_and_go_when_they_are_deleted() {
        let written = parse(SEEDS).unwrap();
        let records = written.into_iter().zip(0u32..).map(|(rule, place)| {
            Record::Rule(Box::new(Rule {
                id: RuleId(Uuid::from_u128(u128::from(9 - place))),
                seq: Seq::ZERO,
                place,
                source: rule.source,
                says: rule.definition,
                hits: 0,
                hit_at: None,
                edited_seq: Seq(1),
                edited_at: Timestamp::from_millis(0),
                edited_by: None,
            }))
        });
        let mut records: Vec<Record> = records.collect();
        records.reverse();
        let mut desk = Desk::with(records);
        assert_eq!(text_of(&all(&desk.records).unwrap()), SEEDS);
        desk.delete("rule", &Uuid::from_u128(9).to_string());
        assert_eq!(all(&desk.records).unwrap().len(), 3);
    }
}
