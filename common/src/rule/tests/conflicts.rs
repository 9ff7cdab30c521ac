use super::*;

fn found(text: &str) -> Vec<String> {
    let found = conflicts(&parse(text).unwrap());
    found.iter().map(ToString::to_string).collect()
}

fn rule(name: &str, rest: &str) -> String {
    format!("[[rule]]\nname = \"{name}\"\n{rest}\n")
}

fn two(one: &str, other: &str) -> Vec<String> {
    found(&(rule("one", one) + &rule("two", other)))
}

#[test]
fn two_rules_that_answer_the_same_text_at_the_same_priority_are_told() {
    let conflict = two(
        "any = [\"a\", \"b\"]\nreply = \"x\"",
        "any = [\"b c\", \"d\"]\nreply = \"y\"",
    );
    assert_eq!(conflict.len(), 1);
    assert!(conflict[0].starts_with("line 5, \"two\": answers the same texts as \"one\""));
    for (one, other) in [
        (
            "any = [\"a\"]\nreply = \"x\"",
            "any = [\"b\"]\nreply = \"y\"",
        ),
        (
            "any = [\"a\"]\nreply = \"x\"\npriority = 1",
            "any = [\"a\", \"b\"]\nreply = \"y\"",
        ),
        (
            "any = [\"a\"]\nreply = \"x\"",
            "any = [\"a\"]\nflag = \"y\"",
        ),
        (
            "any = [\"a\"]\nreply = \"x\"\nhours = \"business\"",
            "any = [\"a\"]\nreply = \"y\"\nhours = \"outside\"",
        ),
        (
            "any = [\"a\"]\nreply = \"x\"\nenabled = false",
            "any = [\"a\"]\nreply = \"y\"",
        ),
    ] {
        assert_eq!(two(one, other), [""; 0], "{one} {other}");
    }
}

#[test]
fn a_rule_that_never_acts_or_never_replies_is_told() {
    let never = two(
        "any = [\"a\"]\nstop = true\npriority = 1",
        "whole = [\"b A\"]\nflag = \"x\"",
    );
    assert!(
        never[0].contains("never acts: \"one\" comes before it"),
        "{never:?}"
    );
    let mute = two(
        "any = [\"a\"]\nreply = \"x\"\npriority = 1",
        "any = [\"a b\"]\nreply = \"y\"\nhours = \"business\"",
    );
    assert!(mute[0].contains("never replies"), "{mute:?}");
    for (one, other) in [
        (
            "any = [\"a\"]\nstop = true\nfirst_contact_only = true",
            "any = [\"a\"]\nflag = \"x\"",
        ),
        (
            "any = [\"a\"]\nstop = true\nlines = [\"+15557122661\"]",
            "any = [\"a\"]\nflag = \"x\"",
        ),
        (
            "any = [\"a b\"]\nstop = true",
            "any = [\"a\"]\nflag = \"x\"",
        ),
        (
            "whole = [\"a\"]\nstop = true",
            "any = [\"a\"]\nflag = \"x\"",
        ),
    ] {
        assert_eq!(two(one, other), [""; 0], "{one} {other}");
    }
}

#[test]
fn words_that_opt_somebody_out_or_in_are_told() {
    let told = found(&rule(
        "leave",
        "any = [\"cancel\", \"cancel it\"]\nflag = \"x\"",
    ));
    assert_eq!(told.len(), 1);
    assert!(
        told[0].contains("nothing but \"cancel\" opts the person out"),
        "{told:?}"
    );
    let told = found(&rule("yes", "whole = [\"yes\"]\nreply = \"x\""));
    assert!(told[0].contains("answered by the provider"), "{told:?}");
    assert_eq!(
        found(&rule("help", "any = [\"help\"]\nreply = \"x\"")),
        [""; 0]
    );
}
