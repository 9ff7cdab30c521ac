use crate::effect::Effect;
use crate::event::Event;
use crate::model::Focus;
use crate::model::chat::ChatQuery;
use crate::model::timeline::{Scroll, Stance, Timeline};
use crate::testkit::{Disk, Rig, Text, conversation_id, desk, row};
use smsdesk_common::ids::Seq;
use smsdesk_common::status::DeliveryStatus::Delivered;

fn timeline(rig: &Rig) -> &Timeline {
    rig.model.timeline.as_ref().unwrap()
}

fn read_marks(rig: &Rig) -> Vec<(Seq, u32)> {
    let mark = |effect: &Effect| match effect {
        Effect::MarkRead {
            position,
            inbound_read,
            ..
        } => Some((*position, *inbound_read)),
        _ => None,
    };
    rig.effects.iter().filter_map(mark).collect()
}

/// One conversation with `count` texts from the customer, `read` of which were read.
fn long(count: u32, read: usize) -> Disk {
    let texts = (0..count).map(|n| Text::from_them(&format!("text {n}"), i64::from(count - n)));
    Disk::default()
        .with(row(1, "Maria"), read, texts.collect())
        .with(row(2, "Chen"), 0, vec![Text::from_them("hello", 0)])
}

#[test]
fn passing_over_a_conversation_reads_nothing_and_opening_it_reads_what_is_shown() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j k J K ctrl-d ctrl-u n N");
    assert_eq!(read_marks(&rig), []);
    assert_eq!(timeline(&rig).stance(), Stance::Glance);
    rig.press("enter");
    assert_eq!(read_marks(&rig), [(Seq(8), 4)]);
    assert_eq!(rig.model.roster.row(conversation_id(1)).unwrap().unread, 0);
    rig.press("J K");
    assert_eq!(read_marks(&rig).len(), 1, "once is enough");
}

#[test]
fn passing_over_a_conversation_from_the_chat_reads_nothing_either() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter");
    let before = read_marks(&rig).len();
    rig.press("j J K j k");
    assert_eq!(rig.model.focus, Focus::Chat);
    assert_eq!(read_marks(&rig).len(), before);
    rig.press("enter");
    assert_eq!(read_marks(&rig).len(), before + 1);
}

#[test]
fn opening_before_the_disk_has_answered_counts_too() {
    let mut rig = Rig::new(120, 30, desk());
    for key in crate::input::key::parse_sequence("j enter").unwrap() {
        rig.tell_only(Event::Input(crate::event::Input::Key(key)));
    }
    assert_eq!(read_marks(&rig), []);
    rig.answer_all();
    assert_eq!(read_marks(&rig), [(Seq(9), 1)]);
}

#[test]
fn a_text_that_arrives_is_read_at_the_next_act_and_not_by_itself() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter");
    rig.disk
        .add(conversation_id(1), Text::from_them("one more thing", 0));
    rig.applied(&[conversation_id(1)]);
    assert_eq!(read_marks(&rig).len(), 1);
    rig.press("r");
    assert_eq!(read_marks(&rig).last(), Some(&(Seq(15), 5)));
}

#[test]
fn only_what_stood_on_the_screen_counts_as_read() {
    let mut rig = Rig::new(120, 30, long(100, 20));
    rig.press("enter");
    let height = usize::from(rig.model.setting().height);
    let whole_texts = (height - 1) / 2;
    let expected = u32::try_from(20 + whole_texts).unwrap();
    assert_eq!(read_marks(&rig), [(Seq(u64::from(expected)), expected)]);
    rig.press("G");
    assert_eq!(read_marks(&rig).last(), Some(&(Seq(100), 100)));
}

#[test]
fn it_follows_at_the_bottom_and_stays_above_it() {
    let mut rig = Rig::new(120, 30, long(100, 100));
    rig.press("enter");
    assert_eq!(timeline(&rig).scroll(), Scroll::Bottom);
    rig.press("K K K");
    let before = timeline(&rig).scroll();
    assert!(matches!(before, Scroll::Top(_)));
    for _ in 0..3 {
        rig.disk.add(conversation_id(1), Text::from_them("new", 0));
    }
    rig.applied(&[conversation_id(1)]);
    assert_eq!(timeline(&rig).scroll(), before);
    assert!(rig.screen().contains("3 new ↓ G"), "{}", rig.screen());
    rig.press("G");
    assert_eq!(timeline(&rig).scroll(), Scroll::Bottom);
    assert!(!rig.screen().contains("new ↓"));
}

#[test]
fn older_texts_are_read_on_the_way_up_and_nothing_jumps() {
    let mut rig = Rig::new(120, 30, long(1_000, 1_000));
    rig.press("enter");
    assert_eq!(timeline(&rig).items().len(), 200);
    let mut seen = Vec::new();
    for _ in 0..2_100 {
        rig.press("K");
        let height = usize::from(rig.model.setting().height);
        let first = timeline(&rig).first_line(height);
        let line = timeline(&rig).page().lines(first, 1).next().unwrap();
        seen.push(line.pieces[0].text.as_str().to_owned());
    }
    let texts: Vec<_> = seen
        .iter()
        .filter(|line| line.starts_with("text "))
        .collect();
    let expected: Vec<_> = (0..1_000).rev().map(|n| format!("text {n}")).collect();
    let from = expected.iter().position(|text| text == texts[0]).unwrap();
    let walked: Vec<_> = texts
        .into_iter()
        .take(expected.len() - from)
        .cloned()
        .collect();
    assert_eq!(walked, expected[from..]);
    rig.press("G");
    rig.applied(&[conversation_id(1)]);
    assert_eq!(
        timeline(&rig).items().len(),
        200,
        "what is far above is let go"
    );
}

#[test]
fn the_page_stays_in_place_on_a_resize() {
    let mut rig = Rig::new(120, 30, long(300, 300));
    rig.press("enter ctrl-u ctrl-u ctrl-u");
    let top = |rig: &Rig| {
        let first = timeline(rig).first_line(usize::from(rig.model.setting().height));
        timeline(rig).page().lines(first, 1).next().unwrap().pieces[0]
            .text
            .clone()
    };
    let before = top(&rig);
    rig.tell(Event::Input(crate::event::Input::Resize {
        width: 70,
        height: 40,
    }));
    assert_eq!(top(&rig), before);
}

#[test]
fn entries_of_a_conversation_that_was_left_are_dropped() {
    let mut rig = Rig::new(120, 30, desk());
    let stale = rig.disk.perform(Effect::LoadChat(ChatQuery::Latest {
        conversation: conversation_id(1),
        limit: 200,
    }));
    rig.press("j");
    rig.tell(Event::Cache(stale.unwrap()));
    assert_eq!(timeline(&rig).conversation(), conversation_id(2));
    assert_eq!(timeline(&rig).items().len(), 1);
}

#[test]
fn the_new_line_stays_until_the_conversation_is_left_or_answered() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter J");
    assert!(rig.screen().contains("── new ──"));
    rig.press("r").write("yes").press("enter");
    assert!(!rig.screen().contains("── new ──"));
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter j k");
    assert!(!rig.screen().contains("── new ──"), "it was read");
}

#[test]
fn many_new_texts_are_shown_from_the_first_one() {
    let rig = Rig::new(120, 30, long(100, 20));
    let height = usize::from(rig.model.setting().height);
    let first = timeline(&rig).first_line(height);
    assert_eq!(timeline(&rig).page().new_starts_at(), Some(first));
}

#[test]
fn walking_on_from_an_opened_conversation_only_passes_over_the_next() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter j");
    assert_eq!(
        (rig.model.focus, timeline(&rig).stance()),
        (Focus::Chat, Stance::Glance)
    );
    assert_eq!(read_marks(&rig).len(), 1);
    rig.press("l");
    assert_eq!(read_marks(&rig).len(), 2);
    rig.press("h");
    assert_eq!(rig.model.focus, Focus::List);
}

#[test]
fn a_changed_status_arrives_while_the_page_is_open() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter r").write("yes").press("enter");
    assert!(rig.screen().contains("sending… ◷"));
    let texts = rig.disk.texts.get_mut(&conversation_id(1)).unwrap();
    let echo = texts.last_mut().unwrap();
    echo.local = None;
    echo.entry.position = Seq(99);
    echo.entry.status = Some(Delivered);
    rig.applied(&[conversation_id(1)]);
    assert!(!rig.screen().contains("sending…"));
    assert!(rig.screen().contains("Ana 14:00 · delivered ✓✓"));
}

#[test]
fn what_is_marked_as_unread_stays_so_until_it_is_opened_again() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("enter J");
    let unread = |rig: &Rig| rig.model.roster.row(conversation_id(1)).unwrap().unread;
    assert_eq!((unread(&rig), rig.model.focus), (0, Focus::Chat));
    rig.press("u");
    assert_eq!((unread(&rig), rig.model.focus), (1, Focus::List));
    assert!(rig.screen().contains("Unread again, until you open it"));
    rig.press("j k J K * A");
    assert_eq!(unread(&rig), 1, "it was only passed");
    rig.applied(&[conversation_id(1)]);
    assert_eq!(unread(&rig), 1);
    rig.press("enter");
    assert_eq!(unread(&rig), 0);
}
