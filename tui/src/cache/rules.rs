//! Reads the team's rules, and keeps a text of them that the relay has not taken yet.

use super::error::stored_record;
use super::{Cache, CacheError};
use crate::model::rules::Kept;
use rusqlite::{Connection, OptionalExtension as _};
use smsdesk_common::rule::Rule;

impl Cache {
    /// The team's rules, in the order of their text.
    ///
    /// # Errors
    /// The disk.
    pub async fn rules(&self) -> Result<Vec<Rule>, CacheError> {
        self.work(|disk| all(&disk.records)).await
    }

    /// The text that was kept; none where there is none, or where it cannot be read.
    ///
    /// # Errors
    /// The disk.
    pub async fn kept_rules(&self) -> Result<Option<Kept>, CacheError> {
        self.work(|disk| kept(&disk.outbox)).await
    }

    /// Keeps a text in the place of the one before, or forgets that.
    ///
    /// # Errors
    /// The disk, or the text is too long for it.
    pub async fn keep_rules(&self, text: Option<Kept>) -> Result<(), CacheError> {
        self.work(move |disk| keep(&disk.outbox, text.as_ref()))
            .await
    }
}

fn kept(outbox: &Connection) -> Result<Option<Kept>, CacheError> {
    let kept: Option<String> = outbox
        .prepare_cached("SELECT kept FROM rules_draft")?
        .query_row((), |row| row.get(0))
        .optional()?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept).ok()))
}

fn keep(outbox: &Connection, text: Option<&Kept>) -> Result<(), CacheError> {
    let Some(text) = text else {
        outbox.execute("DELETE FROM rules_draft", ())?;
        return Ok(());
    };
    outbox
        .prepare_cached(
            "INSERT INTO rules_draft (one, kept) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET kept = excluded.kept",
        )?
        .execute([serde_json::to_string(text)?])?;
    Ok(())
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
    use crate::model::rules::Draft;
    use smsdesk_common::ids::{RuleId, Seq};
    use smsdesk_common::record::Record;
    use smsdesk_common::rule::{SEEDS, parse, text_of};
    use smsdesk_common::time::Timestamp;
    use uuid::Uuid;

    #[test]
    fn a_text_that_the_relay_has_not_taken_is_kept_until_it_is_forgotten() {
        let desk = Desk::with([]);
        assert_eq!(kept(&desk.outbox).unwrap(), None);
        for (text, if_seq) in [("one", None), ("two", Some(Seq(7)))] {
            let text = Kept {
                draft: Draft {
                    text: text.to_owned(),
                    if_seq,
                },
                why: "line 1".to_owned(),
            };
            keep(&desk.outbox, Some(&text)).unwrap();
            assert_eq!(kept(&desk.outbox).unwrap(), Some(text));
        }
        keep(&desk.outbox, None).unwrap();
        assert_eq!(kept(&desk.outbox).unwrap(), None);
    }

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
