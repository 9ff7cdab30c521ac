//! Questions at a terminal: plain lines, no screen. What is hidden is never shown, not even its
//! length, and the terminal gets back what it had whichever way a question ends.

use anyhow::{Context as _, bail};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use secrecy::SecretString;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

/// The most bytes of an answer.
const ANSWER_BYTES_MAX: u64 = 4_096;

/// The terminal that the program was started at.
pub struct Terminal(());

impl Terminal {
    /// The terminal; none where input or output is none.
    #[must_use]
    pub fn here() -> Option<Self> {
        let both = io::stdin().is_terminal() && io::stdout().is_terminal();
        both.then_some(Self(()))
    }

    /// Writes a line.
    pub fn say(&self, words: &str) {
        // A closed terminal shows at the next question.
        let _ = writeln!(io::stdout(), "{words}");
    }

    /// Asks for a line; an empty one is the default.
    ///
    /// # Errors
    /// Nobody answers any more.
    pub fn ask(&self, words: &str, default: Option<&str>) -> anyhow::Result<String> {
        let default = default.unwrap_or_default();
        let hint = match default {
            "" => String::new(),
            default => format!(" [{default}]"),
        };
        prompt(&format!("{words}{hint}: "))?;
        let mut line = String::new();
        let read = io::stdin()
            .lock()
            .take(ANSWER_BYTES_MAX)
            .read_line(&mut line);
        if read.context("the answer cannot be read")? == 0 {
            bail!("the questions were left unanswered; run it again to go on");
        }
        let line = line.trim();
        Ok(if line.is_empty() { default } else { line }.to_owned())
    }

    /// Asks for a line that is not shown.
    ///
    /// # Errors
    /// Nobody answers any more, or the terminal cannot be told to keep quiet.
    pub fn hidden(&self, words: &str, is_known: bool) -> anyhow::Result<SecretString> {
        let hint = if is_known { " [unchanged]" } else { "" };
        // Quiet before the question is seen: whoever answers at once is not shown either.
        let quiet = Quiet::begin()?;
        prompt(&format!("{words} (not shown){hint}: "))?;
        let typed = typed();
        drop(quiet);
        self.say("");
        Ok(SecretString::from(typed?))
    }
}

fn prompt(words: &str) -> anyhow::Result<()> {
    let mut out = io::stdout();
    write!(out, "{words}")
        .and_then(|()| out.flush())
        .context("the terminal cannot be written")
}

/// A line typed key by key, without an echo.
fn typed() -> anyhow::Result<String> {
    let mut line = Vec::new();
    let mut key = [0];
    let mut input = io::stdin().lock();
    while line.len() < ANSWER_BYTES_MAX as usize {
        if input.read(&mut key).context("the answer cannot be read")? == 0 {
            bail!("the questions were left unanswered; run it again to go on");
        }
        match key[0] {
            b'\r' | b'\n' => break,
            // Ctrl-C, Ctrl-D, Ctrl-\
            0x03 | 0x04 | 0x1c => bail!("interrupted; run it again to go on"),
            0x08 | 0x7f => {
                line.pop();
            }
            // Ctrl-U
            0x15 => line.clear(),
            byte if byte.is_ascii_graphic() => line.push(byte),
            // Whatever else: no token has it, and a pasted blank at its end is common.
            _ => {}
        }
    }
    String::from_utf8(line).context("expected plain letters and digits")
}

/// A terminal that shows nothing of what is typed, for as long as this lives.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> anyhow::Result<Self> {
        let fault = "the terminal cannot be kept from showing the answer";
        let before = tcgetattr(io::stdin()).context(fault)?;
        let mut quiet = before.clone();
        // Keys one by one, Ctrl-C among them: so nothing ends the program before it is undone.
        quiet.local_modes -=
            LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Drain, &quiet).context(fault)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // If it cannot be undone, nothing else can be done.
        let _ = tcsetattr(io::stdin(), OptionalActions::Drain, &self.0);
    }
}
