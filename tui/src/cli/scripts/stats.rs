//! `stats`: what the work amounts to.

use super::export::form::csv::{quoted, words};
use super::{Desk, ScriptError};
use crate::clock;
use crate::model::stats::{called, spelled};
use clap::Args;
use form_urlencoded::Serializer;
use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use smsdesk_common::api::stats::{Figures, Group, Stats, Took};
use smsdesk_common::stats::By;

/// The most days that `--since` goes back: a hundred years.
const SINCE_DAYS_MAX: i64 = 36_500;

#[derive(Debug, Args)]
pub(in crate::cli) struct StatsArguments {
    /// The last so many days, today included: 1d, 30d, 8w
    #[arg(long, conflicts_with_all = ["from", "to"])]
    since: Option<String>,
    /// From this day (2026-11-01) or time on; without it from the first of this month
    #[arg(long)]
    from: Option<String>,
    /// Up to the end of this day, or before this time; without it to the end of today
    #[arg(long)]
    to: Option<String>,
    /// In whose days, such as America/New_York; without it in this machine's
    #[arg(long)]
    tz: Option<String>,
    /// Tell apart by agent, line, label, hour or day
    #[arg(long)]
    by: Option<By>,
    /// Write a table for spreadsheets
    #[arg(long)]
    csv: bool,
}

/// Prints the figures of a period, and of its parts.
pub(super) async fn run(desk: &mut Desk, arguments: StatsArguments) -> Result<(), ScriptError> {
    let stats: Stats = desk.api.get(&path(&arguments)?).await?;
    if arguments.csv {
        return table(desk, &stats);
    }
    if desk.output.is_json() {
        return desk.output.json(&stats);
    }
    let period = stats.range.period;
    let from = period.from.to_rfc3339();
    desk.output.texts(&["from", &from])?;
    desk.output.texts(&["to", &period.to.to_rfc3339()])?;
    for (name, value) in told(&stats.range.total) {
        desk.output.texts(&[name, &value])?;
    }
    let by = stats.range.by.unwrap_or(By::Agent);
    for group in &stats.range.groups {
        let figures = &group.figures;
        let rate = figures
            .delivery_rate
            .map(|it| format!("{} %", it.percent()));
        let reply = figures.first_reply.median_ms.map(spelled);
        desk.output.texts(&[
            &called(group, by),
            &format!("in {}", figures.inbound),
            &format!("out {}", figures.outbound),
            &format!("delivered {}", rate.unwrap_or_else(|| "-".to_owned())),
            &format!("first reply {}", reply.unwrap_or_else(|| "-".to_owned())),
        ])?;
    }
    if stats.uncounted > 0 {
        let words = format!("up to {} changes are not counted yet", stats.uncounted);
        desk.output.texts(&["still counting", &words])?;
    }
    Ok(())
}

fn path(arguments: &StatsArguments) -> Result<String, ScriptError> {
    let machine = TimeZone::system();
    let zone = match &arguments.tz {
        None => machine,
        Some(name) => TimeZone::get(name).map_err(|_| {
            let words = "--tz: expected the name of a time zone, such as America/New_York";
            ScriptError::Usage(words.to_owned())
        })?,
    };
    let since = arguments.since.as_deref().map(|it| since(it, &zone));
    let mut query = Serializer::new(String::new());
    query.append_pair("tz", zone.iana_name().unwrap_or("UTC"));
    if let Some(from) = since.transpose()?.or_else(|| arguments.from.clone()) {
        query.append_pair("from", &from);
    }
    if let Some(to) = &arguments.to {
        query.append_pair("to", to);
    }
    if let Some(by) = arguments.by {
        query.append_pair("by", by.as_str());
    }
    Ok(format!("/v1/stats?{}", query.finish()))
}

/// The first of the last so many days.
fn since(text: &str, zone: &TimeZone) -> Result<String, ScriptError> {
    let wrong = || ScriptError::Usage(format!("--since {text}: expected days such as 30d or 8w"));
    let (count, days_each) = match text.strip_suffix('d') {
        Some(count) => (count, 1),
        None => (text.strip_suffix('w').ok_or_else(wrong)?, 7),
    };
    let count: i64 = count.parse().map_err(|_| wrong())?;
    let days = count.checked_mul(days_each).ok_or_else(wrong)?;
    if !(1..=SINCE_DAYS_MAX).contains(&days) {
        return Err(wrong());
    }
    let today = zone.to_datetime(clock::now().to_jiff()).date();
    Ok(today.saturating_sub((days - 1).days()).to_string())
}

/// Every figure by its name.
fn told(figures: &Figures) -> Vec<(&'static str, String)> {
    let rate = figures
        .delivery_rate
        .map(|it| format!("{} %", it.percent()));
    let took = |took: &Took| match (took.median_ms, took.p90_ms) {
        (Some(median), Some(p90)) => format!(
            "median {}, p90 {}, of {}",
            spelled(median),
            spelled(p90),
            took.count
        ),
        _ => "-".to_owned(),
    };
    let cost: Vec<String> = figures
        .cost
        .iter()
        .map(|it| format!("{} {}", it.amount, it.currency))
        .collect();
    vec![
        ("in", figures.inbound.to_string()),
        ("out", figures.outbound.to_string()),
        ("delivered", figures.delivered.to_string()),
        ("undelivered", figures.undelivered.to_string()),
        ("failed", figures.failed.to_string()),
        ("delivery rate", rate.unwrap_or_else(|| "-".to_owned())),
        ("opt-outs", figures.opt_outs.to_string()),
        ("segments", figures.segments.to_string()),
        ("cost", cost.join(" + ")),
        ("prices unknown", figures.prices_unknown.to_string()),
        ("first reply", took(&figures.first_reply)),
        ("until done", took(&figures.resolution)),
    ]
}

const HEAD: &str = "part,name,in,out,delivered,undelivered,failed,delivery_rate,opt_outs,segments,\
                    cost,prices_unknown,replies,first_reply_median_ms,first_reply_p90_ms,\
                    resolutions,resolution_median_ms,resolution_p90_ms\r\n";

/// A row for each part, and one for all together.
fn table(desk: &mut Desk, stats: &Stats) -> Result<(), ScriptError> {
    desk.output.raw(HEAD)?;
    for group in &stats.range.groups {
        desk.output.raw(&row(group))?;
    }
    let total = Group {
        key: "total".to_owned(),
        name: None,
        figures: stats.range.total.clone(),
    };
    desk.output.raw(&row(&total))
}

fn row(group: &Group) -> String {
    let figures = &group.figures;
    let number = |number: Option<i64>| number.map(|it| it.to_string()).unwrap_or_default();
    let costs = figures.cost.iter();
    let costs: Vec<String> = costs
        .map(|it| format!("{} {}", it.amount, words(&it.currency)))
        .collect();
    let rate = figures.delivery_rate;
    let rate = rate.map(|it| format!("{:.4}", f64::from(it.0) / 10_000.0));
    let cells = [
        words(&group.key),
        words(group.name.as_deref().unwrap_or_default()),
        figures.inbound.to_string(),
        figures.outbound.to_string(),
        figures.delivered.to_string(),
        figures.undelivered.to_string(),
        figures.failed.to_string(),
        rate.unwrap_or_default(),
        figures.opt_outs.to_string(),
        figures.segments.to_string(),
        words(&costs.join(" + ")),
        figures.prices_unknown.to_string(),
        figures.first_reply.count.to_string(),
        number(figures.first_reply.median_ms),
        number(figures.first_reply.p90_ms),
        figures.resolution.count.to_string(),
        number(figures.resolution.median_ms),
        number(figures.resolution.p90_ms),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_back_include_today_and_rubbish_is_refused() {
        let zone = TimeZone::UTC;
        let today = zone.to_datetime(clock::now().to_jiff()).date();
        let back = |text| since(text, &zone).unwrap();
        assert_eq!(back("1d"), today.to_string());
        assert_eq!(back("1w"), today.saturating_sub(6.days()).to_string());
        for text in [
            "",
            "d",
            "0d",
            "-3d",
            "30",
            "30h",
            "99999999999999999999w",
            "9999999w",
        ] {
            assert!(since(text, &zone).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_name_of_a_part_is_no_formula_to_a_spreadsheet() {
        let group = Group {
            key: "=1+1".to_owned(),
            name: Some("@SUM(A1), \"x\"".to_owned()),
            figures: Figures::default(),
        };
        let row = row(&group);
        assert!(
            row.starts_with("'=1+1,\"'@SUM(A1), \"\"x\"\"\",0,0,"),
            "{row}"
        );
    }
}
