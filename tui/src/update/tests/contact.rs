use crate::cache::testing::job;
use crate::effect::Effect;
use crate::event::{CacheEvent, Event, LinkEvent};
use crate::model::contact::{Ask, Line, Noted, Sheet, Told};
use crate::model::job_edit::Write;
use crate::model::overlay::Overlay;
use crate::model::people::FoundPerson;
use crate::model::relay::Relay;
use crate::model::undo::Way;
use crate::testkit::{NOW, Rig, desk};
use crate::update::contact::lines;
use smsdesk_common::api::update::Update;
use smsdesk_common::capability::Capabilities;
use smsdesk_common::contact::Contact;
use smsdesk_common::ids::ContactId;
use smsdesk_common::job::JobStatus;
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
        consents: vec![Noted {
            at: NOW.plus_millis(-3_600_000),
            words: "opted in again by texting START".to_owned(),
        }],
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

/// Goes to a line of the panel and chooses it.
fn chooses(rig: &mut Rig, wanted: impl Fn(&Line) -> bool) {
    let at = lines(&rig.model).iter().position(wanted).unwrap();
    for _ in 0..at {
        rig.press("j");
    }
    rig.press("enter");
}

fn written(rig: &Rig) -> Vec<&Write> {
    let writes = rig.effects.iter().filter_map(|effect| match effect {
        Effect::WriteJob(write) => Some(&**write),
        _ => None,
    });
    writes.collect()
}

#[test]
fn a_job_is_made_on_a_sheet_and_its_words_stay_until_the_relay_has_taken_them() {
    let mut rig = open(120, 30);
    chooses(&mut rig, |line| *line == Line::NewJob);
    assert!(
        rig.screen().contains("zone: America/New_York"),
        "{}",
        rig.screen()
    );
    rig.write("ever").press("ctrl-s");
    let problem = rig.model.sheet().unwrap().problem().unwrap();
    assert!(problem.starts_with("time: expected"), "{problem}");
    assert_eq!(written(&rig), Vec::<&Write>::new());
    for _ in 0..4 {
        rig.press("backspace");
    }
    rig.disk.templates.refuses = Some("the relay cannot be reached".to_owned());
    rig.write("tomorrow 14:00").press("ctrl-s");
    let problem = rig.model.sheet().unwrap().problem().unwrap();
    assert_eq!(problem, "not saved: the relay cannot be reached");
    rig.disk.templates.refuses = None;
    rig.press("ctrl-s");
    let here = rig.selected().unwrap();
    let [
        Write::Make { .. },
        Write::Make {
            conversation, zone, ..
        },
    ] = written(&rig)[..]
    else {
        panic!("{:?}", written(&rig));
    };
    assert_eq!((*conversation, zone.as_str()), (here, "America/New_York"));
    assert!(rig.model.sheet().is_none());
    assert!(rig.screen().contains("The job on"), "{}", rig.screen());
}

#[test]
fn a_job_is_changed_and_canceled_on_its_sheet() {
    let mut rig = open(120, 30);
    chooses(&mut rig, |line| matches!(line, Line::Job(_)));
    rig.press("ctrl-s");
    assert!(rig.model.sheet().is_none(), "nothing was changed");
    rig.press("enter").write("x");
    let words = rig.model.sheet().unwrap().words().to_owned();
    assert!(words.contains("technician: Tom\n"), "{words}");
    let canceled = words.replace('x', "").replace("assigned", "canceled");
    let sheet = rig.model.sheet_mut().unwrap();
    sheet.edit(|editor| editor.replace(&canceled));
    rig.press("ctrl-s");
    let [
        Write::Change {
            job: id,
            status,
            starts_at,
            ..
        },
    ] = written(&rig)[..]
    else {
        panic!("{:?}", written(&rig));
    };
    assert_eq!((*id, *status), (job(1, 1).id, Some(JobStatus::Canceled)));
    assert_eq!(*starts_at, None);
    assert!(rig.screen().contains("The job is canceled"));
}

#[test]
fn a_relay_without_jobs_is_not_asked_for_any() {
    let mut rig = open(120, 30);
    rig.tell(Event::Link(LinkEvent::Met(Relay {
        version: "0.1.0".to_owned(),
        capabilities: Capabilities::said(Some(&["contacts".to_owned()])),
    })));
    assert!(!lines(&rig.model).contains(&Line::NewJob));
    chooses(&mut rig, |line| matches!(line, Line::Job(_)));
    let on_top = rig.model.overlays.last();
    assert!(matches!(on_top, Some(Overlay::Contact(_))));
    assert!(
        rig.screen().contains("too old for appointments"),
        "{}",
        rig.screen()
    );
}
