//! Changes of an input: small ones that keep most of what makes it one, and rude ones.

use super::INPUT_BYTES_MAX;
use crate::random::Random;

/// Bytes and texts on which parsers stumble.
const AWKWARD: &[&str] = &[
    "\0",
    "\n",
    "\r\n",
    "\t",
    "\"",
    "'",
    "\\",
    "%",
    "%00",
    "%ff",
    "%C3%28",
    "&",
    "=",
    "+",
    "-",
    "_",
    ".",
    "..",
    ",",
    ";",
    ":",
    "{",
    "}",
    "{{",
    "}}",
    "[",
    "]",
    "[[",
    "]]",
    "(",
    ")",
    "#",
    "0",
    "-1",
    "255",
    "65536",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "1e309",
    "NaN",
    "null",
    "true",
    "\u{feff}",
    "\u{200b}",
    "\u{200d}",
    "\u{202e}",
    "\u{2066}",
    "\u{e0041}",
    "\u{fe0f}",
    "\u{1b}[31m",
    "\u{9b}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{301}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{1f1fa}\u{1f1f8}",
    "\u{fdfa}",
    "\u{130}",
    "\u{df}",
    "\u{10ffff}",
];
/// The most changes of one input.
const CHANGES_MAX: u64 = 6;
/// What most inputs are cut to, in bytes: more takes time and shows little.
const SHORT_BYTES_MAX: usize = 2 * 1024;
/// One in so many may be longer.
const LONG_ONE_IN: u64 = 100;
/// How often a piece may be repeated: enough to show what takes time by its square.
const REPEATS_MAX: u64 = 400;

/// An input made of one of `pool`.
pub(super) fn mutated(pool: &[Vec<u8>], words: &[&str], random: &mut Random) -> Vec<u8> {
    let mut input = random.pick(pool).cloned().unwrap_or_default();
    let most = match random.one_in(LONG_ONE_IN) {
        true => INPUT_BYTES_MAX,
        false => SHORT_BYTES_MAX,
    };
    for _ in 0..random.within(1, CHANGES_MAX) {
        change(&mut input, pool, words, random);
        input.truncate(most);
    }
    input
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str], random: &mut Random) {
    match random.below(12) {
        0 => flip(input, random),
        1 => {
            let at = random.place(input.len() + 1);
            input.insert(at, random.number().to_be_bytes()[0]);
        }
        2 => {
            let range = range(input, random);
            input.drain(range);
        }
        3 => {
            let piece = input[range(input, random)].to_vec();
            put(input, &piece, random);
        }
        4 if random.one_in(8) => {
            let piece = input[range(input, random)].to_vec();
            let times = random.within(2, REPEATS_MAX);
            let times = usize::try_from(times).unwrap_or(1);
            let room = INPUT_BYTES_MAX / piece.len().max(1);
            put(input, &piece.repeat(times.min(room)), random);
        }
        5 => {
            let other = random.pick(pool).cloned().unwrap_or_default();
            let piece = other[range(&other, random)].to_vec();
            put(input, &piece, random);
        }
        6 => input.truncate(random.place(input.len() + 1)),
        7 => number(input, random),
        8 => {
            let range = range(input, random);
            input[range].reverse();
        }
        9 | 10 => {
            let word = random.pick(words).copied().unwrap_or_default();
            put(input, word.as_bytes(), random);
        }
        _ => {
            let word = random.pick(AWKWARD).copied().unwrap_or_default();
            put(input, word.as_bytes(), random);
        }
    }
}

fn flip(input: &mut [u8], random: &mut Random) {
    let at = random.place(input.len());
    let bit = random.below(8);
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

/// A part of an input, short ones more often.
fn range(input: &[u8], random: &mut Random) -> std::ops::Range<usize> {
    let start = random.place(input.len() + 1);
    let rest = input.len() - start;
    let most = if random.one_in(4) { rest } else { rest.min(16) };
    start..start + random.place(most + 1)
}

fn put(input: &mut Vec<u8>, piece: &[u8], random: &mut Random) {
    let at = random.place(input.len() + 1);
    // Over what is there, or in between.
    let end = match random.one_in(3) {
        true => (at + piece.len()).min(input.len()),
        false => at,
    };
    input.splice(at..end, piece.iter().copied());
}

/// Another number in the place of one.
fn number(input: &mut Vec<u8>, random: &mut Random) {
    let begins = |at: &usize| {
        let before = at.checked_sub(1).and_then(|at| input.get(at));
        input[*at].is_ascii_digit() && !before.is_some_and(u8::is_ascii_digit)
    };
    let places: Vec<usize> = (0..input.len()).filter(begins).collect();
    let Some(&start) = random.pick(&places) else {
        return;
    };
    let digits = input[start..].iter().take_while(|it| it.is_ascii_digit());
    let end = start + digits.count();
    let shift = random.below(64);
    let other = (random.number() >> shift).to_string();
    input.splice(start..end, other.into_bytes());
}
