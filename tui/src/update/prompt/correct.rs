//! What a misspelt word should be.

use super::Accepted;
use crate::model::Model;
use crate::model::prompt::{Candidate, Marks, Offer, PROMPT_ROWS_MAX, Value};
use crate::update::compose;
use std::ops::Range;

/// What could be meant; anything else can be typed.
pub(super) fn offer(model: &Model, word: &str) -> Offer {
    let suggestions = model.spelling.suggestions(word).iter();
    let candidate = |suggestion: &String| Candidate {
        label: suggestion.clone(),
        hint: String::new(),
        value: Value::Text(suggestion.clone()),
    };
    let listed: Vec<Candidate> = suggestions.map(candidate).take(PROMPT_ROWS_MAX).collect();
    let about = match listed.is_empty() {
        true => "nothing is suggested: type the word",
        false => "a suggestion, or the word as it should be",
    };
    let marks = match listed.is_empty() {
        true => Marks::Nothing,
        false => Marks::First,
    };
    Offer {
        title: format!("{word} should be"),
        about: about.to_owned(),
        listed,
        marks,
        ..Offer::default()
    }
}

/// Puts it right, where it still stands there.
pub(super) fn accept(
    model: &mut Model,
    (word, place): (&str, Range<usize>),
    typed: &str,
    chosen: Option<&Candidate>,
) -> Accepted {
    let right = match chosen {
        Some(Candidate {
            value: Value::Text(right),
            ..
        }) => right.clone(),
        _ => typed.to_owned(),
    };
    if right.is_empty() {
        return Accepted::Refused("expected a word".to_owned());
    }
    compose::with_composer(model, |composer| {
        let stands = composer.editor().text().get(place.clone()) == Some(word);
        if stands {
            composer.edit(|editor| editor.put(place, &right));
        }
    });
    Accepted::Closed
}
