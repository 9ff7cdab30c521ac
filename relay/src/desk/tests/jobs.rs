use super::*;
use crate::automation::values::Values;
use crate::desk::job::{self, Made};
use crate::desk::send::Later;
use crate::store::jobs::{self, Touch};
use smsdesk_common::api::jobs::{MakeJob, PatchJob};
use smsdesk_common::cause::TriggerKind;
use smsdesk_common::ids::JobId;
use smsdesk_common::job::{Job, JobStatus, Notice};
use smsdesk_common::settings::Settings;

const DAY_MS: i64 = 86_400_000;
const JOB: JobId = JobId(Uuid::from_u128(1));

fn values() -> Values {
    Values::of(Settings::default(), Some("Riverside Plumbing"))
}

fn visit() -> MakeJob {
    let body = serde_json::json!({
        "id": JOB, "to": MARIA, "starts_at": "1970-01-05T12:00:00Z", "zone": "UTC",
    });
    serde_json::from_value(body).unwrap()
}

impl World {
    async fn make(&self) -> Job {
        let ana = self.ana.clone();
        let made = self
            .store
            .write(move |tx| job::make(tx, &ana, &values(), "US".parse().unwrap(), &visit()));
        match made.await.unwrap() {
            Made::Now(job) | Made::Before(job) => job,
        }
    }

    async fn patch_job(&self, patch: PatchJob) -> Job {
        let ana = self.ana.clone();
        let patched = self
            .store
            .write(move |tx| job::patch(tx, &ana, &values(), JOB, &patch));
        patched.await.unwrap()
    }

    /// As if the text about the job's time waited for the end of quiet hours.
    async fn waits(&self, n: u128) -> EntryId {
        let id = EntryId(Uuid::from_u128(n));
        let later = Some(Later {
            send_at: Timestamp::from_millis(DAY_MS),
            zone: None,
            cancel_on_reply: false,
        });
        let text = Outgoing {
            later,
            ..to_maria(n, "booked for Monday")
        };
        self.send(text).await.unwrap();
        let kept = self.store.write(move |tx| {
            let mut job = job::known(tx, JOB)?;
            let (at, entry) = (tx.now(), id);
            let notice = Notice::Texted { at, entry };
            job.notices.insert(TriggerKind::Scheduled, notice);
            Ok::<_, DeskError>(jobs::update(tx, &mut job, Touch::Aside)?)
        });
        kept.await.unwrap();
        id
    }
}

fn told(job: &Job) -> Option<EntryId> {
    match job.notices.get(&TriggerKind::Scheduled) {
        Some(Notice::Texted { entry, .. }) => Some(*entry),
        _ => None,
    }
}

#[tokio::test]
async fn a_text_of_a_time_that_holds_no_more_is_taken_back_where_it_still_waits() {
    let world = world().await;
    let made = world.make().await;
    assert!(told(&made).is_some(), "{made:?}");
    let waits = world.waits(100).await;
    let moved = PatchJob {
        starts_at: Some(made.starts_at.plus_millis(DAY_MS)),
        ..PatchJob::default()
    };
    let job = world.patch_job(moved).await;
    assert_eq!(
        world.entry(waits).await.status,
        Some(DeliveryStatus::Canceled)
    );
    let instead = world.entry(told(&job).unwrap()).await;
    assert!(instead.body.contains("Tue, Jan 6"), "{instead:?}");
    let waits = world.waits(101).await;
    let canceled = PatchJob {
        status: Some(JobStatus::Canceled),
        ..PatchJob::default()
    };
    let job = world.patch_job(canceled).await;
    assert_eq!(
        world.entry(waits).await.status,
        Some(DeliveryStatus::Canceled)
    );
    assert_eq!((told(&job), job.remind_at), (None, None));
}

#[tokio::test]
async fn a_text_that_went_is_not_sent_again_for_another_time() {
    let world = world().await;
    let made = world.make().await;
    let moved = PatchJob {
        starts_at: Some(made.starts_at.plus_millis(DAY_MS)),
        ..PatchJob::default()
    };
    let job = world.patch_job(moved).await;
    assert_eq!(told(&job), told(&made));
}

#[tokio::test]
async fn after_a_restore_nobody_is_reminded_of_what_was_due_in_what_is_lost() {
    let world = world().await;
    let made = world.make().await;
    let due = world.store.write(move |tx| {
        let mut job = job::known(tx, JOB)?;
        job.remind_at = Some(tx.now());
        jobs::update(tx, &mut job, Touch::Aside)?;
        crate::outbox::doubt::all(tx)?;
        let reminded = job::remind(tx, &values(), 10)?;
        Ok::<_, DeskError>((job::known(tx, JOB)?, reminded))
    });
    let (job, reminded) = due.await.unwrap();
    assert!(made.remind_at.is_some());
    assert_eq!((reminded, job.remind_at), (0, None));
    assert!(job.is_settled(TriggerKind::Reminder), "{job:?}");
}
