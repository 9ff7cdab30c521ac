//! Texts that wait for their time, in the outbox: timed, changed, canceled, and all of that taken back.
//!
//! A text that is canceled before the relay has confirmed it is never asked for again: a device that
//! comes back late must not bring what its author took back.

use super::{Hand, OutboxCounts, Request, Undone, counts, put};
use crate::cache::applied::Refused;
use crate::cache::error::CacheError;
use crate::cache::sql::{parsed, uuid_out};
use crate::cache::{Cache, begun, drafts, records, templates, timed};
use crate::clock;
use crate::model::question::Seen;
use crate::model::templates::Origin;
use crate::model::timed::{TimedDeed, TimedText, TimedUndone, Timing};
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde::{Deserialize, Serialize};
use smsdesk_common::api::messages::{Instead, MessagePatch, SendMessage};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, EntryId, RequestId, Seq, TemplateId};
use smsdesk_common::time::Timestamp;

use super::hold::TakenBack;

/// The most deeds that can be taken back: weeks of work.
const UNDO_MAX: i64 = 1_000;

/// A timed text from the moment at which it is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedSubmitted {
    /// The id that the text keeps for ever.
    pub entry: EntryId,
    /// The outbox with it.
    pub outbox: OutboxCounts,
}

/// What takes a deed back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Back {
    /// It does not go out, and its words are the draft again.
    Draft,
    /// The opposite.
    Deed(TimedDeed),
    /// The opposite, as long as nobody else has changed the same since.
    Turn {
        /// What was done.
        did: TimedDeed,
        /// What takes it back.
        back: TimedDeed,
    },
    /// The same text once more, under a new id: what was canceled stays so.
    Again(String, Timing),
}

/// The newest deed.
pub(super) struct Newest {
    /// Its place among all requests.
    pub(super) place: i64,
    conversation: ConversationId,
    text: EntryId,
    back: Back,
}

impl Cache {
    /// Puts a text into the outbox that goes out at a time, as [`Cache::submit`] does.
    ///
    /// # Errors
    /// As for [`Cache::submit`].
    pub async fn submit_later(
        &self,
        conversation: ConversationId,
        body: String,
        seen: impl Into<Seen>,
        timing: Timing,
    ) -> Result<TimedSubmitted, CacheError> {
        let seen = seen.into();
        let (entry, now) = (EntryId(clock::new_id()), clock::now());
        self.work(move |disk| {
            let epoch = records::cursor(&disk.records)?.map(|cursor| cursor.epoch);
            let request = Request::SendLater {
                entry,
                conversation,
                body,
                seen,
                epoch,
                timing,
                template: None,
                begins: begun::ends_of(disk.shelves(), conversation)?,
            };
            let tx = disk
                .outbox
                .transaction_with_behavior(TransactionBehavior::Immediate)?;
            let place = put(&tx, request, now)?;
            note_scheduled(&tx, place, conversation, entry)?;
            tx.commit()?;
            let outbox = counts(&disk.outbox)?;
            Ok(TimedSubmitted { entry, outbox })
        })
        .await
    }

    /// Changes a text that waits for its time. Whether it did: not where it waits no more.
    ///
    /// # Errors
    /// The disk, or an outbox of [`super::OUTBOX_REQUESTS_MAX`]; then nothing was done.
    pub async fn change_timed(&self, text: EntryId, deed: TimedDeed) -> Result<bool, CacheError> {
        self.by_hand(move |hand| hand.change_timed(text, &deed))
            .await
    }

    /// Takes a text back that waits for its time: its words are the draft. None where it waits no more.
    ///
    /// # Errors
    /// As for [`Cache::change_timed`].
    pub async fn take_timed_back(&self, text: EntryId) -> Result<Option<TakenBack>, CacheError> {
        self.by_hand(move |hand| hand.take_timed_back(text)).await
    }

    /// Everything that waits for its time, the next one first.
    ///
    /// # Errors
    /// The disk.
    pub async fn timed(&self) -> Result<Vec<TimedText>, CacheError> {
        self.work(|disk| timed::texts(disk.shelves())).await
    }
}

impl Hand<'_> {
    /// A text as it is shown, and whether something of it is on its way to the relay.
    fn shown_timed(&self, text: EntryId) -> Result<Option<(Entry, bool)>, CacheError> {
        let mut all = timed::entries(self.shelves())?.into_iter();
        Ok(all.find(|(entry, _)| entry.id == text))
    }

    pub(super) fn change_timed(
        &mut self,
        text: EntryId,
        deed: &TimedDeed,
    ) -> Result<bool, CacheError> {
        let Some((held, _)) = self.shown_timed(text)? else {
            return Ok(false);
        };
        let back = match deed {
            TimedDeed::Cancel => held.send_at.map(|at| {
                let timing = Timing {
                    at,
                    zone: held.zone.clone(),
                    cancel_on_reply: held.cancel_on_reply,
                };
                Back::Again(held.body.clone(), timing)
            }),
            did => did.opposite(&held).map(|back| {
                let did = did.clone();
                Back::Turn { did, back }
            }),
        };
        let (id, now) = (RequestId((self.new_id)()), self.now);
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        match deed {
            TimedDeed::Cancel => drop(ask_no_more(&tx, text)?),
            // What was done to it before cannot be undone any more.
            TimedDeed::SendNow => forget_deeds(&tx, text)?,
            _ => {}
        }
        let request = Request::Timed {
            conversation: held.conversation,
            text,
            patch: Box::new(deed.patch(id)),
        };
        let place = put(&tx, request, now)?;
        if let Some(back) = back {
            note(&tx, place, held.conversation, text, &back)?;
        }
        tx.commit()?;
        Ok(true)
    }

    /// As [`Cache::take_timed_back`]. What was done to the text before cannot be undone any more.
    pub(super) fn take_timed_back(
        &mut self,
        text: EntryId,
    ) -> Result<Option<TakenBack>, CacheError> {
        let Some((held, _)) = self.shown_timed(text)? else {
            return Ok(None);
        };
        let (id, now) = (RequestId((self.new_id)()), self.now);
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let taken = make_draft(&tx, held, id, now)?;
        forget_deeds(&tx, text)?;
        tx.commit()?;
        Ok(Some(taken))
    }

    /// Takes the newest deed back, as far as its text still waits.
    pub(super) fn undo_timed(&mut self, newest: Newest) -> Result<Undone, CacheError> {
        let Newest {
            place,
            conversation,
            text,
            back,
        } = newest;
        let held = self.shown_timed(text)?;
        let (id, now) = ((self.new_id)(), self.now);
        let cursor = records::cursor(self.records)?;
        let epoch = cursor.as_ref().map(|cursor| cursor.epoch);
        // Whoever takes it back sees what is here.
        let seen = Seen::from(cursor.map_or(Seq::ZERO, |cursor| cursor.high));
        // A text that was to begin its conversation begins it all the same.
        let begins = begun::ends_of(self.shelves(), conversation)?;
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute("DELETE FROM undo_timed WHERE request_n = ?1", [place])?;
        let undone = match (back, held) {
            (Back::Draft, Some((held, _))) => {
                Undone::Text(make_draft(&tx, held, RequestId(id), now)?)
            }
            (Back::Turn { did, .. }, Some((held, _))) if !did.stands(&held) => {
                Undone::Timed(conversation, TimedUndone::Changed)
            }
            (Back::Turn { back, .. } | Back::Deed(back), Some(held)) => {
                Undone::Timed(conversation, turn(&tx, &back, held, RequestId(id), now)?)
            }
            (Back::Draft | Back::Deed(_) | Back::Turn { .. }, None) => {
                Undone::Timed(conversation, TimedUndone::Gone)
            }
            (Back::Again(_, timing), _) if timing.at <= now => {
                Undone::Timed(conversation, TimedUndone::Passed)
            }
            (Back::Again(body, timing), _) => {
                let request = Request::SendLater {
                    entry: EntryId(id),
                    conversation,
                    body,
                    seen,
                    epoch,
                    timing,
                    template: None,
                    begins,
                };
                put(&tx, request, now)?;
                Undone::Timed(conversation, TimedUndone::Restored)
            }
        };
        tx.commit()?;
        Ok(undone)
    }
}

/// Does the opposite of what was done to a text.
fn turn(
    tx: &Transaction<'_>,
    back: &TimedDeed,
    (held, pending): (Entry, bool),
    id: RequestId,
    now: Timestamp,
) -> Result<TimedUndone, CacheError> {
    // To give it that time again would be to send it now.
    if matches!(back, TimedDeed::Move { at, .. } if *at <= now) {
        return Ok(TimedUndone::Passed);
    }
    let mut patch = back.patch(id);
    // What a colleague has done by then is not here yet; what this device asked for moves the text.
    patch.if_seq = (!pending).then_some(held.seq);
    let request = Request::Timed {
        conversation: held.conversation,
        text: held.id,
        patch: Box::new(patch),
    };
    put(tx, request, now)?;
    Ok(TimedUndone::Restored)
}

fn forget_deeds(tx: &Transaction<'_>, text: EntryId) -> Result<(), CacheError> {
    tx.execute("DELETE FROM undo_timed WHERE text = ?1", [text.to_string()])?;
    Ok(())
}

/// Cancels a text that waits, and makes its words the draft.
fn make_draft(
    tx: &Transaction<'_>,
    held: Entry,
    id: RequestId,
    now: Timestamp,
) -> Result<TakenBack, CacheError> {
    let conversation = held.conversation;
    let template = ask_no_more(tx, held.id)?;
    let request = Request::Timed {
        conversation,
        text: held.id,
        patch: Box::new(TimedDeed::Cancel.patch(id)),
    };
    put(tx, request, now)?;
    drafts::TEXTS.put_before(tx, conversation, &held.body, now)?;
    // As far as the relay has not counted it.
    let fields = Vec::new();
    let owes = templates::origin(tx, conversation)?.with(Origin { template, fields });
    templates::keep_origin(tx, conversation, &owes)?;
    let body = held.body;
    Ok(TakenBack { conversation, body })
}

/// A text that the relay has not confirmed is not asked for again. The template that it was made from.
fn ask_no_more(tx: &Transaction<'_>, text: EntryId) -> Result<Option<TemplateId>, CacheError> {
    let gone: Option<String> = tx
        .query_row(
            "DELETE FROM request WHERE id = ?1 AND kind = 'send' AND state = 'waiting'
             RETURNING body",
            [text.to_string()],
            |row| row.get(0),
        )
        .optional()?;
    let message: Option<SendMessage> = gone.map(|body| serde_json::from_str(&body)).transpose()?;
    Ok(message.and_then(|message| message.template))
}

/// Notes that a text was timed: to take that back makes its words the draft.
pub(super) fn note_scheduled(
    tx: &Transaction<'_>,
    place: i64,
    conversation: ConversationId,
    text: EntryId,
) -> Result<(), CacheError> {
    note(tx, place, conversation, text, &Back::Draft)
}

fn note(
    tx: &Transaction<'_>,
    place: i64,
    conversation: ConversationId,
    text: EntryId,
    back: &Back,
) -> Result<(), CacheError> {
    tx.execute(
        "INSERT INTO undo_timed (request_n, conversation, text, back) VALUES (?1, ?2, ?3, ?4)",
        params![
            place,
            conversation.0.as_bytes(),
            text.to_string(),
            serde_json::to_string(back)?
        ],
    )?;
    tx.execute(
        "DELETE FROM undo_timed WHERE request_n NOT IN
             (SELECT request_n FROM undo_timed ORDER BY request_n DESC LIMIT ?1)",
        [UNDO_MAX],
    )?;
    Ok(())
}

/// The newest deed; none where there is nothing to take back.
pub(super) fn newest(outbox: &Connection) -> Result<Option<Newest>, CacheError> {
    let row: Option<(i64, uuid::Uuid, String, String)> = outbox
        .prepare_cached(
            "SELECT request_n, conversation, text, back FROM undo_timed
             ORDER BY request_n DESC LIMIT 1",
        )?
        .query_row((), |row| {
            Ok((row.get(0)?, uuid_out(row, 1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((place, conversation, text, back)) = row else {
        return Ok(None);
    };
    Ok(Some(Newest {
        place,
        conversation: ConversationId(conversation),
        text: EntryId(parsed(&text, "a text's id").map_err(CacheError::Outbox)?),
        back: serde_json::from_str(&back)?,
    }))
}

/// The relay would not change a text: there is nothing to take back. That it does not know a text
/// that waits here means that it is asked for as it is to be by now. That it does not know another
/// one means that it never will, as was wanted; to time it again stays possible.
pub(super) fn refused(
    tx: &Transaction<'_>,
    (place, request, path): (i64, &str, &str),
    problem: &Problem,
) -> Result<Option<Refused>, CacheError> {
    let patch: MessagePatch = serde_json::from_str(request)?;
    if problem.code != ErrorCode::EntryUnknown {
        tx.execute("DELETE FROM undo_timed WHERE request_n = ?1", [place])?;
    } else if fold(tx, path, &patch)? {
        return Ok(None);
    }
    Ok(Some(Refused::Timed(patch)))
}

/// Makes a change of a text a part of the request for it. The relay has never had that request, so
/// that it may say something else. Says whether it waits.
fn fold(tx: &Transaction<'_>, path: &str, patch: &MessagePatch) -> Result<bool, CacheError> {
    let text = path.rsplit('/').next().unwrap_or_default();
    let waits: Option<String> = tx
        .query_row(
            "SELECT body FROM request WHERE id = ?1 AND kind = 'send' AND state = 'waiting'",
            [text],
            |row| row.get(0),
        )
        .optional()?;
    let Some(waits) = waits else {
        return Ok(false);
    };
    let mut message: SendMessage = serde_json::from_str(&waits)?;
    if let Some(body) = &patch.body {
        message.body.clone_from(body);
    }
    if patch.send_at.is_some() {
        message.send_at = patch.send_at;
        message.zone = patch.zone.clone().or(message.zone);
    }
    if let Some(cancel_on_reply) = patch.cancel_on_reply {
        message.cancel_on_reply = cancel_on_reply;
    }
    if patch.status == Some(Instead::Queued) {
        (message.send_at, message.zone, message.cancel_on_reply) = (None, None, false);
    }
    tx.execute(
        "UPDATE request SET body = ?2 WHERE id = ?1",
        params![text, serde_json::to_string(&message)?],
    )?;
    Ok(true)
}

/// Where texts of this device wait for their time that the relay has not confirmed.
pub(in crate::cache) fn conversations(
    outbox: &Connection,
) -> Result<Vec<ConversationId>, CacheError> {
    let mut statement = outbox.prepare_cached(
        "SELECT DISTINCT conversation FROM request
         WHERE kind = 'send' AND json_extract(body, '$.send_at') IS NOT NULL",
    )?;
    let rows = statement.query_map((), |row| uuid_out(row, 0).map(ConversationId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
