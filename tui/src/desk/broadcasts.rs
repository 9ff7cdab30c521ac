//! Texts to many: their list is on the disk, what is asked about one the clerk carries to the relay.

use super::{CacheDesk, Clerk};
use crate::cache::CacheError;
use crate::clock;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::link::Api;
use crate::link::failure::Failure;
use smsdesk_common::api::broadcasts::{BroadcastAction, PatchBroadcast};
use smsdesk_common::ids::{BroadcastId, RequestId};
use smsdesk_common::record::Record;
use std::sync::Arc;
use tokio::sync::mpsc;

impl CacheDesk {
    /// The list of broadcasts, and what the clerk asks the relay about one.
    pub(super) async fn broadcasts(
        &self,
        effect: Effect,
    ) -> Result<Option<CacheEvent>, CacheError> {
        if let Effect::ChangeBroadcast { broadcast, action } = effect {
            self.clerk.change(broadcast, action, self.events.clone());
            return Ok(None);
        }
        Ok(Some(CacheEvent::Broadcasts(self.cache.broadcasts().await?)))
    }
}

impl Clerk {
    /// Asks for a broadcast to be paused, to go on, or to be given up.
    fn change(&self, broadcast: BroadcastId, action: BroadcastAction, events: mpsc::Sender<Event>) {
        let work = async move |api: Arc<Api>| decide(&api, broadcast, action).await;
        self.go(events, work, move |refused| CacheEvent::BroadcastChanged {
            action,
            refused,
        });
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
