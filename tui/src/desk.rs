//! Performs the app's effects on the local disk, and rings the network side when something waits.

mod broadcasts;
mod clerk;
mod hook;
mod marks;
mod spell;
mod team;
mod watch;

pub use self::watch::{Watch, preferences};

pub use self::clerk::Clerk;
use self::hook::Hooks;
use crate::app::Desk;
use crate::cache::{Cache, CacheError, Look, OutboxCounts, Parts, Submitted, TakenBack, Undone};
use crate::clock;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::link::Doing;
use crate::model::batch::Target;
use crate::model::chat::ChatQuery;
use crate::model::list::ListQuery;
use crate::model::listing::SavedView;
use crate::model::question::Seen;
use crate::model::search::SearchQuery;
use crate::model::timed::TimedDeed;
use crate::model::triage::Act;
use crate::model::undo::Way;
use jiff::tz::TimeZone;
use smsdesk_common::filter::Viewpoint;
use smsdesk_common::ids::{AgentId, ConversationId, EntryId};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch::Sender;
use tokio::sync::{Notify, mpsc};

/// The disk as the app sees it.
#[derive(Debug)]
pub struct CacheDesk {
    cache: Cache,
    zone: TimeZone,
    /// The views of one's own.
    saved: Arc<[SavedView]>,
    /// Rung after something was put into the outbox.
    outbox_bell: Arc<Notify>,
    /// The agent's own program.
    hooks: Hooks,
    /// Who carries changes of templates to the relay.
    clerk: Clerk,
    /// The configuration's file.
    watch: Option<Watch>,
    /// What colleagues are told; only the newest counts.
    tell: Sender<Option<Doing>>,
    /// For what is news besides the answer to an effect.
    events: mpsc::Sender<Event>,
    /// For how long a text can be taken back.
    hold: Duration,
}

impl CacheDesk {
    /// A desk over `cache` for an agent in `zone` with views of their own.
    pub fn new(
        cache: Cache,
        zone: TimeZone,
        saved: Arc<[SavedView]>,
        outbox_bell: Arc<Notify>,
        tell: Sender<Option<Doing>>,
        events: mpsc::Sender<Event>,
    ) -> Self {
        Self {
            cache,
            zone,
            saved,
            outbox_bell,
            hooks: Hooks::new(),
            clerk: Clerk::default(),
            watch: None,
            tell,
            events,
            hold: Duration::ZERO,
        }
    }

    /// The same, holding each text for so long before it goes out.
    #[must_use]
    pub fn holding(self, hold: Duration) -> Self {
        Self { hold, ..self }
    }

    /// As it is, with somebody who carries changes of templates to the relay.
    #[must_use]
    pub fn employing(self, clerk: Clerk) -> Self {
        Self { clerk, ..self }
    }

    /// As it is, with an eye on the configuration.
    #[must_use]
    pub fn watching(self, watch: Watch) -> Self {
        Self {
            watch: Some(watch),
            ..self
        }
    }

    /// Looks at the configuration where no other task waits for the disk that it is on.
    async fn look_at_config(&mut self) {
        let Some(mut watch) = self.watch.take() else {
            return;
        };
        let looked = tokio::task::spawn_blocking(move || (watch.look(), watch));
        let Ok((read, watch)) = looked.await else {
            return;
        };
        self.watch = Some(watch);
        if let Some(read) = read {
            let read = read.map(|reread| {
                self.saved = reread.saved;
                self.hold = reread.hold;
                reread.preferences
            });
            // An app that has gone wants no settings.
            let _ = self.events.send(Event::Configuration(Box::new(read))).await;
        }
    }

    async fn tell(&self, outbox: OutboxCounts) {
        // An app that has gone wants no news.
        let _ = self.events.send(Event::Cache(outbox.into())).await;
    }

    fn look(&self, me: Option<AgentId>) -> Look {
        let from = Viewpoint {
            me,
            now: clock::now(),
            zone: self.zone.clone(),
        };
        Look::new(from, Arc::clone(&self.saved))
    }

    /// Who works here, as the relay last said.
    async fn me(&self) -> Result<Option<AgentId>, CacheError> {
        Ok(self.cache.me().await?.map(|agent| agent.id))
    }

    async fn triage(&self, targets: Vec<Target>, acts: Vec<Act>) -> Result<CacheEvent, CacheError> {
        let first = targets.first().map(|target| target.conversation);
        let outcomes = self.cache.triage(targets, acts).await?;
        self.outbox_bell.notify_one();
        self.tell(self.cache.outbox().await?).await;
        Ok(match first.filter(|_| outcomes.is_empty()) {
            Some(missing) => CacheEvent::ChatMissing(missing),
            None => CacheEvent::Triaged(outcomes),
        })
    }

    async fn turn(&self, way: Way) -> Result<CacheEvent, CacheError> {
        let undone = match way {
            Way::Undo => self.cache.undo().await?,
            Way::Redo => self.cache.redo().await?,
        };
        Ok(match undone {
            Undone::Text(taken) => self.tell_taken_back(taken).await?,
            Undone::Step(turned) => {
                self.outbox_bell.notify_one();
                self.tell(self.cache.outbox().await?).await;
                CacheEvent::Turned(Box::new(turned))
            }
            Undone::Timed(conversation, undone) => {
                self.outbox_bell.notify_one();
                CacheEvent::TimedUndone {
                    conversation,
                    undone,
                }
            }
            Undone::Contact(told) => {
                self.outbox_bell.notify_one();
                CacheEvent::Contact(Box::new(told))
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

    async fn submit(
        &self,
        conversation: ConversationId,
        body: String,
        seen: Seen,
    ) -> Result<CacheEvent, CacheError> {
        if !self.cache.holds(conversation).await? {
            return Ok(gone("the text"));
        }
        let submitted = self
            .cache
            .submit_held(conversation, body, seen, self.hold)
            .await?;
        Ok(self.submitted(conversation, submitted).await)
    }

    async fn submitted(&self, conversation: ConversationId, submitted: Submitted) -> CacheEvent {
        self.outbox_bell.notify_one();
        self.tell(submitted.outbox).await;
        let entry = submitted.entry;
        CacheEvent::Submitted {
            conversation,
            entry,
        }
    }

    /// What is done with texts that wait for their time.
    async fn timed(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::SubmitLater {
                conversation,
                body,
                seen,
                timing,
            } => {
                let at = timing.at;
                let kept = self.cache.submit_later(conversation, body, seen, timing);
                let kept = kept.await?;
                self.outbox_bell.notify_one();
                self.tell(kept.outbox).await;
                Some(CacheEvent::TimedKept {
                    conversation,
                    entry: kept.entry,
                    at,
                })
            }
            Effect::ChangeTimed {
                conversation,
                text,
                deed: TimedDeed::TakeBack,
            } => Some(match self.cache.take_timed_back(text).await? {
                Some(taken) => self.tell_taken_back(taken).await?,
                None => CacheEvent::TimedChanged {
                    conversation,
                    deed: None,
                },
            }),
            Effect::ChangeTimed {
                conversation,
                text,
                deed,
            } => {
                let changed = self.cache.change_timed(text, deed.clone()).await?;
                self.outbox_bell.notify_one();
                self.tell(self.cache.outbox().await?).await;
                let deed = changed.then_some(deed);
                Some(CacheEvent::TimedChanged { conversation, deed })
            }
            Effect::LoadTimed => Some(CacheEvent::Timed(self.cache.timed().await?)),
            _ => None,
        })
    }

    async fn withdraw(&self, entry: EntryId) -> Result<CacheEvent, CacheError> {
        let withdrawn = self.cache.withdraw(entry).await?;
        self.tell(withdrawn.outbox).await;
        Ok(touched(withdrawn.conversation))
    }

    async fn chat(&self, query: ChatQuery) -> Result<CacheEvent, CacheError> {
        let slice = self.cache.chat(query, self.me().await?).await?;
        let missing = CacheEvent::ChatMissing(query.conversation());
        Ok(slice.map_or(missing, |slice| CacheEvent::Chat(Box::new(slice))))
    }

    /// What is done with private notes.
    async fn note(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::WriteNote { conversation, .. } if !self.cache.holds(conversation).await? => {
                Some(gone("the note"))
            }
            Effect::WriteNote { conversation, body } => {
                let kept = self.cache.write_note(conversation, body).await?;
                self.outbox_bell.notify_one();
                self.tell(kept.outbox).await;
                let entry = kept.entry;
                Some(CacheEvent::NoteKept {
                    conversation,
                    entry,
                })
            }
            Effect::SaveNoteDraft { conversation, text } => {
                self.cache.save_note_draft(conversation, text).await?;
                None
            }
            Effect::WithdrawNote { entry } => {
                let withdrawn = self.cache.withdraw_note(entry).await?;
                self.tell(withdrawn.outbox).await;
                Some(touched(withdrawn.conversation))
            }
            _ => None,
        })
    }

    /// What helps with writing.
    async fn help_to_write(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::SubmitParts {
                conversation,
                bodies,
                whole,
                seen,
            } => {
                let parts = Parts { bodies, whole };
                let submitted = self
                    .cache
                    .submit_parts(conversation, parts, seen, self.hold);
                Some(self.submitted(conversation, submitted.await?).await)
            }
            Effect::LoadSent => Some(CacheEvent::Sent(self.cache.sent().await?)),
            Effect::Spell { command, text } => {
                spell::run(command, text, self.events.clone());
                None
            }
            _ => None,
        })
    }

    /// What is known of when somebody was here.
    async fn absence(&self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::LastSeen => Some(CacheEvent::LastSeen(self.cache.seen().await?)),
            Effect::NoteSeen(at) => {
                self.cache.note_seen(at).await?;
                None
            }
            Effect::LookBack(seen) => {
                Some(CacheEvent::Meanwhile(self.cache.meanwhile(seen).await?))
            }
            _ => None,
        })
    }

    /// Nothing waits for a search: its answer comes as news.
    fn search(&self, query: SearchQuery) {
        let found = self.cache.search(query, self.zone.clone());
        let events = self.events.clone();
        tokio::spawn(async move {
            let news = match found.await {
                Ok(None) => return,
                Ok(Some(found)) => CacheEvent::Found(Box::new(found)),
                Err(error) => failed(error.to_string()),
            };
            // An app that has gone wants no news.
            let _ = events.send(Event::Cache(news)).await;
        });
    }

    /// What nothing on the disk is changed for.
    async fn outwards(&mut self, effect: Effect) {
        match effect {
            Effect::Doing {
                conversation,
                state,
            } => {
                self.tell.send_replace(Some((conversation, state)));
            }
            Effect::Hook { command, text } => self.hooks.run(command, text),
            Effect::LookAtConfig => self.look_at_config().await,
            _ => {}
        }
    }

    async fn list(&self, query: ListQuery) -> Result<CacheEvent, CacheError> {
        let look = self.look(self.me().await?);
        Ok(CacheEvent::List(self.cache.list(query, look).await?))
    }

    async fn keep(
        &self,
        conversation: ConversationId,
        draft: String,
    ) -> Result<Option<CacheEvent>, CacheError> {
        self.cache.save_draft(conversation, draft).await?;
        Ok(None)
    }

    async fn carry_out(&mut self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            Effect::LoadList(query) => Some(self.list(query).await?),
            Effect::LoadChat(query) => Some(self.chat(query).await?),
            Effect::Search(query) => {
                self.search(query);
                None
            }
            Effect::Submit {
                conversation,
                body,
                seen,
            } => Some(self.submit(conversation, body, seen).await?),
            writing @ (Effect::SubmitParts { .. } | Effect::LoadSent | Effect::Spell { .. }) => {
                self.help_to_write(writing).await?
            }
            Effect::SaveDraft { conversation, text } => self.keep(conversation, text).await?,
            note @ (Effect::WriteNote { .. }
            | Effect::SaveNoteDraft { .. }
            | Effect::WithdrawNote { .. }) => self.note(note).await?,
            timed @ (Effect::SubmitLater { .. }
            | Effect::ChangeTimed { .. }
            | Effect::LoadTimed) => self.timed(timed).await?,
            Effect::Withdraw { entry } => Some(self.withdraw(entry).await?),
            told @ (Effect::Doing { .. } | Effect::Hook { .. } | Effect::LookAtConfig) => {
                self.outwards(told).await;
                None
            }
            Effect::Triage { targets, acts } => Some(self.triage(targets, acts).await?),
            Effect::Turn(way) => Some(self.turn(way).await?),
            Effect::TakeBack(text) => Some(self.take_back(text).await?),
            Effect::MarkUnread { conversation } => Some(self.mark_unread(conversation).await?),
            Effect::MarkRead {
                conversation,
                position,
                inbound_read,
            } => Some(self.mark_read(conversation, position, inbound_read).await?),
            memory @ (Effect::LastSeen | Effect::NoteSeen(_) | Effect::LookBack(_)) => {
                self.absence(memory).await?
            }
            other => self.beside(other).await?,
        })
    }

    /// What is not about one conversation.
    async fn beside(&mut self, effect: Effect) -> Result<Option<CacheEvent>, CacheError> {
        Ok(match effect {
            team @ (Effect::LoadDirectory
            | Effect::Contact(_)
            | Effect::FindPeople { .. }
            | Effect::Begin { .. }
            | Effect::LoadTemplates
            | Effect::LoadTemplate(_)
            | Effect::KeepOrigin { .. }
            | Effect::LoadRules
            | Effect::LoadBroadcasts
            | Effect::KeepRules(_)
            | Effect::LookHere
            | Effect::Settings(_)) => self.team(team).await?,
            now @ (Effect::WriteTemplate(_)
            | Effect::WriteJob(_)
            | Effect::WriteRules(_)
            | Effect::ForgetContact { .. }
            | Effect::Bulk(_)
            | Effect::ChangeBroadcast { .. }
            | Effect::AskFigures(_)
            | Effect::AskStatus
            | Effect::AskAudit(_)) => {
                self.clerk.carry(now, self.events.clone());
                None
            }
            // What is about the terminal is done by the loop; the rest was forgotten above.
            _ => Some(failed("Not done: this version does not know how")),
        })
    }
}

/// Words for a conversation that is not there any more: nothing is queued that could never leave.
fn gone(what: &str) -> CacheEvent {
    failed(format!(
        "That conversation is gone: {what} stays as a draft"
    ))
}

fn failed(words: impl Into<String>) -> CacheEvent {
    CacheEvent::Failed {
        message: words.into(),
    }
}

fn touched(conversation: Option<ConversationId>) -> CacheEvent {
    CacheEvent::Applied {
        conversations: conversation.into_iter().collect(),
        everything: false,
    }
}

impl Desk for CacheDesk {
    async fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        match self.carry_out(effect).await {
            Ok(news) => news,
            Err(error) => Some(failed(error.to_string())),
        }
    }
}
