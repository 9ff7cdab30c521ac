use super::*;
use crate::optout::OptOutSignal;
use proptest::prelude::*;

fn about(text: &str, rules: &[Definition]) -> Decision {
    decide(rules, text, &situation())
}

fn answer(decision: &Decision) -> Option<&str> {
    match &decision.answer.as_ref()?.reply {
        Reply::Text(words) | Reply::Template(words) => Some(words),
        Reply::Ai => None,
    }
}

#[test]
fn the_first_answer_counts_and_labels_add_up_until_a_rule_stops() {
    let rules = rules(
        "[[rule]]\nname = \"c\"\npriority = 3\nany = \"a\"\nreply = \"3\"\nlabel = \"z\"\n
         [[rule]]\nname = \"a\"\npriority = 1\nany = \"a\"\nlabel = \"y\"\nflag = \"1\"\n
         [[rule]]\nname = \"b\"\npriority = 2\nany = \"b\"\nreply = \"2\"\nflag = \"2\"\nstop = true",
    );
    let decision = about("a", &rules);
    assert_eq!(decision.matched, [1, 0]);
    assert_eq!(answer(&decision), Some("3"));
    assert_eq!(decision.labels, ["y", "z"]);
    let decision = about("A, b!", &rules);
    assert_eq!(decision.matched, [1, 2]);
    assert_eq!(answer(&decision), Some("2"));
    assert_eq!(decision.flag.as_deref(), Some("1"));
    assert_eq!(about("c", &rules), Decision::default());
}

#[test]
fn stop_reaches_no_rule_and_what_the_provider_answers_is_not_answered_twice() {
    let rules =
        rules("[[rule]]\nname = \"a\"\nany = [\"stop\", \"help\"]\nreply = \"x\"\nflag = \"y\"");
    let with = |text, signal| {
        let situation = Situation {
            signal,
            ..situation()
        };
        decide(&rules, text, &situation)
    };
    assert_eq!(with("stop", Some(OptOutSignal::Stop)), Decision::default());
    let help = with("help", Some(OptOutSignal::Help));
    assert_eq!((answer(&help), help.flag.as_deref()), (None, Some("y")));
    assert_eq!(answer(&with("help me", None)), Some("x"));
}

#[test]
fn lines_hours_and_the_first_contact_are_heeded() {
    let of = |more: &str| {
        rules(&format!(
            "[[rule]]\nname = \"a\"\nany = \"a\"\nreply = \"x\"\n{more}"
        ))
    };
    let closed = Situation {
        at: FRIDAY.plus_millis(3_600_000),
        is_business: false,
        ..situation()
    };
    let ten = "{ from = \"10:00\", to = \"11:00\", zone = \"America/New_York\" }";
    let first = Situation {
        is_first: true,
        ..situation()
    };
    for (more, situation, answers) in [
        ("lines = [\"+15557122661\"]", situation(), true),
        ("lines = [\"+15557122662\"]", situation(), false),
        ("hours = \"business\"", situation(), true),
        ("hours = \"outside\"", situation(), false),
        ("hours = \"business\"", closed, false),
        ("hours = \"outside\"", closed, true),
        (&format!("hours = {ten}"), situation(), true),
        (&format!("hours = {ten}"), closed, false),
        ("first_contact_only = true", situation(), false),
        ("first_contact_only = true", first, true),
        ("enabled = false", situation(), false),
    ] {
        let decision = decide(&of(more), "a", &situation);
        assert_eq!(decision.answer.is_some(), answers, "{more}");
    }
}

fn definition() -> impl Strategy<Value = Definition> {
    let words = || prop::collection::vec("[ab]( [ab])?", 0..3);
    (words(), words(), 1u32..4, any::<[bool; 4]>(), 0u8..4).prop_map(
        |(any, whole, priority, [enabled, first, stop, flags], replies)| Definition {
            name: "x".to_owned(),
            enabled,
            priority,
            first_contact_only: first || (any.is_empty() && whole.is_empty()),
            any,
            whole,
            lines: Vec::new(),
            hours: None,
            reply: (replies > 0).then(|| Reply::Text(replies.to_string())),
            flag: flags.then(|| priority.to_string()),
            labels: vec![replies.to_string()],
            assign: None,
            snooze_minutes: None,
            stop,
        },
    )
}

/// Which rules mean a text of `a` and `b`, as plainly as it can be said.
fn plainly(rules: &[Definition], text: &str, is_first: bool) -> Vec<usize> {
    let words = format!(
        " {} ",
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let mut meant = Vec::new();
    for priority in 1..=3 {
        for (n, rule) in rules.iter().enumerate() {
            let called = rule
                .any
                .iter()
                .any(|word| words.contains(&format!(" {word} ")))
                || rule.whole.iter().any(|word| words == format!(" {word} "))
                || (rule.any.is_empty() && rule.whole.is_empty());
            let holds = rule.enabled && (is_first || !rule.first_contact_only);
            if rule.priority == priority && called && holds {
                meant.push(n);
                if rule.stop {
                    return meant;
                }
            }
        }
    }
    meant
}

proptest! {
    #[test]
    fn a_decision_is_what_the_rules_say_one_by_one(
        rules in prop::collection::vec(definition(), 0..6), text in "[ab ]{0,8}", is_first: bool,
    ) {
        let situation = Situation { is_first, ..situation() };
        let decision = decide(&rules, &text, &situation);
        let meant = plainly(&rules, &text, is_first);
        prop_assert_eq!(&decision.matched, &meant);
        let mut answers = meant.iter().filter(|n| rules[**n].reply.is_some());
        prop_assert_eq!(decision.answer.map(|answer| answer.rule), answers.next().copied());
        let mut flags = meant.iter().filter_map(|n| rules[*n].flag.clone());
        prop_assert_eq!(decision.flag, flags.next());
    }

    #[test]
    fn any_text_is_decided(text in any::<String>()) {
        let decision = about(&text, &rules(SEEDS));
        prop_assert!(decision.answer.is_none() || !decision.matched.is_empty());
    }

    #[test]
    fn a_rule_that_is_told_never_to_act_never_acts(
        rules in prop::collection::vec(definition(), 2..5), text in "[ab ]{0,8}", is_first: bool,
    ) {
        let written: Vec<Written> = rules.iter().enumerate().map(|(n, rule)| Written {
            definition: Definition { name: n.to_string(), ..rule.clone() },
            source: String::new(),
            line: n,
        }).collect();
        let situation = Situation { is_first, ..situation() };
        let decision = decide(&rules, &text, &situation);
        for conflict in conflicts(&written) {
            if conflict.problem.starts_with("never acts") {
                prop_assert!(!decision.matched.contains(&conflict.line));
            } else if conflict.problem.starts_with("never replies") {
                prop_assert!(decision.answer.as_ref().is_none_or(|it| it.rule != conflict.line));
            }
        }
    }
}
