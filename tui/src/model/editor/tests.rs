use super::*;
use proptest::prelude::*;

/// `|` marks the cursor.
fn editor(marked: &str) -> Editor {
    let at = marked.find('|').unwrap();
    let text = marked.replacen('|', "", 1);
    Editor {
        cursor: at,
        text,
        ..Editor::default()
    }
}

fn marked(editor: &Editor) -> String {
    let mut text = editor.text.clone();
    text.insert(editor.cursor, '|');
    text
}

fn check(before: &str, act: impl FnOnce(&mut Editor), after: &str) {
    let mut editor = editor(before);
    act(&mut editor);
    assert_eq!(marked(&editor), after);
}

#[test]
fn the_cursor_moves_over_whole_clusters() {
    check("a👨‍👩‍👧|b", |e| e.go(Motion::Left), "a|👨‍👩‍👧b");
    check("e\u{301}|x", |e| e.delete(Motion::Left), "|x");
    check("|🇩🇪🇫🇷", |e| e.go(Motion::Right), "🇩🇪|🇫🇷");
}

#[test]
fn words_are_words_in_any_script() {
    check(
        "call me, please|",
        |e| e.go(Motion::WordLeft),
        "call me, |please",
    );
    check(
        "call me, |please",
        |e| e.go(Motion::WordLeft),
        "call |me, please",
    );
    check(
        "|  señor, hola",
        |e| e.go(Motion::WordRight),
        "  señor|, hola",
    );
    check("ok 🙏|", |e| e.kill(Motion::WordLeft), "ok |");
    check("...|", |e| e.kill(Motion::WordLeft), "|");
}

#[test]
fn lines_end_where_they_end() {
    check(
        "one\ntw|o\nthree",
        |e| e.go(Motion::LineStart),
        "one\n|two\nthree",
    );
    check(
        "one\ntw|o\nthree",
        |e| e.go(Motion::LineEnd),
        "one\ntwo|\nthree",
    );
    check(
        "one\ntw|o\nthree",
        |e| e.kill(Motion::LineEnd),
        "one\ntw|\nthree",
    );
    check(
        "one\ntw|o\nthree",
        |e| e.kill(Motion::LineStart),
        "one\n|o\nthree",
    );
}

#[test]
fn what_was_killed_comes_back() {
    check(
        "so wrong|",
        |e| {
            e.kill(Motion::WordLeft);
            e.go(Motion::TextStart);
            e.yank();
        },
        "wrong|so ",
    );
    check(
        "keep this|",
        |e| {
            e.kill(Motion::TextStart);
            e.kill(Motion::TextStart);
            e.yank();
        },
        "keep this|",
    );
}

#[test]
fn a_paste_keeps_its_lines_and_loses_its_control_characters() {
    let hostile = "a\r\nb\rc\td\u{1b}[31m\0\u{7}";
    check(
        "|",
        |e| assert_eq!(e.insert(hostile), Inserted::Whole),
        "a\nb\nc d[31m|",
    );
}

#[test]
fn a_text_beyond_the_limit_is_cut_and_said_so() {
    let mut editor = Editor::default();
    let long = "x".repeat(EDITOR_CHARACTERS_MAX);
    assert_eq!(editor.insert(&long), Inserted::Whole);
    assert_eq!(editor.insert("y"), Inserted::Cut);
    assert_eq!(editor.text(), long);
}

fn shown(text: &str, width: usize) -> Vec<String> {
    let line = |row: &Row| {
        row.clusters
            .iter()
            .map(|c| c.safe(text).into_string())
            .collect()
    };
    rows(text, width).iter().map(line).collect()
}

#[test]
fn rows_break_between_words_and_keep_every_space() {
    assert_eq!(shown("on my way now", 7), ["on my ", "way now"]);
    assert_eq!(shown("abcdefghij", 4), ["abcd", "efgh", "ij"]);
    assert_eq!(shown("abcd efgh", 4), ["abcd", "efgh"]);
    assert_eq!(shown("a\n\nb", 4), ["a", "", "b"]);
    assert_eq!(shown("", 4), [""]);
    assert_eq!(shown("a\u{202e}b", 20), ["a‹U+202E›b"]);
}

#[test]
fn up_and_down_aim_for_the_column_where_they_started() {
    let text = "a long first line\nab\nanother long line|";
    check(
        text,
        |e| e.go_row(-1, 40),
        "a long first line\nab|\nanother long line",
    );
    check(
        text,
        |e| {
            e.go_row(-1, 40);
            e.go_row(-1, 40);
        },
        "a long first line|\nab\nanother long line",
    );
    check("ab|c", |e| e.go_row(-1, 40), "|abc");
    check("ab|c", |e| e.go_row(1, 40), "abc|");
}

#[test]
fn the_cursor_behind_a_soft_break_stands_in_the_later_row() {
    let editor = editor("abcd|efgh");
    assert_eq!(editor.position(&rows(editor.text(), 4)), (1, 0));
}

#[derive(Clone, Debug)]
enum Act {
    Insert(String),
    Go(Motion),
    Row(isize),
    Delete(Motion),
    Kill(Motion),
    Yank,
}

fn any_motion() -> impl Strategy<Value = Motion> {
    use Motion::{Left, LineEnd, LineStart, Right, TextEnd, TextStart, WordLeft, WordRight};
    prop::sample::select(vec![
        Left, Right, WordLeft, WordRight, LineStart, LineEnd, TextStart, TextEnd,
    ])
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        "[a-z \n👩‍🇪🇺é\u{301}\u{200d}語\u{202e}]{0,12}".prop_map(Act::Insert),
        any_motion().prop_map(Act::Go),
        prop::sample::select(vec![-1, 1]).prop_map(Act::Row),
        any_motion().prop_map(Act::Delete),
        any_motion().prop_map(Act::Kill),
        Just(Act::Yank),
    ]
}

proptest! {
    #[test]
    fn any_editing_leaves_the_cursor_between_clusters(
        acts in prop::collection::vec(any_act(), 0..40),
        width in 1usize..30,
    ) {
        let mut editor = Editor::default();
        for act in acts {
            match act {
                Act::Insert(text) => { editor.insert(&text); }
                Act::Go(motion) => editor.go(motion),
                Act::Row(step) => editor.go_row(step, width),
                Act::Delete(motion) => editor.delete(motion),
                Act::Kill(motion) => editor.kill(motion),
                Act::Yank => { editor.yank(); }
            }
            let boundary = editor.cursor == editor.text.len()
                || editor.text.grapheme_indices(true).any(|(at, _)| at == editor.cursor);
            prop_assert!(boundary, "{:?}", editor);
            prop_assert!(!editor.text.chars().any(|c| c.is_control() && c != '\n'));
        }
    }

    #[test]
    fn rows_hold_every_cluster_once_and_fit(
        text in "[a-z  \n👩‍🇪🇺é語\u{202e}]{0,60}",
        width in 1usize..30,
    ) {
        let rows = rows(&text, width);
        let places: Vec<usize> =
            rows.iter().flat_map(|row| row.clusters.iter().map(|c| c.at)).collect();
        let expected: Vec<usize> = text
            .split('\n')
            .scan(0, |start, line| {
                let begin = *start;
                *start += line.len() + 1;
                Some(line.grapheme_indices(true).map(move |(at, _)| begin + at).collect::<Vec<_>>())
            })
            .flatten()
            .collect();
        prop_assert_eq!(places, expected);
        for row in &rows {
            prop_assert!(row.clusters.iter().map(|c| c.width).sum::<usize>() <= width);
        }
        for (at, _) in text.grapheme_indices(true) {
            let (row, column) = position(&rows, at);
            prop_assert!(column <= width);
            prop_assert!(rows[row].start <= at);
        }
    }
}
