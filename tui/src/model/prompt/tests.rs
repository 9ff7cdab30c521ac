use super::*;
use proptest::prelude::*;

const KIND: PromptKind = PromptKind::Snooze {
    targets: Vec::new(),
};

fn candidate(label: &str) -> Candidate {
    Candidate {
        label: label.to_owned(),
        hint: String::new(),
        value: Value::Text(label.to_owned()),
    }
}

fn offer(labels: &[&str]) -> Offer {
    Offer {
        listed: labels.iter().map(|label| candidate(label)).collect(),
        ..Offer::default()
    }
}

fn labels(prompt: &Prompt) -> Vec<&str> {
    let shown = prompt.shown().iter();
    shown.map(|candidate| candidate.label.as_str()).collect()
}

fn check_narrowed(text: &str, all: &[&str], expected: &[&str]) {
    let left = narrow(offer(all).listed, text);
    let left: Vec<_> = left.iter().map(|it| it.label.as_str()).collect();
    assert_eq!(left, expected, "{text:?}");
}

#[test]
fn the_candidates_that_match_best_come_first() {
    let tags = ["billing", "plumbing", "urgent", "late bill"];
    check_narrowed("", &tags, &tags);
    check_narrowed("bill", &tags, &["billing", "late bill"]);
    check_narrowed("BING", &tags, &["billing", "plumbing"]);
    check_narrowed("bill late", &tags, &["late bill"]);
    check_narrowed("x", &tags, &[]);
    check_narrowed("e", &["Jose", "Émile", "Eva"], &["Émile", "Eva", "Jose"]);
}

#[test]
fn what_was_chosen_stays_chosen_while_the_text_stands() {
    let mut prompt = Prompt::new(KIND);
    prompt.show(offer(&["one", "two", "three"]));
    assert_eq!(prompt.chosen().unwrap().label, "one");
    prompt.step(Step::Next);
    prompt.show(offer(&["new", "one", "two", "three"]));
    assert_eq!(prompt.chosen().unwrap().label, "two");
    prompt.insert("t");
    prompt.show(offer(&["one", "two", "three"]));
    assert_eq!(
        (prompt.chosen_at(), labels(&prompt)),
        (Some(0), vec!["two", "three"])
    );
    prompt.step(Step::Previous);
    assert_eq!(prompt.chosen().unwrap().label, "three");
    prompt.step(Step::Next);
    assert_eq!(prompt.chosen().unwrap().label, "two");
}

#[test]
fn nothing_is_chosen_by_an_empty_line_where_that_would_do_something() {
    let mut prompt = Prompt::new(KIND);
    let once_typed = || Offer {
        marks: Marks::OnceTyped,
        otherwise: Some(candidate("a new one")),
        ..offer(&["one", "two"])
    };
    prompt.show(once_typed());
    assert_eq!(prompt.chosen(), None);
    prompt.insert("w");
    prompt.show(once_typed());
    assert_eq!(labels(&prompt), ["two", "a new one"]);
    assert_eq!(prompt.chosen().unwrap().label, "two");
}

#[test]
fn a_problem_stands_until_the_text_changes() {
    let mut prompt = Prompt::with_text(KIND, "nonsense");
    prompt.refuse("until when?".to_owned());
    prompt.edit(|editor| editor.go(Motion::LineStart));
    prompt.step(Step::Next);
    prompt.show(offer(&["one"]));
    assert_eq!(prompt.problem(), Some("until when?"));
    prompt.insert("x");
    assert_eq!(prompt.problem(), None);
}

#[test]
fn it_never_gets_lower_while_it_narrows() {
    let mut prompt = Prompt::new(KIND);
    prompt.show(offer(&["one", "two", "three"]));
    prompt.insert("on");
    prompt.show(offer(&["one", "two", "three"]));
    assert_eq!((prompt.shown().len(), prompt.rows()), (1, 3));
    prompt.show(offer(&["one"; 50]));
    assert_eq!(prompt.rows(), PROMPT_ROWS_MAX);
}

proptest! {
    #[test]
    fn whatever_is_put_in_it_stays_one_line_within_its_limit(
        pieces in proptest::collection::vec("(?s).{0,200}", 0..4),
    ) {
        let mut prompt = Prompt::new(KIND);
        for piece in &pieces {
            prompt.insert(piece);
            prompt.show(offer(&["one", "two"]));
            prop_assert!(!prompt.editor().text().contains(['\n', '\r']));
            prop_assert!(prompt.editor().text().chars().count() <= PROMPT_CHARACTERS_MAX);
            prop_assert!(prompt.chosen_at().is_none_or(|at| at < prompt.shown().len()));
        }
    }

    #[test]
    fn a_text_leaves_exactly_what_holds_its_characters_in_order(
        labels in proptest::collection::vec("[abc ]{0,6}", 0..6), text in "[abc]{1,3}",
    ) {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let holds = |label: &str| {
            let mut characters = label.chars();
            text.chars().all(|c| characters.any(|other| other == c))
        };
        let mut expected: Vec<&str> = labels.iter().copied().filter(|it| holds(it)).collect();
        let left = narrow(offer(&labels).listed, &text);
        let mut left: Vec<&str> = left.iter().map(|it| it.label.as_str()).collect();
        expected.sort_unstable();
        left.sort_unstable();
        prop_assert_eq!(left, expected);
    }
}
