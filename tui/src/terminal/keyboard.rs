//! What delivers keys, and can be silenced while another program has the terminal.

use crossterm::event::{Event, EventStream};
use futures_util::stream::Stream;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of what the terminal delivers.
pub trait Keyboard: Stream<Item = io::Result<Event>> + Unpin {
    /// Reads nothing more: what is typed from now on is for somebody else.
    fn pause(&mut self);

    /// Reads again.
    fn go_on(&mut self);
}

/// The real terminal's.
#[derive(Debug)]
pub struct TtyKeys {
    /// None while another program has the terminal: a stream that is only left alone goes on
    /// reading in a thread of its own.
    stream: Option<EventStream>,
}

impl TtyKeys {
    /// Keys of the terminal that was taken.
    #[must_use]
    pub fn new() -> Self {
        let stream = Some(EventStream::new());
        Self { stream }
    }
}

impl Default for TtyKeys {
    fn default() -> Self {
        Self::new()
    }
}

impl Stream for TtyKeys {
    type Item = io::Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.stream {
            // The terminal's library would read nothing, over and over, and never return.
            Some(_) if is_gone() => Poll::Ready(None),
            Some(stream) => Pin::new(stream).poll_next(context),
            // Whoever gives the terminal back polls again.
            None => Poll::Pending,
        }
    }
}

/// Whether the window was closed or the line went down.
fn is_gone() -> bool {
    matches!(
        rustix::termios::tcgetattr(io::stdin()),
        Err(rustix::io::Errno::IO)
    )
}

impl Keyboard for TtyKeys {
    fn pause(&mut self) {
        self.stream = None;
    }

    fn go_on(&mut self) {
        self.stream.get_or_insert_with(EventStream::new);
    }
}

/// A script: there is no terminal that somebody else could read.
impl<S> Keyboard for Pin<Box<S>>
where
    S: Stream<Item = io::Result<Event>>,
{
    fn pause(&mut self) {}

    fn go_on(&mut self) {}
}
