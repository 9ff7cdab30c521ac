//! `contact export`: every contact, for other programs.

use super::{Desk, ScriptError, contact, csv, page, vcard};
use clap::{Args, ValueEnum};
use smsdesk_common::contact::Contact;
use smsdesk_common::phone::Address;
use std::collections::BTreeSet;

/// The most contacts that are written at once: they are sorted in memory.
const CONTACTS_MAX: usize = 1_000_000;

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    /// Only those with these words in a name, a field or a label, or with this part of a number.
    query: Option<String>,
    /// How to write them.
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated values in UTF-8.
    Csv,
    /// vCards of version 4.0.
    Vcard,
}

pub(super) async fn run(desk: &mut Desk, arguments: ExportArguments) -> Result<(), ScriptError> {
    let mut people: Vec<Contact> = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(desk, arguments.query.as_deref(), cursor.as_deref()).await?;
        for view in &page.contacts {
            if desk.output.is_json() {
                desk.output.json(view)?;
            } else {
                people.push(contact(view)?.clone());
            }
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
        if people.len() > CONTACTS_MAX {
            let words = format!("there are more than {CONTACTS_MAX} contacts: narrow them");
            return Err(ScriptError::Usage(words));
        }
    }
    if desk.output.is_json() {
        return Ok(());
    }
    people.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    match arguments.format {
        Format::Csv => write_csv(desk, &people),
        Format::Vcard => people
            .iter()
            .try_for_each(|person| desk.output.raw(&vcard::written(person))),
    }
}

fn write_csv(desk: &mut Desk, people: &[Contact]) -> Result<(), ScriptError> {
    let own: BTreeSet<&String> = people.iter().flat_map(|it| it.fields.keys()).collect();
    let usual = [
        "id",
        "name",
        "number",
        "notes",
        "labels",
        "time zone",
        "language",
    ];
    let mut header: Vec<String> = usual.map(str::to_owned).to_vec();
    header.extend(own.iter().map(|name| format!("field:{name}")));
    desk.output.raw(&csv::line(&header))?;
    for person in people {
        let held = |text: &Option<String>| text.clone().unwrap_or_default();
        let numbers: Vec<_> = person.addresses.iter().map(Address::as_str).collect();
        let mut cells = vec![
            person.id.to_string(),
            held(&person.name),
            numbers.join("; "),
            held(&person.notes),
            person.labels.join("; "),
            held(&person.time_zone),
            held(&person.language),
        ];
        let fields = own.iter().map(|name| person.fields.get(*name));
        cells.extend(fields.map(|value| value.cloned().unwrap_or_default()));
        desk.output.raw(&csv::line(&cells))?;
    }
    Ok(())
}
