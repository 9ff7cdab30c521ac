//! Hostile input against everything that reads what others write: the inputs that are kept, and changes
//! of them. Always the same ones; `cargo run -p smsdesk-tests --bin fuzz` goes on from there.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

use smsdesk_tests::fuzz::{Limit, TARGETS, Target, attack, check, corpus, named, smaller, told};
use smsdesk_tests::tidy::root;
use std::collections::BTreeSet;

/// Another one finds other inputs; this one's hold.
const SEED: u64 = 20_260_101;

fn holds(name: &str) {
    let target = named(name).unwrap_or_else(|| panic!("there is no target {name}"));
    let kept = corpus(&root(), target).unwrap();
    let tried = attack(
        target,
        kept.into_values(),
        SEED,
        Limit::Tries(target.tries),
        |_| (),
    );
    let tried = tried.unwrap_or_else(|crash| panic!("{}", told(target, &smaller(target, crash))));
    // Whoever makes nothing of any input has not read it.
    assert!(
        tried.signs >= 5,
        "{name} makes {} things of all",
        tried.signs
    );
}

macro_rules! targets {
    ($($test:ident: $name:literal;)+) => {
        $(#[test]
        fn $test() {
            holds($name);
        })+

        #[test]
        fn every_target_is_tried_here() {
            let here: BTreeSet<_> = [$($name),+].into_iter().collect();
            let all: BTreeSet<_> = TARGETS.iter().map(|it| it.name).collect();
            assert_eq!(here, all);
        }
    };
}

targets! {
    no_form_breaks_a_webhook: "webhook";
    no_header_or_address_forges_a_signature: "signature";
    no_frame_or_record_breaks_either_side: "frames";
    no_answer_of_the_provider_breaks_the_relay: "provider";
    no_remote_text_reaches_a_terminal_unsafe: "safe-text";
    no_text_breaks_the_count_of_segments: "segments";
    no_number_breaks_the_phone_parser: "phone";
    no_template_breaks_what_fills_it_in: "template";
    no_filter_breaks_the_query_language: "filter";
    no_words_break_what_reads_times: "time";
    no_line_breaks_what_reads_commands: "command";
    no_file_breaks_either_configuration: "configuration";
    no_change_breaks_the_settings: "settings";
    no_text_of_rules_breaks_them: "rules";
    no_list_of_people_breaks_an_import: "list";
}

/// One that reads a number behind `n=` and cannot count beyond ninety-nine.
fn breaks_at_a_hundred(input: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(input);
    let digits = text.split_once("n=").map_or("", |(_, rest)| rest);
    let digits: String = digits.chars().take_while(char::is_ascii_digit).collect();
    assert!(
        digits.trim_start_matches('0').len() < 3,
        "it counts to ninety-nine"
    );
    digits.len() as u64
}

const BROKEN: Target = Target {
    name: "broken",
    doc: "one that breaks",
    words: &["n="],
    run: breaks_at_a_hundred,
    tries: 50_000,
};

#[test]
fn what_breaks_is_found_again_and_made_small() {
    let kept = || [b"abc n=1 def".to_vec()];
    let attack = || attack(&BROKEN, kept(), SEED, Limit::Tries(BROKEN.tries), |_| ());
    let crash = attack().expect_err("it breaks");
    assert_eq!(
        attack().expect_err("it breaks"),
        crash,
        "the same every time"
    );
    assert_eq!(crash.message, "it counts to ninety-nine");
    let small = smaller(&BROKEN, crash);
    assert_eq!(small.input.len(), "n=100".len(), "{:?}", small.input);
    assert!(check(&BROKEN, &small.input).is_err());
    assert!(told(&BROKEN, &small).contains("--bin fuzz -- broken --input"));
}
