//! `config.example.toml`: every key with its default. Prose stands behind `# `; a setting that
//! has no default stands behind `#` alone, with a sample value.

use super::Violation;
use smsdesk_common::config::Key;
use toml::{Table, Value};

const RULE: &str = "the example has every key with its default";

/// The example with the settings in it that stand behind `#`.
pub fn filled_in(example: &str) -> String {
    let lines = example.lines().map(|line| {
        let setting = line.strip_prefix('#');
        setting
            .filter(|setting| setting.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
            .unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Keys that the example leaves out, sets to another value than the default, or sets although
/// they have none; and keys that do not exist.
pub fn check(path: &str, example: &str, keys: &[Key]) -> Vec<Violation> {
    let violation = |problem: String| Violation::new(path, 1, RULE, problem);
    let parse = |text: &str| text.parse::<Table>().map_err(|error| error.to_string());
    let (set, all) = match (parse(example), parse(&filled_in(example))) {
        (Ok(set), Ok(all)) => (Value::Table(set), Value::Table(all)),
        (Err(error), _) | (_, Err(error)) => return vec![violation(error)],
    };
    let mut found: Vec<_> = keys
        .iter()
        .filter_map(|key| key_problem(key, &set, &all))
        .map(violation)
        .collect();
    let mut stated = Vec::new();
    leaves("", &all, &mut stated);
    let strangers = stated
        .into_iter()
        .filter(|path| !keys.iter().any(|key| key.path == path));
    found.extend(strangers.map(|path| violation(format!("`{path}` does not exist"))));
    found
}

fn key_problem(key: &Key, set: &Value, all: &Value) -> Option<String> {
    let Key { path, default, .. } = key;
    let (set, shown) = (at(set, path), at(all, path));
    if shown.is_none() {
        return Some(format!("`{path}` is missing"));
    }
    let default = match *default {
        "required" | "none" => None,
        value => format!("x = {value}").parse::<Table>().ok()?.remove("x"),
    };
    match (&default, set) {
        (Some(default), Some(set)) if default == set => None,
        (None, None) => None,
        (Some(_), _) => Some(format!("`{path}`: expected the default, {}", key.default)),
        (None, Some(_)) => Some(format!("`{path}` has no default: put a `#` before it")),
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(value, |value, name| value.get(name))
}

/// The paths of all values; those of a list of tables are documented in prose and left out.
fn leaves(above: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Table(table) => {
            for (name, value) in table {
                let dot = if above.is_empty() { "" } else { "." };
                leaves(&format!("{above}{dot}{name}"), value, found);
            }
        }
        Value::Array(list) if list.iter().any(Value::is_table) => {}
        _ => found.push(above.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::config::{Holds, KeyType};

    const fn key(path: &'static str, default: &'static str) -> Key {
        Key {
            path,
            kind: KeyType::Text,
            holds: Holds::Start,
            default,
            also: &[],
            doc: "",
        }
    }

    const KEYS: &[Key] = &[
        key("a.url", "required"),
        key("a.port", "80"),
        key("a.b.c", "none"),
    ];
    const GOOD: &str = "# It is.\n[a]\n#url = \"x\"\nport = 80\n[a.b]\n#c = \"y\"\n";

    #[track_caller]
    fn refused(text: &str, with: &str, problem: &str) {
        let found = check("example.toml", &GOOD.replace(text, with), KEYS);
        let found: Vec<_> = found.into_iter().map(|found| found.found).collect();
        assert!(
            found.iter().any(|found| found.contains(problem)),
            "{found:?}"
        );
    }

    #[test]
    fn a_good_example_passes_and_every_way_to_be_wrong_is_named() {
        assert_eq!(check("example.toml", GOOD, KEYS), []);
        refused("port = 80\n", "", "`a.port` is missing");
        refused("80", "81", "`a.port`: expected the default, 80");
        refused("port", "#port", "`a.port`: expected the default, 80");
        refused("#url", "url", "`a.url` has no default");
        refused("#c", "#d", "`a.b.d` does not exist");
        refused("#c", "#d", "`a.b.c` is missing");
        refused("80", "", "TOML");
    }
}
