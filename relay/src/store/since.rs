//! What a database that is about to be replaced knows and its backup may not: who comes in no more, and
//! who was erased. A restore must bring neither back.

use crate::store::StoreError;
use crate::store::engine::sqlite::{in_snapshot, translate};
use crate::store::sql::Reads;
use crate::store::suppressed::{self, Hidden};
use crate::store::tokens::Copies;
use rusqlite::{Connection, OpenFlags};
use smsdesk_common::agent::Role;
use smsdesk_common::ids::{AgentId, ContactId, ConversationId, TokenId};
use std::path::Path;

/// What is not to come back.
#[derive(Clone, Debug, Default)]
pub struct Since {
    /// Tokens that are no longer accepted, and what becomes of their holders' copies.
    pub revoked: Vec<(TokenId, Copies)>,
    /// Hashes of invites that were used, or made worthless before their time.
    pub invites: Vec<Vec<u8>>,
    /// What each agent may do, and whether they may come in at all.
    pub agents: Vec<(AgentId, Role, bool)>,
    /// Conversations that were erased. Nothing else takes one out.
    pub conversations: Vec<ConversationId>,
    /// Contacts that were erased.
    pub contacts: Vec<ContactId>,
    /// What erased people have said about being texted.
    pub hidden: Hidden,
}

impl Since {
    /// What the database at `path` knows, of whatever version it is. It is left as it is.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub(crate) fn read(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(path, flags).map_err(|e| translate(&e))?;
        in_snapshot(&conn, Self::look)
    }

    fn look(reads: &mut dyn Reads) -> Result<Self, StoreError> {
        let revoked = reads.query(
            "SELECT id, wipe FROM token WHERE revoked_at IS NOT NULL",
            &[],
        )?;
        let invites = reads.query(
            "SELECT hash FROM invite WHERE used_at IS NOT NULL \
             OR expires_at <= (SELECT MAX(at) FROM audit)",
            &[],
        )?;
        let agents = reads.query("SELECT id, role, active FROM agent", &[])?;
        let conversations = reads.query(
            "SELECT id FROM changes WHERE kind = 'conversation' AND deleted <> 0",
            &[],
        )?;
        let contacts = reads.query(
            "SELECT DISTINCT subject FROM audit WHERE deed = 'erased' AND subject IS NOT NULL",
            &[],
        )?;
        let copies = |wipe| if wipe { Copies::Wipe } else { Copies::Stay };
        Ok(Self {
            revoked: revoked
                .iter()
                .map(|row| Ok((row.parsed(0)?, copies(row.flag(1)?))))
                .collect::<Result<_, StoreError>>()?,
            invites: invites
                .iter()
                .map(|row| Ok(row.blob(0)?.to_vec()))
                .collect::<Result<_, StoreError>>()?,
            agents: agents
                .iter()
                .map(|row| Ok((row.parsed(0)?, row.parsed(1)?, row.flag(2)?)))
                .collect::<Result<_, StoreError>>()?,
            conversations: conversations
                .iter()
                .map(|row| row.parsed(0))
                .collect::<Result<_, _>>()?,
            contacts: contacts
                .iter()
                .map(|row| row.parsed(0))
                .collect::<Result<_, _>>()?,
            hidden: suppressed::hidden(reads)?,
        })
    }

    /// Whether anybody was erased.
    pub const fn erases(&self) -> bool {
        !self.conversations.is_empty() || !self.contacts.is_empty()
    }
}
