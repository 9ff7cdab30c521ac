//! The two languages of programs that find misspelt words: that of `ispell -a`, and one word a line.
//!
//! Pure.

use crate::event::Misspelt;

/// The most suggestions that are kept for a word: a list shows fewer.
const SUGGESTIONS_MAX: usize = 8;

/// What a program that speaks ispell's language says first.
const GREETING: &str = "@(#)";

/// The text as it is said. A blank before each line keeps ispell from taking a line for an order:
/// `*word` would teach it a word, `#` would have it keep that for ever.
pub(super) fn question(text: &str) -> String {
    let lines = text.lines();
    lines.map(|line| format!(" {line}\n")).collect()
}

/// The misspelt words of an answer, each once.
pub(super) fn read(output: &str) -> Vec<Misspelt> {
    let mut found: Vec<Misspelt> = Vec::new();
    let pipe = output.starts_with(GREETING);
    for line in output.lines() {
        let misspelt = match pipe {
            true => by_ispell(line),
            false => alone(line),
        };
        if let Some(misspelt) = misspelt
            && found.iter().all(|known| known.word != misspelt.word)
        {
            found.push(misspelt);
        }
    }
    found
}

/// `& teh 4 0: the, tea, eh` or `# xyzzy 0`; everything else is about a word that is right.
fn by_ispell(line: &str) -> Option<Misspelt> {
    let (kind, rest) = line.split_once(' ')?;
    let (word, rest) = rest.split_once(' ')?;
    let suggestions = match kind {
        "&" | "?" => rest.split_once(": ").map_or("", |(_, words)| words),
        "#" => "",
        _ => return None,
    };
    let suggestions = suggestions.split(", ").map(str::trim);
    let suggestions = suggestions
        .filter(|it| !it.is_empty())
        .take(SUGGESTIONS_MAX);
    Some(Misspelt {
        word: word.to_owned(),
        suggestions: suggestions.map(str::to_owned).collect(),
    })
}

fn alone(line: &str) -> Option<Misspelt> {
    let word = line.trim();
    let is_word = !word.is_empty() && !word.contains(char::is_whitespace);
    is_word.then(|| Misspelt {
        word: word.to_owned(),
        suggestions: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ispell_s_language_is_read_with_its_suggestions() {
        let output = "@(#) International Ispell Version 3.1.20 (but really Aspell 0.60.8)\n\
                      & teh 4 1: the, tea, eh, Te\n*\n+ CAT\n# xyzzy 12\n\n& teh 4 0: the\n";
        let found = read(output);
        let words: Vec<_> = found.iter().map(|it| it.word.as_str()).collect();
        assert_eq!(words, ["teh", "xyzzy"]);
        assert_eq!(found[0].suggestions, ["the", "tea", "eh", "Te"]);
        assert!(found[1].suggestions.is_empty());
    }

    #[test]
    fn no_line_of_a_text_is_an_order() {
        assert_eq!(question("*teh\n#\n\n!"), " *teh\n #\n \n !\n");
    }

    #[test]
    fn words_alone_are_read_line_by_line() {
        let found = read("teh\nrecieve\nteh\n\nan error: no dictionary\n");
        let words: Vec<_> = found.iter().map(|it| it.word.as_str()).collect();
        assert_eq!(words, ["teh", "recieve"]);
    }
}
