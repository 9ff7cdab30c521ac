//! What an agent does to conversations, and takes back: one step is one transaction.

use super::hold::{self, TakenBack};
use super::steps::{self, Recorded};
use super::timed;
use super::{Request, put};
use crate::cache::error::CacheError;
use crate::cache::list::{Shelves, rows};
use crate::cache::{begun, blame};
use crate::model::batch::{Change, Outcome, STEP_CONVERSATIONS_MAX, Target, change, of_one_mind};
use crate::model::contact::Told;
use crate::model::list::ListRow;
use crate::model::timed::TimedUndone;
use crate::model::triage::Act;
use crate::model::undo::{Kept, Moved, Part, Turned, Way, Why};
use rusqlite::{Connection, TransactionBehavior};
use smsdesk_common::ids::{AgentId, ConversationId, RequestId};
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// Both files, who acts, and when.
pub(in crate::cache) struct Hand<'a> {
    pub(in crate::cache) records: &'a Connection,
    pub(in crate::cache) outbox: &'a mut Connection,
    pub(in crate::cache) me: Option<AgentId>,
    pub(in crate::cache) now: Timestamp,
    /// Makes up the ids of requests.
    pub(in crate::cache) new_id: &'a mut dyn FnMut() -> Uuid,
}

/// What was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    /// A text that had not gone out.
    Text(TakenBack),
    /// A step.
    Step(Turned),
    /// Something that was done with a text that waits for its time.
    Timed(ConversationId, TimedUndone),
    /// A step that was done to a contact.
    Contact(Told),
    /// There was neither.
    Nothing,
}

impl Hand<'_> {
    /// Carries acts out on every target that is here. What they come to is judged by what is
    /// shown.
    pub(in crate::cache) fn act(
        &mut self,
        targets: &[Target],
        acts: &[Act],
    ) -> Result<Vec<Outcome>, CacheError> {
        let targets = &targets[..targets.len().min(STEP_CONVERSATIONS_MAX)];
        let targets = self.meant(targets)?;
        let ids: Vec<_> = targets.iter().map(|target| target.conversation).collect();
        let shown = self.rows(&ids)?;
        let here: Vec<(&Target, &ListRow)> = targets
            .iter()
            .zip(&shown)
            .filter_map(|(target, row)| Some((target, row.as_ref()?)))
            .collect();
        let together = |act: &Act| {
            let conversations: Vec<_> = here.iter().map(|(_, row)| &row.conversation).collect();
            of_one_mind(act.clone(), conversations.into_iter())
        };
        let acts: Vec<Act> = acts.iter().map(together).collect();
        let mut outcomes = Vec::new();
        let mut requests = Vec::new();
        let mut parts = Vec::new();
        for (target, row) in here {
            let id = (self.new_id)();
            let seen = target.seen;
            let Change { dids, patch, did } =
                change(&acts, RequestId(id), &row.conversation, self.me, seen);
            let conversation = target.conversation;
            outcomes.push(Outcome { conversation, dids });
            if let Some(patch) = patch.map(Box::new) {
                requests.push(Request::Patch {
                    conversation,
                    patch,
                });
                let part = Part {
                    conversation,
                    seen,
                    did,
                };
                parts.push(Recorded { part, request: id });
            }
        }
        if parts.is_empty() {
            return Ok(outcomes);
        }
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut place = 0;
        for request in requests {
            place = put(&tx, request, self.now)?;
        }
        steps::record(&tx, &parts, place)?;
        tx.commit()?;
        Ok(outcomes)
    }

    /// The targets by the ids that they have by now.
    fn meant(&self, targets: &[Target]) -> Result<Vec<Target>, CacheError> {
        let meant = targets.iter().map(|target| {
            Ok(Target {
                conversation: begun::meant(self.outbox, target.conversation)?,
                ..*target
            })
        });
        meant.collect()
    }

    /// Turns the newest step, as far as what it left still stands; the rest of it is dropped, with
    /// the reason. None where there is no step.
    pub(in crate::cache) fn turn(&mut self, way: Way) -> Result<Option<Turned>, CacheError> {
        let Some(step) = steps::newest(self.outbox, way)? else {
            return Ok(None);
        };
        let ids: Vec<_> = step.parts.iter().map(|part| part.conversation).collect();
        let shown = self.rows(&ids)?;
        let mut turned = Turned {
            way,
            moved: Vec::new(),
            kept: Vec::new(),
        };
        let mut requests = Vec::new();
        for (part, row) in step.parts.iter().zip(&shown) {
            if let Some(kept) = self.obstacle(way, part, row.as_ref())? {
                turned.kept.push(kept);
                continue;
            }
            let id = (self.new_id)();
            requests.push((
                part,
                Request::Patch {
                    conversation: part.conversation,
                    patch: Box::new(part.patch(way, RequestId(id))),
                },
            ));
            turned.moved.extend(row.as_ref().map(|row| Moved {
                conversation: part.conversation,
                name: blame::contact(row),
                did: part.did.clone(),
            }));
        }
        let tx = self
            .outbox
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for part in &step.parts {
            let asked = requests.iter().find(|(asked, _)| *asked == part);
            let request = asked.map(|(_, request)| request.id());
            steps::note_part(&tx, &step, part.conversation, request)?;
        }
        let mut place = None;
        for (_, request) in requests {
            place = Some(put(&tx, request, self.now)?);
        }
        steps::note_turned(&tx, &step, way, place)?;
        tx.commit()?;
        Ok(Some(turned))
    }

    /// Takes the newest text back that is held, in one conversation or in any.
    pub(in crate::cache) fn take_back(
        &mut self,
        conversation: Option<ConversationId>,
    ) -> Result<Option<TakenBack>, CacheError> {
        match hold::newest(self.outbox, conversation)? {
            Some(place) => hold::take_back(self.outbox, place, self.now),
            None => Ok(None),
        }
    }

    /// Takes back whatever was done last: a text that is held, or a step.
    pub(in crate::cache) fn undo(&mut self) -> Result<Undone, CacheError> {
        let text = hold::newest(self.outbox, None)?;
        let step = steps::newest_place(self.outbox)?;
        if let Some(timed) = timed::newest(self.outbox)?
            && timed.place > step.max(text.unwrap_or(0))
        {
            return self.undo_timed(timed);
        }
        if text > Some(step)
            && let Some(taken) = self.take_back(None)?
        {
            return Ok(Undone::Text(taken));
        }
        if let Some(told) = self.turn_contact(Way::Undo)? {
            return Ok(Undone::Contact(told));
        }
        Ok(self.turn(Way::Undo)?.map_or(Undone::Nothing, Undone::Step))
    }

    /// What keeps a part from being turned.
    fn obstacle(
        &self,
        way: Way,
        part: &Part,
        row: Option<&ListRow>,
    ) -> Result<Option<Kept>, CacheError> {
        let Some(row) = row else {
            return Ok(Some(Kept {
                name: None,
                why: Why::Missing,
            }));
        };
        let Some(obstacle) = part.obstacle(way, &row.conversation) else {
            return Ok(None);
        };
        Ok(Some(Kept {
            name: Some(blame::contact(row)),
            why: blame::why(self.records, part, &obstacle, self.me)?,
        }))
    }

    /// The conversations as they are shown; none for each that is not here.
    fn rows(&self, conversations: &[ConversationId]) -> Result<Vec<Option<ListRow>>, CacheError> {
        rows(self.shelves(), conversations)
    }

    /// Both files, to be looked at.
    pub(super) const fn shelves(&self) -> Shelves<'_> {
        Shelves {
            records: self.records,
            outbox: self.outbox,
        }
    }
}
