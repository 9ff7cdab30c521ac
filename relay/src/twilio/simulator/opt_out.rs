//! The words that Twilio itself acts on, and what it answers (pure).
//!
//! Source: help.twilio.com, "Twilio support for opt-out keywords"; the lists of 2025 and later.

/// What a message that consists of one keyword asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Stop,
    Start,
    Help,
}

const STOP: [&str; 8] = [
    "stop",
    "stopall",
    "unsubscribe",
    "cancel",
    "end",
    "quit",
    "revoke",
    "optout",
];
const START: [&str; 3] = ["start", "yes", "unstop"];
const HELP: [&str; 2] = ["help", "info"];

impl Keyword {
    /// The keyword that `body` consists of; a body with more than the keyword is none.
    pub(super) fn of(body: &str) -> Option<Self> {
        let word = body.trim().to_lowercase();
        let is_in = |list: &[&str]| list.contains(&word.as_str());
        if is_in(&STOP) {
            Some(Self::Stop)
        } else if is_in(&START) {
            Some(Self::Start)
        } else if is_in(&HELP) {
            Some(Self::Help)
        } else {
            None
        }
    }

    /// `OptOutType` of the webhook.
    pub(super) const fn opt_out_type(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }

    /// What Twilio answers the person.
    pub(super) const fn answer(self) -> &'static str {
        match self {
            Self::Stop => {
                "You have successfully been unsubscribed. You will not receive any more messages \
                 from this number. Reply START to resubscribe."
            }
            Self::Start => {
                "You have successfully been re-subscribed to messages from this number. Reply HELP \
                 for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
            }
            Self::Help => "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_message_that_is_the_keyword_counts() {
        for (body, keyword) in [
            ("STOP", Some(Keyword::Stop)),
            (" stop\n", Some(Keyword::Stop)),
            ("OptOut", Some(Keyword::Stop)),
            ("Unstop", Some(Keyword::Start)),
            ("yes", Some(Keyword::Start)),
            ("Info", Some(Keyword::Help)),
            ("STOP PLEASE", None),
            ("stop.", None),
            ("", None),
        ] {
            assert_eq!(Keyword::of(body), keyword, "{body:?}");
        }
    }
}
