//! Whatever happens to the records, and whatever is asked.

use super::*;
use crate::cache::drafts;
use crate::cache::search::index_people;
use crate::cache::testing::{agent, contact_id, patch};
use proptest::prelude::*;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::conversation::{ConversationStatus, Preview};
use smsdesk_common::entry::{Direction, EntryKind};
use smsdesk_common::media::Media;

const WORDS: &[&str] = &[
    "plumber",
    "Plumbers",
    "PLÜMBER",
    "plan",
    "the",
    "gate",
    "code",
    "4471",
    "447",
    "(239) 426-7058",
    "239",
    "謝謝你",
    "謝",
    "你的",
    "🙏",
    "🙏🏽",
    "don't",
    "12:30",
    "a",
    "ガス",
    "AND",
    "\"",
    "*",
    "-",
    "maría",
    "ana",
];

fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop::sample::select(WORDS), 0..5).prop_map(|words| words.join(" "))
}

/// Something that happens to the records, or to the index.
#[derive(Clone, Debug)]
enum Step {
    Say(u64, u64, i64, String, u8),
    Forget(u64),
    /// Name and notes.
    Name(u64, String, String),
    Unname(u64),
    Close(u64),
    Leave(u64),
    /// A change of mine that the relay has not confirmed.
    Mine(u64),
    Draft(u64),
    Index(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let one = || 1u64..5;
    prop_oneof![
        8 => (1u64..14, one(), 0i64..4_000, words(), any::<u8>())
            .prop_map(|(n, of, at, body, how)| Step::Say(n, of, at, body, how)),
        2 => (1u64..14).prop_map(Step::Forget),
        2 => (one(), words(), words()).prop_map(|(n, name, notes)| Step::Name(n, name, notes)),
        1 => one().prop_map(Step::Unname),
        1 => one().prop_map(Step::Close),
        1 => one().prop_map(Step::Leave),
        1 => one().prop_map(Step::Mine),
        1 => one().prop_map(Step::Draft),
        2 => (1usize..4).prop_map(Step::Index),
    ]
}

/// An entry of any kind, by the bits of a number.
fn any_entry(n: u64, of: u64, minutes: i64, body: String, how: u8) -> Entry {
    let mut entry = entry(n, of, minutes);
    entry.body = body;
    if how & 1 == 1 {
        entry.direction = Direction::Outbound;
        entry.author = match how & 2 {
            0 => Author::Agent(agent_id(u64::from(how >> 2 & 1) + 1)),
            _ => Author::Automation(smsdesk_common::entry::Cause::Away),
        };
    }
    if how & 8 == 8 {
        entry.entry_kind = EntryKind::Note;
    }
    if how & 48 == 48 {
        entry.media = vec![Media {
            index: 0,
            url: "https://x".to_owned(),
            content_type: "image/png".to_owned(),
        }];
    }
    entry
}

fn happen(desk: &mut Desk, step: Step) {
    match step {
        Step::Say(n, of, minutes, body, how) => {
            let entry = any_entry(n, of, minutes, body, how);
            let mut about = conversation(of);
            about.last = Some(Preview::of(&entry));
            about.labels = match how & 4 {
                0 => vec!["vip".to_owned()],
                _ => Vec::new(),
            };
            about.assignee = (how & 16 == 16).then(|| agent_id(1));
            let about = Record::Conversation(Box::new(about));
            desk.commit([Record::Entry(Box::new(entry)), about]);
        }
        Step::Forget(n) => {
            desk.delete("entry", &entry_id(n).to_string());
        }
        Step::Name(n, name, notes) => {
            let mut named = contact(n, Some(&name));
            named.fields = [("plan".to_owned(), notes.clone())].into();
            named.notes = Some(notes);
            desk.commit([Record::Contact(Box::new(named))]);
        }
        Step::Unname(n) => {
            desk.delete("contact", &contact_id(n).to_string());
        }
        Step::Close(n) => {
            let mut done = conversation(n);
            done.status = ConversationStatus::Done;
            desk.commit([Record::Conversation(Box::new(done))]);
        }
        Step::Leave(n) => {
            desk.delete("conversation", &conversation_id(n).to_string());
        }
        Step::Mine(n) => {
            let id = u128::from(desk.outbox.total_changes()) + 1;
            let closes = Patch {
                status: Some(ConversationStatus::Done),
                ..patch(id)
            };
            desk.patch(n, closes);
        }
        Step::Draft(n) => {
            drafts::TEXTS
                .save(&desk.outbox, conversation_id(n), "typed", NOON)
                .unwrap();
        }
        Step::Index(count) => {
            index_people(&desk.records, count).unwrap();
            index_newest(&desk.records, count).unwrap();
        }
    }
}

fn query() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        6 => prop::sample::select(WORDS).prop_map(str::to_owned),
        2 => words().prop_map(|words| format!("\"{words}\"")),
        1 => words().prop_map(|words| format!("\"{words}")),
        3 => prop::sample::select(&[
            "from:me", "from:ana", "from:plumber", "from:maria", "to:239", "to:plan", "to:7122661",
            "label:vip", "label:none", "before:2026-11-21", "after:2026-11-21", "is:open",
            "is:done", "has:media", "has:draft", "line:555", "assignee:me", "assignee:none",
            "from:", "is:opne", "plum", "pl", "30555", "5550002",
        ][..]).prop_map(str::to_owned),
    ];
    let term = (any::<bool>(), term).prop_map(|(turned, term)| match turned {
        true if term.len() % 3 == 0 => format!("-{term}"),
        _ => term,
    });
    proptest::collection::vec(term, 1..4).prop_map(|terms| terms.join(" "))
}

/// Most of the entries were written by one of these.
fn colleagues() -> [Record; 3] {
    let about = |n| Record::Conversation(Box::new(conversation(n)));
    [
        Record::Agent(agent(1, "Ana Ruiz")),
        Record::Agent(agent(2, "Bo Plumber")),
        about(1),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_found_is_what_the_rule_says(
        steps in proptest::collection::vec(step(), 1..30),
        queries in proptest::collection::vec(query(), 4),
    ) {
        let mut desk = Desk::with(colleagues());
        for step in steps {
            happen(&mut desk, step);
        }
        desk.index_all();
        for query in &queries {
            let (hits, people) = desk.by_the_rule(query);
            for limits in [&GENEROUS, &BY_CONVERSATIONS, &IN_PIECES] {
                let found = desk.finds_within(query, limits);
                let found_hits: Vec<_> = found.hits.iter().map(|hit| hit.entry).collect();
                prop_assert_eq!(&found_hits, &hits, "{} {:?}", query, limits);
                prop_assert_eq!(found.reach, Reach::Every);
                let ids: Vec<_> = found.people.iter().map(|it| it.who.conversation).collect();
                prop_assert_eq!(&ids, &people, "{}", query);
            }
        }
    }

    #[test]
    fn an_index_that_was_kept_right_is_one_that_was_made_anew(
        steps in proptest::collection::vec(step(), 1..40),
    ) {
        let mut desk = Desk::with(colleagues());
        for step in steps {
            happen(&mut desk, step);
        }
        desk.index_all();
        let anew = desk.anew();
        anew.index_all();
        prop_assert_eq!(desk.index(), anew.index());
        let coverage = desk.finds_within("x", &GENEROUS).coverage;
        prop_assert_eq!(coverage, anew.finds_within("x", &GENEROUS).coverage);
        prop_assert!(coverage.is_whole());
    }
}
