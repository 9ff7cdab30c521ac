use crate::cache::testing::job;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::contact::{Ask, Sheet, Told};
use crate::model::people::FoundPerson;
use crate::model::undo::Way;
use crate::testkit::{NOW, Rig, desk};
use smsdesk_common::api::update::Update;
use smsdesk_common::contact::Contact;
use smsdesk_common::ids::ContactId;
use smsdesk_common::phone::Address;
use uuid::Uuid;

fn maria(rig: &Rig) -> Contact {
    let row = rig.model.roster.row(rig.selected().unwrap()).unwrap();
    let id = row.conversation.contact;
    let mut contact = Contact::blank(id, Address::from_twilio("+12394267058").unwrap(), NOW);
    contact.name = Some("Maria Alvarez".to_owned());
    contact.notes = Some("gate on the left\nrings twice".to_owned());
    contact.fields = [("gate code".to_owned(), "4471".to_owned())].into();
    contact.labels = vec!["vip".to_owned()];
    contact.place.state = Some("FL".to_owned());
    contact
}

fn tell(rig: &mut Rig, told: Told) {
    rig.tell(Event::Cache(CacheEvent::Contact(Box::new(told))));
}

fn asked(rig: &Rig) -> Vec<Ask> {
    let effects = rig.effects.iter();
    let asked = effects.filter_map(|effect| match effect {
        Effect::Contact(ask) => Some(ask.clone()),
        _ => None,
    });
    asked.collect()
}

fn open(width: u16, height: u16) -> Rig {
    let mut rig = Rig::new(width, height, desk());
    rig.press("p");
    let contact = maria(&rig);
    assert_eq!(asked(&rig), [Ask::Load(contact.id)]);
    let alike = FoundPerson {
        contact: ContactId(Uuid::from_u128(5)),
        name: Some("Maria Alvarez".to_owned()),
        address: Address::from_twilio("+13055550142").unwrap(),
    };
    let sheet = Sheet {
        contact,
        first_at: Some(NOW.plus_millis(-86_400_000)),
        last_at: Some(NOW),
        jobs: vec![job(1, 1)],
        alike: vec![alike],
    };
    tell(&mut rig, Told::Sheet(Box::new(sheet)));
    rig.effects.clear();
    rig
}

#[test]
fn the_panel_shows_what_is_known() {
    for (width, height) in [(120, 30), (80, 24), (60, 15)] {
        let rig = open(width, height);
        insta::assert_snapshot!(format!("contact-{width}x{height}"), rig.screen());
    }
}

#[test]
fn a_line_is_changed_and_only_that() {
    let mut rig = open(120, 30);
    rig.press("enter")
        .press("ctrl-u")
        .write("Maria Diaz")
        .press("enter");
    let asks = asked(&rig);
    let [Ask::Edit { patch, .. }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    assert_eq!(patch.name, Update::Set("Maria Diaz".to_owned()));
    assert!(patch.notes.is_keep() && patch.fields.is_empty() && patch.addresses.is_none());
}

#[test]
fn what_cannot_be_kept_is_said_and_stays_in_the_line() {
    let mut rig = open(120, 30);
    rig.press("j enter")
        .press("ctrl-u")
        .write("12")
        .press("enter");
    assert_eq!(asked(&rig), []);
    assert!(rig.screen().contains("number 1:"), "{}", rig.screen());
    rig.press("esc").press("q");
    assert!(rig.model.overlays.is_empty());
}

#[test]
fn two_that_may_be_one_are_merged_by_a_second_enter() {
    let mut rig = open(120, 30);
    for _ in 0..20 {
        rig.press("j");
    }
    rig.press("enter");
    assert_eq!(asked(&rig), []);
    assert!(rig.screen().contains("Enter merges Maria Alvarez"));
    rig.press("k j enter");
    assert_eq!(asked(&rig), [], "whoever went away did not mean it");
    rig.press("enter");
    let asks = asked(&rig);
    assert!(matches!(asks.as_slice(), [Ask::Merge { .. }]), "{asks:?}");
}

#[test]
fn what_was_turned_is_said_and_shown() {
    let mut rig = open(120, 30);
    let turned = Told::Turned {
        way: Way::Undo,
        name: "Maria Alvarez".to_owned(),
        kept: None,
    };
    rig.press("z");
    tell(&mut rig, turned);
    assert!(rig.screen().contains("Maria Alvarez: undone"));
    assert!(matches!(asked(&rig).as_slice(), [Ask::Load(_)]));
}

#[test]
fn notes_are_written_in_lines_on_a_sheet() {
    let mut rig = open(80, 24);
    rig.press("j j enter");
    assert!(rig.screen().contains("rings twice"), "{}", rig.screen());
    let notes = rig.model.sheet().unwrap().words().to_owned();
    assert_eq!(notes, "gate on the left\nrings twice");
    rig.press("enter").write(&"x".repeat(4_100)).press("ctrl-s");
    assert!(rig.model.sheet().unwrap().problem().is_some());
    assert_eq!(asked(&rig), []);
    rig.press("ctrl-u").write("a dog / barks").press("ctrl-s");
    let asks = asked(&rig);
    let [Ask::Edit { patch, .. }] = asks.as_slice() else {
        panic!("{asks:?}");
    };
    let words = "gate on the left\nrings twice\na dog / barks";
    assert_eq!(patch.notes, Update::Set(words.to_owned()));
    assert!(rig.model.sheet().is_none());
}

#[test]
fn a_contact_is_forgotten_by_a_second_key_and_the_words_say_what_stays() {
    let mut rig = open(120, 30);
    let forgets = |rig: &Rig| {
        let effects = rig.effects.iter();
        let forgets = |effect: &&Effect| matches!(effect, Effect::ForgetContact { .. });
        effects.filter(forgets).count()
    };
    rig.press("X");
    let says = rig.screen();
    assert!(says.contains("X again forgets Maria Alvarez"), "{says}");
    assert!(says.contains("Conversations stay"), "{says}");
    rig.press("j X");
    assert_eq!(forgets(&rig), 0, "whoever went away did not mean it");
    rig.press("X");
    assert_eq!(forgets(&rig), 1);
    let name = "Maria Alvarez".to_owned();
    let refused = Some("the relay cannot be reached".to_owned());
    tell(&mut rig, Told::Forgotten { name, refused });
    let screen = rig.screen();
    let says = "Maria Alvarez is not forgotten: the relay cannot be reached";
    assert!(screen.contains(says), "{screen}");
}
