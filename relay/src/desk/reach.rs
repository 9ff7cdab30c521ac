//! Keeps a text from being paid for that reaches nobody: landlines, and numbers whose last text came
//! back for good. Both are guesses, which whoever sends may overrule.

use crate::desk::DeskError;
use crate::store::sql::Reads;
use crate::store::{conversations, entries};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::phone::{Address, NumberType};

/// Twilio's codes for a number that no text reaches: "not a valid mobile number" and "landline or
/// unreachable carrier" (twilio.com/docs/api/errors).
const UNREACHABLE: [u32; 2] = [21614, 30006];

/// Passes a number that a text may reach. Whoever wrote to us from it is reached, whatever it looks
/// like.
///
/// # Errors
/// Why no text will arrive; or the database cannot be read.
pub(super) fn check(reads: &mut dyn Reads, to: &Address) -> Result<(), DeskError> {
    let held = conversations::with_address(reads, to)?;
    if held.iter().any(|it| it.inbound_total > 0) {
        return Ok(());
    }
    if to.number_type() == Some(NumberType::FixedLine) {
        return Err(DeskError::refused(
            ErrorCode::ToLandline,
            "the number is a landline by its digits, and texts do not arrive there as a rule; \
             nothing was sent; `confirm` sends all the same",
        ));
    }
    for conversation in &held {
        let error = entries::last_outcome(reads, conversation.id)?;
        if let Some(code) = error.filter(|code| UNREACHABLE.contains(code)) {
            return Err(DeskError::refused(
                ErrorCode::ToUnreachable,
                format!(
                    "the last text to this number came back with {code}: it takes no texts; \
                     nothing was sent; `confirm` sends all the same"
                ),
            ));
        }
    }
    Ok(())
}
