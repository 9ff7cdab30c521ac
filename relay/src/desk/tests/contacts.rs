use super::*;
use crate::desk::contact::{edit, import, merge, remove};
use crate::store::sql::Tx;
use crate::store::{contacts, verify};
use proptest::prelude::*;
use smsdesk_common::activity::{Activity, ContactChange};
use smsdesk_common::api::contacts::{
    Details, ImportContacts, ImportRow, Imported, MergeContacts, NewContact, OnExisting,
    PatchContact, UnmergeContacts,
};
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::Conversation;
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::Region;
use smsdesk_common::record::Record;

const BO: &str = "+13055550142";
const LONDON_LANDLINE: &str = "+442083661177";

fn home() -> Region {
    "US".parse().unwrap()
}

fn contact_id(n: u128) -> ContactId {
    ContactId(Uuid::from_u128(n))
}

fn request(n: u128) -> RequestId {
    RequestId(Uuid::from_u128(n))
}

fn details(name: &str, addresses: &[&str]) -> Details {
    Details {
        name: Some(name.to_owned()),
        addresses: addresses.iter().map(|it| (*it).to_owned()).collect(),
        ..Details::default()
    }
}

fn renamed(n: u128, name: &str) -> PatchContact {
    PatchContact {
        name: Update::Set(name.to_owned()),
        ..PatchContact::new(request(n))
    }
}

fn code(error: &DeskError) -> ErrorCode {
    match error {
        DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => *code,
        error => panic!("{error}"),
    }
}

impl World {
    async fn do_it<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut dyn Tx, &Agent) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let ana = self.ana.clone();
        self.store.write(move |tx| job(tx, &ana)).await
    }

    async fn create(&self, n: u128, details: Details) -> Result<edit::Made, DeskError> {
        let new = NewContact {
            id: Some(contact_id(n)),
            details,
        };
        self.do_it(move |tx, ana| edit::create(tx, ana, &new, home()))
            .await
    }

    async fn change(&self, id: ContactId, patch: PatchContact) -> Result<Contact, DeskError> {
        self.do_it(move |tx, ana| edit::patch(tx, ana, id, &patch, home()))
            .await
    }

    async fn take_in(&self, id: ContactId, other: ContactId) -> Result<Contact, DeskError> {
        let asked = MergeContacts {
            id: request(70),
            other,
            if_seq: None,
        };
        self.do_it(move |tx, ana| merge::merge(tx, ana, id, &asked))
            .await
    }

    async fn take_back(&self, id: ContactId, n: u128) -> Result<[Contact; 2], DeskError> {
        let asked = UnmergeContacts {
            id: request(n),
            merge: request(70),
        };
        self.do_it(move |tx, ana| merge::unmerge(tx, ana, id, &asked))
            .await
    }

    async fn forget(&self, id: ContactId) -> Result<Option<Contact>, DeskError> {
        self.do_it(move |tx, ana| remove::remove(tx, ana, id)).await
    }

    async fn import(&self, part: ImportContacts) -> Imported {
        self.do_it(move |tx, ana| import::import(tx, ana, &part, home()))
            .await
            .unwrap()
    }

    async fn contact(&self, id: ContactId) -> Option<Contact> {
        let found = self.store.read(move |reads| contacts::find(reads, id));
        found.await.unwrap()
    }

    async fn conversations(&self) -> Vec<Conversation> {
        let page = self
            .store
            .read(|reads| conversations::page(reads, None, &Filter::default(), 10));
        page.await.unwrap()
    }

    async fn told(&self, conversation: ConversationId) -> Vec<String> {
        let mut entries = self.entries(conversation).await;
        entries.retain(|entry| entry.entry_kind == EntryKind::Activity);
        entries.reverse();
        entries.into_iter().map(|entry| entry.body).collect()
    }

    async fn is_sound(&self) {
        let report = self.store.read(|reads| verify::walk(reads, true));
        assert_eq!(report.await.unwrap().findings, []);
    }
}

fn to(number: &str, id: u128) -> Outgoing {
    Outgoing {
        recipient: Recipient::Address {
            to: Address::from_twilio(number).unwrap(),
            line: None,
            open: None,
        },
        ..to_maria(id, "hello")
    }
}

#[tokio::test]
async fn a_name_is_told_in_the_conversations_of_the_person_and_once() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let held = world.only_conversation().await;
    let named = world.change(held.contact, renamed(1, " Maria ")).await;
    let named = named.unwrap();
    assert_eq!(named.name.as_deref(), Some("Maria"));
    assert_eq!(named.place.city.as_deref(), Some("NAPLES"));
    let again = world.change(held.contact, renamed(1, " Maria ")).await;
    assert_eq!(again.unwrap(), named);
    let same = world.change(held.contact, renamed(2, "Maria")).await;
    assert_eq!(same.unwrap().seq, named.seq, "nothing to change");
    let reused = world.change(held.contact, renamed(1, "Bo")).await;
    assert_eq!(code(&reused.unwrap_err()), ErrorCode::IdReused);
    assert_eq!(world.told(held.id).await, ["named the contact Maria"]);
    let entries = world.entries(held.id).await;
    let change = ContactChange::Name {
        from: None,
        to: Some("Maria".to_owned()),
    };
    assert_eq!(entries[0].activity, [Activity::Contact { change }]);
    assert!(entries[0].seq < named.seq);
    world.is_sound().await;
}

#[tokio::test]
async fn what_a_contact_cannot_be_is_refused_in_words() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let maria = world.only_conversation().await.contact;
    world.create(5, details("Bo", &[BO])).await.unwrap();
    let addresses = |list: &[&str]| PatchContact {
        addresses: Some(list.iter().map(|it| (*it).to_owned()).collect()),
        ..PatchContact::new(request(1))
    };
    let zone = PatchContact {
        time_zone: Update::Set("Europe/Atlantis".to_owned()),
        ..PatchContact::new(request(1))
    };
    let late = PatchContact {
        if_seq: Some(Seq(1)),
        ..renamed(1, "Maria")
    };
    for (patch, expected) in [
        (PatchContact::new(request(1)), ErrorCode::PatchEmpty),
        (renamed(1, ""), ErrorCode::ContactInvalid),
        (zone, ErrorCode::ContactInvalid),
        (addresses(&[]), ErrorCode::ContactInvalid),
        (addresses(&[MARIA, "12"]), ErrorCode::ToInvalid),
        (
            addresses(&[MARIA, "(305) 555-0142"]),
            ErrorCode::AddressTaken,
        ),
        (addresses(&["+447911123456"]), ErrorCode::AddressInUse),
        (late, ErrorCode::ContactChanged),
    ] {
        let error = world.change(maria, patch).await.unwrap_err();
        assert_eq!(code(&error), expected, "{error}");
    }
    let taken = world
        .create(6, details("Bo again", &["305-555-0142"]))
        .await;
    let DeskError::Conflict { current, .. } = taken.unwrap_err() else {
        panic!("expected the contact that has it");
    };
    let held = world.contact(contact_id(5)).await.unwrap();
    assert_eq!(*current, Record::Contact(Box::new(held)));
    let unknown = world.change(contact_id(9), renamed(9, "x")).await;
    assert_eq!(code(&unknown.unwrap_err()), ErrorCode::ContactUnknown);
    assert_eq!(world.contact(maria).await.unwrap().name, None);
}

#[tokio::test]
async fn merged_contacts_share_a_name_and_keep_their_conversations_until_it_is_taken_back() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.send(to(BO, 1)).await.unwrap();
    let held = world.conversations().await;
    let (bo, maria) = (held[0].clone(), held[1].clone());
    world
        .change(maria.contact, renamed(11, "Maria"))
        .await
        .unwrap();
    let kept = world.take_in(maria.contact, bo.contact).await.unwrap();
    assert_eq!(kept.addresses.len(), 2);
    assert_eq!(
        world.take_in(maria.contact, bo.contact).await.unwrap(),
        kept
    );
    assert_eq!(world.contact(bo.contact).await, None);
    let held = world.conversations().await;
    assert!(held.iter().all(|it| it.contact == maria.contact));
    let ids: std::collections::BTreeSet<_> = held.iter().map(|it| it.id).collect();
    assert_eq!(ids, [maria.id, bo.id].into());
    assert_eq!(world.told(bo.id).await, ["merged the contact with another"]);
    world.is_sound().await;

    world
        .change(maria.contact, renamed(12, "Maria Diaz"))
        .await
        .unwrap();
    let [now, other] = world.take_back(maria.contact, 71).await.unwrap();
    assert_eq!(now.name.as_deref(), Some("Maria Diaz"), "changed since");
    assert_eq!((other.id, other.name.as_deref()), (bo.contact, None));
    assert_eq!(other.addresses[0].as_str(), BO);
    assert!(world.take_back(maria.contact, 71).await.is_ok(), "a repeat");
    let twice = world.take_back(maria.contact, 72).await.unwrap_err();
    assert_eq!(code(&twice), ErrorCode::MergeUnknown);
    for conversation in world.conversations().await {
        let expected = if conversation.id == bo.id {
            bo.contact
        } else {
            maria.contact
        };
        assert_eq!(conversation.contact, expected);
    }
    world.is_sound().await;
}

#[tokio::test]
async fn a_forgotten_contact_leaves_its_conversation_and_its_number() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let held = world.only_conversation().await;
    let more = PatchContact {
        addresses: Some(vec![MARIA.to_owned(), BO.to_owned()]),
        notes: Update::Set("rings twice".to_owned()),
        ..renamed(1, "Maria")
    };
    world.change(held.contact, more).await.unwrap();
    let left = world.forget(held.contact).await.unwrap().unwrap();
    assert!(left.is_blank());
    assert_eq!(left.addresses.len(), 1, "{:?}", left.addresses);
    assert_eq!(world.forget(held.contact).await.unwrap(), Some(left));
    assert_eq!(world.only_conversation().await.id, held.id);
    world.create(5, details("Bo", &[BO])).await.unwrap();
    assert_eq!(world.forget(contact_id(5)).await.unwrap(), None);
    assert_eq!(world.forget(contact_id(5)).await.unwrap(), None, "a repeat");
    let never = world.forget(contact_id(6)).await.unwrap_err();
    assert_eq!(code(&never), ErrorCode::ContactUnknown);
    world.is_sound().await;
}

fn row(n: u32, name: &str, number: &str) -> ImportRow {
    ImportRow {
        row: n,
        id: contact_id(u128::from(n)),
        details: details(name, &[number]),
    }
}

fn part(rows: Vec<ImportRow>) -> ImportContacts {
    ImportContacts {
        rows,
        ..ImportContacts::default()
    }
}

#[tokio::test]
async fn each_row_of_a_list_is_taken_or_refused_by_itself() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let held = world.only_conversation().await;
    world.create(50, details("Bo", &[BO])).await.unwrap();
    let list = part(vec![
        row(2, "Maria", "(239) 426-7058"),
        row(3, "Chen", "+447911123456"),
        row(4, "Chen again", "+44 7911 123456"),
        row(5, "Robert", BO),
        row(6, "Nobody", "12"),
        row(7, " ", "+447911123457"),
    ]);
    let dry = ImportContacts {
        dry_run: true,
        ..list.clone()
    };
    let looked = world.import(dry).await;
    assert_eq!(world.contact(contact_id(3)).await, None, "only looked");
    let brought = world.import(list.clone()).await;
    assert_eq!(brought, looked);
    assert_eq!((brought.added, brought.updated), (1, 1));
    let refused: Vec<_> = brought.refused.iter().map(|it| (it.row, it.code)).collect();
    let expected = [
        (4, ErrorCode::AddressTaken),
        (5, ErrorCode::AddressTaken),
        (6, ErrorCode::ToInvalid),
        (7, ErrorCode::ContactInvalid),
    ];
    assert_eq!(refused, expected);
    let maria = world.contact(held.contact).await.unwrap();
    assert_eq!(maria.name.as_deref(), Some("Maria"), "it had no name");
    let head = world.store.hub().head();
    let again = world.import(list).await;
    assert_eq!((again.added, again.updated, again.unchanged), (0, 0, 2));
    assert_eq!(world.store.hub().head(), head);
    let over = ImportContacts {
        on_existing: OnExisting::Update,
        ..part(vec![row(5, "Robert", BO)])
    };
    assert_eq!(world.import(over).await.updated, 1);
    let bo = world.contact(contact_id(50)).await.unwrap();
    assert_eq!(bo.name.as_deref(), Some("Robert"));
    world.is_sound().await;
}

#[tokio::test]
async fn a_landline_costs_nothing_unless_somebody_says_so() {
    let world = world().await;
    let error = world.send(to(LONDON_LANDLINE, 1)).await.unwrap_err();
    assert_eq!(code(&error), ErrorCode::ToLandline);
    assert_eq!(world.conversations().await, [], "nothing was stored");
    let sure = Outgoing {
        confirmed: true,
        ..to(LONDON_LANDLINE, 1)
    };
    assert!(world.send(sure).await.is_ok());
    assert!(
        world.send(to(MARIA, 2)).await.is_ok(),
        "either kind in America"
    );
}

#[tokio::test]
async fn a_number_that_no_text_reached_is_not_paid_for_again_until_it_writes() {
    let world = world().await;
    world.send(to_maria(1, "one")).await.unwrap();
    let entry = Some(EntryId(Uuid::from_u128(1)));
    world
        .report(callback(7, "undelivered", "30006"), entry)
        .await;
    let error = world.send(to_maria(2, "two")).await.unwrap_err();
    assert_eq!(code(&error), ErrorCode::ToUnreachable);
    let sure = Outgoing {
        confirmed: true,
        ..to_maria(2, "two")
    };
    world.send(sure).await.unwrap();
    world.receive(inbound(1, "hi")).await;
    assert!(world.send(to_maria(3, "three")).await.is_ok());
}

#[tokio::test]
async fn a_new_conversation_has_the_id_that_its_author_chose_unless_there_is_one() {
    let world = world().await;
    let chosen = ConversationId(Uuid::from_u128(77));
    let open = |id: u128| Outgoing {
        recipient: Recipient::Address {
            to: Address::from_twilio(MARIA).unwrap(),
            line: None,
            open: Some(chosen),
        },
        ..to_maria(id, "hello")
    };
    world.send(open(1)).await.unwrap();
    assert_eq!(world.only_conversation().await.id, chosen);
    world.send(open(2)).await.unwrap();
    assert_eq!(world.only_conversation().await.id, chosen);
    let other = super::world().await;
    other.receive(inbound(1, "hi")).await;
    let held = other.only_conversation().await.id;
    let Sent::Now(entry) = other.send(open(1)).await.unwrap() else {
        panic!("it was not asked before");
    };
    assert_eq!(entry.conversation, held, "the customer was faster");
    assert_eq!(other.only_conversation().await.id, held);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn parts_of_a_list_in_any_order_and_any_number_of_times_bring_each_person_once(
        order in proptest::collection::vec(0u32..4, 1..10),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = world().await;
            let number = |n: u32| format!("+4479111234{n:02}");
            for n in &order {
                let rows = (n * 2..n * 2 + 2).map(|n| row(n + 1, "Somebody", &number(n)));
                world.import(part(rows.collect())).await;
            }
            let known: std::collections::BTreeSet<_> = order.iter().collect();
            let held = world.store.read(|reads| contacts::page(reads, None, 100)).await.unwrap();
            assert_eq!(held.len(), known.len() * 2);
        });
    }
}
