//! Agents, their invites and their tokens.

mod programs;
mod tokens;

pub use programs::{NewToken, add_token};
pub use tokens::{end_expired, note_refusals, note_uses, revoke_token, still};

use crate::auth::need::Rights;
use crate::auth::secret;
use crate::desk::DeskError;
use crate::store::audit::{self, Note};
use crate::store::sql::{Reads, Tx};
use crate::store::tokens::Copies;
use crate::store::{StoreError, agents, invites, tokens as kept};
use smsdesk_common::agent::{Agent, NAME_CHARACTERS_MAX, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::ids::{AgentId, DeviceId, Seq, TokenId};
use smsdesk_common::time::Timestamp;

/// How long an invite works, in milliseconds: a day.
const INVITE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Makes an invite for the agent of that name, and the agent where there is none. `role` changes
/// what they may do; without it a newcomer is an agent and everybody else stays what they are.
/// Returns the agent and the code, which is stored nowhere.
///
/// # Errors
/// The name cannot be shown, the system has no randomness, or the database cannot be written.
pub fn invite(
    tx: &mut dyn Tx,
    name: &str,
    role: Option<Role>,
) -> Result<(Agent, String), DeskError> {
    let name = name.trim();
    check_name(name)?;
    let known = agents::by_name(tx, name)?;
    let program = known
        .as_ref()
        .is_some_and(|agent| agent.role == Role::Integration);
    if program || role == Some(Role::Integration) {
        let detail = "a program has no role and joins by no invite: give it a token with scopes";
        return Err(DeskError::refused(ErrorCode::ParameterInvalid, detail));
    }
    let agent = match known {
        Some(mut agent) => {
            let role = role.unwrap_or(agent.role);
            if agent.role != role || !agent.active {
                agent.role = role;
                agent.active = true;
                agents::update(tx, &mut agent)?;
            }
            agent
        }
        None => newcomer(tx, name, role.unwrap_or_default())?,
    };
    let code = secret::new_invite_code().map_err(no_randomness)?;
    let expires_at = tx.now().plus_millis(INVITE_MS);
    invites::insert(tx, &secret::hash(&code), agent.id, expires_at)?;
    let note = Note::new(Actor::Operator, Deed::Invited).of(agent.id);
    let note = note.with("name", name).with("role", agent.role.as_str());
    audit::append(tx, note)?;
    Ok((agent, code))
}

fn newcomer(tx: &mut dyn Tx, name: &str, role: Role) -> Result<Agent, StoreError> {
    let agent = Agent {
        id: AgentId(tx.new_id()),
        seq: Seq::ZERO,
        name: name.to_owned(),
        role,
        active: true,
    };
    agents::insert(tx, agent)
}

fn check_name(name: &str) -> Result<(), DeskError> {
    let printable = name.chars().all(|c| !c.is_control());
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || !printable {
        return Err(DeskError::refused(
            ErrorCode::ParameterInvalid,
            format!("name: expected 1 to {NAME_CHARACTERS_MAX} printable characters"),
        ));
    }
    Ok(())
}

fn no_randomness(error: secret::NoRandomness) -> DeskError {
    StoreError::Engine(error.to_string()).into()
}

/// Turns an invite into a token. Returns the agent and the token, which is stored nowhere.
///
/// # Errors
/// The invite is unknown, used or expired; or the database cannot be written.
pub fn join(
    tx: &mut dyn Tx,
    code: &str,
    device: DeviceId,
    instance: &str,
) -> Result<(Agent, String), DeskError> {
    let agent = match invites::redeem(tx, &secret::hash(code))? {
        Some(id) => agents::find(tx, id)?.filter(|agent| agent.active),
        None => None,
    };
    let agent = agent.ok_or_else(|| {
        DeskError::refused(
            ErrorCode::InviteInvalid,
            "the invite is unknown, was used, or is older than 24 hours: ask for a new one",
        )
    })?;
    let token = secret::new_token(instance).map_err(no_randomness)?;
    let id = TokenId(tx.new_id());
    kept::insert(tx, id, agent.id, device, &secret::hash(&token))?;
    let note = Note::new(Actor::Agent(agent.id), Deed::LoggedIn).of(id);
    audit::append(tx, note.with("device", device.to_string()))?;
    Ok((agent, token))
}

/// Takes every access of an agent away; the agent's name stays on what they wrote.
///
/// # Errors
/// There is no such agent, or the database cannot be written.
pub fn revoke(tx: &mut dyn Tx, name: &str, copies: Copies) -> Result<usize, DeskError> {
    let mut agent = agents::by_name(tx, name)?.ok_or_else(|| {
        DeskError::refused(
            ErrorCode::ParameterInvalid,
            format!("no agent is named {name:?}"),
        )
    })?;
    agent.active = false;
    // Sessions hear of revoked tokens when an agent's record moves.
    agents::update(tx, &mut agent)?;
    invites::expire_all_of(tx, agent.id)?;
    let tokens = kept::revoke_all_of(tx, agent.id, copies)?;
    let note = Note::new(Actor::Operator, Deed::AgentRevoked).of(agent.id);
    let note = note.with("name", name).with("tokens", tokens);
    audit::append(tx, told(note, copies))?;
    Ok(tokens)
}

fn told(note: Note<'_>, copies: Copies) -> Note<'_> {
    match copies {
        Copies::Stay => note,
        Copies::Wipe => note.with("wipe", true),
    }
}

/// Who acts by a token that is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Who.
    pub agent: Agent,
    /// By which token.
    pub token: TokenId,
    /// What they may do.
    pub rights: Rights,
}

/// What a presented token is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is somebody's.
    Accepted(Box<Access>),
    /// It is unknown, was revoked or has ended: a stranger does not hear which. Whoever holds one that
    /// was revoked so is told to remove their copy.
    Refused(Copies),
}

/// What the token of that hash is worth. An unknown one costs as much work as one that is known.
///
/// # Errors
/// The database cannot be read.
pub fn who(reads: &mut dyn Reads, hash: &[u8], now: Timestamp) -> Result<Worth, StoreError> {
    let token = kept::by_hash(reads, hash)?;
    let Some(token) = token else {
        return Ok(Worth::Refused(Copies::Stay));
    };
    if token.revoked_at.is_some() || token.expires_at.is_some_and(|end| end <= now) {
        let wipe = token.revoked_at.is_some() && token.wipe;
        return Ok(Worth::Refused(if wipe {
            Copies::Wipe
        } else {
            Copies::Stay
        }));
    }
    let Some(agent) = agents::find(reads, token.agent)? else {
        return Ok(Worth::Refused(Copies::Stay));
    };
    Ok(Worth::Accepted(Box::new(Access {
        rights: Rights {
            role: agent.role,
            scopes: token.scopes,
        },
        agent,
        token: token.id,
    })))
}
