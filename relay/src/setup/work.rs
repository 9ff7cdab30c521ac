//! What is done once everything is known: files, service, addresses at Twilio, the first invite.

use super::disk::{self, Access};
use super::document;
use super::gather::{self, Choices};
use super::https::Way;
use super::known::Known;
use super::plan::{self, At, Ours, Place};
use super::source::{Question, Source};
use super::system::{self, News};
use super::{Deeds, Order, load_replaced, print, recipe, save_replaced, survey, unit};
use crate::admin::{Answer, Command, client};
use crate::clock::Clock;
use crate::config::{self, Config};
use crate::doctor;
use crate::twilio::client::TwilioClient;
use crate::twilio::holdings::Hooks;
use crate::twilio::overrides::OVERRIDES;
use anyhow::{Context as _, bail};
use secrecy::{ExposeSecret as _, SecretString};
use smsdesk_common::agent::Role;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;
use std::path::{Path, PathBuf};

/// Name of the token's file, beside the configuration.
const TOKEN_FILE: &str = "twilio-token";

/// What is to be on the disk.
struct Files {
    config: PathBuf,
    /// What it will say, where it does not say so already.
    text: Option<String>,
    token_file: PathBuf,
    /// The token, where it does not stand there already.
    token: Option<SecretString>,
    /// The unit or what is added to a packaged one; without a text it is not to be there.
    unit: Option<(PathBuf, Option<String>)>,
    checked: Config,
}

/// Asks, shows, does.
pub(super) async fn run(order: &Order, source: &mut Source) -> anyhow::Result<()> {
    let known = Known::at(&order.config)?;
    let (choices, client) = gather::choices(source, &known, &order.config).await?;
    let found = survey::survey(&client).await?;
    let lines = gather::lines(source, &known, &found, choices.region)?;
    let files = files(order, &choices, &known, &lines)?;
    let ours = ours(source, &choices)?;
    let changes = changes(order, &plan::places(&found, &lines), &ours)?;
    show(&choices, &files, &changes);
    let with_hooks = !changes.is_empty()
        && source.agrees(
            "webhooks",
            "Have Twilio send these texts to the relay",
            source.is_person(),
        )?;
    if !changes.is_empty() && !with_hooks {
        print(
            "Twilio is left as it is: the texts of these lines do not come here (answer: webhooks).",
        );
    }
    if order.deeds == Deeds::Shown {
        print("Nothing was changed.");
        return Ok(());
    }
    if source.is_person() && !source.agrees("", "Do it", true)? {
        bail!("nothing was changed");
    }
    let owner = put(&choices, &files)?;
    if with_hooks {
        set(order, &client, &choices, &changes).await?;
    }
    let invite = invite(&choices, &files.checked, owner).await?;
    if choices.way == Way::Proxy {
        print("");
        let listen = choices.listen.to_string();
        print(&recipe::proxies(&choices.public_url, &listen));
    }
    next(&choices);
    if let Some(owner) = owner {
        // The relay runs: whether it is reached, and whatever else may be wrong, shows now.
        let report = doctor::run(&files.checked, &Clock::system()).await;
        report.lines().iter().for_each(|line| print(line));
        disk::give(&choices.database, owner)?;
    }
    if let Some(invite) = invite {
        print(&format!(
            "{}'s invite, for `smsdesk join`; it works once, within 24 hours:",
            SafeText::line(&choices.admin)
        ));
        print(&invite);
    }
    Ok(())
}

fn files(
    order: &Order,
    choices: &Choices,
    known: &Known,
    lines: &[Address],
) -> anyhow::Result<Files> {
    let folder = order.config.parent().unwrap_or_else(|| Path::new("."));
    let own = known.token_file.clone();
    let token_file = own.unwrap_or_else(|| folder.join(TOKEN_FILE));
    let token_file = std::path::absolute(&token_file)?;
    let settings = gather::settings(choices, lines, known, &token_file);
    let named = || {
        format!(
            "{}: it cannot be changed by program",
            order.config.display()
        )
    };
    let text = document::with(&known.text, &settings).with_context(named)?;
    // The token's file may not be there yet: what is checked has the token itself.
    let token = choices.token.expose_secret();
    let literal = document::Setting::text("relay.twilio", "auth_token", token);
    let whole = document::with(&text, &[literal]).with_context(named)?;
    let checked = config::parse(&order.config, &whole, |_| None)?;
    let is_kept = known.token_file.is_some()
        && known
            .token
            .as_ref()
            .is_some_and(|held| held.expose_secret() == token);
    let unit = match choices.service {
        true => Some(service(
            choices,
            &std::path::absolute(&order.config)?,
            folder,
        )?),
        false => None,
    };
    Ok(Files {
        config: order.config.clone(),
        text: (text != known.text).then_some(text),
        token_file,
        token: (!is_kept).then(|| choices.token.clone()),
        unit,
        checked,
    })
}

/// The file that makes the service fit, and its text.
fn service(
    choices: &Choices,
    config: &Path,
    folder: &Path,
) -> anyhow::Result<(PathBuf, Option<String>)> {
    let database = choices.database.parent().unwrap_or(folder);
    let http = choices.way.http().map_or(0, |address| address.port());
    let ports = [choices.listen.port(), http];
    Ok(match system::unit_file() {
        Some(path) => {
            let text = unit::unit(&system::program()?, config, database, &ports);
            (path, Some(text))
        }
        None => (
            system::drop_in_file(),
            unit::drop_in(config, database, &ports),
        ),
    })
}

fn ours(source: &mut Source, choices: &Choices) -> anyhow::Result<Ours> {
    let inbound = choices.public_url.join("/webhooks/twilio/message");
    let fallback = match source {
        Source::Person(_) => String::new(),
        Source::File(_) => {
            let question = Question {
                key: "fallback_url",
                words: "",
                default: Some(String::new()),
            };
            source.ask(&question, |url| match url {
                "" => Ok(String::new()),
                url if url.starts_with("https://") || url.starts_with("http://") => {
                    Ok(url.to_owned())
                }
                _ => Err("expected an address that starts with https://".to_owned()),
            })?
        }
    };
    let inbound = format!("{inbound}{OVERRIDES}");
    Ok(Ours {
        fallback: if fallback.is_empty() {
            inbound.clone()
        } else {
            fallback
        },
        status: choices.public_url.join("/webhooks/twilio/status"),
        inbound,
    })
}

/// The places at Twilio that have to change.
fn changes(order: &Order, places: &[Place], ours: &Ours) -> anyhow::Result<Vec<(Place, Hooks)>> {
    let replaced = load_replaced(&order.memory())?;
    let changed = places.iter().filter_map(|place| {
        let sid = place.at.sid();
        let known = replaced.places.iter().find(|entry| entry.sid == sid);
        Some((place.clone(), plan::change(place, ours, known)?))
    });
    Ok(changed.collect())
}

fn show(choices: &Choices, files: &Files, changes: &[(Place, Hooks)]) {
    print("");
    let mut nothing = true;
    let mut tell = |words: String| {
        nothing = false;
        print(&words);
    };
    if choices.service && system::user().is_none() {
        tell("make    the user smsdesk".to_owned());
    }
    if !choices.database.exists() {
        tell(format!(
            "make    the database {}",
            choices.database.display()
        ));
    }
    if files.token.is_some() {
        tell(format!(
            "write   {} (for the relay alone)",
            files.token_file.display()
        ));
    }
    if files.text.is_some() {
        tell(format!("write   {}", files.config.display()));
    }
    if let Some((path, text)) = &files.unit
        && disk::read(path).ok().flatten() != *text
    {
        let deed = if text.is_some() { "write " } else { "remove" };
        tell(format!("{deed}  {}", path.display()));
    }
    for (place, hooks) in changes {
        tell(told(place, hooks));
    }
    if nothing {
        print("Everything is as it should be.");
    }
}

/// A change at Twilio in words: what, from where, to where.
fn told(place: &Place, hooks: &Hooks) -> String {
    let name = SafeText::line(&place.name);
    let mut words = match &place.at {
        At::Number(_) => format!("set     {name}"),
        At::Service(sid) => format!("set     messaging service {name} ({sid}), which decides for"),
        At::Application(sid) => format!("set     application {name} ({sid}), which decides for"),
    };
    if !matches!(place.at, At::Number(_)) {
        let lines: Vec<_> = place.lines.iter().map(Address::as_str).collect();
        words += &format!(" {}", lines.join(", "));
        if place.others > 0 {
            words += &format!(
                " and {} numbers that are no lines of the desk",
                place.others
            );
        }
    }
    let line = |what: &str, before: &str, after: &str| {
        let before = if before.is_empty() {
            "nothing".into()
        } else {
            SafeText::line(before).to_string()
        };
        format!("\n          {what} {after}\n          instead of {before}")
    };
    if let Some(hook) = &hooks.inbound {
        words += &line("texts to", &place.inbound.url, &hook.url);
    }
    if let Some(hook) = &hooks.fallback {
        words += &line("when that fails", &place.fallback.url, &hook.url);
    }
    if let Some(url) = &hooks.status {
        words += &line(
            "statuses to",
            place.status.as_deref().unwrap_or_default(),
            url,
        );
    }
    words
}

/// Writes what is to be on the disk and starts the service. Gives whom the relay's files belong to.
fn put(choices: &Choices, files: &Files) -> anyhow::Result<Option<(u32, u32)>> {
    let database = choices
        .database
        .parent()
        .context("the database has no folder")?;
    let owner = match choices.service {
        true => Some(system::make_user(database)?),
        false => None,
    };
    let private = Access { owner, mode: 0o700 };
    disk::folder(database, private)?;
    if let Some(folder) = files
        .config
        .parent()
        .filter(|it| !it.as_os_str().is_empty())
    {
        let shared = Access {
            owner: owner.map(|(_, group)| (0, group)),
            mode: 0o750,
        };
        disk::folder(folder, shared)?;
    }
    if let Some(token) = &files.token {
        let text = format!("{}\n", token.expose_secret());
        let secret = Access {
            owner,
            ..Access::PRIVATE
        };
        disk::write(&files.token_file, &text, secret)?;
    }
    if let Some(text) = &files.text {
        let access = match owner {
            Some((_, group)) => Access {
                owner: Some((0, group)),
                mode: 0o640,
            },
            None => Access::PRIVATE.or_as_it_is(&files.config),
        };
        disk::write(&files.config, text, access)?;
    }
    if choices.service {
        let mut is_new = files.text.is_some() || files.token.is_some();
        if let Some((path, text)) = &files.unit {
            is_new |= system::write_unit(path, text.as_deref())?;
        }
        print(system::start(if is_new { News::Some } else { News::None })?);
    } else if files.text.is_some() || files.token.is_some() {
        print("A relay that runs already has to be started again to know of it.");
    }
    Ok(owner)
}

/// Sets the addresses at Twilio, each after what it replaces is on the disk.
async fn set(
    order: &Order,
    client: &TwilioClient,
    choices: &Choices,
    changes: &[(Place, Hooks)],
) -> anyhow::Result<()> {
    let memory = order.memory();
    let mut replaced = load_replaced(&memory)?;
    for (place, hooks) in changes {
        replaced.remember(choices.account.as_str(), place, hooks);
        save_replaced(&memory, &replaced)?;
        let name = SafeText::line(&place.name);
        let done = survey::set(client, &place.at, hooks).await;
        done.map_err(|error| survey::told(name.as_str(), &error))?;
        replaced.confirm(choices.account.as_str(), place.at.sid());
        save_replaced(&memory, &replaced)?;
        print(&format!(
            "{name}: set. `setup --undo` puts back what was there."
        ));
    }
    Ok(())
}

/// Makes the database where there is none, and the invite unless its owner has joined already.
async fn invite(
    choices: &Choices,
    config: &Config,
    owner: Option<(u32, u32)>,
) -> anyhow::Result<Option<String>> {
    let tokens = client::ask(config, Command::ListTokens).await?;
    let Answer::Tokens { tokens } = tokens else {
        bail!("the running relay answered something else");
    };
    let name = choices.admin.trim();
    let has_joined = tokens.iter().any(|token| token.name == name);
    let mut invite = None;
    if has_joined {
        print(&format!("{} has joined already.", SafeText::line(name)));
    } else if !name.is_empty() {
        let command = Command::Invite {
            name: name.to_owned(),
            role: Some(Role::Admin),
        };
        match client::ask(config, command).await? {
            Answer::Invite { invite: made } => invite = Some(made),
            _ => bail!("the running relay answered something else"),
        }
    }
    if let Some(owner) = owner {
        disk::give(&config.database, owner)?;
    }
    Ok(invite)
}

/// What is left to do by hand.
fn next(choices: &Choices) {
    if !choices.service {
        print(
            "Start it with `smsdesk-relay serve`; then `smsdesk-relay doctor` says what is wrong.",
        );
    }
    let url = choices.public_url.join("/webhooks/twilio/message");
    print(&format!("It is reached when this says ok: curl {url}"));
}
