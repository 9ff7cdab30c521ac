use crate::effect::Effect;
use crate::event::{CacheEvent, Edited, Event};
use crate::model::Focus;
use crate::model::directory::Directory;
use crate::model::people::FoundPerson;
use crate::testkit::{Disk, Rig, Text, conversation_id, desk, row};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::ids::{ContactId, ConversationId, EntryId, Seq};
use smsdesk_common::line::Line;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

fn line(number: &str) -> Line {
    Line {
        id: address(number),
        seq: Seq::ZERO,
        name: None,
        active: true,
        paused: None,
    }
}

fn with_lines(mut disk: Disk, lines: &[&str]) -> Disk {
    disk.directory = Directory {
        lines: lines.iter().map(|it| line(it)).collect(),
        ..Directory::default()
    };
    disk
}

fn begins(rig: &Rig) -> Vec<(Address, Address)> {
    let effects = rig.effects.iter();
    let begins = effects.filter_map(|effect| match effect {
        Effect::Begin { line, address } => Some((line.clone(), address.clone())),
        _ => None,
    });
    begins.collect()
}

fn submitted(rig: &Rig) -> usize {
    let submits = |effect: &&Effect| matches!(effect, Effect::Submit { .. });
    rig.effects.iter().filter(submits).count()
}

/// A desk with a ninth conversation that was begun just now, selected and being written.
fn beginning(number: &str) -> Rig {
    let mut held = row(9, "");
    held.conversation.address = address(number);
    let disk = with_lines(desk(), &["+15557122661"]).with(held, 0, Vec::<Text>::new());
    let mut rig = Rig::new(120, 30, disk);
    rig.tell(Event::Cache(CacheEvent::Begun(conversation_id(9))));
    rig.answer_all();
    assert_eq!(rig.selected(), Some(conversation_id(9)));
    assert_eq!(rig.model.focus, Focus::Composer);
    rig
}

#[test]
fn a_number_in_any_writing_leads_to_its_conversation() {
    for writing in ["+1 239 426 7058", "(239) 426-7058", "239.426.7058"] {
        let mut rig = Rig::new(120, 30, with_lines(desk(), &["+13055550100"]));
        rig.press("c").write(writing).press("enter");
        let expected = (address("+13055550100"), address("+12394267058"));
        assert_eq!(begins(&rig), [expected], "{writing}");
    }
    let mut rig = Rig::new(120, 30, with_lines(desk(), &["+13055550100"]));
    rig.press("c").write("12").press("enter");
    assert_eq!(begins(&rig), []);
    assert!(rig.screen().contains("too short"), "{}", rig.screen());
}

#[test]
fn people_are_found_as_their_names_are_typed_one_look_at_a_time() {
    let mut rig = Rig::new(120, 30, with_lines(desk(), &["+13055550100"]));
    rig.press("c").write("mar");
    let looks = |rig: &Rig| -> Vec<String> {
        let effects = rig.effects.iter();
        let words = effects.filter_map(|effect| match effect {
            Effect::FindPeople { words } => Some(words.clone()),
            _ => None,
        });
        words.collect()
    };
    assert_eq!(looks(&rig), [""], "the first was not answered yet");
    let answer = |words: &str, found| {
        let words = words.to_owned();
        Event::Cache(CacheEvent::People { words, found })
    };
    rig.tell(answer("", Vec::new()));
    assert_eq!(looks(&rig), ["", "mar"]);
    let maria = FoundPerson {
        contact: ContactId(Uuid::from_u128(1)),
        name: Some("Maria Alvarez".to_owned()),
        address: address("+12394267058"),
    };
    rig.tell(answer("mar", vec![maria]));
    assert_eq!(looks(&rig).len(), 2, "nothing more to look for");
    assert!(rig.screen().contains("Maria Alvarez"), "{}", rig.screen());
    rig.press("enter");
    assert_eq!(begins(&rig)[0].1, address("+12394267058"));
}

#[test]
fn where_there_are_several_lines_one_is_asked_for() {
    let lines = ["+13055550100", "+13055550101"];
    let mut rig = Rig::new(120, 30, with_lines(desk(), &lines));
    rig.press("c").write("239 426 7058").press("enter");
    assert_eq!(begins(&rig), []);
    assert!(rig.screen().contains("Text to (239) 426-7058 from"));
    rig.press("down enter");
    assert_eq!(begins(&rig)[0].0, address(lines[1]));
}

#[test]
fn a_first_text_is_asked_about_once_and_an_enter_too_soon_is_no_answer() {
    let mut rig = beginning("+12394267058");
    rig.write("hello").press("enter");
    assert_eq!(submitted(&rig), 0);
    let asked = "First text to (239) 426-7058 — Enter sends";
    assert!(rig.screen().contains(asked), "{}", rig.screen());
    rig.press("enter");
    assert_eq!(submitted(&rig), 0, "nobody can have read it");
    rig.now = rig.now.plus_millis(1_000);
    rig.press("enter");
    assert_eq!(submitted(&rig), 1);
    rig.answer_all();
    rig.write("and more").press("enter");
    assert_eq!(submitted(&rig), 2, "asked once");
}

#[test]
fn a_landline_is_said_to_be_one_and_sent_to_by_whoever_means_it() {
    let mut rig = beginning("+442083661177");
    rig.write("hello").press("enter");
    assert!(
        rig.screen()
            .contains("A landline by its digits — Enter sends it anyway")
    );
    rig.now = rig.now.plus_millis(1_000);
    rig.press("enter");
    let confirmed = rig.effects.iter().any(|effect| {
        let Effect::Submit { seen, .. } = effect else {
            return false;
        };
        seen.consent == crate::model::question::Consent::Given
    });
    assert!(confirmed, "{:?}", rig.effects);
}

fn unreachable(send_at: Option<Timestamp>) -> Event {
    Event::Cache(CacheEvent::TextRefused {
        conversation: conversation_id(9),
        entry: EntryId(Uuid::from_u128(7)),
        body: "hello".to_owned(),
        send_at,
        problem: Box::new(Problem::new(
            ErrorCode::ToUnreachable,
            "came back with 30006",
        )),
        about: Box::default(),
    })
}

#[test]
fn whoever_timed_a_text_is_told_that_its_time_is_gone_when_it_comes_back() {
    let mut rig = beginning("+12394267058");
    let at = rig.now.plus_millis(3_600_000);
    rig.tell(unreachable(Some(at)));
    let screen = rig.screen();
    let says = "Its time is gone: Alt-s times it again, Enter sends it now";
    assert!(screen.contains(says), "{screen}");
}

#[test]
fn what_the_relay_asks_about_a_number_comes_back_as_a_question() {
    let mut rig = beginning("+12394267058");
    rig.tell(unreachable(None));
    assert!(
        rig.screen().contains("did not reach this number"),
        "{}",
        rig.screen()
    );
    assert!(rig.screen().contains("hello"));
    rig.now = rig.now.plus_millis(1_000);
    rig.press("enter");
    assert_eq!(submitted(&rig), 1);
}

/// The relay has the ninth conversation under another id.
fn customer_was_faster(rig: &mut Rig) -> (ConversationId, ConversationId) {
    let (from, to) = (conversation_id(9), conversation_id(77));
    let mut held = row(77, "");
    held.conversation.address = address("+12394267058");
    rig.disk.rows.retain(|row| row.conversation.id != from);
    rig.disk = rig.disk.clone().with(held, 0, Vec::<Text>::new());
    rig.tell(Event::Cache(CacheEvent::Rehomed { from, to }));
    (from, to)
}

#[test]
fn whoever_writes_goes_on_writing_where_the_relay_knows_it_under_another_id() {
    let mut rig = beginning("+12394267058");
    rig.write("hel");
    let (from, to) = customer_was_faster(&mut rig);
    rig.write("lo");
    rig.answer_all();
    assert_eq!(rig.selected(), Some(to));
    assert_eq!(rig.model.focus, Focus::Composer);
    assert_eq!(rig.model.composers.get_mut(to).body(), "hello");
    assert!(rig.model.composers.get(from).is_none());
}

#[test]
fn words_from_the_editor_come_to_the_conversation_that_there_is_by_then() {
    let mut rig = beginning("+12394267058");
    rig.write("hel");
    rig.press("ctrl-o");
    assert!(rig.model.lent.is_some());
    let (_, to) = customer_was_faster(&mut rig);
    rig.tell(Event::Edited(Edited::Words("hello there\n".to_owned())));
    assert_eq!(rig.model.composers.get_mut(to).body(), "hello there");
}

#[test]
fn a_time_that_is_asked_for_meanwhile_is_given_to_the_text_that_is_written() {
    let mut rig = beginning("+12394267058");
    rig.write("hello").press("alt-s");
    rig.now = rig.now.plus_millis(1_000);
    rig.press("alt-s").write("in 1h");
    let (_, to) = customer_was_faster(&mut rig);
    rig.press("enter");
    let timed = rig.effects.iter().find_map(|effect| match effect {
        Effect::SubmitLater { conversation, .. } => Some(*conversation),
        _ => None,
    });
    assert_eq!(timed, Some(to), "{}", rig.screen());
}
