//! What a terminal is told besides frames, as bytes: bell, title, clipboard, notifications, mouse.
//!
//! Pure. Whatever stands in a command has no control characters: it could end the command and begin
//! another. The clipboard's text is encoded.

use super::kind::Commands;
use crate::effect::{Mouse, Outward, Sequence};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use smsdesk_common::safe_text::SafeText;

/// The widest title, in columns: a tab shows fewer.
const TITLE_COLUMNS_MAX: usize = 60;

/// The widest notification, in columns: desktops show two or three short lines.
const NOTE_COLUMNS_MAX: usize = 200;

/// The title of a notification, where there is one beside its text.
const NAME: &str = "smsdesk";

/// Ends an operating system command. `BEL` would, too, and rings where the command is not known.
const END: &str = "\u{1b}\\";

/// The bytes for `outward`; empty where the terminal cannot be told.
pub(super) fn bytes(outward: &Outward, commands: Commands) -> String {
    match outward {
        Outward::Bell => "\u{7}".to_owned(),
        Outward::Mouse(Mouse::On) => MOUSE_ON.to_owned(),
        Outward::Mouse(Mouse::Off) => MOUSE_OFF.to_owned(),
        Outward::Title(title) => match commands {
            // A multiplexer has a title of its own for each of its windows: no envelope.
            Commands::Plain | Commands::Tmux | Commands::Screen => {
                format!("\u{1b}]2;{}{END}", plain(title, TITLE_COLUMNS_MAX))
            }
            Commands::None => String::new(),
        },
        Outward::Copy(text) => copy(text, commands),
        Outward::Note { sequence, text } => {
            enveloped(&note(*sequence, &plain(text, NOTE_COLUMNS_MAX)), commands)
        }
    }
}

/// Keeps the terminal's title, to be put back by [`TITLE_BACK`] (`XTWINOPS` 22 and 23).
pub(super) const TITLE_KEPT: &str = "\u{1b}[22;2t";
/// Puts back the title that was kept.
pub(super) const TITLE_BACK: &str = "\u{1b}[23;2t";

/// Clicks, drags and the wheel, in coordinates of any size (`DECSET` 1002, 1006); no moves, which
/// would wake the app for nothing.
pub(super) const MOUSE_ON: &str = "\u{1b}[?1002h\u{1b}[?1006h";
/// The mouse is the terminal's again.
pub(super) const MOUSE_OFF: &str = "\u{1b}[?1006l\u{1b}[?1002l";

/// tmux takes the plain command where `set-clipboard` is on, the enveloped one where
/// `allow-passthrough` is; nobody can be asked which, and twice is once.
fn copy(text: &str, commands: Commands) -> String {
    let command = format!("\u{1b}]52;c;{}{END}", STANDARD.encode(text));
    match commands {
        Commands::Tmux => format!("{command}{}", enveloped(&command, commands)),
        _ => enveloped(&command, commands),
    }
}

fn note(sequence: Sequence, text: &str) -> String {
    match sequence {
        Sequence::Osc9 => format!("\u{1b}]9;{NAME}: {text}{END}"),
        // A semicolon would end the title, not the text, and some terminals cut there.
        Sequence::Osc777 => format!("\u{1b}]777;notify;{NAME};{}{END}", text.replace(';', ",")),
        Sequence::Osc99 => {
            format!("\u{1b}]99;i={NAME}:d=0;{NAME}{END}\u{1b}]99;i={NAME}:d=1:p=body;{text}{END}")
        }
    }
}

fn enveloped(command: &str, commands: Commands) -> String {
    match commands {
        Commands::Plain => command.to_owned(),
        Commands::Tmux => {
            let doubled = command.replace('\u{1b}', "\u{1b}\u{1b}");
            format!("\u{1b}Ptmux;{doubled}{END}")
        }
        // screen ends its envelope at the first ST, so the command in it must end with BEL.
        Commands::Screen => {
            let commands = command.split_inclusive(END);
            let inner = commands.map(|one| one.replace(END, "\u{7}"));
            inner.map(|one| format!("\u{1b}P{one}{END}")).collect()
        }
        Commands::None => String::new(),
    }
}

fn plain(text: &str, columns: usize) -> String {
    SafeText::line(text)
        .truncate_to_width(columns)
        .into_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(outward: &Outward, commands: Commands, expected: &str) {
        let bytes = bytes(outward, commands);
        assert_eq!(bytes.replace('\u{1b}', "^").replace('\u{7}', "!"), expected);
    }

    fn note_of(sequence: Sequence, text: &str) -> Outward {
        Outward::Note {
            sequence,
            text: text.to_owned(),
        }
    }

    #[test]
    fn each_way_to_notify_has_its_shape() {
        let text = "Maria; hello";
        let all = [
            (Sequence::Osc9, "^]9;smsdesk: Maria; hello^\\"),
            (Sequence::Osc777, "^]777;notify;smsdesk;Maria, hello^\\"),
            (
                Sequence::Osc99,
                "^]99;i=smsdesk:d=0;smsdesk^\\^]99;i=smsdesk:d=1:p=body;Maria; hello^\\",
            ),
        ];
        for (sequence, expected) in all {
            check(&note_of(sequence, text), Commands::Plain, expected);
        }
    }

    #[test]
    fn multiplexers_get_their_envelope_and_consoles_nothing() {
        let note = note_of(Sequence::Osc9, "hi");
        check(&note, Commands::Tmux, "^Ptmux;^^]9;smsdesk: hi^^\\^\\");
        check(&note, Commands::Screen, "^P^]9;smsdesk: hi!^\\");
        check(&note, Commands::None, "");
        let copy = Outward::Copy("hi".to_owned());
        check(&copy, Commands::Plain, "^]52;c;aGk=^\\");
        check(
            &copy,
            Commands::Tmux,
            "^]52;c;aGk=^\\^Ptmux;^^]52;c;aGk=^^\\^\\",
        );
        let title = Outward::Title("(3) smsdesk".to_owned());
        check(&title, Commands::Tmux, "^]2;(3) smsdesk^\\");
        check(&title, Commands::None, "");
        check(&Outward::Bell, Commands::None, "!");
    }

    #[test]
    fn a_stranger_s_text_cannot_end_the_command_it_stands_in() {
        let hostile = "a\u{7}b\u{1b}\\c\u{9c}d\u{1b}]0;e\u{202e}f\nline";
        let all = [
            note_of(Sequence::Osc9, hostile),
            note_of(Sequence::Osc777, hostile),
            Outward::Title(hostile.to_owned()),
        ];
        for outward in all {
            let bytes = bytes(&outward, Commands::Plain);
            let inner = bytes.strip_prefix("\u{1b}]").unwrap();
            let inner = inner.strip_suffix(END).unwrap();
            assert!(!inner.chars().any(char::is_control), "{bytes:?}");
            assert!(!inner.contains('\u{202e}'), "{bytes:?}");
        }
    }
}
