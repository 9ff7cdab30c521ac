//! Pages that people write by hand, and the top of the repository.

use super::Violation;
use std::collections::HashSet;
use std::path::Path;

/// What lies at the top of the repository, and nothing else.
pub const TOP: &[&str] = &[
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "common",
    "config.example.toml",
    "deny.toml",
    "docs",
    "packaging",
    "relay",
    "rustfmt.toml",
    "tests",
    "tui",
];
/// The longest ARCHITECTURE.md, in lines: more is not read.
pub const ARCHITECTURE_LINES_MAX: usize = 150;

/// Where a path that stands in a text begins.
const FOLDERS: &[&str] = &[
    "common/",
    "relay/",
    "tui/",
    "tests/",
    "docs/",
    "packaging/",
    ".ci/",
];

/// Entries of the top that do not belong there, and such that are missing.
pub fn top<'a>(tracked: impl IntoIterator<Item = &'a str>) -> Vec<Violation> {
    const RULE: &str = "the top of the repository";
    let mut names: Vec<_> = tracked
        .into_iter()
        .filter_map(|path| path.split('/').next())
        .collect();
    names.sort_unstable();
    names.dedup();
    let strange = names.iter().filter(|name| !TOP.contains(name));
    let strange = strange.map(|name| Violation::new(name, 1, RULE, "does not belong here"));
    let missing = TOP.iter().filter(|name| !names.contains(name));
    let missing = missing.map(|name| Violation::new(name, 1, RULE, "is missing"));
    strange.chain(missing).collect()
}

/// Tests that a page names as proof, the last code of a row, and that there are not: `functions` are the
/// names of all.
pub fn proofs(path: &str, page: &str, functions: &HashSet<&str>) -> Vec<Violation> {
    const RULE: &str = "a test that a page names is there";
    let rows = page
        .lines()
        .zip(1..)
        .filter(|(row, _)| row.starts_with('|'));
    let proofs = rows.flat_map(|(row, line)| {
        let last = row.trim_end().trim_end_matches('|').rsplit('|').next();
        let names = last.unwrap_or_default().split('`').skip(1).step_by(2);
        names.map(move |name| (name, line))
    });
    let tests = proofs.filter(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
    tests
        .filter(|(name, _)| !functions.contains(name))
        .map(|(name, line)| Violation::new(path, line, RULE, format!("there is no {name}")))
        .collect()
}

/// Links and paths in a page that lead to no file. A link is relative to the page, a path between
/// backticks or in a block to the top of the repository.
pub fn references(root: &Path, path: &str, page: &str) -> Vec<Violation> {
    const RULE: &str = "pages lead to files that exist";
    let folder = root.join(path);
    let folder = folder.parent().unwrap_or(root);
    let mut found = Vec::new();
    let mut fenced = false;
    for (text, line) in page.lines().zip(1..) {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let links = links(text).filter(|link| !folder.join(link).exists());
        let codes: Vec<_> = if fenced {
            vec![text]
        } else {
            text.split('`').skip(1).step_by(2).collect()
        };
        let words = codes.into_iter().flat_map(str::split_whitespace);
        let paths = words
            .map(|word| word.trim_end_matches([',', '.', ':', ')', '/']))
            .filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)))
            .filter(|word| !root.join(word).exists());
        found.extend(
            links
                .chain(paths)
                .map(|problem| Violation::new(path, line, RULE, problem)),
        );
    }
    found
}

/// Targets of links to other files, without the place in them.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?;
        let file = target.split('#').next()?;
        (!file.is_empty() && !file.contains(':')).then_some(file)
    })
}

/// A changelog without a part for what comes next or for this version.
pub fn changelog(path: &str, page: &str, version: &str) -> Vec<Violation> {
    const RULE: &str = "the changelog tells of this version";
    let parts = [format!("## [{version}]"), "## [Unreleased]".to_owned()];
    let mut lines = page.lines();
    if lines.any(|line| parts.iter().any(|part| line.starts_with(part))) {
        return Vec::new();
    }
    let problem = format!("expected a line `{}` or `{}`", parts[1], parts[0]);
    vec![Violation::new(path, 1, RULE, problem)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_and_gaps_at_the_top_are_named() {
        assert_eq!(top(TOP.iter().copied()), []);
        let paths = TOP.iter().copied().filter(|name| *name != "docs");
        let found = top(paths.chain(["notes.txt", "relay/src/lib.rs"]));
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(
            found,
            [
                "notes.txt:1: the top of the repository: does not belong here",
                "docs:1: the top of the repository: is missing",
            ]
        );
    }

    #[test]
    fn links_and_paths_that_lead_nowhere_are_named() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("docs")).unwrap();
        std::fs::write(root.path().join("docs/a.md"), "").unwrap();
        let page = "[a](a.md#x) [b](b.md) [w](https://w.example) [here](#x)\n\
                    `docs/a.md`, `docs/c.md`, docs/prose.md\n```\ndocs/  all\ndocs/d.md  gone\n```\n";
        let found = references(root.path(), "docs/page.md", page);
        let found: Vec<_> = found.iter().map(|v| (v.line, v.found.as_str())).collect();
        assert_eq!(found, [(1, "b.md"), (2, "docs/c.md"), (5, "docs/d.md")]);
    }

    #[test]
    fn a_proof_that_is_not_there_is_named() {
        let page =
            "| a | `b` | `it_holds` |\n| c | d | `it_is_gone` |\n| e | f | `.ci/run` |\n`no_row`\n";
        let found = proofs("P.md", page, &HashSet::from(["it_holds"]));
        let found: Vec<_> = found.iter().map(|v| (v.line, v.found.as_str())).collect();
        assert_eq!(found, [(2, "there is no it_is_gone")]);
    }

    #[test]
    fn a_changelog_that_stopped_is_named() {
        assert_eq!(changelog("C.md", "# C\n## [Unreleased]\n", "0.2.0"), []);
        assert_eq!(
            changelog("C.md", "# C\n## [0.2.0] - 2026-11-21\n", "0.2.0"),
            []
        );
        assert_eq!(changelog("C.md", "# C\n## [0.1.0]\n", "0.2.0").len(), 1);
    }
}
