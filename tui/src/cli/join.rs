//! `join`: an invite becomes a token on this device.

use crate::cache::Cache;
use crate::cache::cipher::Sealing;
use crate::cli::sealing;
use crate::config::Config;
use crate::identity::Identity;
use crate::link::{self, Invite, JoinError};
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
pub(super) async fn run(config: &Config, folder: &Path, invite: &str) -> anyhow::Result<()> {
    let sealing = sealing::of(config, folder)?;
    let identity = redeem(folder, &sealing, invite).await?;
    let mut out = std::io::stdout();
    let _ = writeln!(
        out,
        "joined {}; start with: smsdesk",
        SafeText::line(&identity.relay)
    );
    Ok(())
}

/// Redeems an invite and keeps what it gave in `folder`.
pub(super) async fn redeem(
    folder: &Path,
    sealing: &Sealing,
    invite: &str,
) -> anyhow::Result<Identity> {
    let invite = Invite::parse(invite).map_err(|error| JoinFailed::Invite(error.to_string()))?;
    let cache = Cache::open_sealed(folder, sealing)?.cache;
    let identity = redeem_with(&cache, folder, sealing, &invite).await;
    cache.close().await;
    identity
}

async fn redeem_with(
    cache: &Cache,
    folder: &Path,
    sealing: &Sealing,
    invite: &Invite,
) -> anyhow::Result<Identity> {
    let joined = link::join(invite, cache.device()).await;
    let joined = joined.map_err(|error| match error {
        JoinError::InviteInvalid | JoinError::Refused(_) => JoinFailed::Refused(error.to_string()),
        JoinError::Unreachable(_) => JoinFailed::Unreachable(error.to_string()),
    })?;
    cache.remember_me(joined.agent.clone()).await?;
    let identity = Identity::of(&joined);
    let kept = identity.keep(folder, cache, sealing.wish).await;
    kept.with_context(|| format!("{}", folder.display()))?;
    Ok(identity)
}
