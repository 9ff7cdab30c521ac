//! Asks an agent before a text goes out in quiet hours: at whoever it goes to it may be night. That is
//! a question, which whoever sends may overrule; what nobody typed is not asked about, it waits.

use crate::desk::DeskError;
use crate::store::sql::Reads;
use crate::store::{contacts, settings};
use jiff::tz::TimeZone;
use smsdesk_common::api::ErrorCode;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::settings::{QuietAgents, quiet};
use smsdesk_common::time::Timestamp;

/// Passes a text that goes out at `at` by the clock of whoever it goes to; `is` tells whether that is
/// now.
///
/// # Errors
/// It is quiet there; or the database cannot be read.
pub(super) fn check(
    reads: &mut dyn Reads,
    conversation: &Conversation,
    (at, is): (Timestamp, &str),
) -> Result<(), DeskError> {
    let settings = settings::load(reads)?;
    if settings.quiet.agents == QuietAgents::Pass || !settings.has_quiet_hours() {
        return Ok(());
    }
    let contact = contacts::find(reads, conversation.contact)?;
    let whom = (contact.as_ref(), &conversation.address);
    let Some(hour) = quiet(&settings, &conversation.line, whom, at) else {
        return Ok(());
    };
    let (shown, until) = (clock(at, &hour.zone), clock(hour.until, &hour.zone));
    Err(DeskError::refused(
        ErrorCode::QuietHours,
        format!(
            "it {is} {shown} where they are, quiet until {until}; nothing was sent; `confirm` sends \
             all the same"
        ),
    ))
}

/// What the clock shows there.
fn clock(at: Timestamp, zone: &TimeZone) -> String {
    let there = at.to_jiff().to_zoned(zone.clone());
    there.strftime("%H:%M").to_string()
}
