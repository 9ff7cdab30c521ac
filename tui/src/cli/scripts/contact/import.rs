//! `contact import`: a list of people from a file, in parts that the relay takes one after the other.

use super::{Desk, ScriptError, columns, csv, encoding, vcard};
use crate::clock;
use clap::Args;
use serde::Serialize;
use smsdesk_common::api::contacts::{
    Details, IMPORT_ROWS_MAX, ImportContacts, ImportRow, Imported, OnExisting,
};
use smsdesk_common::contact::{parse_addresses, unfit};
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::{Address, Region};
use std::collections::HashMap;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The largest file, in bytes: some hundred thousand people.
const FILE_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// The most bytes of one part: what a request may hold, with room for its frame.
const PART_BYTES_MAX: usize = 200 * 1024;

#[derive(Debug, Args)]
pub(in crate::cli) struct ImportArguments {
    /// A CSV file with a header, or vCards; `-` reads stdin.
    file: PathBuf,
    /// Only look: say what would become of each row that is not taken.
    #[arg(long)]
    dry_run: bool,
    /// Which column holds what, HEADER=FIELD: name, first name, last name, number, notes, labels,
    /// time zone, language, field:NAME, or - to leave it out.
    #[arg(long)]
    map: Vec<String>,
    /// Write what the file says over contacts that have a number already; they are refused else.
    #[arg(long)]
    update: bool,
}

/// A person of the file, where it stands there.
struct Entry {
    line: u32,
    details: Details,
}

/// A row that was not taken.
#[derive(Debug, Serialize)]
struct Refused {
    line: u32,
    code: String,
    detail: String,
}

impl Refused {
    fn new(line: u32, code: &str, detail: impl Into<String>) -> Self {
        Self {
            line,
            code: code.to_owned(),
            detail: detail.into(),
        }
    }
}

/// What became of a file.
#[derive(Debug, Default, Serialize)]
struct Summary {
    added: u32,
    updated: u32,
    unchanged: u32,
    refused: usize,
    dry_run: bool,
}

pub(super) async fn run(desk: &mut Desk, arguments: ImportArguments) -> Result<(), ScriptError> {
    let bytes = read(&arguments.file)?;
    let (text, written) = encoding::decode(&bytes)
        .map_err(|why| ScriptError::Usage(format!("{}: {why}", arguments.file.display())))?;
    if let Some(words) = written.words() {
        say(&format!("the file is {words}\n"));
    }
    let (entries, mut refused) = people(&text, &arguments.map)?;
    let on_existing = match arguments.update {
        true => OnExisting::Update,
        false => OnExisting::Refuse,
    };
    let ask = |rows| ImportContacts {
        rows,
        on_existing,
        dry_run: arguments.dry_run,
    };
    // An empty part says in which country the relay reads numbers.
    let nobody: Imported = desk
        .api
        .post("/v1/contacts/import", &ask(Vec::new()))
        .await?;
    let (rows, bad) = checked(entries, nobody.region);
    refused.extend(bad);
    let mut summary = Summary {
        dry_run: arguments.dry_run,
        ..Summary::default()
    };
    let (total, mut done) = (rows.len(), 0);
    let mut progress = Progress::new(total);
    for rows in parts(rows) {
        done += rows.len();
        let part: Imported = desk.api.post("/v1/contacts/import", &ask(rows)).await?;
        summary.added += part.added;
        summary.updated += part.updated;
        summary.unchanged += part.unchanged;
        let rows = part.refused.into_iter();
        refused.extend(rows.map(|row| Refused::new(row.row, row.code.as_str(), row.detail)));
        progress.tell(done);
    }
    progress.end();
    refused.sort_by_key(|row| row.line);
    summary.refused = refused.len();
    tell(desk, &refused, &summary)
}

fn tell(desk: &mut Desk, refused: &[Refused], summary: &Summary) -> Result<(), ScriptError> {
    for row in refused {
        let line = format!("line {}:", row.line);
        desk.output.columns(row, &[&line, &row.code, &row.detail])?;
    }
    let Summary {
        added,
        updated,
        unchanged,
        refused,
        dry_run,
    } = summary;
    let would = if *dry_run { "would be " } else { "" };
    let words = format!(
        "{added} {would}added, {updated} {would}updated, {unchanged} unchanged, \
         {refused} {would}refused"
    );
    desk.output.columns(summary, &[&words])?;
    match refused {
        0 => Ok(()),
        _ => Err(ScriptError::Refused(format!(
            "{refused} rows {would}refused"
        ))),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ScriptError> {
    let failed = |error| ScriptError::Failed(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)
    };
    let read = read.map_err(failed)?;
    if read as u64 > FILE_BYTES_MAX {
        let most = format!("expected at most {FILE_BYTES_MAX} bytes");
        return Err(ScriptError::Usage(most));
    }
    Ok(bytes)
}

/// The rows of a list as an import would send them, in the country that numbers are read in, and how
/// many it would refuse.
///
/// # Errors
/// The file cannot be read as a list; in words.
pub fn rows_of_list(bytes: &[u8], region: Region) -> Result<(Vec<ImportRow>, usize), String> {
    let (text, _) = encoding::decode(bytes)?;
    let (entries, refused) = people(&text, &[]).map_err(|error| error.to_string())?;
    let (rows, bad) = checked(entries, region);
    Ok((rows, refused.len() + bad.len()))
}

/// The people of a file, and the rows that are none.
fn people(text: &str, map: &[String]) -> Result<(Vec<Entry>, Vec<Refused>), ScriptError> {
    let begins = text.trim_start().get(..11).unwrap_or_default();
    if begins.eq_ignore_ascii_case("BEGIN:VCARD") {
        let cards = vcard::cards(text).into_iter();
        let cards = cards.map(|card| Entry {
            line: card.line,
            details: card.details,
        });
        return Ok((cards.collect(), Vec::new()));
    }
    let mut rows = csv::rows(text).into_iter();
    let header = rows.next();
    let header = header.ok_or_else(|| ScriptError::Usage("the file is empty".to_owned()))?;
    let columns = columns::read(&header.cells, map).map_err(ScriptError::Usage)?;
    let (mut entries, mut refused) = (Vec::new(), Vec::new());
    for row in rows {
        let (has, wants) = (row.cells.len(), columns.len());
        let rest = row.cells.iter().skip(wants);
        // Spreadsheets leave cells out at the end, or write empty ones there.
        if has > wants && rest.clone().any(|cell| !cell.trim().is_empty()) {
            let detail = format!("the row has {has} columns, expected {wants}");
            refused.push(Refused::new(row.line, "columns_wrong", detail));
            continue;
        }
        entries.push(Entry {
            line: row.line,
            details: columns::details(&columns, &row.cells),
        });
    }
    Ok((entries, refused))
}

/// Rows that make sense by themselves and beside each other, with numbers as the relay keeps them.
fn checked(entries: Vec<Entry>, region: Region) -> (Vec<ImportRow>, Vec<Refused>) {
    let mut seen: HashMap<Address, u32> = HashMap::new();
    let (mut rows, mut refused) = (Vec::new(), Vec::new());
    for Entry { line, mut details } in entries {
        match one(&mut details, region, &seen) {
            Ok(addresses) => {
                seen.extend(addresses.into_iter().map(|address| (address, line)));
                rows.push(ImportRow {
                    row: line,
                    id: ContactId(clock::new_id()),
                    details,
                });
            }
            Err((code, detail)) => refused.push(Refused::new(line, code, detail)),
        }
    }
    (rows, refused)
}

fn one(
    details: &mut Details,
    region: Region,
    seen: &HashMap<Address, u32>,
) -> Result<Vec<Address>, (&'static str, String)> {
    if details.addresses.is_empty() {
        return Err(("to_invalid", "there is no number".to_owned()));
    }
    let addresses = parse_addresses(&details.addresses, Some(region))
        .map_err(|(_, why)| ("to_invalid", why.to_string()))?;
    if let Some(line) = addresses.iter().find_map(|it| seen.get(it)) {
        let detail = format!("line {line} has the same number");
        return Err(("duplicate_in_file", detail));
    }
    if let Some(why) = unfit(details) {
        return Err(("contact_invalid", why));
    }
    let written = addresses.iter().map(|it| it.as_str().to_owned());
    details.addresses = written.collect();
    Ok(addresses)
}

/// Rows as the relay takes them at once.
fn parts(rows: Vec<ImportRow>) -> Vec<Vec<ImportRow>> {
    let mut parts: Vec<Vec<ImportRow>> = Vec::new();
    let mut bytes = PART_BYTES_MAX;
    for row in rows {
        let size = serde_json::to_string(&row).map_or(PART_BYTES_MAX, |json| json.len() + 1);
        let full = parts
            .last()
            .is_none_or(|part| part.len() == IMPORT_ROWS_MAX);
        if full || bytes + size > PART_BYTES_MAX {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        parts
            .last_mut()
            .into_iter()
            .for_each(|part| part.push(row.clone()));
    }
    parts
}

/// For whoever looks; nobody is harmed where it is not seen.
fn say(words: &str) {
    let mut err = std::io::stderr().lock();
    let _ = err.write_all(words.as_bytes()).and_then(|()| err.flush());
}

/// How far an import has come, where somebody looks.
struct Progress {
    total: usize,
    shown: bool,
}

impl Progress {
    fn new(total: usize) -> Self {
        let shown = std::io::stderr().is_terminal();
        Self { total, shown }
    }

    fn tell(&mut self, done: usize) {
        if self.shown {
            say(&format!("\r{done} of {}", self.total));
        }
    }

    fn end(&self) {
        if self.shown && self.total > 0 {
            say("\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(text: &str) -> (Vec<ImportRow>, Vec<(u32, String)>) {
        let (entries, mut refused) = people(text, &[]).unwrap();
        let (rows, bad) = checked(entries, "US".parse().unwrap());
        refused.extend(bad);
        let refused = refused.into_iter().map(|row| (row.line, row.code));
        (rows, refused.collect())
    }

    #[test]
    fn every_row_that_is_not_taken_is_told_with_its_line() {
        let text = "name,phone\nMaria,(239) 426-7058\nBo,12\nMaria again,+1 239 426 7058\n\
            Chen,305-555-0142,what,is\n\"two\nlines\",3055550143\nNobody,\n";
        let (rows, refused) = looked(text);
        let taken: Vec<_> = rows.iter().map(|row| row.row).collect();
        assert_eq!(taken, [2, 6]);
        let expected = [
            (5, "columns_wrong"),
            (3, "to_invalid"),
            (4, "duplicate_in_file"),
            (8, "to_invalid"),
        ];
        assert_eq!(
            refused,
            expected.map(|(line, code)| (line, code.to_owned()))
        );
    }

    #[test]
    fn no_part_is_larger_than_the_relay_takes() {
        let text = |notes: &str| {
            let row = |n| format!("Somebody,+4479111{n:05},{notes}\n");
            let rows: String = (0..1_200).map(row).collect();
            format!("name,phone,notes\n{rows}")
        };
        for (notes, least) in [("", 3), (&"x".repeat(2_000)[..], 10)] {
            let (rows, refused) = looked(&text(notes));
            assert_eq!(refused, []);
            let parts = parts(rows);
            assert!(parts.len() >= least, "{}", parts.len());
            assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), 1_200);
            for part in parts {
                assert!(part.len() <= IMPORT_ROWS_MAX);
                let json = serde_json::to_string(&part).unwrap();
                assert!(json.len() <= PART_BYTES_MAX + IMPORT_ROWS_MAX);
            }
        }
    }
}
