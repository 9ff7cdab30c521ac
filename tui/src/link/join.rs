//! Redeeming an invite.

#[cfg(test)]
mod tests;

use super::failure::Failure;
use super::http::Http;
use super::invite::Invite;
use smsdesk_common::api::join::{Join, Joined};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::DeviceId;

/// Why an invite did not become a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinError {
    /// The code is unknown, was used before, or is too old.
    #[error("the invite is not valid any more: ask for a new one (an invite works once)")]
    InviteInvalid,
    /// The relay refuses for another reason.
    #[error("the relay refuses: {}", .0.detail)]
    Refused(Problem),
    /// The relay cannot be reached or cannot answer now; the invite may still be good.
    #[error("{0}")]
    Unreachable(String),
}

/// Redeems `invite` for `device`. The answer holds the token, which is said only once.
///
/// # Errors
/// See [`JoinError`].
pub async fn join(invite: &Invite, device: DeviceId) -> Result<Joined, JoinError> {
    let http = Http::new(invite.relay().clone(), None)
        .map_err(|error| JoinError::Unreachable(error.to_string()))?;
    let body = serde_json::to_string(&Join {
        code: invite.code().to_owned(),
        device,
    })
    .map_err(|error| JoinError::Unreachable(error.to_string()))?;
    http.post("/v1/join", body)
        .await
        .map_err(|failure| match failure {
            Failure::Refused(problem) if problem.code == ErrorCode::InviteInvalid => {
                JoinError::InviteInvalid
            }
            Failure::Refused(problem) => JoinError::Refused(problem),
            other => JoinError::Unreachable(other.words()),
        })
}
