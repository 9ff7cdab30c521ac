//! Switches a rule on or off in the text that the team wrote.

use super::parse::{Written, parse};
use crate::filter::fold;

/// The text with the rule of this name switched; everything else stays as it was written. None where
/// the text cannot be read, or there is no such rule.
pub fn set_enabled(text: &str, name: &str, enabled: bool) -> Option<String> {
    let rules = parse(text).ok()?;
    let wanted = fold(name);
    let found = rules
        .iter()
        .position(|rule| fold(&rule.definition.name) == wanted)?;
    let mut parts: Vec<String> = rules.iter().map(|rule| rule.source.clone()).collect();
    parts[found] = switched(&rules[found], enabled)?;
    let text: String = parts.concat();
    let again = parse(&text).ok()?;
    (again.get(found)?.definition.enabled == enabled).then_some(text)
}

/// A rule's part of the text, switched.
fn switched(rule: &Written, enabled: bool) -> Option<String> {
    if rule.definition.enabled == enabled {
        return Some(rule.source.clone());
    }
    let mut wanted = rule.definition.clone();
    wanted.enabled = enabled;
    let fits = |text: &str| {
        let read = parse(text).ok();
        read.is_some_and(|read| read.len() == 1 && read[0].definition == wanted)
    };
    // The line that says so, or a new one behind the head: a remark or a text of several lines may
    // look like either, so that each is tried.
    let lines: Vec<&str> = rule.source.split_inclusive('\n').collect();
    let tries = lines.iter().enumerate().filter_map(|(n, line)| {
        let trimmed = line.trim_start();
        let changed = if trimmed.starts_with("enabled") {
            line.replacen(&(!enabled).to_string(), &enabled.to_string(), 1)
        } else if trimmed.starts_with("[[") {
            let end = if line.ends_with('\n') { "" } else { "\n" };
            format!("{line}{end}enabled = {enabled}\n")
        } else {
            return None;
        };
        let (before, after) = (lines[..n].concat(), lines[n + 1..].concat());
        Some(format!("{before}{changed}{after}"))
    });
    let mut tries = tries;
    tries.find(|text| fits(text))
}
