//! The suspicion that somebody asks in words of their own not to be texted any more.

/// One word, which may be any of several, separated by `|`.
type Choices = &'static str;

/// A run of words, each with its choices.
type Phrase = &'static str;

/// Enough by themselves, wherever they stand.
const ALWAYS: [Phrase; 17] = [
    "stop|quit texting|messaging|contacting|spamming",
    "stop|quit bothering|harassing me",
    "no more texts|messages|sms|msgs",
    "leave me alone",
    "lose|delete|remove my number|phone",
    "opt me out",
    "unsubscribe me|us",
    "never text|message|contact me again",
    "deja|deje|dejen|dejar|paren|pare de escribir|escribirme|textear|textearme|molestar|molestarme",
    "deja|deje|dejen|dejar|paren|pare de mandarme|enviarme|mandar|enviar mensajes|textos|sms",
    "no me escriban|escriba|escribas|manden|mande|mandes|envien|envie|envies mas",
    "no mas mensajes|textos|sms",
    "no quiero mas|recibir mensajes|textos|sms",
    "no quiero recibir mas mensajes|textos|sms",
    "darme|dame|deme|denme|darnos de baja",
    "borra|borre|borren|quiten|quite|eliminen|elimine mi numero",
    "dejame|dejeme|dejenme en paz",
];

/// Enough if one of [`ABOUT_TEXTS`] follows closely: alone they may be about anything.
const ABOUT: [Phrase; 7] = [
    "stop|quit sending",
    "dont|not send",
    "remove|take me off|from",
    "opt out",
    "unsubscribe from",
    "no me manden|mande|mandes|envien|envie|envies",
    "saquenme|saqueme|quitenme|quiteme de",
];
const ABOUT_TEXTS: Choices = "text|texts|texting|message|messages|messaging|msg|msgs|sms|list|\
    mensaje|mensajes|texto|textos|lista|listas";

/// Enough unless one of [`NOT_FOR_EVER`] follows closely: "don't text me before nine" is no wish
/// to be left alone, and one may opt out of paper bills.
const FOR_EVER: [Phrase; 3] = [
    "opt out",
    "dont|not text|message|contact me|us",
    "no me escriban|escriba|escribas|contacten|contacte|contactes|molesten|moleste|molestes",
];
const NOT_FOR_EVER: Choices = "until|till|before|after|while|when|today|tonight|tomorrow|at|by|\
    during|if|unless|yet|of|hasta|antes|despues|hoy|manana|por|al|durante|mientras|cuando|todavia";

/// How many words "closely" is.
const NEAR_WORDS: usize = 4;

/// A sentence that says nothing else is a wish.
const ALONE: [Phrase; 7] = [
    "stop",
    "stop texts|messages",
    "stopall",
    "unsubscribe|optout",
    "opt out",
    "basta",
    "baja",
];

/// Words that add nothing to a sentence.
const POLITE: Choices = "please|pls|plz|thank|thanks|thx|you|u|now|ok|okay|sir|immediately|hi|\
    hello|por|favor|gracias";

/// Turn "stop texting" into its opposite: "don't stop texting me".
const NEGATIONS: Choices = "dont|not|never|cant|didnt|wont|couldnt|wouldnt";

/// Whether a text sounds as if the person wants no more texts, in English or Spanish.
///
/// Cautious on purpose, and never more than a proposal to the agent: the exact keywords are
/// [`OptOutSignal`](super::OptOutSignal)'s affair. "Stop. Thank you" sounds so, "STOP this bill"
/// does not.
#[must_use]
pub fn plain_language_wish(body: &str) -> bool {
    sentences(body).iter().any(|words| is_wish(words))
}

fn is_wish(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !is_one_of(POLITE, word))
        .collect();
    let says_only = |phrase: &Phrase| matches_at(phrase, &said) == Some(said.len());
    ALONE.iter().any(says_only)
        || found(&ALWAYS, &words, |_| true)
        || found(&ABOUT, &words, |near| has(ABOUT_TEXTS, near))
        || found(&FOR_EVER, &words, |near| !has(NOT_FOR_EVER, near))
}

/// Whether one of the phrases stands in the sentence and the words after it will do.
fn found(phrases: &[Phrase], words: &[&str], will_do: impl Fn(&[&str]) -> bool) -> bool {
    phrases.iter().any(|phrase| {
        (0..words.len()).any(|at| {
            let is_negated = has(NEGATIONS, &words[at.saturating_sub(1)..at]);
            let Some(length) = matches_at(phrase, &words[at..]) else {
                return false;
            };
            let after = &words[at + length..];
            !is_negated && will_do(&after[..after.len().min(NEAR_WORDS)])
        })
    })
}

/// How many words the phrase takes at the start of `words`, if it stands there.
fn matches_at(phrase: Phrase, words: &[&str]) -> Option<usize> {
    let mut length = 0;
    for choices in phrase.split(' ') {
        let word = words.get(length)?;
        if !is_one_of(choices, word) {
            return None;
        }
        length += 1;
    }
    Some(length)
}

fn has(choices: Choices, words: &[&str]) -> bool {
    words.iter().any(|word| is_one_of(choices, word))
}

fn is_one_of(choices: Choices, word: &str) -> bool {
    choices.split('|').any(|choice| choice == word)
}

/// The sentences as words in lower case, without accents and apostrophes.
fn sentences(body: &str) -> Vec<Vec<String>> {
    let mut sentences = vec![vec![String::new()]];
    for c in body.chars().flat_map(char::to_lowercase) {
        let words = match sentences.last_mut() {
            Some(words) if !ends_sentence(c) => words,
            _ => {
                sentences.push(vec![String::new()]);
                continue;
            }
        };
        match words.last_mut() {
            Some(word) if c.is_alphanumeric() => word.push(without_accent(c)),
            _ if is_inside_word(c) => {}
            _ => words.push(String::new()),
        }
    }
    for words in &mut sentences {
        words.retain(|word| !word.is_empty());
    }
    sentences
}

fn ends_sentence(c: char) -> bool {
    matches!(
        c,
        '.' | '!' | '?' | ';' | ':' | '¡' | '¿' | '…' | '\n' | '\r'
    )
}

/// Apostrophes, and accents that are characters of their own.
fn is_inside_word(c: char) -> bool {
    matches!(c, '\'' | '’' | '\u{0300}'..='\u{036F}')
}

fn without_accent(c: char) -> char {
    match c {
        'á' | 'à' => 'a',
        'é' | 'è' => 'e',
        'í' | 'ì' => 'i',
        'ó' | 'ò' => 'o',
        'ú' | 'ü' => 'u',
        'ñ' => 'n',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wish_in_ones_own_words_is_suspected() {
        for body in [
            "Stop. Thank you",
            "Stop, thank you",
            "stop please",
            "STOP!!!",
            "stop 🙏",
            "Hi, who is this? Stop.",
            "please stop texting me",
            "Can you stop sending me these messages",
            "STOP SENDING TEXTS",
            "Don't text me",
            "don’t contact me again.",
            "Do not text us anymore",
            "take me off your list",
            "Remove me from this list please",
            "remove my number",
            "I want to opt out of these texts",
            "opt-out",
            "I would like to opt out",
            "Unsubscribe me",
            "no more texts pls",
            "leave me alone",
            "Wrong number. Lose my number!",
            "no me escriban más",
            "No me escriban ma\u{301}s",
            "Por favor no me manden más mensajes",
            "dejen de mandarme mensajes",
            "Deje de escribirme.",
            "no quiero recibir mensajes",
            "quiero darme de baja",
            "¡Basta!",
            "Borren mi número por favor",
        ] {
            assert!(plain_language_wish(body), "{body:?}");
        }
    }

    #[test]
    fn ordinary_texts_are_not_suspected() {
        for body in [
            "",
            "STOP this bill",
            "Please stop the shipment",
            "I'll stop by at 5",
            "is that the last bus stop?",
            "Don't stop texting me, this is great",
            "please don't text me before 9",
            "Don't contact me by email, a text is fine",
            "Can you send me the list?",
            "stop sending the plumber to my old address",
            "opt out of paper billing",
            "remove me from the 3pm slot",
            "Cancel. I'll be late",
            "Yes",
            "unsubscribe is broken on your site",
            "no me mande la factura",
            "no me molesta esperar",
            "no me escribieron ayer",
            "no me escriban hasta mañana",
            "no quiero más pizza",
            "para de llover?",
            "Thank you",
        ] {
            assert!(!plain_language_wish(body), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(body in "\\PC{0,200}|([a-z' .]|stop|no me){0,60}") {
            let _ = plain_language_wish(&body);
        }

        #[test]
        fn case_and_noise_around_a_wish_do_not_matter(
            before in "[A-Za-z ]{0,20}[.!?]", upper in any::<bool>(), after in "[.!?][A-Za-z ]{0,20}",
        ) {
            let wish = if upper { "PLEASE STOP TEXTING ME" } else { "please stop texting me" };
            let body = format!("{before}{wish}{after}");
            prop_assert!(plain_language_wish(&body));
        }
    }
}
