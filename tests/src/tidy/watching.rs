//! Dashboard, alert rules and pages name only figures that the relay tells, and the dashboard shows all.

use super::Violation;
use serde_json::Value;
use smsdesk_relay::metrics::table::{FIGURES, Kind};
use std::collections::BTreeSet;

const RULE: &str = "figures that are named are told";
/// What the names of figures begin with.
const PREFIXES: [&str; 2] = ["smsdesk_", "process_"];
/// What Prometheus makes of a histogram.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

/// Figures that `text` names and the relay does not tell. In prose a histogram has its own name, in an
/// expression it has none but its parts'.
pub fn check(path: &str, text: &str) -> Vec<Violation> {
    let is_prose = path.ends_with(".md");
    let is_told = |name: &str| {
        let itself = FIGURES.iter().any(|figure| figure.name == name);
        known(name).is_some() || (is_prose && itself)
    };
    let mut found = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for name in names(line).filter(|name| !is_told(name)) {
            let problem = format!("{name} is not in the table of figures");
            found.push(Violation::new(path, number, RULE, problem));
        }
    }
    found
}

/// What is wrong with a dashboard: it is no JSON, names strangers, or leaves figures out.
pub fn dashboard(path: &str, text: &str) -> Vec<Violation> {
    let violation = |problem: String| Violation::new(path, 1, RULE, problem);
    let Ok(board) = serde_json::from_str::<Value>(text) else {
        return vec![violation("no JSON".to_owned())];
    };
    let mut found = check(path, text);
    let panels = board["panels"].as_array().map_or(0, Vec::len);
    if panels == 0 || !board["uid"].is_string() {
        found.push(violation("no panels, or no uid".to_owned()));
    }
    let shown: BTreeSet<_> = text.lines().flat_map(names).filter_map(known).collect();
    let missing = FIGURES.iter().filter(|it| !shown.contains(it.name));
    found.extend(missing.map(|it| violation(format!("{} is not shown", it.name))));
    found
}

/// The figure that a name belongs to.
fn known(name: &str) -> Option<&'static str> {
    let part = PARTS.iter().find_map(|part| name.strip_suffix(part));
    let figure = FIGURES.iter().find(|figure| {
        let is_part = figure.kind == Kind::Histogram && part == Some(figure.name);
        is_part || (figure.kind != Kind::Histogram && figure.name == name)
    });
    figure.map(|figure| figure.name)
}

/// What reads like the name of a figure.
fn names(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let words = line.split(move |c: char| !is_part(c));
    words.filter(|word| PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_nobody_tells_is_named_with_its_line() {
        let text = "expr: smsdesk_feed_head\nexpr: rate(smsdesk_webhook_seconds_bucket[5m])\n\
                    expr: smsdesk_hologram_total > 1\n";
        let found = check("alerts.yml", text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].line, 3);
        assert_eq!(check("alerts.yml", "smsdesk_feed_head_bucket").len(), 1);
        assert_eq!(check("alerts.yml", "smsdesk_webhook_seconds").len(), 1);
        assert_eq!(check("page.md", "smsdesk_webhook_seconds"), []);
    }

    #[test]
    fn a_dashboard_that_leaves_a_figure_out_is_told_which() {
        let text = r#"{"uid":"x","panels":[{"expr":"smsdesk_feed_head"}]}"#;
        let found = dashboard("grafana.json", text);
        assert_eq!(found.len(), FIGURES.len() - 1);
        assert!(found.iter().all(|it| it.found.ends_with("is not shown")));
        assert_eq!(dashboard("grafana.json", "{").len(), 1);
    }
}
