//! A conversation's place in the orders that no index has, as bytes that sort like it.

use super::Place;
use crate::model::listing::Sorting;

/// What an order by name needs, folded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) name: &'a str,
    pub(super) number: &'a str,
}

/// Where the last activity stands in a place: see [`super::super::records::place`].
const ACTIVITY: std::ops::Range<usize> = 8..16;

/// The place in an order, which ends in the conversation's id, from the place in that of the longest wait.
pub(super) fn key(sorting: Sorting, place: &[u8], named: Named<'_>) -> Place {
    let activity = place.get(ACTIVITY).unwrap_or_default();
    let id = place.get(ACTIVITY.end..).unwrap_or_default();
    match sorting {
        Sorting::LongestWait => place.to_vec(),
        Sorting::Newest => [activity, id].concat(),
        Sorting::Oldest => {
            let turned: Vec<u8> = activity.iter().map(|byte| !byte).collect();
            [&turned[..], id].concat()
        }
        // Whoever has no name stands behind all who have one. No folded text holds a zero byte, so
        // that a name stands before those that begin with it.
        Sorting::Name => {
            let name = named.name.trim();
            let (group, text) = match name.is_empty() {
                false => (0, name),
                true => (1, named.number),
            };
            [&[group], text.as_bytes(), &[0], id].concat()
        }
    }
}
