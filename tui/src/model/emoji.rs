//! Emoji by their names: `:thumbsup` becomes 👍.
//!
//! The table is `emoji.txt`: a line an emoji, the sign and then its names, the usual one first.

const TABLE: &str = include_str!("emoji.txt");

/// The fewest letters behind the colon for which something is offered: one means too many.
const LETTERS_MIN: usize = 2;

/// The longest name.
const LETTERS_MAX: usize = 24;

/// The most emoji that are offered at once.
pub const OFFERED_MAX: usize = 5;

/// An emoji with a name of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emoji {
    /// The sign.
    pub sign: &'static str,
    /// The name that was found.
    pub name: &'static str,
}

/// A name that is being written: `:thumbs` right before the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begun<'a> {
    /// Where the colon stands, in bytes.
    pub at: usize,
    /// The letters behind it.
    pub name: &'a str,
}

/// The name that is being written before the cursor. A colon in a word or a number is none: `10:30`.
pub fn begun(before: &str) -> Option<Begun<'_>> {
    let at = before.rfind(':')?;
    let name = &before[at + 1..];
    let stands_alone = !before[..at].ends_with(|c: char| c.is_alphanumeric() || c == ':');
    let letters = name.chars().count();
    let like_a_name =
        name.chars().all(is_letter) && name.starts_with(|c: char| !c.is_ascii_digit());
    let long_enough = (LETTERS_MIN..=LETTERS_MAX).contains(&letters);
    (stands_alone && long_enough && like_a_name).then_some(Begun { at, name })
}

/// The name that was closed by a colon right before the cursor, `:thumbsup:`, and its emoji.
pub fn closed(before: &str) -> Option<(Begun<'_>, &'static str)> {
    let begun = begun(before.strip_suffix(':')?)?;
    Some((begun, named(begun.name)?))
}

/// The emoji of that name.
pub fn named(name: &str) -> Option<&'static str> {
    let mut all = table();
    let found = all.find(|emoji| emoji.name.eq_ignore_ascii_case(name))?;
    Some(found.sign)
}

/// Emoji whose names begin with `name`, then those that hold it; the shortest names first, each
/// emoji once.
pub fn offer(name: &str) -> Vec<Emoji> {
    let name = name.to_ascii_lowercase();
    let mut found: Vec<(bool, usize, Emoji)> = table()
        .filter(|emoji| emoji.name.contains(&name))
        .map(|emoji| (!emoji.name.starts_with(&name), emoji.name.len(), emoji))
        .collect();
    found.sort_by_key(|(inside, length, _)| (*inside, *length));
    let mut offered: Vec<Emoji> = Vec::new();
    for (_, _, emoji) in found {
        if offered.len() < OFFERED_MAX && offered.iter().all(|it| it.sign != emoji.sign) {
            offered.push(emoji);
        }
    }
    offered
}

fn table() -> impl Iterator<Item = Emoji> {
    TABLE.lines().flat_map(|line| {
        let (sign, names) = line.split_once(' ').unwrap_or((line, ""));
        names.split(' ').map(move |name| Emoji { sign, name })
    })
}

const fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use unicode_segmentation::UnicodeSegmentation;

    #[test]
    fn every_line_of_the_table_is_one_sign_with_names_of_its_own() {
        let mut names = HashSet::new();
        let mut signs = HashSet::new();
        for line in TABLE.lines() {
            let (sign, rest) = line.split_once(' ').unwrap();
            assert!(
                sign.graphemes(true).count() == 1 && signs.insert(sign),
                "{line}"
            );
            assert!(!sign.is_ascii(), "{line}");
            for name in rest.split(' ') {
                assert!(!name.is_empty() && name.chars().all(is_letter), "{line}");
                assert!((1..=LETTERS_MAX).contains(&name.len()), "{line}");
                assert_eq!(name, name.to_ascii_lowercase());
                assert!(names.insert(name), "{name} stands twice");
            }
        }
        assert!(signs.len() >= 250, "{}", signs.len());
    }

    #[test]
    fn a_name_is_what_stands_behind_a_lone_colon() {
        let name = |before: &'static str| begun(before).map(|it| (it.at, it.name));
        assert_eq!(name("yes :thu"), Some((4, "thu")));
        assert_eq!(name(":+1"), Some((0, "+1")));
        assert_eq!(name("(:tada"), Some((1, "tada")));
        for before in [
            "10:30",
            "at: yes",
            "see:this",
            "std::vec",
            ":t",
            ":",
            ":thumbs up",
            ":-)",
        ] {
            assert_eq!(name(before), None, "{before:?}");
        }
        assert_eq!(closed("ok :tada:").map(|(_, sign)| sign), Some("🎉"));
        assert_eq!(closed("ok :nosuch:"), None);
    }

    #[test]
    fn the_best_names_are_offered_first_and_each_emoji_once() {
        let offered = offer("thumbs");
        assert_eq!((offered[0].sign, offered[1].sign), ("👍", "👎"));
        let hearts = offer("heart");
        assert_eq!(hearts[0].sign, "❤️");
        let signs: HashSet<_> = hearts.iter().map(|emoji| emoji.sign).collect();
        assert_eq!(signs.len(), hearts.len());
        assert!(hearts.len() <= OFFERED_MAX);
        assert!(offer("zzzz").is_empty());
    }
}
