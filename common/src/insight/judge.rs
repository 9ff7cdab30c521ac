//! Words looked up and counted.

use super::lexicon::{INTENTS, MOODS, NEGATIONS, Phrase, QUESTIONS, STRONGER, TURNS};
use super::words::{Token, tokens};
use super::{Insight, Intent, Sentiment, Source};

/// How much of a text is looked at, in characters: more than the longest that a provider brings.
pub const JUDGED_CHARACTERS_MAX: usize = 2_000;

/// How many words after a negation it is about.
const NEGATED_WORDS: usize = 3;
/// The score, in hundredths, from which a mood is one.
const MOOD_SCORE_MIN: i32 = 40;
/// The score from which a text complains whatever it is about.
const ANGRY_SCORE: i32 = -60;
/// How slowly a score comes near a hundred: by this a single weak word is no mood, a plain one is.
const SLOWNESS: f64 = 6.0;
/// How much what is strengthened weighs, in halves of its own weight.
const STRONGER_HALVES: i32 = 3;
/// The most that the built-in words are sure of anything, in percent: they are only words.
const CONFIDENCE_MAX: i32 = 90;
/// What they are sure of where they found nothing, in percent.
const CONFIDENCE_NOTHING: u8 = 30;

/// What a text seems to say by its words, whatever text it is.
#[must_use]
pub fn judge(text: &str) -> Insight {
    let text = match text.char_indices().nth(JUDGED_CHARACTERS_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    };
    let tokens = tokens(text);
    let score = score(&tokens);
    let (intent, confidence) = intent(&tokens, score);
    let sentiment = match score {
        score if score >= MOOD_SCORE_MIN => Sentiment::Positive,
        score if score <= -MOOD_SCORE_MIN => Sentiment::Negative,
        _ => Sentiment::Neutral,
    };
    Insight {
        sentiment,
        score: i8::try_from(score).unwrap_or_default(),
        intent,
        confidence,
        source: Source::Lexicon,
    }
}

/// The mood in hundredths.
fn score(tokens: &[Token]) -> i32 {
    let mut halves = 0;
    let mut at = 0;
    while at < tokens.len() {
        let Some((length, weight)) = mood_at(&tokens[at..]) else {
            at += 1;
            continue;
        };
        halves += match (is_negated(&tokens[..at]), is_stronger(&tokens[..at])) {
            // "Not good" is bad; "not bad" is not yet good.
            (true, _) if weight < 0 => -weight,
            (true, _) => -weight * 2,
            (false, true) => weight * STRONGER_HALVES,
            (false, false) => weight * 2,
        };
        at += length;
    }
    let sum = f64::from(halves) / 2.0;
    let share = sum / (sum * sum + SLOWNESS).sqrt();
    (share * 100.0).round() as i32
}

/// How many words the longest phrase at the start of `tokens` has, and what it weighs.
fn mood_at(tokens: &[Token]) -> Option<(usize, i32)> {
    let of_weight = |(weight, phrases): &(i32, &'static [Phrase])| {
        let length = phrases.iter().filter_map(|phrase| starts(phrase, tokens));
        length.max().map(|length| (length, *weight))
    };
    // Of two that are as long the later one counts, whichever that is.
    MOODS
        .iter()
        .filter_map(of_weight)
        .max_by_key(|(length, _)| *length)
}

/// How many tokens a phrase takes at the start of `tokens`, where it stands there.
fn starts(phrase: &str, tokens: &[Token]) -> Option<usize> {
    let mut length = 0;
    for choices in phrase.split(' ') {
        let word = tokens.get(length)?.word()?;
        if !is_one_of(choices, word) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

fn is_one_of(choices: &str, word: &str) -> bool {
    choices.split('|').any(|choice| choice == word)
}

/// Whether what follows `before` is negated in its part of the sentence.
fn is_negated(before: &[Token]) -> bool {
    before
        .iter()
        .rev()
        .take(NEGATED_WORDS)
        .map_while(Token::word)
        .take_while(|word| !is_one_of(TURNS, word))
        .any(|word| is_one_of(NEGATIONS, word))
}

fn is_stronger(before: &[Token]) -> bool {
    let last = before.last().and_then(Token::word);
    last.is_some_and(|word| is_one_of(STRONGER, word))
}

/// What a text is about, and how sure that is in percent.
fn intent(tokens: &[Token], score: i32) -> (Intent, u8) {
    let mut found: Vec<(Intent, i32)> = INTENTS
        .iter()
        .map(|(intent, phrases)| (*intent, count(phrases, tokens)))
        .collect();
    found.push((Intent::Question, i32::from(asks(tokens))));
    for (intent, points) in &mut found {
        // Who is angry about a bill complains; who is grateful does not.
        if *intent == Intent::Complaint && *points > 0 && score <= -MOOD_SCORE_MIN {
            *points += 1;
        }
    }
    let rank = |intent: Intent| Intent::ALL.iter().position(|it| *it == intent);
    found.retain(|(_, points)| *points > 0);
    found.sort_by_key(|(intent, points)| (-points, rank(*intent)));
    let second = found.get(1).map_or(0, |(_, points)| *points);
    match found.first() {
        Some((intent, points)) => {
            let sure = 50 + 10 * points + 10 * (points - second);
            let sure = u8::try_from(sure.min(CONFIDENCE_MAX)).unwrap_or_default();
            (*intent, sure)
        }
        None if score <= ANGRY_SCORE => (Intent::Complaint, 50),
        None => (Intent::Other, CONFIDENCE_NOTHING),
    }
}

/// What phrases found in a text tell: a point for a word, two for several.
fn count(phrases: &[Phrase], tokens: &[Token]) -> i32 {
    let at = |at: usize| {
        let fits = |phrase: &&Phrase| {
            // A phrase that holds a negation means it.
            let own = phrase
                .split(' ')
                .any(|choices| choices.split('|').any(|it| is_one_of(NEGATIONS, it)));
            own || !is_negated(&tokens[..at])
        };
        let found = phrases
            .iter()
            .filter(|phrase| starts(phrase, &tokens[at..]).is_some())
            .filter(fits);
        found
            .map(|phrase| if phrase.contains(' ') { 2 } else { 1 })
            .max()
    };
    (0..tokens.len()).filter_map(at).sum()
}

/// Whether something is asked.
fn asks(tokens: &[Token]) -> bool {
    if tokens.contains(&Token::Question) {
        return true;
    }
    let begins = |at: &usize| *at == 0 || tokens[at - 1].word().is_none();
    let mut beginnings = (0..tokens.len()).filter(begins);
    beginnings.any(|at| {
        QUESTIONS
            .iter()
            .any(|phrase| starts(phrase, &tokens[at..]).is_some())
    })
}
