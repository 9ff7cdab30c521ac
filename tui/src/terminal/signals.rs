//! What the system says to the app.

use crate::event::Event;
use rustix::process::Signal;
use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

/// Tells the app when the system wants it to end, to stop or to read its configuration, and when it
/// goes on after a stop. Runs until the app ends.
///
/// # Errors
/// The system takes no signal handlers.
pub async fn watch_signals(events: mpsc::Sender<Event>) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut stop = signal(SignalKind::from_raw(Signal::TSTP.as_raw()))?;
    let mut goes_on = signal(SignalKind::from_raw(Signal::CONT.as_raw()))?;
    let mut configuration = signal(SignalKind::user_defined1())?;
    loop {
        let event = tokio::select! {
            _ = terminate.recv() => Event::Terminate,
            _ = hangup.recv() => Event::Terminate,
            _ = interrupt.recv() => Event::Interrupt,
            _ = quit.recv() => Event::Interrupt,
            _ = stop.recv() => Event::Stop,
            _ = goes_on.recv() => Event::Continued,
            _ = configuration.recv() => Event::LookAtConfig,
            () = events.closed() => return Ok(()),
        };
        if events.send(event).await.is_err() {
            return Ok(());
        }
    }
}
