//! The views of one's own: `[[ui.views]]`. One that is wrong is left out and named; the rest work.

use crate::model::listing::{SAVED_VIEWS_MAX, SavedView, Sorting, VIEW_NAME_CHARACTERS_MAX};
use serde::Deserialize;
use smsdesk_common::config::ConfigError;
use smsdesk_common::filter::{Filter, FilterError};
use std::collections::BTreeMap;
use toml::{Spanned, Value};

/// The rest of the documentation: views, and the language of their filters.
pub const VIEWS_DOC: &str = "\
All of them are optional; the address and the token come from `smsdesk join INVITE`.

### Views of your own

Each is a table `[[ui.views]]` with `name` (1 to 24 characters), `filter`, and `order`: \
`longest-wait` (the default), `newest`, `oldest` or `name`. There are at most 9, reached \
by `g 1` to `g 9` in the order of the file. One that is wrong is left out; \
the app starts with the rest and says file, line, column and what was expected.

### Filters

Terms stand apart by blanks and must all hold. `-` before a term turns it over; quotes hold words \
with blanks together: `label:\"new customer\"`. Case and accents do not matter.

| term | means |
|---|---|
| `is:open` `is:done` `is:snoozed` `is:flagged` | the conversation is so |
| `is:unread` | it holds texts that I have not read |
| `is:waiting` `is:optedout` | a text of theirs stands unanswered; they want no more texts there |
| `waiting:>30m` `waiting:<2h` | it waits, and for longer or shorter than that; `m` `h` `d` `w` |
| `assignee:me` `assignee:none` `assignee:bo` | it is mine, nobody's, or belongs to who goes by that name or word of it |
| `label:billing` | it has that label |
| `line:+1555` | it came in on a number of ours that holds this part |
| `before:2026-11-01` `after:2026-11-01` | its last activity came before that day, or on that day or later |
| `has:draft` `has:media` | words of mine wait there unsent; its newest text has pictures or files |
| `from:maria` `from:me` `to:maria` | its newest text came from, or went to, who goes by that name or has that in the number |
| `maria` `(239)` `\"still coming\"` | name, number or preview hold this |";

/// A table with the places of its keys and values.
type Located = BTreeMap<Spanned<String>, Spanned<Value>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    ui: Ui,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Ui {
    views: Vec<Spanned<Located>>,
}

/// The views in `text`, the content of `file`, and what is wrong with the others.
///
/// The text is TOML with an array of tables at `ui.views`, if anything: that is checked elsewhere.
pub(super) fn parse(file: &str, text: &str) -> (Vec<SavedView>, Vec<ConfigError>) {
    let Ok(parsed) = toml::from_str::<File>(text) else {
        return (Vec::new(), Vec::new());
    };
    let reader = Reader { file, text };
    let (mut views, mut problems) = (Vec::new(), Vec::new());
    for table in &parsed.ui.views {
        let read = match views.len() < SAVED_VIEWS_MAX {
            true => reader.view(table),
            false => Err(reader.error(
                table.span().start,
                format!("expected at most {SAVED_VIEWS_MAX} views"),
            )),
        };
        match read {
            Ok(view) => views.push(view),
            Err(problem) => problems.push(problem),
        }
    }
    (views, problems)
}

struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reader<'_> {
    fn view(&self, table: &Spanned<Located>) -> Result<SavedView, ConfigError> {
        let (mut name, mut filter, mut sorting) = (None, None, Sorting::default());
        for (key, value) in table.get_ref() {
            let at = value.span().start;
            let known = ["name", "filter", "order"].contains(&key.get_ref().as_str());
            if !known {
                let expected = format!("expected name, filter or order, not {}", key.get_ref());
                return Err(self.error(key.span().start, expected));
            }
            let text = value.get_ref().as_str();
            let text = text.ok_or_else(|| self.error(at, "expected text in quotes".to_owned()))?;
            match key.get_ref().as_str() {
                "name" => name = Some(self.name(at, text)?),
                "order" => sorting = self.sorting(at, text)?,
                _ => filter = Some(self.filter(value, text)?),
            }
        }
        let at = table.span().start;
        let missing = |key: &str| self.error(at, format!("expected {key} = \"…\" in this view"));
        Ok(SavedView {
            name: name.ok_or_else(|| missing("name"))?,
            filter: filter.ok_or_else(|| missing("filter"))?,
            sorting,
        })
    }

    fn name(&self, at: usize, text: &str) -> Result<String, ConfigError> {
        let name = text.trim();
        let fits = (1..=VIEW_NAME_CHARACTERS_MAX).contains(&name.chars().count());
        if !fits || name.contains(char::is_control) {
            let expected = format!("expected 1 to {VIEW_NAME_CHARACTERS_MAX} characters");
            return Err(self.error(at, expected));
        }
        Ok(name.to_owned())
    }

    fn sorting(&self, at: usize, text: &str) -> Result<Sorting, ConfigError> {
        let names = Sorting::ALL.map(Sorting::as_str).join(", ");
        Sorting::parse(text).ok_or_else(|| self.error(at, format!("expected one of {names}")))
    }

    fn filter(&self, value: &Spanned<Value>, text: &str) -> Result<Filter, ConfigError> {
        Filter::parse(text).map_err(|error| {
            let FilterError { column, expected } = &error;
            let literal = self.text.get(value.span()).unwrap_or_default();
            let plain = literal.get(1..literal.len().saturating_sub(1)) == Some(text);
            match plain {
                true => {
                    let before: usize = text.chars().take(column - 1).map(char::len_utf8).sum();
                    self.error(
                        value.span().start + 1 + before,
                        format!("expected {expected}"),
                    )
                }
                // With escapes in it, columns of the filter are not columns of the line.
                false => self.error(value.span().start, format!("in the filter, {error}")),
            }
        })
    }

    /// An error at a byte of the file.
    fn error(&self, at: usize, problem: String) -> ConfigError {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        ConfigError::new(format!("{}:{line}:{column}", self.file), problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> (Vec<String>, Vec<String>) {
        let (views, problems) = parse("smsdesk.toml", text);
        let views = views.iter().map(|view| {
            format!(
                "{} · {} · {}",
                view.name,
                view.filter,
                view.sorting.as_str()
            )
        });
        (
            views.collect(),
            problems.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn views_keep_their_order_and_have_the_longest_wait_first_without_another_one() {
        let text = "[ui]\nregion = \"US\"\n\n[[ui.views]]\nname = \"Billing\"\n\
                    filter = \"is:open label:billing\"\norder = \"newest\"\n\n\
                    [[ui.views]]\nname = \"All of Bo\"\nfilter = 'assignee:\"Bo Chen\"'\n";
        let (views, problems) = check(text);
        assert_eq!(problems, [""; 0]);
        assert_eq!(
            views,
            [
                "Billing · is:open label:billing · newest",
                "All of Bo · assignee:\"Bo Chen\" · longest-wait"
            ]
        );
    }

    #[test]
    fn a_view_that_is_wrong_is_named_with_its_place_and_the_rest_work() {
        let good = "[[ui.views]]\nname = \"Good\"\nfilter = \"is:open\"\n";
        for (bad, problem) in [
            (
                "name = \"A\"\nfilter = \"is:öffen waiting:>x\"",
                "3:14: expected open, done, snoozed, flagged, unread or waiting",
            ),
            (
                "name = \"A\"\nfilter = \"ä waiting:>x\"",
                "3:22: expected a duration such as 30m, 2h, 3d",
            ),
            (
                "name = \"A\"\nfilter = \"\\\"a\"",
                "3:10: in the filter, column 3: expected a \" that ends the one of column 1",
            ),
            (
                "name = \"A\"\nfilter = \"\"\norder = \"fastest\"",
                "4:9: expected one of longest-wait, newest, oldest, name",
            ),
            ("name = 5\nfilter = \"\"", "2:8: expected text in quotes"),
            (
                "name = \" \"\nfilter = \"\"",
                "2:8: expected 1 to 24 characters",
            ),
            (
                "name = \"A\"\nfilters = \"\"",
                "3:1: expected name, filter or order, not filters",
            ),
            ("name = \"A\"", "1:1: expected filter = \"…\" in this view"),
        ] {
            let (views, problems) = check(&format!("[[ui.views]]\n{bad}\n{good}"));
            assert_eq!(problems, [format!("smsdesk.toml:{problem}")], "{bad}");
            assert_eq!(views, ["Good · is:open · longest-wait"], "{bad}");
        }
    }

    #[test]
    fn there_are_no_more_views_than_digits() {
        let text = "[[ui.views]]\nname = \"A\"\nfilter = \"\"\n".repeat(SAVED_VIEWS_MAX + 1);
        let (views, problems) = check(&text);
        assert_eq!(views.len(), SAVED_VIEWS_MAX);
        assert_eq!(problems, ["smsdesk.toml:28:1: expected at most 9 views"]);
    }
}
