//! Which life of the relay's database an answer belongs to, where a restore came in between.

use smsdesk_common::ids::Epoch;

/// What to do with the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filing {
    /// Note it as an answer of this life.
    Under(Option<Epoch>),
    /// Wait until the copy has started anew: the relay is in a life that the copy is not in yet, and
    /// a copy of the old one would prove that the text is lost.
    Wait,
}

/// Decides by what the answer says of itself (relays of the first version say nothing), by the
/// copy's life when the request was sent, and by its life now.
pub fn filing(said: Option<Epoch>, then: Option<Epoch>, now: Option<Epoch>) -> Filing {
    match said {
        // The copy has moved on meanwhile or not: it was the life before that was asked.
        None => Filing::Under(then.or(now)),
        Some(said) if now.is_none() || now == Some(said) => Filing::Under(Some(said)),
        Some(_) if now == then => Filing::Wait,
        // A late answer of a life that is over.
        Some(said) => Filing::Under(Some(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: Option<Epoch> = Some(Epoch(1));
    const NEW: Option<Epoch> = Some(Epoch(2));

    #[test]
    fn an_answer_is_filed_under_the_life_that_gave_it() {
        assert_eq!(filing(OLD, OLD, OLD), Filing::Under(OLD));
        assert_eq!(filing(NEW, NEW, NEW), Filing::Under(NEW));
        assert_eq!(filing(NEW, OLD, NEW), Filing::Under(NEW));
        assert_eq!(filing(OLD, OLD, NEW), Filing::Under(OLD), "it came late");
        assert_eq!(filing(NEW, None, None), Filing::Under(NEW));
    }

    #[test]
    fn an_answer_of_a_life_that_is_not_here_yet_waits_for_it() {
        assert_eq!(filing(NEW, OLD, OLD), Filing::Wait);
    }

    #[test]
    fn an_answer_that_says_nothing_belongs_to_the_life_that_was_asked() {
        assert_eq!(filing(None, OLD, OLD), Filing::Under(OLD));
        assert_eq!(filing(None, OLD, NEW), Filing::Under(OLD));
        assert_eq!(filing(None, None, NEW), Filing::Under(NEW));
    }
}
