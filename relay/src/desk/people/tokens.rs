//! Single tokens: revoked, ended, used, and those that were refused.

use super::told;
use crate::desk::DeskError;
use crate::store::audit::{self, Note};
use crate::store::sql::{Reads, Tx};
use crate::store::tokens::{self, Copies};
use crate::store::{StoreError, agents};
use smsdesk_common::agent::Role;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::tokens::Token;
use smsdesk_common::audit::{Actor, Deed};
use smsdesk_common::ids::TokenId;
use smsdesk_common::time::Timestamp;

/// Tokens that end in one commit.
const ENDING_MAX: u32 = 100;

/// Takes one device's or program's access away. Once more does nothing more, but for copies that are
/// to be wiped now.
///
/// # Errors
/// There is no such token, or the database cannot be written.
pub fn revoke_token(
    tx: &mut dyn Tx,
    by: Actor,
    id: TokenId,
    copies: Copies,
) -> Result<Token, DeskError> {
    let held = known(tx, id)?;
    let revoked = tokens::revoke(tx, id, copies)?;
    let token = known(tx, id)?;
    if token != held {
        touch(tx, &token)?;
    }
    if revoked || token.wipe != held.wipe {
        let note = Note::new(by, Deed::TokenRevoked).of(id);
        audit::append(tx, told(note.with("name", token.name.as_str()), copies))?;
    }
    Ok(token)
}

/// Holds up what began by a token that was accepted then: in the transaction of a deed that nobody may
/// do any more.
///
/// # Errors
/// It was revoked meanwhile, or the database cannot be read.
pub fn still(reads: &mut dyn Reads, id: TokenId) -> Result<(), DeskError> {
    if tokens::is_accepted(reads, id)? {
        return Ok(());
    }
    let detail = "the token was revoked meanwhile: nothing was stored";
    Err(DeskError::refused(ErrorCode::TokenUnknown, detail))
}

fn known(tx: &mut dyn Tx, id: TokenId) -> Result<Token, DeskError> {
    tokens::find(tx, id)?.ok_or_else(|| {
        let detail = format!("no token has the id {id}: `token list` has them");
        DeskError::refused(ErrorCode::TokenIdUnknown, detail)
    })
}

/// Moves the record of whoever held a token: sessions hear of revoked tokens by that. A program
/// without a token is one no more.
fn touch(tx: &mut dyn Tx, token: &Token) -> Result<(), StoreError> {
    let Some(mut agent) = agents::find(tx, token.agent)? else {
        return Ok(());
    };
    if agent.role == Role::Integration && !tokens::has_any(tx, agent.id)? {
        agent.active = false;
    }
    agents::update(tx, &mut agent)
}

/// Ends the tokens whose time is over, so that what is open by them is closed. Says how many.
///
/// # Errors
/// The database cannot be written.
pub fn end_expired(tx: &mut dyn Tx) -> Result<usize, StoreError> {
    let now = tx.now();
    let over = tokens::expiring(tx, now, ENDING_MAX)?;
    for id in &over {
        tokens::revoke(tx, *id, Copies::Stay)?;
        if let Some(token) = tokens::find(tx, *id)? {
            touch(tx, &token)?;
            let note = Note::new(Actor::Relay, Deed::TokenExpired).of(id);
            audit::append(tx, note.with("name", token.name.as_str()))?;
        }
    }
    Ok(over.len())
}

/// Keeps when tokens were used last.
///
/// # Errors
/// The database cannot be written.
pub fn note_uses(tx: &mut dyn Tx, uses: &[(TokenId, Timestamp)]) -> Result<(), StoreError> {
    uses.iter()
        .try_for_each(|(id, at)| tokens::used(tx, *id, *at))
}

/// Keeps how many tokens and invites were refused, by where they came from.
///
/// # Errors
/// The database cannot be written.
pub fn note_refusals(tx: &mut dyn Tx, refused: &[(String, u64)]) -> Result<(), StoreError> {
    for (from, times) in refused {
        let note = Note::new(Actor::Nobody, Deed::LoginFailed);
        audit::append(tx, note.with("from", from.as_str()).with("times", *times))?;
    }
    Ok(())
}
