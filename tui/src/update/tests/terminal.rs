//! Mouse, clipboard, calls for attention: what the terminal is told and what it tells.

use crate::effect::{Effect, Mouse, Outward, Sequence, TimerKind};
use crate::event::{CacheEvent, Event, Input, LinkEvent, Pointer, PointerAct, Window};
use crate::model::absence::{LastSeen, Longest, Meanwhile};
use crate::model::aids::Aids;
use crate::model::attention::{Kind, News, Notify};
use crate::model::connection::Connection;
use crate::model::{Colours, Focus, Preferences, Setup};
use crate::testkit::{NOW, Rig, conversation_id, desk, setup};
use crate::update::update;
use smsdesk_common::ids::Seq;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn mouse(rig: &mut Rig, act: PointerAct, column: u16, row: u16) {
    rig.tell(Event::Input(Input::Pointer(Pointer { act, column, row })));
}

fn click(rig: &mut Rig, column: u16, row: u16) {
    mouse(rig, PointerAct::Press, column, row);
    mouse(rig, PointerAct::Release, column, row);
}

/// Where a word stands on the screen.
fn find(rig: &Rig, word: &str) -> (u16, u16) {
    let screen = rig.screen();
    let found = screen.lines().enumerate().find_map(|(row, line)| {
        let at = line.find(word)?;
        Some((line[..at].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("{word:?} in\n{screen}"));
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

#[test]
fn a_click_selects_and_a_second_one_opens() {
    let mut rig = rig();
    let (column, row) = find(&rig, "Chen Wei");
    click(&mut rig, column, row);
    assert_eq!(rig.selected(), Some(conversation_id(4)));
    assert_eq!(rig.model.focus, Focus::List);
    click(&mut rig, column, row + 1);
    assert_eq!(rig.model.focus, Focus::Chat);
    click(&mut rig, column, 25);
    assert_eq!(rig.selected(), Some(conversation_id(4)), "below the rows");
}

#[test]
fn a_click_into_the_composer_writes_and_one_on_another_row_keeps_the_draft() {
    let mut rig = rig();
    let (column, row) = find(&rig, "writes a reply");
    click(&mut rig, column, row);
    assert_eq!(rig.model.focus, Focus::Composer);
    rig.write("half");
    let (column, row) = find(&rig, "Chen Wei");
    click(&mut rig, column, row);
    assert_eq!(rig.selected(), Some(conversation_id(4)));
    let kept = |effect: &Effect| matches!(effect, Effect::SaveDraft { text, .. } if text == "half");
    assert!(rig.effects.iter().any(kept));
}

#[test]
fn the_wheel_scrolls_what_is_under_it() {
    let mut rig = Rig::new(120, 15, desk());
    let before = rig.screen();
    mouse(&mut rig, PointerAct::WheelUp, 80, 5);
    assert_ne!(rig.screen(), before);
    assert_eq!(rig.selected(), Some(conversation_id(1)));
    mouse(&mut rig, PointerAct::WheelDown, 5, 5);
    assert_ne!(rig.selected(), Some(conversation_id(1)));
}

#[test]
fn the_edge_between_list_and_chat_can_be_dragged_within_bounds() {
    let mut rig = rig();
    let edge = rig.model.screen().list.right() - 1;
    mouse(&mut rig, PointerAct::Drag, 60, 10);
    assert_eq!(
        rig.model.screen().list.right() - 1,
        edge,
        "nothing was held"
    );
    mouse(&mut rig, PointerAct::Press, edge, 10);
    mouse(&mut rig, PointerAct::Drag, 50, 10);
    assert_eq!(rig.model.screen().list.right(), 51);
    mouse(&mut rig, PointerAct::Drag, 119, 10);
    assert!(rig.model.screen().chat.width >= 50);
    mouse(&mut rig, PointerAct::Release, 119, 10);
    mouse(&mut rig, PointerAct::Drag, 45, 10);
    assert_ne!(rig.model.screen().list.right(), 46);
}

#[test]
fn a_click_decides_no_question() {
    let mut rig = rig();
    rig.tell(Event::Cache(CacheEvent::Outbox {
        waiting: 1,
        refused: 0,
        notes: 0,
        changes: 0,
    }));
    rig.press("q");
    for row in 0..30 {
        click(&mut rig, 60, row);
    }
    assert!(!rig.model.overlays.is_empty());
    assert!(!rig.effects.contains(&Effect::Quit));
}

#[test]
fn a_key_gives_the_mouse_to_the_terminal_and_takes_it_again() {
    let on = Setup {
        mouse: Mouse::On,
        ..setup(120, 30)
    };
    let mut rig = Rig::with(on, desk());
    assert!(rig.told.contains(&Outward::Mouse(Mouse::On)));
    rig.press("M");
    assert_eq!(rig.told.last(), Some(&Outward::Mouse(Mouse::Off)));
    rig.press("M");
    assert_eq!(rig.told.last(), Some(&Outward::Mouse(Mouse::On)));
}

#[test]
fn the_customer_s_newest_text_and_the_number_can_be_copied() {
    let mut rig = rig();
    rig.press("y");
    let text = "ok. also the gate code changed, it is 4471";
    assert_eq!(rig.told.last(), Some(&Outward::Copy(text.to_owned())));
    assert!(rig.screen().contains("Copied 42 characters"));
    rig.press("Y");
    assert_eq!(
        rig.told.last(),
        Some(&Outward::Copy("+13055550101".to_owned()))
    );
}

#[test]
fn the_text_that_is_copied_is_one_that_can_be_seen() {
    let mut rig = Rig::new(120, 15, desk());
    rig.press("enter g g y");
    let Some(Outward::Copy(text)) = rig.told.last() else {
        panic!("{:?}", rig.told);
    };
    assert!(text.starts_with("Hello, my kitchen sink"), "{text}");
}

fn calling() -> Setup {
    let notify = Notify {
        bell: true,
        desktop: Some(Sequence::Osc9),
        kinds: Kind::ALL.to_vec(),
        preview: true,
        command: vec!["notify".to_owned()],
    };
    Setup {
        notify,
        ..setup(120, 30)
    }
}

fn news(n: u32) -> Event {
    Event::Cache(CacheEvent::News(vec![News {
        conversation: conversation_id(n),
        kind: Kind::Mine,
        who: "Maria".to_owned(),
        text: "hello".to_owned(),
    }]))
}

#[test]
fn what_concerns_me_rings_notifies_and_runs_the_hook_and_more_of_it_waits() {
    let mut rig = Rig::with(calling(), desk());
    rig.told.clear();
    rig.tell(news(2));
    let text = "Maria: hello".to_owned();
    let note = Outward::Note {
        sequence: Sequence::Osc9,
        text: text.clone(),
    };
    assert_eq!(rig.told, [Outward::Bell, note]);
    let command = vec!["notify".to_owned()];
    assert!(rig.effects.contains(&Effect::Hook { command, text }));
    rig.tell(news(2));
    rig.tell(news(3));
    assert_eq!(rig.told.len(), 2);
    let timer = rig.timers.iter().rfind(|t| t.kind == TimerKind::Attention);
    let timer = *timer.unwrap();
    rig.tell(Event::Timer(timer));
    let Some(Outward::Note { text, .. }) = rig.told.last() else {
        panic!("{:?}", rig.told);
    };
    assert_eq!(text, "2 new texts");
}

#[test]
fn a_backlog_and_the_conversation_under_my_eyes_are_silent() {
    let mut rig = Rig::with(calling(), desk());
    rig.press("enter");
    rig.told.clear();
    rig.tell(news(1));
    assert!(rig.told.is_empty());
    rig.tell(Event::Link(LinkEvent::Connection(Connection::CatchingUp {
        behind: 9,
    })));
    rig.tell(news(2));
    assert!(rig.told.is_empty());
    rig.tell(Event::Link(LinkEvent::Connection(Connection::Live)));
    rig.tell(Event::Input(Input::Window(Window::Away)));
    rig.tell(news(1));
    assert_eq!(rig.told[0], Outward::Bell);
}

#[test]
fn the_title_says_how_many_wait_and_is_told_only_where_that_changes() {
    let mut rig = rig();
    let titles = |rig: &Rig| {
        let told = rig.told.iter().filter_map(|told| match told {
            Outward::Title(title) => Some(title.clone()),
            _ => None,
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(titles(&rig).last().unwrap(), "(2) smsdesk");
    rig.told.clear();
    rig.press("j k j");
    assert!(titles(&rig).is_empty());
    rig.press("k e");
    assert_eq!(titles(&rig), ["(1) smsdesk"]);
}

#[test]
fn a_changed_configuration_is_taken_while_the_app_runs_and_a_wrong_one_is_not() {
    let mut rig = rig();
    let read = Preferences {
        colours: Colours::Light,
        home: "DE".parse().unwrap(),
        notify: calling().notify,
        mouse: Mouse::On,
        tools: None,
        aids: Aids {
            warn_segments: 1,
            ..Aids::default()
        },
    };
    rig.tell(Event::Configuration(Box::new(Ok(read.clone()))));
    assert!(rig.screen().contains("Configuration read again"));
    assert_eq!(rig.told.last(), Some(&Outward::Mouse(Mouse::On)));
    assert_eq!(rig.model.setup.notify, read.notify);
    assert_eq!(rig.model.setup.aids, read.aids);
    let wrong = "smsdesk.toml:3: ui.theme: expected dark, light".to_owned();
    rig.tell(Event::Configuration(Box::new(Err(wrong))));
    let says = "The settings stay as they are. smsdesk.toml:3: ui.theme:";
    assert!(rig.screen().contains(says), "{}", rig.screen());
    assert_eq!(rig.model.setup.colours, Colours::Light);
}

#[test]
fn keys_and_the_window_have_the_configuration_looked_at_now_and_then() {
    let mut rig = rig();
    let mut looks = |event: Event, after_ms: i64| {
        let now = rig.now.plus_millis(after_ms);
        let effects = update(&mut rig.model, event, now);
        effects.contains(&Effect::LookAtConfig)
    };
    let key = || Event::Input(Input::Key("j".parse().unwrap()));
    assert!(!looks(key(), 100));
    assert!(looks(key(), 2_100));
    assert!(!looks(key(), 2_200));
    assert!(looks(Event::Input(Input::Window(Window::Focused)), 2_300));
    assert!(looks(Event::LookAtConfig, 2_400));
    assert!(!looks(
        Event::Link(LinkEvent::Connection(Connection::Offline)),
        9_000
    ));
}

fn away(minutes: i64) -> Event {
    let at = NOW.plus_millis(-60_000 * minutes);
    Event::Cache(CacheEvent::LastSeen(Some(LastSeen { at, head: Seq(9) })))
}

fn meanwhile(arrived: u32) -> Event {
    Event::Cache(CacheEvent::Meanwhile(Meanwhile {
        timed: 0,
        since: NOW.plus_millis(-60_000 * 95),
        arrived,
        closed: u32::from(arrived > 0),
        failed: 0,
        longest: Some(Longest {
            conversation: conversation_id(2),
            who: "Chen \u{1b}Wei".to_owned(),
            waiting_since: NOW.plus_millis(-60_000 * 18),
        }),
    }))
}

#[test]
fn who_comes_back_is_told_what_happened_and_one_key_leads_to_the_longest_wait() {
    let mut rig = rig();
    rig.tell(away(95));
    assert!(matches!(rig.effects.last(), Some(Effect::LookBack(seen)) if seen.head == Seq(9)));
    rig.tell(meanwhile(14));
    let screen = rig.screen();
    for words in [
        "Since you left, 1h ago",
        "14 texts arrived",
        "1 conversation was closed by others",
        "18m is the longest wait: Chen",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    rig.press("enter");
    assert_eq!(rig.selected(), Some(conversation_id(2)));
    assert!(rig.model.overlays.is_empty());
}

#[test]
fn a_short_or_quiet_absence_is_not_worth_a_word_and_a_writer_is_not_interrupted() {
    let mut rig = rig();
    rig.tell(away(29));
    let asked = |effect: &Effect| matches!(effect, Effect::LookBack(_));
    assert!(!rig.effects.iter().any(asked));
    rig.tell(meanwhile(0));
    assert!(rig.model.overlays.is_empty());
    rig.press("r");
    rig.tell(meanwhile(3));
    assert!(rig.model.overlays.is_empty());
    assert!(rig.screen().contains("Since you left, 3 texts arrived"));
}

#[test]
fn a_key_after_half_an_hour_asks_and_is_noted_and_others_are_noted_once_a_minute() {
    let mut rig = rig();
    let mut after = |minutes: i64| {
        let key = Event::Input(Input::Key("j".parse().unwrap()));
        let now = rig.now.plus_millis(60_000 * minutes);
        let effects = update(&mut rig.model, key, now);
        let asks = effects.contains(&Effect::LastSeen);
        (asks, effects.contains(&Effect::NoteSeen(now)))
    };
    assert_eq!(after(0), (false, true));
    assert_eq!(after(0), (false, false));
    assert_eq!(after(2), (false, true));
    assert_eq!(after(33), (true, true));
}
