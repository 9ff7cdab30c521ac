//! Gives a relay the templates to begin with.

use super::{DeskError, deed};
use crate::store::sql::Tx;
use crate::store::templates;
use smsdesk_common::agent::Agent;
use smsdesk_common::ids::Seq;
use smsdesk_common::template::{SEEDS, Seed, Template};
use std::collections::BTreeMap;

/// Makes those that are not there, and leaves the others as the team has them; one that was deleted
/// comes back. How many were made, and all of them.
///
/// # Errors
/// The database cannot be written; nothing is stored then.
pub fn seed(tx: &mut dyn Tx, agent: &Agent) -> Result<(u32, Vec<Template>), DeskError> {
    let (mut made, mut all) = (0, Vec::with_capacity(SEEDS.len()));
    for seed in SEEDS {
        let held = match templates::find(tx, seed.id)? {
            Some(held) => Some(held),
            None => named_alike(tx, seed)?,
        };
        if let Some(held) = held {
            all.push(held);
            continue;
        }
        let template = blank(tx, agent, seed);
        let template = templates::insert(tx, template)?;
        let deed = deed(agent, "made", &template, Vec::new(), template.seq);
        templates::tell(tx, template.id, &deed)?;
        made += 1;
        all.push(template);
    }
    Ok((made, all))
}

/// The team's own template of that name: it is not written over.
fn named_alike(tx: &mut dyn Tx, seed: &Seed) -> Result<Option<Template>, DeskError> {
    let nobody = smsdesk_common::ids::AgentId(uuid::Uuid::nil());
    Ok(templates::by_name(tx, nobody, seed.key)?.into_iter().next())
}

fn blank(tx: &dyn Tx, agent: &Agent, seed: &Seed) -> Template {
    let now = tx.now();
    Template {
        id: seed.id,
        seq: Seq::ZERO,
        name: seed.key.to_owned(),
        key: Some(seed.key.to_owned()),
        shortcut: None,
        folder: Some("visits".to_owned()),
        owner: None,
        body: seed.body.to_owned(),
        translations: BTreeMap::new(),
        uses: 0,
        used_at: None,
        edited_seq: Seq::ZERO,
        edited_at: now,
        edited_by: Some(agent.id),
        created_at: now,
    }
}
