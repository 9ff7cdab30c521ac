//! Drives the session: owns the socket and does what the state machine says, one thing after the
//! other, so that the relay is read only as fast as the disk takes its batches.

use super::backoff::{Ladder, asked};
use super::session::{Colleague, Input, Output, Pause, Position, Session};
use super::socket::{Heard, OpenError, Socket, read_frame};
use super::{Doing, End, Link};
use crate::cache::{ApplyError, Cache, CacheError, Cursor, DigestCheck, Recounted};
use crate::clock;
use crate::event::{self, CacheEvent, LinkEvent};
use smsdesk_common::feed::{Batch, Digest};
use smsdesk_common::ids::{Epoch, Seq};
use smsdesk_common::stream::{ClientFrame, CloseCode, SILENCE_MS_MAX};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, sleep_until, timeout};

/// A digest of the relay's, to be compared once the history is complete.
pub(super) type Verify = (Seq, Digest);

/// How long the copy is left alone for each of its rows after they were added up, which takes about
/// a microsecond a row: what guards against a rare fault may take a hundredth of a core.
const RECOUNT_REST: Duration = Duration::from_micros(100);

/// Keeps the stream alive until it must not come back.
pub(super) async fn run(link: &Link, verify: &mut mpsc::Receiver<Verify>) -> End {
    let session = Session::new(link.client.clone(), link.cache.device());
    let mut live = Live {
        link,
        session,
        socket: None,
        ladder: Ladder::default(),
        opened: None,
        pause: None,
        recount: Recount::default(),
        doing: link.doing.clone(),
    };
    match live.run(verify).await {
        Ok(never) => match never {},
        Err(end) => end,
    }
}

/// Something that does not happen.
enum Never {}

struct Live<'a> {
    link: &'a Link,
    session: Session,
    socket: Option<Socket>,
    ladder: Ladder,
    /// When the connection was opened.
    opened: Option<Instant>,
    /// How long to wait before the next try, where one is due.
    pause: Option<Duration>,
    recount: Recount,
    doing: watch::Receiver<Option<Doing>>,
}

type Counting = Pin<Box<dyn Future<Output = Result<Recounted, CacheError>> + Send>>;

/// The copy's rows are added up now and then.
#[derive(Default)]
struct Recount {
    /// Where it is under way. Dropped, it ends soon.
    under_way: Option<Counting>,
    /// Not before this.
    next: Option<Instant>,
    /// What is to be added up then: somebody asked too soon.
    waiting: Option<Cache>,
}

impl Recount {
    fn begin(&mut self, cache: &Cache) {
        let (now, cache) = (clock::monotonic(), cache.clone());
        if self.next.is_some_and(|next| now < next) {
            self.waiting = Some(cache);
        } else if self.under_way.is_none() {
            self.under_way = Some(Box::pin(async move { cache.recount_rows().await }));
        }
    }

    fn give_up(&mut self) {
        (self.under_way, self.waiting) = (None, None);
    }

    /// What came of it. May be given up at any time.
    async fn end(&mut self) -> Result<DigestCheck, CacheError> {
        if let (None, Some(_), Some(next)) = (&self.under_way, &self.waiting, self.next) {
            sleep_until(next.into()).await;
            if let Some(cache) = self.waiting.take() {
                self.begin(&cache);
            }
        }
        let Some(counting) = &mut self.under_way else {
            return std::future::pending().await;
        };
        let counted = counting.as_mut().await;
        let rows = counted.as_ref().map_or(0, |counted| counted.rows);
        self.next = clock::monotonic().checked_add(RECOUNT_REST.saturating_mul(rows));
        self.under_way = None;
        counted.map(|counted| counted.check)
    }
}

impl Live<'_> {
    async fn run(&mut self, verify: &mut mpsc::Receiver<Verify>) -> Result<Never, End> {
        let mut input = Input::Due;
        loop {
            let mut outputs = VecDeque::from(self.session.on(input));
            while let Some(output) = outputs.pop_front() {
                if let Some(answer) = self.perform(output).await? {
                    outputs.extend(self.session.on(answer));
                }
                self.link.online.send_if_modified(|online| {
                    std::mem::replace(online, self.session.is_online()) != *online
                });
            }
            input = self.wait(verify).await?;
        }
    }

    /// Waits for whatever happens next.
    async fn wait(&mut self, verify: &mut mpsc::Receiver<Verify>) -> Result<Input, End> {
        loop {
            if let Some(pause) = self.pause.take() {
                sleep(pause).await;
                return Ok(Input::Due);
            }
            let Some(socket) = &mut self.socket else {
                return Ok(Input::Closed(None));
            };
            tokio::select! {
                heard = timeout(Duration::from_millis(SILENCE_MS_MAX), socket.next()) => {
                    if let Some(input) = self.heard(heard.ok()).await {
                        return Ok(input);
                    }
                }
                Ok(()) = self.doing.changed() => {
                    if let Some(input) = self.say_doing().await {
                        return Ok(input);
                    }
                }
                () = self.link.cache.emptied() => return Ok(Input::Emptied),
                Some((head, digest)) = verify.recv() => {
                    if let Some(input) = self.check(head, digest).await? {
                        return Ok(input);
                    }
                }
                counted = self.recount.end() => match counted {
                    Ok(DigestCheck::Differs) => return Ok(Input::CopyDiffers),
                    Ok(DigestCheck::Equal) => return Ok(Input::CopyEqual),
                    Ok(DigestCheck::NotComparable) => {}
                    Err(CacheError::Closed) => return Err(End::AppGone),
                    Err(error) => tracing::warn!(%error, "the copy could not be added up"),
                },
            }
        }
    }

    /// What a sign of life means; none is a silence that lasted too long.
    async fn heard(&mut self, heard: Option<Heard>) -> Option<Input> {
        match heard {
            None => Some(Input::Silent),
            Some(Heard::Life) => None,
            Some(Heard::Text(text)) => {
                Some(read_frame(text).await.map_or(Input::Garbled, Input::Frame))
            }
            Some(Heard::Garbled) => Some(Input::Garbled),
            Some(Heard::End(why)) => {
                self.socket = None;
                if matches!(&why, Some((code, _)) if *code == CloseCode::Wipe.number()) {
                    self.link.http.order_wipe();
                }
                Some(Input::Closed(why))
            }
        }
    }

    async fn perform(&mut self, output: Output) -> Result<Option<Input>, End> {
        match output {
            Output::Connect => self.connect().await.map(Some),
            Output::Send(frame) => Ok(self.send(&frame).await),
            Output::Close => {
                if let Some(socket) = self.socket.take() {
                    socket.close().await;
                }
                Ok(None)
            }
            Output::Apply(batch) => self.apply(batch).await.map(Some),
            Output::StartFresh { epoch, head } => self.start_fresh(epoch, head).await.map(Some),
            Output::Rebuild { epoch, head } => {
                say_wrong_copy(self.link).await?;
                self.start_fresh(epoch, head).await.map(Some)
            }
            Output::CheckDigest { head, digest } => self.check(head, digest).await,
            Output::FetchHistory => {
                self.link.history.notify_one();
                Ok(None)
            }
            Output::Show(connection) => {
                self.link.say(LinkEvent::Connection(connection)).await?;
                Ok(None)
            }
            Output::Meet(relay) => {
                self.link.say(LinkEvent::Met(relay)).await?;
                Ok(None)
            }
            Output::Greet { agent, company } => {
                // Not knowing whose token this is must not keep anybody from reading.
                if let Err(error) = self.link.cache.remember_me(agent.clone()).await {
                    self.link.trouble(error.to_string()).await?;
                }
                if let Err(error) = self.link.cache.remember_company(company).await {
                    self.link.trouble(error.to_string()).await?;
                }
                self.link.say(LinkEvent::Welcome(agent)).await?;
                Ok(None)
            }
            Output::Tell(heard) => say_colleague(self.link, heard).await.map(|()| None),
            Output::Say(message) => self.link.trouble(message).await.map(|()| None),
            Output::Retry(pause) => {
                self.plan(pause);
                Ok(None)
            }
            Output::Stop(reason) => Err(End::SignedOut { reason }),
        }
    }

    async fn connect(&mut self) -> Result<Input, End> {
        match Socket::open(&self.link.http, &self.link.authorization).await {
            Ok(socket) => {
                self.socket = Some(socket);
                self.opened = Some(clock::monotonic());
                match self.link.cache.cursor().await {
                    Ok(cursor) => Ok(Input::Opened(cursor.as_ref().map(position))),
                    Err(error) => store_failed(error),
                }
            }
            Err(OpenError::Unreachable(words)) => Ok(Input::Unreachable(words)),
            Err(OpenError::SignedOut(reason)) => Ok(Input::Refused(reason)),
        }
    }

    async fn send(&mut self, frame: &ClientFrame) -> Option<Input> {
        let socket = self.socket.as_mut()?;
        if socket.send(frame).await.is_ok() {
            return None;
        }
        self.socket = None;
        Some(Input::Closed(None))
    }

    /// Tells the colleagues what the agent does, where there is somebody to tell.
    async fn say_doing(&mut self) -> Option<Input> {
        let (conversation, state) = (*self.doing.borrow_and_update())?;
        if !self.session.is_online() {
            return None;
        }
        let frame = ClientFrame::Presence {
            conversation,
            state,
        };
        self.send(&frame).await
    }

    async fn apply(&mut self, batch: Batch) -> Result<Input, End> {
        match self.link.cache.apply(batch).await {
            Ok(mut applied) => {
                let stored = clock::now();
                let position = position(&applied.cursor);
                self.link.ring_for(&applied);
                let taken = std::mem::take(&mut applied.arrived);
                let any = !taken.is_empty();
                let arrived = any.then_some(CacheEvent::Arrived { taken, stored });
                self.link.tell(arrived.into_iter()).await?;
                self.link.tell(applied.into_events()).await?;
                Ok(Input::Applied(position))
            }
            Err(ApplyError::Gap { .. } | ApplyError::OtherEpoch) => Ok(Input::Gap),
            Err(error @ ApplyError::Malformed(_)) => Ok(Input::StoreFailed(error.to_string())),
            Err(ApplyError::Cache(error)) => store_failed(error),
        }
    }

    async fn start_fresh(&mut self, epoch: Epoch, head: Seq) -> Result<Input, End> {
        match self.link.cache.start_fresh(epoch, head).await {
            Ok(applied) => {
                self.link.history_seen.store(0, Ordering::Relaxed);
                self.recount.give_up();
                self.link.fresh.notify_one();
                let position = position(&applied.cursor);
                self.link.tell(applied.into_events()).await?;
                Ok(Input::Fresh(position))
            }
            Err(ApplyError::Cache(error)) => store_failed(error),
            Err(error) => Ok(Input::StoreFailed(error.to_string())),
        }
    }

    async fn check(&mut self, head: Seq, digest: Digest) -> Result<Option<Input>, End> {
        if head.0 < self.link.history_seen.load(Ordering::Relaxed) {
            return Ok(None);
        }
        match self.link.cache.check_digest(head, digest).await {
            Ok(DigestCheck::Differs) => Ok(Some(Input::CopyDiffers)),
            Ok(DigestCheck::Equal) => {
                // What was applied is right; whether it is still there only the rows can tell.
                self.recount.begin(&self.link.cache);
                Ok(None)
            }
            Ok(DigestCheck::NotComparable) => Ok(None),
            Err(error) => store_failed(error).map(Some),
        }
    }

    fn plan(&mut self, pause: Pause) {
        let held = self.opened.take().map_or(Duration::ZERO, |opened| {
            clock::monotonic().duration_since(opened)
        });
        let roll = super::roll();
        self.pause = Some(match pause {
            Pause::Backoff => self.ladder.pause(held, roll),
            Pause::Asked {
                after_ms,
                spread_ms,
            } => asked(after_ms, spread_ms, roll),
        });
    }
}

/// Says what a colleague does; one whose record is not here yet has no name.
async fn say_colleague(link: &Link, heard: Colleague) -> Result<(), End> {
    let Colleague { agent, .. } = heard;
    let name = match link.cache.agent_name(agent).await {
        Ok(name) => name.unwrap_or_else(|| "a colleague".to_owned()),
        Err(CacheError::Closed) => return Err(End::AppGone),
        Err(_) => return Ok(()),
    };
    let heard = event::Heard {
        agent,
        name,
        conversation: heard.conversation,
        state: heard.state,
        for_ms: heard.for_ms,
    };
    link.say(LinkEvent::Presence(heard)).await
}

async fn say_wrong_copy(link: &Link) -> Result<(), End> {
    let times = match link.cache.count_wrong_copy().await {
        Ok(1) | Err(_) => String::new(),
        Ok(times) => format!(" (for the {times}th time on this device)"),
    };
    let words = "this copy of the records differs from the relay's";
    link.trouble(format!("{words}{times}; it is fetched again, drafts stay"))
        .await
}

const fn position(cursor: &Cursor) -> Position {
    Position {
        epoch: cursor.epoch,
        high: cursor.high,
    }
}

fn store_failed(error: CacheError) -> Result<Input, End> {
    match error {
        CacheError::Closed => Err(End::AppGone),
        error => Ok(Input::StoreFailed(error.to_string())),
    }
}
