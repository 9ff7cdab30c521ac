//! A measured figure beside its goal, and the table of all of them.

use serde::Serialize;
use std::fmt::{self, Write as _};

/// What a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Goal {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
    /// It is only told.
    None,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Figure {
    figure: String,
    goal: Goal,
    measured: f64,
    unit: &'static str,
    /// What limits it, or how it was measured.
    limit: String,
}

impl Figure {
    /// A figure without a goal, such as 8.4 `ms`.
    pub(crate) fn told(figure: impl Into<String>, measured: f64, unit: &'static str) -> Self {
        Self {
            figure: figure.into(),
            goal: Goal::None,
            measured,
            unit,
            limit: String::new(),
        }
    }

    /// With what it should be.
    pub(crate) const fn goal(mut self, goal: Goal) -> Self {
        self.goal = goal;
        self
    }

    /// With what limits it.
    pub(crate) fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = limit.into();
        self
    }

    /// Whether the goal is met; none without a goal.
    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::AtMost(most) => Some(self.measured <= most),
            Goal::AtLeast(least) => Some(self.measured >= least),
            Goal::None => None,
        }
    }
}

/// A figure of a scenario.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Row {
    scenario: &'static str,
    #[serde(flatten)]
    figure: Figure,
    met: Option<bool>,
}

impl Row {
    pub(super) fn new(scenario: &'static str, figure: Figure) -> Self {
        let met = figure.met();
        Self {
            scenario,
            figure,
            met,
        }
    }

    fn cells(&self) -> [String; 5] {
        let figure = &self.figure;
        let goal = match figure.goal {
            Goal::AtMost(most) => format!("≤ {} {}", number(most), figure.unit),
            Goal::AtLeast(least) => format!("≥ {} {}", number(least), figure.unit),
            Goal::None => String::new(),
        };
        let met = match self.met {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "",
        };
        [
            figure.figure.clone(),
            goal,
            format!("{} {}", number(figure.measured), figure.unit),
            met.to_owned(),
            figure.limit.clone(),
        ]
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [figure, goal, measured, met, _] = self.cells();
        write!(f, "{figure}: {measured}")?;
        if self.met.is_some() {
            write!(f, " (goal {goal}: {met})")?;
        }
        Ok(())
    }
}

/// The table as Markdown, which reads well in a terminal too.
pub(super) fn table(rows: &[Row]) -> String {
    let head = ["figure", "goal", "measured", "met", "limit"].map(str::to_owned);
    let cells: Vec<_> = std::iter::once(head)
        .chain(rows.iter().map(Row::cells))
        .collect();
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let widths = cells.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0)
    });
    let mut table = String::new();
    for (at, row) in cells.iter().enumerate() {
        for (cell, width) in row.iter().zip(widths) {
            // Writing to a string cannot fail.
            let _ = write!(table, "| {cell:width$} ");
        }
        table.push_str("|\n");
        if at == 0 {
            for width in widths {
                let _ = write!(table, "|{}", "-".repeat(width + 2));
            }
            table.push_str("|\n");
        }
    }
    table
}

/// Three digits that matter, and thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        small if small < 10.0 => 2,
        small if small < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !grouped.ends_with('-') {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if rest.is_empty() {
        grouped
    } else {
        format!("{grouped}.{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_held_against_its_goal() {
        let met = |goal| Figure::told("x", 5.0, "ms").goal(goal).met();
        assert_eq!(met(Goal::AtMost(5.0)), Some(true));
        assert_eq!(met(Goal::AtMost(4.9)), Some(false));
        assert_eq!(met(Goal::AtLeast(5.1)), Some(false));
        assert_eq!(met(Goal::None), None);
    }

    #[test]
    fn numbers_are_written_to_be_read() {
        let written = [0.123, 9.87, 12.34, 999.6, 12_345.6, 1_234_567.0].map(number);
        assert_eq!(
            written,
            ["0.12", "9.87", "12.3", "1,000", "12,346", "1,234,567"]
        );
    }
}
