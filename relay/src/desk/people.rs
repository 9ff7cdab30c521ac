//! Agents, their invites and their tokens.

use crate::auth::secret;
use crate::desk::DeskError;
use crate::store::sql::{Reads, Tx};
use crate::store::{StoreError, agents, invites, tokens};
use smsdesk_common::agent::{Agent, NAME_CHARACTERS_MAX, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::ids::{AgentId, DeviceId, Seq, TokenId};

/// How long an invite works, in milliseconds: a day.
const INVITE_MS: i64 = 24 * 60 * 60 * 1_000;

/// Makes an invite for the agent of that name, and the agent where there is none. Returns the
/// agent and the code, which is stored nowhere.
///
/// # Errors
/// The name cannot be shown, the system has no randomness, or the database cannot be written.
pub fn invite(tx: &mut dyn Tx, name: &str, role: Role) -> Result<(Agent, String), DeskError> {
    let name = name.trim();
    check_name(name)?;
    let agent = match agents::by_name(tx, name)? {
        Some(mut agent) => {
            if agent.role != role || !agent.active {
                agent.role = role;
                agent.active = true;
                agents::update(tx, &mut agent)?;
            }
            agent
        }
        None => {
            let id = AgentId(tx.new_id());
            let name = name.to_owned();
            agents::insert(
                tx,
                Agent {
                    id,
                    seq: Seq::ZERO,
                    name,
                    role,
                    active: true,
                },
            )?
        }
    };
    let code = secret::new_invite_code().map_err(no_randomness)?;
    let expires_at = tx.now().plus_millis(INVITE_MS);
    invites::insert(tx, &secret::hash(&code), agent.id, expires_at)?;
    Ok((agent, code))
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
    tokens::insert(tx, id, agent.id, device, &secret::hash(&token))?;
    Ok((agent, token))
}

/// Takes every access of an agent away; the agent's name stays on what they wrote.
///
/// # Errors
/// There is no such agent, or the database cannot be written.
pub fn revoke(tx: &mut dyn Tx, name: &str) -> Result<usize, DeskError> {
    let mut agent = agents::by_name(tx, name)?.ok_or_else(|| {
        DeskError::refused(
            ErrorCode::ParameterInvalid,
            format!("no agent is named {name:?}"),
        )
    })?;
    agent.active = false;
    agents::update(tx, &mut agent)?;
    invites::expire_all_of(tx, agent.id)?;
    Ok(tokens::revoke_all_of(tx, agent.id)?)
}

/// Who presents a token, and which token it is.
///
/// # Errors
/// The token is refused, with the reason; or the database cannot be read.
pub fn who(
    reads: &mut dyn Reads,
    presented: &str,
    instance: &str,
) -> Result<(Agent, TokenId), DeskError> {
    let refused = |code, detail| DeskError::refused(code, detail);
    let hash = match secret::read_token(presented, instance) {
        secret::Presented::Ours(hash) => hash,
        secret::Presented::Foreign => {
            return Err(refused(
                ErrorCode::TokenForeign,
                "the token was made by another relay: join this one with an invite",
            ));
        }
        secret::Presented::Nonsense => return Err(unknown_token()),
    };
    let token = tokens::by_hash(reads, &hash)?.ok_or_else(unknown_token)?;
    if token.revoked_at.is_some() {
        return Err(refused(
            ErrorCode::TokenRevoked,
            "the token was revoked: ask for an invite",
        ));
    }
    let agent = agents::find(reads, token.agent)?.ok_or_else(unknown_token)?;
    Ok((agent, token.id))
}

fn unknown_token() -> DeskError {
    DeskError::refused(
        ErrorCode::TokenUnknown,
        "the token is not known here: join with an invite",
    )
}
