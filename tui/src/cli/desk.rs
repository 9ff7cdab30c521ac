//! The app at work: disk, network, terminal and logic put together.

use crate::app::{self, Wiring};
use crate::cache::{Cache, Replaced};
use crate::clock;
use crate::config::Config;
use crate::desk::CacheDesk;
use crate::event::{Event, LinkEvent, QUEUE_EVENTS_MAX};
use crate::identity::Identity;
use crate::link::{self, LinkConfig};
use crate::model::coach::Coach;
use crate::model::{Colours, Model, Setup};
use crate::terminal::{Screen as _, Tty, watch_signals};
use crossterm::event::EventStream;
use jiff::tz::TimeZone;
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
    if config.colours { Colours::Dark } else { Colours::None }
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
        tell.send(Event::Link(LinkEvent::Trouble { message: words(&replaced) })).await?;
    }
    let link = link::run(
        LinkConfig {
            relay: config.relay.clone().unwrap_or(workplace.identity.relay).parse()?,
            token: workplace.identity.token,
            client: concat!("smsdesk/", env!("CARGO_PKG_VERSION")).to_owned(),
        },
        cache.clone(),
        tell.clone(),
        Arc::clone(&bell),
        shutdown.clone(),
    );
    let link = tokio::spawn(link);
    let signals = tokio::spawn(watch_signals(tell));
    let wiring = Wiring {
        screen,
        input,
        desk: CacheDesk::new(cache.clone(), zone, bell),
        events,
        now: clock::now,
    };
    let ended = app::run(Model::new(setup, clock::now()), wiring).await;
    shutdown.cancel();
    // A task that panicked is over as well, and has given the terminal back.
    let _ = link.await;
    signals.abort();
    cache.close().await;
    Ok(ended?)
}

fn words(replaced: &Replaced) -> String {
    format!("{replaced}")
}
