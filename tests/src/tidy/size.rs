//! How long files and functions may be.

use super::Violation;
use super::lexer::{Kind, Token};
use super::source::{Source, Sources, matching};

/// The most lines of a file: more is two subjects under one name.
pub const FILE_LINES_MAX: usize = 500;
/// The most lines of a function, from `fn` to its closing brace: it fits a screen.
pub const FUNCTION_LINES_MAX: usize = 70;

const RULE: &str = "size";

/// Files and functions that are too long.
pub fn check(sources: &Sources) -> Vec<Violation> {
    sources.files.iter().flat_map(file).collect()
}

fn file(source: &Source) -> Vec<Violation> {
    let mut found = Vec::new();
    let lines = source.lines;
    if lines > FILE_LINES_MAX {
        let problem = format!("the file has {lines} lines, at most {FILE_LINES_MAX}: split it");
        found.push(Violation::new(&source.path, 1, RULE, problem));
    }
    let code: Vec<_> = source
        .tokens
        .iter()
        .filter(|token| token.kind != Kind::Comment)
        .collect();
    for function in functions(&code) {
        let Function { name, line, lines } = function;
        if lines > FUNCTION_LINES_MAX {
            let problem = format!("`{name}` has {lines} lines, at most {FUNCTION_LINES_MAX}");
            found.push(Violation::new(&source.path, line, RULE, problem));
        }
    }
    found
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

fn functions(code: &[&Token]) -> Vec<Function> {
    (0..code.len())
        .filter_map(|at| function(code.get(at..)?))
        .collect()
}

/// The function that begins here, where one does and it has a body.
fn function(code: &[&Token]) -> Option<Function> {
    let [begin, name, ..] = code else {
        return None;
    };
    if !begin.is_name("fn") || name.kind != Kind::Name {
        return None;
    }
    let mut depth = 0_usize;
    let body = code.iter().position(|token| {
        match (token.kind, token.text.as_str()) {
            (Kind::Mark, "(" | "[") => depth += 1,
            (Kind::Mark, ")" | "]") => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (token.is_mark("{") || token.is_mark(";"))
    })?;
    if !code.get(body)?.is_mark("{") {
        return None;
    }
    let end = code.get(matching(code, body, "{", "}")?)?;
    Some(Function {
        name: name.text.clone(),
        line: begin.line,
        lines: end.line - begin.line + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let sources = Sources::of(vec![Source::new("relay/src/x.rs", text)]);
        check(&sources).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_long_file_is_named() {
        assert!(problems(&"\n".repeat(500)).is_empty());
        assert_eq!(
            problems(&"\n".repeat(501)),
            ["relay/src/x.rs:1: size: the file has 501 lines, at most 500: split it"]
        );
    }

    #[test]
    fn a_long_function_is_named_with_its_line() {
        let body = "// }\n".repeat(68);
        assert!(problems(&format!("fn short(a: [u8; 3]) {{\n{body}}}\n")).is_empty());
        let long =
            format!("trait T {{ fn none(&self);\n  fn long() -> u8 {{ '{{';\n{body}\n}} }}\n");
        assert_eq!(
            problems(&long),
            ["relay/src/x.rs:2: size: `long` has 71 lines, at most 70"]
        );
    }

    #[test]
    fn test_code_is_measured_too() {
        let body = "\n".repeat(80);
        assert_eq!(
            problems(&format!("#[cfg(test)]\nmod t {{ fn f() {{{body}}} }}")).len(),
            1
        );
    }
}
