//! A conversation's place in the order of every view, as bytes that sort like it.

use smsdesk_common::conversation::Conversation;
use smsdesk_common::time::Timestamp;

/// How many bytes a place has.
const PLACE_BYTES: usize = 32;

/// The longest wait first; then those that wait for nothing, by their last activity, the newest
/// first; then by id, so that no two conversations ever tie.
pub(in crate::cache) fn place(conversation: &Conversation) -> [u8; PLACE_BYTES] {
    let waiting = conversation
        .waiting_since
        .map_or(i64::MAX, Timestamp::as_millis);
    let last = conversation
        .last
        .as_ref()
        .map_or(conversation.created_at, |last| last.at);
    let mut place = [0; PLACE_BYTES];
    place[..8].copy_from_slice(&ascending(waiting));
    place[8..16].copy_from_slice(&ascending(last.as_millis().saturating_neg()));
    place[16..].copy_from_slice(conversation.id.0.as_bytes());
    place
}

/// Bytes that sort like the number.
const fn ascending(number: i64) -> [u8; 8] {
    // With the sign turned over, negative numbers stand before positive ones.
    (number ^ i64::MIN).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_bytes_sort_like_the_numbers(one in any::<i64>(), other in any::<i64>()) {
            prop_assert_eq!(ascending(one).cmp(&ascending(other)), one.cmp(&other));
        }
    }
}
