//! `list`, `show` and `tail`: what the relay has.

use super::{Desk, Quiet, ScriptError, find};
use clap::{Args, ValueEnum};
use form_urlencoded::byte_serialize;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::conversations::{EntryPage, PAGE_MAX};
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::filter::Filter;
use smsdesk_common::ids::Seq;
use smsdesk_common::phone::Region;
use smsdesk_common::record::Record;
use std::time::Duration;

/// How long `tail` waits before it asks again where there was nothing new.
const TAIL_PAUSE: Duration = Duration::from_secs(1);
/// Changes that are asked for at once.
const TAIL_PAGE: usize = 500;

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Status {
    Open,
    Snoozed,
    Done,
    All,
}

impl Status {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed => "snoozed",
            Self::Done => "done",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArguments {
    /// Which conversations.
    #[arg(long, value_enum, default_value = "open")]
    view: Status,
    /// Whose: me, none, or an agent's id.
    #[arg(long, value_parser = owner)]
    assignee: Option<String>,
    /// Only those that a filter means, such as: is:flagged label:billing -maria
    #[arg(long, allow_hyphen_values = true)]
    filter: Option<Filter>,
    /// The most to list.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShowArguments {
    /// An id, the beginning of one, or the customer's number.
    conversation: String,
    /// The most entries to show.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct TailArguments {
    /// Begin behind this position; without it, behind the newest one.
    #[arg(long, value_name = "SEQ")]
    after: Option<u64>,
    /// End once there is nothing new instead of waiting for more.
    #[arg(long)]
    once: bool,
}

fn owner(text: &str) -> Result<String, String> {
    let known = text == "me" || text == "none" || text.parse::<uuid::Uuid>().is_ok();
    let expected = "expected me, none or an agent's UUID";
    known
        .then(|| text.to_owned())
        .ok_or_else(|| expected.to_owned())
}

/// Lists conversations.
pub(super) async fn list(desk: &mut Desk, arguments: ListArguments) -> Result<(), ScriptError> {
    let mut filter = format!("view={}", arguments.view.as_str());
    if let Some(assignee) = &arguments.assignee {
        filter.push_str(&format!("&assignee={assignee}"));
    }
    if let Some(wanted) = arguments.filter.filter(|wanted| !wanted.is_empty()) {
        filter.push_str("&q=");
        filter.extend(byte_serialize(wanted.to_string().as_bytes()));
    }
    let (mut left, mut cursor) = (arguments.limit, None);
    while left > 0 {
        let page = find::page(desk, &filter, left.min(PAGE_MAX), cursor.as_deref()).await?;
        for record in page.conversations {
            let conversation = find::conversation(record.clone())?;
            conversation_line(desk, &record, &conversation, arguments.quiet)?;
            left = left.saturating_sub(1);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

/// Prints a conversation.
pub(super) fn conversation_line(
    desk: &mut Desk,
    record: &Record,
    conversation: &Conversation,
    quiet: Quiet,
) -> Result<(), ScriptError> {
    let last = conversation.last.as_ref();
    let id = conversation.id.to_string();
    let columns = [
        id.as_str(),
        conversation.status.as_str(),
        conversation.address.as_str(),
        last.map_or("", |last| last.text.as_str()),
    ];
    desk.output.record(record, quiet, &columns)
}

/// Shows the newest entries of a conversation.
pub(super) async fn show(desk: &mut Desk, arguments: ShowArguments) -> Result<(), ScriptError> {
    let found = find::conversations(desk, &[arguments.conversation]).await?;
    for conversation in found {
        let (id, limit) = (conversation.id, arguments.limit);
        let path = format!("/v1/conversations/{id}/entries?limit={limit}");
        let page: EntryPage = desk.api.get(&path).await?;
        for record in page.entries.iter().rev() {
            if let Record::Entry(entry) = record {
                let columns = columns(entry, &conversation, desk.region);
                let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
                desk.output.record(record, arguments.quiet, &columns)?;
            }
        }
    }
    Ok(())
}

fn columns(entry: &Entry, conversation: &Conversation, home: Region) -> [String; 4] {
    let who = match &entry.author {
        Author::Contact => conversation.address.display(Some(home)).to_string(),
        Author::Agent(_) => "us".to_owned(),
        Author::Automation(cause) => cause.words().to_owned(),
    };
    let status = entry.status.map_or("", |status| status.as_str());
    let at = entry.at.to_rfc3339();
    [at, who, status.to_owned(), entry.body.clone()]
}

/// Follows the feed.
pub(super) async fn tail(desk: &mut Desk, arguments: TailArguments) -> Result<(), ScriptError> {
    let mut after = match arguments.after {
        Some(after) => Seq(after),
        None => page(desk, Seq(0), 1).await?.head,
    };
    let mut epoch = None;
    loop {
        let page = page(desk, after, TAIL_PAGE).await?;
        if *epoch.get_or_insert(page.epoch) != page.epoch {
            let words = "the relay was restored and its positions began anew: --after 0 reads all";
            return Err(ScriptError::Refused(words.to_owned()));
        }
        for change in &page.changes {
            desk.output.json(change)?;
        }
        let is_behind = page.high > after && page.high < page.head;
        after = page.high.max(after);
        if is_behind {
            continue;
        }
        if arguments.once {
            return Ok(());
        }
        tokio::time::sleep(TAIL_PAUSE).await;
    }
}

async fn page(desk: &Desk, after: Seq, limit: usize) -> Result<ChangesPage, ScriptError> {
    let path = format!("/v1/changes?after={after}&limit={limit}");
    Ok(desk.api.get(&path).await?)
}
