//! The real terminal: taking it over, giving it back on every way out, drawing frames.
//!
//! Whatever ends the app (quit, error, panic, SIGTERM, SIGHUP), [`restore`] runs: the guard runs it
//! when it is dropped, the panic hook before the message is printed.

mod careful;

use self::careful::{Careful, Uncertain};
use crate::event::{Event, Input};
use crate::input::key::{Code, Held, Key};
use crossterm::cursor::{Hide, SetCursorStyle, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{
    BeginSynchronizedUpdate, DisableLineWrap, EnableLineWrap, EndSynchronizedUpdate,
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use ratatui::{Terminal, TerminalOptions, Viewport};
use std::io::{self, BufWriter, Stdout, Write};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// One frame is written at once, so that ssh carries it in few packets; a full 200×60 screen with
/// colours stays below this many bytes.
const FRAME_BYTES: usize = 64 * 1024;

/// What the app draws on and lives in.
pub trait Screen {
    /// Columns and rows.
    ///
    /// # Errors
    /// The terminal is gone.
    fn size(&self) -> io::Result<Size>;

    /// Draws one frame. `draw` says where the cursor belongs, if it is to be seen.
    ///
    /// # Errors
    /// The terminal is gone.
    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()>;

    /// Forgets what is on the screen, so that the next frame draws everything.
    ///
    /// # Errors
    /// The terminal is gone.
    fn forget(&mut self) -> io::Result<()>;

    /// Rings the bell.
    ///
    /// # Errors
    /// The terminal is gone.
    fn bell(&mut self) -> io::Result<()>;

    /// Hands the terminal to the shell and returns once the app has it again.
    ///
    /// # Errors
    /// The terminal is gone.
    fn suspend(&mut self) -> io::Result<()>;
}

impl<S: Screen + ?Sized> Screen for &mut S {
    fn size(&self) -> io::Result<Size> {
        (**self).size()
    }

    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        (**self).frame(draw)
    }

    fn forget(&mut self) -> io::Result<()> {
        (**self).forget()
    }

    fn bell(&mut self) -> io::Result<()> {
        (**self).bell()
    }

    fn suspend(&mut self) -> io::Result<()> {
        (**self).suspend()
    }
}

/// Whether there is something to restore.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over until this is dropped.
pub struct Tty {
    canvas: Canvas<BufWriter<Stdout>>,
}

impl Tty {
    /// Takes the terminal over, and makes sure that a panic gives it back.
    ///
    /// # Errors
    /// There is no terminal.
    pub fn take() -> io::Result<Self> {
        restore_on_panic();
        enter()?;
        let writer = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
        let canvas = Canvas::new(writer, Viewport::Fullscreen);
        if canvas.is_err() {
            restore();
        }
        Ok(Self { canvas: canvas? })
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

impl Screen for Tty {
    fn size(&self) -> io::Result<Size> {
        self.canvas.terminal.size()
    }

    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        self.canvas.frame(draw)
    }

    fn forget(&mut self) -> io::Result<()> {
        // Not `Terminal::clear`: it asks the terminal where the cursor is, and the answer would go
        // to the stream of keys.
        let size = self.size()?;
        let whole = Rect::from((Position::ORIGIN, size));
        self.canvas.terminal.resize(whole)
    }

    fn bell(&mut self) -> io::Result<()> {
        let writer = self.canvas.writer();
        writer.write_all(b"\x07")?;
        Write::flush(writer)
    }

    fn suspend(&mut self) -> io::Result<()> {
        restore();
        // The shell waits for the whole process group, as it does for the terminal's own Ctrl-Z.
        Command::new("sh").args(["-c", "kill -TSTP 0"]).status()?;
        enter()?;
        self.forget()
    }
}

/// Draws frames onto anything that bytes can be written to.
pub struct Canvas<W: Write> {
    terminal: Terminal<Careful<CrosstermBackend<W>>>,
    uncertain: Uncertain,
}

impl<W: Write> Canvas<W> {
    /// A canvas that nothing was drawn on.
    ///
    /// # Errors
    /// The size of the terminal is not known.
    pub fn new(writer: W, viewport: Viewport) -> io::Result<Self> {
        let backend = Careful {
            inner: CrosstermBackend::new(writer),
        };
        let terminal = Terminal::with_options(backend, TerminalOptions { viewport })?;
        Ok(Self {
            terminal,
            uncertain: Uncertain::default(),
        })
    }

    /// Draws one frame as a synchronized update, so that the terminal never shows half of it.
    /// `draw` says where the cursor belongs, if it is to be seen.
    ///
    /// # Errors
    /// The writer is gone.
    pub fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        queue!(self.writer(), BeginSynchronizedUpdate)?;
        let uncertain = &mut self.uncertain;
        self.terminal.draw(|frame| {
            let cursor = draw(frame.area(), frame.buffer_mut());
            uncertain.redraw(frame.buffer_mut());
            if let Some(position) = cursor {
                frame.set_cursor_position(position);
            }
        })?;
        execute!(self.writer(), EndSynchronizedUpdate)
    }

    const fn writer(&mut self) -> &mut CrosstermBackend<W> {
        &mut self.terminal.backend_mut().inner
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let entered = execute!(
        io::stdout(),
        EnterAlternateScreen,
        // A sign that a terminal draws too wide must not spill into the next line.
        DisableLineWrap,
        EnableBracketedPaste,
        SetCursorStyle::SteadyBar,
        Hide
    );
    if entered.is_err() {
        restore();
    }
    entered
}

/// Gives the terminal back. Does nothing where it was not taken, or was given back before.
pub fn restore() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    // Where the terminal is gone there is nobody left to tell.
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        EnableLineWrap,
        SetCursorStyle::DefaultUserShape,
        Show,
        LeaveAlternateScreen
    );
    let _ = disable_raw_mode();
}

fn restore_on_panic() {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if HOOKED.swap(true, Ordering::SeqCst) {
        return;
    }
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        restore();
        report(info);
    }));
}

/// Tells the app when the system wants it to end. Runs until the app does.
///
/// # Errors
/// The system takes no signal handlers.
pub async fn watch_signals(events: mpsc::Sender<Event>) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            _ = interrupt.recv() => {}
            () = events.closed() => return Ok(()),
        }
        if events.send(Event::Terminate).await.is_err() {
            return Ok(());
        }
    }
}

/// What a terminal event means to the app; none for what it has no use for.
pub fn input(raw: Raw) -> Option<Input> {
    match raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => self::key(key).map(Input::Key),
        Raw::Paste(text) => Some(Input::Paste(text)),
        Raw::Resize(width, height) => Some(Input::Resize { width, height }),
        Raw::Key(_) | Raw::Mouse(_) | Raw::FocusGained | Raw::FocusLost => None,
    }
}

fn key(key: KeyEvent) -> Option<Key> {
    let code = match key.code {
        KeyCode::Char(c) if !c.is_control() => Code::Char(c),
        KeyCode::F(number) => Code::F(number),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let held = Held {
        ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
        alt: key
            .modifiers
            .intersects(KeyModifiers::ALT | KeyModifiers::META),
    };
    Some(Key::new(code, held))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: KeyCode, modifiers: KeyModifiers, expected: &str) {
        let raw = Raw::Key(KeyEvent::new(code, modifiers));
        assert_eq!(input(raw), Some(Input::Key(expected.parse().unwrap())));
    }

    #[test]
    fn terminals_disagree_about_modifiers_and_the_app_does_not() {
        check(KeyCode::Char('J'), KeyModifiers::SHIFT, "J");
        check(KeyCode::Char('J'), KeyModifiers::NONE, "J");
        check(
            KeyCode::Char('D'),
            KeyModifiers::CONTROL | KeyModifiers::SHIFT,
            "ctrl-d",
        );
        check(KeyCode::Enter, KeyModifiers::ALT, "alt-enter");
        check(KeyCode::Char('<'), KeyModifiers::ALT, "alt-<");
    }

    #[test]
    fn a_key_counts_when_it_goes_down() {
        let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(input(Raw::Key(key)), None);
        key.kind = KeyEventKind::Repeat;
        assert!(input(Raw::Key(key)).is_some());
    }

    #[test]
    fn restoring_what_was_never_taken_does_nothing() {
        restore();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }
}
