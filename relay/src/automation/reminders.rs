//! Reminds customers of their jobs at the time that was planned.

use crate::automation::values;
use crate::desk::job;
use crate::due::{self, BATCH_MAX};
use crate::state::Relay;
use crate::store::{StoreError, jobs, meta};
use std::sync::Arc;
use std::time::Duration;

/// The longest sleep while a reminder waits, in milliseconds: the rule for reminders may be changed
/// meanwhile.
const SLEEP_MS_MAX: i64 = 60_000;

/// Works until shutdown.
pub async fn run(relay: Arc<Relay>) {
    due::run(relay, |relay| &relay.job_bell, round).await;
}

async fn round(relay: Arc<Relay>) -> Result<Option<Duration>, StoreError> {
    let company = relay.live().company.clone();
    let look = relay.store.read(move |reads| {
        let values = values::load(reads, company.as_deref())?;
        let planned_by = meta::reminder_rule(reads)?;
        let is_planned = planned_by.as_deref() == Some(values.reminder_rule().as_str());
        Ok::<_, StoreError>((values, is_planned, jobs::next_reminder(reads)?))
    });
    let (values, is_planned, next) = look.await?;
    if !is_planned {
        let plan = relay.store.write(move |tx| job::replan(tx, &values));
        plan.await?;
        return Ok(Some(Duration::ZERO));
    }
    let Some(next) = next else {
        return Ok(None);
    };
    let left = next.millis_since(relay.clock.now());
    if let Some(sleep) = due::sleep(left, SLEEP_MS_MAX) {
        return Ok(Some(sleep));
    }
    let reminded = relay
        .store
        .write(move |tx| job::remind(tx, &values, BATCH_MAX))
        .await?;
    relay.outbox_bell.notify_one();
    relay.timed_bell.notify_one();
    tracing::debug!(reminded, "reminders were due");
    Ok(Some(Duration::ZERO))
}
