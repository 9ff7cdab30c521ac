//! Listings without an index: found by SQL, kept right one by one, and always what the rule of
//! filters says.

use super::*;
use crate::cache::testing::patch;
use crate::model::list::ListRow;
use crate::model::listing::ViewNumber;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::contact::{Contact, OptOut};
use smsdesk_common::entry::Author;
use smsdesk_common::filter::{Facts, Filter, fold, last_activity};
use smsdesk_common::phone::Address;

fn filter(text: &str) -> Filter {
    Filter::parse(text).unwrap()
}

fn everything(text: &str, sorting: Sorting) -> ListQuery {
    ListQuery::Range {
        listing: Listing {
            view: View::All,
            narrowed: filter(text),
            sorting,
        },
        start: 0,
        limit: LIST_ROWS_MAX,
    }
}

impl Desk {
    fn asks(&self, picks: &mut Picks, query: &ListQuery, look: &Look) -> ListSlice {
        list(self.shelves(), picks, query, look).unwrap()
    }

    /// As the contact's record says.
    fn is_opted_out(&self, conversation: &Conversation) -> bool {
        let body: Option<String> = self
            .records
            .query_row(
                "SELECT record.body FROM contact AS own JOIN records AS record ON record.n = own.n
                 WHERE own.id = ?1",
                [conversation.contact.0.as_bytes()],
                |row| row.get(0),
            )
            .optional()
            .unwrap();
        let contact: Option<Contact> = body.map(|body| stored_record(&body).unwrap());
        contact.is_some_and(|it| {
            it.opt_out(&conversation.address, &conversation.line)
                .is_some()
        })
    }

    /// Every row of the desk, and the owners' names.
    fn all(&self) -> Vec<(ListRow, Option<String>)> {
        let slice = self.ask(&everything("", Sorting::LongestWait));
        let named = |row: ListRow| {
            let owner = row.conversation.assignee;
            let name = owner.and_then(|owner| agent_name(&self.records, owner).unwrap());
            (row, name)
        };
        slice.rows.into_iter().map(named).collect()
    }
}

/// What the rule says, one by one, in the order.
fn by_the_rule(desk: &Desk, text: &str, sorting: Sorting, look: &Look) -> Vec<ConversationId> {
    let filter = filter(text);
    let mut rows = desk.all();
    rows.retain(|(row, owner)| {
        let last = row.conversation.last.as_ref();
        let speaker = match last.map(|last| &last.author) {
            Some(Author::Agent(id)) => agent_name(&desk.records, *id).unwrap(),
            _ => None,
        };
        let facts = Facts {
            conversation: &row.conversation,
            name: row.name.as_deref(),
            owner: owner.as_deref(),
            unread: row.unread,
            has_draft: row.has_draft,
            opted_out: desk.is_opted_out(&row.conversation),
            speaker: speaker.as_deref(),
        };
        filter.matches(&facts, &look.from)
    });
    let id = |row: &ListRow| row.conversation.id;
    let last = |row: &ListRow| last_activity(&row.conversation).as_millis();
    match sorting {
        // As they come from the index.
        Sorting::LongestWait => {}
        Sorting::Newest => rows.sort_by_key(|(row, _)| (-last(row), id(row))),
        Sorting::Oldest => rows.sort_by_key(|(row, _)| (last(row), id(row))),
        Sorting::Name => rows.sort_by_key(|(row, _)| {
            let name = fold(row.name.as_deref().unwrap_or_default());
            let number = row.conversation.address.as_str().to_owned();
            let text = if name.is_empty() {
                number
            } else {
                name.clone()
            };
            (name.is_empty(), text, id(row))
        }),
    }
    rows.iter().map(|(row, _)| id(row)).collect()
}

/// A desk with a bit of everything, decided by a few numbers.
fn made(kinds: &[(u8, u8, u8)]) -> Vec<Record> {
    let names = [None, Some("María Álvarez"), Some("Bo"), Some("Zoë 239")];
    let labels: [&[&str]; 4] = [&[], &["Billing"], &["Billing", "VIP"], &["new customer"]];
    let mut records = vec![
        Record::Agent(agent(1, "Ana Lovelace")),
        Record::Agent(agent(2, "Bo Chen")),
    ];
    for (n, (one, two, three)) in (0..).zip(kinds) {
        let mut conversation = last_at(conversation(n), -60 * i64::from(*two));
        conversation.status = match one % 4 {
            0 => ConversationStatus::Done,
            1 => ConversationStatus::Snoozed,
            _ => ConversationStatus::Open,
        };
        conversation.assignee = [None, Some(agent_id(1)), Some(agent_id(2))][usize::from(one % 3)];
        conversation.flagged = two % 2 == 0;
        conversation.inbound_total = u32::from(three % 3);
        let minutes = i64::from(*three) * 10;
        conversation.waiting_since = (two % 3 == 0).then(|| NOON.plus_millis(-minutes * 60_000));
        conversation.labels = labels[usize::from(three % 4)]
            .iter()
            .map(|&l| l.into())
            .collect();
        if let Some(last) = &mut conversation.last {
            last.text = ["Größe?", "call +1 239", "invoice", ""][usize::from(two % 4)].into();
            last.media = u32::from(three % 2);
            if one % 5 > 1 {
                last.direction = Direction::Outbound;
                last.author = Author::Agent(agent_id(u64::from(one % 3)));
            }
        }
        let mut contact = contact(n, names[usize::from(one % 4)]);
        let elsewhere = Address::from_twilio("+15550000000").unwrap();
        let line = [
            Some(conversation.line.clone()),
            None,
            Some(elsewhere.clone()),
        ];
        if let Some(line) = line.get(usize::from(two % 6)) {
            let address = match three % 7 {
                0 => elsewhere,
                _ => conversation.address.clone(),
            };
            contact.opt_outs.push(OptOut {
                address,
                line: line.clone(),
                since: NOON,
                means: None,
            });
        }
        // Whichever comes first, the name is found.
        if n % 2 == 0 {
            records.extend([Record::Contact(Box::new(contact)), boxed(conversation)]);
        } else {
            records.extend([boxed(conversation), Record::Contact(Box::new(contact))]);
        }
        if three % 5 == 0 {
            records.push(Record::ReadMarker(marker(1, n, 1, 1)));
        }
    }
    records
}

const FILTERS: &[&str] = &[
    "",
    "is:open",
    "is:done",
    "is:snoozed",
    "is:flagged",
    "is:unread",
    "is:waiting",
    "is:optedout",
    "assignee:me",
    "assignee:none",
    "assignee:bo",
    "assignee:nobody",
    "label:billing",
    "label:\"New Customer\"",
    "label:bill",
    "waiting:>30m",
    "waiting:<2h",
    "line:+1555",
    "line:\"712-2661\"",
    "line:9999",
    "before:2026-11-20",
    "after:2026-11-20",
    "has:draft",
    "has:media",
    "from:me",
    "from:bo",
    "from:maria",
    "from:305555",
    "to:305555",
    "to:712",
    "alvarez",
    "BO",
    "grosse",
    "239",
    "+1305",
    "\"5550\"",
    "\"o\"",
];

fn any_filter() -> impl Strategy<Value = String> {
    let term = (proptest::sample::select(FILTERS), any::<bool>()).prop_map(|(term, not)| {
        match not && !term.is_empty() {
            true => format!("-{term}"),
            false => term.to_owned(),
        }
    });
    proptest::collection::vec(term, 1..4).prop_map(|terms| terms.join(" "))
}

fn kinds() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    proptest::collection::vec((0u8..12, 0u8..36, 0u8..20), 1..25)
}

/// What happens to a conversation.
#[derive(Clone, Debug)]
enum Step {
    Record(u8, u8, u8),
    Rename(Option<&'static str>),
    Delete,
    Draft,
    NoDraft,
    Read,
    Done,
    Label,
    Time,
}

fn any_step() -> impl Strategy<Value = (u64, Step)> {
    let step = prop_oneof![
        3 => (0u8..12, 0u8..36, 0u8..20).prop_map(|(a, b, c)| Step::Record(a, b, c)),
        1 => Just(Step::Rename(Some("Bo Alvarez"))),
        1 => Just(Step::Rename(None)),
        1 => Just(Step::Delete),
        1 => Just(Step::Draft),
        1 => Just(Step::NoDraft),
        1 => Just(Step::Read),
        1 => Just(Step::Done),
        1 => Just(Step::Label),
        1 => Just(Step::Time),
    ];
    (0u64..25, step)
}

fn take(desk: &mut Desk, picks: &mut Picks, look: &mut Look, (n, step): (u64, Step), id: u128) {
    let one = conversation_id(n);
    match step {
        Step::Record(a, b, c) => {
            let mut record = made(&[(a, b, c)])
                .into_iter()
                .find_map(|record| match record {
                    Record::Conversation(conversation) => Some(*conversation),
                    _ => None,
                });
            let mut record = record.take().unwrap();
            record.id = one;
            record.contact = contact(n, None).id;
            let touched = desk.commit([boxed(record)]);
            picks.touch(&touched);
        }
        Step::Rename(name) => {
            picks.touch(&desk.commit([Record::Contact(Box::new(contact(n, name)))]));
        }
        Step::Delete => picks.touch(&desk.delete("conversation", &one.0.to_string())),
        Step::Draft => drafts::TEXTS
            .save(&desk.outbox, one, "I will", NOON)
            .unwrap(),
        Step::NoDraft => drafts::TEXTS.save(&desk.outbox, one, "", NOON).unwrap(),
        Step::Read => desk.submit(Request::Read {
            id: RequestId(Uuid::from_u128(id)),
            conversation: one,
            position: Seq(30),
            inbound_read: 5,
        }),
        Step::Done => desk.patch(
            n,
            Patch {
                status: Some(ConversationStatus::Done),
                ..patch(id)
            },
        ),
        Step::Label => desk.patch(
            n,
            Patch {
                labels: Some(vec!["billing".to_owned()]),
                ..patch(id)
            },
        ),
        Step::Time => look.from.now = look.from.now.plus_millis(40 * 60_000),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_found_by_sql_is_what_the_rule_says(
        kinds in kinds(),
        text in any_filter(),
        sorting in proptest::sample::select(Sorting::ALL.as_slice()),
        draft in 0u64..30,
        done in 0u64..30,
    ) {
        let mut desk = Desk::with(made(&kinds));
        drafts::TEXTS.save(&desk.outbox, conversation_id(draft), "I will", NOON).unwrap();
        take(&mut desk, &mut Picks::default(), &mut look(), (done, Step::Done), 1);
        let expected = by_the_rule(&desk, &text, sorting, &look());
        let slice = desk.ask(&everything(&text, sorting));
        prop_assert_eq!(slice.total as usize, expected.len());
        prop_assert_eq!(ids(&slice), expected);
    }

    #[test]
    fn what_is_kept_is_what_would_be_found_anew_whatever_happens(
        kinds in kinds(),
        texts in proptest::collection::vec(any_filter(), 2),
        sorting in proptest::sample::select(Sorting::ALL.as_slice()),
        steps in proptest::collection::vec(any_step(), 1..20),
    ) {
        let mut desk = Desk::with(made(&kinds));
        let saved = SavedView { name: "A".into(), filter: filter(&texts[0]), sorting };
        let mut look = Look::new(look().from, [saved].into());
        let mut picks = Picks::default();
        let query = everything(&texts[1], sorting);
        for (id, step) in (1..).zip(steps) {
            desk.asks(&mut picks, &query, &look);
            take(&mut desk, &mut picks, &mut look, step, id);
            let slice = desk.asks(&mut picks, &query, &look);
            prop_assert_eq!(ids(&slice), by_the_rule(&desk, &texts[1], sorting, &look));
            let counted = by_the_rule(&desk, &texts[0], sorting, &look).len();
            prop_assert_eq!(slice.saved[0] as usize, counted);
        }
    }

    #[test]
    fn a_built_in_view_is_what_its_filter_says(kinds in kinds(), done in 0u64..30) {
        let mut desk = Desk::with(made(&kinds));
        take(&mut desk, &mut Picks::default(), &mut look(), (done, Step::Done), 1);
        for view in View::ALL {
            let text = view.filter().to_string();
            let expected = by_the_rule(&desk, &text, Sorting::LongestWait, &look());
            prop_assert_eq!(desk.view(view), expected, "{:?}", view);
        }
    }
}

#[test]
fn a_part_around_a_conversation_is_a_part_of_what_is_picked() {
    let desk = Desk::with((0..30).map(|n| boxed(last_at(conversation(n), n.cast_signed()))));
    let listing = Listing {
        view: View::Inbox,
        narrowed: Filter::default(),
        sorting: Sorting::Newest,
    };
    let slice = desk.ask(&ListQuery::Around {
        listing: listing.clone(),
        conversation: conversation_id(20),
        limit: 4,
    });
    assert_eq!(ids(&slice), [22, 21, 20, 19].map(conversation_id));
    assert_eq!((slice.start, slice.total), (7, 30));
    let beyond = desk.ask(&ListQuery::Range {
        listing: listing.clone(),
        start: 90,
        limit: 2,
    });
    assert_eq!(ids(&beyond), [1, 0].map(conversation_id));
    assert_eq!((beyond.start, beyond.listing), (28, listing));
}

#[test]
fn a_view_of_ones_own_is_shown_narrowed_and_counted_as_it_is() {
    let labelled = |n, labels: &[&str]| {
        boxed(Conversation {
            labels: labels.iter().map(|&label| label.to_owned()).collect(),
            ..conversation(n)
        })
    };
    let desk = Desk::with([
        labelled(1, &["billing"]),
        labelled(2, &["billing", "vip"]),
        labelled(3, &["vip"]),
    ]);
    let saved = SavedView {
        name: "Billing".to_owned(),
        filter: filter("label:billing"),
        sorting: Sorting::Name,
    };
    let look = Look::new(look().from, [saved].into());
    let mut listing: Listing = View::Saved(ViewNumber::new(1).unwrap()).into();
    let mut picks = Picks::default();
    let mut shows = |listing: &Listing| {
        let query = ListQuery::Range {
            listing: listing.clone(),
            start: 0,
            limit: 9,
        };
        let slice = desk.asks(&mut picks, &query, &look);
        (ids(&slice), slice.saved)
    };
    assert_eq!(
        shows(&listing),
        ([1, 2].map(conversation_id).into(), vec![2])
    );
    listing.narrowed = filter("label:vip");
    assert_eq!(shows(&listing), (vec![conversation_id(2)], vec![2]));
}
