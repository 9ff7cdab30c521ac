//! A filter as it is typed, key by key: what cannot be read yet is looked for as it stands.

use super::parse::Reader;
use super::{FILTER_CHARACTERS_MAX, FILTER_TERMS_MAX, Filter, FilterError, Needle, Sense, Test};

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// What every hit must be.
    pub filter: Filter,
    /// Why a part of it was taken literally, where one was.
    pub odd: Option<FilterError>,
}

impl Search {
    /// Reads what was typed. There is no wrong search: an unknown key, a quote without its other
    /// one, a lone minus are words like any others; what goes beyond a filter's limits is left out.
    pub fn read(text: &str) -> Self {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        let text: String = text
            .chars()
            .map(plain)
            .take(FILTER_CHARACTERS_MAX)
            .collect();
        let mut reader = Reader::new(&text);
        let mut search = Self::default();
        while let Some((term, odd)) = reader.term_or_word() {
            if search.filter.terms.len() == FILTER_TERMS_MAX {
                break;
            }
            search.filter.terms.push(term);
            search.odd = search.odd.or(odd);
        }
        search
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.filter.is_nothing()
    }
}

impl Filter {
    /// Whether nothing in it tells one entry from another: no term, or only ones without a letter,
    /// digit or sign.
    pub fn is_nothing(&self) -> bool {
        self.terms.iter().all(|term| match &term.test {
            Test::Words(words) => Needle::new(words).is_none(),
            _ => false,
        })
    }

    /// The words that must stand in an entry, or must not, as they are looked for there.
    pub fn needles(&self, sense: Sense) -> Vec<Needle> {
        let terms = self.terms.iter().filter(|term| term.sense == sense);
        terms
            .filter_map(|term| match &term.test {
                Test::Words(words) => Needle::new(words),
                _ => None,
            })
            .collect()
    }
}
