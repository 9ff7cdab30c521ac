//! A disk for tests: answers like the cache, from a few vectors.

use super::build::{Text, agent_ana};
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::batch::{Outcome, Target, change, of_one_mind};
use crate::model::chat::{ChatQuery, ChatSlice, Local, TimelineItem, TimelineKey};
use crate::model::hold::before;
use crate::model::list::{ListQuery, ListRow, ListSlice, Sending, View};
use crate::model::triage::{Act, Did};
use crate::model::undo::{Kept, Moved, Part, Turned, Way, Why};
use smsdesk_common::conversation::{ConversationStatus, Preview};
use smsdesk_common::entry::Direction;
use smsdesk_common::ids::{ConversationId, RequestId, Seq};
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use smsdesk_common::triage;
use std::collections::HashMap;
use uuid::Uuid;

/// Conversations with their texts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disk {
    pub(crate) rows: Vec<ListRow>,
    pub(crate) texts: HashMap<ConversationId, Vec<TimelineItem>>,
    pub(crate) drafts: HashMap<ConversationId, String>,
    pub(crate) read: HashMap<ConversationId, Seq>,
    pub(crate) sending: Sending,
    /// Set where texts are held until then.
    pub(crate) hold: Option<Timestamp>,
    done: Vec<Vec<Part>>,
    undone: Vec<Vec<Part>>,
    clock: u64,
}

impl Disk {
    /// Adds a conversation; its row follows from the texts and from how far it was read.
    pub(crate) fn with(mut self, row: ListRow, read: usize, texts: Vec<Text>) -> Self {
        let id = row.conversation.id;
        self.rows.push(row);
        for (n, text) in texts.into_iter().enumerate() {
            self.add(id, text);
            if n + 1 == read {
                self.read.insert(id, Seq(self.clock));
            }
        }
        self.refresh(id);
        self
    }

    /// Adds a text, as the feed or the outbox does.
    pub(crate) fn add(&mut self, id: ConversationId, text: Text) {
        self.clock += 1;
        let item = text.item(id, self.clock);
        self.texts.entry(id).or_default().push(item);
        self.refresh(id);
    }

    /// Does what the cache would do.
    pub(crate) fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        match effect {
            Effect::LoadList(query) => return Some(CacheEvent::List(self.list(&query))),
            Effect::LoadChat(query) => {
                let missing = CacheEvent::ChatMissing(query.conversation());
                return Some(
                    self.chat(query)
                        .map_or(missing, |slice| CacheEvent::Chat(Box::new(slice))),
                );
            }
            Effect::Submit {
                conversation, body, ..
            } => {
                if self.drafts.get(&conversation).map(|draft| draft.trim()) == Some(body.as_str()) {
                    self.drafts.remove(&conversation);
                }
                let echo = Text::from_us(&body, 0, DeliveryStatus::Queued).local(
                    self.hold
                        .map_or(Local::Waiting, |until| Local::Held { until }),
                );
                self.add(conversation, echo);
                let entry = self.texts[&conversation].last().map(|item| item.entry.id);
                return entry.map(|entry| CacheEvent::Submitted {
                    conversation,
                    entry,
                });
            }
            Effect::SaveDraft { conversation, text } => {
                match text.is_empty() {
                    true => self.drafts.remove(&conversation),
                    false => self.drafts.insert(conversation, text),
                };
                self.refresh(conversation);
            }
            Effect::Withdraw { entry } => {
                for texts in self.texts.values_mut() {
                    texts.retain(|item| item.entry.id != entry);
                }
                return Some(CacheEvent::Applied {
                    conversations: vec![],
                    everything: true,
                });
            }
            Effect::Triage { targets, acts } => return Some(self.triage(&targets, &acts)),
            Effect::Turn(Way::Undo) if self.hold.is_some() => {
                return Some(self.take_back());
            }
            Effect::Turn(way) => return Some(self.turn(way)),
            Effect::TakeBack(_) => return Some(self.take_back()),
            Effect::MarkRead {
                conversation,
                position,
                ..
            } => {
                self.read.insert(conversation, position);
                self.refresh(conversation);
                let conversations = vec![conversation];
                return Some(CacheEvent::Applied {
                    conversations,
                    everything: false,
                });
            }
            other => panic!("not for the disk: {other:?}"),
        }
        None
    }

    fn triage(&mut self, targets: &[Target], acts: &[Act]) -> CacheEvent {
        let here = |target: &&Target| self.row(target.conversation).is_some();
        let targets: Vec<Target> = targets.iter().filter(here).copied().collect();
        let shown = targets.iter().filter_map(|it| self.row(it.conversation));
        let shown: Vec<_> = shown.map(|row| row.conversation.clone()).collect();
        let together = |act: &Act| of_one_mind(*act, shown.iter());
        let acts: Vec<Act> = acts.iter().map(together).collect();
        let (mut outcomes, mut step) = (Vec::new(), Vec::new());
        for Target { conversation, seen } in targets {
            let row = self.row_mut(conversation).expect("it is here");
            let me = Some(agent_ana().id);
            let nil = RequestId(Uuid::nil());
            let change = change(&acts, nil, &row.conversation, me, seen);
            if let Some(patch) = change.patch {
                triage::apply(&patch, &mut row.conversation);
                let did = change.did;
                step.push(Part {
                    conversation,
                    seen,
                    did,
                });
            }
            if change.dids.contains(&Did::Reopened) {
                self.refresh(conversation);
            }
            let dids = change.dids;
            outcomes.push(Outcome { conversation, dids });
        }
        if !step.is_empty() {
            self.done.push(step);
            self.undone.clear();
        }
        CacheEvent::Triaged(outcomes)
    }

    fn take_back(&mut self) -> CacheEvent {
        let is_held = |item: &TimelineItem| matches!(item.local, Some(Local::Held { .. }));
        for (conversation, texts) in &mut self.texts {
            if let Some(at) = texts.iter().rposition(is_held) {
                let (conversation, body) = (*conversation, texts.remove(at).entry.body);
                let draft = self.drafts.entry(conversation).or_default();
                *draft = before(&body, draft);
                self.refresh(conversation);
                return CacheEvent::TakenBack { conversation, body };
            }
        }
        CacheEvent::NothingToTakeBack
    }

    fn turn(&mut self, way: Way) -> CacheEvent {
        let step = match way {
            Way::Undo => self.done.pop(),
            Way::Redo => self.undone.pop(),
        };
        let Some(step) = step else {
            return CacheEvent::NothingToTurn(way);
        };
        let (mut moved, mut kept, mut left) = (Vec::new(), Vec::new(), Vec::new());
        for part in step {
            let Some(row) = self.row_mut(part.conversation) else {
                let (name, why) = (None, Why::Missing);
                kept.push(Kept { name, why });
                continue;
            };
            let name = row.name.clone().unwrap_or_default();
            if part.obstacle(way, &row.conversation).is_some() {
                let (name, why) = (Some(name), Why::Unexplained);
                kept.push(Kept { name, why });
                continue;
            }
            let patch = part.patch(way, RequestId(Uuid::nil()));
            triage::apply(&patch, &mut row.conversation);
            self.refresh(part.conversation);
            let (conversation, did) = (part.conversation, part.did.clone());
            moved.push(Moved {
                conversation,
                name,
                did,
            });
            left.push(part);
        }
        match way {
            Way::Undo => self.undone.push(left),
            Way::Redo => self.done.push(left),
        }
        CacheEvent::Turned(Box::new(Turned { way, moved, kept }))
    }

    fn row(&self, id: ConversationId) -> Option<&ListRow> {
        self.rows.iter().find(|row| row.conversation.id == id)
    }

    fn row_mut(&mut self, id: ConversationId) -> Option<&mut ListRow> {
        self.rows.iter_mut().find(|row| row.conversation.id == id)
    }

    /// Everything that follows from the texts.
    fn refresh(&mut self, id: ConversationId) {
        let texts = self.texts.get(&id).cloned().unwrap_or_default();
        let read = self.read.get(&id).copied().unwrap_or_default();
        let has_draft = self
            .drafts
            .get(&id)
            .is_some_and(|draft| !draft.trim().is_empty());
        let inbound = || {
            texts
                .iter()
                .filter(|t| t.entry.direction == Direction::Inbound)
        };
        let count = |n: usize| u32::try_from(n).expect("few");
        let unread = inbound().filter(|item| item.entry.position > read).count();
        let total = inbound().count();
        let mut waiting = None;
        for item in texts.iter().filter(|item| item.local.is_none()) {
            match item.entry.direction {
                Direction::Inbound => waiting = waiting.or(Some(item.entry.at)),
                Direction::Outbound => waiting = None,
                Direction::Internal => {}
            }
        }
        let Some(row) = self.rows.iter_mut().find(|row| row.conversation.id == id) else {
            return;
        };
        row.unread = count(unread);
        row.has_draft = has_draft;
        row.pending = count(texts.iter().filter(|item| item.local.is_some()).count());
        row.conversation.inbound_total = count(total);
        row.conversation.waiting_since = waiting;
        row.conversation.last = texts.last().map(|item| Preview::of(&item.entry));
    }

    fn view(&self, view: View) -> Vec<ListRow> {
        let me = agent_ana().id;
        let mut rows: Vec<ListRow> = self
            .rows
            .iter()
            .filter(|row| {
                let conversation = &row.conversation;
                let open = conversation.status == ConversationStatus::Open;
                match view {
                    View::Inbox => open,
                    View::Mine => open && conversation.assignee == Some(me),
                    View::Unassigned => open && conversation.assignee.is_none(),
                    View::All => true,
                    View::Snoozed => conversation.status == ConversationStatus::Snoozed,
                    View::Done => conversation.status == ConversationStatus::Done,
                    View::Flagged => conversation.flagged,
                }
            })
            .cloned()
            .collect();
        rows.sort_by_key(|row| {
            let waits = row.conversation.waiting_since;
            (waits.is_none(), waits, row.conversation.id)
        });
        rows
    }

    fn list(&self, query: &ListQuery) -> ListSlice {
        let (view, rows, start) = match query {
            ListQuery::Range { view, start, limit } => {
                let rows = self.view(*view);
                (
                    view,
                    rows.into_iter()
                        .skip(*start as usize)
                        .take(*limit as usize)
                        .collect(),
                    *start,
                )
            }
            ListQuery::Around {
                view,
                conversation,
                limit,
            } => {
                let rows = self.view(*view);
                let at = rows
                    .iter()
                    .position(|row| row.conversation.id == *conversation);
                let start = at.unwrap_or(0).saturating_sub(*limit as usize / 2);
                let start32 = u32::try_from(start).expect("few");
                (
                    view,
                    rows.into_iter().skip(start).take(*limit as usize).collect(),
                    start32,
                )
            }
            ListQuery::Frozen {
                view,
                conversations,
                start,
            } => {
                let row = |id: &ConversationId| {
                    self.rows
                        .iter()
                        .find(|row| row.conversation.id == *id)
                        .cloned()
                };
                (
                    view,
                    conversations.iter().filter_map(row).collect::<Vec<_>>(),
                    *start,
                )
            }
        };
        let count = |view| u32::try_from(self.view(view).len()).expect("few");
        ListSlice {
            view: *view,
            start,
            total: count(*view),
            rows,
            counts: View::ALL.map(count),
            today: (48, 31),
            sending: self.sending,
        }
    }

    fn chat(&self, query: ChatQuery) -> Option<ChatSlice> {
        let id = query.conversation();
        let row = self
            .rows
            .iter()
            .find(|row| row.conversation.id == id)?
            .clone();
        let all = self.texts.get(&id).cloned().unwrap_or_default();
        let (echoes, records): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|item| item.local.is_some());
        let (mut items, with_echoes, has_older) = match query {
            ChatQuery::Latest { limit, .. } => {
                let skip = records.len().saturating_sub(limit as usize);
                (records[skip..].to_vec(), true, skip > 0)
            }
            ChatQuery::From { from, .. } => {
                let skip = records.partition_point(|item| TimelineKey::of(&item.entry) < from);
                (records[skip..].to_vec(), true, skip > 0)
            }
            ChatQuery::Before { before, limit, .. } => {
                let end = records.partition_point(|item| TimelineKey::of(&item.entry) < before);
                let start = end.saturating_sub(limit as usize);
                (records[start..end].to_vec(), false, start > 0)
            }
        };
        if with_echoes {
            items.extend(echoes);
        }
        Some(ChatSlice {
            query,
            row,
            items,
            has_older,
            read_position: self.read.get(&id).copied().unwrap_or_default(),
            draft: self.drafts.get(&id).cloned().unwrap_or_default(),
        })
    }
}
