//! The breaks of `tests/mutations` still fit the code that they break. A patch that no longer
//! applies would be noticed only by whoever runs them all.

use super::Violation;
use serde::Deserialize;
use std::path::Path;

/// How many there are at least.
pub const BREAKS_MIN: usize = 20;

/// What `tests/mutations/run` reads.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    breaks: String,
    invariant: String,
    tests: Vec<String>,
    patch: Vec<Patch>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    file: String,
    find: String,
    replace: String,
}

/// What is wrong with one break, read from `path`; `source` gives the text of a file.
pub fn check(path: &str, text: &str, source: impl Fn(&str) -> String) -> Vec<Violation> {
    const RULE: &str = "a break on purpose fits the code";
    let found = match toml::from_str::<Break>(text) {
        Ok(found) => found,
        Err(error) => return vec![Violation::new(path, 1, RULE, error.to_string())],
    };
    let mut wrong = Vec::new();
    let words = [&found.breaks, &found.invariant];
    if found.tests.is_empty() || found.patch.is_empty() || words.iter().any(|word| word.is_empty())
    {
        wrong.push("something is empty".to_owned());
    }
    for Patch {
        file,
        find,
        replace,
    } in &found.patch
    {
        let times = source(file).matches(find.as_str()).count();
        if times != 1 {
            wrong.push(format!("what to find is {times} times in {file}"));
        }
        if find == replace {
            wrong.push(format!("the patch of {file} changes nothing"));
        }
    }
    wrong
        .into_iter()
        .map(|wrong| Violation::new(path, 1, RULE, wrong))
        .collect()
}

/// Every break below `root`, with its path and its text.
///
/// # Errors
/// They cannot be read.
pub fn all(root: &Path) -> std::io::Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for file in std::fs::read_dir(root.join("tests/mutations"))? {
        let name = file?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".toml") {
            let path = format!("tests/mutations/{name}");
            let text = std::fs::read_to_string(root.join(&path))?;
            all.push((path, text));
        }
    }
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(find: &str, replace: &str) -> Vec<String> {
        let text = format!(
            "breaks = 'it'\ninvariant = 'one'\ntests = ['true']\n[[patch]]\nfile = 'a.rs'\n\
             find = '{find}'\nreplace = '{replace}'\n"
        );
        let found = check("x.toml", &text, |_| "one two two".to_owned());
        found.into_iter().map(|violation| violation.found).collect()
    }

    #[test]
    fn a_patch_fits_in_exactly_one_place_and_changes_it() {
        assert_eq!(wrong("one", "three"), [""; 0]);
        assert_eq!(wrong("two", "x"), ["what to find is 2 times in a.rs"]);
        assert_eq!(wrong("four", "x"), ["what to find is 0 times in a.rs"]);
        assert_eq!(wrong("one", "one"), ["the patch of a.rs changes nothing"]);
    }

    #[test]
    fn a_break_says_what_it_breaks_and_who_sees_it() {
        assert_eq!(check("x.toml", "breaks = 'it'", |_| String::new()).len(), 1);
        let nothing = "breaks = ''\ninvariant = ''\ntests = []\npatch = []";
        assert_eq!(check("x.toml", nothing, |_| String::new()).len(), 1);
    }
}
