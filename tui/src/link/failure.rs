//! Why a call to the relay did not do what was asked, and whether to ask again. Knows no network.

use smsdesk_common::api::{ErrorCode, Problem};
use std::time::Duration;

/// Why a call did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No answer; says why.
    Unreachable(String),
    /// The relay answered that it cannot do anything now.
    Busy {
        /// In words.
        words: String,
        /// How long it asked to wait.
        retry_after: Option<Duration>,
    },
    /// This call went wrong for now, which says nothing about others; says how.
    Faulty(String),
    /// The relay will never do this.
    Refused(Problem),
    /// The relay does not accept the token; says why.
    SignedOut(String),
}

impl Failure {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Unreachable(words)
            | Self::Busy { words, .. }
            | Self::Faulty(words)
            | Self::SignedOut(words) => words.clone(),
            Self::Refused(problem) => problem_words(problem),
        }
    }
}

/// What an answer that is no success means. Without a problem in its body, something between us
/// and the relay has answered, and nothing that it says is for good.
pub fn judge(status: u16, problem: Option<Problem>, retry_after: Option<Duration>) -> Failure {
    let Some(problem) = problem else {
        let words = format!("something before the relay answers with HTTP status {status}");
        return match status {
            429 | 502..=504 => Failure::Busy { words, retry_after },
            _ => Failure::Faulty(words),
        };
    };
    let words = problem_words(&problem);
    match problem.code {
        code if code.is_token_refusal() => Failure::SignedOut(words),
        ErrorCode::RateLimited | ErrorCode::StoreUnavailable | ErrorCode::Busy => {
            Failure::Busy { words, retry_after }
        }
        code if code.is_temporary() || status >= 500 => Failure::Faulty(words),
        _ => Failure::Refused(problem),
    }
}

/// A problem as an agent reads it.
fn problem_words(problem: &Problem) -> String {
    let title = if problem.title.is_empty() {
        problem.code.title()
    } else {
        &problem.title
    };
    if problem.detail.is_empty() {
        title.to_owned()
    } else {
        format!("{title}: {}", problem.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_relay_itself_can_refuse_for_good() {
        for status in [400, 401, 403, 404, 409, 413, 500, 302] {
            let failure = judge(status, None, None);
            assert!(
                matches!(failure, Failure::Faulty(_)),
                "{status}: {failure:?}"
            );
        }
        for status in [429, 502, 503, 504] {
            assert!(
                matches!(judge(status, None, None), Failure::Busy { .. }),
                "{status}"
            );
        }
    }

    #[test]
    fn every_code_is_waited_out_or_given_up_as_its_meaning_says() {
        for code in ErrorCode::ALL {
            let failure = judge(code.status(), Some(Problem::new(*code, "x")), None);
            match failure {
                Failure::SignedOut(_) => assert!(code.is_token_refusal(), "{code:?}"),
                Failure::Busy { .. } | Failure::Faulty(_) => {
                    assert!(code.is_temporary(), "{code:?}");
                }
                Failure::Refused(_) => {
                    assert!(!code.is_temporary() && !code.is_token_refusal(), "{code:?}");
                }
                Failure::Unreachable(_) => panic!("{code:?} was an answer"),
            }
        }
    }

    #[test]
    fn a_code_of_a_later_relay_is_judged_by_its_status() {
        let problem = |status| {
            Some(Problem {
                status,
                ..Problem::new(ErrorCode::Unknown, "")
            })
        };
        assert!(matches!(
            judge(409, problem(409), None),
            Failure::Refused(_)
        ));
        assert!(matches!(judge(507, problem(507), None), Failure::Faulty(_)));
    }
}
