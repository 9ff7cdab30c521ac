//! What texts seem to say, and replies that are offered.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use crate::model::Colours;
use crate::model::contact::{Sheet, Told};
use crate::model::insight::Marks;
use crate::testkit::{Disk, NOW, Rig, Text, conversation_id, row, setup};
use smsdesk_common::contact::Contact;
use smsdesk_common::insight::{AiGenerated, Insight, Intent, Sentiment, Source, judge};
use smsdesk_common::status::DeliveryStatus::Delivered;

const OFFER: &str = "We are sorry, somebody calls you at once.";

fn complaint() -> Insight {
    Insight {
        sentiment: Sentiment::Negative,
        score: -62,
        intent: Intent::Complaint,
        confidence: 91,
        source: Source::Ai,
    }
}

fn disk() -> Disk {
    Disk::default().with(
        row(1, "Maria Alvarez"),
        0,
        vec![
            Text::from_them("Thanks so much!", 50).judged(judge("Thanks so much!")),
            Text::from_us("You are welcome", 40, Delivered),
            Text::from_them("Nobody came", 2)
                .judged(complaint())
                .suggested(OFFER),
        ],
    )
}

fn rig(marks: Marks) -> Rig {
    let mut setup = setup(120, 30);
    setup.aids.insight = marks;
    Rig::with(setup, disk())
}

fn text(rig: &Rig) -> &str {
    rig.model.written().unwrap().editor().text()
}

fn submits(rig: &Rig) -> bool {
    let submit = |effect: &Effect| matches!(effect, Effect::Submit { .. });
    rig.effects.iter().any(submit)
}

#[test]
fn a_mark_in_words_stands_at_each_text_that_was_judged() {
    let screen = rig(Marks::Signs).screen();
    assert!(screen.contains("· ▲ thanks"), "{screen}");
    assert!(screen.contains("· ▼ complaint"), "{screen}");
    let ascii = rig(Marks::Ascii).screen();
    assert!(ascii.contains("· (+) thanks"), "{ascii}");
    assert!(ascii.contains("· (-) complaint"), "{ascii}");
    let off = rig(Marks::Off).screen();
    assert!(
        !off.contains("complaint") && !off.contains("thanks"),
        "{off}"
    );
}

#[test]
fn the_panel_tells_of_the_newest_text_in_words() {
    let mut rig = rig(Marks::Signs);
    let maria = rig.model.roster.row(conversation_id(1)).unwrap();
    let id = maria.conversation.contact;
    let contact = Contact::blank(id, maria.conversation.address.clone(), NOW);
    rig.disk.knows(1, |known| known.id = id);
    rig.applied(&[conversation_id(1)]);
    rig.press("enter p");
    let sheet = Sheet {
        contact,
        first_at: None,
        last_at: Some(NOW),
        jobs: Vec::new(),
        consents: Vec::new(),
        alike: Vec::new(),
    };
    let told = Told::Sheet(Box::new(sheet));
    rig.tell(Event::Cache(CacheEvent::Contact(Box::new(told))));
    let screen = rig.screen();
    let told = "negative -62 · complaint 91 % by AI";
    assert!(screen.contains(told), "{screen}");
}

#[test]
fn a_reply_that_is_offered_is_no_draft_until_tab_takes_it() {
    let mut rig = rig(Marks::Signs);
    rig.press("r");
    let screen = rig.screen();
    let offered = format!("suggested: {OFFER} · Tab takes it");
    assert!(screen.contains(&offered), "{screen}");
    assert_eq!(text(&rig), "");
    rig.press("enter");
    assert!(!submits(&rig), "what was not taken is not sent");
    rig.press("tab");
    assert_eq!(text(&rig), OFFER);
    assert!(!submits(&rig), "only the agent sends");
    assert!(!rig.screen().contains("suggested:"));
    rig.press("enter");
    assert!(submits(&rig));
}

#[test]
fn a_word_of_mine_hides_the_offer_and_tab_leaves_my_words_alone() {
    let mut rig = rig(Marks::Signs);
    rig.press("r").write("No");
    assert!(!rig.screen().contains("suggested:"));
    rig.press("tab");
    assert_eq!(text(&rig), "No");
    rig.press("backspace backspace");
    assert!(rig.screen().contains("suggested:"));
}

#[test]
fn the_offer_is_taken_by_its_name_from_the_chat_and_said_where_there_is_none() {
    let mut rig = rig(Marks::Signs);
    rig.press("enter :").write("suggestion").press("enter");
    assert_eq!(text(&rig), OFFER);
    rig.press("ctrl-u esc g r");
    assert_eq!(text(&rig), OFFER);
    rig.press("ctrl-u alt-y");
    assert_eq!(text(&rig), OFFER);
    rig.press("enter");
    rig.disk
        .add(conversation_id(1), Text::from_us(OFFER, 0, Delivered));
    rig.applied(&[conversation_id(1)]);
    rig.press("esc :").write("suggestion").press("enter");
    let notice = rig.model.notices.iter().last().unwrap();
    assert_eq!(notice.text, "No reply is suggested here");
}

#[test]
fn a_newer_text_of_either_side_takes_the_offer_away() {
    for newer in [
        Text::from_them("hello?", 0),
        Text::from_us("On our way", 0, Delivered).by_bo(),
    ] {
        let mut rig = rig(Marks::Signs);
        rig.press("r");
        rig.disk.add(conversation_id(1), newer);
        rig.applied(&[conversation_id(1)]);
        assert!(!rig.screen().contains("suggested:"));
        rig.press("tab");
        assert_eq!(text(&rig), "");
    }
}

#[test]
fn an_offer_is_shown_and_taken_as_safe_as_any_remote_text() {
    let hostile = "Sorry\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7} \u{202e}ok";
    let disk = Disk::default().with(
        row(1, "Maria"),
        0,
        vec![Text::from_them("hi", 2).suggested(hostile)],
    );
    let mut rig = Rig::new(120, 30, disk);
    rig.press("r");
    assert!(!rig.screen().contains('\u{1b}'));
    rig.press("tab");
    assert!(
        !text(&rig).contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{:?}",
        text(&rig)
    );
}

#[test]
fn a_text_that_a_machine_wrote_says_so() {
    let mut reply = Text::from_us("We are sorry", 1, Delivered);
    reply.item.author_name = None;
    let rule = "automation:rule:0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee";
    reply.item.entry.author = rule.parse().unwrap();
    reply.item.entry.ai_generated = Some(AiGenerated { confidence: 91 });
    let disk = Disk::default().with(row(1, "Maria"), 0, vec![reply]);
    let mut setup = setup(120, 30);
    setup.colours = Colours::Dark;
    let screen = Rig::with(setup, disk).screen();
    assert!(screen.contains("auto: AI, 91 % sure"), "{screen}");
}
