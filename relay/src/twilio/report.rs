//! How Twilio says what became of a text of ours: its status words and error codes.

use serde_json::Value;
use smsdesk_common::entry::Price;
use smsdesk_common::status::{DeliveryError, DeliveryStatus, explain};

/// Longest text of Twilio's that is kept with an error, in bytes; its own are below 300.
const TEXT_BYTES_MAX: usize = 512;

/// The status that a word stands for, if it is one that a text of ours can have.
pub(super) fn outbound_status(word: &str) -> Option<DeliveryStatus> {
    DeliveryStatus::from_twilio(word).filter(|&status| status != DeliveryStatus::Received)
}

/// The error with our words for the code, else with Twilio's as far as they fit.
pub(super) fn delivery_error(code: u32, theirs: &str) -> DeliveryError {
    let text = explain(code).unwrap_or(&theirs[..theirs.floor_char_boundary(TEXT_BYTES_MAX)]);
    DeliveryError {
        code,
        text: text.to_owned(),
    }
}

/// The error that a message's JSON holds.
pub(super) fn told_error(message: &Value) -> Option<DeliveryError> {
    let code = code_of(&message["error_code"])?;
    let theirs = message["error_message"].as_str();
    Some(delivery_error(code, theirs.unwrap_or_default()))
}

/// An error code in JSON; 0 is none.
pub(super) fn code_of(value: &Value) -> Option<u32> {
    value
        .as_u64()
        .and_then(|code| u32::try_from(code).ok())
        .filter(|&code| code != 0)
}

/// What a message's JSON says that it cost.
pub(super) fn price_of(message: &Value) -> Option<Price> {
    let price = message["price"]
        .as_str()
        .zip(message["price_unit"].as_str());
    price.map(|(amount, currency)| Price {
        amount: amount.to_owned(),
        currency: currency.to_owned(),
    })
}

/// How many segments a message's JSON says that it takes. Twilio says "0" until a messaging service
/// has chosen the sender.
pub(super) fn segments_of(message: &Value) -> Option<u32> {
    let count = message["num_segments"].as_str();
    count
        .and_then(|count| count.parse().ok())
        .filter(|&n| n != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_code_is_explained_and_an_unknown_one_keeps_twilios_words() {
        assert_eq!(
            delivery_error(21610, "Attempt to …").text,
            explain(21610).unwrap()
        );
        assert_eq!(delivery_error(99999, "New trouble").text, "New trouble");
    }

    #[test]
    fn an_endless_text_is_cut_between_characters() {
        let text = delivery_error(99999, &"é€".repeat(1_000)).text;
        assert!(text.len() <= TEXT_BYTES_MAX && text.len() > TEXT_BYTES_MAX - 4);
    }

    #[test]
    fn no_text_of_ours_is_ever_received_by_us() {
        assert_eq!(outbound_status("sent"), Some(DeliveryStatus::Sent));
        assert_eq!(outbound_status("received"), None);
        assert_eq!(outbound_status("receiving"), None);
    }
}
