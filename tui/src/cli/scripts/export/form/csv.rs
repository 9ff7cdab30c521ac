//! A table by RFC 4180, that no spreadsheet takes for orders: a cell of words that begins like a
//! formula gets an apostrophe before it.

use super::Scene;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::Entry;
use smsdesk_common::safe_text::SafeText;

pub(super) const HEAD: &str = "conversation,number,line,at,kind,direction,author,status,error,\
                               segments,price,currency,attachments,body,id,name\r\n";

pub(super) fn write(conversation: &Conversation, entries: &[Entry], scene: &Scene) -> String {
    let rows = entries.iter().map(|entry| row(conversation, entry, scene));
    rows.collect()
}

fn row(conversation: &Conversation, entry: &Entry, scene: &Scene) -> String {
    let status = entry.status.map_or("", |status| status.as_str());
    let error = entry.error.as_ref().map(|error| error.code.to_string());
    let segments = entry.segments.map(|segments| segments.to_string());
    let price = entry.price.as_ref();
    let amount = price.map_or("", |price| price.amount.as_str());
    let name = scene.name(conversation);
    let currency = price.map_or("", |price| price.currency.as_str());
    let cells = [
        conversation.id.to_string(),
        address(conversation.address.as_str()),
        address(conversation.line.as_str()),
        scene.time(entry.at),
        entry.entry_kind.as_str().to_owned(),
        entry.direction.as_str().to_owned(),
        words(scene.author(entry).as_str()),
        status.to_owned(),
        error.unwrap_or_default(),
        segments.unwrap_or_default(),
        number(amount),
        words(currency),
        entry.media.len().to_string(),
        words(&entry.body),
        entry.id.to_string(),
        words(name.as_ref().map_or("", SafeText::as_str)),
    ];
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// Words of somebody: shown as they are, and never a formula.
pub(in crate::cli::scripts) fn words(text: &str) -> String {
    let safe = SafeText::block(text).into_string();
    match is_formula(&safe) {
        true => format!("'{safe}"),
        false => safe,
    }
}

/// Whether a spreadsheet may take a cell for a formula.
pub(in crate::cli::scripts) fn is_formula(cell: &str) -> bool {
    let formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '|' | '%');
    // Some spreadsheets take fullwidth signs for their own, and look behind white space.
    let wide = |c: char| matches!(c, '＝' | '＋' | '－' | '＠');
    let first = cell.trim_start().chars().next();
    first.is_some_and(|c| formula(c) || wide(c))
}

/// A number such as `+12394267058` is no formula, whatever a spreadsheet makes of it; another
/// address is words.
fn address(text: &str) -> String {
    let digits = text.strip_prefix('+').unwrap_or(text);
    match digits.chars().all(|c| c.is_ascii_digit()) {
        true => text.to_owned(),
        false => words(text),
    }
}

/// An amount as the provider wrote it, negative ones too; anything else is words.
fn number(text: &str) -> String {
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.chars().all(|c| c.is_ascii_digit() || c == '.') {
        true => text.to_owned(),
        false => words(text),
    }
}

/// A cell as it stands in a row.
pub(in crate::cli::scripts) fn quoted(cell: &str) -> String {
    let plain = !cell.contains(['"', ',', '\r', '\n']) && cell.trim() == cell;
    match plain {
        true => cell.to_owned(),
        false => format!("\"{}\"", cell.replace('"', "\"\"")),
    }
}
