//! A relay's database with many texts in it, made by the code that stores texts.

use smsdesk_common::contact::Place;
use smsdesk_common::entry::Origin;
use smsdesk_common::phone::Address;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::desk::receive::receive;
use smsdesk_relay::store::{Store, StoreError};
use smsdesk_relay::twilio::form::InboundMessage;
use std::path::Path;

/// Texts stored by one job of the writer.
const JOB_TEXTS: u64 = 2_000;
/// Texts that a conversation has.
const CONVERSATION_TEXTS: u64 = 50;
/// Numbers below this belong to texts that were filled in.
pub(crate) const NUMBERS_FROM: u64 = 1 << 32;

/// Fills a relay's database in `folder` with so many texts.
///
/// # Errors
/// It cannot be written.
pub(crate) async fn fill(folder: &Path, entries: u64) -> anyhow::Result<()> {
    let half_made = folder.join("half-made.db");
    if half_made.exists() {
        std::fs::remove_file(&half_made)?;
    }
    let store = Store::open(&half_made, Clock::system()).await?;
    let customers = (entries / CONVERSATION_TEXTS).max(1);
    let mut first = 0;
    while first < entries {
        let texts = first..(first + JOB_TEXTS).min(entries);
        first = texts.end;
        store
            .write(move |tx| -> Result<(), StoreError> {
                for n in texts {
                    let raw = format!("Body=message+number+{n}");
                    receive(tx, &text(n, customers)?, raw.as_bytes(), Origin::Webhook)?;
                }
                Ok(())
            })
            .await?;
    }
    store.close().await;
    std::fs::rename(half_made, folder.join(super::relay::DATABASE))?;
    Ok(())
}

/// Text `n`, by one of so many customers.
pub(super) fn text(n: u64, customers: u64) -> Result<InboundMessage, StoreError> {
    let odd = |_| StoreError::Engine("an address of the bench".to_owned());
    let sid = format!("SM{n:032x}").parse();
    Ok(InboundMessage {
        at: None,
        account: crate::world::ACCOUNT
            .parse()
            .map_err(|_| StoreError::Closed)?,
        sid: sid.map_err(|_| StoreError::Closed)?,
        from: Address::from_twilio(&customer(n % customers)).map_err(odd)?,
        to: Address::from_twilio(crate::world::LINE).map_err(odd)?,
        service: None,
        body: format!("message number {n}: is the plumber still coming? 🙏"),
        media: Vec::new(),
        segments: Some(1),
        opt_out: None,
        place: Place {
            city: Some("NAPLES".to_owned()),
            state: Some("FL".to_owned()),
            zip: Some("34102".to_owned()),
            country: Some("US".to_owned()),
        },
        profile_name: None,
    })
}

/// The number of a customer.
pub(crate) fn customer(n: u64) -> String {
    format!("+1239{:07}", 2_000_000 + n)
}
