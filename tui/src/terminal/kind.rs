//! What kind of terminal this is, as the environment says.
//!
//! Pure: the variables are handed in. What a terminal does not know it must ignore; the few that
//! print it instead are told apart here.

use std::fmt;

/// What a terminal can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// How operating system commands (titles, clipboard, notifications) reach it.
    pub commands: Commands,
    /// Whether the colours beyond the sixteen are there.
    pub palette: Palette,
}

/// How operating system commands reach the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// As they are.
    Plain,
    /// Through tmux, which hands on what stands in its envelope where `allow-passthrough` is on.
    Tmux,
    /// Through GNU screen, in its envelope.
    Screen,
    /// Not at all: the console of the system takes them for something else or prints them.
    None,
}

/// Which colours there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Palette {
    /// The fixed 256.
    Indexed,
    /// The sixteen that the terminal's own theme defines.
    Sixteen,
}

/// Why the app cannot draw here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Keys do not come from a terminal.
    InputIsNoTerminal,
    /// What is written does not go to one.
    OutputIsNoTerminal,
    /// One that cannot place a cursor.
    Dumb,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, remedy) = match self {
            Self::InputIsNoTerminal => (
                "its input is not one",
                "start it without a pipe, over ssh with -t",
            ),
            Self::OutputIsNoTerminal => (
                "its output is not one",
                "start it without a pipe or a file behind it, over ssh with -t",
            ),
            Self::Dumb => (
                "TERM=dumb says that this one cannot place a cursor",
                "start it in another terminal, or set TERM to what this one is",
            ),
        };
        write!(f, "smsdesk draws on a terminal, and {what}: {remedy}")
    }
}

impl std::error::Error for Refusal {}

/// Whether input and output are terminals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// Where keys come from.
    pub input: bool,
    /// Where frames go.
    pub output: bool,
}

/// Whether the app can draw here.
///
/// # Errors
/// Why not, and what to do.
pub fn check(ends: Ends, term: Option<&str>) -> Result<(), Refusal> {
    match term {
        _ if !ends.input => Err(Refusal::InputIsNoTerminal),
        _ if !ends.output => Err(Refusal::OutputIsNoTerminal),
        Some("dumb") => Err(Refusal::Dumb),
        _ => Ok(()),
    }
}

impl Kind {
    /// What the environment says; `variable` looks a variable up.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let term = variable("TERM").unwrap_or_default();
        let is = |names: &[&str]| names.iter().any(|name| term.starts_with(name));
        let set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let console = ["linux", "vt", "ansi", "cons", "sun", "wsvt"];
        let commands = if set("TMUX") {
            Commands::Tmux
        } else if is(&console) {
            Commands::None
        } else if is(&["screen"]) {
            Commands::Screen
        } else {
            Commands::Plain
        };
        let rich = term.contains("256color") || term.contains("direct") || set("COLORTERM");
        let poor = is(&console) || (is(&["screen"]) && !set("TMUX"));
        let palette = if poor && !rich {
            Palette::Sixteen
        } else {
            Palette::Indexed
        };
        Self { commands, palette }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_kind(environment: &[(&str, &str)], commands: Commands, palette: Palette) {
        let found = Kind::of(|name| {
            let value = environment.iter().find(|(known, _)| *known == name);
            value.map(|(_, value)| (*value).to_owned())
        });
        assert_eq!(found, Kind { commands, palette }, "{environment:?}");
    }

    #[test]
    fn the_environment_says_what_a_terminal_can_be_told() {
        use Commands::{None, Plain, Screen, Tmux};
        use Palette::{Indexed, Sixteen};
        check_kind(&[("TERM", "xterm-256color")], Plain, Indexed);
        check_kind(&[("TERM", "xterm-kitty")], Plain, Indexed);
        check_kind(&[("TERM", "linux")], None, Sixteen);
        check_kind(&[("TERM", "vt220")], None, Sixteen);
        check_kind(&[("TERM", "screen")], Screen, Sixteen);
        check_kind(&[("TERM", "screen.xterm-256color")], Screen, Indexed);
        let tmux = ("TMUX", "/tmp/tmux-0/default,1,0");
        check_kind(&[("TERM", "screen"), tmux], Tmux, Indexed);
        check_kind(&[("TERM", "tmux-256color"), tmux], Tmux, Indexed);
        check_kind(&[("TERM", "screen"), ("TMUX", "")], Screen, Sixteen);
        check_kind(&[], Plain, Indexed);
    }

    #[test]
    fn without_a_terminal_the_words_say_what_is_missing() {
        let ends = |input, output| Ends { input, output };
        assert_eq!(check(ends(true, true), Some("xterm")), Ok(()));
        for (ends, term, refusal) in [
            (ends(false, true), "xterm", Refusal::InputIsNoTerminal),
            (ends(true, false), "xterm", Refusal::OutputIsNoTerminal),
            (ends(true, true), "dumb", Refusal::Dumb),
        ] {
            assert_eq!(check(ends, Some(term)), Err(refusal));
            assert!(
                refusal
                    .to_string()
                    .starts_with("smsdesk draws on a terminal, and ")
            );
        }
    }
}
