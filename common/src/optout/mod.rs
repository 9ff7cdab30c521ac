//! STOP, START and HELP: what a text to us says about the person's consent.
//!
//! Exact keywords are obeyed, as Twilio and the carriers obey them; words of one's own are only a
//! suspicion that an agent decides upon. Nothing here stores or refuses anything.

mod consent;
mod wish;

use serde::{Deserialize, Serialize};

pub use self::consent::{Consent, Means, Said, Scope, opted_out};
pub use self::wish::plain_language_wish;
use crate::phone::{Address, NumberType};

/// Why a conversation is flagged whose customer may want no more texts: opting them out answers it.
pub const WISH: &str = "may want no more texts: :opt-out, or remove the flag";

/// What a person's text says about being texted.
///
/// Twilio answers each of them itself. No automation may answer as well: a text to someone who
/// has just opted out fails with error 21610.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptOutSignal {
    /// They want no more texts.
    Stop,
    /// They want texts again.
    Start,
    /// They ask for help.
    Help,
}

/// Twilio's default keywords (help article 223134027; `revoke` and `optout` since 2025).
const STOP_WORDS: [&str; 8] = [
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
];
const START_WORDS: [&str; 2] = ["start", "unstop"];
/// Opts in as well, except on a toll-free line: there the carrier's own block stands until START
/// or UNSTOP.
const START_WORD_NOT_TOLL_FREE: &str = "yes";
const HELP_WORDS: [&str; 2] = ["help", "info"];

impl OptOutSignal {
    /// Reads a text to `line`.
    ///
    /// Only a body that is nothing but a keyword counts, in any case, with spaces around it. `told` is
    /// what the provider made of it, where it says so; that wins over the body, for there the keywords
    /// and languages are configured at the provider.
    #[must_use]
    pub fn of(body: &str, told: Option<Self>, line: &Address) -> Option<Self> {
        told.or_else(|| Self::from_keyword(body, line))
    }

    fn from_keyword(body: &str, line: &Address) -> Option<Self> {
        let word = body.trim().to_lowercase();
        let word = word.as_str();
        if STOP_WORDS.contains(&word) {
            Some(Self::Stop)
        } else if HELP_WORDS.contains(&word) {
            Some(Self::Help)
        } else if START_WORDS.contains(&word)
            || (word == START_WORD_NOT_TOLL_FREE
                && line.number_type() != Some(NumberType::TollFree))
        {
            Some(Self::Start)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOCAL: &str = "+13055550142";
    const TOLL_FREE: &str = "+18004378950";

    fn read(body: &str, told: Option<OptOutSignal>, line: &str) -> Option<OptOutSignal> {
        OptOutSignal::of(body, told, &Address::from_twilio(line).unwrap())
    }

    #[test]
    fn a_text_that_is_a_keyword_is_a_signal() {
        use OptOutSignal::{Help, Start, Stop};
        for (body, signal) in [
            ("STOP", Some(Stop)),
            (" stop\n", Some(Stop)),
            ("Stopall", Some(Stop)),
            ("UNSUBSCRIBE", Some(Stop)),
            ("cancel", Some(Stop)),
            ("End", Some(Stop)),
            ("quit", Some(Stop)),
            ("REVOKE", Some(Stop)),
            ("OptOut", Some(Stop)),
            ("Start", Some(Start)),
            ("UNSTOP", Some(Start)),
            ("yes", Some(Start)),
            ("HELP", Some(Help)),
            ("info", Some(Help)),
            ("STOP PLEASE", None),
            ("Stop.", None),
            ("\"STOP\"", None),
            ("opt out", None),
            ("yes!", None),
            ("", None),
        ] {
            assert_eq!(read(body, None, LOCAL), signal, "{body:?}");
        }
    }

    #[test]
    fn yes_does_not_undo_a_stop_on_a_toll_free_line() {
        assert_eq!(read("YES", None, TOLL_FREE), None);
        assert_eq!(read("start", None, TOLL_FREE), Some(OptOutSignal::Start));
        assert_eq!(read("unstop", None, TOLL_FREE), Some(OptOutSignal::Start));
        assert_eq!(read("stop", None, TOLL_FREE), Some(OptOutSignal::Stop));
        assert_eq!(
            read("YES", Some(OptOutSignal::Start), TOLL_FREE),
            Some(OptOutSignal::Start)
        );
    }

    #[test]
    fn what_the_provider_says_wins_over_the_words() {
        use OptOutSignal::{Help, Stop};
        assert_eq!(read("ALTO", Some(Stop), LOCAL), Some(Stop));
        assert_eq!(read("cancel", Some(Help), LOCAL), Some(Help));
        assert_eq!(read("hello", None, LOCAL), None);
    }

    proptest! {
        #[test]
        fn case_and_outer_spaces_never_matter(
            word in prop::sample::select(STOP_WORDS.to_vec()),
            upper in prop::collection::vec(any::<bool>(), 11),
            spaces in "[ \\t\\r\\n]{0,3}",
        ) {
            let mixed: String = word
                .chars()
                .zip(upper)
                .map(|(c, upper)| if upper { c.to_ascii_uppercase() } else { c })
                .collect();
            let body = format!("{spaces}{mixed}{spaces}");
            prop_assert_eq!(read(&body, None, LOCAL), Some(OptOutSignal::Stop));
        }
    }
}
