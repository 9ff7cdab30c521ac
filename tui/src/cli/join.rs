//! `join`: an invite becomes a token on this device.

use crate::cache::Cache;
use crate::identity::Identity;
use crate::link::{self, JoinError};
use anyhow::Context as _;
use smsdesk_common::safe_text::SafeText;
use std::io::Write as _;
use std::path::Path;

/// Why a relay was not joined, in words for the agent.
#[derive(Debug, thiserror::Error)]
pub(super) enum JoinFailed {
    /// The text is no invite.
    #[error("{0}")]
    Invite(String),
    /// The relay said no.
    #[error("{0}")]
    Refused(String),
    /// The relay was not reached.
    #[error("{0}")]
    Unreachable(String),
}

/// Joins and says as whom.
pub(super) async fn run(folder: &Path, invite: &str) -> anyhow::Result<()> {
    let identity = redeem(folder, invite).await?;
    let mut out = std::io::stdout();
    let _ = writeln!(
        out,
        "joined {}; start with: smsdesk",
        SafeText::line(&identity.relay)
    );
    Ok(())
}

/// Redeems an invite and keeps what it gave in `folder`.
pub(super) async fn redeem(folder: &Path, invite: &str) -> anyhow::Result<Identity> {
    let invite =
        link::Invite::parse(invite).map_err(|error| JoinFailed::Invite(error.to_string()))?;
    let cache = Cache::open(folder)?.cache;
    let joined = link::join(&invite, cache.device()).await;
    let kept = match &joined {
        Ok(joined) => cache.remember_me(joined.agent.clone()).await,
        Err(_) => Ok(()),
    };
    cache.close().await;
    let joined = joined.map_err(|error| match error {
        JoinError::InviteInvalid | JoinError::Refused(_) => JoinFailed::Refused(error.to_string()),
        JoinError::Unreachable(_) => JoinFailed::Unreachable(error.to_string()),
    })?;
    kept?;
    let identity = Identity::of(&joined);
    identity
        .save(folder)
        .with_context(|| format!("{}", folder.display()))?;
    Ok(identity)
}
