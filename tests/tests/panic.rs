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

#[test]
fn a_panic_of_the_app_names_its_place_and_nobodys_words() {
    let program = env!("CARGO_BIN_EXE_panic-under-test");
    let environment = [("WORDS", "canary +12394260151")];
    let desk = Pty::start(program, &[], &environment, (80, 24));
    desk.sees("its words may be private");
    desk.sees("panic-under-test.rs:");
    let written = String::from_utf8_lossy(&desk.bytes()).into_owned();
    for private in ["canary", "2394260151", "no boundary"] {
        assert!(!written.contains(private), "{written:?}");
    }
    assert_eq!(desk.ends(), (101, true));
}
