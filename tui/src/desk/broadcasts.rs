//! Texts to many: counting, beginning and pausing the clerk carries to the relay.

use super::Clerk;
use crate::clock;
use crate::event::{CacheEvent, Event};
use crate::link::Api;
use crate::link::failure::Failure;
use crate::model::bulk::{Ask, Outcome, Told};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::broadcasts::{
    BroadcastAction, BroadcastPage, BulkPlan, PatchBroadcast, SendBulk,
};
use smsdesk_common::ids::{BroadcastId, RequestId};
use smsdesk_common::record::Record;
use std::sync::Arc;
use tokio::sync::mpsc;

/// How often it is asked to begin where the answer was lost: under its id it begins once.
const TRIES_MAX: u32 = 3;

impl Clerk {
    /// Asks for a broadcast to be paused, to go on, or to be given up.
    pub(super) fn change(
        &self,
        broadcast: BroadcastId,
        action: BroadcastAction,
        events: mpsc::Sender<Event>,
    ) {
        let work = async move |api: Arc<Api>| decide(&api, broadcast, action).await;
        self.go(events, work, move |refused| CacheEvent::BroadcastChanged {
            action,
            refused,
        });
    }

    /// Has a text to many counted, or begun.
    pub(super) fn text_many(&self, ask: Ask, events: mpsc::Sender<Event>) {
        let api = self.api();
        tokio::spawn(async move {
            let id = ask.id.unwrap_or_else(|| BroadcastId(clock::new_id()));
            let outcome = match (api, &ask.confirm) {
                (None, _) => Outcome::Refused("no relay is known here".to_owned()),
                (Some(api), None) => count(&api, ask.draft.request(id)).await,
                (Some(api), Some(confirm)) => {
                    let mut bulk = ask.draft.request(id);
                    bulk.confirm = Some(confirm.clone());
                    begin(&api, &bulk).await
                }
            };
            let draft = ask.draft;
            let told = Box::new(Told { draft, id, outcome });
            // An app that has gone wants no news.
            let _ = events.send(Event::Cache(CacheEvent::Bulk(told))).await;
        });
    }
}

async fn count(api: &Api, mut bulk: SendBulk) -> Outcome {
    bulk.dry_run = true;
    let plan: Result<BulkPlan, Failure> = api.post("/v1/messages/bulk", &bulk).await;
    match plan {
        Ok(plan) => Outcome::Counted(Box::new(plan)),
        Err(why) => Outcome::Refused(why.words()),
    }
}

async fn begin(api: &Api, bulk: &SendBulk) -> Outcome {
    let mut tries = 1;
    loop {
        let begun: Result<BroadcastPage, Failure> = api.post("/v1/messages/bulk", bulk).await;
        return match begun {
            Ok(_) => Outcome::Begun,
            Err(Failure::Refused(problem)) if problem.code == ErrorCode::BroadcastChanged => {
                Outcome::Changed
            }
            Err(why @ (Failure::Refused(_) | Failure::SignedOut(_))) => {
                Outcome::Refused(why.words())
            }
            Err(_) if tries < TRIES_MAX => {
                tries += 1;
                continue;
            }
            Err(why) => Outcome::Unsure(why.words()),
        };
    }
}

async fn decide(api: &Api, of: BroadcastId, action: BroadcastAction) -> Result<(), Failure> {
    let patch = PatchBroadcast {
        id: Some(RequestId(clock::new_id())),
        action,
        if_seq: None,
    };
    let path = format!("/v1/broadcasts/{of}");
    let _: Record = api.patch(&path, &patch).await?;
    Ok(())
}
