//! The loop on a screen in memory, with a script at the keys and a disk of a few vectors.

mod editor;

use super::{Desk, Wiring, run, run_first};
use crate::effect::{Effect, Outward};
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::input::burst::Pastes;
use crate::input::escape::ESC_WAIT_MS;
use crate::model::connection::Connection;
use crate::model::first_run::{FirstRun, Outcome};
use crate::model::{Colours, Model};
use crate::terminal::{Keyboard, Screen};
use crate::testkit::{Disk, NOW, conversation_id, desk, screen_text, setup};
use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream::Stream;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use smsdesk_common::time::Timestamp;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;

/// A clock on which some time passes between any two keys, as with hands.
fn now() -> Timestamp {
    static READ: AtomicI64 = AtomicI64::new(0);
    NOW.plus_millis(20 * READ.fetch_add(1, Ordering::Relaxed))
}

/// How long a test waits for what must happen.
const DEADLINE: Duration = Duration::from_secs(30);

/// What the screen was told to do.
#[derive(Clone, Debug, Default)]
struct Shown {
    text: String,
    frames: usize,
    /// Every frame so far.
    texts: Vec<String>,
    forgotten: usize,
    suspended: usize,
    lent: usize,
    regained: usize,
}

/// A screen in memory.
struct Memory {
    shown: watch::Sender<Shown>,
    /// The terminal is gone after so many frames.
    frames_left: usize,
}

impl Screen for Memory {
    fn size(&self) -> io::Result<Size> {
        Ok(Size {
            width: 120,
            height: 30,
        })
    }

    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        self.frames_left = self
            .frames_left
            .checked_sub(1)
            .ok_or(io::ErrorKind::BrokenPipe)?;
        let area = Rect::new(0, 0, 120, 30);
        let mut buffer = Buffer::empty(area);
        let cursor = draw(area, &mut buffer);
        self.shown.send_modify(|shown| {
            shown.text = screen_text(&buffer, cursor);
            shown.frames += 1;
            shown.texts.push(shown.text.clone());
        });
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.forgotten += 1);
        Ok(())
    }

    fn tell(&mut self, _: &Outward) -> io::Result<()> {
        Ok(())
    }

    fn take_again(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.lent += 1);
        Ok(())
    }

    fn regain(&mut self) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.regained += 1);
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        self.shown.send_modify(|shown| shown.suspended += 1);
        Ok(())
    }
}

/// Keys as they come, one by one or in a batch.
struct Keys(mpsc::Receiver<Raw>);

impl Stream for Keys {
    type Item = io::Result<Raw>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|raw| raw.map(Ok))
    }
}

impl Keyboard for Keys {
    fn pause(&mut self) {}

    fn go_on(&mut self) {}
}

/// A disk that says when it was reached, and waits to be told to go on.
struct Slow {
    of: fn(&Effect) -> bool,
    reached: Notify,
    go: Notify,
}

impl Slow {
    fn of(of: fn(&Effect) -> bool) -> Arc<Self> {
        Arc::new(Self {
            of,
            reached: Notify::new(),
            go: Notify::new(),
        })
    }
}

/// The test disk behind the loop. It can be made to wait.
#[derive(Clone)]
struct MemoryDesk {
    disk: Arc<Mutex<Disk>>,
    slow: Option<Arc<Slow>>,
}

impl Desk for MemoryDesk {
    async fn perform(&mut self, effect: Effect) -> Option<CacheEvent> {
        if let Some(slow) = self.slow.as_ref().filter(|slow| (slow.of)(&effect)) {
            slow.reached.notify_one();
            slow.go.notified().await;
        }
        let mut disk = self.disk.lock().unwrap();
        disk.answers(&effect)
            .then(|| disk.perform(effect))
            .flatten()
    }
}

/// A running app.
struct Running {
    keys: Option<mpsc::Sender<Raw>>,
    events: mpsc::Sender<Event>,
    shown: watch::Receiver<Shown>,
    desk: MemoryDesk,
    ended: JoinHandle<io::Result<()>>,
    _edits: TempDir,
}

impl Running {
    fn new() -> Self {
        Self::with(usize::MAX, None)
    }

    fn with(frames_left: usize, slow: Option<Arc<Slow>>) -> Self {
        Self::of(Model::new(setup(120, 30), NOW), frames_left, slow)
    }

    fn of(model: Model, frames_left: usize, slow: Option<Arc<Slow>>) -> Self {
        let (keys, input) = mpsc::channel(256);
        let (events, incoming) = mpsc::channel(2_048);
        let (sender, shown) = watch::channel(Shown::default());
        let desk = MemoryDesk {
            disk: Arc::new(Mutex::new(desk())),
            slow,
        };
        let edits = tempfile::tempdir().unwrap();
        let wiring = Wiring {
            record: None,
            pastes: Pastes::AsKeys,
            esc_wait: Duration::from_millis(ESC_WAIT_MS),
            screen: Memory {
                shown: sender,
                frames_left,
            },
            input: Keys(input),
            desk: desk.clone(),
            events: incoming,
            now,
            edits: edits.path().to_owned(),
        };
        let ended = tokio::spawn(run(model, wiring));
        Self {
            keys: Some(keys),
            events,
            shown,
            desk,
            ended,
            _edits: edits,
        }
    }

    async fn send(&self, raw: Raw) {
        self.keys.as_ref().unwrap().send(raw).await.unwrap();
    }

    async fn press(&self, code: KeyCode) {
        let key = KeyEvent::new(code, KeyModifiers::NONE);
        self.send(Raw::Key(key)).await;
    }

    /// Each key waits for the frame of the one before, as with hands.
    async fn type_slowly(&mut self, text: &str) {
        let mut typed = String::new();
        for c in text.chars() {
            typed.push(c);
            self.press(KeyCode::Char(c)).await;
            self.see(&typed).await;
        }
    }

    async fn see(&mut self, words: &str) -> String {
        let seen = self.shown.wait_for(|shown| shown.text.contains(words));
        if let Ok(Ok(shown)) = tokio::time::timeout(DEADLINE, seen).await {
            return shown.text.clone();
        }
        panic!("{words:?} does not appear:\n{}", self.shown.borrow().text);
    }

    async fn end(self) -> io::Result<()> {
        tokio::time::timeout(DEADLINE, self.ended)
            .await
            .unwrap()
            .unwrap()
    }

    fn draft(&self, n: u32) -> Option<String> {
        self.desk
            .disk
            .lock()
            .unwrap()
            .drafts
            .get(&conversation_id(n))
            .cloned()
    }
}

async fn half_a_reply(running: &mut Running) {
    running.see("is the plumber still coming?").await;
    running.press(KeyCode::Char('r')).await;
    running.see("to Maria Alvarez").await;
    running.type_slowly("half a se").await;
}

#[tokio::test]
async fn a_reply_goes_from_the_keys_to_the_screen() {
    let mut running = Running::new();
    half_a_reply(&mut running).await;
    running.press(KeyCode::Enter).await;
    let screen = running.see("Ana 14:00 · waiting to send ◷").await;
    assert!(screen.contains("half a se"));
    running
        .events
        .send(Event::Link(LinkEvent::Connection(Connection::Live)))
        .await
        .unwrap();
    running.see("sending… ◷").await;
    running.press(KeyCode::Esc).await;
    running.press(KeyCode::Char('q')).await;
    running.press(KeyCode::Char('q')).await;
    assert!(running.end().await.is_ok());
}

#[tokio::test]
async fn keys_that_arrive_together_with_an_enter_are_a_paste() {
    let mut running = Running::new();
    half_a_reply(&mut running).await;
    for c in "ntence".chars() {
        running.press(KeyCode::Char(c)).await;
    }
    running.press(KeyCode::Enter).await;
    running.see("so it was not sent").await;
    running.press(KeyCode::Enter).await;
    running.see("waiting to send ◷").await;
}

#[tokio::test]
async fn what_was_typed_is_on_the_disk_when_the_system_ends_the_app() {
    let mut running = Running::new();
    half_a_reply(&mut running).await;
    running.events.send(Event::Terminate).await.unwrap();
    let desk = running.desk.clone();
    assert!(running.end().await.is_ok());
    assert_eq!(
        desk.disk.lock().unwrap().drafts[&conversation_id(1)],
        "half a se"
    );
}

#[tokio::test]
async fn a_terminal_that_goes_away_takes_no_draft_with_it() {
    let mut running = Running::new();
    half_a_reply(&mut running).await;
    running.keys = None;
    let desk = running.desk.clone();
    assert!(running.end().await.is_ok());
    assert_eq!(
        desk.disk.lock().unwrap().drafts[&conversation_id(1)],
        "half a se"
    );
}

#[tokio::test]
async fn a_screen_that_breaks_is_an_error_and_takes_no_draft_with_it() {
    let mut running = Running::with(40, None);
    half_a_reply(&mut running).await;
    let key = Raw::Key(KeyEvent::new(KeyCode::Char('!'), KeyModifiers::NONE));
    while running
        .keys
        .as_ref()
        .unwrap()
        .send(key.clone())
        .await
        .is_ok()
        && running.shown.changed().await.is_ok()
    {}
    let desk = running.desk.clone();
    assert_eq!(
        running.end().await.unwrap_err().kind(),
        io::ErrorKind::BrokenPipe
    );
    let draft = desk.disk.lock().unwrap().drafts[&conversation_id(1)].clone();
    assert!(draft.starts_with("half a se!"), "{draft}");
}

#[tokio::test]
async fn leaving_waits_for_a_slow_disk() {
    let slow = Slow::of(|effect| matches!(effect, Effect::SaveDraft { .. }));
    let mut running = Running::with(usize::MAX, Some(Arc::clone(&slow)));
    half_a_reply(&mut running).await;
    running.events.send(Event::Terminate).await.unwrap();
    tokio::time::timeout(DEADLINE, slow.reached.notified())
        .await
        .unwrap();
    assert_eq!(running.draft(1), None);
    assert!(!running.ended.is_finished());
    tokio::time::timeout(DEADLINE, running.events.closed())
        .await
        .expect("no news is waited for");
    slow.go.notify_one();
    let desk = running.desk.clone();
    assert!(running.end().await.is_ok());
    assert_eq!(
        desk.disk.lock().unwrap().drafts[&conversation_id(1)],
        "half a se"
    );
}

#[tokio::test]
async fn a_chat_stays_until_the_next_one_is_here_and_gives_way_to_a_slow_disk() {
    let slow = Slow::of(
        |effect| matches!(effect, Effect::LoadChat(query) if query.conversation() == conversation_id(2)),
    );
    let mut running = Running::with(usize::MAX, Some(Arc::clone(&slow)));
    let (moved, old) = ("▌ 18m", "Yes perfect, thank you");
    running.see(old).await;
    running.press(KeyCode::Char('j')).await;
    running.see(moved).await;
    let seen = running
        .shown
        .wait_for(|shown| !shown.text.contains(old) && shown.text.contains(moved));
    let frames = tokio::time::timeout(DEADLINE, seen).await;
    let frames = frames.unwrap().unwrap().texts.clone();
    let first = frames.iter().find(|text| text.contains(moved)).unwrap();
    assert!(first.contains(old), "the list goes ahead:\n{first}");
    slow.go.notify_one();
    running.see("── new ──").await;
}

#[tokio::test]
async fn a_flood_of_news_takes_few_frames() {
    let mut running = Running::new();
    running.see("is the plumber still coming?").await;
    let before = running.shown.borrow().frames;
    for _ in 0..1_000 {
        let news = CacheEvent::Applied {
            conversations: vec![],
            everything: true,
        };
        running.events.try_send(Event::Cache(news)).unwrap();
    }
    let trouble = LinkEvent::Trouble {
        message: "the last of them".to_owned(),
    };
    running.events.try_send(Event::Link(trouble)).unwrap();
    running.see("the last of them").await;
    let frames = running.shown.borrow().frames - before;
    assert!(frames < 50, "{frames} frames");
}

#[tokio::test]
async fn suspending_hands_the_screen_over_and_draws_it_anew() {
    let mut running = Running::new();
    running.see("is the plumber still coming?").await;
    let key = KeyEvent::new(KeyCode::Char('z'), KeyModifiers::CONTROL);
    running
        .keys
        .as_ref()
        .unwrap()
        .send(Raw::Key(key))
        .await
        .unwrap();
    let back = running
        .shown
        .wait_for(|shown| shown.suspended == 1 && shown.forgotten == 1);
    tokio::time::timeout(DEADLINE, back).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_first_run_ends_with_a_choice_or_when_the_system_says_so() {
    for (code, expected) in [
        (Some(KeyCode::Char('p')), Outcome::Practice),
        (None, Outcome::Quit),
    ] {
        let (keys, input) = mpsc::channel(8);
        let (events, mut incoming) = mpsc::channel(8);
        let (sender, _shown) = watch::channel(Shown::default());
        let mut screen = Memory {
            shown: sender,
            frames_left: usize::MAX,
        };
        match code {
            Some(code) => {
                let key = KeyEvent::new(code, KeyModifiers::NONE);
                keys.send(Raw::Key(key)).await.unwrap();
            }
            None => events.send(Event::Terminate).await.unwrap(),
        }
        let mut model = FirstRun::new(
            Size {
                width: 120,
                height: 30,
            },
            Colours::None,
        );
        let outcome = run_first(
            &mut model,
            &mut screen,
            &mut Keys(input),
            &mut incoming,
            || NOW,
        )
        .await;
        assert_eq!(outcome.unwrap(), expected);
    }
}
