//! `bulk`: one text to many. Counts first, asks, and shows how it goes.

mod list;
mod watch;

use super::{Desk, Quiet, ScriptError, send, template};
use crate::clock;
use crate::link::failure::Failure;
use crate::model::broadcasts::{cost, counted};
use clap::{Args, Subcommand};
use smsdesk_common::api::broadcasts::{
    BroadcastAction, BroadcastList, BroadcastPage, BulkPlan, PatchBroadcast, SendBulk,
};
use smsdesk_common::broadcast::Broadcast;
use smsdesk_common::ids::{BroadcastId, RequestId};
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

/// How often a request is repeated whose answer was lost: under its id it happens once.
const TRIES_MAX: u32 = 5;
/// The most pages that are read of the list of broadcasts.
const PAGES_MAX: usize = 20;
/// The shortest beginning of an id that is taken: fewer digits hit too much.
const ID_CHARACTERS_MIN: usize = 4;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(in crate::cli) struct BulkArguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    send: SendArguments,
}

#[derive(Debug, Args)]
struct SendArguments {
    /// The words, with variables such as {{ contact.first_name }}; `-` reads them from stdin.
    #[arg(required_unless_present = "template", conflicts_with = "template")]
    text: Option<String>,
    /// To whom: a file with a number a line, or a CSV file with a header; `-` reads stdin.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["label", "filter"])]
    to: Option<PathBuf>,
    /// To everybody with this label.
    #[arg(long, conflicts_with = "to")]
    label: Option<String>,
    /// To every conversation that a filter means, such as "is:open label:vip".
    #[arg(long, conflicts_with_all = ["to", "label"])]
    filter: Option<String>,
    /// A template in place of words: its name, short name, key or id.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    #[command(flatten)]
    values: template::Values,
    /// Which line of ours; without it each is texted from the line that they last spoke with.
    #[arg(long)]
    line: Option<String>,
    /// What it is called in lists.
    #[arg(long)]
    name: Option<String>,
    /// Only count: nobody is texted.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long, short)]
    yes: bool,
    /// The broadcast's id, a UUID: the same id again texts nobody again.
    #[arg(long)]
    id: Option<uuid::Uuid>,
    /// Do not wait for the end: print the id and return.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List broadcasts, most recently touched first.
    List {
        #[command(flatten)]
        quiet: Quiet,
    },
    /// Show one with what became of each recipient.
    Show {
        /// The id of a broadcast, or the beginning of one.
        id: String,
        /// Write the recipients as CSV.
        #[arg(long)]
        csv: bool,
    },
    /// Show how one goes until it has ended.
    Watch {
        /// The id of a broadcast, or the beginning of one.
        id: String,
    },
    /// Text nobody for now.
    Pause(One),
    /// Let it go on.
    Resume(One),
    /// Text nobody any more.
    Cancel(One),
}

#[derive(Debug, Args)]
struct One {
    /// The id of a broadcast, or the beginning of one.
    id: String,
    #[command(flatten)]
    quiet: Quiet,
}

/// Does what was asked.
pub(super) async fn run(desk: &mut Desk, arguments: BulkArguments) -> Result<(), ScriptError> {
    match arguments.what {
        None => begin(desk, arguments.send).await,
        Some(What::List { quiet }) => {
            for broadcast in all(desk).await? {
                print(desk, broadcast, quiet)?;
            }
            Ok(())
        }
        Some(What::Show { id, csv }) => {
            let id = named(desk, &id).await?;
            list::show(desk, id, csv).await
        }
        Some(What::Watch { id }) => {
            let id = named(desk, &id).await?;
            let ended = watch::until_ended(desk, id).await?;
            print(desk, ended, Quiet { quiet: false })
        }
        Some(What::Pause(one)) => change(desk, one, BroadcastAction::Pause).await,
        Some(What::Resume(one)) => change(desk, one, BroadcastAction::Resume).await,
        Some(What::Cancel(one)) => change(desk, one, BroadcastAction::Cancel).await,
    }
}

async fn change(desk: &mut Desk, one: One, action: BroadcastAction) -> Result<(), ScriptError> {
    let id = named(desk, &one.id).await?;
    let patch = PatchBroadcast {
        id: Some(RequestId(clock::new_id())),
        action,
        if_seq: None,
    };
    let path = format!("/v1/broadcasts/{id}");
    let changed: Record = desk.api.patch(&path, &patch).await?;
    print(desk, broadcast(changed)?, one.quiet)
}

async fn begin(desk: &mut Desk, given: SendArguments) -> Result<(), ScriptError> {
    let mut bulk = asked(desk, &given).await?;
    let plan: BulkPlan = {
        let dry = SendBulk {
            dry_run: true,
            ..bulk.clone()
        };
        desk.api.post("/v1/messages/bulk", &dry).await?
    };
    if given.dry_run {
        let text = SafeText::block(&told(desk, &plan));
        return desk.output.text(&plan, &text);
    }
    if plan.reachable == 0 {
        say(&format!("{}\n", told(desk, &plan)));
        return Err(ScriptError::Refused("nobody can be texted".to_owned()));
    }
    if !given.yes {
        say(&format!("{}\n", told(desk, &plan)));
        agree(&given, plan.reachable)?;
    }
    bulk.confirm = Some(plan.confirm);
    let made = post(desk, &bulk).await?;
    let made = broadcast(made.broadcast)?;
    let ended = match given.no_wait {
        true => made,
        false => watch::until_ended(desk, made.id).await?,
    };
    print(desk, ended, given.quiet)
}

/// What the arguments ask the relay for.
async fn asked(desk: &Desk, given: &SendArguments) -> Result<SendBulk, ScriptError> {
    let (body, template) = match (&given.text, &given.template) {
        (_, Some(name)) => (None, Some(template::named(desk, name).await?.id)),
        (Some(text), None) => (Some(send::words(text.clone())?), None),
        (None, None) => (None, None),
    };
    if given.text.as_deref() == Some("-") && given.to.as_deref() == Some("-".as_ref()) {
        let twice = "stdin is either the words or the list".to_owned();
        return Err(ScriptError::Usage(twice));
    }
    let to = match &given.to {
        Some(file) => Some(list::read(file)?),
        None => None,
    };
    Ok(SendBulk {
        id: Some(BroadcastId(given.id.unwrap_or_else(clock::new_id))),
        name: given.name.clone(),
        to,
        label: given.label.clone(),
        filter: given.filter.clone(),
        body,
        template,
        variables: given.values.clone().object(),
        line: given.line.clone(),
        dry_run: false,
        confirm: None,
    })
}

fn told(desk: &Desk, plan: &BulkPlan) -> String {
    let mut lines = counted(plan);
    if let Some(cost) = cost(&plan.segments_by_prefix, &desk.prices) {
        lines.push(format!("price        {cost}"));
    }
    for row in &plan.problems {
        let why = row.reason.as_deref().unwrap_or_default();
        lines.push(format!(
            "  {:>6}  {}  {}: {why}",
            row.n,
            row.given,
            row.state.as_str()
        ));
    }
    lines.join("\n")
}

/// Asks whoever sits there; without anybody there nothing is sent.
fn agree(given: &SendArguments, people: u32) -> Result<(), ScriptError> {
    let from_stdin =
        given.text.as_deref() == Some("-") || given.to.as_deref() == Some("-".as_ref());
    if from_stdin || !std::io::stdin().is_terminal() {
        let nobody = "not sent: nobody can be asked here; `--yes` sends".to_owned();
        return Err(ScriptError::Usage(nobody));
    }
    say(&format!("Text {people}? Type yes: "));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|error| ScriptError::Failed(format!("stdin: {error}")))?;
    match answer.trim().eq_ignore_ascii_case("yes") {
        true => Ok(()),
        false => Err(ScriptError::Failed("not sent".to_owned())),
    }
}

/// A long list takes the relay a while: an answer that is lost is asked for again.
async fn post(desk: &Desk, bulk: &SendBulk) -> Result<BroadcastPage, ScriptError> {
    for _ in 1..TRIES_MAX {
        match desk.api.post("/v1/messages/bulk", bulk).await {
            Err(Failure::Unreachable(_) | Failure::Busy { .. }) => {}
            answered => return Ok(answered?),
        }
    }
    Ok(desk.api.post("/v1/messages/bulk", bulk).await?)
}

fn broadcast(record: Record) -> Result<Broadcast, ScriptError> {
    match record {
        Record::Broadcast(broadcast) => Ok(*broadcast),
        other => Err(ScriptError::Failed(format!(
            "the relay answered with a {}",
            other.kind()
        ))),
    }
}

async fn all(desk: &Desk) -> Result<Vec<Broadcast>, ScriptError> {
    let (mut all, mut path) = (Vec::new(), "/v1/broadcasts?limit=500".to_owned());
    for _ in 0..PAGES_MAX {
        let page: BroadcastList = desk.api.get(&path).await?;
        for record in page.broadcasts {
            all.push(broadcast(record)?);
        }
        let Some(cursor) = page.next_cursor else {
            break;
        };
        path = format!("/v1/broadcasts?limit=500&cursor={cursor}");
    }
    Ok(all)
}

/// The broadcast that was named by its id or the beginning of it.
async fn named(desk: &Desk, name: &str) -> Result<BroadcastId, ScriptError> {
    if let Ok(id) = name.parse() {
        return Ok(BroadcastId(id));
    }
    if name.len() < ID_CHARACTERS_MIN {
        let expected = format!("expected at least {ID_CHARACTERS_MIN} characters of an id");
        return Err(ScriptError::Usage(format!("`{name}`: {expected}")));
    }
    let all = all(desk).await?;
    let mut found = all.iter().filter(|it| it.id.to_string().starts_with(name));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one.id),
        (None, _) => Err(ScriptError::Usage(format!("`{name}`: no such broadcast"))),
        (Some(_), Some(_)) => Err(ScriptError::Usage(format!(
            "`{name}`: several broadcasts have such an id; give more of it"
        ))),
    }
}

fn print(desk: &mut Desk, broadcast: Broadcast, quiet: Quiet) -> Result<(), ScriptError> {
    let id = broadcast.id.to_string();
    let state = broadcast.state.as_str().to_owned();
    let progress = format!("{}/{}", broadcast.totals.done(), broadcast.totals.all());
    let fared = crate::model::broadcasts::fared(&broadcast.totals);
    let name = broadcast.name.clone();
    let record = Record::Broadcast(Box::new(broadcast));
    let columns = [id.as_str(), &state, &progress, &fared, &name];
    desk.output.record(&record, quiet, &columns)
}

/// For whoever looks; nobody is harmed where it is not seen.
fn say(words: &str) {
    let safe = SafeText::block(words);
    let mut err = std::io::stderr().lock();
    let _ = err
        .write_all(safe.as_str().as_bytes())
        .and_then(|()| err.flush());
}
