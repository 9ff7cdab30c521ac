//! What is known of one text: which one it is about, and what is said.

use crate::model::overlay::Overlay;
use crate::testkit::{Rig, desk};
use smsdesk_common::entry::Price;
use smsdesk_common::status::{DeliveryError, DeliveryStatus};

#[test]
fn the_key_tells_of_the_newest_text_and_others_lie_beside_it() {
    let mut rig = Rig::new(100, 30, desk());
    rig.press("d");
    let screen = rig.screen();
    assert!(screen.contains("Details of a text"), "{screen}");
    assert!(screen.contains("gate code changed"), "{screen}");
    rig.press("j");
    assert!(
        rig.screen().contains("gate code changed"),
        "it is the newest"
    );
    rig.press("k");
    rig.press("k");
    let screen = rig.screen();
    let panel = screen.split("Details of a text").nth(1).unwrap();
    assert!(panel.contains("He is 15 minutes away"), "{screen}");
    for words in [
        "delivered ✓✓",
        "1 segment · GSM-7",
        "Twilio has not said yet",
        "+15557122661",
    ] {
        assert!(panel.contains(words), "{words}: {screen}");
    }
    rig.press("d");
    assert!(!rig.screen().contains("Details of a text"));
}

#[test]
fn why_a_text_failed_and_what_it_cost_is_told_in_words() {
    let mut rig = Rig::new(100, 30, desk());
    let Some(Overlay::Details { entry }) = opened(&mut rig) else {
        panic!("{}", rig.screen())
    };
    let timeline = rig.model.timeline.as_mut().unwrap();
    let mut item = timeline.item(entry).unwrap().clone();
    item.entry.direction = smsdesk_common::entry::Direction::Outbound;
    item.entry.status = Some(DeliveryStatus::Undelivered);
    item.entry.error = Some(DeliveryError {
        code: 30_003,
        text: String::new(),
    });
    item.entry.price = Some(Price {
        amount: "-0.0083".to_owned(),
        currency: "USD".to_owned(),
    });
    item.entry.body = "\u{1b}[31mred\u{202e}".to_owned();
    item.entry.sid = Some("SM00000000000000000000000000000001".to_owned());
    timeline.put_for_test(item);
    let screen = rig.screen();
    for words in ["undelivered", "(30003)", "0.0083 USD", "SM0000000000000000"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(
        !screen.contains('\u{1b}') && !screen.contains('\u{202e}'),
        "{screen}"
    );
}

fn opened(rig: &mut Rig) -> Option<Overlay> {
    rig.press("d");
    rig.model.overlays.last().cloned()
}

#[test]
fn it_fits_the_smallest_screen() {
    let mut rig = Rig::new(60, 15, desk());
    rig.press("enter d");
    let screen = rig.screen();
    assert!(screen.contains("Details of a text"), "{screen}");
    assert!(screen.contains("close"), "{screen}");
}

#[test]
fn where_nothing_was_said_there_is_nothing_to_look_at() {
    let mut rig = Rig::new(100, 30, crate::testkit::Disk::default());
    rig.press("d");
    assert!(rig.model.overlays.is_empty());
    assert!(rig.screen().contains("There is no text here to look at"));
}
