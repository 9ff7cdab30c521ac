//! What the rest of the app may do with the outbox.

use super::{Hand, OutboxCounts, Outgoing, Request, TakenBack, Undone};
use crate::cache::applied::{OutboxChange, Refusal, Refused};
use crate::cache::blame;
use crate::cache::disk::Disk;
use crate::cache::error::CacheError;
use crate::cache::fate::{Answer, RequestKind};
use crate::cache::list::number_of;
use crate::cache::{Cache, begun, identity, overlay, records};
use crate::clock;
use crate::model::batch::{Outcome, Target};
use crate::model::contact::{Ask, Told};
use crate::model::question::Seen;
use crate::model::triage::{About, Act, Unread};
use crate::model::undo::Way;
use smsdesk_common::api::Problem;
use smsdesk_common::ids::{ConversationId, EntryId, Epoch, RequestId, Seq};
use smsdesk_common::time::Timestamp;
use std::time::Duration;
use uuid::Uuid;

/// What an agent's request to send is from the moment at which it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The id that the text keeps for ever.
    pub entry: EntryId,
    /// The outbox with it.
    pub outbox: OutboxCounts,
}

/// What came of taking a text out of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Where the text was; none where no such text is refused, as when its record has come back.
    pub conversation: Option<ConversationId>,
    /// The outbox without it.
    pub outbox: OutboxCounts,
}

impl Cache {
    /// Does something to conversations, as one step that can be taken back. When this returns, no
    /// power cut can lose it, and it is shown. Tells what it came to for each that is here.
    ///
    /// # Errors
    /// The disk, or an outbox of [`super::OUTBOX_REQUESTS_MAX`]; then nothing was done.
    pub async fn triage(
        &self,
        targets: Vec<Target>,
        acts: Vec<Act>,
    ) -> Result<Vec<Outcome>, CacheError> {
        self.by_hand(move |hand| hand.act(&targets, &acts)).await
    }

    /// Takes back whatever was done last, a text that is held or a step; a step as far as nobody
    /// changed since what it left.
    ///
    /// # Errors
    /// As for [`Self::triage`].
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the method's path is not general enough in its lifetime"
    )]
    pub async fn undo(&self) -> Result<Undone, CacheError> {
        self.by_hand(|hand| hand.undo()).await
    }

    /// Does again what was taken back last, as far as nobody changed it since.
    ///
    /// # Errors
    /// As for [`Self::triage`].
    pub async fn redo(&self) -> Result<Undone, CacheError> {
        self.by_hand(|hand| {
            if let Some(told) = hand.turn_contact(Way::Redo)? {
                return Ok(Undone::Contact(told));
            }
            Ok(hand.turn(Way::Redo)?.map_or(Undone::Nothing, Undone::Step))
        })
        .await
    }

    /// Says something about a contact, as one step that can be taken back. When this returns, no
    /// power cut can lose it, and it is shown.
    ///
    /// # Errors
    /// As for [`Self::triage`].
    pub async fn contact(&self, ask: Ask) -> Result<Told, CacheError> {
        match ask {
            Ask::Load(contact) => self.sheet(contact).await,
            ask => self.by_hand(move |hand| hand.contact(ask)).await,
        }
    }

    /// Takes the newest text of a conversation back that is held, and makes it the draft. None
    /// where none is held.
    ///
    /// # Errors
    /// The disk.
    pub async fn take_back(
        &self,
        conversation: ConversationId,
    ) -> Result<Option<TakenBack>, CacheError> {
        self.by_hand(move |hand| hand.take_back(Some(conversation)))
            .await
    }

    pub(super) async fn by_hand<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hand<'_>) -> Result<T, CacheError> + Send + 'static,
    ) -> Result<T, CacheError> {
        self.work(move |disk| {
            let me = identity::me(&disk.outbox)?.map(|agent| agent.id);
            work(&mut Hand {
                records: &disk.records,
                outbox: &mut disk.outbox,
                me,
                now: clock::now(),
                new_id: &mut clock::new_id,
            })
        })
        .await
    }

    /// Puts a text into the outbox. When this returns, no power cut can lose it, and it is shown.
    /// A draft with the same words is used up in the same commit.
    ///
    /// # Errors
    /// The disk, a text of more than [`super::TEXT_BYTES_MAX`], or an outbox of
    /// [`super::OUTBOX_REQUESTS_MAX`]; then nothing was kept.
    pub async fn submit(
        &self,
        conversation: ConversationId,
        body: String,
        seen: impl Into<Seen>,
    ) -> Result<Submitted, CacheError> {
        self.submit_held(conversation, body, seen, Duration::ZERO)
            .await
    }

    /// As [`Self::submit`], for a text that can be taken back for as long as `hold`, at most
    /// [`crate::model::hold::HOLD_S_MAX`] seconds, and does not go out before. The next start lets
    /// it go at once.
    ///
    /// # Errors
    /// As for [`Self::submit`].
    pub async fn submit_held(
        &self,
        conversation: ConversationId,
        body: String,
        seen: impl Into<Seen>,
        hold: Duration,
    ) -> Result<Submitted, CacheError> {
        let seen = seen.into();
        let (entry, now) = (EntryId(clock::new_id()), clock::now());
        self.work(move |disk| {
            let request = Request::Send {
                entry,
                conversation,
                body,
                seen,
                template: None,
                epoch: records::cursor(&disk.records)?.map(|cursor| cursor.epoch),
                begins: begun::ends_of(disk.shelves(), conversation)?,
            };
            if hold.is_zero() {
                super::submit(&mut disk.outbox, request, now)?;
            } else {
                let ms = i64::try_from(hold.as_millis()).unwrap_or(0);
                super::submit_held(&mut disk.outbox, request, now, now.plus_millis(ms))?;
            }
            Ok(Submitted {
                entry,
                outbox: super::counts(&disk.outbox)?,
            })
        })
        .await
    }

    /// Whether a conversation is on this disk: nothing can be done to one that is not.
    ///
    /// # Errors
    /// The disk.
    pub async fn holds(&self, conversation: ConversationId) -> Result<bool, CacheError> {
        self.work(move |disk| {
            let conversation = begun::meant(&disk.outbox, conversation)?;
            Ok(number_of(&disk.records, conversation)?.is_some())
        })
        .await
    }

    /// Notes how far I have read. Replaces what was noted there and not sent yet, and does
    /// nothing where the same place is known already.
    ///
    /// # Errors
    /// The disk, or an outbox of [`super::OUTBOX_REQUESTS_MAX`].
    pub async fn mark_read(
        &self,
        conversation: ConversationId,
        position: Seq,
        inbound_read: u32,
    ) -> Result<(), CacheError> {
        let (id, now) = (RequestId(clock::new_id()), clock::now());
        self.work(move |disk| {
            let place = overlay::Place {
                position,
                inbound_read,
            };
            if overlay::read_place(disk.shelves(), conversation)? == Some(place) {
                return Ok(());
            }
            let request = Request::Read {
                id,
                conversation,
                position,
                inbound_read,
            };
            super::submit(&mut disk.outbox, request, now)
        })
        .await
    }

    /// Counts the newest text of the customer as unread again, and the older ones as they were.
    ///
    /// # Errors
    /// As for [`Self::mark_read`].
    pub async fn mark_unread(&self, conversation: ConversationId) -> Result<Unread, CacheError> {
        let (id, now) = (RequestId(clock::new_id()), clock::now());
        self.work(move |disk| {
            let (unread, place) = overlay::unread(disk.shelves(), conversation)?;
            if let Some(place) = place {
                let request = Request::Read {
                    id,
                    conversation,
                    position: place.position,
                    inbound_read: place.inbound_read,
                };
                super::submit(&mut disk.outbox, request, now)?;
            }
            Ok(unread)
        })
        .await
    }

    /// Takes a refused text out of the outbox; its words become the draft where there is none.
    ///
    /// # Errors
    /// The disk.
    pub async fn withdraw(&self, entry: EntryId) -> Result<Withdrawn, CacheError> {
        let now = clock::now();
        self.work(move |disk| {
            let conversation = super::withdraw(&mut disk.outbox, RequestKind::Send, entry, now)?;
            Ok(Withdrawn {
                conversation,
                outbox: super::counts(&disk.outbox)?,
            })
        })
        .await
    }

    /// How many texts wait and how many were refused.
    ///
    /// # Errors
    /// The disk.
    pub async fn outbox(&self) -> Result<OutboxCounts, CacheError> {
        self.work(|disk| super::counts(&disk.outbox)).await
    }

    /// What may be sent now: of each conversation the oldest request that waits, at most `limit`,
    /// oldest first.
    ///
    /// # Errors
    /// The disk.
    pub async fn next_requests(&self, limit: u32) -> Result<Vec<Outgoing>, CacheError> {
        self.work(move |disk| {
            super::release(&disk.outbox, clock::now())?;
            super::next(&disk.outbox, limit)
        })
        .await
    }

    /// When the next held text may go out; none where none is held.
    ///
    /// # Errors
    /// The disk.
    pub async fn next_release(&self) -> Result<Option<Timestamp>, CacheError> {
        self.work(|disk| super::hold::next_release(&disk.outbox))
            .await
    }

    /// Notes that the relay took a request at `seq`. May come again, and after the record.
    ///
    /// # Errors
    /// The disk.
    pub async fn request_answered(&self, id: Uuid, seq: Seq) -> Result<OutboxChange, CacheError> {
        self.change_outbox(id, move |disk| {
            let epoch = records::cursor(&disk.records)?.map(|cursor| cursor.epoch);
            super::answered(&disk.outbox, id, Answer { seq, epoch })?;
            Ok(None)
        })
        .await
    }

    /// The same, of a relay whose database was in the life `epoch` when it answered.
    ///
    /// # Errors
    /// The disk.
    pub async fn request_answered_in(
        &self,
        epoch: Option<Epoch>,
        id: Uuid,
        seq: Seq,
    ) -> Result<OutboxChange, CacheError> {
        self.change_outbox(id, move |disk| {
            super::answered(&disk.outbox, id, Answer { seq, epoch })?;
            Ok(None)
        })
        .await
    }

    /// Notes that the relay refused a request for good.
    ///
    /// # Errors
    /// The disk.
    pub async fn request_refused(
        &self,
        id: Uuid,
        problem: Problem,
    ) -> Result<OutboxChange, CacheError> {
        self.change_outbox(id, move |disk| {
            let conversation = super::conversation_of(&disk.outbox, id)?;
            let what = super::refused(&mut disk.outbox, id, &problem)?;
            let Some(what) = what else {
                return Ok(None);
            };
            let patch = match &what {
                Refused::Patch(patch) => Some(patch),
                Refused::Text(..) | Refused::Note(..) | Refused::Timed(_) | Refused::Contact => {
                    None
                }
            };
            let me = identity::me(&disk.outbox)?.map(|agent| agent.id);
            let about = match conversation {
                Some(conversation) => blame::about(disk.shelves(), conversation, patch, me)?,
                None => About::default(),
            };
            Ok(Some(Refusal {
                what,
                problem,
                about,
            }))
        })
        .await
    }

    /// Notes an attempt that brought no answer; the request waits on.
    ///
    /// # Errors
    /// The disk.
    pub async fn request_tried(&self, id: Uuid) -> Result<(), CacheError> {
        self.work(move |disk| super::tried(&disk.outbox, id)).await
    }

    async fn change_outbox(
        &self,
        id: Uuid,
        change: impl FnOnce(&mut Disk) -> Result<Option<Refusal>, CacheError> + Send + 'static,
    ) -> Result<OutboxChange, CacheError> {
        self.work(move |disk| {
            let conversation = super::conversation_of(&disk.outbox, id)?;
            let refusal = change(disk)?;
            let mut touched = super::settle(&disk.records, &mut disk.outbox)?.touched;
            if let Some(conversation) = conversation {
                touched.add(conversation);
            }
            Ok(OutboxChange {
                touched,
                outbox: super::counts(&disk.outbox)?,
                refusal: conversation.zip(refusal),
            })
        })
        .await
    }
}
