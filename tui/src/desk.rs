//! Performs the app's effects on the local disk, and rings the network side when something waits.

use crate::app::Desk;
use crate::cache::{Cache, CacheError, OutboxCounts, TakenBack, Undone, local_day};
use crate::clock;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::batch::Target;
use crate::model::triage::Act;
use crate::model::undo::Way;
use jiff::tz::TimeZone;
use smsdesk_common::ids::{AgentId, ConversationId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};

/// The disk as the app sees it.
#[derive(Debug)]
pub struct CacheDesk {
    cache: Cache,
    zone: TimeZone,
    /// Rung after something was put into the outbox.
    outbox_bell: Arc<Notify>,
    /// For what is news besides the answer to an effect.
    events: mpsc::Sender<Event>,
    /// For how long a text can be taken back.
    hold: Duration,
}

impl CacheDesk {
    /// A desk over `cache` for an agent in `zone`.
    pub const fn new(
        cache: Cache,
        zone: TimeZone,
        outbox_bell: Arc<Notify>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            cache,
            zone,
            outbox_bell,
            events,
            hold: Duration::ZERO,
        }
    }

    /// The same, holding each text for so long before it goes out.
    pub fn holding(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    async fn tell(&self, outbox: OutboxCounts) {
        let OutboxCounts { waiting, refused } = outbox;
        // An app that has gone wants no news.
        let _ = self
            .events
            .send(Event::Cache(CacheEvent::Outbox { waiting, refused }))
            .await;
    }

    /// Who works here, as the relay last said.
    async fn me(&self) -> Result<Option<AgentId>, CacheError> {
        Ok(self.cache.me().await?.map(|agent| agent.id))
    }

    async fn triage(&self, targets: Vec<Target>, acts: Vec<Act>) -> Result<CacheEvent, CacheError> {
        let first = targets.first().map(|target| target.conversation);
        let outcomes = self.cache.triage(targets, acts).await?;
        self.outbox_bell.notify_one();
        Ok(match first.filter(|_| outcomes.is_empty()) {
            Some(missing) => CacheEvent::ChatMissing(missing),
            None => CacheEvent::Triaged(outcomes),
        })
    }

    async fn turn(&self, way: Way) -> Result<CacheEvent, CacheError> {
        let undone = match way {
            Way::Undo => self.cache.undo().await?,
            Way::Redo => self
                .cache
                .redo()
                .await?
                .map_or(Undone::Nothing, Undone::Step),
        };
        Ok(match undone {
            Undone::Text(taken) => self.tell_taken_back(taken).await?,
            Undone::Step(turned) => {
                self.outbox_bell.notify_one();
                CacheEvent::Turned(Box::new(turned))
            }
            Undone::Nothing => CacheEvent::NothingToTurn(way),
        })
    }

    async fn take_back(&self, conversation: ConversationId) -> Result<CacheEvent, CacheError> {
        match self.cache.take_back(conversation).await? {
            Some(taken) => self.tell_taken_back(taken).await,
            None => Ok(CacheEvent::NothingToTakeBack),
        }
    }

    async fn tell_taken_back(&self, taken: TakenBack) -> Result<CacheEvent, CacheError> {
        self.tell(self.cache.outbox().await?).await;
        // What waited behind it may go.
        self.outbox_bell.notify_one();
        let TakenBack { conversation, body } = taken;
        Ok(CacheEvent::TakenBack { conversation, body })
    }

    async fn carry_out(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::LoadList(query) => {
                let today = local_day(clock::now(), &self.zone);
                let slice = self.cache.list(query, self.me().await?, today).await?;
                Some(CacheEvent::List(slice))
            }
            Effect::LoadChat(query) => {
                let slice = self.cache.chat(query, self.me().await?).await?;
                Some(
                    slice.map_or(CacheEvent::ChatMissing(query.conversation()), |slice| {
                        CacheEvent::Chat(Box::new(slice))
                    }),
                )
            }
            Effect::Submit {
                conversation,
                body,
                seen,
            } => {
                let submitted = self
                    .cache
                    .submit_held(conversation, body, seen, self.hold)
                    .await?;
                self.outbox_bell.notify_one();
                self.tell(submitted.outbox).await;
                Some(CacheEvent::Submitted {
                    conversation,
                    entry: submitted.entry,
                })
            }
            Effect::SaveDraft { conversation, text } => {
                self.cache.save_draft(conversation, text).await?;
                None
            }
            Effect::Withdraw { entry } => {
                let withdrawn = self.cache.withdraw(entry).await?;
                self.tell(withdrawn.outbox).await;
                Some(CacheEvent::Applied {
                    conversations: withdrawn.conversation.into_iter().collect(),
                    everything: false,
                })
            }
            Effect::Triage { targets, acts } => Some(self.triage(targets, acts).await?),
            Effect::Turn(way) => Some(self.turn(way).await?),
            Effect::TakeBack(conversation) => Some(self.take_back(conversation).await?),
            Effect::MarkRead {
                conversation,
                position,
                inbound_read,
            } => {
                self.cache
                    .mark_read(conversation, position, inbound_read)
                    .await?;
                self.outbox_bell.notify_one();
                Some(CacheEvent::Applied {
                    conversations: vec![conversation],
                    everything: false,
                })
            }
            // These are about the terminal; the loop performs them itself.
            Effect::StartTimer { .. }
            | Effect::Redraw
            | Effect::Bell
            | Effect::Suspend
            | Effect::Quit => None,
        })
    }
}

impl Desk for CacheDesk {
    async fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        match self.carry_out(effect).await {
            Ok(news) => news,
            Err(error) => Some(CacheEvent::Failed {
                message: error.to_string(),
            }),
        }
    }
}
