//! Pages of lists, of both kinds that Twilio has: the API of 2010 and the later ones.

use crate::twilio::listed::Unreadable;
use serde_json::Value;

/// Longest address of a next page that is followed, in bytes. Twilio's have below 400.
const PLACE_BYTES_MAX: usize = 4 * 1024;

/// The address at which a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// The address in full.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingsPage<T> {
    /// Those that could be read.
    pub items: Vec<T>,
    /// Where it goes on.
    pub next: Option<Place>,
}

/// Reads the page of the list at `url` (its address without a query), whose items stand under
/// `key`. A page that goes on anywhere else is refused, for the next request carries our
/// credentials.
///
/// # Errors
/// It is no page, was cut off, or goes on elsewhere.
pub fn page<T>(
    body: &[u8],
    url: &str,
    key: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<HoldingsPage<T>, Unreadable> {
    let page: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let listed = page[key].as_array().ok_or(Unreadable)?;
    // The later ones have all of it in `meta`, with whole addresses.
    let next = match page.get("meta") {
        Some(meta) => &meta["next_page_url"],
        None => &page["next_page_uri"],
    };
    let next = match next {
        Value::Null => None,
        Value::String(next) => Some(place(next, url).ok_or(Unreadable)?),
        _ => return Err(Unreadable),
    };
    Ok(HoldingsPage {
        items: listed.iter().filter_map(read).collect(),
        next,
    })
}

/// The next page's address, where it is the list's own.
fn place(next: &str, url: &str) -> Option<Place> {
    let path = url.split_once("://")?.1.split_once('/')?.1;
    let relative = next.strip_prefix('/').and_then(|at| at.strip_prefix(path));
    let query = next.strip_prefix(url).or(relative)?.strip_prefix('?')?;
    let is_plain = query.bytes().all(|byte| byte.is_ascii_graphic());
    (is_plain && query.len() <= PLACE_BYTES_MAX).then(|| Place(format!("{url}?{query}")))
}
