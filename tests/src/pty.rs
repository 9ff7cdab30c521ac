//! A program in a real pseudo-terminal: typed at, and read off a screen that a terminal emulator
//! keeps.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]
#![expect(clippy::disallowed_methods, reason = "deadlines are measured")]

mod line;

pub use self::line::Line;

use crate::eventually::DEADLINE;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes read from the terminal at once.
const READ_BYTES: usize = 8 * 1024;
/// Between two keys of a very fast typist.
const KEY_PACE: Duration = Duration::from_millis(30);

/// A running program and its terminal.
pub struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Seen>,
}

struct Seen {
    inner: Mutex<Inner>,
    changed: Condvar,
}

struct Inner {
    emulator: vt100::Parser,
    /// Everything that was written, for judging escape sequences.
    bytes: Vec<u8>,
    over: bool,
}

impl Pty {
    /// Starts `program` with `arguments` at a terminal of that size. `environment` is added to a
    /// clean one.
    pub fn start(
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        size: (u16, u16),
    ) -> Self {
        Self::start_over(Line::Local, program, arguments, environment, size)
    }

    /// Starts `program` at the other end of a line.
    pub fn start_over(
        line: Line,
        program: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Self {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        environment
            .iter()
            .for_each(|(name, value)| command.env(name, value));
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let reader = pair
            .master
            .try_clone_reader()
            .expect("the terminal can be read");
        let keys = pair
            .master
            .take_writer()
            .expect("the terminal can be written");
        let emulator = vt100::Parser::new(cells(rows), cells(columns), 0);
        let seen = Arc::new(Seen {
            inner: Mutex::new(Inner {
                emulator,
                bytes: Vec::new(),
                over: false,
            }),
            changed: Condvar::new(),
        });
        let shared = Arc::clone(&seen);
        let reader = line.reads(reader);
        std::thread::spawn(move || shared.read(reader));
        Self {
            child,
            master: pair.master,
            keys: line.writes(keys),
            seen,
        }
    }

    /// Types bytes as a keyboard would send them, a moment after what was typed before: keys closer
    /// together are a paste, and Esc right before a letter is Alt.
    pub fn types(&mut self, keys: &str) {
        std::thread::sleep(KEY_PACE);
        self.types_at_once(keys);
    }

    /// Types bytes now, whatever was typed before.
    pub fn types_at_once(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    /// Another program writes over the screen.
    pub fn is_written_over_with(&self, bytes: &str) {
        self.seen.lock().emulator.process(bytes.as_bytes());
    }

    /// Makes the terminal another size.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master
            .resize(size)
            .expect("the terminal can be resized");
        self.seen
            .lock()
            .emulator
            .screen_mut()
            .set_size(cells(rows), cells(columns));
    }

    /// Waits until the screen shows `text`.
    pub fn sees(&self, text: &str) {
        self.waits(&format!("{text:?}"), |inner| {
            inner.emulator.screen().contents().contains(text)
        });
    }

    /// Waits until the screen no longer shows `text`.
    pub fn no_longer_sees(&self, text: &str) {
        self.waits(&format!("{text:?} to leave"), |inner| {
            !inner.emulator.screen().contents().contains(text)
        });
    }

    /// Waits until the screen is `screen`, but for rows that hold `clock`.
    pub fn shows(&self, screen: &str, clock: &str) {
        self.waits(&format!("this screen:\n{screen}"), |inner| {
            let shown = inner.emulator.screen().contents();
            let rows = || screen.lines().zip(shown.lines());
            screen.lines().count() == shown.lines().count()
                && rows().all(|(wanted, row)| wanted == row || wanted.contains(clock))
        });
    }

    /// Waits at most `patience` until `done` with the rows of the screen, cut to `columns`; how long
    /// that took since `began`, and how many bytes had come by then.
    pub fn shows_within(
        &self,
        columns: u16,
        patience: Duration,
        began: Instant,
        done: impl Fn(&[String]) -> bool,
    ) -> Option<(Duration, usize)> {
        let mut inner = self.seen.lock();
        let mut looked = None;
        loop {
            if looked != Some(inner.bytes.len()) {
                looked = Some(inner.bytes.len());
                let rows: Vec<_> = inner.emulator.screen().rows(0, columns).collect();
                if done(&rows) {
                    return Some((began.elapsed(), inner.bytes.len()));
                }
            }
            let left = patience.checked_sub(began.elapsed())?;
            inner = self.wait(inner, left);
        }
    }

    /// The rows of the screen, cut to `columns`.
    pub fn rows(&self, columns: u16) -> Vec<String> {
        self.seen
            .lock()
            .emulator
            .screen()
            .rows(0, columns)
            .collect()
    }

    /// What is on the screen.
    pub fn screen(&self) -> String {
        self.seen.lock().emulator.screen().contents()
    }

    /// Everything that the program wrote.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().bytes.clone()
    }

    /// The program's process.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("the program runs")
    }

    /// Waits until nothing was written for `quiet`; how many bytes have come so far.
    pub fn rests(&self, quiet: Duration) -> usize {
        let mut inner = self.seen.lock();
        loop {
            let before = inner.bytes.len();
            inner = self.wait(inner, quiet);
            if inner.bytes.len() == before {
                return before;
            }
        }
    }

    /// Waits at most `patience` until more than `before` bytes have come; how long that took since
    /// `began`.
    pub fn writes_more_than(
        &self,
        before: usize,
        patience: Duration,
        began: Instant,
    ) -> Option<Duration> {
        let mut inner = self.seen.lock();
        while inner.bytes.len() <= before {
            let left = patience.checked_sub(began.elapsed())?;
            inner = self.wait(inner, left);
        }
        Some(began.elapsed())
    }

    fn wait<'a>(&'a self, inner: MutexGuard<'a, Inner>, most: Duration) -> MutexGuard<'a, Inner> {
        let waited = self.seen.changed.wait_timeout(inner, most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self
            .child
            .process_id()
            .expect("the program runs")
            .to_string();
        let status = std::process::Command::new("kill")
            .args(["-s", name, &pid])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "kill -s {name} {pid}"
        );
    }

    /// Waits until the program has ended; its exit code, and whether the terminal is as it was:
    /// the alternate screen left, the cursor shown, pastes plain, the mouse its own.
    pub fn ends(mut self) -> (u32, bool) {
        self.waits("the end of the program", |inner| inner.over);
        let status = self.child.wait().expect("the program has ended");
        let inner = self.seen.lock();
        let screen = inner.emulator.screen();
        let restored = !screen.alternate_screen()
            && !screen.hide_cursor()
            && !screen.bracketed_paste()
            && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
        (status.exit_code(), restored)
    }

    /// Kills the program alone; what it started may go on at the terminal.
    pub fn is_killed(mut self) {
        self.signal("KILL");
        self.child.wait().expect("the program has ended");
    }

    fn waits(&self, what: &str, done: impl Fn(&Inner) -> bool) {
        let until = Instant::now() + DEADLINE;
        let mut inner = self.seen.lock();
        while !done(&inner) {
            let left = until.saturating_duration_since(Instant::now());
            let shown = inner.emulator.screen().contents();
            assert!(
                !left.is_zero(),
                "waited {DEADLINE:?} for {what}; the screen:\n{shown}"
            );
            assert!(
                !inner.over || done(&inner),
                "ended before {what}; the screen:\n{shown}"
            );
            inner = self.wait(inner, left);
        }
    }
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, mut reader: Box<dyn Read + Send>) {
        let mut chunk = [0; READ_BYTES];
        loop {
            // A terminal whose program has ended reads as an error on Linux.
            let read = reader.read(&mut chunk).unwrap_or(0);
            let mut inner = self.lock();
            inner.emulator.process(&chunk[..read]);
            inner.bytes.extend_from_slice(&chunk[..read]);
            inner.over = read == 0;
            self.changed.notify_all();
            if inner.over {
                return;
            }
        }
    }
}

/// A terminal has at least one row and one column.
const fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).expect("not zero")
}
