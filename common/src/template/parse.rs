//! Cuts a template into text and expressions. Knows where an expression ends, not what it means.

use super::error::TemplateError;
use super::record::BODY_CHARACTERS_MAX;

/// The longest expression, in bytes: longer ones are a slip of the pen. It also bounds how deep the
/// parts of one can be nested.
const EXPRESSION_BYTES_MAX: usize = 400;
/// The deepest parentheses: each level takes some of the stack.
const DEPTH_MAX: usize = 8;

/// A part of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'b> {
    Text(&'b str),
    Expression(Expression<'b>),
}

/// What stands between double braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Expression<'b> {
    /// As written, with its braces.
    pub(super) source: &'b str,
    /// Without them.
    pub(super) inner: &'b str,
    /// Where `inner` begins in the body, in bytes.
    pub(super) at: usize,
}

/// The parts of a body; comments are left out.
///
/// # Errors
/// It is too long, an expression or a comment has no end, or something stands in it that cannot.
pub(super) fn pieces(body: &str) -> Result<Vec<Piece<'_>>, TemplateError> {
    if let Some((byte, _)) = body.char_indices().nth(BODY_CHARACTERS_MAX) {
        let most = format!("at most {BODY_CHARACTERS_MAX} characters");
        return Err(expected(body, byte, &most));
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < body.len() {
        let next = next_mark(body, at);
        if next > at {
            pieces.push(Piece::Text(&body[at..next]));
        }
        at = next;
        let rest = &body[at..];
        if rest.starts_with("{{") {
            let end = expression_end(body, at)?;
            pieces.push(Piece::Expression(Expression {
                source: &body[at..end],
                inner: &body[at + 2..end - 2],
                at: at + 2,
            }));
            at = end;
        } else if rest.starts_with("{#") {
            let length = rest
                .find("#}")
                .ok_or_else(|| expected(body, at, "`#}` behind this comment"))?;
            at += length + 2;
        } else if rest.starts_with("{%") {
            let words = "statements such as {% if %} or {% for %} are not part of a template; \
                         expected a variable such as {{ name }}";
            return Err(TemplateError::at(body, at, words));
        }
    }
    Ok(pieces)
}

/// The first mark at or behind `from`, or the end.
fn next_mark(body: &str, from: usize) -> usize {
    let marks = ["{{", "{#", "{%"];
    let found = marks.iter().filter_map(|mark| body[from..].find(mark));
    found.min().map_or(body.len(), |at| from + at)
}

fn expected(body: &str, at: usize, what: &str) -> TemplateError {
    TemplateError::at(body, at, format!("expected {what}"))
}

/// Where the expression that begins at `start` ends, behind its braces.
fn expression_end(body: &str, start: usize) -> Result<usize, TemplateError> {
    let open = || expected(body, start, "`}}` behind this `{{`");
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut depth = 0usize;
    for (offset, c) in body[start + 2..].char_indices() {
        let at = start + 2 + offset;
        if at - start > EXPRESSION_BYTES_MAX {
            return Err(if body[at..].contains("}}") {
                let most =
                    format!("at most {EXPRESSION_BYTES_MAX} bytes between `{{{{` and `}}}}`");
                expected(body, start, &most)
            } else {
                open()
            });
        }
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '}') if body[at..].starts_with("}}") => {
                return if body[start + 2..at].trim().is_empty() {
                    Err(expected(
                        body,
                        at,
                        "the name of a variable, such as {{ name }}",
                    ))
                } else {
                    Ok(at + 2)
                };
            }
            (None, '{' | '}') => return Err(open()),
            (None, ')') => depth = depth.saturating_sub(1),
            (None, '(') if depth == DEPTH_MAX => {
                let words = format!("expected at most {DEPTH_MAX} parentheses in one another");
                return Err(TemplateError::at(body, at, words));
            }
            (None, '(') => depth += 1,
            // Without arithmetic and lists no value can grow without end.
            (None, '*' | '/' | '%' | '+' | '-' | '[' | ']') => {
                let words = format!("`{c}` is not part of a template; every value is text");
                return Err(TemplateError::at(body, at, words));
            }
            (None, _) => {}
        }
    }
    Err(match quote {
        Some(quote) => expected(
            body,
            start,
            &format!("`{quote}` at the end of the words, then `}}}}`"),
        ),
        None => open(),
    })
}
