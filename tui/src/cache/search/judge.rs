//! What a search asks of entries and conversations beside their words.

use super::find::GoOn;
use crate::cache::drafts;
use crate::cache::error::CacheError;
use crate::cache::list::condition::{Condition, condition, implied};
use crate::cache::list::{self, Found, Shelves, agent_name, number_of};
use crate::cache::overlay::Overlay;
use crate::cache::sql::{unnamed, uuid_out};
use crate::model::chat::TimelineKey;
use crate::model::search::{Hit, Who};
use rusqlite::params_from_iter;
use smsdesk_common::entry::{Author, Direction, Entry};
use smsdesk_common::filter::{Filter, Said, Scope, Viewpoint};
use smsdesk_common::ids::{AgentId, ConversationId};
use smsdesk_common::time::Timestamp;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An entry that may be meant.
pub(super) struct Candidate {
    pub(super) place: i64,
    pub(super) n: i64,
    conversation: ConversationId,
    at: Timestamp,
    direction: Direction,
    agent: Option<AgentId>,
    media: u32,
}

impl Candidate {
    /// Reads place, n, conversation, at, direction, agent and media.
    pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let direction = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
        let agent = row.get_ref(5)?.as_blob().map_err(rusqlite::Error::from)?;
        Ok(Self {
            place: row.get(0)?,
            n: row.get(1)?,
            conversation: ConversationId(uuid_out(row, 2)?),
            at: Timestamp::from_millis(row.get(3)?),
            direction: Direction::parse(direction).ok_or_else(|| unnamed(4))?,
            agent: Uuid::from_slice(agent).ok().map(AgentId),
            media: row.get(6)?,
        })
    }
}

/// Decides which entries are meant, and remembers what it has looked at.
pub(super) struct Judge<'a> {
    shelves: Shelves<'a>,
    from: &'a Viewpoint,
    filter: &'a Filter,
    of_entries: Filter,
    of_conversations: Filter,
    condition: Condition,
    overlay: Overlay,
    /// Conversations that this device shows otherwise than they are recorded.
    altered: HashSet<ConversationId>,
    meant: HashMap<ConversationId, bool>,
    known: HashMap<ConversationId, Option<Found>>,
    names: HashMap<AgentId, Option<String>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(
        shelves: Shelves<'a>,
        filter: &'a Filter,
        from: &'a Viewpoint,
    ) -> Result<Self, CacheError> {
        let overlay = Overlay::load(shelves.records, shelves.outbox)?;
        let mut altered: HashSet<ConversationId> = overlay.conversations().collect();
        altered.extend(drafts::conversations(shelves.outbox)?);
        let of_conversations = filter.about(Scope::Conversation);
        Ok(Self {
            shelves,
            from,
            filter,
            of_entries: filter.about(Scope::Entry),
            condition: condition(shelves.records, &of_conversations, from)?,
            of_conversations,
            overlay,
            altered,
            meant: HashMap::new(),
            known: HashMap::new(),
            names: HashMap::new(),
        })
    }

    /// Whether who is behind an entry must be read to judge it.
    pub(super) fn asks_who(&self) -> bool {
        !self.of_entries.is_empty()
    }

    /// Whether the entry is meant, whatever its words.
    pub(super) fn may_be(&mut self, candidate: &Candidate) -> Result<bool, CacheError> {
        if !self.of_conversations.is_empty() && !self.is_meant(candidate.conversation)? {
            return Ok(false);
        }
        if self.of_entries.is_empty() {
            return Ok(true);
        }
        let agent_name = match candidate.agent {
            Some(agent) => self.agent(agent)?,
            None => None,
        };
        self.know(candidate.conversation)?;
        let Some(Some(found)) = self.known.get(&candidate.conversation) else {
            return Ok(false);
        };
        let said = Said {
            at: candidate.at,
            direction: candidate.direction,
            agent: candidate.agent,
            agent_name: agent_name.as_deref(),
            media: candidate.media,
            name: found.row.name.as_deref(),
            address: &found.row.conversation.address,
            line: &found.row.conversation.line,
        };
        let terms = self.of_entries.terms();
        Ok(terms.iter().all(|term| said.fits(term, self.from)))
    }

    fn is_meant(&mut self, conversation: ConversationId) -> Result<bool, CacheError> {
        if let Some(meant) = self.meant.get(&conversation) {
            return Ok(*meant);
        }
        let meant = match self.altered.contains(&conversation) {
            true => {
                self.know(conversation)?;
                let found = self.known.get(&conversation);
                found
                    .and_then(Option::as_ref)
                    .is_some_and(|found| self.of_conversations.matches(&found.facts(), self.from))
            }
            false => self.is_recorded_so(conversation)?,
        };
        self.meant.insert(conversation, meant);
        Ok(meant)
    }

    fn is_recorded_so(&self, conversation: ConversationId) -> Result<bool, CacheError> {
        let sql = format!(
            "SELECT 1 FROM conversation AS own
             JOIN conversation_words AS words ON words.n = own.n
             WHERE ({}) AND own.id = ? LIMIT 1",
            self.condition.sql
        );
        let id = conversation.0.as_bytes().to_vec();
        let values = self.condition.values.iter().cloned().chain([id.into()]);
        let mut statement = self.shelves.records.prepare_cached(&sql)?;
        Ok(statement.exists(params_from_iter(values))?)
    }

    /// The conversations of which entries can be meant; none where that may be all of them.
    pub(super) fn find_meant(
        &self,
        go_on: GoOn<'_>,
    ) -> Result<Option<Vec<ConversationId>>, CacheError> {
        let Some(implied) = implied(self.shelves.records, self.filter, self.from)? else {
            return Ok(None);
        };
        let mut statement = self.shelves.records.prepare(&format!(
            "SELECT own.id FROM conversation AS own
             JOIN conversation_words AS words ON words.n = own.n WHERE {}",
            implied.sql
        ))?;
        let mut rows = statement.query(params_from_iter(implied.values))?;
        let mut found = self.altered.clone();
        while let Some(row) = rows.next()? {
            if !go_on() {
                break;
            }
            found.insert(ConversationId(uuid_out(row, 0)?));
        }
        Ok(Some(found.into_iter().collect()))
    }

    fn know(&mut self, conversation: ConversationId) -> Result<(), CacheError> {
        if self.known.contains_key(&conversation) {
            return Ok(());
        }
        let found = match number_of(self.shelves.records, conversation)? {
            Some(n) => Some(list::row(self.shelves, n, self.from.me, &self.overlay)?),
            None => None,
        };
        self.known.insert(conversation, found);
        Ok(())
    }

    fn agent(&mut self, agent: AgentId) -> Result<Option<String>, CacheError> {
        if let Some(name) = self.names.get(&agent) {
            return Ok(name.clone());
        }
        let name = agent_name(self.shelves.records, agent)?;
        self.names.insert(agent, name.clone());
        Ok(name)
    }

    /// The hit as it is shown; none where its conversation is not here (yet).
    pub(super) fn hit(
        &mut self,
        candidate: &Candidate,
        entry: Entry,
    ) -> Result<Option<Hit>, CacheError> {
        self.know(candidate.conversation)?;
        let author_name = match &entry.author {
            Author::Contact => None,
            Author::Automation(cause) => Some(cause.words().to_owned()),
            Author::Agent(agent) => self.agent(*agent)?,
        };
        let found = self.known.get(&candidate.conversation);
        let Some(found) = found.and_then(Option::as_ref) else {
            return Ok(None);
        };
        Ok(Some(Hit {
            who: who(found),
            entry: entry.id,
            key: TimelineKey::of(&entry),
            entry_kind: entry.entry_kind,
            direction: entry.direction,
            author_name,
            body: entry.body,
            media: candidate.media,
        }))
    }
}

/// Who is behind a conversation.
pub(super) fn who(found: &Found) -> Who {
    Who {
        conversation: found.row.conversation.id,
        name: found.row.name.clone(),
        address: found.row.conversation.address.clone(),
    }
}
