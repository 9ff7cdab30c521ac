//! Finds entries and conversations for those who have no copy of their own.

use crate::store::sql::Reads;
use crate::store::{StoreError, agents, contacts, conversations, entries, read_markers, search};
use smsdesk_common::api::search::SearchHit;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::filter::{Facts, Filter, Said, Viewpoint};
use smsdesk_common::ids::{AgentId, ConversationId, Seq};
use smsdesk_common::read_marker::ReadMarker;
use smsdesk_common::record::Record;
use std::collections::HashMap;

/// How many entries one call looks at: some tenths of a second.
const ENTRIES_MAX: usize = 20_000;
/// How many conversations one call looks at.
const CONVERSATIONS_MAX: usize = 5_000;
/// How many are read at once.
const PIECE: u32 = 500;

/// A part of what was found.
#[derive(Clone, Debug, Default)]
pub struct Found<T> {
    /// The newest first.
    pub found: Vec<T>,
    /// Below which position to look on; none where nothing is left.
    pub below: Option<Seq>,
}

/// What is known of a conversation, beside the record.
struct Known {
    conversation: Conversation,
    contact: Option<Contact>,
    owner: Option<String>,
    unread: u32,
    speaker: Option<String>,
}

impl Known {
    fn facts(&self) -> Facts<'_> {
        Facts {
            conversation: &self.conversation,
            name: self.contact.as_ref().and_then(|it| it.name.as_deref()),
            owner: self.owner.as_deref(),
            unread: self.unread,
            // Drafts never leave the device that they are on.
            has_draft: false,
            opted_out: self.contact.as_ref().is_some_and(|it| {
                let (theirs, ours) = (&self.conversation.address, &self.conversation.line);
                it.opt_out(theirs, ours).is_some()
            }),
            speaker: self.speaker.as_deref(),
        }
    }
}

/// Looks things up, each once.
struct Lookup<'a> {
    reads: &'a mut dyn Reads,
    from: &'a Viewpoint,
    names: HashMap<AgentId, Option<String>>,
    known: HashMap<ConversationId, Option<Known>>,
}

impl<'a> Lookup<'a> {
    fn new(reads: &'a mut dyn Reads, from: &'a Viewpoint) -> Self {
        Self {
            reads,
            from,
            names: HashMap::new(),
            known: HashMap::new(),
        }
    }

    fn name(&mut self, agent: AgentId) -> Result<Option<String>, StoreError> {
        if let Some(name) = self.names.get(&agent) {
            return Ok(name.clone());
        }
        let name = agents::find(self.reads, agent)?.map(|agent| agent.name);
        self.names.insert(agent, name.clone());
        Ok(name)
    }

    fn author(&mut self, author: Option<&Author>) -> Result<Option<String>, StoreError> {
        match author {
            Some(Author::Agent(agent)) => self.name(*agent),
            _ => Ok(None),
        }
    }

    fn known(&mut self, conversation: Conversation) -> Result<Known, StoreError> {
        let owner = match conversation.assignee {
            Some(agent) => self.name(agent)?,
            None => None,
        };
        let last = conversation.last.as_ref().map(|last| last.author.clone());
        let speaker = self.author(last.as_ref())?;
        let read = match self.from.me {
            Some(me) => {
                let key = ReadMarker::key(me, conversation.id);
                read_markers::find(self.reads, &key)?.map_or(0, |marker| marker.inbound_read)
            }
            None => 0,
        };
        Ok(Known {
            contact: contacts::find(self.reads, conversation.contact)?,
            owner,
            unread: conversation.inbound_total.saturating_sub(read),
            speaker,
            conversation,
        })
    }

    /// The entry as it is answered, if it is meant.
    fn hit(&mut self, filter: &Filter, entry: Entry) -> Result<Option<SearchHit>, StoreError> {
        let id = entry.conversation;
        if !self.known.contains_key(&id) {
            let known = match conversations::find(self.reads, id)? {
                Some(conversation) => Some(self.known(conversation)?),
                None => None,
            };
            self.known.insert(id, known);
        }
        let agent = self.author(Some(&entry.author))?;
        let Some(Some(known)) = self.known.get(&id) else {
            return Ok(None);
        };
        let facts = known.facts();
        let ends = (&known.conversation.address, &known.conversation.line);
        let said = Said::of(&entry, agent.as_deref(), facts.name, ends);
        let is_meant = filter.means(&said, &entry.body, &facts, self.from);
        Ok(is_meant.then(|| SearchHit {
            name: facts.name.map(str::to_owned),
            address: known.conversation.address.clone(),
            line: known.conversation.line.clone(),
            entry: Record::Entry(Box::new(entry)),
        }))
    }
}

/// Entries below a position that a filter means, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn entries(
    reads: &mut dyn Reads,
    filter: &Filter,
    from: &Viewpoint,
    below: Option<Seq>,
    limit: usize,
) -> Result<Found<SearchHit>, StoreError> {
    let mut below = below.unwrap_or(Seq(u64::MAX));
    let expression = search::expression(filter);
    let range = search::range(reads)?;
    let mut lookup = Lookup::new(reads, from);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    while looked_at < ENTRIES_MAX {
        // What is newer than the index is read as it is.
        let piece = match (&expression, range) {
            (Some(words), Some(range)) if below.0 <= range.high.0 + 1 => {
                search::with_words(lookup.reads, words, below, PIECE)?
            }
            (Some(_), Some(range)) => {
                let new = entries::between(lookup.reads, range.high, below, PIECE)?;
                if new.is_empty() {
                    below = Seq(range.high.0 + 1);
                    continue;
                }
                new
            }
            _ => entries::between(lookup.reads, Seq::ZERO, below, PIECE)?,
        };
        let Some(last) = piece.last() else {
            return Ok(Found { found, below: None });
        };
        looked_at += piece.len();
        below = last.position;
        for entry in piece {
            let position = entry.position;
            found.extend(lookup.hit(filter, entry)?);
            if found.len() == limit {
                let below = Some(position);
                return Ok(Found { found, below });
            }
        }
    }
    let below = Some(below);
    Ok(Found { found, below })
}

/// Conversations below a position that both filters mean, most recently touched first.
///
/// # Errors
/// The database cannot be read.
pub fn conversations(
    reads: &mut dyn Reads,
    (filter, plain): (&Filter, &conversations::Filter),
    from: &Viewpoint,
    below: Option<Seq>,
    limit: usize,
) -> Result<Found<Conversation>, StoreError> {
    let mut below = below;
    let mut lookup = Lookup::new(reads, from);
    let (mut found, mut looked_at) = (Vec::new(), 0);
    while looked_at < CONVERSATIONS_MAX {
        let piece = conversations::page(lookup.reads, below, plain, PIECE)?;
        let Some(last) = piece.last() else {
            return Ok(Found { found, below: None });
        };
        looked_at += piece.len();
        below = Some(last.seq);
        for conversation in piece {
            let seq = conversation.seq;
            let known = lookup.known(conversation)?;
            if filter.matches(&known.facts(), from) {
                found.push(known.conversation);
            }
            if found.len() == limit {
                let below = Some(seq);
                return Ok(Found { found, below });
            }
        }
    }
    Ok(Found { found, below })
}
