//! Small habits: exceptions with a reason, no stray output, nothing left for later, and a head
//! that says what a module is for.

use super::Violation;
use super::lexer::{Kind, Token};
use super::source::{Source, Sources, matching};

/// Where a program speaks to people.
const SPEAKERS: &[&str] = &["relay/src/cli/", "tui/src/cli/"];
/// What prints.
const PRINTERS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];
/// What says that something is missing.
const PROMISES: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// `#[allow(…)]` anywhere; `#[expect(…)]` without a reason.
pub fn exceptions(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "exceptions to lints";
    let mut found = Vec::new();
    for file in &sources.files {
        let code: Vec<_> = file
            .tokens
            .iter()
            .filter(|token| token.kind != Kind::Comment)
            .collect();
        for at in 0..code.len() {
            let Some(problem) = exception(code.get(at..).unwrap_or_default()) else {
                continue;
            };
            found.push(Violation::new(&file.path, code[at].line, RULE, problem));
        }
    }
    found
}

/// What is wrong with the attribute that begins here, if it is one about lints.
fn exception(code: &[&Token]) -> Option<&'static str> {
    let after = code.get(1..).filter(|_| code[0].is_mark("#"))?;
    let inner = after.first()?.is_mark("!");
    let attribute = after.get(usize::from(inner)..)?;
    let [open, name, ..] = attribute else {
        return None;
    };
    let inside = attribute.get(..matching(attribute, 0, "[", "]")?)?;
    let reasoned = inside.iter().any(|token| token.is_name("reason"));
    match name.text.as_str() {
        _ if !open.is_mark("[") => None,
        "allow" => Some("`allow` outlives what it excuses: use `expect` with a reason"),
        "expect" if !reasoned => Some("`expect` needs a `reason`"),
        _ => None,
    }
}

/// Printing outside of command lines. Tests are free.
pub fn output(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "output only from command lines";
    let quiet = |file: &&Source| !SPEAKERS.iter().any(|home| file.path.starts_with(home));
    let mut found = Vec::new();
    for file in sources.files.iter().filter(quiet) {
        for pair in file.code().windows(2) {
            let [name, mark] = pair else { continue };
            if mark.is_mark("!") && PRINTERS.contains(&name.text.as_str()) {
                let problem = format!("`{}!`", name.text);
                found.push(Violation::new(&file.path, name.line, RULE, problem));
            }
        }
    }
    found
}

/// Comments and macros that promise something for later.
pub fn promises(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "nothing is left for later";
    let mut found = Vec::new();
    for file in &sources.files {
        for (token, next) in file
            .tokens
            .iter()
            .zip(file.tokens.iter().skip(1).map(Some).chain([None]))
        {
            let promise = match token.kind {
                Kind::Comment => token
                    .text
                    .split(|c: char| !c.is_alphanumeric())
                    .find(|word| PROMISES.contains(word)),
                Kind::Name if next.is_some_and(|next| next.is_mark("!")) => {
                    ["todo", "unimplemented"]
                        .into_iter()
                        .find(|name| token.text == *name)
                }
                _ => None,
            };
            if let Some(promise) = promise {
                found.push(Violation::new(&file.path, token.line, RULE, promise));
            }
        }
    }
    found
}

/// Modules of the product that do not begin with `//!`.
pub fn heads(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "a module says what it is for";
    let headless = |file: &&Source| {
        let first = file.tokens.first();
        !file.is_test && !first.is_some_and(|first| first.text.starts_with("//!"))
    };
    let files = sources.files.iter().filter(headless);
    files
        .map(|file| Violation::new(&file.path, 1, RULE, "expected `//! …` in the first line"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Sources) -> Vec<Violation>, path: &str, text: &str, lines: &[usize]) {
        let found = rule(&Sources::of(vec![Source::new(path, text)]));
        let found: Vec<_> = found.iter().map(|violation| violation.line).collect();
        assert_eq!(found, lines, "{path}: {text}");
    }

    #[test]
    fn exceptions_want_expect_and_a_reason() {
        let text = "#![allow(dead_code)]\n#[expect(unused)]\n#[expect(unused, reason = \"x\")]\n\
                    // #[allow(a)]\nfn f() { a.expect(\"b\"); allow(c); vec![allow(d)] }";
        check(exceptions, "relay/src/a.rs", text, &[1, 2]);
    }

    #[test]
    fn only_command_lines_and_tests_print() {
        let text = "fn f() { println!(\"a\"); }\n// println!\nfn print() {}\n\
                    #[cfg(test)]\nmod t { fn g() { dbg!(1); } }";
        check(output, "relay/src/desk/a.rs", text, &[1]);
        check(output, "relay/src/cli/a.rs", text, &[]);
    }

    #[test]
    fn promises_are_found_in_comments_and_macros() {
        let text =
            "// TODO: more\nfn f(todo: T) { todo!() }\n// Todos os dias\nconst A: &str = \"TODO\";";
        check(promises, "relay/src/a.rs", text, &[1, 2]);
    }

    #[test]
    fn a_module_without_a_head_is_found() {
        check(heads, "relay/src/a.rs", "use x;\n//! Late.", &[1]);
        check(heads, "relay/src/a.rs", "//! Says it.\nuse x;", &[]);
        check(heads, "relay/tests/a.rs", "use x;", &[]);
    }
}
