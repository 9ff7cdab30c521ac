//! The repository's sources, with what is test code marked as such.

use super::lexer::{self, Kind, Token};
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

/// The folders with sources.
const CRATES: [&str; 4] = ["common", "relay", "tui", "tests"];

/// A Rust file.
#[derive(Clone, Debug)]
pub struct Source {
    /// From the top of the repository, with `/`.
    pub path: String,
    /// How many lines it has.
    pub lines: usize,
    /// Its tokens, comments among them.
    pub tokens: Vec<Token>,
    /// Whether all of it is compiled for tests only.
    pub is_test: bool,
    test_lines: Vec<RangeInclusive<usize>>,
}

impl Source {
    /// A file with that content.
    pub fn new(path: &str, text: &str) -> Self {
        let tokens = lexer::tokens(text);
        let mut source = Self {
            path: path.to_owned(),
            lines: text.lines().count(),
            is_test: path
                .split('/')
                .rev()
                .skip(1)
                .any(|folder| folder == "tests"),
            test_lines: Vec::new(),
            tokens,
        };
        source.test_lines = source.test_items().map(|item| item.lines).collect();
        source
    }

    /// Tokens that are compiled into the product: no comments, no tests.
    pub fn code(&self) -> Vec<&Token> {
        let tokens = self.tokens.iter();
        tokens
            .filter(|token| token.kind != Kind::Comment && !self.in_test(token.line))
            .collect()
    }

    /// Whether a line belongs to test code.
    pub fn in_test(&self, line: usize) -> bool {
        self.is_test || self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// Names of this module from the crate's root: `outbox/policy.rs` is `outbox`, `policy`.
    pub fn module(&self) -> Vec<&str> {
        let inner = self.path.split_once("/src/").map_or("", |(_, path)| path);
        let mut names: Vec<_> = inner.trim_end_matches(".rs").split('/').collect();
        if matches!(names.last(), Some(&("mod" | "lib" | "main"))) {
            names.pop();
        }
        names
    }

    /// The folder in which this module's children lie.
    fn children(&self) -> String {
        let stem = self.path.trim_end_matches(".rs");
        let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
        match name {
            "mod" | "lib" | "main" => folder.to_owned(),
            _ => stem.to_owned(),
        }
    }

    fn test_items(&self) -> impl Iterator<Item = TestItem> {
        let code: Vec<&Token> = self
            .tokens
            .iter()
            .filter(|token| token.kind != Kind::Comment)
            .collect();
        (0..code.len()).filter_map(move |at| test_item(code.get(at..)?))
    }
}

/// An item under `#[cfg(test)]`.
struct TestItem {
    lines: RangeInclusive<usize>,
    /// The module's name, where its content lies in another file.
    file: Option<String>,
}

/// The item that follows, where the tokens begin with an attribute that limits it to tests.
fn test_item(code: &[&Token]) -> Option<TestItem> {
    let opens = ["#", "[", "cfg", "("];
    if !opens
        .iter()
        .zip(code)
        .all(|(text, token)| token.text == *text)
    {
        return None;
    }
    let end = matching(code, 1, "[", "]")?;
    let attribute = code.get(..end)?;
    let names = |name| attribute.iter().any(|token| token.is_name(name));
    if !names("test") || names("not") {
        return None;
    }
    let item = code.get(end + 1..)?;
    let first = item.first()?;
    let stop = item
        .iter()
        .position(|token| token.is_mark("{") || token.is_mark(";"))?;
    let last = if item.get(stop)?.is_mark("{") {
        matching(item, stop, "{", "}")?
    } else {
        stop
    };
    let module = item.iter().position(|token| token.is_name("mod"));
    let file = module
        .filter(|at| at + 2 == stop && last == stop)
        .and_then(|at| Some(item.get(at + 1)?.text.clone()));
    let lines = first.line..=item.get(last)?.line;
    Some(TestItem { lines, file })
}

/// Where the bracket that opens at `from` closes.
pub(super) fn matching(code: &[&Token], from: usize, open: &str, close: &str) -> Option<usize> {
    let mut depth = 0_usize;
    code.iter().enumerate().skip(from).find_map(|(at, token)| {
        if token.is_mark(open) {
            depth += 1;
        } else if token.is_mark(close) {
            depth = depth.saturating_sub(1);
        }
        (depth == 0).then_some(at)
    })
}

/// Every Rust file of the repository.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// In the order of their paths.
    pub files: Vec<Source>,
}

impl Sources {
    /// Reads the crates below `root`.
    ///
    /// # Errors
    /// A folder or a file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        for name in CRATES {
            walk(root, &root.join(name), &mut |path, file| {
                if path.ends_with(".rs") {
                    files.push(Source::new(path, &std::fs::read_to_string(file)?));
                }
                Ok(())
            })?;
        }
        Ok(Self::of(files))
    }

    /// Files that were read already: marks those that a `#[cfg(test)] mod name;` leads to.
    pub fn of(mut files: Vec<Source>) -> Self {
        files.sort_by(|one, other| one.path.cmp(&other.path));
        let tests: BTreeSet<String> = files
            .iter()
            .flat_map(|file| {
                let folder = file.children();
                let names = file.test_items().filter_map(|item| item.file);
                names
                    .map(|name| format!("{folder}/{name}"))
                    .collect::<Vec<_>>()
            })
            .collect();
        for file in &mut files {
            let stem = file.path.trim_end_matches(".rs");
            file.is_test |= tests
                .iter()
                .any(|test| stem == test || stem.starts_with(&format!("{test}/")));
        }
        Self { files }
    }

    /// Whether there is a file at that path.
    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// The names of all functions, tests among them.
    pub fn functions(&self) -> HashSet<&str> {
        let pairs = self.files.iter().flat_map(|file| file.tokens.windows(2));
        pairs
            .filter(|pair| pair[0].kind == Kind::Name && pair[0].text == "fn")
            .map(|pair| pair[1].text.as_str())
            .collect()
    }
}

/// Calls `visit` with every file below `folder`, in order: its path from `root`, and itself.
///
/// # Errors
/// A folder cannot be read, or `visit` failed.
pub fn walk(
    root: &Path,
    folder: &Path,
    visit: &mut dyn FnMut(&str, &Path) -> io::Result<()>,
) -> io::Result<()> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            walk(root, &path, visit)?;
            continue;
        }
        let inner = path.strip_prefix(root).unwrap_or(&path);
        visit(&inner.to_string_lossy().replace('\\', "/"), &path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_for_tests_is_told_from_code_of_the_product() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() {}\n}\n#[cfg(not(test))]\nfn c() {}\n\
                    #[cfg(all(test, unix))]\nfn d() {\n}\nfn e() {}\n";
        let source = Source::new("relay/src/x.rs", text);
        let tests: Vec<_> = (1..=11).filter(|line| source.in_test(*line)).collect();
        assert_eq!(tests, [3, 4, 5, 9, 10]);
    }

    #[test]
    fn a_file_that_only_tests_include_is_test_code_with_all_below_it() {
        let sources = Sources::of(vec![
            Source::new("relay/src/x.rs", "#[cfg(test)]\nmod fakes;\nmod real;"),
            Source::new("relay/src/x/fakes.rs", ""),
            Source::new("relay/src/x/fakes/clock.rs", ""),
            Source::new("relay/src/x/real.rs", ""),
            Source::new("relay/src/fakes.rs", ""),
            Source::new("relay/tests/it.rs", ""),
        ]);
        let tests = sources.files.iter().filter(|file| file.is_test);
        let tests: Vec<_> = tests.map(|file| file.path.as_str()).collect();
        assert_eq!(
            tests,
            [
                "relay/src/x/fakes.rs",
                "relay/src/x/fakes/clock.rs",
                "relay/tests/it.rs"
            ]
        );
    }

    #[test]
    fn a_file_knows_its_module() {
        for (path, module) in [
            ("relay/src/lib.rs", &[] as &[&str]),
            ("relay/src/outbox/policy.rs", &["outbox", "policy"]),
            ("relay/src/outbox/mod.rs", &["outbox"]),
        ] {
            assert_eq!(Source::new(path, "").module(), module);
        }
    }
}
