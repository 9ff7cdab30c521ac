//! What erased people have said about being texted.
//!
//! Who asked not to be texted must not be texted after they were erased, and must not be named
//! either. So the address is kept as a keyed hash, which tells whether a given number is meant and
//! names none. Whoever has the whole database has the key, too, and can try every number.

use crate::store::consent::{self, Noted};
use crate::store::lines::address;
use crate::store::sql::{Reads, Row, Tx, params};
use crate::store::{StoreError, meta};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use smsdesk_common::optout::{Consent, Means, Said};
use smsdesk_common::phone::Address;

/// Bytes of the key.
const KEY_BYTES: usize = 32;

/// The hash of an address; none as long as nobody was suppressed.
fn hash(reads: &mut dyn Reads, theirs: &Address) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(key) = meta::suppression(reads)? else {
        return Ok(None);
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map_err(|error| StoreError::Engine(error.to_string()))?;
    mac.update(theirs.as_str().as_bytes());
    Ok(Some(mac.finalize().into_bytes().to_vec()))
}

/// All that was said of an address before it was erased, in the order in which we learned it.
pub(super) fn of(reads: &mut dyn Reads, theirs: &Address) -> Result<Vec<Noted>, StoreError> {
    let Some(who) = hash(reads, theirs)? else {
        return Ok(Vec::new());
    };
    reads
        .query(
            "SELECT line, service, consent, means, at, noted FROM suppressed WHERE who = ?1 \
             ORDER BY noted, id",
            params![who],
        )?
        .iter()
        .map(|row| noted(row, theirs))
        .collect()
}

fn noted(row: &Row, theirs: &Address) -> Result<Noted, StoreError> {
    let maybe = |column| match row.maybe_text(column)? {
        Some(_) => address(row, column).map(Some),
        None => Ok(None),
    };
    Ok(Noted {
        address: theirs.clone(),
        said: Said {
            line: maybe(0)?,
            service: maybe(1)?,
            consent: row.named(2, Consent::parse)?,
            means: row.named(3, Means::parse)?,
            at: row.time(4)?,
        },
        entry: None,
        agent: None,
        noted: row.time(5)?,
    })
}

/// Keeps what somebody said without naming them, where they ever asked for no more texts; forgets it
/// where they never did.
///
/// # Errors
/// The database cannot be written.
pub fn suppress(tx: &mut dyn Tx, theirs: &Address) -> Result<(), StoreError> {
    let said = consent::named(tx, theirs)?;
    // Who was erased before and has come back may have asked for texts again: that counts, too.
    let ever = consent::of(tx, theirs)?;
    if ever.iter().any(|row| row.said.consent == Consent::Out) {
        if meta::suppression(tx)?.is_none() {
            meta::set_suppression(tx, random_key()?)?;
        }
        let who = hash(tx, theirs)?.unwrap_or_default();
        for row in &said {
            insert(tx, &who, row)?;
        }
    }
    tx.execute(
        "DELETE FROM consent WHERE address = ?1",
        params![theirs.as_str()],
    )?;
    Ok(())
}

fn insert(tx: &mut dyn Tx, who: &[u8], row: &Noted) -> Result<(), StoreError> {
    let id = tx.new_id();
    let said = &row.said;
    tx.execute(
        "INSERT INTO suppressed (id, who, line, service, consent, means, at, noted) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            id,
            who,
            said.line.as_ref().map(Address::as_str),
            said.service.as_ref().map(Address::as_str),
            said.consent.as_str(),
            said.means.as_str(),
            said.at,
            row.noted,
        ],
    )?;
    Ok(())
}

/// What erased people have said, as it is kept: for another database.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    key: Option<String>,
    rows: Vec<Row>,
}

/// All that is kept, with the key.
///
/// # Errors
/// The database cannot be read.
pub fn hidden(reads: &mut dyn Reads) -> Result<Hidden, StoreError> {
    Ok(Hidden {
        key: meta::suppression(reads)?,
        rows: reads.query(
            "SELECT id, who, line, service, consent, means, at, noted FROM suppressed",
            &[],
        )?,
    })
}

/// Keeps what another database has kept. Under another key it would name nobody, and is left out.
///
/// # Errors
/// The database cannot be written.
pub fn adopt(tx: &mut dyn Tx, hidden: &Hidden) -> Result<(), StoreError> {
    let Some(key) = &hidden.key else {
        return Ok(());
    };
    match meta::suppression(tx)? {
        None => meta::set_suppression(tx, key.clone())?,
        Some(own) if own != *key => return Ok(()),
        Some(_) => {}
    }
    for row in &hidden.rows {
        tx.execute(
            "INSERT INTO suppressed (id, who, line, service, consent, means, at, noted) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO NOTHING",
            params![
                row.text(0)?,
                row.blob(1)?,
                row.maybe_text(2)?,
                row.maybe_text(3)?,
                row.text(4)?,
                row.text(5)?,
                row.time(6)?,
                row.time(7)?,
            ],
        )?;
    }
    Ok(())
}

fn random_key() -> Result<String, StoreError> {
    let mut bytes = [0; KEY_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Engine(error.to_string()))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
