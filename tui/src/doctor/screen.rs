//! What the terminal can do, as far as it is known without taking it over.

use super::TERMINAL;
use crate::config::Config;
use crate::input::burst::Pastes;
use crate::terminal::kind::{self, Commands, Ends, Kind, Palette};
use smsdesk_common::checkup::Check;
use smsdesk_common::safe_text::SafeText;
use std::io::IsTerminal as _;

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    ends: Ends,
    term: Option<String>,
    kind: Kind,
    /// Columns and rows.
    size: Option<(u16, u16)>,
    /// What the environment says of the encoding.
    utf8: bool,
    colours: bool,
    remote: bool,
}

/// Looks at the terminal.
pub(super) fn look(config: &Config) -> Check {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| variable(name));
    let locale = locale.unwrap_or_default().to_ascii_lowercase();
    judge(&Seen {
        ends: Ends {
            input: std::io::stdin().is_terminal(),
            output: std::io::stdout().is_terminal(),
        },
        term: variable("TERM"),
        kind: crate::terminal::kind(),
        size: crossterm::terminal::size().ok(),
        utf8: locale.contains("utf-8") || locale.contains("utf8"),
        colours: config.colours,
        remote: variable("SSH_CONNECTION").is_some(),
    })
}

fn judge(seen: &Seen) -> Check {
    let term = seen.term.as_deref();
    if let Err(refusal) = kind::check(seen.ends, term) {
        return Check::skipped(TERMINAL, format!("{refusal}."));
    }
    let name = SafeText::line(term.unwrap_or("unknown")).truncate_to_width(40);
    let size = seen.size.map(|(columns, rows)| format!("{columns}x{rows}"));
    let told = format!(
        "{} of {}{}: {}, {}, {}",
        name.as_str(),
        size.unwrap_or_else(|| "unknown size".to_owned()),
        if seen.remote { ", over ssh" } else { "" },
        colours(seen),
        pastes(term),
        outward(seen.kind.commands),
    );
    if !seen.utf8 {
        return Check::warn(
            TERMINAL,
            format!("{told}; the locale is not UTF-8, so that letters and frames may be wrong."),
            "Set `LANG` to a UTF-8 locale, such as C.UTF-8; over ssh on both sides.",
        );
    }
    Check::ok(TERMINAL, format!("{told}, UTF-8."))
}

fn colours(seen: &Seen) -> &'static str {
    match (seen.colours, seen.kind.palette) {
        (false, _) => "no colours, as configured",
        (true, Palette::Indexed) => "256 colours",
        (true, Palette::Sixteen) => "16 colours",
    }
}

fn pastes(term: Option<&str>) -> &'static str {
    match Pastes::of_terminal(term) {
        Pastes::Bracketed => "pastes are marked",
        Pastes::AsKeys => "pastes come as keys",
    }
}

const fn outward(commands: Commands) -> &'static str {
    match commands {
        Commands::Plain => "titles and notifications reach it",
        Commands::Tmux => "titles and notifications reach it through tmux",
        Commands::Screen => "titles and notifications reach it through screen",
        Commands::None => "no titles and notifications",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::checkup::State;

    const GOOD: Ends = Ends {
        input: true,
        output: true,
    };

    fn seen(term: &str, utf8: bool) -> Seen {
        let name = term.to_owned();
        Seen {
            ends: GOOD,
            term: Some(term.to_owned()),
            kind: Kind::of(|asked| (asked == "TERM").then(|| name.clone())),
            size: Some((120, 40)),
            utf8,
            colours: true,
            remote: true,
        }
    }

    #[test]
    fn a_terminal_is_told_by_what_it_can_do() {
        for (seen, state, words) in [
            (
                seen("xterm-256color", true),
                State::Ok,
                "120x40, over ssh: 256 colours, pastes are marked",
            ),
            (
                seen("linux", true),
                State::Ok,
                "16 colours, pastes come as keys, no titles",
            ),
            (seen("xterm-256color", false), State::Warn, "not UTF-8"),
            (seen("dumb", true), State::Skipped, "cannot place a cursor"),
            (
                Seen {
                    ends: Ends {
                        output: false,
                        ..GOOD
                    },
                    ..seen("xterm", true)
                },
                State::Skipped,
                "its output is not one",
            ),
        ] {
            let check = judge(&seen);
            assert_eq!(check.state, state, "{check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
    }
}
