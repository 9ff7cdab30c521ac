//! What is found is what the rule says, whatever happened to the records before, and whichever way
//! it was found.

use super::find::{Limits, find};
use super::{index_newest, index_people};
use crate::cache::drafts;
use crate::cache::list::{self, agent_name, number_of};
use crate::cache::overlay::Overlay;
use crate::cache::testing::{
    Desk, NOON, agent, agent_id, contact, contact_id, conversation, conversation_id, entry,
    entry_id, patch,
};
use crate::model::search::{Coverage, Found, Reach, SearchQuery};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::conversation::{ConversationStatus, Preview};
use smsdesk_common::entry::{Author, Direction, Entry, EntryKind};
use smsdesk_common::filter::{Said, Search, Viewpoint, last_activity};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId};
use smsdesk_common::media::Media;
use smsdesk_common::record::Record;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Everything at first sight.
const GENEROUS: Limits = Limits {
    hits: 10_000,
    at_first: 10_000,
    few: 0,
    read: 0,
    at_most: 10_000,
};
/// By way of the conversations that can be meant.
const BY_CONVERSATIONS: Limits = Limits {
    at_first: 0,
    few: 1_000,
    read: 10_000,
    ..GENEROUS
};
/// In two pieces, with the conversations known in between.
const IN_PIECES: Limits = Limits {
    at_first: 3,
    ..GENEROUS
};

fn from(me: Option<AgentId>) -> Viewpoint {
    Viewpoint {
        me,
        now: NOON,
        zone: TimeZone::UTC,
    }
}

impl Desk {
    fn finds_within(&self, text: &str, limits: &Limits) -> Found {
        let query = SearchQuery {
            number: 1,
            text: text.to_owned(),
        };
        let from = from(Some(agent_id(1)));
        let found = find(self.shelves(), query, &from, limits, &|| true);
        found.unwrap().expect("nobody stops it")
    }

    fn finds(&self, text: &str) -> Vec<EntryId> {
        let found = self.finds_within(text, &Limits::USUAL);
        found.hits.iter().map(|hit| hit.entry).collect()
    }

    fn people(&self, text: &str) -> Vec<ConversationId> {
        let found = self.finds_within(text, &Limits::USUAL);
        let ids = found.people.iter().map(|person| person.who.conversation);
        ids.collect()
    }

    fn index_all(&self) {
        while index_newest(&self.records, 2).unwrap() > 0 {}
    }

    fn stored<T: serde::de::DeserializeOwned>(&self, table: &str) -> Vec<T> {
        let sql = format!("SELECT body FROM records JOIN {table} AS own ON own.n = records.n");
        let mut statement = self.records.prepare(&sql).unwrap();
        let bodies = statement.query_map((), |row| row.get::<_, String>(0));
        let bodies = bodies.unwrap().map(Result::unwrap);
        bodies
            .map(|body| serde_json::from_str(&body).unwrap())
            .collect()
    }

    /// What the rule says, entry by entry.
    fn by_the_rule(&self, text: &str) -> (Vec<EntryId>, Vec<ConversationId>) {
        let filter = Search::read(text).filter;
        if filter.is_nothing() {
            return (Vec::new(), Vec::new());
        }
        let from = from(Some(agent_id(1)));
        let overlay = Overlay::load(&self.records, &self.outbox).unwrap();
        let found = |id| {
            let n = number_of(&self.records, id).unwrap()?;
            Some(list::row(self.shelves(), n, from.me, &overlay).unwrap())
        };
        let mut hits: Vec<Entry> = self.stored("entry");
        hits.retain(|entry| {
            let Some(found) = found(entry.conversation) else {
                return false;
            };
            let facts = found.facts();
            let author = match entry.author {
                Author::Agent(id) => agent_name(&self.records, id).unwrap(),
                _ => None,
            };
            let ends = (&facts.conversation.address, &facts.conversation.line);
            let said = Said::of(entry, author.as_deref(), facts.name, ends);
            filter.means(&said, &entry.body, &facts, &from)
        });
        hits.sort_by_key(|entry| Reverse((entry.at, entry.position)));
        let conversations: Vec<smsdesk_common::conversation::Conversation> =
            self.stored("conversation");
        let mut people: Vec<_> = conversations
            .iter()
            .filter_map(|conversation| found(conversation.id))
            .filter(|found| filter.means_person(&found.facts(), &from))
            .map(|found| {
                (
                    Reverse(last_activity(&found.row.conversation)),
                    found.row.conversation.id,
                )
            })
            .collect();
        people.sort_unstable();
        let people = people.into_iter().map(|(_, id)| id).collect();
        (hits.iter().map(|entry| entry.id).collect(), people)
    }

    /// Everything that the index says: of which entry or person, which token at which place.
    fn index(&self) -> BTreeSet<(String, String, String, i64)> {
        self.records
            .execute_batch(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.said_all
                     USING fts5vocab(main, said, instance);
                 CREATE VIRTUAL TABLE IF NOT EXISTS temp.who_all
                     USING fts5vocab(main, who, instance);",
            )
            .unwrap();
        let mut statement = self
            .records
            .prepare(
                "SELECT record.id, term, col, offset FROM temp.said_all AS it
                 LEFT JOIN search_place AS found ON found.place = it.doc
                 LEFT JOIN records AS record ON record.n = found.n
                 UNION ALL
                 SELECT record.id, term, col, offset FROM temp.who_all AS it
                 LEFT JOIN records AS record ON record.n = it.doc",
            )
            .unwrap();
        let rows = statement.query_map((), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// The same records, put into an empty copy at once.
    fn anew(&self) -> Self {
        let mut all: Vec<Record> = Vec::new();
        all.extend(self.stored("agent").into_iter().map(Record::Agent));
        all.extend(self.stored("contact").into_iter().map(Record::Contact));
        let boxed = |it| Record::Conversation(Box::new(it));
        all.extend(self.stored("conversation").into_iter().map(boxed));
        let boxed = |it| Record::Entry(Box::new(it));
        all.extend(self.stored("entry").into_iter().map(boxed));
        Self::with(all)
    }
}

fn said(n: u64, conversation: u64, minutes: i64, body: &str) -> Record {
    let body = body.to_owned();
    Record::Entry(Box::new(Entry {
        body,
        ..entry(n, conversation, minutes)
    }))
}

fn maria() -> Desk {
    Desk::with([
        Record::Contact(contact(1, Some("María Álvarez"))),
        Record::Conversation(Box::new(conversation(1))),
        Record::Conversation(Box::new(conversation(2))),
        said(1, 1, 1, "is the Plumber still coming?"),
        said(2, 2, 2, "the plumbers came, 謝謝你"),
        said(3, 1, 3, "call me at (239) 426-7058"),
    ])
}

#[test]
fn words_are_found_newest_first_by_their_beginnings_and_numbers_by_any_part() {
    let desk = maria();
    assert_eq!(desk.finds("plumb"), [entry_id(2), entry_id(1)]);
    assert_eq!(desk.finds("pl"), [entry_id(2), entry_id(1)]);
    assert_eq!(desk.finds("plumber coming"), [entry_id(1)]);
    assert_eq!(desk.finds("plumber -coming"), [entry_id(2)]);
    assert_eq!(desk.finds("\"the plumber\""), [entry_id(2), entry_id(1)]);
    assert_eq!(desk.finds("4267"), [entry_id(3)]);
    assert_eq!(desk.finds("謝你"), [entry_id(2)]);
    assert_eq!(desk.finds("from:alvarez plumber"), [entry_id(1)]);
    assert_eq!(desk.finds("lumber").len(), 0);
    assert_eq!(desk.people("alv"), [conversation_id(1)]);
    assert_eq!(desk.people("5550002"), [conversation_id(2)]);
}

#[test]
fn what_the_index_would_read_as_syntax_is_words() {
    let mut desk = maria();
    desk.commit([said(4, 2, 4, "this OR that AND near NOT far*")]);
    for typed in [
        "this OR that",
        "far*",
        "near NOT",
        "(this",
        "\"that and",
        "^this",
        "words:this",
    ] {
        let expected = usize::from(typed != "words:this");
        assert_eq!(desk.finds(typed).len(), expected, "{typed}");
    }
    assert_eq!(desk.finds("plumber OR call").len(), 0);
    assert_eq!(desk.finds("?!"), []);
}

#[test]
fn a_text_that_changed_or_went_is_not_found_by_what_it_said() {
    let mut desk = maria();
    desk.commit([said(1, 1, 1, "[redacted]")]);
    assert_eq!(desk.finds("plumber"), [entry_id(2)]);
    assert_eq!(desk.finds("redacted"), [entry_id(1)]);
    desk.delete("entry", &entry_id(2).to_string());
    assert_eq!(desk.finds("plumber"), []);
    desk.commit([Record::Contact(contact(1, Some("Mary")))]);
    assert_eq!(desk.people("alv"), []);
    assert_eq!(desk.people("mary"), [conversation_id(1)]);
    let coverage = desk.finds_within("x", &GENEROUS).coverage;
    let whole = Coverage {
        indexed: 2,
        entries: 2,
    };
    assert_eq!(coverage, whole);
}

#[test]
fn a_new_status_indexes_nothing_again() {
    let mut desk = maria();
    let place = |desk: &Desk| -> i64 {
        let sql = "SELECT max(place) FROM search_place";
        desk.records.query_row(sql, (), |row| row.get(0)).unwrap()
    };
    let before = (place(&desk), desk.records.total_changes());
    desk.commit([said(3, 1, 3, "call me at (239) 426-7058")]);
    assert_eq!(place(&desk), before.0);
    // Record, entry and cursor.
    assert_eq!(desk.records.total_changes() - before.1, 3);
}

#[test]
fn there_is_an_end_to_every_look_and_it_is_told() {
    let mut desk = maria();
    desk.commit((10..40).map(|n| said(n, 2, i64::try_from(n).unwrap(), "plumber")));
    let tight = Limits {
        hits: 5,
        at_first: 4,
        few: 1,
        read: 1,
        at_most: 10,
    };
    let found = desk.finds_within("plumber", &tight);
    assert_eq!((found.hits.len(), found.reach), (5, Reach::First));
    assert_eq!(found.hits[0].entry, entry_id(39));
    let found = desk.finds_within("plumber from:maria", &tight);
    assert_eq!((found.hits.len(), found.reach), (0, Reach::Among(14)));
    let roomy = Limits { read: 10, ..tight };
    let found = desk.finds_within("plumber from:maria", &roomy);
    assert_eq!((found.hits.len(), found.reach), (1, Reach::Every));
}

#[test]
fn a_search_ends_where_nobody_waits() {
    let desk = maria();
    let query = SearchQuery {
        number: 1,
        text: "plumber".to_owned(),
    };
    let found = find(desk.shelves(), query, &from(None), &GENEROUS, &|| false);
    assert_eq!(found.unwrap(), None);
}

#[test]
fn many_texts_of_one_moment_all_have_their_places() {
    let mut desk = Desk::with([Record::Conversation(Box::new(conversation(1)))]);
    desk.commit((1..200).map(|n| said(n, 1, 0, "at once")));
    desk.delete("entry", &entry_id(7).to_string());
    desk.commit((200..260).map(|n| said(n, 1, 0, "at once")));
    let found = desk.finds_within("once", &GENEROUS);
    assert_eq!(found.hits.len(), 258);
}

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
    Name(u64, String),
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
        2 => (one(), words()).prop_map(|(n, name)| Step::Name(n, name)),
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
            _ => Author::Automation("away".to_owned()),
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
        Step::Name(n, name) => {
            desk.commit([Record::Contact(contact(n, Some(&name)))]);
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
            drafts::save(&desk.outbox, conversation_id(n), "typed", NOON).unwrap();
        }
        Step::Index(count) => {
            index_people(&desk.records).unwrap();
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
