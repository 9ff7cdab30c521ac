//! Changes of settings: a merge patch (RFC 7396) over what is set, where null lets go of it.

use super::fields::Field;
use super::{Settings, fields};
use serde_json::{Map, Value};

/// How deep a document may be: as deep as fields lie, and one more.
const DEPTH_MAX: usize = 4;
/// The most fields in one change: more than there are, with a few lines.
const FIELDS_MAX: usize = 500;

/// One field that a change set anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Its path.
    pub path: String,
    /// What held before; null for nothing.
    pub from: Value,
    /// What holds now.
    pub to: Value,
}

/// Carries a patch out on what is set; says what holds otherwise than before. A patch may be a
/// whole document, and may name a field by its path.
///
/// # Errors
/// The field that does not exist or cannot be so, and what was expected. Nothing is changed then.
pub fn edit(set: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<Vec<Edit>, String> {
    let mut leaves = Vec::new();
    collect(patch, "", 1, &mut leaves)?;
    let was = holding(set);
    let mut now = set.clone();
    for (path, value) in leaves {
        match Field::at(&path) {
            _ if value.is_null() => {}
            Some(field) if field.form.takes(value) => {}
            Some(field) => {
                return Err(format!("`{path}`: expected {}", field.form.expected()));
            }
            // What a later version set goes through this one and back.
            None if at(&was, &path) == Some(value) => {}
            None if Field::is_below(&path) => {
                return Err(format!("`{path}`: expected an object with its fields"));
            }
            None => {
                return Err(format!(
                    "`{path}`: no such setting, expected one of {}",
                    near(&path)
                ));
            }
        }
        put(&mut now, &path, value);
    }
    let settings = Settings::of(&now);
    if let Some(why) = unfit(&settings) {
        return Err(why);
    }
    let holds = holding(&now);
    *set = now;
    Ok(differences(&was, &holds))
}

/// The patch that sets one field.
#[must_use]
pub fn patch_of(path: &str, value: Value) -> Map<String, Value> {
    let mut patch = Map::new();
    put_raw(&mut patch, path, value);
    patch
}

/// The value at a path of a document.
#[must_use]
pub fn at<'a>(document: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let mut parts = path.split('.');
    let first = document.get(parts.next()?)?;
    parts.try_fold(first, |value, part| value.get(part))
}

/// Every field that holds in a document, with its path; one for each that the table has, and for
/// each line that is there.
#[must_use]
pub fn listed(document: &Map<String, Value>) -> Vec<(String, &'static Field)> {
    let mut listed = Vec::new();
    for field in fields::FIELDS {
        match field.path.split_once(".*.") {
            None => listed.push((field.path.to_owned(), field)),
            Some((map, rest)) => {
                let names = document.get(map).and_then(Value::as_object);
                let names = names.into_iter().flat_map(Map::keys);
                listed.extend(names.map(|name| (format!("{map}.{name}.{rest}"), field)));
            }
        }
    }
    listed
}

/// Everything that holds where that is set.
fn holding(set: &Map<String, Value>) -> Map<String, Value> {
    document(&Settings::of(set))
}

/// The settings as a document.
#[must_use]
pub fn document(settings: &Settings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(document)) => document,
        _ => Map::new(),
    }
}

/// What is set, without what this version cannot read.
pub(super) fn fit(set: &Map<String, Value>) -> Map<String, Value> {
    let mut leaves = Vec::new();
    let mut fit = Map::new();
    if collect(set, "", 1, &mut leaves).is_ok() {
        for (path, value) in leaves {
            if Field::at(&path).is_some_and(|field| field.form.takes(value)) {
                put(&mut fit, &path, value);
            }
        }
    }
    fit
}

/// What cannot be together.
fn unfit(settings: &Settings) -> Option<String> {
    let same = |start, end| start == end;
    if same(settings.quiet.start, settings.quiet.end) {
        return Some("`quiet.end`: expected another time than `quiet.start`".to_owned());
    }
    settings.lines.iter().find_map(|(line, own)| {
        let start = own.quiet_start.unwrap_or(settings.quiet.start);
        let end = own.quiet_end.unwrap_or(settings.quiet.end);
        same(start, end)
            .then(|| format!("`lines.{line}.quiet_end`: expected another time than its start"))
    })
}

fn collect<'a>(
    object: &'a Map<String, Value>,
    above: &str,
    depth: usize,
    leaves: &mut Vec<(String, &'a Value)>,
) -> Result<(), String> {
    for (name, value) in object {
        let path = if above.is_empty() {
            name.clone()
        } else {
            format!("{above}.{name}")
        };
        match value {
            Value::Object(inner) if depth < DEPTH_MAX => collect(inner, &path, depth + 1, leaves)?,
            _ if leaves.len() < FIELDS_MAX => leaves.push((path, value)),
            _ => return Err(format!("expected at most {FIELDS_MAX} fields")),
        }
    }
    Ok(())
}

/// Sets a path; null takes it away.
fn put(document: &mut Map<String, Value>, path: &str, value: &Value) {
    match path.split_once('.') {
        None if value.is_null() => {
            document.remove(path);
        }
        None => {
            document.insert(path.to_owned(), value.clone());
        }
        Some((first, rest)) => {
            let inner = document
                .entry(first)
                .or_insert_with(|| Value::Object(Map::new()));
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
                if inner.is_empty() {
                    document.remove(first);
                }
            }
        }
    }
}

/// Sets a path, null included.
fn put_raw(document: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            document.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let mut inner = Map::new();
            put_raw(&mut inner, rest, value);
            document.insert(first.to_owned(), Value::Object(inner));
        }
    }
}

fn differences(was: &Map<String, Value>, now: &Map<String, Value>) -> Vec<Edit> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    // Both were read from the same shape: neither is deeper than it may be.
    let told = collect(was, "", 1, &mut before).and(collect(now, "", 1, &mut after));
    if told.is_err() {
        return Vec::new();
    }
    let mut paths: Vec<String> = Vec::new();
    for (path, _) in before.iter().chain(&after) {
        if !paths.contains(path) {
            paths.push(path.clone());
        }
    }
    let value = |document, path: &str| at(document, path).cloned().unwrap_or_default();
    paths
        .into_iter()
        .map(|path| Edit {
            from: value(was, &path),
            to: value(now, &path),
            path,
        })
        .filter(|edit| edit.from != edit.to)
        .collect()
}

/// The names that a path may have meant: those beside it.
fn near(path: &str) -> String {
    let above = path.rsplit_once('.').map(|(above, _)| above);
    let beside = |field: &&Field| {
        let theirs = field.path.rsplit_once('.').map(|(above, _)| above);
        match above {
            Some(_) => theirs == above,
            None => true,
        }
    };
    let named = |fields: Vec<&Field>| {
        let names: Vec<_> = fields.iter().map(|field| field.path).collect();
        names.join(", ")
    };
    let found: Vec<_> = fields::FIELDS.iter().filter(beside).collect();
    if found.is_empty() {
        named(fields::FIELDS.iter().collect())
    } else {
        named(found)
    }
}
