//! What only one part of the house may know: SQL, Twilio's field names, the time.

use super::Violation;
use super::lexer::{Kind, Token};
use super::paths;
use super::source::{Source, Sources};

/// Where SQL may stand.
const SQL_HOMES: &[&str] = &["relay/src/store/", "tui/src/cache/"];
/// Where Twilio's names may stand.
const TWILIO_HOME: &str = "relay/src/twilio/";
/// Who may read the clock.
const CLOCKS: &[&str] = &["relay/src/clock.rs", "tui/src/clock.rs"];

/// Twilio's form fields whose names nothing else has (`Body`, `From` and `To` are English).
/// Source: twilio.com/docs/messaging/guides/webhook-request and
/// twilio.com/docs/messaging/api/message-resource.
const TWILIO_FIELDS: &[&str] = &[
    "AccountSid",
    "ApiVersion",
    "ChannelPrefix",
    "ContentSid",
    "ContentVariables",
    "DateSent",
    "FromCity",
    "FromCountry",
    "FromState",
    "FromZip",
    "MediaContentType",
    "MediaUrl",
    "MessageSid",
    "MessageStatus",
    "MessagingServiceSid",
    "NumMedia",
    "NumSegments",
    "OptOutType",
    "ProfileName",
    "RawDlrDoneDate",
    "SendAt",
    "SmartEncoded",
    "SmsMessageSid",
    "SmsSid",
    "SmsStatus",
    "StatusCallback",
    "ToCity",
    "ToCountry",
    "ToState",
    "ToZip",
    "ValidityPeriod",
    "WaId",
];

/// What reads a clock.
const CLOCK_READS: &[&str] = &[
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "uuid::Uuid::now_v7",
];

/// The product's code in the house's files that do not begin with one of `homes`.
fn outside<'a>(sources: &'a Sources, homes: &[&str]) -> Vec<&'a Source> {
    let files = sources.files.iter();
    files
        .filter(|file| !homes.iter().any(|home| file.path.starts_with(home)))
        .collect()
}

fn texts(file: &Source) -> Vec<&Token> {
    let code = file.code().into_iter();
    code.filter(|token| token.kind == Kind::Text).collect()
}

/// SQL, and the crate that runs it, where neither belongs. Tests are free.
pub fn sql(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "SQL only in relay/src/store and tui/src/cache";
    let mut found = Vec::new();
    for file in outside(sources, SQL_HOMES) {
        for text in texts(file).into_iter().filter(|text| is_sql(&text.text)) {
            let start: String = text.text.chars().take(40).collect();
            found.push(Violation::new(&file.path, text.line, RULE, start));
        }
        for path in paths::used(file) {
            if path.is_below("rusqlite") {
                found.push(Violation::new(&file.path, path.line, RULE, path.text()));
            }
        }
    }
    found
}

/// Whether a text is a statement, or the beginning of one: keywords in capitals, as the house
/// writes them.
fn is_sql(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first {
        "SELECT" | "PRAGMA" | "VACUUM" => true,
        "INSERT" | "REPLACE" => matches!(second, "INTO" | "OR"),
        "DELETE" => second == "FROM",
        "UPDATE" => words.any(|word| word == "SET"),
        "CREATE" | "ALTER" | "DROP" => {
            matches!(
                second,
                "TABLE" | "INDEX" | "UNIQUE" | "VIEW" | "TRIGGER" | "VIRTUAL"
            )
        }
        _ => text.contains("ON CONFLICT") || (text.contains("SELECT ") && text.contains(" FROM ")),
    }
}

/// Twilio's field names in texts outside of `relay/src/twilio`. Tests and comments are free.
pub fn twilio(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "Twilio's field names only in relay/src/twilio";
    let mut found = Vec::new();
    for file in outside(sources, &[TWILIO_HOME]) {
        for text in texts(file) {
            let words = text.text.split(|c: char| !c.is_alphanumeric());
            for word in words {
                // `MediaUrl0`, `MediaUrl1` and so on are one field.
                let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
                if TWILIO_FIELDS.contains(&name) {
                    found.push(Violation::new(&file.path, text.line, RULE, word));
                }
            }
        }
    }
    found
}

/// Clock reads outside of the clocks. Tests are free. (`tokio::time::Instant` is a position of
/// the runtime's timer, which tests can stop; it may not be shown or stored, and is not meant.)
pub fn clock(sources: &Sources) -> Vec<Violation> {
    const RULE: &str = "only clock.rs reads the clock";
    let mut found = Vec::new();
    for file in outside(sources, CLOCKS) {
        for path in paths::used(file) {
            if CLOCK_READS.iter().any(|read| path.is_below(read)) {
                found.push(Violation::new(&file.path, path.line, RULE, path.text()));
            }
        }
        for pair in file.code().windows(2) {
            if pair[0].is_mark(".") && pair[1].is_name("elapsed") {
                let problem = "`.elapsed()` reads it too: use `duration_since`";
                found.push(Violation::new(&file.path, pair[1].line, RULE, problem));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: fn(&Sources) -> Vec<Violation>, path: &str, text: &str, lines: &[usize]) {
        let found = rule(&Sources::of(vec![Source::new(path, text)]));
        let found: Vec<_> = found.iter().map(|violation| violation.line).collect();
        assert_eq!(found, lines, "{path}: {text}");
    }

    #[test]
    fn sql_outside_of_its_homes_is_found() {
        for statement in [
            "SELECT 1",
            "INSERT INTO entry (id) VALUES (?1)",
            "INSERT OR REPLACE INTO entry",
            "UPDATE entry\n   SET body = ?1",
            "DELETE FROM entry",
            "CREATE TABLE entry (id)",
            "PRAGMA user_version",
            "WITH x AS (SELECT id FROM entry)",
        ] {
            let text = format!("fn f() {{\n r#\"{statement}\"#; }}");
            check(sql, "relay/src/desk/send.rs", &text, &[2]);
            check(sql, "relay/src/store/entries.rs", &text, &[]);
        }
        check(
            sql,
            "relay/src/desk/send.rs",
            "use rusqlite::Connection;",
            &[1],
        );
    }

    #[test]
    fn english_comments_and_tests_are_no_sql() {
        let text = "// SELECT 1\nconst A: &str = \"select a line, UPDATE it, DELETE it\";\n\
                    #[cfg(test)]\nmod tests { const B: &str = \"SELECT 1\"; }";
        check(sql, "tui/src/view/list.rs", text, &[]);
        check(
            sql,
            "tests/tests/e2e.rs",
            "const A: &str = \"SELECT 1\";",
            &[],
        );
    }

    #[test]
    fn twilios_names_outside_of_their_home_are_found() {
        let text = "/// MessageSid\nfn f() { form.get(\"MessageSid\"); \"a MediaUrl0=b\"; }";
        check(twilio, "relay/src/http/webhooks.rs", text, &[2, 2]);
        check(twilio, "relay/src/twilio/form/mod.rs", text, &[]);
        let own = "use crate::twilio::sid::MessageSid; const A: &str = \"message_sid Sid\";";
        check(twilio, "relay/src/http/webhooks.rs", own, &[]);
    }

    #[test]
    fn clock_reads_outside_of_the_clocks_are_found() {
        let text = "use std::time::{Instant as I, SystemTime};\nfn f() {\n I::now();\n\
                    SystemTime::now();\n jiff::Zoned::now();\n a.elapsed();\n}";
        check(clock, "tui/src/app.rs", text, &[3, 4, 5, 6]);
        check(clock, "tui/src/clock.rs", text, &[]);
        let timer = "use tokio::time::Instant;\nfn f(now: X) { Instant::now(); now(); }";
        check(clock, "tui/src/app.rs", timer, &[]);
    }
}
