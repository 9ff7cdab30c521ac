use super::form::{Form, Scene};
use super::sink::Sink;
use crate::testkit::{Text, agent_ana, agent_bo, conversation_id, row};
use jiff::tz::{TimeZone, offset};
use proptest::prelude::*;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::{Entry, EntryKind};
use smsdesk_common::status::DeliveryStatus::{Delivered, Failed};

fn scene() -> Scene {
    let agents = [agent_ana(), agent_bo()];
    Scene {
        zone: TimeZone::fixed(offset(-5)),
        home: "US".parse().unwrap(),
        names: agents.map(|agent| (agent.id, agent.name)).into(),
        people: [(maria().contact, Some("Maria *Alvarez*".to_owned()))].into(),
    }
}

fn maria() -> Conversation {
    row(1, "Maria").conversation
}

fn entries(texts: impl IntoIterator<Item = Text>) -> Vec<Entry> {
    let items = (1..).zip(texts);
    items
        .map(|(n, text)| text.item(conversation_id(1), n).entry)
        .collect()
}

fn check(form: Form, name: &str) {
    let entries = entries([
        Text::from_them("is the *plumber* coming?\n=1+1", 42).media(&["image/jpeg"]),
        Text::from_us("Yes, \"soon\"", 40, Delivered),
        Text::from_us("He is here", 30, Failed).error(30006),
        Text::internal(EntryKind::Note, "she has a dog", 20),
        Text::internal(EntryKind::Activity, "marked it done", 10),
        Text::from_them("=HYPERLINK(\"http://evil\")\u{202e}\u{1b}[31m", 1),
    ]);
    let out = form.conversation(&maria(), &entries, &scene()).unwrap();
    insta::assert_snapshot!(name.to_owned(), format!("{}{out}", form.head()));
}

#[test]
fn every_form_tells_who_said_what_when_and_how_far_it_came() {
    check(Form::Text, "export-text");
    check(Form::Markdown, "export-markdown");
    check(Form::Csv, "export-csv");
    check(Form::Json, "export-json");
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.txt");
    std::fs::write(&file, "older").unwrap();
    let mut sink = Sink::open(Some(file.clone())).unwrap();
    sink.write("half").unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "older");
    drop(sink);
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(names(), 1, "nothing is left behind");
    let mut sink = Sink::open(Some(file.clone())).unwrap();
    sink.write("whole").unwrap();
    sink.finish().unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "whole");
    assert_eq!(names(), 1);
    assert!(Sink::open(Some(folder.path().join("no/such/folder.txt"))).is_err());
}

/// The cells of a table, by the rules of RFC 4180.
fn cells(csv: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            c => row.last_mut().unwrap().push(c),
        }
    }
    rows.pop();
    rows
}

proptest! {
    #[test]
    fn no_text_breaks_a_table_or_becomes_a_formula(body in "[ =+@\"',\r\n\ta-c-]{0,30}|\\PC{0,20}") {
        let entries = entries([Text::from_them(&body, 1)]);
        let csv = Form::Csv.conversation(&maria(), &entries, &scene()).unwrap();
        let rows = cells(&csv);
        prop_assert_eq!(rows.len(), 1);
        prop_assert_eq!(rows[0].len(), 16);
        let first = rows[0][13].trim_start().chars().next();
        prop_assert!(!first.is_some_and(|c| "=+-@\t\r".contains(c)), "{:?}", rows[0][13]);
    }

    #[test]
    fn json_keeps_every_character_and_no_line_holds_an_order(body in ".{0,40}|[\u{80}-\u{9f}\u{202a}-\u{202e}\u{1b}]{0,9}") {
        let entries = entries([Text::from_them(&body, 1)]);
        let json = Form::Json.conversation(&maria(), &entries, &scene()).unwrap();
        let line = json.lines().nth(1).unwrap();
        let turns = |c: char| ('\u{202a}'..='\u{202e}').contains(&c);
        let order = line.chars().any(|c| c.is_control() || turns(c));
        prop_assert!(!order, "{:?}", line);
        let read: serde_json::Value = serde_json::from_str(line).unwrap();
        prop_assert_eq!(read["body"].as_str(), Some(body.as_str()));
    }
}
