//! Proofs that no text, however hostile, gets through, and that honest text is left alone.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::chars::{Class, class, is_arabic_letter, is_virama};
use super::filter::{CLUSTER_COLUMNS_MAX, CLUSTER_MARKS_MAX};
use super::layout::cluster_width;
use super::*;

/// What must hold for any output, said again and independently of how it was made.
fn assert_safe(text: &SafeText, context: &str) {
    for c in text.as_str().chars().filter(|c| *c != '\n') {
        let is_hidden = matches!(c,
            '\u{61C}' | '\u{200B}' | '\u{200E}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FDD0}'..='\u{FDEF}'
            | '\u{FFFE}'..='\u{FFFF}' | '\u{E0000}'..='\u{E001F}' | '\u{E0080}'..='\u{E00FF}');
        assert!(
            !is_hidden && !c.is_control(),
            "{context}: {c:?} got through"
        );
        let is_flag_tag = ('\u{E0020}'..='\u{E007F}').contains(&c);
        assert!(
            is_flag_tag || class(c) != Class::Forbidden,
            "{context}: {c:?} got through"
        );
    }
    let mut before = String::new();
    for cluster in text.as_str().graphemes(true) {
        assert_cluster_is_safe(cluster, &before, context);
        cluster.clone_into(&mut before);
    }
}

fn assert_cluster_is_safe(cluster: &str, before: &str, context: &str) {
    if cluster == "\n" {
        return;
    }
    let marks = cluster
        .chars()
        .filter(|c| UnicodeWidthChar::width(*c) == Some(0))
        .count();
    assert!(
        marks <= CLUSTER_MARKS_MAX,
        "{context}: {marks} marks after {before:?}"
    );
    let columns = cluster_width(cluster);
    assert!(
        (1..=CLUSTER_COLUMNS_MAX).contains(&columns),
        "{context}: {cluster:?} is {columns}"
    );
    if cluster.contains(|c| ('\u{E0020}'..='\u{E007F}').contains(&c)) {
        assert!(
            cluster.contains('\u{1F3F4}') && cluster.contains('\u{E007F}'),
            "{context}"
        );
    }
    let chars: Vec<char> = cluster.chars().collect();
    for pair in chars.windows(2) {
        let two_selectors = pair.iter().all(|c| class(*c) == Class::VariationSelector);
        assert!(!two_selectors, "{context}: two selectors in {cluster:?}");
        let hidden = matches!(pair[1], '\u{200D}')
            && !is_virama(pair[0])
            && pair[1] == chars[chars.len() - 1];
        assert!(
            !hidden,
            "{context}: a joiner that joins nothing in {cluster:?}"
        );
    }
    assert_ne!(class(chars[0]), Class::Joiner, "{context}: a joiner alone");
    assert_ne!(
        class(chars[0]),
        Class::VariationSelector,
        "{context}: a selector alone"
    );
}

fn check(input: &str, line: &str) {
    let safe = SafeText::line(input);
    assert_eq!(safe.as_str(), line, "{input:?}");
    assert_safe(&safe, input);
}

#[test]
fn honest_text_is_left_alone() {
    for text in [
        "",
        "Hi, the plumber is on the way: https://example.com/a?b=c#d",
        "¿Qué tal? ¡Mañana a las 8! — “sí” … €5",
        "e\u{301} Việt Nam Tiếng Việt",
        "שלום עולם",
        "السلام عليكم",
        "می\u{200C}خواهم کتاب\u{200C}ها",
        "नमस्ते क्\u{200D}ष र\u{94D}\u{200C}य स्त्र कार्त्स्न्य",
        "ශ්\u{200D}රී ලංකාව",
        "ന്\u{200D} നന്മ",
        "สวัสดีที่รัก",
        "안녕하세요 한글",
        "日本語のテキスト 葛\u{E0100}城",
        "ｶﾞｷﾞｸﾟ",
        "👍🏽 ❤️ 1️⃣ 🇺🇸🇲🇽 👨‍👩‍👧‍👦 👩🏻‍❤️‍💋‍👨🏿 🏳️‍🌈 👁️‍🗨️ 🐈‍⬛",
        "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} Alba",
        "a\u{A0}b\u{3000}c",
    ] {
        check(text, text);
    }
}

#[test]
fn what_could_steer_a_terminal_is_shown_by_its_number() {
    check(
        "\u{1b}]52;c;ZXZpbA==\u{7}",
        "‹U+001B›]52;c;ZXZpbA==‹U+0007›",
    );
    check("\u{1b}[2J\u{1b}[31mred", "‹U+001B›[2J‹U+001B›[31mred");
    check(
        "\u{9b}31m \u{9d}0;title\u{9c}",
        "‹U+009B›31m ‹U+009D›0;title‹U+009C›",
    );
    check("a\0b\u{8}c\u{7f}d", "a‹U+0000›b‹U+0008›c‹U+007F›d");
    check("pay \u{202e}0001$\u{202c}", "pay ‹U+202E›0001$‹U+202C›");
    check(
        "\u{2066}x\u{2069}\u{200e}\u{200f}\u{61c}",
        "‹U+2066›x‹U+2069›‹U+200E›‹U+200F›‹U+061C›",
    );
    check(
        "a\u{200b}b\u{2060}c\u{feff}d",
        "a‹U+200B›b‹U+2060›c‹U+FEFF›d",
    );
    check("a\u{2028}b\u{2029}c\u{85}d", "a‹U+2028›b‹U+2029›c‹U+0085›d");
    check("\u{fdd0}\u{ffff}\u{10fffe}", "‹U+FDD0›‹U+FFFF›‹U+10FFFE›");
    check("\u{3164}", "‹U+3164›");
    check("hi\u{e0068}\u{e0069}", "hi‹U+E0068›‹U+E0069›");
    check(
        "🏴\u{e0075}\u{e0073}\u{e007f}",
        "🏴‹U+E0075›‹U+E0073›‹U+E007F›",
    );
}

#[test]
fn joiners_stay_only_where_they_join() {
    check("a\u{200d}b", "a‹U+200D›b");
    check("👍\u{200d}", "👍‹U+200D›");
    check("👍\u{200d}a", "👍‹U+200D›a");
    check("\u{200d}👍", "‹U+200D›👍");
    check("👩\u{200d}\u{200d}👧", "👩‹U+200D›‹U+200D›👧");
    check("a\u{200d}\u{301}", "a‹U+200D›\u{301}");
    check("a\u{200c}b", "a‹U+200C›b");
    check("پ\u{200c}b", "پ‹U+200C›b");
    check("a\u{200d}\u{1f3fd}", "a‹U+200D›🏽");
}

#[test]
fn marks_are_limited_and_stand_on_something() {
    let zalgo = format!("a{}b", "\u{301}".repeat(10_000));
    check(&zalgo, &format!("a{}b", "\u{301}".repeat(8)));
    check("\u{301}a", "◌\u{301}a");
    check("\u{fe0f}a\u{fe0f}\u{fe0f}\u{fe0e}", "a\u{fe0f}");
    check("a\u{301}\u{fe0f}", "a\u{301}");
    check("\u{1161}\u{d4e}", "‹U+1161›‹U+0D4E›");
    assert_eq!(SafeText::block("a\n\u{301}").as_str(), "a\n◌\u{301}");
}

#[test]
fn an_endless_cluster_does_not_hide_what_follows() {
    let jamo = SafeText::line(&format!("{}!", "\u{1100}".repeat(1000)));
    assert_safe(&jamo, "jamo");
    assert!(
        jamo.as_str()
            .starts_with("\u{1100}\u{1100}\u{1100}\u{1100}‹U+1100›")
    );
    assert!(jamo.as_str().ends_with('!'));
    assert_safe(&SafeText::line(&"क्".repeat(1000)), "conjunct");
    assert_safe(&SafeText::line(&"👩\u{200d}".repeat(1000)), "family");
    assert_safe(&SafeText::line(&"🏽".repeat(1000)), "skin");
}

#[test]
fn line_breaks_and_tabs_follow_the_shape() {
    let text = "a\r\nb\rc\n\n\td";
    assert_eq!(SafeText::line(text).as_str(), "a⏎b⏎c⏎⏎ d");
    assert_eq!(SafeText::block(text).as_str(), "a\nb\nc\n\n    d");
    assert_eq!(SafeText::line("plain\ntext").as_str(), "plain⏎text");
}

/// Every character of the planes in use, alone and between letters of several scripts. The other
/// planes are empty or private throughout, so their ends stand for them.
#[test]
fn no_single_character_gets_through() {
    let in_use = ('\0'..='\u{323FF}').chain('\u{E0000}'..='\u{E1000}');
    let plane_ends = (4..=16u32).filter_map(|plane| char::from_u32(plane << 16 | 0xFFFE));
    for c in in_use.chain(plane_ends) {
        for text in [
            format!("{c}"),
            format!("a{c}b"),
            format!("क{c}{c}ष"),
            format!("👩{c}👩"),
        ] {
            let safe = SafeText::block(&text);
            assert_safe(&safe, &format!("U+{:04X}", u32::from(c)));
            assert_eq!(
                SafeText::block(safe.as_str()),
                safe,
                "U+{:04X}",
                u32::from(c)
            );
        }
    }
}

#[test]
fn width_counts_columns_of_clusters() {
    for (text, width) in [
        ("", 0),
        ("abc", 3),
        ("日本", 4),
        ("e\u{301}", 1),
        ("👨‍👩‍👧‍👦", 2),
        ("🇺🇸", 2),
        ("❤️", 2),
        // Terminals take 2. Both unicode-width and ratatui count the sound mark, and what lays out
        // has to agree with what draws.
        ("ｶﾞ", 3),
        ("a\nlonger\nb", 6),
    ] {
        assert_eq!(SafeText::block(text).width(), width, "{text:?}");
    }
}

#[test]
fn a_text_that_is_too_wide_ends_in_an_ellipsis() {
    for (text, width, cut) in [
        ("hello", 5, "hello"),
        ("hello", 4, "hel…"),
        ("hello", 1, "…"),
        ("hello", 0, ""),
        ("日本語", 6, "日本語"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ("ab\ncdef", 3, "ab\ncd…"),
    ] {
        assert_eq!(
            SafeText::block(text).truncate_to_width(width).as_str(),
            cut,
            "{text:?}"
        );
    }
}

#[test]
fn lines_break_between_words_and_inside_only_what_is_too_long() {
    for (text, width, lines) in [
        ("", 5, vec![""]),
        ("   ", 5, vec![""]),
        ("hello world", 11, vec!["hello world"]),
        ("hello world", 10, vec!["hello", "world"]),
        ("hello  world  ", 7, vec!["hello", "world"]),
        ("  indented text", 10, vec!["  indented", "text"]),
        ("one\n\ntwo three\n", 5, vec!["one", "", "two", "three", ""]),
        ("abcdefgh ij", 3, vec!["abc", "def", "gh", "ij"]),
        ("x abcdefgh", 4, vec!["x", "abcd", "efgh"]),
        ("abcde f", 3, vec!["abc", "de", "f"]),
        ("abcd f", 3, vec!["abc", "d f"]),
        ("日本語です", 5, vec!["日本", "語で", "す"]),
        ("ok 日本語", 6, vec!["ok 日", "本語"]),
        ("日本語", 1, vec!["…", "…", "…"]),
        ("a\u{A0}b c", 3, vec!["a\u{A0}b", "c"]),
        ("ab", 0, vec!["a", "b"]),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, vec!["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]),
    ] {
        let wrapped = SafeText::block(text).wrap(width);
        let wrapped: Vec<&str> = wrapped.iter().map(SafeText::as_str).collect();
        assert_eq!(wrapped, lines, "{text:?} at {width}");
    }
}

/// Pieces that attack a terminal or its reader, and the ones that they hide among.
fn hostile_text() -> impl Strategy<Value = String> {
    let pieces = vec![
        "\u{1b}]52;c;",
        "\u{1b}[2J",
        "\u{7}",
        "\0",
        "\u{9b}",
        "\u{9d}",
        "\u{85}",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "\u{202e}",
        "\u{2066}",
        "\u{200e}",
        "\u{200d}",
        "\u{200c}",
        "\u{200b}",
        "\u{feff}",
        "\u{301}",
        "\u{20e3}",
        "\u{fe0f}",
        "\u{fe0e}",
        "\u{e0100}",
        "\u{e0067}",
        "\u{e007f}",
        "🏴",
        "\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        "👩",
        "👧",
        "❤",
        "🏽",
        "🇺",
        "🇸",
        "क",
        "\u{94d}",
        "ष",
        "\u{1100}",
        "\u{1161}",
        "\u{11a8}",
        "가",
        "\u{d4e}",
        "\u{600}",
        "ل",
        "ا",
        "ｶ",
        "ﾞ",
        "日",
        "◌",
        "‹",
        "›",
        "⏎",
        "…",
        " ",
        "  ",
        "\u{3000}",
        "word",
        "a",
        "é",
    ];
    let piece = prop_oneof![
        12 => prop::sample::select(pieces).prop_map(str::to_owned),
        2 => any::<char>().prop_map(String::from),
        1 => (1..12usize).prop_map(|count| "\u{301}".repeat(count)),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn nothing_forbidden_passes(text in any::<String>().boxed().prop_union(hostile_text().boxed())) {
        assert_safe(&SafeText::line(&text), "line");
        assert_safe(&SafeText::block(&text), "block");
        prop_assert!(!SafeText::line(&text).as_str().contains('\n'));
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(text in hostile_text()) {
        let line = SafeText::line(&text);
        let block = SafeText::block(&text);
        prop_assert_eq!(SafeText::line(line.as_str()), line);
        prop_assert_eq!(SafeText::block(block.as_str()), block);
    }

    #[test]
    fn wrapped_lines_fit_and_lose_only_spaces(text in hostile_text(), width in CLUSTER_COLUMNS_MAX..40) {
        let block = SafeText::block(&text);
        let lines = block.wrap(width);
        for line in &lines {
            prop_assert!(line.width() <= width, "{:?} is wider than {}", line, width);
            assert_safe(line, "wrapped");
        }
        let joined: String = lines.iter().map(SafeText::as_str).collect();
        prop_assert_eq!(without_spaces(&joined), without_spaces(block.as_str()));
        prop_assert!(lines.len() > block.as_str().matches('\n').count());
    }

    #[test]
    fn cut_lines_fit(text in hostile_text(), width in 0..20usize) {
        let line = SafeText::line(&text);
        let cut = line.truncate_to_width(width);
        prop_assert!(cut.width() <= width);
        assert_safe(&cut, "cut");
        prop_assert!(line.width() > width || cut == line);
        for piece in line.wrap(width) {
            prop_assert!(piece.width() <= width.max(1));
        }
    }
}

#[test]
fn arabic_letters_are_told_from_marks_and_digits() {
    assert!(is_arabic_letter('ب') && is_arabic_letter('گ'));
    assert!(!is_arabic_letter('٣') && !is_arabic_letter('b') && !is_arabic_letter('،'));
}
