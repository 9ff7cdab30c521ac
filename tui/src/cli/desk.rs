//! The app at work: disk, network, terminal and logic put together.

use crate::app::{self, Wiring};
use crate::cache::{Cache, Replaced};
use crate::clock;
use crate::config::Config;
use crate::desk::CacheDesk;
use crate::event::{Event, LinkEvent, QUEUE_EVENTS_MAX};
use crate::identity::Identity;
use crate::input::burst::Pastes;
use crate::input::keymap::Keymap;
use crate::link::{self, LinkConfig, RelayUrl};
use crate::model::coach::Coach;
use crate::model::overlay::{Level, Notice};
use crate::model::{Colours, Model, Setup};
use crate::terminal::{Screen as _, Tty, watch_signals};
use anyhow::Context as _;
use crossterm::event::EventStream;
use jiff::tz::TimeZone;
use smsdesk_common::config::ConfigError;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

/// Where and as whom to work.
pub(super) struct Workplace<'a> {
    /// Where cache and outbox are.
    pub(super) folder: &'a Path,
    /// Which relay.
    pub(super) identity: Identity,
    /// Set in practice.
    pub(super) coach: Option<Coach>,
}

/// Whether colours may be used.
pub(super) const fn colours(config: &Config) -> Colours {
    if config.colours {
        Colours::Dark
    } else {
        Colours::None
    }
}

/// Takes the terminal over.
pub(super) fn take_terminal() -> anyhow::Result<Tty> {
    Tty::take().context("smsdesk draws on a terminal, and there is none here")
}

/// Works until the agent leaves. Everything is on the disk and the terminal given back when this
/// returns.
pub(super) async fn work(
    config: &Config,
    workplace: Workplace<'_>,
    screen: Tty,
    input: EventStream,
) -> anyhow::Result<()> {
    let opened = Cache::open(workplace.folder)?;
    let cache = opened.cache;
    let (tell, events) = mpsc::channel::<Event>(QUEUE_EVENTS_MAX);
    let bell = Arc::new(Notify::new());
    let shutdown = CancellationToken::new();
    let zone = TimeZone::system();
    let setup = Setup {
        size: screen.size()?,
        zone: zone.clone(),
        home: Some(config.region),
        colours: colours(config),
        me: cache.me().await?,
        coach: workplace.coach,
    };
    if let Some(replaced) = opened.replaced {
        tell.send(Event::Link(LinkEvent::Trouble {
            message: words(replaced).to_owned(),
        }))
        .await?;
    }
    let link = link::run(
        LinkConfig {
            relay: relay_url(config, &workplace.identity)?,
            token: workplace.identity.token,
            client: concat!("smsdesk/", env!("CARGO_PKG_VERSION")).to_owned(),
        },
        cache.clone(),
        tell.clone(),
        Arc::clone(&bell),
        shutdown.clone(),
    );
    let link = tokio::spawn(link);
    let signals = tokio::spawn(watch_signals(tell.clone()));
    let wiring = Wiring {
        screen,
        input,
        pastes: Pastes::of_terminal(std::env::var("TERM").ok().as_deref()),
        desk: CacheDesk::new(cache.clone(), zone, bell, tell).holding(config.undo_send),
        events,
        now: clock::now,
    };
    let ended = app::run(model(setup, config), wiring).await;
    shutdown.cancel();
    // A task that panicked is over as well, and has given the terminal back.
    let _ = link.await;
    signals.abort();
    cache.close().await;
    Ok(ended?)
}

/// The app before it has read anything, with what the agent configured.
fn model(setup: Setup, config: &Config) -> Model {
    let mut model = Model::new(setup, clock::now());
    model.keymap = Keymap::default().with_macros(config.macros.clone());
    for text in config.troubles.iter().cloned() {
        let level = Level::Problem;
        model.notices.push(Notice { level, text });
    }
    model
}

/// The configured address, else the one that was joined.
fn relay_url(config: &Config, identity: &Identity) -> anyhow::Result<RelayUrl> {
    let (place, text) = match &config.relay {
        Some(relay) => ("ui.relay", relay),
        None => ("identity.json", &identity.relay),
    };
    Ok(RelayUrl::parse(text).map_err(|error| ConfigError::new(place, error.to_string()))?)
}

const fn words(replaced: Replaced) -> &'static str {
    match replaced {
        Replaced::OtherVersion => "Another version kept the history; it is being fetched again",
        Replaced::Damaged => {
            "The history on this disk was damaged and set aside; it is being fetched again"
        }
    }
}
