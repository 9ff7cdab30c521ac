//! A disk for tests: answers like the cache, from a few vectors.

use super::build::{Text, agent_ana, conversation_id};
use super::settings::SettingsDisk;
use super::templates::TemplateDisk;
use crate::effect::Effect;
use crate::event::CacheEvent;
use crate::model::batch::{Outcome, Target, change, of_one_mind};
use crate::model::chat::{ChatQuery, ChatSlice, Local, ReadBy, TimelineItem, TimelineKey};
use crate::model::directory::Directory;
use crate::model::hold::before;
use crate::model::list::{ListRow, Sending, draft_head};
use crate::model::listing::SavedView;
use crate::model::search::Coverage;
use crate::model::templates::contact_of;
use crate::model::triage::{Act, Did, Unread};
use crate::model::undo::{Kept, Moved, Part, Turned, Way, Why};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Preview;
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::ids::{ConversationId, EntryId, RequestId, Seq};
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
    pub(crate) note_drafts: HashMap<ConversationId, String>,
    pub(crate) read: HashMap<ConversationId, Seq>,
    pub(crate) read_by: HashMap<ConversationId, Vec<ReadBy>>,
    pub(crate) sending: Sending,
    pub(crate) directory: Directory,
    pub(crate) saved: Vec<SavedView>,
    /// What was sent before.
    pub(crate) sent: Vec<String>,
    /// How much of the texts is indexed.
    pub(crate) coverage: Coverage,
    pub(crate) settings: SettingsDisk,
    pub(crate) templates: TemplateDisk,
    pub(crate) contacts: HashMap<ConversationId, Contact>,
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

    /// Makes something known of whoever the `n`th conversation is with.
    pub(crate) fn knows(&mut self, n: u32, what: impl FnOnce(&mut Contact)) {
        let id = conversation_id(n);
        let row = self.rows.iter().find(|row| row.conversation.id == id);
        let row = row.expect("a conversation");
        let mut contact = contact_of(row);
        what(&mut contact);
        self.contacts.insert(id, contact);
    }

    /// Adds a text, as the feed or the outbox does.
    pub(crate) fn add(&mut self, id: ConversationId, text: Text) {
        self.clock += 1;
        let item = text.item(id, self.clock);
        self.texts.entry(id).or_default().push(item);
        self.refresh(id);
    }

    /// Whether [`Self::perform`] has something to do with an effect.
    pub(crate) fn answers(&self, effect: &Effect) -> bool {
        matches!(
            effect,
            Effect::LoadList(_)
                | Effect::LoadChat(_)
                | Effect::Search(_)
                | Effect::Submit { .. }
                | Effect::SubmitLater { .. }
                | Effect::ChangeTimed { .. }
                | Effect::LoadTimed
                | Effect::SubmitParts { .. }
                | Effect::LoadSent
                | Effect::SaveDraft { .. }
                | Effect::KeepOrigin { .. }
                | Effect::Settings(_)
                | Effect::WriteTemplate(_)
                | Effect::WriteRules(_)
                | Effect::KeepRules(_)
                | Effect::WriteJob(_)
                | Effect::WriteNote { .. }
                | Effect::SaveNoteDraft { .. }
                | Effect::WithdrawNote { .. }
                | Effect::Withdraw { .. }
                | Effect::Triage { .. }
                | Effect::MarkRead { .. }
        )
    }

    /// Does what the cache would do.
    pub(crate) fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        match effect {
            Effect::LoadList(query) => return Some(CacheEvent::List(self.list(&query))),
            Effect::Search(query) => return Some(CacheEvent::Found(Box::new(self.search(query)))),
            Effect::LoadChat(query) => {
                let missing = CacheEvent::ChatMissing(query.conversation());
                return Some(
                    self.chat(query)
                        .map_or(missing, |slice| CacheEvent::Chat(Box::new(slice))),
                );
            }
            Effect::Submit {
                conversation, body, ..
            } => return self.submit(conversation, &body),
            timed @ (Effect::SubmitLater { .. }
            | Effect::ChangeTimed { .. }
            | Effect::LoadTimed) => return super::timed::perform(self, timed),
            Effect::SubmitParts {
                conversation,
                bodies,
                whole,
                ..
            } => return self.submit_parts(conversation, &bodies, &whole),
            Effect::LoadSent => return Some(CacheEvent::Sent(self.sent.clone())),
            Effect::SaveDraft { conversation, text } => {
                match text.is_empty() {
                    true => self.drafts.remove(&conversation),
                    false => self.drafts.insert(conversation, text),
                };
                self.refresh(conversation);
            }
            Effect::WriteNote { conversation, body } => return self.keep_note(conversation, &body),
            Effect::SaveNoteDraft { conversation, text } => {
                self.save_note_draft(conversation, text);
            }
            Effect::Withdraw { entry } | Effect::WithdrawNote { entry } => {
                return Some(self.withdraw(entry));
            }
            Effect::Triage { targets, acts } => return Some(self.triage(&targets, &acts)),
            Effect::Turn(Way::Undo) if self.hold.is_some() => {
                return Some(self.take_back());
            }
            Effect::Turn(way) => return Some(self.turn(way)),
            Effect::TakeBack(_) => return Some(self.take_back()),
            Effect::Settings(ask) => return Some(self.settings.perform(ask)),
            templates @ (Effect::LoadTemplates
            | Effect::LoadTemplate(_)
            | Effect::WriteTemplate(_)
            | Effect::LoadRules
            | Effect::WriteRules(_)
            | Effect::KeepRules(_)
            | Effect::WriteJob(_)
            | Effect::KeepOrigin { .. }) => return self.templates.perform(templates),
            Effect::LoadDirectory => {
                let directory = self.directory.clone();
                return Some(CacheEvent::Directory(Box::new(directory)));
            }
            Effect::MarkUnread { conversation } => return Some(self.mark_unread(conversation)),
            Effect::MarkRead {
                conversation,
                position,
                ..
            } => return Some(self.mark_read(conversation, position)),
            Effect::Doing { .. } => {}
            other => panic!("not for the disk: {other:?}"),
        }
        None
    }

    fn withdraw(&mut self, entry: EntryId) -> CacheEvent {
        for texts in self.texts.values_mut() {
            texts.retain(|item| item.entry.id != entry);
        }
        CacheEvent::Applied {
            conversations: vec![],
            everything: true,
        }
    }

    fn mark_read(&mut self, conversation: ConversationId, position: Seq) -> CacheEvent {
        self.read.insert(conversation, position);
        self.refresh(conversation);
        CacheEvent::Applied {
            conversations: vec![conversation],
            everything: false,
        }
    }

    pub(super) fn submit(
        &mut self,
        conversation: ConversationId,
        body: &str,
    ) -> Option<CacheEvent> {
        self.forget_draft(conversation, body);
        let echo = Text::from_us(body, 0, DeliveryStatus::Queued).local(
            self.hold
                .map_or(Local::Waiting, |until| Local::Held { until }),
        );
        self.add(conversation, echo);
        let entry = self.texts[&conversation].last().map(|item| item.entry.id);
        entry.map(|entry| CacheEvent::Submitted {
            conversation,
            entry,
        })
    }

    pub(super) fn forget_draft(&mut self, conversation: ConversationId, body: &str) {
        if self.drafts.get(&conversation).map(|draft| draft.trim()) == Some(body) {
            self.drafts.remove(&conversation);
        }
    }

    pub(super) fn texts_mut(&mut self, conversation: ConversationId) -> &mut Vec<TimelineItem> {
        self.texts.entry(conversation).or_default()
    }

    pub(super) fn all_texts(&self) -> impl Iterator<Item = &TimelineItem> {
        self.texts.values().flatten()
    }

    pub(super) fn name_of(&self, conversation: ConversationId) -> String {
        let row = self.row(conversation).expect("it is here");
        let address = || row.conversation.address.as_str().to_owned();
        row.name.clone().unwrap_or_else(address)
    }

    fn keep_note(&mut self, conversation: ConversationId, body: &str) -> Option<CacheEvent> {
        let draft = self.note_drafts.get(&conversation);
        if draft.map(|draft| draft.trim()) == Some(body) {
            self.note_drafts.remove(&conversation);
        }
        let echo = Text::internal(EntryKind::Note, body, 0).by_ana();
        self.add(conversation, echo.local(Local::Waiting));
        let entry = self.texts[&conversation].last()?.entry.id;
        Some(CacheEvent::NoteKept {
            conversation,
            entry,
        })
    }

    fn save_note_draft(&mut self, conversation: ConversationId, text: String) {
        match text.is_empty() {
            true => self.note_drafts.remove(&conversation),
            false => self.note_drafts.insert(conversation, text),
        };
    }

    fn mark_unread(&mut self, conversation: ConversationId) -> CacheEvent {
        let texts = self.texts.get(&conversation).into_iter().flatten();
        let inbound = texts.filter(|item| item.entry.direction == Direction::Inbound);
        let newest = inbound.map(|item| item.entry.position).max();
        let unread = newest.map_or(Unread::Nothing, |at| Unread::Again(Seq(at.0 - 1)));
        if let Unread::Again(read) = unread {
            self.read.insert(conversation, read);
            self.refresh(conversation);
        }
        CacheEvent::MarkedUnread {
            conversation,
            unread,
        }
    }

    fn triage(&mut self, targets: &[Target], acts: &[Act]) -> CacheEvent {
        let here = |target: &&Target| self.row(target.conversation).is_some();
        let targets: Vec<Target> = targets.iter().filter(here).copied().collect();
        let shown = targets.iter().filter_map(|it| self.row(it.conversation));
        let shown: Vec<_> = shown.map(|row| row.conversation.clone()).collect();
        let together = |act: &Act| of_one_mind(act.clone(), shown.iter());
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

    /// Makes the words of a text the draft.
    pub(super) fn take_up(&mut self, conversation: ConversationId, body: &str) {
        let draft = self.drafts.entry(conversation).or_default();
        *draft = before(body, draft);
        self.refresh(conversation);
    }

    fn take_back(&mut self) -> CacheEvent {
        let is_held = |item: &TimelineItem| matches!(item.local, Some(Local::Held { .. }));
        for (conversation, texts) in &mut self.texts {
            if let Some(at) = texts.iter().rposition(is_held) {
                let (conversation, body) = (*conversation, texts.remove(at).entry.body);
                self.take_up(conversation, &body);
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
            let address = || row.conversation.address.as_str().to_owned();
            let name = row.name.clone().unwrap_or_else(address);
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
        let drafts = [&self.drafts, &self.note_drafts];
        let mut drafts = drafts.iter().filter_map(|drafts| drafts.get(&id));
        let has_draft = drafts.any(|draft| !draft.trim().is_empty());
        let draft = self.drafts.get(&id);
        let draft = draft.map_or_else(String::new, |draft| draft_head(draft));
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
        row.draft = draft;
        row.pending = count(texts.iter().filter(|item| item.local.is_some()).count());
        row.conversation.inbound_total = count(total);
        row.conversation.waiting_since = waiting;
        row.conversation.last = texts.last().map(|item| Preview::of(&item.entry));
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
            ChatQuery::Around { at, limit, .. } => {
                let at = records.partition_point(|item| TimelineKey::of(&item.entry) <= at);
                let half = limit as usize / 2;
                let end = (at + half).min(records.len());
                (records[at.saturating_sub(half)..end].to_vec(), false, false)
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
            read_by: self.read_by.get(&id).cloned().unwrap_or_default(),
            draft: self.drafts.get(&id).cloned().unwrap_or_default(),
            note_draft: self.note_drafts.get(&id).cloned().unwrap_or_default(),
            owes: self.templates.owes.get(&id).cloned().unwrap_or_default(),
            contact: self.contacts.get(&id).cloned().map(Box::new),
        })
    }
}
