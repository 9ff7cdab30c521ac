//! Erasing somebody, and taking out what is old: in small commits, beside a running relay or without
//! one.

use crate::admin::{Answer, Command};
use crate::desk::DeskError;
use crate::desk::erase::{self, Extent, Step};
use crate::desk::purge::{self, Purged};
use crate::store::sweep::{Beside, Swept};
use crate::store::{Store, StoreError, removal};
use serde::{Deserialize, Serialize};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::audit::Actor;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::time::Duration;

/// Raw webhooks that are looked at together.
const WEBHOOKS_ONCE: i64 = 2_000;
/// The pause between two commits, in milliseconds: texts and requests come first.
const PAUSE_MS: u64 = 10;

/// What erasing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// How much there was.
    pub extent: Extent,
    /// Raw webhooks that were emptied.
    pub webhooks: u64,
    /// Whether nothing of it can be left in the database's files.
    pub clean: bool,
}

/// Takes everything about whoever has an address out. Doing it again does the rest of what was cut,
/// and otherwise nothing but sweep.
///
/// # Errors
/// The database cannot be written.
pub async fn erase(store: &Store, named: &Address, beside: Beside) -> Result<Erased, StoreError> {
    let address = named.clone();
    let (extent, person, newest) = store
        .read(move |reads| {
            Ok::<_, StoreError>((
                erase::extent(reads, &address)?,
                erase::person(reads, &address)?,
                removal::newest_webhook(reads)?,
            ))
        })
        .await?;
    // Whoever is cut in between begins again: as long as the contact is there, all their numbers are
    // known.
    let mut webhooks = empty(store, &person.addresses, 0, newest).await?;
    let mut removed = 0;
    loop {
        let address = named.clone();
        let step = store.write(move |tx| match extent.known {
            true => erase::step(tx, &address, removed),
            false => Ok(Step::Done(0)),
        });
        match step.await? {
            Step::More(gone) => removed += gone,
            Step::Done(_) => break,
        }
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    }
    let through = store.read(removal::newest_webhook).await?;
    webhooks += empty(store, &person.addresses, newest, through).await?;
    let swept = store.sweep(beside).await?;
    Ok(Erased {
        extent,
        webhooks,
        clean: swept == Swept::Clean,
    })
}

/// Empties the raw webhooks in `(after, through]` that name one of the addresses; says how many.
async fn empty(
    store: &Store,
    addresses: &[Address],
    after: i64,
    through: i64,
) -> Result<u64, StoreError> {
    let mut emptied = 0;
    let mut low = after;
    while low < through {
        let high = low.saturating_add(WEBHOOKS_ONCE).min(through);
        let wanted = addresses.to_vec();
        let found = store.read(move |reads| {
            let mut found = Vec::new();
            for address in &wanted {
                found.extend(removal::webhooks_of(reads, address, low, high)?);
            }
            Ok::<_, StoreError>(found)
        });
        let found = found.await?;
        emptied += u64::try_from(found.len()).unwrap_or(u64::MAX);
        if !found.is_empty() {
            store
                .write(move |tx| removal::empty_webhooks(tx, &found))
                .await?;
        }
        low = high;
    }
    Ok(emptied)
}

/// Takes out what is from before a time, and notes who had it done.
///
/// # Errors
/// The database cannot be written; what was taken out until then is gone.
pub async fn purge(store: &Store, actor: Actor, than: Timestamp) -> Result<Purged, StoreError> {
    let mut purged = Purged::default();
    let done = loop {
        match store.write(move |tx| purge::step(tx, than)).await {
            Ok(step) if step == Purged::default() => break Ok(()),
            Ok(step) => {
                purged.entries += step.entries;
                purged.raw += step.raw;
            }
            Err(error) => break Err(error),
        }
        tokio::time::sleep(Duration::from_millis(PAUSE_MS)).await;
    };
    // What is gone is gone, whatever hindered the rest.
    store
        .write(move |tx| purge::note(tx, actor, than, purged))
        .await?;
    done?;
    if purged.entries > 0 {
        store.merge_index().await?;
    }
    Ok(purged)
}

/// Carries out what takes records out.
pub(super) async fn asked(
    store: &Store,
    command: Command,
    beside: Beside,
) -> Result<Answer, DeskError> {
    match command {
        Command::Erase { address, dry_run } => {
            asked_to_erase(store, &address, dry_run, beside).await
        }
        Command::Purge {
            older_than_ms,
            dry_run,
        } => asked_to_purge(store, older_than_ms, dry_run).await,
        _ => Err(DeskError::refused(
            ErrorCode::NotSupported,
            "this takes nothing out",
        )),
    }
}

/// Erases, or says how much there is.
async fn asked_to_erase(
    store: &Store,
    address: &Address,
    dry_run: bool,
    beside: Beside,
) -> Result<Answer, DeskError> {
    if dry_run {
        let address = address.clone();
        let look = store.read(move |reads| {
            let extent = erase::extent(reads, &address)?;
            Ok::<_, StoreError>((extent, erase::person(reads, &address)?.addresses))
        });
        let (extent, addresses) = look.await?;
        return Ok(Answer::Known { extent, addresses });
    }
    let erased = erase(store, address, beside).await?;
    Ok(Answer::Erased { erased })
}

/// Takes out what is old, or says how much that is.
async fn asked_to_purge(
    store: &Store,
    older_than_ms: i64,
    dry_run: bool,
) -> Result<Answer, DeskError> {
    let old = older_than_ms.clamp(purge::OLDER_THAN_MS_MIN, purge::OLDER_THAN_MS_MAX);
    let than = store.clock().now().plus_millis(-old);
    let purged = match dry_run {
        true => store.read(move |reads| purge::count(reads, than)).await?,
        false => purge(store, Actor::Operator, than).await?,
    };
    Ok(Answer::Purged { purged })
}
