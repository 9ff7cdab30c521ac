//! What a person has said about being texted, and what follows from it for one line of ours.
//!
//! What was said may become known late and in any order: a webhook was lost, a list lags. So nothing
//! is "set": all of it is kept, and the newest counts, by when it was said.

use crate::phone::Address;
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether somebody may be texted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// They want texts again.
    In,
    /// They want no more. Of two things said at once this one counts.
    Out,
}

impl Consent {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::In, Self::Out]
            .into_iter()
            .find(|it| it.as_str() == text)
    }
}

/// How we came to know of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "OptOutMeans")]
pub enum Means {
    /// They texted a keyword.
    Keyword,
    /// The provider refused a text to them.
    Provider,
    /// A colleague wrote it down.
    Agent,
    /// In a way that only a later version knows.
    #[serde(other)]
    Unknown,
}

impl Means {
    /// The name in JSON and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Provider => "provider",
            Self::Agent => "agent",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Keyword, Self::Provider, Self::Agent, Self::Unknown]
            .into_iter()
            .find(|it| it.as_str() == text)
    }

    /// By what, in words that follow "opted out by".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Keyword => "STOP",
            Self::Provider => "the provider's word",
            Self::Agent => "a colleague",
            Self::Unknown => "other means",
        }
    }
}

/// One thing that was said, or learned, about texting one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// About which line of ours; none for all of them.
    pub line: Option<Address>,
    /// The messaging service that the line was part of: it holds for all of that.
    pub service: Option<Address>,
    /// What.
    pub consent: Consent,
    /// How.
    pub means: Means,
    /// When it was said, as well as that is known.
    pub at: Timestamp,
}

/// The line of ours that a text would go from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The line.
    pub line: &'a Address,
    /// The messaging service that it is part of, where that is known.
    pub service: Option<&'a Address>,
}

impl Scope<'_> {
    fn holds(&self, said: &Said) -> bool {
        let service = said.service.as_ref();
        said.line.as_ref().is_none_or(|line| line == self.line)
            || (service.is_some() && (service == self.service || service == Some(self.line)))
    }
}

/// What began it, where the person is opted out of a line by all that was `said` of their address;
/// none where they may be texted.
pub fn opted_out<'a>(said: &'a [Said], scope: Scope<'_>) -> Option<&'a Said> {
    let mut all: Vec<&Said> = said.iter().filter(|said| scope.holds(said)).collect();
    all.sort_by_key(|said| (said.at, said.consent));
    let mut out = None;
    for said in all {
        match said.consent {
            Consent::In => out = None,
            Consent::Out => out = out.or(Some(said)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn address(text: &str) -> Address {
        Address::from_twilio(text).unwrap()
    }

    fn said(line: Option<&str>, service: Option<&str>, consent: Consent, at: i64) -> Said {
        Said {
            line: line.map(address),
            service: service.map(address),
            consent,
            means: Means::Keyword,
            at: Timestamp::from_millis(at),
        }
    }

    fn is_out(history: &[Said], line: &str, service: Option<&str>) -> bool {
        let (line, service) = (address(line), service.map(address));
        let scope = Scope {
            line: &line,
            service: service.as_ref(),
        };
        opted_out(history, scope).is_some()
    }

    const A: &str = "+15557122661";
    const B: &str = "+15557122662";
    const MG: &str = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    #[test]
    fn a_stop_holds_for_its_line_its_service_or_all() {
        use Consent::Out;
        let of_line = [said(Some(A), None, Out, 1)];
        assert!(is_out(&of_line, A, None));
        assert!(!is_out(&of_line, B, None));
        let of_service = [said(Some(A), Some(MG), Out, 1)];
        assert!(is_out(&of_service, B, Some(MG)), "another of its numbers");
        assert!(is_out(&of_service, MG, None), "the service as a line");
        assert!(is_out(&of_service, A, None), "it left the service");
        assert!(!is_out(&of_service, B, None));
        assert!(is_out(&[said(None, None, Out, 1)], B, None));
    }

    #[test]
    fn the_newest_word_counts_and_of_two_at_once_the_stop() {
        use Consent::{In, Out};
        let history = [said(Some(A), None, Out, 5), said(Some(A), None, In, 7)];
        assert!(!is_out(&history, A, None));
        let late_found = [said(Some(A), None, In, 7), said(Some(A), None, Out, 5)];
        assert!(!is_out(&late_found, A, None), "by when it was said");
        let at_once = [said(Some(A), None, Out, 7), said(Some(A), None, In, 7)];
        assert!(is_out(&at_once, A, None));
        let one_line_back = [said(None, None, Out, 1), said(Some(A), None, In, 2)];
        assert!(!is_out(&one_line_back, A, None));
        assert!(is_out(&one_line_back, B, None), "only where they said so");
    }

    proptest! {
        #[test]
        fn the_order_and_the_number_of_times_of_hearing_it_never_matter(
            drawn in prop::collection::vec((0..3_usize, any::<bool>(), any::<bool>(), 0..6_i64), 0..8),
            twice in any::<prop::sample::Index>(),
        ) {
            let history: Vec<Said> = drawn
                .iter()
                .map(|(line, service, out, at)| {
                    let consent = if *out { Consent::Out } else { Consent::In };
                    let service = service.then_some(MG);
                    said([Some(A), Some(B), None][*line], service, consent, *at)
                })
                .collect();
            let mut shuffled: Vec<Said> = history.iter().rev().cloned().collect();
            if !history.is_empty() {
                shuffled.push(history[twice.index(history.len())].clone());
            }
            for (line, service) in [(A, None), (B, Some(MG)), (MG, None)] {
                prop_assert_eq!(is_out(&history, line, service), is_out(&shuffled, line, service));
            }
        }
    }
}
