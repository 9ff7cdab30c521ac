//! Labels, as conversations have them.

use crate::store::StoreError;
use crate::store::sql::Reads;
use smsdesk_common::api::labels::LabelCount;
use smsdesk_common::conversation::ConversationStatus;
use std::collections::BTreeMap;

/// Every label, by name, with how many conversations have it.
///
/// # Errors
/// The database cannot be read.
pub fn all(reads: &mut dyn Reads) -> Result<Vec<LabelCount>, StoreError> {
    // What stands together is counted together: a desk has few such sets.
    let rows = reads.query(
        "SELECT labels, status, COUNT(*) FROM conversation WHERE labels <> '[]' \
         GROUP BY labels, status",
        &[],
    )?;
    let mut counts: BTreeMap<String, LabelCount> = BTreeMap::new();
    for row in rows {
        let names: Vec<String> = row.json(0)?;
        let open = row.named(1, ConversationStatus::parse)? == ConversationStatus::Open;
        let found = u64::from(row.count(2)?);
        for name in names {
            let label = counts.entry(name.clone()).or_insert(LabelCount {
                name,
                conversations: 0,
                open: 0,
            });
            label.conversations += found;
            label.open += if open { found } else { 0 };
        }
    }
    Ok(counts.into_values().collect())
}
