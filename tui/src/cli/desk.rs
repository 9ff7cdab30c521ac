//! The app at work: disk, network, terminal and logic put together.

use super::edits;
use crate::app::{self, Wiring};
use crate::cache::cipher::Sealing;
use crate::cache::{Cache, Replaced};
use crate::clock;
use crate::config::{Config, Record};
use crate::desk::{CacheDesk, Clerk, Watch, preferences};
use crate::event::{Event, LinkEvent, QUEUE_EVENTS_MAX};
use crate::identity::Identity;
use crate::input::burst::Pastes;
use crate::link::{self, End, LinkConfig, RelayUrl};
use crate::model::coach::Coach;
use crate::model::{Colours, Model, Setup};
use crate::record::Recorder;
use crate::record::tape::Header;
use crate::terminal::{self, Screen as _, Tty, TtyKeys, watch_signals};
use anyhow::Context as _;
use jiff::tz::TimeZone;
use smsdesk_common::config::ConfigError;
use smsdesk_common::safe_text::SafeText;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Texts that are in the agent's own editor, in the folder of cache and outbox.
const EDITS: &str = "editor";

/// Where and as whom to work.
pub(super) struct Workplace<'a> {
    /// Where cache and outbox are.
    pub(super) folder: &'a Path,
    /// Whether they are encrypted.
    pub(super) sealing: Sealing,
    /// Which relay.
    pub(super) identity: Identity,
    /// Set in practice.
    pub(super) coach: Option<Coach>,
}

/// The colours that were asked for, as far as the terminal has them.
pub(super) fn colours(config: &Config) -> Colours {
    preferences(config, terminal::kind().palette).colours
}

/// Takes the terminal over.
pub(super) fn take_terminal() -> anyhow::Result<Tty> {
    Ok(Tty::take()?)
}

/// Works until the agent leaves. Everything is on the disk and the terminal given back when this
/// returns.
pub(super) async fn work(
    config: &Config,
    workplace: Workplace<'_>,
    screen: Tty,
    input: TtyKeys,
) -> anyhow::Result<()> {
    let Workplace {
        folder, sealing, ..
    } = &workplace;
    let opened = Cache::open_sealed(folder, sealing)?;
    let cache = opened.cache;
    let home = workplace.identity.rehome(folder, &cache, sealing.wish);
    home.await.context("the token of this device")?;
    let (tell, events) = mpsc::channel::<Event>(QUEUE_EVENTS_MAX);
    let bell = Arc::new(Notify::new());
    let shutdown = CancellationToken::new();
    let zone = TimeZone::system();
    let setup = Setup {
        size: screen.size()?,
        zone: zone.clone(),
        home: Some(config.region),
        colours: colours(config),
        notify: config.notify.clone(),
        mouse: config.mouse,
        aids: config.aids.clone(),
        me: cache.me().await?,
        saved: Arc::clone(&config.views),
        coach: workplace.coach,
    };
    if let Some(replaced) = opened.replaced {
        tell.send(Event::Link(LinkEvent::Trouble {
            message: words(replaced).to_owned(),
        }))
        .await?;
    }
    let (say, doing) = watch::channel(None);
    let relay = relay_url(config, &workplace.identity)?;
    let clerk = Clerk::new(relay.clone(), &workplace.identity.token);
    let link = link::run(
        LinkConfig {
            relay,
            token: workplace.identity.token,
            client: concat!("smsdesk/", env!("CARGO_PKG_VERSION")).to_owned(),
            doing,
        },
        cache.clone(),
        tell.clone(),
        Arc::clone(&bell),
        shutdown.clone(),
    );
    let link = tokio::spawn(link);
    let signals = tokio::spawn(watch_signals(tell.clone()));
    let views = Arc::clone(&config.views);
    let desk = CacheDesk::new(cache.clone(), zone, views, bell, say, tell);
    let desk = configured(desk, config).employing(clerk);
    let edits = workplace.folder.join(EDITS);
    let model = Box::pin(edits::taken_back(model(setup, config), &cache, &edits)).await;
    let wiring = Wiring {
        edits,
        record: recorder(config, &model)?,
        screen,
        input,
        esc_wait: config.esc_wait,
        pastes: Pastes::of_terminal(std::env::var("TERM").ok().as_deref()),
        desk,
        events,
        now: clock::now,
    };
    let ended = Box::pin(app::run(model, wiring)).await;
    shutdown.cancel();
    say_wiped(link.await.ok());
    signals.abort();
    cache.close().await;
    Ok(ended?)
}

/// Says that the copy was removed once the screen is gone, too: it must not be missed.
fn say_wiped(end: Option<End>) {
    if let Some(End::Wiped { reason }) = end {
        let reason = SafeText::line(&reason);
        let _ = writeln!(std::io::stderr(), "smsdesk: {reason}");
    }
}

fn recorder(config: &Config, model: &Model) -> anyhow::Result<Option<Recorder>> {
    let Some(Record { file, words }) = &config.record else {
        return Ok(None);
    };
    let recorder = Recorder::create(file, &Header::of(model, *words));
    Ok(Some(recorder.with_context(|| {
        format!("the recording {}", file.display())
    })?))
}

fn configured(desk: CacheDesk, config: &Config) -> CacheDesk {
    let desk = desk.holding(config.undo_send);
    match config.file.clone() {
        Some(file) => desk.watching(Watch::new(file, config, terminal::kind().palette)),
        None => desk,
    }
}

/// The app before it has read anything, with what the agent configured.
fn model(setup: Setup, config: &Config) -> Model {
    Model::new(setup, clock::now()).with_tools(config.tools())
}

/// The configured address, else the one that was joined.
pub(super) fn relay_url(config: &Config, identity: &Identity) -> anyhow::Result<RelayUrl> {
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
