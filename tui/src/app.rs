//! The loop: one ordered stream of events in, effects out, one frame for all that came together.
//!
//! Knows no key, no SQL and no socket. Terminal, input, disk and clock are parameters, so that the
//! same loop runs in tests without any of them.

mod desk;
mod first_run;
#[cfg(test)]
mod tests;

pub use self::desk::Desk;
pub use self::first_run::run_first;

use self::desk::Worker;
use crate::effect::{Effect, Timer};
use crate::event::{Event, Input};
use crate::input::burst::{Bursts, Pastes};
use crate::model::Model;
use crate::model::overlay::{Level, Notice};
use crate::record::Recorder;
use crate::terminal::{self, Screen};
use crate::update;
use crate::view::view;
use futures_util::stream::{Stream, StreamExt};
use smsdesk_common::time::Timestamp;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Sleep;

/// The most events taken for one frame. More wait for the next, so that a flood of texts cannot
/// keep a key from the screen for longer than they take.
const TURN_EVENTS_MAX: usize = 256;

/// What the app is connected to.
pub struct Wiring<S, I, D> {
    /// What it draws on.
    pub screen: S,
    /// What the terminal delivers: [`crossterm::event::EventStream`], or a script.
    pub input: I,
    /// How the terminal delivers pastes.
    pub pastes: Pastes,
    /// What performs the effects on disk and network.
    pub desk: D,
    /// Keeps what happens, where that was asked for.
    pub record: Option<Recorder>,
    /// News from disk, network and signals. [`Event::Terminate`] ends the app.
    pub events: mpsc::Receiver<Event>,
    /// The time of day: [`crate::clock::now`].
    pub now: fn() -> Timestamp,
}

/// The running app.
struct App<S, I> {
    model: Model,
    screen: S,
    input: I,
    events: mpsc::Receiver<Event>,
    worker: Worker,
    bursts: Bursts,
    timers: Timers,
    now: fn() -> Timestamp,
    record: Option<Recorder>,
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
    I: Stream<Item = io::Result<crossterm::event::Event>> + Unpin,
    D: Desk,
{
    let mut app = App {
        model,
        screen: wiring.screen,
        input: wiring.input,
        events: wiring.events,
        worker: Worker::start(wiring.desk),
        bursts: Bursts::new(wiring.pastes),
        timers: Timers::default(),
        now: wiring.now,
        record: wiring.record,
        state: State::Running,
    };
    let ended = app.work().await;
    if ended.is_err() {
        // The first error is the one to report.
        app.take(Event::Terminate).ok();
    }
    // Nobody takes news any more: a desk that waited to tell some would keep its drafts waiting.
    app.events.close();
    app.worker.finish().await;
    ended
}

impl<S, I> App<S, I>
where
    S: Screen,
    I: Stream<Item = io::Result<crossterm::event::Event>> + Unpin,
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
            raw = self.input.next() => Arrival::of(raw),
            event = self.worker.next() => Arrival::Event(event),
            event = self.events.recv() => Arrival::Event(event.unwrap_or(Event::Terminate)),
            timer = self.timers.next() => Arrival::Event(Event::Timer(timer)),
        }
    }

    /// Takes everything that is there already, within a limit.
    async fn turn(&mut self, first: Arrival) -> io::Result<()> {
        let mut typed = Vec::new();
        let mut news = Vec::new();
        first.sort(&mut typed, &mut news);
        while typed.len() + news.len() < TURN_EVENTS_MAX {
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
        let typed = self.bursts.gather(typed, (self.now)());
        for event in typed.into_iter().map(Event::Input).chain(news) {
            if self.state == State::Running {
                self.take(event)?;
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        let now = (self.now)();
        self.keep(&event, now);
        let effects = update::update(&mut self.model, event, now);
        self.perform(effects)
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
                Effect::Quit => self.state = State::Leaving,
                asked @ (Effect::LoadList(_)
                | Effect::LoadChat(_)
                | Effect::LoadDirectory
                | Effect::LoadTemplates
                | Effect::LoadTemplate(_)
                | Effect::KeepOrigin { .. }
                | Effect::WriteTemplate(_)
                | Effect::Submit { .. }
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
        // The window may have changed while somebody else had it.
        let size = self.screen.size()?;
        self.take(Event::Input(Input::Resize {
            width: size.width,
            height: size.height,
        }))?;
        self.take(Event::Resumed)
    }

    fn draw(&mut self) -> io::Result<()> {
        if self.state == State::Leaving {
            return Ok(());
        }
        let model = &self.model;
        self.screen
            .frame(&mut |area, buffer| view(model, area, buffer))
    }
}

/// What woke the loop.
enum Arrival {
    Typed(Input),
    Event(Event),
    Nothing,
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
            Self::Nothing => {}
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
