//! The words for a relay that does not send, in as much room as there is.

use crate::model::list::PausedLines;

/// What to say while Twilio refuses an account; the longest that fits, the shortest where none does.
/// `waiting` texts wait for it.
pub(super) fn paused(lines: PausedLines, waiting: u32, room: usize) -> String {
    let PausedLines { paused, of, code } = lines;
    let some = if paused < of {
        format!(" on {paused} of {of} lines")
    } else {
        String::new()
    };
    let wait = wait(waiting);
    let choices = [
        format!("sending paused{some}: Twilio refuses the account ({code}){wait}"),
        format!("sending paused{some}: account refused ({code}){wait}"),
        format!("sending paused{some} ({code}){wait}"),
        format!("sending paused ({code}){wait}"),
    ];
    let fits = choices.iter().find(|words| words.chars().count() <= room);
    fits.unwrap_or(&choices[3]).clone()
}

/// What to say while everything is paused here.
pub(super) fn stopped(waiting: u32) -> String {
    format!("all sends are paused{}", wait(waiting))
}

fn wait(waiting: u32) -> String {
    match waiting {
        0 => String::new(),
        1 => "; 1 waits".to_owned(),
        many => format!("; {many} wait"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(paused: u32, of: u32) -> PausedLines {
        let code = 20_003;
        PausedLines { paused, of, code }
    }

    #[test]
    fn the_words_say_as_much_as_there_is_room_for() {
        for (room, words) in [
            (
                100,
                "sending paused: Twilio refuses the account (20003); 12 wait",
            ),
            (
                59,
                "sending paused: Twilio refuses the account (20003); 12 wait",
            ),
            (58, "sending paused: account refused (20003); 12 wait"),
            (47, "sending paused (20003); 12 wait"),
            (10, "sending paused (20003); 12 wait"),
        ] {
            assert_eq!(paused(lines(1, 1), 12, room), words);
        }
    }

    #[test]
    fn a_desk_that_still_sends_elsewhere_says_how_much_is_paused() {
        let words = paused(lines(1, 3), 1, 100);
        let expected =
            "sending paused on 1 of 3 lines: Twilio refuses the account (20003); 1 waits";
        assert_eq!(words, expected);
        assert_eq!(paused(lines(2, 2), 0, 38), "sending paused (20003)");
    }
}
