use super::*;
use proptest::prelude::*;

fn errors(text: &str) -> Vec<String> {
    let errors = parse(text).expect_err("it reads well");
    errors.iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_is_read() {
    let text = r#"
[[rule]]
name = "Büro"
enabled = false
priority = 7
any = ["hello there", "hi"]
whole = "ok"
lines = ["+15557122661"]
hours = { from = "08:30", to = "18:00", days = ["mon", "fri"], zone = "Europe/Berlin" }
first_contact_only = true
reply = { template = "welcome" }
flag = "new"
label = ["b", "a"]
assign = "Ana"
snooze = "2h"
stop = true
"#;
    let rule = rules(text).remove(0);
    let expected = Definition {
        name: "Büro".to_owned(),
        enabled: false,
        priority: 7,
        any: vec!["hello there".to_owned(), "hi".to_owned()],
        whole: vec!["ok".to_owned()],
        lines: vec!["+15557122661".to_owned()],
        hours: Some(Hours::Window(Window {
            from: 510,
            to: 1080,
            days: vec!["mon".to_owned(), "fri".to_owned()],
            zone: "Europe/Berlin".to_owned(),
        })),
        first_contact_only: true,
        reply: Some(Reply::Template("welcome".to_owned())),
        flag: Some("new".to_owned()),
        labels: vec!["a".to_owned(), "b".to_owned()],
        assign: Some("Ana".to_owned()),
        snooze_minutes: Some(120),
        stop: true,
    };
    assert_eq!(rule, expected);
    let json = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<Definition>(&json).unwrap(), rule);
}

/// Texts with something wrong in them, each with the beginning of what is told.
const WRONG: &[(&str, &str)] = &[
    ("[[rule]\n", "line 1, column 8: "),
    (
        "rules = 1\n",
        "line 1, column 1: `rules`: is not known; expected `[[rule]]`",
    ),
    (
        "[rule]\nname = \"a\"\n",
        "line 1, column 2: `rule`: expected a head of `[[rule]]`",
    ),
    (
        "rule = [{ name = \"a\" }]\n",
        "line 1, column 9: `rule`: write each rule under",
    ),
    (
        "[[rule]]\nflag = \"x\"\nany = [\"a\"]\n",
        "line 1, column 1: `name`: is missing",
    ),
    (
        "[[rule]]\nname = \"a\"\nflag = \"x\"\n",
        "line 1, column 1: `any`: is missing",
    ),
    (
        "[[rule]]\nname = \"a\"\nany = [\"x\"]\n",
        "line 1, column 1: the rule does nothing",
    ),
    (
        "[[rule]]\n  kewords = []\n",
        "line 2, column 3: `kewords`: is not known; expected one of name,",
    ),
    (
        "[[rule]]\npriority = 0\n",
        "line 2, column 12: `priority`: expected a whole number from 1",
    ),
    (
        "[[rule]]\npriority = \"1\"\n",
        "line 2, column 12: `priority`: expected a whole number",
    ),
    (
        "[[rule]]\nany = [\"é\", 5]\n",
        "line 2, column 13: `any`: expected a word",
    ),
    (
        "[[rule]]\nany = [\"!\"]\n",
        "line 2, column 8: `any`: \"!\" is none, expected a word",
    ),
    (
        "[[rule]]\nany = []\n",
        "line 2, column 7: `any`: expected a list of 1 to 100 texts",
    ),
    (
        "[[rule]]\nstop = 1\n",
        "line 2, column 8: `stop`: expected true or false",
    ),
    (
        "[[rule]]\nhours = \"noon\"\n",
        "line 2, column 9: `hours`: expected \"business\"",
    ),
    (
        "[[rule]]\nhours = { from = \"8\", to = \"25:00\", zone = \"Mars\" }\n",
        "line 2, column 18: `hours.from`: \"8\" is none, expected a time of day",
    ),
    (
        "[[rule]]\nhours = { from = \"08:00\" }\n",
        "line 2, column 9: `hours`: expected `from`, `to` and `zone`",
    ),
    (
        "[[rule]]\nreply = \"{{ a\"\n",
        "line 2, column 9: `reply`: ",
    ),
    (
        "[[rule]]\nreply = { words = \"a\" }\n",
        "line 2, column 11: `reply.words`: is not known",
    ),
    (
        "[[rule]]\nsnooze = \"soon\"\n",
        "line 2, column 10: `snooze`: \"soon\" is none",
    ),
    (
        "[[rule]]\nlines = [\"+1\"]\n",
        "line 2, column 10: `lines`: \"+1\" is none",
    ),
    (
        "[[rule]]\nflag = \"\"\n",
        "line 2, column 8: `flag`: is empty",
    ),
    (
        "[[rule]]\nname = \" a\"\n",
        "line 2, column 8: `name`: expected 1 to 60",
    ),
];

#[test]
fn what_is_wrong_is_told_with_line_column_key_and_what_was_expected() {
    for (text, expected) in WRONG {
        let errors = errors(text);
        let found = errors.iter().any(|error| error.starts_with(expected));
        assert!(found, "{text}\nexpected {expected}\n{errors:?}");
    }
}

#[test]
fn a_machine_answers_where_a_rule_says_so_and_no_rule_has_two_answers() {
    let rule = |rest: &str| format!("[[rule]]\nname = \"a\"\nany = \"x\"\n{rest}\n");
    let read = parse(&rule("reply_ai = true")).unwrap();
    assert_eq!(read[0].definition.reply, Some(Reply::Ai));
    let both = errors(&rule("reply_ai = true\nreply = \"ok\""));
    assert!(
        both[0].contains("`reply` and `reply_ai` stand together"),
        "{both:?}"
    );
    let neither = errors(&rule("reply_ai = false"));
    assert!(neither[0].contains("the rule does nothing"), "{neither:?}");
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_two_rules_have_two_names() {
    let text = "[[rule]]\nname = 1\nstop = 2\n\n[[rule]]\nfoo = 3\n";
    assert_eq!(errors(text).len(), 3);
    let rule = |name: &str| format!("[[rule]]\nname = \"{name}\"\nany = \"x\"\nstop = true\n");
    let text = format!("{}{}", rule("Straße"), rule("STRASSE"));
    let expected = "line 5, column 1: `name`: the rule in line 1 has that name already";
    assert_eq!(errors(&text), [expected]);
}

#[test]
fn no_more_rules_are_read_than_can_be_held_against_every_text() {
    let rule = |n| format!("[[rule]]\nname = \"{n}\"\nany = \"x\"\nstop = true\n");
    let most: String = (0..RULES_MAX).map(rule).collect();
    assert_eq!(parse(&most).unwrap().len(), RULES_MAX);
    let more = most + &rule(RULES_MAX);
    assert!(errors(&more)[0].contains("expected at most 200"));
    assert!(errors(&"#".repeat(TEXT_BYTES_MAX + 1))[0].contains("bytes of rules"));
}

#[test]
fn the_rules_to_begin_with_read_well_and_do_not_get_in_each_others_way() {
    let read = parse(SEEDS).unwrap();
    let names: Vec<_> = read.iter().map(|it| it.definition.name.as_str()).collect();
    assert_eq!(names, ["help", "documents", "status", "confirmed"]);
    assert_eq!(conflicts(&read), []);
    for rule in &read {
        if let Some(Reply::Text(words)) = &rule.definition.reply {
            let counted = crate::segments::Segments::of(words);
            assert_eq!(counted.segments, 1, "{words}");
            assert_eq!(counted.encoding, crate::segments::Encoding::Gsm7, "{words}");
        }
    }
}

/// Rules with remarks and strings that look like rules.
const ODD: &str = r##"# above all

[[rule]] # the first
name = "one"
any = ["a",
  "b"] # behind
reply = """
[[rule]]
enabled = true
# no remark"""
# of two
[[rule]]
enabled = false # for now
name = "two"
first_contact_only = true
stop = true
[rule.hours]
from = "08:00"
to = "09:00"
zone = "UTC"

# at the end"##;

#[test]
fn the_parts_of_the_rules_are_the_text_and_each_reads_alone() {
    for text in [ODD, SEEDS] {
        let read = parse(text).unwrap();
        let parts: String = read.iter().map(|rule| rule.source.as_str()).collect();
        assert_eq!(parts, text);
        for rule in &read {
            let alone = parse(&rule.source).unwrap();
            assert_eq!(alone.len(), 1);
            assert_eq!(alone[0].definition, rule.definition);
        }
    }
    let read = parse(ODD).unwrap();
    assert!(read[0].source.ends_with("# no remark\"\"\"\n"));
    assert!(read[1].source.starts_with("# of two\n"));
    assert_eq!([read[0].line, read[1].line], [3, 12]);
}

#[test]
fn a_rule_is_switched_and_the_rest_stays_as_it_was_written() {
    let off = set_enabled(ODD, "ONE", false).unwrap();
    assert!(off.contains("[[rule]] # the first\nenabled = false\nname"));
    assert_eq!(
        set_enabled(&off, "one", true).unwrap().lines().count(),
        off.lines().count()
    );
    let on = set_enabled(ODD, "two", true).unwrap();
    assert_eq!(
        on,
        ODD.replace("enabled = false # for now", "enabled = true # for now")
    );
    assert_eq!(set_enabled(ODD, "two", false).unwrap(), ODD);
    assert_eq!(set_enabled(ODD, "three", true), None);
    assert_eq!(set_enabled("[[", "one", true), None);
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,80}|(\\[\\[rule\\]\\]\n|name = |any = |\"a\"|\n|\\[|\\]|=|#|\\{|\\}){0,30}") {
        if let Ok(read) = parse(&text) {
            let parts: String = read.iter().map(|rule| rule.source.as_str()).collect();
            prop_assert!(read.is_empty() || parts == text);
        }
    }
}
