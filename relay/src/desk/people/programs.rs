//! Programs that act with a token of their own, and do no more than its scopes say.

use super::{check_name, newcomer, no_randomness};
use crate::auth::secret;
use crate::desk::DeskError;
use crate::store::audit::{self, Note};
use crate::store::sql::Tx;
use crate::store::{agents, tokens};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::ids::TokenId;
use smsdesk_common::scope::Scopes;

/// A token for a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewToken {
    /// What colleagues see beside what it does.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// After how many milliseconds it ends; none where it does not.
    pub lasts_ms: Option<i64>,
}

/// Makes a token for the program of that name, and the program where there is none. Returns the
/// program, the token's id and the token, which is stored nowhere.
///
/// # Errors
/// The name is a person's or cannot be shown, the system has no randomness, or the database cannot
/// be written.
pub fn add_token(
    tx: &mut dyn Tx,
    new: &NewToken,
    instance: &str,
) -> Result<(Agent, TokenId, String), DeskError> {
    let name = new.name.trim();
    check_name(name)?;
    let program = match agents::by_name(tx, name)? {
        Some(agent) if agent.role != Role::Integration => {
            let detail = format!("{name:?} is a person: give the program a name of its own");
            return Err(DeskError::refused(ErrorCode::ParameterInvalid, detail));
        }
        Some(mut agent) => {
            if !agent.active {
                agent.active = true;
                agents::update(tx, &mut agent)?;
            }
            agent
        }
        None => newcomer(tx, name, Role::Integration)?,
    };
    let token = secret::new_token(instance).map_err(no_randomness)?;
    let id = TokenId(tx.new_id());
    let expires_at = new.lasts_ms.map(|lasts| tx.now().plus_millis(lasts));
    let hash = secret::hash(&token);
    tokens::insert_scoped(tx, (id, program.id), &hash, &new.scopes, expires_at)?;
    let note = Note::new(Actor::Operator, Deed::TokenAdded).of(id);
    let note = note
        .with("name", name)
        .with("scopes", new.scopes.to_string());
    audit::append(tx, note)?;
    Ok((program, id, token))
}
