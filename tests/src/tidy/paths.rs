//! The paths that a file uses: `use` trees unfolded, short names led back to what they stand for.

use super::lexer::{Kind, Token};
use super::source::Source;
use std::collections::BTreeMap;

/// What a path may begin with instead of a crate.
const RELATIVES: [&str; 3] = ["crate", "self", "super"];

/// A path that stands in the code, complete as far as the file itself tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedPath {
    /// From the crate (`std`, `crate`, `tokio`) to the item.
    pub segments: Vec<String>,
    /// Where it stands.
    pub line: usize,
}

impl UsedPath {
    /// Whether it is `prefix` (written `std::fs`) or lies below it.
    pub fn is_below(&self, prefix: &str) -> bool {
        let mut segments = self.segments.iter();
        prefix
            .split("::")
            .all(|part| segments.next().is_some_and(|segment| segment == part))
    }

    /// As Rust writes it.
    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// Every path in the product's part of a file. Names of fields and methods are left out.
pub fn used(source: &Source) -> Vec<UsedPath> {
    let code = source.code();
    let mut reader = Reader {
        code: &code,
        at: 0,
        imports: BTreeMap::new(),
        found: Vec::new(),
    };
    reader.read();
    let children = child_modules(&code);
    let Reader { imports, found, .. } = reader;
    found
        .into_iter()
        .map(|path| complete(path, &imports, &children, source))
        .collect()
}

fn child_modules(code: &[&Token]) -> Vec<String> {
    code.windows(3)
        .filter(|window| window[0].is_name("mod") && window[2].is_mark(";"))
        .map(|window| window[1].text.clone())
        .collect()
}

struct Reader<'a> {
    code: &'a [&'a Token],
    at: usize,
    imports: BTreeMap<String, Vec<String>>,
    found: Vec<UsedPath>,
}

impl Reader<'_> {
    fn read(&mut self) {
        while let Some(token) = self.code.get(self.at) {
            let member = self.at > 0 && self.code[self.at - 1].is_mark(".");
            let next = self.code.get(self.at + 1);
            if token.is_name("use") && next.is_some_and(|next| !next.is_mark("<")) {
                self.at += 1;
                self.tree(&[]);
            } else if token.kind == Kind::Name && !member {
                let line = token.line;
                let segments = self.segments();
                // `pub(super)` and a method's `self` lead nowhere.
                if segments.len() > 1 || !RELATIVES.contains(&token.text.as_str()) {
                    self.found.push(UsedPath { segments, line });
                }
            } else {
                self.at += 1;
            }
        }
    }

    /// Names joined by `::`, and the `::` after the last one where something else follows it.
    fn segments(&mut self) -> Vec<String> {
        let mut segments = Vec::new();
        while let Some(token) = self.code.get(self.at)
            && token.kind == Kind::Name
        {
            segments.push(token.text.clone());
            self.at += 1;
            if !self.skip("::") {
                break;
            }
        }
        segments
    }

    fn skip(&mut self, mark: &str) -> bool {
        let there = self
            .code
            .get(self.at)
            .is_some_and(|token| token.is_mark(mark));
        self.at += usize::from(there);
        there
    }

    /// The branches in the braces of a `use` tree.
    fn branches(&mut self, above: &[String]) {
        while self.at < self.code.len() && !self.skip("}") {
            let before = self.at;
            self.tree(above);
            self.skip(",");
            // A macro's variable is no name; it must not hold us up.
            self.at += usize::from(self.at == before);
        }
    }

    /// One branch of a `use` tree.
    fn tree(&mut self, above: &[String]) {
        self.skip("::");
        let line = self.code.get(self.at).map_or(0, |token| token.line);
        let mut segments = above.to_vec();
        segments.extend(self.segments());
        if self.skip("{") {
            return self.branches(&segments);
        }
        let mut name = None;
        if !self.skip("*") {
            if segments.last().is_some_and(|last| last == "self") {
                segments.pop();
            }
            name = segments.last().cloned();
            if self.at_name("as") {
                self.at += 1;
                name = self.segments().pop();
            }
        }
        if let Some(name) = name.filter(|name| name != "_") {
            self.imports.insert(name, segments.clone());
        }
        self.found.push(UsedPath { segments, line });
    }

    fn at_name(&self, name: &str) -> bool {
        let token = self.code.get(self.at);
        token.is_some_and(|token| token.is_name(name))
    }
}

fn complete(
    path: UsedPath,
    imports: &BTreeMap<String, Vec<String>>,
    children: &[String],
    source: &Source,
) -> UsedPath {
    let UsedPath { mut segments, line } = path;
    let first = segments.first().cloned().unwrap_or_default();
    if let Some(import) = imports.get(&first) {
        segments.splice(..1, import.iter().cloned());
    }
    let first = segments.first().cloned().unwrap_or_default();
    let mut module: Vec<String> = source.module().into_iter().map(str::to_owned).collect();
    let own = children.contains(&first);
    if first == "self" || first == "super" || own {
        while segments
            .first()
            .is_some_and(|name| name == "self" || name == "super")
        {
            if segments.remove(0) == "super" {
                module.pop();
            }
        }
        module.insert(0, "crate".to_owned());
        module.append(&mut segments);
        segments = module;
    }
    UsedPath { segments, line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found = used(&Source::new("relay/src/a/b.rs", text));
        let texts: Vec<_> = found.iter().map(UsedPath::text).collect();
        for path in expected {
            assert!(
                texts.iter().any(|text| text == path),
                "{path} not in {texts:?}"
            );
        }
    }

    #[test]
    fn trees_are_unfolded() {
        check(
            "use std::{fs::{self, File}, io as i, collections::*};\npub use ::c::{d as _};",
            &[
                "std::fs",
                "std::fs::File",
                "std::io",
                "std::collections",
                "c::d",
            ],
        );
    }

    #[test]
    fn short_names_are_led_back_to_what_they_stand_for() {
        check(
            "use std::time::{self, Instant as I};\nfn f() { I::now(); time::SystemTime::now() }",
            &["std::time::Instant::now", "std::time::SystemTime::now"],
        );
    }

    #[test]
    fn relatives_are_led_back_to_the_crate() {
        check(
            "mod kid;\nuse super::c::X;\nfn f() { self::y(); super::super::z(); kid::w(); X::v() }",
            &[
                "crate::a::c::X",
                "crate::a::b::y",
                "crate::z",
                "crate::a::b::kid::w",
                "crate::a::c::X::v",
            ],
        );
    }

    #[test]
    fn what_is_no_path_is_left_out() {
        let found = used(&Source::new(
            "relay/src/a.rs",
            "// tokio::a\nfn f(s: &S) -> impl T + use<'_> { s.tokio; \"tokio\" }\n\
             #[cfg(test)]\nmod tests { use tokio::b; }",
        ));
        assert!(
            found.iter().all(|path| !path.is_below("tokio")),
            "{found:?}"
        );
    }
}
