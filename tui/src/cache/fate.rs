//! When a request of this device leaves the outbox: the whole rule, from what is known of the
//! request and of the copy of the records.
//!
//! Positions belong to one life of the relay's database. A position of another life proves nothing.

use smsdesk_common::ids::{Epoch, Seq};

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RequestKind {
    /// Send a text; answered with its entry, which carries the request's id.
    Send,
    /// Note how far I have read; answered with the read marker.
    Read,
    /// Change a conversation; answered with the conversation. Where it changed something, an entry
    /// with the request's id tells of it, at a position below the conversation's.
    Patch,
    /// Write a note among colleagues; answered with its entry, which carries the request's id.
    Note,
    /// Change a text that waits for its time; answered with its entry. As for a patch, an entry with
    /// the request's id tells of it, below the text's new position.
    Timed,
    /// Say something about a contact; answered with the contact.
    Contact,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Send,
        Self::Read,
        Self::Patch,
        Self::Note,
        Self::Timed,
        Self::Contact,
    ];

    /// The name in the outbox.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Read => "read",
            Self::Patch => "patch",
            Self::Note => "note",
            Self::Timed => "timed",
            Self::Contact => "contact",
        }
    }

    /// Reads [`Self::as_str`]'s names.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What the relay said to a request that it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Where the record stood that it answered with.
    pub seq: Seq,
    /// The life of the relay's database at that moment, where it was known.
    pub epoch: Option<Epoch>,
}

/// Which part of the feed this device has: every change in `(low, high]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The life of the relay's database that the positions belong to.
    pub epoch: Epoch,
    /// What is older is still to be fetched; zero where nothing is.
    pub low: Seq,
    /// What is newer is still to come.
    pub high: Seq,
    /// Where the relay stood when it read the newest page of the history that is here.
    pub read_at: Seq,
}

impl Part {
    /// Whether every record that the relay had at `high` is here. What was touched between `high`
    /// and `read_at` is in no page of the history, and comes with the live feed.
    fn is_whole(self) -> bool {
        self.low == Seq::ZERO && self.read_at <= self.high
    }
}

/// Where the records stand that tell of a request, in this device's copy; deleted ones count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The entry with the request's id.
    pub entry: Option<Seq>,
    /// The record that the request changes: the conversation, the contact, or the text that waits for
    /// its time.
    pub conversation: Option<Seq>,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It has not come back yet: it is shown and, where it was not answered, sent (again).
    Stays,
    /// The records show what it asked for.
    Leaves,
    /// The relay took it and no longer knows it; only its author can say what now.
    Lost,
    /// The relay took it and no longer knows it; asking again harms nobody.
    Again,
}

/// Decides. `answer` is none while the relay has not answered, `part` before the first connection.
pub fn fate(kind: RequestKind, answer: Option<Answer>, part: Option<Part>, held: Held) -> Fate {
    match kind {
        RequestKind::Send => send(answer, part, held),
        RequestKind::Read => read(answer, part),
        RequestKind::Patch | RequestKind::Timed | RequestKind::Contact => patch(answer, part, held),
        RequestKind::Note => note(answer, part, held),
    }
}

/// A text's record has its id, so that it alone proves it, whether or not an answer came.
fn send(answer: Option<Answer>, part: Option<Part>, held: Held) -> Fate {
    if held.entry.is_some() {
        return Fate::Leaves;
    }
    match (answer, part) {
        // Only a whole copy of another life proves that a record is missing. In the same life it
        // comes: one that was touched again since has moved on in the feed, beyond what is here.
        (Some(answer), Some(part)) if answer.epoch != Some(part.epoch) && part.is_whole() => {
            Fate::Lost
        }
        _ => Fate::Stays,
    }
}

fn read(answer: Option<Answer>, part: Option<Part>) -> Fate {
    match (answer, part) {
        (Some(answer), Some(part))
            if answer.epoch != Some(part.epoch) || part.high >= answer.seq =>
        {
            Fate::Leaves
        }
        _ => Fate::Stays,
    }
}

/// A patch leaves once the conversation's record is one that has it, so that the screen never shows
/// the state before: the feed may bring its entry earlier, and what is passed of the feed may lack
/// a conversation that was touched again since.
fn patch(answer: Option<Answer>, part: Option<Part>, held: Held) -> Fate {
    let told = held.entry.is_some() && held.conversation > held.entry;
    if told {
        return Fate::Leaves;
    }
    let (Some(answer), Some(part)) = (answer, part) else {
        return Fate::Stays;
    };
    let leaves = if answer.epoch == Some(part.epoch) {
        held.conversation >= Some(answer.seq)
    } else {
        // The relay had taken it in a life that is over. What it knows now is what counts.
        held.conversation.is_some() || part.is_whole()
    };
    if leaves { Fate::Leaves } else { Fate::Stays }
}

/// As [`send`]; but no customer can read a note twice, and its id keeps it from being stored twice.
fn note(answer: Option<Answer>, part: Option<Part>, held: Held) -> Fate {
    match send(answer, part, held) {
        Fate::Lost => Fate::Again,
        fate => fate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THIS: Epoch = Epoch(1);
    const OTHER: Epoch = Epoch(2);

    const fn part(low: u64, high: u64) -> Option<Part> {
        Some(Part {
            epoch: THIS,
            low: Seq(low),
            high: Seq(high),
            read_at: Seq::ZERO,
        })
    }

    const fn answer(seq: u64, epoch: Epoch) -> Option<Answer> {
        Some(Answer {
            seq: Seq(seq),
            epoch: Some(epoch),
        })
    }

    fn held(entry: Option<u64>, conversation: Option<u64>) -> Held {
        Held {
            entry: entry.map(Seq),
            conversation: conversation.map(Seq),
        }
    }

    #[test]
    fn what_was_not_answered_stays_until_its_record_is_here() {
        for kind in RequestKind::ALL {
            let nothing = Held::default();
            assert_eq!(fate(kind, None, None, nothing), Fate::Stays, "{kind:?}");
            assert_eq!(fate(kind, None, part(0, 9), nothing), Fate::Stays);
        }
        let send = |held| fate(RequestKind::Send, None, part(0, 9), held);
        assert_eq!(send(held(Some(3), None)), Fate::Leaves);
        let patch = |held| fate(RequestKind::Patch, None, part(0, 9), held);
        assert_eq!(patch(held(Some(3), Some(4))), Fate::Leaves);
        assert_eq!(
            patch(held(Some(3), Some(2))),
            Fate::Stays,
            "the state before"
        );
        assert_eq!(patch(held(Some(3), None)), Fate::Stays);
        assert_eq!(patch(held(None, Some(8))), Fate::Stays);
    }

    #[test]
    fn an_answered_patch_waits_for_a_conversation_that_has_it() {
        let patch = |held, part| fate(RequestKind::Patch, answer(5, THIS), part, held);
        assert_eq!(patch(held(None, Some(4)), part(0, 4)), Fate::Stays);
        // The conversation was touched again at 7: up to 6 there is only its former state.
        assert_eq!(patch(held(None, Some(4)), part(0, 6)), Fate::Stays);
        assert_eq!(patch(held(None, Some(7)), part(0, 7)), Fate::Leaves);
        assert_eq!(patch(held(None, Some(5)), part(3, 5)), Fate::Leaves);
        assert_eq!(patch(held(None, None), part(5, 6)), Fate::Stays);
    }

    #[test]
    fn a_patch_that_a_former_life_took_is_let_go_and_not_asked_again() {
        let patch = |held, part| fate(RequestKind::Patch, answer(50, OTHER), part, held);
        assert_eq!(patch(held(None, None), part(9, 9)), Fate::Stays);
        assert_eq!(patch(held(None, Some(2)), part(1, 9)), Fate::Leaves);
        assert_eq!(patch(held(None, None), part(0, 9)), Fate::Leaves);
    }

    #[test]
    fn a_text_that_a_former_life_took_is_lost_once_the_whole_history_lacks_it() {
        let send = |held, part| fate(RequestKind::Send, answer(50, OTHER), part, held);
        assert_eq!(send(held(None, None), part(1, 9)), Fate::Stays);
        assert_eq!(send(held(None, None), part(0, 9)), Fate::Lost);
        assert_eq!(send(held(Some(3), None), part(0, 9)), Fate::Leaves);
    }

    #[test]
    fn a_note_that_a_former_life_took_is_written_again_once_the_whole_history_lacks_it() {
        let note = |held, part| fate(RequestKind::Note, answer(50, OTHER), part, held);
        assert_eq!(note(held(None, None), part(1, 9)), Fate::Stays);
        assert_eq!(note(held(None, None), part(0, 9)), Fate::Again);
        assert_eq!(note(held(Some(3), None), part(0, 9)), Fate::Leaves);
        let same = fate(
            RequestKind::Note,
            answer(5, THIS),
            part(0, 7),
            held(None, None),
        );
        assert_eq!(same, Fate::Stays, "it has moved on in the feed");
    }

    #[test]
    fn a_history_that_was_read_later_than_the_feed_has_come_proves_nothing_missing() {
        let part = |read_at| {
            part(0, 9).map(|part| Part {
                read_at: Seq(read_at),
                ..part
            })
        };
        let send = |part| fate(RequestKind::Send, answer(50, OTHER), part, Held::default());
        assert_eq!(send(part(10)), Fate::Stays);
        assert_eq!(send(part(9)), Fate::Lost);
        let patch = |part| fate(RequestKind::Patch, answer(50, OTHER), part, Held::default());
        assert_eq!(patch(part(10)), Fate::Stays);
        assert_eq!(patch(part(9)), Fate::Leaves);
    }

    #[test]
    fn a_text_that_has_moved_on_in_the_feed_is_not_taken_for_lost() {
        // Its delivery was noted at 9, which the next batch brings.
        let fate = fate(
            RequestKind::Send,
            answer(5, THIS),
            part(0, 7),
            Held::default(),
        );
        assert_eq!(fate, Fate::Stays);
    }

    #[test]
    fn a_place_in_reading_leaves_once_the_feed_has_passed_its_answer() {
        let read = |epoch, part| fate(RequestKind::Read, answer(5, epoch), part, Held::default());
        assert_eq!(read(THIS, part(4, 4)), Fate::Stays);
        assert_eq!(read(THIS, part(4, 5)), Fate::Leaves);
        assert_eq!(read(OTHER, part(4, 4)), Fate::Leaves);
    }
}
