//! The loop: one ordered stream of events in, effects out, one frame for all that came together.
//!
//! Knows no key, no SQL and no socket. Terminal, input, disk and clock are parameters, so that the
//! same loop runs in tests without any of them.

mod desk;
mod editor;
mod first_run;
mod still;
#[cfg(test)]
mod tests;

pub use self::desk::Desk;
pub use self::editor::{Left, LeftWords, left};
pub use self::first_run::run_first;

use self::desk::Worker;
use self::editor::Editor;
use self::still::Still;
use crate::effect::{Effect, Timer};
use crate::event::{Edited, Event, Input};
use crate::input::burst::{Bursts, Pastes};
use crate::input::escape::Escapes;
use crate::model::Model;
use crate::model::lent::Lent;
use crate::model::overlay::{Level, Notice};
use crate::record::Recorder;
use crate::terminal::{self, Keyboard, Screen};
use crate::update;
use crate::view::view;
use futures_util::stream::{Stream, StreamExt};
use smsdesk_common::time::Timestamp;
use std::future::{Future, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Sleep;

/// The most events taken for one frame. More wait for the next, so that a flood of texts cannot
/// keep a key from the screen for longer than they take.
const TURN_EVENTS_MAX: usize = 256;

/// How long the frame after an act waits for the disk, in milliseconds: long enough for a commit
/// and the list after it, so that one frame answers and not three; half a frame of a screen at 60 Hz.
const FRAME_WAIT_MS: u64 = 8;

/// What the app is connected to.
pub struct Wiring<S, I, D> {
    /// What it draws on.
    pub screen: S,
    /// What the terminal delivers: [`terminal::TtyKeys`], or a script.
    pub input: I,
    /// How the terminal delivers pastes.
    pub pastes: Pastes,
    /// How long an Esc waits for the rest of a sequence.
    pub esc_wait: Duration,
    /// What performs the effects on disk and network.
    pub desk: D,
    /// Keeps what happens, where that was asked for.
    pub record: Option<Recorder>,
    /// News from disk, network and signals. [`Event::Terminate`] ends the app.
    pub events: mpsc::Receiver<Event>,
    /// The time of day: [`crate::clock::now`].
    pub now: fn() -> Timestamp,
    /// Where texts lie while the agent's own editor has them.
    pub edits: PathBuf,
}

/// The running app.
struct App<S, I> {
    model: Model,
    screen: S,
    input: I,
    events: mpsc::Receiver<Event>,
    worker: Worker,
    escapes: Escapes,
    esc_wait: Duration,
    /// Until when the rest of an escape sequence may come.
    escape_wait: Option<Pin<Box<Sleep>>>,
    bursts: Bursts,
    timers: Timers,
    still: Still,
    now: fn() -> Timestamp,
    record: Option<Recorder>,
    /// Set while the agent's own editor has the terminal.
    editor: Option<Editor>,
    edits: PathBuf,
    state: State,
}

/// What the terminal has delivered already; none where nothing waits.
///
/// Polls with the waker of the task that runs. A poll that brings a waker of its own, as
/// `now_or_never` does, would be the one that the stream wakes later: the app would sleep over keys.
async fn ready<I: Stream + Unpin>(input: &mut I) -> Option<Option<I::Item>> {
    poll_fn(|context| {
        Poll::Ready(match Pin::new(&mut *input).poll_next(context) {
            Poll::Ready(next) => Some(next),
            Poll::Pending => None,
        })
    })
    .await
}

/// Whether the loop goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Running,
    Leaving,
}

/// Works the desk until the agent quits or the system ends the app. What was typed is on the disk
/// when this returns.
///
/// # Errors
/// The terminal is gone; drafts were saved all the same.
pub async fn run<S, I, D>(model: Model, wiring: Wiring<S, I, D>) -> io::Result<()>
where
    S: Screen,
    I: Keyboard,
    D: Desk,
{
    let mut app = App {
        model,
        screen: wiring.screen,
        input: wiring.input,
        events: wiring.events,
        worker: Worker::start(wiring.desk),
        escapes: Escapes::default(),
        esc_wait: wiring.esc_wait,
        escape_wait: None,
        bursts: Bursts::new(wiring.pastes),
        timers: Timers::default(),
        still: Still::default(),
        now: wiring.now,
        record: wiring.record,
        editor: None,
        edits: wiring.edits,
        state: State::Running,
    };
    let ended = app.work().await;
    if ended.is_err() {
        // The first error is the one to report.
        app.take(Event::Terminate).ok();
    }
    // Nobody takes news any more: a desk that waited to tell some would keep its drafts waiting.
    app.events.close();
    if let Some(editor) = app.editor {
        editor.end().await.leave();
    }
    app.worker.finish().await;
    ended
}

impl<S, I> App<S, I>
where
    S: Screen,
    I: Keyboard,
{
    async fn work(&mut self) -> io::Result<()> {
        let effects = update::start(&mut self.model);
        self.perform(effects)?;
        self.draw()?;
        while self.state == State::Running {
            let first = self.next().await;
            self.turn(first).await?;
            self.draw()?;
        }
        Ok(())
    }

    /// Waits for anything to happen. Keys come first: they are few, and somebody waits for them.
    async fn next(&mut self) -> Arrival {
        tokio::select! {
            biased;
            raw = self.input.next(), if self.editor.is_none() => Arrival::of(raw),
            () = over(&mut self.escape_wait) => Arrival::NothingFollows,
            event = self.worker.next() => Arrival::Event(event),
            event = self.events.recv() => Arrival::Event(event.unwrap_or(Event::Terminate)),
            // What came before it ended is taken before: an interrupt was the editor's.
            edited = ended(&mut self.editor) => Arrival::Event(Event::Edited(edited)),
            timer = self.timers.next() => Arrival::Event(Event::Timer(timer)),
            () = self.still.over() => Arrival::Nothing,
        }
    }

    /// Takes everything that is there already, within a limit.
    async fn turn(&mut self, first: Arrival) -> io::Result<()> {
        let mut typed = Vec::new();
        let mut news = Vec::new();
        let wait = Wait::at(&first);
        first.sort(&mut typed, &mut news);
        while self.editor.is_none() && typed.len() + news.len() < TURN_EVENTS_MAX {
            let Some(raw) = ready(&mut self.input).await else {
                break;
            };
            Arrival::of(raw).sort(&mut typed, &mut news);
            if news.last() == Some(&Event::Terminate) {
                break;
            }
        }
        while typed.len() + news.len() < TURN_EVENTS_MAX {
            let ready = self.worker.ready().or_else(|| self.events.try_recv().ok());
            let Some(event) = ready else { break };
            news.push(event);
        }
        let typed = self.join(typed, wait);
        let typed = self.bursts.gather(typed, (self.now)());
        for event in typed.into_iter().map(Event::Input).chain(news) {
            if self.state == State::Running {
                self.take(event)?;
            }
        }
        self.wait_for_act().await
    }

    /// Lets the frame after an act show all that it brings, where the disk is quick: it is shown no
    /// earlier than it is on the disk.
    async fn wait_for_act(&mut self) -> io::Result<()> {
        if !self.worker.is_acting() {
            return Ok(());
        }
        let wait = tokio::time::sleep(Duration::from_millis(FRAME_WAIT_MS));
        tokio::pin!(wait);
        while self.state == State::Running && self.worker.will_show_more() {
            let event = tokio::select! {
                biased;
                event = self.worker.next() => event,
                () = &mut wait => break,
            };
            self.take(event)?;
        }
        Ok(())
    }

    /// What was typed, with its escape sequences whole.
    fn join(&mut self, typed: Vec<Input>, wait: Wait) -> Vec<Input> {
        let joined = match wait {
            _ if !typed.is_empty() => self.escapes.join(typed),
            Wait::IsOver => self.escapes.give_up(),
            Wait::GoesOn => return typed,
        };
        let wait = || Box::pin(tokio::time::sleep(self.esc_wait));
        self.escape_wait = self.escapes.is_waiting().then(wait);
        joined
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        let ended = match event {
            // It was struck at the editor, which knows what it means.
            Event::Interrupt if self.editor.is_some() => return Ok(()),
            Event::Edited(_) => self.regain()?,
            _ => None,
        };
        let now = (self.now)();
        self.keep(&event, now);
        let effects = update::update(&mut self.model, event, now);
        self.perform(effects)?;
        if let Some(ended) = ended {
            // Its file stays until the words are on the disk as the draft.
            self.worker.let_go(ended);
        }
        Ok(())
    }

    /// A recording that cannot go on ends, and the work does not.
    fn keep(&mut self, event: &Event, now: Timestamp) {
        let Some(recorder) = &mut self.record else {
            return;
        };
        if let Err(error) = recorder.keep(event, self.model.context(), now) {
            self.record = None;
            self.model.notices.push(Notice {
                level: Level::Problem,
                text: format!("The recording ends here: {error}"),
            });
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::StartTimer { timer, after_ms } => self.timers.start(timer, after_ms),
                Effect::Redraw => self.screen.forget()?,
                Effect::Tell(outward) => self.screen.tell(&outward)?,
                Effect::TakeAgain => self.screen.take_again()?,
                Effect::Suspend => self.suspend()?,
                Effect::Edit { command, lent } => self.edit(&command, &lent)?,
                Effect::Quit => self.state = State::Leaving,
                asked @ (Effect::LoadList(_)
                | Effect::LoadChat(_)
                | Effect::Search(_)
                | Effect::LoadDirectory
                | Effect::FindPeople { .. }
                | Effect::Contact(_)
                | Effect::ForgetContact { .. }
                | Effect::Begin { .. }
                | Effect::Settings(_)
                | Effect::LoadTemplates
                | Effect::LoadTemplate(_)
                | Effect::KeepOrigin { .. }
                | Effect::WriteTemplate(_)
                | Effect::LoadRules
                | Effect::KeepRules(_)
                | Effect::WriteJob(_)
                | Effect::WriteRules(_)
                | Effect::AskFigures(_)
                | Effect::AskAudit(_)
                | Effect::AskStatus
                | Effect::LookHere
                | Effect::Submit { .. }
                | Effect::SubmitLater { .. }
                | Effect::ChangeTimed { .. }
                | Effect::LoadTimed
                | Effect::LoadBroadcasts
                | Effect::ChangeBroadcast { .. }
                | Effect::Bulk(_)
                | Effect::SubmitParts { .. }
                | Effect::LoadSent
                | Effect::Spell { .. }
                | Effect::WriteNote { .. }
                | Effect::SaveNoteDraft { .. }
                | Effect::WithdrawNote { .. }
                | Effect::SaveDraft { .. }
                | Effect::Withdraw { .. }
                | Effect::Doing { .. }
                | Effect::Triage { .. }
                | Effect::LookAtConfig
                | Effect::LastSeen
                | Effect::NoteSeen(_)
                | Effect::LookBack(_)
                | Effect::Hook { .. }
                | Effect::MarkUnread { .. }
                | Effect::Turn(_)
                | Effect::TakeBack(_)
                | Effect::MarkRead { .. }) => self.worker.ask(asked),
            }
        }
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.screen.suspend()?;
        self.follow_size()?;
        self.take(Event::Resumed)
    }

    /// The window may have changed while somebody else had it.
    fn follow_size(&mut self) -> io::Result<()> {
        let size = self.screen.size()?;
        self.take(Event::Input(Input::Resize {
            width: size.width,
            height: size.height,
        }))
    }

    /// Gives the terminal to the agent's own editor. What comes meanwhile is taken and not drawn.
    fn edit(&mut self, command: &str, lent: &Lent) -> io::Result<()> {
        self.input.pause();
        self.screen.lend()?;
        match Editor::start(command, &self.edits, lent) {
            Ok(editor) => self.editor = Some(editor),
            Err(words) => self.take(Event::Edited(Edited::Nothing(words)))?,
        }
        Ok(())
    }

    fn regain(&mut self) -> io::Result<Option<Editor>> {
        let ended = self.editor.take();
        self.screen.regain()?;
        self.input.go_on();
        self.follow_size()?;
        Ok(ended)
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.state == State::Leaving || self.editor.is_some() {
            return Ok(());
        }
        let (model, still) = (&self.model, &mut self.still);
        still.note(model);
        self.screen.frame(&mut |area, buffer| {
            let cursor = view(model, area, buffer);
            still.lay(model.screen().chat, buffer);
            cursor
        })?;
        if self.model.watch.awaits_frame() && self.model.roster.is_current() {
            self.model.watch.drawn((self.now)());
        }
        Ok(())
    }
}

/// What the editor left, once it has ended; never, where there is none.
async fn ended(editor: &mut Option<Editor>) -> Edited {
    match editor {
        Some(editor) => editor.ended().await,
        None => std::future::pending().await,
    }
}

/// What woke the loop.
enum Arrival {
    Typed(Input),
    Event(Event),
    /// The rest of an escape sequence did not come in time.
    NothingFollows,
    Nothing,
}

/// Whether the rest of an escape sequence may still come.
#[derive(Clone, Copy)]
enum Wait {
    GoesOn,
    IsOver,
}

impl Wait {
    const fn at(first: &Arrival) -> Self {
        match first {
            Arrival::NothingFollows => Self::IsOver,
            Arrival::Typed(_) | Arrival::Event(_) | Arrival::Nothing => Self::GoesOn,
        }
    }
}

/// Waits for the end of a time; for ever, where none runs.
async fn over(wait: &mut Option<Pin<Box<Sleep>>>) {
    match wait {
        Some(sleep) => sleep.as_mut().await,
        None => std::future::pending().await,
    }
}

impl Arrival {
    /// The end of the input is the end of the terminal.
    fn of(raw: Option<io::Result<crossterm::event::Event>>) -> Self {
        match raw {
            Some(Ok(raw)) => terminal::input(raw).map_or(Self::Nothing, Self::Typed),
            Some(Err(_)) | None => Self::Event(Event::Terminate),
        }
    }

    fn sort(self, typed: &mut Vec<Input>, news: &mut Vec<Event>) {
        match self {
            Self::Typed(input) => typed.push(input),
            Self::Event(event) => news.push(event),
            Self::NothingFollows | Self::Nothing => {}
        }
    }
}

/// The timers that run: at most one of each kind.
#[derive(Default)]
struct Timers {
    running: Vec<(Timer, Pin<Box<Sleep>>)>,
}

impl Timers {
    /// Starts a timer in place of an older one of its kind.
    fn start(&mut self, timer: Timer, after_ms: u32) {
        self.running.retain(|(other, _)| other.kind != timer.kind);
        let sleep = tokio::time::sleep(Duration::from_millis(u64::from(after_ms)));
        self.running.push((timer, Box::pin(sleep)));
    }

    /// The next timer that runs out; never, where none runs.
    async fn next(&mut self) -> Timer {
        poll_fn(|context| {
            let is_over =
                |(_, sleep): &mut (_, Pin<Box<Sleep>>)| sleep.as_mut().poll(context).is_ready();
            match self.running.iter_mut().position(is_over) {
                Some(at) => Poll::Ready(self.running.swap_remove(at).0),
                None => Poll::Pending,
            }
        })
        .await
    }
}
