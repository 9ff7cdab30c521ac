//! The one gate that every text to a customer passes: when it is asked for, when its time has come,
//! and once more when it is handed over. Nothing is queued without the gate's pass, and only the gate
//! makes one.

use crate::desk::DeskError;
use crate::store::sql::Reads;
use crate::store::{StoreError, consent};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::entry::{Author, Cause};
use smsdesk_common::optout::Said;
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryError;

/// That a text may go out.
#[derive(Debug)]
pub(super) struct Pass(());

/// That the person wants no texts from this line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OptedOut(Said);

impl OptedOut {
    /// For whoever asked to send.
    pub(super) fn refusal(&self) -> DeskError {
        let Said { means, at, .. } = &self.0;
        let detail = format!(
            "the person opted out on {} by {}; nothing was sent; only they can opt in again, by \
             texting START",
            at.to_rfc3339(),
            means.words()
        );
        DeskError::refused(ErrorCode::OptedOut, detail)
    }

    /// For a text that was taken before they opted out.
    pub(crate) fn too_late() -> DeliveryError {
        DeliveryError {
            code: DeliveryError::OURS,
            text: "not sent: the person opted out meanwhile".to_owned(),
        }
    }
}

/// Passes a text of `author` to somebody who may be texted. The one answer to STOP or HELP goes to
/// whoever sent it.
///
/// # Errors
/// The database cannot be read.
pub(super) fn check(
    reads: &mut dyn Reads,
    author: &Author,
    line: &Address,
    to: &Address,
) -> Result<Result<Pass, OptedOut>, StoreError> {
    if *author == Author::Automation(Cause::OptOut) {
        return Ok(Ok(Pass(())));
    }
    let out = consent::out_of(reads, line, to)?;
    Ok(out.map_or(Ok(Pass(())), |said| Err(OptedOut(said))))
}

/// Why a text that was queued before must not be handed over now; none where it may.
///
/// # Errors
/// The database cannot be read.
pub(crate) fn stops(
    reads: &mut dyn Reads,
    author: &Author,
    line: &Address,
    to: &Address,
) -> Result<Option<DeliveryError>, StoreError> {
    let checked = check(reads, author, line, to)?;
    Ok(checked.err().map(|_| OptedOut::too_late()))
}
