//! What is found is what the rule says, whatever happened to the records before, and whichever way
//! it was found.

mod any;
mod thread;

use super::find::{Limits, find};
use super::{Merged, index_newest, is_crowded, merge_some};
use crate::cache::list::{self, agent_name, number_of};
use crate::cache::overlay::Overlay;
use crate::cache::testing::{
    Desk, NOON, agent_id, contact, conversation, conversation_id, entry, entry_id,
};
use crate::model::search::{Coverage, Found, Reach, SearchQuery};
use jiff::tz::TimeZone;
use smsdesk_common::entry::{Author, Entry};
use smsdesk_common::filter::{Said, Search, Viewpoint, last_activity, more_of};
use smsdesk_common::ids::{AgentId, ConversationId, EntryId};
use smsdesk_common::record::Record;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Everything at first sight.
const GENEROUS: Limits = Limits {
    hits: 10_000,
    at_first: 10_000,
    at_first_with_people: 10_000,
    few: 0,
    read: 0,
    at_most: 10_000,
};
/// By way of the conversations that can be meant.
const BY_CONVERSATIONS: Limits = Limits {
    at_first: 0,
    at_first_with_people: 0,
    few: 1_000,
    read: 10_000,
    ..GENEROUS
};
/// In two pieces, with the conversations known in between.
const IN_PIECES: Limits = Limits {
    at_first: 3,
    at_first_with_people: 3,
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
            .filter(|found| {
                let id = found.row.conversation.contact;
                let contact = overlay.contact(&self.records, id).unwrap();
                let more = contact.as_ref().map(more_of).unwrap_or_default();
                filter.means_person(&found.facts(), &more, &from)
            })
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
        Record::Contact(Box::new(contact(1, Some("María Álvarez")))),
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
    desk.commit([Record::Contact(Box::new(contact(1, Some("Mary"))))]);
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
fn people_are_found_by_what_was_written_down_of_them_as_long_as_it_stands() {
    let mut desk = maria();
    let mut known = contact(2, None);
    known.fields = [("gate code".to_owned(), "K4471".to_owned())].into();
    known.notes = Some("two dogs\nring twice".to_owned());
    desk.commit([Record::Contact(Box::new(known.clone()))]);
    for words in ["k4471", "dogs", "ring two", "5550002 dogs"] {
        assert_eq!(desk.people(words), [conversation_id(2)], "{words}");
    }
    known.notes = None;
    desk.commit([Record::Contact(Box::new(known.clone()))]);
    assert_eq!(desk.people("dogs"), []);
    assert_eq!(desk.people("k4471"), [conversation_id(2)]);
    desk.delete("contact", &known.id.to_string());
    assert_eq!(desk.people("k4471"), []);
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
        at_first_with_people: 4,
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
    assert!(
        !is_crowded(&desk.records).unwrap(),
        "what comes at once is one piece"
    );
}

#[test]
fn a_flood_leaves_few_pieces_and_all_of_it_is_found_when_it_is_over() {
    let mut desk = Desk::with([Record::Conversation(Box::new(conversation(1)))]);
    let mut arrived = 0;
    while !is_crowded(&desk.records).unwrap() {
        arrived += 1;
        assert!(arrived < 1_000, "each text is a piece of its own");
        let at = i64::try_from(arrived).unwrap();
        desk.commit([said(arrived, 1, at, "flood")]);
    }
    for n in arrived + 1..arrived + 10 {
        desk.commit([said(n, 1, i64::try_from(n).unwrap(), "flood")]);
    }
    let found = desk.finds_within("flood", &GENEROUS);
    assert_eq!(found.hits.len() as u64, arrived, "the rest waits");
    assert!(!found.coverage.is_whole());
    while merge_some(&desk.records).unwrap() == Merged::Some {}
    assert!(!is_crowded(&desk.records).unwrap());
    desk.index_all();
    let found = desk.finds_within("flood", &GENEROUS);
    assert_eq!(found.hits.len() as u64, arrived + 9);
    assert!(found.coverage.is_whole());
}
