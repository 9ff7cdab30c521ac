//! The loop of the first run: the same input and screen, no desk yet.

use super::{Arrival, ready};
use crate::event::{Event, Input};
use crate::input::burst::Bursts;
use crate::model::first_run::{FirstRun, Outcome};
use crate::terminal::Screen;
use crate::update::first_run;
use crate::view::view_first_run;
use futures_util::stream::{Stream, StreamExt};
use smsdesk_common::time::Timestamp;
use std::io;
use tokio::sync::mpsc;

/// Asks until there is an answer. To ask again because an invite was refused, call it with
/// [`FirstRun::refused`].
///
/// # Errors
/// The terminal is gone.
pub async fn run_first<S, I>(
    model: &mut FirstRun,
    screen: &mut S,
    input: &mut I,
    events: &mut mpsc::Receiver<Event>,
    now: fn() -> Timestamp,
) -> io::Result<Outcome>
where
    S: Screen,
    I: Stream<Item = io::Result<crossterm::event::Event>> + Unpin,
{
    let mut bursts = Bursts::default();
    loop {
        screen.frame(&mut |area, buffer| view_first_run(model, area, buffer))?;
        let mut typed: Vec<Input> = Vec::new();
        let mut news = Vec::new();
        let first = tokio::select! {
            raw = input.next() => Arrival::of(raw),
            event = events.recv() => Arrival::Event(event.unwrap_or(Event::Terminate)),
        };
        first.sort(&mut typed, &mut news);
        while typed.len() < super::TURN_EVENTS_MAX {
            let Some(raw) = ready(input).await else { break };
            Arrival::of(raw).sort(&mut typed, &mut news);
            if !news.is_empty() {
                break;
            }
        }
        for input in bursts.gather(typed, now()) {
            if let Some(outcome) = first_run::update(model, input) {
                return Ok(outcome);
            }
        }
        for event in news {
            match event {
                Event::Terminate | Event::Interrupt => return Ok(Outcome::Quit),
                Event::Stop => screen.suspend()?,
                Event::Continued => screen.take_again()?,
                _ => {}
            }
        }
    }
}
