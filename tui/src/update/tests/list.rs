use crate::effect::{Effect, TimerKind};
use crate::event::{CacheEvent, Event};
use crate::model::Focus;
use crate::model::Setup;
use crate::model::list::{ListQuery, ListSlice, View};
use crate::model::listing::{SavedView, Sorting};
use crate::model::roster::Order;
use crate::testkit::{Disk, NOW, Rig, Text, conversation_id, desk, row, setup};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::status::DeliveryStatus::Delivered;

/// `count` conversations; the first `waiting` of them wait.
fn many(count: u32, waiting: u32) -> Disk {
    (1..=count).fold(Disk::default(), |disk, n| {
        let minutes = i64::from(2 * count - n);
        let mut texts = vec![Text::from_them("hello", minutes)];
        if n > waiting {
            texts.push(Text::from_us("hi", minutes, Delivered));
        }
        disk.with(row(n, &format!("Customer {n}")), 0, texts)
    })
}

fn check_selected(rig: &Rig, n: u32) {
    assert_eq!(rig.selected(), Some(conversation_id(n)));
    let shown = rig.model.timeline.as_ref().unwrap();
    assert_eq!(
        shown.conversation(),
        conversation_id(n),
        "the chat follows the selection"
    );
}

#[test]
fn the_first_conversation_that_waits_is_selected_at_the_start() {
    check_selected(&Rig::new(120, 30, desk()), 1);
    check_selected(&Rig::new(120, 30, many(3, 0)), 1);
}

#[test]
fn the_selection_walks_and_stops_at_the_ends() {
    let mut rig = Rig::new(120, 30, many(3, 3));
    check_selected(rig.press("k"), 1);
    check_selected(rig.press("j"), 2);
    check_selected(rig.press("down j j"), 3);
    check_selected(rig.press("up"), 2);
    check_selected(rig.press("G"), 3);
    check_selected(rig.press("g g"), 1);
}

#[test]
fn next_waiting_skips_what_is_answered_and_comes_round() {
    let mut rig = Rig::new(120, 30, many(5, 2));
    check_selected(rig.press("n"), 2);
    check_selected(rig.press("n"), 1);
    check_selected(rig.press("N"), 2);
    check_selected(rig.press("G n"), 1);
    check_selected(rig.press("G N"), 2);
}

#[test]
fn the_selection_stays_on_its_conversation_when_rows_come_and_go() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.press("j j");
    check_selected(&rig, 3);
    rig.disk
        .add(conversation_id(1), Text::from_us("done", 0, Delivered));
    rig.applied(&[conversation_id(1)]);
    check_selected(&rig, 3);
    assert_eq!(
        rig.model.roster.visible(1)[0].conversation.id,
        conversation_id(2)
    );
}

#[test]
fn a_conversation_that_leaves_the_view_leaves_its_place_to_the_next() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.press("j j");
    rig.disk
        .rows
        .retain(|row| row.conversation.id != conversation_id(3));
    rig.applied(&[]);
    check_selected(&rig, 4);
}

#[test]
fn the_chat_stays_under_somebody_who_reads_a_conversation_that_leaves_the_view() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.press("j j enter");
    rig.disk
        .rows
        .retain(|row| row.conversation.id != conversation_id(3));
    rig.applied(&[]);
    check_selected(&rig, 3);
    rig.press("r").write("on my way");
    check_selected(&rig, 3);
    rig.press("esc");
    check_selected(&rig, 3);
    check_selected(rig.press("q"), 4);
}

#[test]
fn the_keys_go_on_from_where_a_conversation_was_that_left_the_view() {
    for (key, expected) in [("j", 4), ("k", 2), ("n", 4), ("N", 2)] {
        let mut rig = Rig::new(120, 30, many(5, 5));
        rig.press("j j enter");
        rig.disk
            .rows
            .retain(|row| row.conversation.id != conversation_id(3));
        rig.applied(&[]);
        check_selected(rig.press(key), expected);
    }
}

#[test]
fn a_long_list_is_read_in_windows_around_the_selection() {
    let mut rig = Rig::new(120, 30, many(1_000, 1_000));
    for _ in 0..700 {
        rig.press("j");
    }
    check_selected(&rig, 701);
    assert!(rig.model.roster.slice().rows.len() <= 200);
    check_selected(rig.press("G"), 1_000);
    check_selected(rig.press("k"), 999);
    check_selected(rig.press("g g"), 1);
    check_selected(rig.press("G n"), 1);
}

#[test]
fn one_question_is_under_way_at_a_time_and_none_is_forgotten() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    let applied = || {
        Event::Cache(CacheEvent::Applied {
            conversations: vec![],
            everything: true,
        })
    };
    for _ in 0..10 {
        rig.tell_only(applied());
    }
    let lists = |rig: &Rig| {
        rig.asked
            .iter()
            .filter(|e| matches!(e, Effect::LoadList(_)))
            .count()
    };
    assert_eq!(lists(&rig), 1);
    while !matches!(rig.asked.front(), Some(Effect::LoadList(_))) {
        rig.answer();
    }
    rig.answer();
    assert_eq!(lists(&rig), 1, "what changed meanwhile is asked about");
    rig.answer_all();
    assert_eq!(lists(&rig), 0);
}

#[test]
fn while_a_reply_is_written_no_row_moves() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.press("j r").write("on my way");
    let order = |rig: &Rig| -> Vec<_> {
        rig.model
            .roster
            .slice()
            .rows
            .iter()
            .map(|row| row.conversation.id)
            .collect()
    };
    let before = order(&rig);
    rig.disk
        .add(conversation_id(1), Text::from_us("done", 0, Delivered));
    rig.disk
        .add(conversation_id(5), Text::from_them("and another thing", 0));
    rig.applied(&[conversation_id(1), conversation_id(5)]);
    assert_eq!(order(&rig), before);
    assert_eq!(
        rig.model.roster.row(conversation_id(5)).unwrap().unread,
        2,
        "contents are fresh"
    );
    check_selected(&rig, 2);
    rig.press("esc");
    assert_ne!(order(&rig), before);
    check_selected(&rig, 2);
}

#[test]
fn an_answer_from_before_the_writing_does_not_move_rows_either() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.tell_only(Event::Cache(CacheEvent::Applied {
        conversations: vec![],
        everything: false,
    }));
    let before = rig.model.roster.slice().rows.clone();
    rig.disk
        .add(conversation_id(1), Text::from_us("done", 0, Delivered));
    let keys = crate::input::key::parse_sequence("r").unwrap();
    rig.tell_only(Event::Input(crate::event::Input::Key(keys[0])));
    assert_eq!(rig.model.roster.order(), Order::Frozen);
    rig.answer_all();
    let ids = |rows: &[crate::model::list::ListRow]| -> Vec<_> {
        rows.iter().map(|row| row.conversation.id).collect()
    };
    assert_eq!(ids(&rig.model.roster.slice().rows), ids(&before));
}

#[test]
fn views_show_their_own_conversations() {
    let mut rig = Rig::new(120, 30, desk());
    for (keys, view, rows) in [
        ("g m", View::Mine, 2),
        ("g u", View::Unassigned, 1),
        ("g f", View::Flagged, 1),
        ("g s", View::Snoozed, 0),
        ("g d", View::Done, 0),
        ("g a", View::All, 4),
        ("g i", View::Inbox, 4),
    ] {
        rig.press(keys);
        assert_eq!(rig.model.roster.view(), view);
        assert_eq!(rig.model.roster.slice().rows.len(), rows, "{keys}");
        assert_eq!(rig.model.timeline.is_some(), rows > 0);
        assert_eq!(rig.model.focus, Focus::List);
    }
}

#[test]
fn rows_of_a_view_that_was_left_are_dropped() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("g u");
    let stale = ListSlice {
        listing: View::Inbox.into(),
        ..ListSlice::default()
    };
    rig.tell(Event::Cache(CacheEvent::List(stale)));
    assert_eq!(rig.model.roster.slice().rows.len(), 1);
}

#[test]
fn minus_goes_back_and_forth_between_two_opened_conversations() {
    let mut rig = Rig::new(120, 30, many(5, 5));
    rig.press("-");
    assert_eq!(rig.model.notices.iter().count(), 1);
    rig.press("enter j j enter");
    check_selected(&rig, 3);
    check_selected(rig.press("-"), 1);
}

#[test]
fn minus_finds_a_conversation_that_is_not_in_this_view() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j enter g m");
    check_selected(&rig, 1);
    check_selected(rig.press("-"), 2);
    assert_eq!(rig.model.roster.view(), View::All);
}

fn clocks(rig: &Rig) -> usize {
    let clocks = rig.timers.iter();
    clocks.filter(|it| it.kind == TimerKind::Clock).count()
}

#[test]
fn the_clock_rings_when_the_first_age_changes_and_not_before() {
    let rig = Rig::new(120, 30, many(2, 2));
    let clock: Vec<u32> = rig
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::StartTimer { timer, after_ms } if timer.kind == TimerKind::Clock => {
                Some(*after_ms)
            }
            _ => None,
        })
        .collect();
    assert_eq!(clock, [60_000]);
    let idle = Rig::new(120, 30, many(2, 0));
    assert_eq!(
        clocks(&idle),
        0,
        "nothing on the screen depends on the time"
    );
}

#[test]
fn a_stale_timer_does_nothing() {
    let mut rig = Rig::new(120, 30, many(2, 2));
    let timer = rig.timers.iter().find(|it| it.kind == TimerKind::Clock);
    let timer = *timer.unwrap();
    rig.now = NOW.plus_millis(60_000);
    rig.tell(Event::Timer(timer));
    assert_eq!(clocks(&rig), 2);
    rig.tell(Event::Timer(timer));
    assert_eq!(clocks(&rig), 2, "rang once already");
}

#[test]
fn the_disk_is_asked_again_after_it_failed() {
    let mut rig = Rig::new(120, 30, many(2, 2));
    rig.tell_only(Event::Cache(CacheEvent::Applied {
        conversations: vec![],
        everything: false,
    }));
    rig.asked.clear();
    rig.tell_only(Event::Cache(CacheEvent::Failed {
        message: "disk full".to_owned(),
    }));
    assert_eq!(rig.model.notices.oldest().unwrap().text, "disk full");
    rig.tell_only(Event::Cache(CacheEvent::Applied {
        conversations: vec![],
        everything: false,
    }));
    assert!(matches!(
        rig.asked.front(),
        Some(Effect::LoadList(ListQuery::Around { .. }))
    ));
}

fn with_views(views: &[(&str, &str, Sorting)]) -> Rig {
    let saved: Vec<SavedView> = views
        .iter()
        .map(|(name, filter, sorting)| SavedView {
            name: (*name).to_owned(),
            filter: filter.parse().unwrap(),
            sorting: *sorting,
        })
        .collect();
    let mut disk = desk();
    disk.saved.clone_from(&saved);
    let setup = Setup {
        saved: saved.into(),
        ..setup(120, 30)
    };
    Rig::with(setup, disk)
}

fn shown(rig: &Rig) -> Vec<ConversationId> {
    let rows = rig.model.roster.slice().rows.iter();
    rows.map(|row| row.conversation.id).collect()
}

#[test]
fn a_digit_behind_g_leads_to_a_view_of_ones_own_in_its_own_order() {
    let mut rig = with_views(&[
        ("Pipes", "label:plumbing", Sorting::LongestWait),
        ("Unread", "is:unread", Sorting::Newest),
    ]);
    assert_eq!(rig.model.roster.slice().saved, [1, 3]);
    rig.press("g 1");
    assert_eq!(shown(&rig), [conversation_id(1)]);
    rig.press("enter g 2");
    assert_eq!(rig.model.focus, Focus::List);
    assert_eq!(
        shown(&rig),
        [3, 2].map(conversation_id),
        "the first was read"
    );
    let screen = rig.screen();
    assert!(screen.contains("1:Pipes 1 · 2:Unread 2 · "), "{screen}");
    assert!(screen.contains("Unread · newest first"), "{screen}");
    rig.press("g 3");
    assert!(rig.screen().contains("There is no such view"));
    assert_eq!(shown(&rig).len(), 2, "the list stays as it was");
}

#[test]
fn the_orders_are_walked_and_the_selection_stays() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("j");
    check_selected(&rig, 2);
    for (title, rows) in [
        ("Inbox · newest first", [1, 3, 2, 4]),
        ("Inbox · oldest first", [4, 2, 3, 1]),
        ("Inbox · by name", [4, 1, 2, 3]),
        ("Inbox · longest wait first", [1, 2, 3, 4]),
    ] {
        check_selected(rig.press("O"), 2);
        assert_eq!(shown(&rig), rows.map(conversation_id), "{title}");
        assert!(rig.screen().contains(title), "{title}");
    }
    rig.press("O g m");
    assert!(rig.screen().contains("Mine · longest wait first"));
}

#[test]
fn a_view_that_asks_for_how_long_is_read_anew_as_time_passes() {
    let mut rig = with_views(&[("Late", "waiting:>30m", Sorting::LongestWait)]);
    let clock = |rig: &Rig| {
        let timers = rig.timers.iter().rev();
        timers
            .clone()
            .find(|timer| timer.kind == TimerKind::Clock)
            .copied()
    };
    let timer = clock(&rig).unwrap();
    rig.tell_only(Event::Timer(timer));
    assert!(matches!(rig.asked.front(), Some(Effect::LoadList(_))));
}
