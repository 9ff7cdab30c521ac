//! Twilio's lists: pages with the addresses of their neighbours.
//!
//! A token names a place between two items and the direction to read from it, so that a walk
//! meets every item once however many come or go meanwhile.

use super::error::ApiError;
use super::params::Params;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Items on a page that does not say how many.
const DEFAULT_SIZE: usize = 50;
/// Items on any page.
const MAX_SIZE: usize = 1000;

/// Where a page starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Anchor {
    /// At the newest item.
    Top,
    /// At the newest item older than this position.
    Below(u64),
    /// So that it ends with the oldest item newer than this position.
    Above(u64),
}

/// A page that is asked for.
#[derive(Debug)]
pub(super) struct PageRequest {
    number: usize,
    size: usize,
    anchor: Anchor,
    /// The other parameters of the query, as they go into neighbours' addresses.
    filters: String,
}

/// The items of a page, newest first, and whether there are others on either side.
#[derive(Debug)]
pub(super) struct Slice<T> {
    pub(super) items: Vec<T>,
    has_newer: bool,
    has_older: bool,
}

/// How a list's page names its neighbours.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'a> {
    /// By paths; this is the list's own.
    Of2010(&'a str),
    /// In `meta`, by whole addresses; these are what they start with, and the list's own path.
    Later(&'a str, &'a str),
}

impl PageRequest {
    /// Reads `PageSize`, `Page` and `PageToken`.
    ///
    /// # Errors
    /// A token that this simulator did not make, or a page other than the first without one.
    pub(super) fn parse(params: &Params) -> Result<Self, ApiError> {
        let number = params
            .get("Page")
            .map_or(Ok(0), str::parse)
            .map_err(|_| bad_page())?;
        let size = params.get("PageSize").and_then(|size| size.parse().ok());
        let anchor = match params.get("PageToken") {
            Some(token) => parse_token(token).ok_or_else(bad_page)?,
            None if number > 0 => return Err(bad_page()),
            None => Anchor::Top,
        };
        Ok(Self {
            number,
            size: size.unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE),
            anchor,
            filters: params.query_without(&["PageSize", "Page", "PageToken"]),
        })
    }

    /// Cuts the page out of all matching items, which come newest first.
    pub(super) fn cut<T>(
        &self,
        items: impl Iterator<Item = T>,
        position: impl Fn(&T) -> u64,
    ) -> Slice<T> {
        let mut page = VecDeque::new();
        let (mut has_newer, mut has_older) = (false, false);
        for item in items {
            let at = position(&item);
            match self.anchor {
                Anchor::Below(mark) if at >= mark => has_newer = true,
                Anchor::Above(mark) if at <= mark => {
                    has_older = true;
                    break;
                }
                Anchor::Above(_) => {
                    page.push_back(item);
                    if page.len() > self.size {
                        page.pop_front();
                        has_newer = true;
                    }
                }
                Anchor::Top | Anchor::Below(_) if page.len() < self.size => page.push_back(item),
                Anchor::Top | Anchor::Below(_) => {
                    has_older = true;
                    break;
                }
            }
        }
        Slice {
            items: page.into(),
            has_newer,
            has_older,
        }
    }

    /// The reply for a list of a kind whose items stand under `key`.
    pub(super) fn reply<T>(
        &self,
        kind: Kind<'_>,
        key: &str,
        slice: &Slice<T>,
        position: impl Fn(&T) -> u64,
        to_json: impl Fn(&T) -> Value,
    ) -> Value {
        let address = match kind {
            Kind::Of2010(path) => path.to_owned(),
            Kind::Later(base, path) => format!("{base}{path}"),
        };
        let path = address.as_str();
        let ends = slice.items.first().zip(slice.items.last());
        let (newest, oldest) = ends.map_or((None, None), |(first, last)| {
            (Some(position(first)), Some(position(last)))
        });
        let next = oldest
            .filter(|_| slice.has_older)
            .map(|at| self.uri(path, self.number + 1, &format!("&PageToken=PA{at:032x}")));
        let previous = newest.filter(|_| slice.has_newer).map(|at| {
            let token = format!("&PageToken=PB{at:032x}");
            self.uri(path, self.number.saturating_sub(1), &token)
        });
        let start = self.number.saturating_mul(self.size);
        let own_token = match self.anchor {
            Anchor::Top => String::new(),
            Anchor::Below(at) => format!("&PageToken=PA{at:032x}"),
            Anchor::Above(at) => format!("&PageToken=PB{at:032x}"),
        };
        let items: Vec<_> = slice.items.iter().map(to_json).collect();
        let (first, own) = (
            self.uri(path, 0, ""),
            self.uri(path, self.number, &own_token),
        );
        if let Kind::Later(..) = kind {
            return json!({
                "meta": {
                    "first_page_url": first,
                    "key": key,
                    "next_page_url": next,
                    "page": self.number,
                    "page_size": self.size,
                    "previous_page_url": previous,
                    "url": own,
                },
                key: items,
            });
        }
        json!({
            "first_page_uri": first,
            "end": start.saturating_add(slice.items.len()).saturating_sub(1).max(start),
            "previous_page_uri": previous,
            "uri": own,
            "page_size": self.size,
            "start": start,
            "next_page_uri": next,
            "page": self.number,
            key: items,
        })
    }

    fn uri(&self, path: &str, number: usize, token: &str) -> String {
        let separator = if self.filters.is_empty() { "" } else { "&" };
        let (filters, size) = (&self.filters, self.size);
        format!("{path}?{filters}{separator}PageSize={size}&Page={number}{token}")
    }
}

fn parse_token(token: &str) -> Option<Anchor> {
    let at = u64::from_str_radix(token.get(2..)?, 16).ok()?;
    match &token[..2] {
        "PA" => Some(Anchor::Below(at)),
        "PB" => Some(Anchor::Above(at)),
        _ => None,
    }
}

fn bad_page() -> ApiError {
    ApiError::bad(
        20001,
        "Page and PageToken have to come from a page's own addresses",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(query: &str, newest_first: &[u64]) -> Value {
        let request = PageRequest::parse(&Params::parse(query.as_bytes())).unwrap();
        let slice = request.cut(newest_first.iter().copied(), |at| *at);
        request.reply(
            Kind::Of2010("/M.json"),
            "items",
            &slice,
            |at| *at,
            |at| json!(at),
        )
    }

    fn query(uri: &Value) -> Option<String> {
        Some(uri.as_str()?.split_once('?').unwrap().1.to_owned())
    }

    fn items(page: &Value) -> Vec<u64> {
        serde_json::from_value(page["items"].clone()).unwrap()
    }

    #[test]
    fn an_empty_list_is_one_page_without_neighbours() {
        let empty = page("To=%2B1", &[]);
        assert_eq!(items(&empty), [0_u64; 0]);
        assert!(empty["next_page_uri"].is_null() && empty["previous_page_uri"].is_null());
        assert_eq!(empty["uri"], "/M.json?To=%2B1&PageSize=50&Page=0");
    }

    #[test]
    fn a_page_that_was_never_offered_is_refused() {
        for query in [
            "Page=1",
            "PageToken=x",
            "PageToken=PAxyz",
            "PageToken=QA1",
            "Page=-1",
        ] {
            assert!(
                PageRequest::parse(&Params::parse(query.as_bytes())).is_err(),
                "{query}"
            );
        }
    }

    #[test]
    fn the_way_back_leads_to_the_first_page() {
        let all = [9, 7, 5, 3, 1];
        let first = page("PageSize=2", &all);
        let second = page(&query(&first["next_page_uri"]).unwrap(), &all);
        assert_eq!(items(&second), [5, 3]);
        let back = page(&query(&second["previous_page_uri"]).unwrap(), &all);
        assert_eq!(items(&back), [9, 7]);
        assert_eq!(back["page"], 0);
        assert!(back["previous_page_uri"].is_null());
        assert!(!back["next_page_uri"].is_null());
    }

    proptest! {
        #[test]
        fn walking_meets_every_item_once_while_others_come_and_go(
            count in 0_u64..40,
            size in 1_usize..7,
            gone in proptest::collection::vec(0_u64..40, 0..6),
        ) {
            let mut all: Vec<u64> = (0..count).rev().collect();
            let mut met = Vec::new();
            let mut next = Some(format!("PageSize={size}"));
            let mut newest = 1000;
            let mut gone = gone.into_iter();
            while let Some(query_text) = next {
                let page = page(&query_text, &all);
                met.extend(items(&page));
                // Between two pages a newer item comes and one that was met already goes.
                all.insert(0, newest);
                newest += 1;
                let leaves = gone.next().filter(|at| met.contains(at));
                all.retain(|at| Some(*at) != leaves);
                next = query(&page["next_page_uri"]);
            }
            prop_assert_eq!(met, (0..count).rev().collect::<Vec<_>>());
        }
    }
}
