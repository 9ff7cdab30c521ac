//! Fields: expressions of a template that wait in a draft for somebody to fill them in.

use std::ops::Range;

/// A field in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it asks for, without the braces.
    pub name: String,
}

/// Where `sources`, expressions with their braces, stand in `text`, in its order. Other braces are
/// text: only what came from a template is a field.
#[must_use]
pub fn fields<S: AsRef<str>>(text: &str, sources: &[S]) -> Vec<Field> {
    let mut found: Vec<Field> = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find("{{").map(|offset| at + offset) {
        let rest = &text[next..];
        let here = sources
            .iter()
            .map(AsRef::as_ref)
            .filter(|source| source.starts_with("{{") && rest.starts_with(source))
            .max_by_key(|source| source.len());
        at = match here {
            Some(source) => {
                let range = next..next + source.len();
                let name = source.trim_matches(['{', '}', ' ']).to_owned();
                found.push(Field { range, name });
                next + source.len()
            }
            None => next + 1,
        };
    }
    found
}
