//! Variables in the text of a template: which there are, which are missing, the finished text.
//!
//! A variable is `{{ name }}`; a name is letters, digits and `_`, in parts joined by dots, such as
//! `{{contact.first_name}}`. Braces that hold no name are text like any other. Values are inserted
//! as they are and never read as a template again, so a customer's name cannot inject one.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// Longest name of a variable, in bytes: longer ones are a slip of the pen, not a name.
pub const NAME_BYTES_MAX: usize = 64;

/// A text with its variables filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The text; a variable without a value stands in it as it was written.
    pub text: String,
    /// Names without a value, in the order of the text, each once. Not empty: do not send.
    pub missing: Vec<String>,
}

/// The names of the variables in `body`, in the order of the text, each once.
#[must_use]
pub fn variables(body: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for piece in pieces(body) {
        if let Piece::Variable { name, .. } = piece
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// Fills in `body`. `lookup` gives the value of a name, or `None` if there is none.
#[must_use]
pub fn render<'v>(body: &str, lookup: impl Fn(&str) -> Option<Cow<'v, str>>) -> Rendered {
    let mut rendered = Rendered {
        text: String::with_capacity(body.len()),
        missing: Vec::new(),
    };
    for piece in pieces(body) {
        match piece {
            Piece::Text(text) => rendered.text.push_str(text),
            Piece::Variable { name, source } => match lookup(name) {
                Some(value) => rendered.text.push_str(&value),
                None => {
                    rendered.text.push_str(source);
                    if !rendered.missing.iter().any(|missing| missing == name) {
                        rendered.missing.push(name.to_owned());
                    }
                }
            },
        }
    }
    rendered
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'b> {
    Text(&'b str),
    /// `source` is the variable as written, with its braces.
    Variable {
        name: &'b str,
        source: &'b str,
    },
}

/// Cuts a body into pieces that together are the body.
fn pieces(body: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = body;
    std::iter::from_fn(move || {
        if let Some((name, length)) = variable_at_start(rest) {
            let (source, behind) = rest.split_at(length);
            rest = behind;
            return Some(Piece::Variable { name, source });
        }
        let mut braces = rest.match_indices('{').map(|(at, _)| at);
        let next = braces.find(|at| variable_at_start(&rest[*at..]).is_some());
        let (text, behind) = rest.split_at(next.unwrap_or(rest.len()));
        rest = behind;
        (!text.is_empty()).then_some(Piece::Text(text))
    })
}

/// The name of the variable that `text` starts with, and its length with braces in bytes.
fn variable_at_start(text: &str) -> Option<(&str, usize)> {
    let inner = text.strip_prefix("{{")?;
    let padded = inner.trim_start_matches(' ');
    let end = padded.find(|c: char| !is_name_char(c))?;
    let (name, behind) = padded.split_at(end);
    let behind = behind.trim_start_matches(' ').strip_prefix("}}")?;
    let is_name = name.len() <= NAME_BYTES_MAX && name.split('.').all(|part| !part.is_empty());
    is_name.then(|| (name, text.len() - behind.len()))
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ana(name: &str) -> Option<Cow<'static, str>> {
        match name {
            "name" | "contact.first_name" => Some("Ana".into()),
            "trick" => Some("{{name}}".into()),
            "empty" => Some("".into()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_listed_in_order_and_once() {
        let body = "Hi {{contact.first_name}}, {{ time }} at {{address}}? {{time}} {{año_2}}";
        assert_eq!(
            variables(body),
            ["contact.first_name", "time", "address", "año_2"]
        );
        assert_eq!(variables("no braces"), Vec::<&str>::new());
    }

    #[test]
    fn values_take_the_place_of_their_variables() {
        for (body, text) in [
            ("Hi {{name}}!", "Hi Ana!"),
            ("{{  name  }}{{name}}", "AnaAna"),
            ("[{{empty}}]", "[]"),
            ("{{{name}}}", "{Ana}"),
            ("{{ {{name}} }}", "{{ Ana }}"),
            ("{{trick}}", "{{name}}"),
        ] {
            let rendered = render(body, ana);
            assert_eq!(
                (rendered.text.as_str(), rendered.missing.len()),
                (text, 0),
                "{body}"
            );
        }
    }

    #[test]
    fn a_missing_value_is_named_once_and_its_variable_stays() {
        let rendered = render("{{when}} {{name}} {{ when }} {{who}}", ana);
        assert_eq!(rendered.text, "{{when}} Ana {{ when }} {{who}}");
        assert_eq!(rendered.missing, ["when", "who"]);
    }

    #[test]
    fn braces_without_a_name_are_text() {
        let long = format!("{{{{{}}}}}", "n".repeat(NAME_BYTES_MAX + 1));
        for body in [
            "",
            "{",
            "{{",
            "{{}}",
            "{{ }}",
            "{name}",
            "{{name",
            "{{name}",
            "{{na me}}",
            "{{a..b}}",
            "{{.a}}",
            "{{a.}}",
            "{{na\nme}}",
            "{{name\n}}",
            "}}{{",
            "{% x %}",
            "{{a|b}}",
            &long,
        ] {
            assert_eq!(render(body, |_| Some("x".into())).text, body);
            assert!(variables(body).is_empty(), "{body}");
        }
    }

    proptest! {
        #[test]
        fn a_text_without_values_stays_as_it_was(body in "([{} a.é]|\\{\\{|\\}\\}|[a-z]{1,4}){0,40}") {
            let rendered = render(&body, |_| None);
            prop_assert_eq!(&rendered.text, &body);
            prop_assert_eq!(rendered.missing, variables(&body));
        }

        #[test]
        fn every_variable_is_filled(names in prop::collection::vec("[a-z]{1,5}(\\.[a-z]{1,5})?", 0..6)) {
            let body: String = names.iter().map(|name| format!("<{{{{ {name} }}}}>")).collect();
            let expected: String = names.iter().map(|name| format!("<[{name}]>")).collect();
            let rendered = render(&body, |name| Some(format!("[{name}]").into()));
            prop_assert_eq!(rendered.text, expected);
            prop_assert!(rendered.missing.is_empty());
        }
    }
}
