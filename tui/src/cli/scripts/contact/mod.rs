//! `contact`: people by scripts.

mod columns;
pub(super) mod csv;
pub(super) mod encoding;
mod export;
mod import;
mod vcard;

pub use self::import::rows_of_list;
use super::{Desk, Quiet, ScriptError};
use crate::clock;
use clap::{Args, Subcommand};
use smsdesk_common::api::contacts::{
    ContactPage, ContactView, Details, Forgotten, MergeContacts, NewContact, OptOutContact,
    PatchContact, UnmergeContacts,
};
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::{Contact, OptOut};
use smsdesk_common::ids::{ContactId, RequestId};
use smsdesk_common::phone::Address;
use smsdesk_common::record::Record;
use std::io::IsTerminal as _;

/// The most contacts of one page.
const PAGE: u32 = 500;
/// The most pages that are looked through for a name or a number: 5,000 contacts each.
const PAGES_MAX: usize = 1_000;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ContactCommand {
    /// List contacts, most recently touched first; ids alone where nobody looks.
    List(ListArguments),
    /// Show a contact.
    Show {
        /// An id, a number, or a whole name.
        who: String,
    },
    /// Change a contact, or make one of a number that nobody has.
    Set(Box<SetArguments>),
    /// Make one contact of two; prints the id that takes it back.
    Merge(MergeArguments),
    /// Forget contacts: names and fields go, conversations stay with their numbers.
    Rm {
        /// Ids, numbers, or whole names.
        #[arg(required = true)]
        who: Vec<String>,
    },
    /// Bring people in from a CSV file or vCards.
    Import(import::ImportArguments),
    /// Write every contact to stdout, as CSV or vCards.
    Export(export::ExportArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OptOutArguments {
    /// Ids, numbers, or whole names.
    #[arg(required = true)]
    who: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ListArguments {
    /// Words of a name, a field or a label, or a part of a number.
    query: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    quiet: Quiet,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct SetArguments {
    /// An id, a number, or a whole name.
    who: String,
    /// What they are called; nothing removes it.
    #[arg(long)]
    name: Option<String>,
    /// A number; all of them where there are several.
    #[arg(long)]
    number: Vec<String>,
    /// What colleagues should know; nothing removes it.
    #[arg(long)]
    notes: Option<String>,
    /// A label; all of them where there are several.
    #[arg(long)]
    label: Vec<String>,
    /// An IANA time zone such as America/New_York; nothing removes it.
    #[arg(long)]
    time_zone: Option<String>,
    /// A language tag such as es-MX; nothing removes it.
    #[arg(long)]
    language: Option<String>,
    /// A field of one's own, NAME=VALUE; NAME= removes it.
    #[arg(long)]
    field: Vec<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MergeArguments {
    /// Who stays: an id, a number, or a whole name.
    kept: String,
    /// Who is taken in; the id of a merge with --undo.
    other: String,
    /// Take a merge back.
    #[arg(long)]
    undo: bool,
}

pub(super) async fn run(desk: &mut Desk, command: ContactCommand) -> Result<(), ScriptError> {
    match command {
        ContactCommand::List(arguments) => list(desk, arguments).await,
        ContactCommand::Show { who } => {
            let found = find(desk, &who).await?;
            show(desk, &found)
        }
        ContactCommand::Set(arguments) => set(desk, *arguments).await,
        ContactCommand::Merge(arguments) => merge(desk, arguments).await,
        ContactCommand::Rm { who } => {
            let mut found = Vec::new();
            for who in &who {
                found.push(id_of(&find(desk, who).await?)?);
            }
            for id in found {
                let path = format!("/v1/contacts/{id}");
                let left: Forgotten = desk.api.delete(&path).await?;
                desk.output.columns(&left, &[&id.to_string()])?;
            }
            Ok(())
        }
        ContactCommand::Import(arguments) => import::run(desk, arguments).await,
        ContactCommand::Export(arguments) => export::run(desk, arguments).await,
    }
}

async fn list(desk: &mut Desk, arguments: ListArguments) -> Result<(), ScriptError> {
    let ids = arguments.quiet.quiet || !std::io::stdout().is_terminal();
    let (mut left, mut cursor) = (arguments.limit, None);
    while left > 0 {
        let page = page(desk, arguments.query.as_deref(), cursor.as_deref()).await?;
        for view in page.contacts.iter().take(left) {
            left -= 1;
            let contact = contact(view)?;
            let (id, numbers) = (contact.id.to_string(), numbers(contact));
            if ids && !desk.output.is_json() {
                desk.output.line(&id)?;
            } else {
                let name = contact.name.as_deref().unwrap_or("–");
                desk.output.columns(view, &[&id, name, &numbers])?;
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

fn numbers(contact: &Contact) -> String {
    let numbers: Vec<_> = contact.addresses.iter().map(Address::as_str).collect();
    numbers.join(", ")
}

/// From which lines they want no texts, and since when.
fn opt_outs(contact: &Contact) -> String {
    let one = |out: &OptOut| {
        let line = out.line.as_ref().map_or("all lines", Address::as_str);
        format!(
            "{} of {line} since {}",
            out.address.as_str(),
            out.since.to_rfc3339()
        )
    };
    let all: Vec<_> = contact.opt_outs.iter().map(one).collect();
    all.join("; ")
}

/// A page of contacts.
async fn page(
    desk: &Desk,
    query: Option<&str>,
    cursor: Option<&str>,
) -> Result<ContactPage, ScriptError> {
    let mut path = format!("/v1/contacts?limit={PAGE}");
    for (name, value) in [("q", query), ("cursor", cursor)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", encoded(value)));
        }
    }
    Ok(desk.api.get(&path).await?)
}

/// As a part of a query.
fn encoded(text: &str) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let bytes = text.bytes().map(|byte| match kept(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    bytes.collect()
}

fn contact(view: &ContactView) -> Result<&Contact, ScriptError> {
    match &view.contact {
        Record::Contact(contact) => Ok(contact),
        _ => Err(ScriptError::Failed(
            "the relay answered with another record than a contact".to_owned(),
        )),
    }
}

fn id_of(view: &ContactView) -> Result<ContactId, ScriptError> {
    Ok(contact(view)?.id)
}

fn show(desk: &mut Desk, view: &ContactView) -> Result<(), ScriptError> {
    if desk.output.is_json() {
        return desk.output.json(view);
    }
    let contact = contact(view)?;
    let held = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = |at: Option<smsdesk_common::time::Timestamp>| {
        at.map(smsdesk_common::time::Timestamp::to_rfc3339)
            .unwrap_or_default()
    };
    let mut lines = vec![
        ("id", contact.id.to_string()),
        ("name", held(&contact.name)),
        ("numbers", numbers(contact)),
        ("notes", held(&contact.notes)),
        ("labels", contact.labels.join(", ")),
        ("time zone", held(&contact.time_zone)),
        ("language", held(&contact.language)),
        ("opted out", opt_outs(contact)),
        ("first contact", at(view.first_contact_at)),
        ("last contact", at(view.last_contact_at)),
    ];
    let fields = contact.fields.iter();
    lines.extend(fields.map(|(name, value)| (name.as_str(), value.clone())));
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        desk.output.columns(&(), &[&format!("{name:<14}"), value])?;
    }
    Ok(())
}

/// The contact of that id, that number, or exactly that name.
async fn find(desk: &Desk, who: &str) -> Result<ContactView, ScriptError> {
    if let Ok(id) = who.parse::<ContactId>() {
        return Ok(desk.api.get(&format!("/v1/contacts/{id}")).await?);
    }
    let none = || ScriptError::Refused(format!("`{who}`: there is no such contact"));
    let address = Address::parse_dialable(who, Some(desk.region)).ok();
    let query = address.as_ref().map_or(who.to_owned(), Address::digits);
    let (mut found, mut cursor) = (None, None);
    for _ in 0..PAGES_MAX {
        let page = page(desk, Some(&query), cursor.as_deref()).await?;
        for view in page.contacts {
            let held = contact(&view)?;
            let fits = match &address {
                Some(address) => held.addresses.contains(address),
                None => held.name.as_deref() == Some(who),
            };
            if fits && found.is_some() {
                let several = format!("`{who}` means several contacts: give an id");
                return Err(ScriptError::Usage(several));
            }
            if fits {
                found = Some(view);
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() || (found.is_some() && address.is_some()) {
            break;
        }
    }
    found.ok_or_else(none)
}

/// Who has an id or a number; none where nobody has.
pub(super) async fn person(desk: &Desk, who: &str) -> Result<Option<Contact>, ScriptError> {
    match find(desk, who).await {
        Ok(view) => Ok(Some(contact(&view)?.clone())),
        Err(ScriptError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn set(desk: &mut Desk, arguments: SetArguments) -> Result<(), ScriptError> {
    let fields = arguments.field.iter().map(|field| {
        let named = field.split_once('=');
        let (name, value) = named
            .ok_or_else(|| ScriptError::Usage(format!("--field {field}: expected NAME=VALUE")))?;
        let value = Some(value.to_owned()).filter(|value| !value.is_empty());
        Ok((name.to_owned(), value))
    });
    let fields = fields.collect::<Result<_, ScriptError>>()?;
    let field = |text: Option<String>| match text {
        None => Update::Keep,
        Some(text) if text.trim().is_empty() => Update::Clear,
        Some(text) => Update::Set(text),
    };
    let all = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let patch = PatchContact {
        name: field(arguments.name),
        addresses: all(arguments.number),
        fields,
        notes: field(arguments.notes),
        labels: all(arguments.label),
        time_zone: field(arguments.time_zone),
        language: field(arguments.language),
        ..PatchContact::new(RequestId(clock::new_id()))
    };
    let known = match find(desk, &arguments.who).await {
        Err(ScriptError::Refused(_)) => None,
        found => Some(found?),
    };
    let view: ContactView = match known {
        Some(view) => {
            let path = format!("/v1/contacts/{}", id_of(&view)?);
            desk.api.patch(&path, &patch).await?
        }
        None => {
            let mut details: Details = patch.details();
            details.addresses.insert(0, arguments.who);
            let id = Some(ContactId(clock::new_id()));
            let new = NewContact { id, details };
            desk.api.post("/v1/contacts", &new).await?
        }
    };
    let id = id_of(&view)?.to_string();
    desk.output.columns(&view, &[&id])
}

/// Opts people out, one after the other; says who it was.
pub(super) async fn opt_out(
    desk: &mut Desk,
    arguments: OptOutArguments,
) -> Result<(), ScriptError> {
    for who in arguments.who {
        let id = id_of(&find(desk, &who).await?)?;
        let asked = OptOutContact {
            id: RequestId(clock::new_id()),
            opt_out: true,
        };
        let path = format!("/v1/contacts/{id}/opt-out");
        let view: ContactView = desk.api.post(&path, &asked).await?;
        desk.output.columns(&view, &[&id.to_string()])?;
    }
    Ok(())
}

async fn merge(desk: &mut Desk, arguments: MergeArguments) -> Result<(), ScriptError> {
    let kept = id_of(&find(desk, &arguments.kept).await?)?;
    let id = RequestId(clock::new_id());
    let view: ContactView = if arguments.undo {
        let merge = arguments.other.parse().map_err(|_| {
            ScriptError::Usage("expected the id of a merge, as `merge` printed it".to_owned())
        })?;
        let path = format!("/v1/contacts/{kept}/unmerge");
        let asked = UnmergeContacts {
            id,
            merge: RequestId(merge),
        };
        desk.api.post(&path, &asked).await?
    } else {
        let other = id_of(&find(desk, &arguments.other).await?)?;
        let path = format!("/v1/contacts/{kept}/merge");
        let asked = MergeContacts {
            id,
            other,
            if_seq: None,
        };
        desk.api.post(&path, &asked).await?
    };
    desk.output.columns(&view, &[&id.to_string()])
}
