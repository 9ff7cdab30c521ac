//! `timed`: texts that wait for their time.

use super::contact::person;
use super::{Desk, Quiet, ScriptError, find};
use crate::clock;
use crate::model::timed::understand;
use crate::model::when::{self, read_exactly};
use clap::{Args, Subcommand};
use jiff::tz::TimeZone;
use smsdesk_common::api::conversations::PAGE_MAX;
use smsdesk_common::api::messages::{Instead, MessagePage, MessagePatch};
use smsdesk_common::entry::Entry;
use smsdesk_common::ids::{ConversationId, RequestId};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Record;
use smsdesk_common::time::Timestamp;
use smsdesk_common::zone_of::{Basis, zone_of};

/// The shortest beginning of an id that is taken: fewer digits hit too much.
const ID_CHARACTERS_MIN: usize = 4;

#[derive(Debug, Args)]
pub(in crate::cli) struct TimedArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the texts that wait for their time, the next one first.
    List {
        #[command(flatten)]
        quiet: Quiet,
    },
    /// Cancel texts that wait for their time.
    Cancel {
        /// Ids of texts, or beginnings of them.
        #[arg(value_name = "ID", required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        quiet: Quiet,
    },
    /// Give a text another time.
    Move {
        /// The id of a text, or the beginning of one.
        #[arg(value_name = "ID")]
        id: String,
        /// When: 18:00, "tomorrow 9", "mon 8:30", "9:00 theirs", "in 2h", or RFC 3339.
        #[arg(value_name = "TIME")]
        to: String,
        #[command(flatten)]
        quiet: Quiet,
    },
}

/// A time as it was given, and the zone in which it was meant where that is known.
///
/// # Errors
/// It is none, has passed, or is left out or repeated by a change of clocks.
pub(super) fn time(text: &str) -> Result<(Timestamp, Option<String>), ScriptError> {
    if let Ok(at) = Timestamp::parse_rfc3339(text) {
        return Ok((at, None));
    }
    let zone = TimeZone::system();
    let at = read_exactly(text, clock::now(), &zone)
        .map_err(|unfit| ScriptError::Usage(format!("`{text}`: {}", unfit.words())))?;
    Ok((at, zone.iana_name().map(str::to_owned)))
}

/// Whom a time of theirs is asked of, at which number.
pub(super) struct Asked<'a> {
    /// A number in any usual writing; none where a conversation is named.
    pub(super) to: Option<&'a str>,
    /// The conversation.
    pub(super) conversation: Option<ConversationId>,
}

/// As [`time`], in the zone of a contact where it ends with `theirs`. Nobody looks before a script's
/// text is timed, so that a zone which is only guessed is refused and told.
pub(super) async fn time_for(
    desk: &Desk,
    text: &str,
    asked: Asked<'_>,
) -> Result<(Timestamp, Option<String>), ScriptError> {
    let lower = text.trim().to_lowercase();
    if !lower.ends_with("theirs") && !lower.ends_with("their time") {
        return time(text);
    }
    let unknown = |why: String| ScriptError::Usage(format!("`{text}`: {why}"));
    let nobody = "their time zone is not known: give the time in yours".to_owned();
    let found = match (asked.conversation, asked.to) {
        (Some(id), _) => {
            let record = desk.api.get(&format!("/v1/conversations/{id}")).await?;
            let conversation = find::conversation(record)?;
            let person = person(desk, &conversation.contact.to_string()).await?;
            person.map(|person| (person, conversation.address))
        }
        (None, Some(number)) => {
            let address = Address::parse_dialable(number, Some(desk.region));
            let person = person(desk, number).await?;
            person.zip(address.ok())
        }
        (None, None) => None,
    };
    let (person, address) = found.ok_or_else(|| unknown(nobody.clone()))?;
    let theirs = zone_of(&person, &address).ok_or_else(|| unknown(nobody))?;
    if theirs.basis == Basis::Number {
        let guess = theirs.zone.iana_name().unwrap_or_default();
        let why = format!(
            "by their number they may be in {guess}, but nobody has said so: `smsdesk contact set \
             … --time-zone {guess}` does, or give the time in yours"
        );
        return Err(unknown(why));
    }
    let understood = understand(
        &lower,
        clock::now(),
        &TimeZone::system(),
        Some(&theirs.zone),
    );
    let understood = understood.map_err(|why| unknown(why.to_owned()))?;
    Ok((understood.at, understood.zone))
}

/// Does what was asked.
pub(super) async fn run(desk: &mut Desk, arguments: TimedArguments) -> Result<(), ScriptError> {
    match arguments.what {
        What::List { quiet } => {
            for record in all(desk).await? {
                print(desk, &record, quiet)?;
            }
        }
        What::Cancel { ids, quiet } => {
            let waiting = all(desk).await?;
            let texts: Result<Vec<_>, _> = ids.iter().map(|id| named(&waiting, id)).collect();
            for text in texts? {
                let mut patch = MessagePatch::new(RequestId(clock::new_id()));
                patch.status = Some(Instead::Canceled);
                change(desk, &text, &patch, quiet).await?;
            }
        }
        What::Move { id, to, quiet } => {
            let waiting = all(desk).await?;
            let text = named(&waiting, &id)?;
            let of = waiting.iter().find_map(|record| match record {
                Record::Entry(entry) if entry.id.to_string() == text => Some(entry.conversation),
                _ => None,
            });
            let asked = Asked {
                to: None,
                conversation: of,
            };
            let (at, zone) = time_for(desk, &to, asked).await?;
            let mut patch = MessagePatch::new(RequestId(clock::new_id()));
            (patch.send_at, patch.zone) = (Some(at), zone);
            change(desk, &text, &patch, quiet).await?;
        }
    }
    Ok(())
}

async fn change(
    desk: &mut Desk,
    text: &str,
    patch: &MessagePatch,
    quiet: Quiet,
) -> Result<(), ScriptError> {
    let path = format!("/v1/messages/{text}");
    let changed: Record = desk.api.patch(&path, patch).await?;
    print(desk, &changed, quiet)
}

/// Everything that waits.
async fn all(desk: &Desk) -> Result<Vec<Record>, ScriptError> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/messages?status=scheduled&limit={PAGE_MAX}{cursor}");
        let page: MessagePage = desk.api.get(&path).await?;
        all.extend(page.messages);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(all),
        }
    }
}

/// The whole id of the text that was named.
fn named(waiting: &[Record], name: &str) -> Result<String, ScriptError> {
    if name.parse::<uuid::Uuid>().is_ok() {
        return Ok(name.to_owned());
    }
    if name.len() < ID_CHARACTERS_MIN {
        let expected = format!("expected at least {ID_CHARACTERS_MIN} characters of an id");
        return Err(ScriptError::Usage(format!("`{name}`: {expected}")));
    }
    let fits = |record: &&Record| record.id().starts_with(name);
    let mut found = waiting.iter().filter(fits).map(Record::id);
    match (found.next(), found.next()) {
        (Some(id), None) => Ok(id),
        (None, _) => Err(ScriptError::Usage(format!(
            "`{name}`: no text waits with such an id"
        ))),
        (Some(_), Some(_)) => Err(ScriptError::Usage(format!(
            "`{name}`: several texts wait with such an id; give more of it"
        ))),
    }
}

fn print(desk: &mut Desk, record: &Record, quiet: Quiet) -> Result<(), ScriptError> {
    let Record::Entry(entry) = record else {
        return desk.output.record(record, quiet, &[&record.id()]);
    };
    let [id, when, state, body] = columns(entry);
    desk.output
        .record(record, quiet, &[&id, &when, &state, &body])
}

fn columns(entry: &Entry) -> [String; 4] {
    let (now, zone) = (clock::now(), TimeZone::system());
    let at = entry.send_at.unwrap_or(entry.at);
    let state = match (entry.held_since, entry.status) {
        (Some(_), _) => "held",
        (None, Some(status)) => status.word(),
        (None, None) => "",
    };
    let unless = if entry.cancel_on_reply {
        ", unless they write"
    } else {
        ""
    };
    [
        entry.id.to_string(),
        when::told_in_full(at, now, &zone),
        format!("{state}{unless}"),
        entry.body.clone(),
    ]
}
