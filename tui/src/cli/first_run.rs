//! `smsdesk` alone: to work where a relay was joined, else the first question.

use crate::app::run_first;
use crate::cache::cipher::Sealing;
use crate::cli::desk::{self, Workplace, colours};
use crate::cli::{join, sealing};
use crate::clock;
use crate::config::Config;
use crate::event::{Event, QUEUE_EVENTS_MAX};
use crate::identity::Identity;
use crate::model::first_run::{FirstRun, Outcome};
use crate::terminal::{Screen as _, Tty, TtyKeys, watch_signals};
use std::path::Path;
use tokio::sync::mpsc;

/// Works, after asking what to work on where that is not known.
pub(super) async fn run(config: &Config, folder: &Path) -> anyhow::Result<()> {
    // Before the terminal is taken: the command that prints the key may ask there.
    let sealing = sealing::of(config, folder)?;
    let known = Identity::load_with(folder, || Ok(sealing.clone()))?;
    let mut screen = desk::take_terminal()?;
    let mut input = TtyKeys::new();
    let identity = match known {
        Some(identity) => identity,
        None => match ask(config, (folder, &sealing), &mut screen, &mut input).await? {
            Answer::Joined(identity) => identity,
            #[cfg(feature = "demo")]
            Answer::Practice => return super::practice::work(config, screen, input).await,
            Answer::Quit => return Ok(()),
        },
    };
    desk::work(
        config,
        Workplace {
            folder,
            sealing,
            identity,
            coach: None,
        },
        screen,
        input,
    )
    .await
}

enum Answer {
    Joined(Identity),
    #[cfg(feature = "demo")]
    Practice,
    Quit,
}

async fn ask(
    config: &Config,
    (folder, sealing): (&Path, &Sealing),
    screen: &mut Tty,
    input: &mut TtyKeys,
) -> anyhow::Result<Answer> {
    let (tell, mut events) = mpsc::channel::<Event>(QUEUE_EVENTS_MAX);
    let signals = tokio::spawn(watch_signals(tell));
    let mut model = FirstRun::new(screen.size()?, colours(config));
    let answer = loop {
        match run_first(&mut model, screen, input, &mut events, clock::now).await? {
            Outcome::Quit => break Answer::Quit,
            #[cfg(feature = "demo")]
            Outcome::Practice => break Answer::Practice,
            #[cfg(not(feature = "demo"))]
            Outcome::Practice => {
                model = model.refused("", "this build has no practice desk".to_owned());
            }
            Outcome::Join(invite) => match join::redeem(folder, sealing, &invite).await {
                Ok(identity) => break Answer::Joined(identity),
                Err(error) => model = model.refused(&invite, format!("{error:#}")),
            },
        }
    };
    signals.abort();
    Ok(answer)
}
