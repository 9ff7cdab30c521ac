//! Rust's tokens, as far as the rules need them: names, texts and comments told apart, so that no
//! rule takes a comment for code or a brace in a text for a block.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or a keyword.
    Name,
    /// One character of punctuation, or `::`.
    Mark,
    /// A string literal of any kind; the token's text is what stands between the quotes.
    Text,
    /// A character, a lifetime or a number.
    Other,
    /// A comment of any kind, its slashes included.
    Comment,
}

/// A piece of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// What it says.
    pub text: String,
    /// Where it begins, counted from 1.
    pub line: usize,
}

impl Token {
    /// Whether this is that punctuation.
    pub fn is_mark(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// Whether this is that identifier or keyword.
    pub fn is_name(&self, name: &str) -> bool {
        self.kind == Kind::Name && self.text == name
    }
}

/// Splits a source into its tokens. Never fails: what is not Rust comes out as punctuation.
pub(super) fn tokens(source: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        rest: source,
        line: 1,
        tokens: Vec::new(),
    };
    while !lexer.rest.is_empty() {
        lexer.step();
    }
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    line: usize,
    tokens: Vec<Token>,
}

fn in_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl Lexer<'_> {
    fn step(&mut self) {
        let rest = self.rest;
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first.is_whitespace() {
            self.advance(first.len_utf8());
        } else if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            self.token(Kind::Comment, length, 0..length);
        } else if rest.starts_with("/*") {
            let length = block_comment(rest);
            self.token(Kind::Comment, length, 0..length);
        } else if let Some((length, inside)) = text(rest) {
            self.token(Kind::Text, length, inside);
        } else if rest.starts_with("b'") || first == '\'' {
            let length = quoted(rest);
            self.token(Kind::Other, length, 0..length);
        } else if in_name(first) {
            let raw = if rest.starts_with("r#") { 2 } else { 0 };
            let length = raw
                + rest[raw..]
                    .find(|c| !in_name(c))
                    .unwrap_or(rest.len() - raw);
            let kind = if first.is_ascii_digit() {
                Kind::Other
            } else {
                Kind::Name
            };
            self.token(kind, length, raw..length);
        } else {
            let length = if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            self.token(Kind::Mark, length, 0..length);
        }
    }

    fn token(&mut self, kind: Kind, length: usize, says: std::ops::Range<usize>) {
        let text = self.rest.get(says).unwrap_or_default().to_owned();
        let line = self.line;
        self.tokens.push(Token { kind, text, line });
        self.advance(length);
    }

    fn advance(&mut self, length: usize) {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
    }
}

/// The length of a block comment; those of Rust nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        let here = &rest[at..];
        if here.starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of the string literal at the beginning, and where its content stands.
fn text(rest: &str) -> Option<(usize, std::ops::Range<usize>)> {
    let prefix = ["br", "cr", "r", "b", "c", ""]
        .into_iter()
        .find(|prefix| {
            let after = rest.strip_prefix(prefix).unwrap_or_default();
            let after = if prefix.ends_with('r') {
                after.trim_start_matches('#')
            } else {
                after
            };
            after.starts_with('"')
        })?
        .len();
    let hashes = rest[prefix..].len() - rest[prefix..].trim_start_matches('#').len();
    let begin = prefix + hashes + 1;
    let inside = &rest[begin..];
    let length = if rest[..prefix].ends_with('r') {
        inside.find(&format!("\"{}", "#".repeat(hashes)))
    } else {
        closing_quote(inside)
    };
    let length = length.unwrap_or(inside.len());
    let end = (begin + length + 1 + hashes).min(rest.len());
    Some((end, begin..begin + length))
}

fn closing_quote(inside: &str) -> Option<usize> {
    let mut escaped = false;
    inside.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at)
    })
}

/// The length of a character literal or a lifetime.
fn quoted(rest: &str) -> usize {
    let begin = rest.find('\'').unwrap_or(0) + 1;
    let mut chars = rest[begin..].char_indices();
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((_, escaped))) => {
            let from = begin + 1 + escaped.len_utf8();
            rest[from..]
                .find('\'')
                .map_or(rest.len(), |end| from + end + 1)
        }
        (_, Some((end, '\''))) => begin + end + 1,
        _ => {
            let name = rest[begin..].find(|c| !in_name(c));
            name.map_or(rest.len(), |end| begin + end)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[(Kind, &str)]) {
        let found = tokens(source);
        let found: Vec<_> = found.iter().map(|t| (t.kind, t.text.as_str())).collect();
        assert_eq!(found, expected, "{source}");
    }

    #[test]
    fn a_brace_in_a_text_or_a_comment_is_no_brace() {
        check(
            "a{\"}\\\"}\" /* } /* } */ } */ // }\n}",
            &[
                (Kind::Name, "a"),
                (Kind::Mark, "{"),
                (Kind::Text, "}\\\"}"),
                (Kind::Comment, "/* } /* } */ } */"),
                (Kind::Comment, "// }"),
                (Kind::Mark, "}"),
            ],
        );
    }

    #[test]
    fn raw_texts_end_where_their_hashes_say() {
        check(
            "r#\"a\"b\"# br\"\\\" b\"x\" c\"y\" r\"\"",
            &[
                (Kind::Text, "a\"b"),
                (Kind::Text, "\\"),
                (Kind::Text, "x"),
                (Kind::Text, "y"),
                (Kind::Text, ""),
            ],
        );
    }

    #[test]
    fn characters_lifetimes_and_raw_names_are_told_apart() {
        check(
            "'\"' '\\'' '\\u{1f}' b'{' &'a str 'x: r#fn r 1_000u8",
            &[
                (Kind::Other, "'\"'"),
                (Kind::Other, "'\\''"),
                (Kind::Other, "'\\u{1f}'"),
                (Kind::Other, "b'{'"),
                (Kind::Mark, "&"),
                (Kind::Other, "'a"),
                (Kind::Name, "str"),
                (Kind::Other, "'x"),
                (Kind::Mark, ":"),
                (Kind::Name, "fn"),
                (Kind::Name, "r"),
                (Kind::Other, "1_000u8"),
            ],
        );
    }

    #[test]
    fn lines_are_counted_through_everything() {
        let found = tokens("a\n/*\n*/ \"\n\n\" 'é' b");
        let lines: Vec<_> = found.iter().map(|token| token.line).collect();
        assert_eq!(lines, [1, 2, 3, 5, 5]);
    }

    #[test]
    fn what_never_ends_ends_with_the_file() {
        for source in ["\"abc", "/* /* */", "r##\"a\"#", "'\\", "b'", "'", "r#"] {
            assert!(!tokens(source).is_empty(), "{source}");
        }
    }
}
