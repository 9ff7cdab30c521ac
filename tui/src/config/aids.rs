//! What helps with writing: `ui.editor`, `ui.spell`, `ui.warn_segments`,
//! `ui.insight`, `[ui.prices]`.

use crate::model::aids::{Aids, EDITOR, WARN_SEGMENTS};
use crate::model::insight::Marks;
use crate::model::price::{Money, Prices};
use smsdesk_common::config::ConfigError;
use std::collections::BTreeMap;

/// The most segments that a warning can begin at: no text that may be sent has more.
const WARN_SEGMENTS_MAX: u64 = 100;

/// The rest of the documentation.
pub const AIDS_DOC: &str = "\
### Prices

`[ui.prices]` says what a segment costs, by the beginning of the customer's number: \
`\"+1\" = \"0.0083 USD\"`. The longest beginning counts; numbers that none fits have no price. \
The line under the composer shows what the text will cost by it, an estimate: what Twilio took in the \
end stands in the record.

### Spelling

`ui.spell` is a command that a shell runs some moments after typing pauses, with the text on its \
input, for at most five seconds. It either speaks the protocol of ispell (`aspell -a`, `hunspell -a`) or \
prints the misspelt words, one a line (`aspell list`, `hunspell -l`, a script).";

/// The keys of the table `[ui]` that are about writing.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) editor: Option<String>,
    pub(super) spell: Option<String>,
    pub(super) warn_segments: u64,
    pub(super) prices: BTreeMap<String, String>,
    pub(super) insight: String,
}

/// What the keys mean. `wrong` makes an error of a key and what it expected.
pub(super) fn read(
    keys: Keys,
    variable: impl Fn(&str) -> Option<String>,
    wrong: impl Fn(&str, &str) -> ConfigError,
) -> Result<Aids, ConfigError> {
    let named = |name| variable(name).filter(|value| !value.trim().is_empty());
    let own = keys.editor.filter(|editor| !editor.trim().is_empty());
    let editor = own.or_else(|| named("VISUAL")).or_else(|| named("EDITOR"));
    if keys.warn_segments > WARN_SEGMENTS_MAX {
        let expected = format!("0 to {WARN_SEGMENTS_MAX} segments");
        return Err(wrong("ui.warn_segments", &expected));
    }
    let insight = Marks::parse(&keys.insight);
    let insight = insight.ok_or_else(|| wrong("ui.insight", "marks, ascii or off"))?;
    let mut rows = Vec::new();
    for (prefix, price) in keys.prices {
        let key = format!("ui.prices.\"{prefix}\"");
        if !is_beginning(&prefix) {
            return Err(wrong(&key, "the beginning of a number, such as \"+44\""));
        }
        let price: Money = price
            .parse()
            .map_err(|_| wrong(&key, "an amount and a currency, such as \"0.0083 USD\""))?;
        rows.push((prefix, price));
    }
    Ok(Aids {
        editor: editor.unwrap_or_else(|| EDITOR.to_owned()),
        spell: keys.spell.filter(|command| !command.trim().is_empty()),
        warn_segments: u32::try_from(keys.warn_segments).unwrap_or(WARN_SEGMENTS),
        prices: Prices::new(rows),
        insight,
    })
}

fn is_beginning(prefix: &str) -> bool {
    let digits = prefix.strip_prefix('+');
    digits.is_some_and(|it| !it.is_empty() && it.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, parse};
    use std::path::Path;

    fn check(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let file = Path::new("smsdesk.toml");
        parse(file, text, variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_editor_is_the_configured_one_then_visual_then_editor_then_vi() {
        let both = [("VISUAL", "code --wait"), ("EDITOR", "nano")];
        let editor = |text, variables: &[_]| check(text, variables).unwrap().aids.editor;
        assert_eq!(editor("[ui]\neditor = \"hx\"\n", &both), "hx");
        assert_eq!(editor("", &both), "code --wait");
        assert_eq!(editor("", &[("VISUAL", " "), ("EDITOR", "nano")]), "nano");
        assert_eq!(editor("", &[]), "vi");
    }

    #[test]
    fn a_wrong_price_or_limit_is_named_with_what_was_expected() {
        for (text, error) in [
            (
                "[ui]\nwarn_segments = 101\n",
                "smsdesk.toml:2: ui.warn_segments: expected 0 to 100 segments",
            ),
            (
                "[ui]\ninsight = \"loud\"\n",
                "smsdesk.toml:2: ui.insight: expected marks, ascii or off",
            ),
            (
                "[ui.prices]\n\"+1\" = \"cheap\"\n",
                "smsdesk.toml:2: ui.prices.\"+1\": expected an amount and a currency",
            ),
            (
                "[ui.prices]\nUS = \"1 USD\"\n",
                "ui.prices.\"US\": expected the beginning of a number",
            ),
        ] {
            let found = check(text, &[]).unwrap_err();
            assert!(found.starts_with(error), "{found}");
        }
    }
}
