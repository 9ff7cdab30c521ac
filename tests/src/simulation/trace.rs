//! What happened, in words, for whoever looks at a failing seed.

use super::scheduler::Millis;
use std::collections::VecDeque;

/// The most lines that are kept, the newest ones: a failure is explained by what came just before.
const LINES_MAX: usize = 600;

/// Whether lines are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracing {
    /// Each one; takes as long as the simulation itself.
    On,
    /// None.
    Off,
}

/// The newest lines.
#[derive(Debug)]
pub struct Trace {
    tracing: Tracing,
    left_out: usize,
    lines: VecDeque<String>,
}

impl Trace {
    /// Nothing yet.
    pub const fn new(tracing: Tracing) -> Self {
        Self {
            tracing,
            left_out: 0,
            lines: VecDeque::new(),
        }
    }

    /// Keeps a line that is written only where it is kept.
    pub fn note(&mut self, now: Millis, who: &str, line: impl FnOnce() -> String) {
        if self.tracing == Tracing::Off {
            return;
        }
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
            self.left_out += 1;
        }
        let (seconds, millis) = (now / 1_000, now % 1_000);
        self.lines
            .push_back(format!("{seconds:>5}.{millis:03} {who:<9} {}", line()));
    }

    /// All that is kept.
    pub fn text(&self) -> String {
        let mut text = match self.left_out {
            0 => String::new(),
            lines => format!("({lines} earlier lines are left out)\n"),
        };
        for line in &self.lines {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}
