//! Lists of recipients: read from a file, and told with what became of each.

use super::{Desk, ScriptError, broadcast};
use crate::cli::scripts::contact::{csv, encoding};
use crate::model::broadcasts::fared;
use serde_json::{Map, Value, json};
use smsdesk_common::api::broadcasts::{BroadcastPage, BulkRecipient};
use smsdesk_common::api::conversations::PAGE_MAX;
use smsdesk_common::ids::BroadcastId;
use std::io::Read as _;
use std::path::Path;

/// The largest file, in bytes: what a request may hold.
const FILE_BYTES_MAX: u64 = 12 * 1024 * 1024;
/// What the column of the numbers may be called.
const NUMBER: [&str; 6] = ["to", "phone", "number", "mobile", "cell", "phone number"];

/// The recipients of a file: a number a line, or a table with a header whose other columns are the
/// values of variables.
pub(super) fn read(file: &Path) -> Result<Vec<Value>, ScriptError> {
    let name = file.display();
    let failed = |error: std::io::Error| ScriptError::Usage(format!("{name}: {error}"));
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        let opened = std::fs::File::open(file).map_err(failed)?;
        opened.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    };
    if read.map_err(failed)? as u64 > FILE_BYTES_MAX {
        let most = format!("{name}: expected at most {FILE_BYTES_MAX} bytes");
        return Err(ScriptError::Usage(most));
    }
    let (text, _) =
        encoding::decode(&bytes).map_err(|why| ScriptError::Usage(format!("{name}: {why}")))?;
    parse(&text).map_err(|why| ScriptError::Usage(format!("{name}: {why}")))
}

fn parse(text: &str) -> Result<Vec<Value>, String> {
    let rows = csv::rows(text);
    let Some(first) = rows.first() else {
        return Err("it is empty".to_owned());
    };
    let header: Vec<String> = first.cells.iter().map(|cell| called(cell)).collect();
    let number = header
        .iter()
        .position(|name| NUMBER.contains(&name.as_str()));
    let Some(number) = number else {
        if rows.iter().any(|row| row.cells.len() > 1) {
            return Err(format!(
                "line 1: expected a header with one of the columns {}",
                NUMBER.join(", ")
            ));
        }
        let cells = rows.iter().filter_map(|row| row.cells.first());
        return Ok(cells.map(|cell| Value::from(cell.trim())).collect());
    };
    let person = |row: &csv::Row| {
        let cell = |at: usize| {
            row.cells
                .get(at)
                .map_or("", |cell| csv::disarmed(cell.trim()))
        };
        let mut variables = Map::new();
        for (at, name) in header.iter().enumerate() {
            if at != number && !name.is_empty() && !cell(at).is_empty() {
                variables.insert(name.replace([' ', '-'], "_"), cell(at).into());
            }
        }
        match variables.is_empty() {
            true => Value::from(cell(number)),
            false => json!({ "to": cell(number), "variables": variables }),
        }
    };
    Ok(rows.iter().skip(1).map(person).collect())
}

fn called(cell: &str) -> String {
    cell.trim().to_lowercase()
}

/// Prints a broadcast and what became of each recipient.
pub(super) async fn show(
    desk: &mut Desk,
    id: BroadcastId,
    as_table: bool,
) -> Result<(), ScriptError> {
    let (mut cursor, mut first) = (String::new(), true);
    loop {
        let path = format!("/v1/broadcasts/{id}?limit={PAGE_MAX}{cursor}");
        let page: BroadcastPage = desk.api.get(&path).await?;
        if first {
            head(desk, &page, as_table)?;
            first = false;
        }
        for row in &page.recipients {
            tell(desk, row, as_table)?;
        }
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(()),
        }
    }
}

fn head(desk: &mut Desk, page: &BroadcastPage, as_table: bool) -> Result<(), ScriptError> {
    if as_table {
        let names = [
            "n",
            "given",
            "number",
            "state",
            "reason",
            "error",
            "entry",
            "conversation",
        ];
        return desk.output.raw(&csv::line(&names.map(str::to_owned)));
    }
    if desk.output.is_json() {
        return desk.output.json(&page.broadcast);
    }
    let held = broadcast(page.broadcast.clone())?;
    let progress = format!("{}/{}", held.totals.done(), held.totals.all());
    let why = held.why.as_deref().unwrap_or_default();
    let columns = [
        &held.name,
        held.state.as_str(),
        &progress,
        &fared(&held.totals),
        why,
    ];
    desk.output.texts(&columns)
}

fn tell(desk: &mut Desk, row: &BulkRecipient, as_table: bool) -> Result<(), ScriptError> {
    let id = |id: Option<String>| id.unwrap_or_default();
    let number = row.address.as_ref().map_or("", |address| address.as_str());
    let error = row.error.as_ref().map(|error| error.code.to_string());
    let reason = row.reason.as_deref().unwrap_or_default();
    if as_table {
        let cells = [
            row.n.to_string(),
            row.given.clone(),
            number.to_owned(),
            row.state.as_str().to_owned(),
            reason.to_owned(),
            id(error),
            id(row.entry.map(|it| it.to_string())),
            id(row.conversation.map(|it| it.to_string())),
        ];
        return desk.output.raw(&csv::line(&cells));
    }
    let (n, error) = (row.n.to_string(), id(error));
    let columns = [n.as_str(), &row.given, row.state.as_str(), reason, &error];
    desk.output.columns(row, &columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_a_line_is_a_list() {
        let list = parse("+12394267058\r\n\n (305) 555-0142 \nrubbish\n").unwrap();
        assert_eq!(list, ["+12394267058", "(305) 555-0142", "rubbish"]);
    }

    #[test]
    fn the_other_columns_of_a_table_are_variables() {
        let list = parse("Name;Phone;Visit day\nMaria;'+12394267058;Monday\n;3055550142;\n");
        let maria = json!({
            "to": "+12394267058",
            "variables": { "name": "Maria", "visit_day": "Monday" },
        });
        assert_eq!(list.unwrap(), [maria, json!("3055550142")]);
    }

    #[test]
    fn a_table_without_numbers_is_refused_by_what_was_expected() {
        let error = parse("name,town\nMaria,Naples\n").unwrap_err();
        assert!(
            error.contains("line 1") && error.contains("phone"),
            "{error}"
        );
        assert!(parse("").is_err());
    }
}
