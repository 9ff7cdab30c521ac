//! What a look at an installation found: checks by lasting names, each a sentence and, where something
//! is wrong, what to do about it. Both programs tell it alike.

use crate::time::Timestamp;
use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and will not for ever, or not well.
    Warn,
    /// Something does not work.
    Fail,
    /// It could not be looked at, for a reason that another check names.
    Skipped,
}

impl State {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skipped => "skipped",
        }
    }
}

/// How one thing stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(bound = "")]
pub struct Check<F = ()> {
    /// Its lasting name; several checks may have the same one, each about something else.
    pub name: &'static str,
    /// What it is about, where there may be several: a file, a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// How it came out.
    pub state: State,
    /// What was found, in a sentence.
    pub sentence: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What would mend it.
    #[serde(skip)]
    pub fix: Option<F>,
}

impl<F> Check<F> {
    fn new(name: &'static str, state: State, sentence: String) -> Self {
        Self {
            name,
            subject: None,
            state,
            sentence,
            remedy: None,
            fix: None,
        }
    }

    /// As it should be.
    pub fn ok(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(name, State::Ok, sentence.into())
    }

    /// It works for now.
    pub fn warn(
        name: &'static str,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(name, State::Warn, sentence.into())
        }
    }

    /// It does not work.
    pub fn fail(
        name: &'static str,
        sentence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..Self::new(name, State::Fail, sentence.into())
        }
    }

    /// It could not be looked at.
    pub fn skipped(name: &'static str, sentence: impl Into<String>) -> Self {
        Self::new(name, State::Skipped, sentence.into())
    }

    /// Says what it is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Says what would mend it.
    #[must_use]
    pub fn mended_by(mut self, fix: F) -> Self {
        self.fix = Some(fix);
        self
    }
}

/// Everything that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(bound = "")]
pub struct Report<F = ()> {
    /// Whether nothing failed.
    pub ok: bool,
    /// This program's version.
    pub version: &'static str,
    /// When it began.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// What was found, in the program's own order.
    pub checks: Vec<Check<F>>,
}

impl<F> Report<F> {
    /// What `version` of a program found, in the order of `names`, whatever order it came in.
    pub fn of(
        (version, names): (&'static str, &[(&str, &str)]),
        mut checks: Vec<Check<F>>,
        at: Timestamp,
        took_ms: u64,
    ) -> Self {
        let rank = |check: &Check<F>| names.iter().position(|(name, _)| *name == check.name);
        checks.sort_by_key(rank);
        Self {
            ok: checks.iter().all(|check| check.state != State::Fail),
            version,
            at,
            took_ms,
            checks,
        }
    }

    /// How many came out as `state`.
    pub fn count(&self, state: State) -> usize {
        let checks = self.checks.iter();
        checks.filter(|check| check.state == state).count()
    }

    /// Lines for people: each check with what to do below it, and how many came out how.
    pub fn lines(&self) -> Vec<String> {
        let names = self.checks.iter().map(|check| check.name.len());
        let width = names.max().unwrap_or(0);
        let mut lines = Vec::new();
        for check in &self.checks {
            let (state, name) = (check.state.as_str(), check.name);
            lines.push(format!("{state:<7}  {name:<width$}  {}", check.sentence));
            let remedy = check.remedy.iter();
            lines.extend(remedy.map(|remedy| format!("{:1$}{remedy}", "", width + 11)));
        }
        let told = |state: State| format!("{} {}", self.count(state), state.as_str());
        let all = [State::Ok, State::Warn, State::Fail, State::Skipped].map(told);
        lines.push(all.join(", "));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[(&str, &str)] = &[("files", "…"), ("clock", "…")];

    fn report() -> Report {
        let off = Check::fail("clock", "It is off.", "Set it.");
        let fine = Check::ok("files", "Fine.").about("/x");
        Report::of(("1.2.3", NAMES), vec![off, fine], Timestamp::default(), 7)
    }

    #[test]
    fn a_report_has_a_lasting_shape() {
        let expected = serde_json::json!({
            "ok": false,
            "version": "1.2.3",
            "at": "1970-01-01T00:00:00.000Z",
            "took_ms": 7,
            "checks": [
                {
                    "name": "files", "subject": "/x", "state": "ok",
                    "sentence": "Fine.", "remedy": null,
                },
                { "name": "clock", "state": "fail", "sentence": "It is off.", "remedy": "Set it." },
            ],
        });
        assert_eq!(serde_json::to_value(report()).unwrap(), expected);
    }

    #[test]
    fn people_read_it_in_columns() {
        let lines = [
            "ok       files  Fine.",
            "fail     clock  It is off.",
            "                Set it.",
            "1 ok, 0 warn, 1 fail, 0 skipped",
        ];
        assert_eq!(report().lines(), lines);
    }

    #[test]
    fn only_what_fails_makes_a_report_bad() {
        let warned = Check::<()>::warn("clock", "Nearly.", "Soon.");
        let skipped = Check::skipped("files", "Not there.");
        let report = Report::of(("1", NAMES), vec![warned, skipped], Timestamp::default(), 0);
        assert!(report.ok);
        assert_eq!(
            (report.count(State::Warn), report.count(State::Skipped)),
            (1, 1)
        );
    }
}
