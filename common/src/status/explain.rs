//! Twilio's error codes in words for agents.
//!
//! Source: twilio.com/docs/api/errors. Twilio warns that its own messages change, so these are ours.

/// Twilio's code for "unknown error": any other code says more.
pub(super) const CAUSE_UNKNOWN: u32 = 30008;

/// What an error code means for the person at the desk, and where possible what to do.
///
/// `None` for a code that has no sentence of its own; show the code itself then.
#[must_use]
pub fn explain(code: u32) -> Option<&'static str> {
    request(code)
        .or_else(|| carrier(code))
        .or_else(|| channel(code))
}

/// Whether the same text to the same person would fail in the same way again: something about the
/// text, the number or the line has to change first. Not known of a code means no.
#[must_use]
pub const fn is_lasting(code: u32) -> bool {
    matches!(
        code,
        21211
            | 21212
            | 21214
            | 21408
            | 21602..=21604
            | 21606
            | 21608
            | 21610
            | 21612
            | 21614
            | 21617
            | 21619
            | 21621
            | 21623
            | 30004..=30007
            | 30019
            | 30032
            | 30034
            | 63003
            | 63016
            | 63019
            | 63021
            | 63024
    )
}

/// Codes of a request that Twilio refused.
fn request(code: u32) -> Option<&'static str> {
    Some(match code {
        20003 => "Twilio refused the relay's credentials: the operator must check them",
        20005 => "the Twilio account is not active: the operator must check it",
        20404 => "Twilio does not know this text (any more)",
        20429 => "Twilio is getting too many requests; it will be tried again",
        20500 | 20503 => "Twilio had a fault of its own",
        21211 => "that is not a valid phone number",
        21212 | 21603 => "the line that it should come from is not valid",
        21214 => "that number cannot be reached",
        21408 => "texts to that country are not enabled in the Twilio account",
        21602 | 21619 => "the text was empty",
        21604 => "there was no number to send it to",
        21606 => "this line cannot text that number",
        21608 => "a Twilio trial account texts only numbers that it has verified",
        21609 => "the relay's public address is not one that Twilio can call",
        21610 => "the person has opted out (STOP); only they can undo it, with START",
        21611 => "too many texts are waiting on this line; try again later",
        21612 => "that number cannot be reached from this line",
        21614 => "that is not a mobile number",
        21617 => "the text is longer than 1600 characters",
        21620 => "Twilio could not fetch the attachment",
        21621 => "this line cannot send attachments",
        21623 => "more than 10 attachments",
        21660 | 21701..=21705 => "the messaging service or its numbers are not set up correctly",
        30400 | 30409 => "it cannot be changed any more",
        35111 | 35114..=35118 => "the time is not one that Twilio can schedule",
        _ => return None,
    })
}

/// Codes that arrive later, from Twilio's queue or the carrier.
fn carrier(code: u32) -> Option<&'static str> {
    Some(match code {
        30001 => "it waited too long in Twilio's queue",
        30002 => "the Twilio account is suspended: the operator must check it",
        30003 => "the phone is off or out of reach",
        30004 => "the person or their carrier blocks this line",
        30005 => "the number is not in use",
        30006 => "that is a landline, or a carrier that takes no texts",
        30007 => "the carrier filtered it as spam",
        CAUSE_UNKNOWN => "the carrier gave no reason",
        30009 => "a part of the text was lost on its way",
        30017 => "the carrier's network is congested",
        30018 => "this sender is not registered in that country",
        30019 => "the attachment is too large for the carrier",
        30022 | 30023 | 30027 => "the carrier's limit for this line is reached",
        30032 => "the toll-free line is not verified yet",
        30034 => "the line is not registered for business texting (A2P 10DLC)",
        30035 => "the line is still being set up",
        30410 => "the carrier did not answer in time",
        30450 => "the text was blocked",
        14107 => "too many automatic replies to that number; Twilio stopped the loop",
        _ => return None,
    })
}

/// Codes of WhatsApp, RCS and Messenger.
fn channel(code: u32) -> Option<&'static str> {
    Some(match code {
        63001 => "the channel refused the relay's sender: the operator must check it",
        63003 | 63024 => "the person cannot be reached on this channel",
        63007 => "this line is not set up for the channel",
        63015 => "the person has not joined the WhatsApp sandbox",
        63016 => "more than 24 hours since their last message: WhatsApp wants a template",
        63018 | 63038 => "the channel's limit for this line is reached",
        63019 | 63021 => "the channel does not accept this attachment or content",
        63032 | 63033 => "the channel does not let this person be reached, or they block us",
        63036 => "the phone cannot take RCS messages",
        63049 | 63051 => "Meta limited or blocked this message",
        _ => return None,
    })
}
