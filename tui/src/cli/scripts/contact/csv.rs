//! Comma-separated values (RFC 4180), as spreadsheets write them: also with semicolons or tabs.

use crate::cli::scripts::export::form::csv::is_formula;
use smsdesk_common::safe_text::SafeText;

/// A row with the line of the file that it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli::scripts) struct Row {
    pub(in crate::cli::scripts) line: u32,
    pub(in crate::cli::scripts) cells: Vec<String>,
}

/// Every row that is not empty. A quote that is never closed takes the rest of the file.
pub(in crate::cli::scripts) fn rows(text: &str) -> Vec<Row> {
    let separator = separator(text);
    let mut rows = Vec::new();
    let mut row = Row {
        line: 1,
        cells: Vec::new(),
    };
    let (mut cell, mut line, mut quoted) = (String::new(), 1, false);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            _ if quoted => cell.push(c),
            '"' if cell.is_empty() => quoted = true,
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => {
                row.cells.push(std::mem::take(&mut cell));
                let next = Row {
                    line,
                    cells: Vec::new(),
                };
                rows.push(std::mem::replace(&mut row, next));
            }
            _ if c == separator => row.cells.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
    }
    row.cells.push(cell);
    rows.push(row);
    rows.retain(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
    rows
}

/// What stands most often in the first line, outside of quotes.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: char| {
        let mut quoted = false;
        let mut found = 0;
        for c in first.chars() {
            quoted ^= c == '"';
            found += u32::from(!quoted && c == separator);
        }
        found
    };
    let most = [';', '\t', ','].into_iter().max_by_key(|it| count(*it));
    most.filter(|it| count(*it) > 0).unwrap_or(',')
}

/// A line of cells.
pub(in crate::cli::scripts) fn line(cells: &[String]) -> String {
    let written: Vec<_> = cells.iter().map(|cell| written(cell)).collect();
    written.join(",") + "\r\n"
}

/// A cell that no spreadsheet takes for a formula (owasp.org/www-community/attacks/CSV_Injection). A
/// number in E.164 is one and nothing else.
fn written(cell: &str) -> String {
    let cell = SafeText::block(cell).into_string();
    let number = cell.strip_prefix('+').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    let safe = match may_be_formula(&cell) && !number {
        true => format!("'{cell}"),
        false => cell,
    };
    let quote = safe.contains(['"', ',', ';', '\n', '\r', '\t']) || safe.trim() != safe;
    match quote {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

/// What [`written`] put before a cell is taken off again.
pub(in crate::cli::scripts) fn disarmed(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if may_be_formula(rest) => rest,
        _ => cell,
    }
}

fn may_be_formula(cell: &str) -> bool {
    cell.starts_with(['\t', '\r']) || is_formula(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<(u32, Vec<String>)> {
        let rows = rows(text).into_iter();
        rows.map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn cells_are_read_whatever_separates_them() {
        for separator in [',', ';', '\t'] {
            let text = format!(
                "a{separator}b\r\n\"x{separator}\"\"y\"\"\n2\"{separator}\n\nz{separator}w"
            );
            let quoted = format!("x{separator}\"y\"\n2");
            let row = |line, cells: [&str; 2]| (line, cells.map(str::to_owned).to_vec());
            let expected = [
                row(1, ["a", "b"]),
                row(2, [&quoted, ""]),
                row(5, ["z", "w"]),
            ];
            assert_eq!(cells(&text), expected);
        }
    }

    #[test]
    fn no_cell_becomes_a_formula_and_each_reads_back() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("+1 x", "'+1 x"),
            ("+13055550142", "+13055550142"),
            ("plain", "plain"),
            ("'quoted", "'quoted"),
            ("＝1+1", "'＝1+1"),
            ("|calc", "'|calc"),
            ("\u{a0}=1+1", "'\u{a0}=1+1"),
        ] {
            let line = line(&[cell.to_owned()]);
            assert_eq!(line, format!("{expected}\r\n"));
            let read = rows(&line);
            assert_eq!(disarmed(&read[0].cells[0]), cell);
        }
        let hostile = "\u{1b}]52;c;eA==\u{7}\u{9b}2J\u{202e}".to_owned();
        let written = line(&[hostile]);
        assert!(written.contains("‹U+001B›]52"), "{written}");
        assert!(!written.trim_end().chars().any(char::is_control));
        let odd = [
            "a,b".to_owned(),
            "say \"hi\"\nnow".to_owned(),
            " x ".to_owned(),
        ];
        assert_eq!(rows(&line(&odd))[0].cells, odd);
    }
}
