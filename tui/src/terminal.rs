//! The real terminal: taking it over, giving it back on every way out, drawing frames.
//!
//! Whatever ends the app (quit, error, panic, SIGTERM, SIGHUP), [`restore`] runs: the guard runs it
//! when it is dropped, the panic hook before the message is printed.

mod careful;
mod command;
mod encode;
mod input;
mod job;
mod keyboard;
pub mod kind;
mod signals;

pub(crate) use self::input::input;
pub use self::keyboard::{Keyboard, TtyKeys};
pub use self::signals::watch_signals;

use self::careful::Uncertain;
use self::command::{MOUSE_OFF, TITLE_BACK, TITLE_KEPT};
use self::encode::encode;
use self::job::Stop;
use self::kind::{Commands, Ends, Kind};
use crate::effect::{Mouse, Outward};
use crossterm::cursor::{Hide, MoveTo, SetCursorStyle, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, DisableLineWrap, EnableLineWrap,
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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

    /// Tells the terminal something besides a frame. What it does not know, it ignores.
    ///
    /// # Errors
    /// The terminal is gone.
    fn tell(&mut self, outward: &Outward) -> io::Result<()>;

    /// Hands the terminal to the shell and returns once the app has it again.
    ///
    /// # Errors
    /// The terminal is gone.
    fn suspend(&mut self) -> io::Result<()>;

    /// Takes the terminal again after a stop that nobody could be told of beforehand.
    ///
    /// # Errors
    /// The terminal is gone.
    fn take_again(&mut self) -> io::Result<()>;

    /// Gives the terminal to another program. Until [`Self::regain`] nothing may be drawn.
    ///
    /// # Errors
    /// The terminal is gone.
    fn lend(&mut self) -> io::Result<()>;

    /// Has the terminal again, whatever the other program did to it.
    ///
    /// # Errors
    /// The terminal is gone.
    fn regain(&mut self) -> io::Result<()>;
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

    fn tell(&mut self, outward: &Outward) -> io::Result<()> {
        (**self).tell(outward)
    }

    fn suspend(&mut self) -> io::Result<()> {
        (**self).suspend()
    }

    fn take_again(&mut self) -> io::Result<()> {
        (**self).take_again()
    }

    fn lend(&mut self) -> io::Result<()> {
        (**self).lend()
    }

    fn regain(&mut self) -> io::Result<()> {
        (**self).regain()
    }
}

/// Whether there is something to restore.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, taken over until this is dropped.
pub struct Tty {
    canvas: Canvas<BufWriter<Stdout>>,
    commands: Commands,
    /// What was told, and must be told again after a suspension.
    title: Option<Outward>,
    mouse: Mouse,
    /// The news of a continuation that was expected is still to come.
    continuing: bool,
    /// Set while another program has the terminal.
    lent: Option<Lent>,
}

/// How the terminal was when another program got it; none where that cannot be known.
struct Lent {
    modes: Option<Termios>,
}

/// What the environment says of the terminal.
pub fn kind() -> Kind {
    Kind::of(|name| std::env::var(name).ok())
}

impl Tty {
    /// Takes the terminal over, and makes sure that a panic gives it back.
    ///
    /// # Errors
    /// There is none, or none that can be drawn on: [`kind::Refusal`]. Nothing was drawn.
    pub fn take() -> io::Result<Self> {
        let ends = Ends {
            input: io::stdin().is_terminal(),
            output: io::stdout().is_terminal(),
        };
        let drawable = kind::check(ends, std::env::var("TERM").ok().as_deref());
        drawable.map_err(io::Error::other)?;
        restore_on_panic();
        let commands = kind().commands;
        enter(commands)?;
        let writer = BufWriter::with_capacity(FRAME_BYTES, io::stdout());
        let canvas = Canvas::new(writer, Viewport::Fullscreen);
        if canvas.is_err() {
            restore();
        }
        Ok(Self {
            canvas: canvas?,
            commands,
            title: None,
            mouse: Mouse::Off,
            continuing: false,
            lent: None,
        })
    }

    fn write(&mut self, bytes: &str) -> io::Result<()> {
        self.canvas.writer.write_all(bytes.as_bytes())?;
        self.canvas.writer.flush()
    }

    fn enter(&mut self) -> io::Result<()> {
        enter(self.commands)?;
        let told = [self.title.clone(), Some(Outward::Mouse(self.mouse))];
        for outward in told.into_iter().flatten() {
            self.write(&command::bytes(&outward, self.commands))?;
        }
        self.forget()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        restore();
    }
}

impl Screen for Tty {
    fn size(&self) -> io::Result<Size> {
        Ok(area(&self.canvas.viewport)?.as_size())
    }

    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        self.canvas.frame(draw)
    }

    fn forget(&mut self) -> io::Result<()> {
        match self.lent {
            Some(_) => Ok(()),
            None => self.canvas.forget(),
        }
    }

    fn tell(&mut self, outward: &Outward) -> io::Result<()> {
        match outward {
            Outward::Title(_) => self.title = Some(outward.clone()),
            Outward::Mouse(mouse) => self.mouse = *mouse,
            Outward::Bell | Outward::Copy(_) | Outward::Note { .. } => {}
        }
        // Whatever is longer than a byte could fall into the middle of what another program writes.
        if self.lent.is_some() && *outward != Outward::Bell {
            return Ok(());
        }
        self.write(&command::bytes(outward, self.commands))
    }

    fn suspend(&mut self) -> io::Result<()> {
        if self.lent.is_some() {
            // The other program has stopped, or will with the job; it restores its own screen.
            return job::stop().map(drop);
        }
        restore();
        let stopped = job::stop();
        self.continuing = matches!(stopped, Ok(Stop::Continued));
        self.enter()?;
        stopped.map(drop)
    }

    fn take_again(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.continuing) || self.lent.is_some() {
            return Ok(());
        }
        // The shell has set the terminal as it likes it; what the app knows of it is old.
        restore();
        self.enter()
    }

    fn lend(&mut self) -> io::Result<()> {
        restore();
        let modes = tcgetattr(io::stdin()).ok();
        self.lent = Some(Lent { modes });
        Ok(())
    }

    fn regain(&mut self) -> io::Result<()> {
        let Some(Lent { modes }) = self.lent.take() else {
            return Ok(());
        };
        // A program that was killed leaves its own modes behind; the app would take them for the
        // shell's, and give them back in the end.
        if let Some(modes) = modes {
            tcsetattr(io::stdin(), OptionalActions::Now, &modes)?;
        }
        if self.commands != Commands::None {
            self.write(LEFT_BEHIND)?;
        }
        self.enter()
    }
}

/// Takes back what a program may have left switched on: the margins of scrolling (which sends the
/// cursor home, so that its place is kept), keys of applications (`DECCKM`, `DECKPAM`), every kind
/// of mouse.
const LEFT_BEHIND: &str =
    "\u{1b}7\u{1b}[r\u{1b}8\u{1b}[?1l\u{1b}>\u{1b}[?1000l\u{1b}[?1003l\u{1b}[?1006l\u{1b}[?1002l";

/// Draws frames onto anything that bytes can be written to.
pub struct Canvas<W: Write> {
    writer: W,
    viewport: Viewport,
    /// What the terminal shows.
    shown: Buffer,
    /// Where it shows the cursor.
    cursor: Option<Position>,
    uncertain: Uncertain,
}

impl<W: Write> Canvas<W> {
    /// A canvas that nothing was drawn on.
    ///
    /// # Errors
    /// The size of the terminal is not known.
    pub fn new(writer: W, viewport: Viewport) -> io::Result<Self> {
        let shown = Buffer::empty(area(&viewport)?);
        Ok(Self {
            writer,
            viewport,
            shown,
            cursor: None,
            uncertain: Uncertain::default(),
        })
    }

    /// Draws one frame as a synchronized update, so that the terminal never shows half of it.
    /// `draw` says where the cursor belongs, if it is to be seen. A frame that looks like the one
    /// before writes nothing.
    ///
    /// # Errors
    /// The writer is gone.
    pub fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let area = area(&self.viewport)?;
        let mut next = Buffer::empty(area);
        let cursor = draw(area, &mut next);
        if cursor == self.cursor && next == self.shown {
            return Ok(());
        }
        queue!(self.writer, BeginSynchronizedUpdate, Hide)?;
        if area != self.shown.area {
            self.clear(area)?;
        }
        self.uncertain.redraw(&self.shown, &mut next);
        self.writer
            .write_all(encode(&self.shown, &next).as_bytes())?;
        Uncertain::settle(&mut next);
        self.shown = next;
        self.cursor = cursor;
        if let Some(Position { x, y }) = cursor {
            queue!(self.writer, MoveTo(x, y), Show)?;
        }
        queue!(self.writer, EndSynchronizedUpdate)?;
        self.writer.flush()
    }

    /// Forgets what is shown: the next frame draws everything. Not in normal work, for it flickers
    /// where frames are not synchronized.
    ///
    /// # Errors
    /// The writer is gone.
    pub(crate) fn forget(&mut self) -> io::Result<()> {
        self.clear(area(&self.viewport)?)
    }

    fn clear(&mut self, area: Rect) -> io::Result<()> {
        self.shown = Buffer::empty(area);
        self.cursor = None;
        queue!(self.writer, Clear(ClearType::All))
    }
}

/// Where to draw.
fn area(viewport: &Viewport) -> io::Result<Rect> {
    match viewport {
        Viewport::Fixed(area) => Ok(*area),
        Viewport::Fullscreen => {
            let (width, height) = crossterm::terminal::size()?;
            Ok(Rect::new(0, 0, width, height))
        }
    }
}

/// Where a canvas draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewport {
    /// On the whole terminal, whatever its size becomes.
    Fullscreen,
    /// Here, also where there is no terminal.
    Fixed(Rect),
}

/// Whether the console of the system is what was taken.
static CONSOLE: AtomicBool = AtomicBool::new(false);

fn enter(commands: Commands) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    CONSOLE.store(commands == Commands::None, Ordering::SeqCst);
    let mut out = io::stdout();
    let mut entered = execute!(
        out,
        EnterAlternateScreen,
        // A sign that a terminal draws too wide must not spill into the next line.
        DisableLineWrap,
        EnableBracketedPaste,
        Hide
    );
    if entered.is_ok() && commands != Commands::None {
        // A console prints the end of a cursor's style.
        entered = execute!(
            out,
            SetCursorStyle::SteadyBar,
            EnableFocusChange,
            Print(TITLE_KEPT)
        );
    }
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
    let mut out = io::stdout();
    // Where the terminal is gone there is nobody left to tell.
    let _ = execute!(out, EndSynchronizedUpdate, Print(MOUSE_OFF));
    if !CONSOLE.load(Ordering::SeqCst) {
        let _ = execute!(
            out,
            DisableFocusChange,
            Print(TITLE_BACK),
            SetCursorStyle::DefaultUserShape
        );
    }
    let _ = execute!(
        out,
        DisableBracketedPaste,
        EnableLineWrap,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restoring_what_was_never_taken_does_nothing() {
        restore();
        assert!(!TAKEN.load(Ordering::SeqCst));
    }
}
