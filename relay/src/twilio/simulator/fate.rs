//! How a message ends, decided when it is accepted.

use super::message::Status;

/// The end of an outbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The handset has it.
    Delivered,
    /// The carrier took it and never said more.
    NoReceipt,
    /// The carrier took it and could not deliver it, for this reason.
    Undelivered(u32),
    /// It never left, for this reason.
    Failed(u32),
}

impl Fate {
    /// What the last five digits of a number say: a number that ends in one of these codes ends
    /// that way, so `+12025530003` is a handset that is off. Every other number is reached.
    ///
    /// | ends in | status | meaning |
    /// |---|---|---|
    /// | 30001 | `failed` | queue overflow |
    /// | 30003 | `undelivered` | unreachable handset |
    /// | 30004 | `undelivered` | blocked |
    /// | 30005 | `undelivered` | unknown handset |
    /// | 30006 | `undelivered` | landline or unreachable carrier |
    /// | 30007 | `undelivered` | filtered by the carrier |
    /// | 30008 | `undelivered` | unknown |
    /// | 30034 | `undelivered` | number not registered for A2P 10DLC |
    pub fn of_number(number: &str) -> Self {
        let code = number
            .len()
            .checked_sub(5)
            .and_then(|start| number.get(start..))
            .and_then(|end| end.parse::<u32>().ok());
        match code {
            Some(30001) => Self::Failed(30001),
            Some(code @ (30003..=30008 | 30034)) => Self::Undelivered(code),
            Some(_) | None => Self::Delivered,
        }
    }

    /// The status that a message with this fate stays in.
    pub(super) const fn last_status(self) -> Status {
        match self {
            Self::Delivered => Status::Delivered,
            Self::NoReceipt => Status::Sent,
            Self::Undelivered(_) => Status::Undelivered,
            Self::Failed(_) => Status::Failed,
        }
    }

    /// Why it went wrong, where it did.
    pub(super) const fn error_code(self) -> Option<u32> {
        match self {
            Self::Delivered | Self::NoReceipt => None,
            Self::Undelivered(code) | Self::Failed(code) => Some(code),
        }
    }
}

/// Twilio's words for the error code of a message (Twilio's error dictionary).
pub(super) const fn error_message(code: u32) -> &'static str {
    match code {
        21610 => "Attempt to send to unsubscribed recipient",
        30001 => "Queue overflow",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30034 => "US A2P 10DLC - Message from an Unregistered Number",
        _ => "Unknown error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_five_digits_decide() {
        for (number, fate) in [
            ("+12025530003", Fate::Undelivered(30003)),
            ("whatsapp:+12025530007", Fate::Undelivered(30007)),
            ("+12025530034", Fate::Undelivered(30034)),
            ("+12025530001", Fate::Failed(30001)),
            ("+12025530002", Fate::Delivered),
            ("+15558675310", Fate::Delivered),
            ("+1", Fate::Delivered),
            ("", Fate::Delivered),
        ] {
            assert_eq!(Fate::of_number(number), fate, "{number}");
        }
    }
}
