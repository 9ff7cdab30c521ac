//! A panic gives the terminal back before it says anything.

use smsdesk_tests::pty::Pty;

#[test]
fn the_words_of_a_panic_stand_on_a_terminal_that_was_given_back() {
    let program = env!("CARGO_BIN_EXE_panic-under-test");
    let desk = Pty::start(program, &[], &[], (80, 24));
    desk.sees("on purpose");
    let written = String::from_utf8_lossy(&desk.bytes()).into_owned();
    let left = written.find("\u{1b}[?1049l").unwrap();
    assert!(left < written.find("on purpose").unwrap(), "{written:?}");
    assert_eq!(desk.ends(), (101, true));
}
