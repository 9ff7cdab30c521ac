//! An agent without a terminal: the whole app over a screen in memory and typed keys.

#![expect(
    clippy::expect_used,
    reason = "a harness that does not work is a failed test"
)]

use crate::eventually::eventually;
use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyModifiers};
use futures_util::{StreamExt as _, stream};
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect, Size};
use secrecy::SecretString;
use smsdesk::app::{self, Wiring};
use smsdesk::cache::Cache;
use smsdesk::clock;
use smsdesk::desk::{CacheDesk, Clerk};
use smsdesk::effect::{Mouse, Outward};
use smsdesk::event::QUEUE_EVENTS_MAX;
use smsdesk::input::burst::Pastes;
use smsdesk::input::escape::ESC_WAIT_MS;
use smsdesk::link::{self, LinkConfig, RelayUrl};
use smsdesk::model::aids::Aids;
use smsdesk::model::attention;
use smsdesk::model::{Colours, Model, Setup};
use smsdesk::terminal::Screen;
use smsdesk_common::api::join::Joined;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Keys that may wait for the app.
const KEYS_MAX: usize = 1_024;
/// Between two keys of a very fast typist.
const KEY_PACE: Duration = Duration::from_millis(30);

/// A screen in memory, shared between the app and the test.
#[derive(Clone)]
pub struct MemoryScreen {
    size: Size,
    shown: Arc<Mutex<String>>,
}

impl MemoryScreen {
    /// An empty screen.
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            size: Size { width, height },
            shown: Arc::default(),
        }
    }

    /// What is on it, one line a row.
    pub fn text(&self) -> String {
        self.shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Screen for MemoryScreen {
    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn frame(
        &mut self,
        draw: &mut dyn FnMut(Rect, &mut Buffer) -> Option<Position>,
    ) -> io::Result<()> {
        let area = Rect::new(0, 0, self.size.width, self.size.height);
        let mut buffer = Buffer::empty(area);
        draw(area, &mut buffer);
        let rows = (0..area.height).map(|y| {
            let row: String = (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
            row.trim_end().to_owned()
        });
        let text = rows.collect::<Vec<_>>().join("\n");
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = text;
        Ok(())
    }

    fn forget(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn tell(&mut self, _: &Outward) -> io::Result<()> {
        Ok(())
    }

    fn take_again(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn lend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn regain(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An agent at work.
pub struct Agent {
    /// What they see.
    pub screen: MemoryScreen,
    /// Their disk.
    pub cache: Cache,
    keys: mpsc::Sender<Raw>,
    app: JoinHandle<io::Result<()>>,
    link: JoinHandle<link::End>,
    shutdown: CancellationToken,
}

impl Agent {
    /// Sits down at a 120×30 screen.
    pub fn start(folder: &Path, joined: &Joined) -> Self {
        let cache = Cache::open(folder).expect("the folder can be used").cache;
        let (tell, events) = mpsc::channel(QUEUE_EVENTS_MAX);
        let (keys, typed) = mpsc::channel(KEYS_MAX);
        let bell = Arc::new(Notify::new());
        let shutdown = CancellationToken::new();
        let screen = MemoryScreen::new(120, 30);
        let setup = Setup {
            size: screen.size,
            zone: TimeZone::UTC,
            home: "US".parse().ok(),
            colours: Colours::None,
            notify: attention::Notify::OFF,
            mouse: Mouse::Off,
            aids: Aids::default(),
            me: None,
            saved: [].into(),
            coach: None,
        };
        let (say, doing) = watch::channel(None);
        let relay = RelayUrl::parse(&joined.relay).expect("a URL");
        let token = SecretString::from(joined.token.clone());
        let clerk = Clerk::new(relay.clone(), &token);
        let desk = CacheDesk::new(
            cache.clone(),
            TimeZone::UTC,
            [].into(),
            Arc::clone(&bell),
            say,
            tell.clone(),
        );
        let config = LinkConfig {
            relay,
            token,
            client: "test".to_owned(),
            doing,
        };
        let link = link::run(config, cache.clone(), tell, bell, shutdown.clone());
        let input = stream::unfold(typed, |mut typed| async move {
            let next: Raw = typed.recv().await?;
            Some((Ok(next), typed))
        });
        let wiring = Wiring {
            record: None,
            screen: screen.clone(),
            input: Box::pin(input.fuse()),
            pastes: Pastes::Bracketed,
            esc_wait: Duration::from_millis(ESC_WAIT_MS),
            desk: desk.employing(clerk),
            events,
            now: clock::now,
            edits: folder.join("editor"),
        };
        let model = Model::new(setup, clock::now());
        Self {
            screen,
            cache,
            keys,
            link: tokio::spawn(link),
            app: tokio::spawn(app::run(model, wiring)),
            shutdown,
        }
    }

    /// Presses one key, no faster than a hand: keys closer together are a paste.
    pub async fn press(&self, code: KeyCode) {
        tokio::time::sleep(KEY_PACE).await;
        let key = Raw::Key(KeyEvent::new(code, KeyModifiers::NONE));
        self.keys.send(key).await.expect("the app takes keys");
    }

    /// Presses a letter together with Alt.
    pub async fn press_with_alt(&self, letter: char) {
        self.press_with(KeyModifiers::ALT, letter).await;
    }

    /// Presses a letter together with Ctrl.
    pub async fn press_with_ctrl(&self, letter: char) {
        self.press_with(KeyModifiers::CONTROL, letter).await;
    }

    async fn press_with(&self, held: KeyModifiers, letter: char) {
        tokio::time::sleep(KEY_PACE).await;
        let key = KeyEvent::new(KeyCode::Char(letter), held);
        self.keys
            .send(Raw::Key(key))
            .await
            .expect("the app takes keys");
    }

    /// Types words, one key after the other, each as a hand would.
    pub async fn types(&self, text: &str) {
        for c in text.chars() {
            self.press(KeyCode::Char(c)).await;
        }
        self.sees(text).await;
    }

    /// Opens the selected conversation, answers it and leaves the composer.
    pub async fn replies(&self, text: &str) {
        self.press(KeyCode::Char('r')).await;
        self.sees("Enter sends").await;
        self.types(text).await;
        self.press(KeyCode::Enter).await;
        self.sees(" 0/160").await;
        self.press(KeyCode::Esc).await;
        self.no_longer_sees(" 0/160").await;
    }

    /// Waits until the screen shows `text`.
    pub async fn sees(&self, text: &str) {
        let what = format!("{text:?} on the screen");
        eventually(&what, || async {
            let shown = self.screen.text();
            if shown.contains(text) {
                Ok(())
            } else {
                Err(shown)
            }
        })
        .await;
    }

    /// Waits until the screen no longer shows `text`.
    pub async fn no_longer_sees(&self, text: &str) {
        let what = format!("{text:?} to leave the screen");
        eventually(&what, || async {
            let shown = self.screen.text();
            if shown.contains(text) {
                Err(shown)
            } else {
                Ok(())
            }
        })
        .await;
    }

    /// Gets up: the app ends as the terminal's end would make it.
    pub async fn leave(self) {
        drop(self.keys);
        let ended = self.app.await.expect("the app does not panic");
        self.shutdown.cancel();
        self.link.await.expect("the link does not panic");
        self.cache.close().await;
        drop(ended);
    }
}
