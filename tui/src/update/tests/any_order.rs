//! What must hold whatever happens, in whatever order, however late the disk answers.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event, Input, LinkEvent};
use crate::input::key::{Code, Key};
use crate::model::Focus;
use crate::model::composer::Composer;
use crate::model::connection::Connection;
use crate::model::timeline::Timeline;
use crate::testkit::{Disk, Rig, Text, agent_ana, conversation_id, row};
use crate::update::tests::question::refuse_the_first;
use proptest::prelude::*;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::meanwhile::Meanwhile;
use smsdesk_common::status::DeliveryStatus::Delivered;
use std::collections::HashMap;

const CONVERSATIONS: u32 = 6;

#[derive(Clone, Debug)]
enum Happening {
    Press(&'static str),
    Type(char),
    Paste(String),
    Resize(u16, u16),
    Answer,
    Arrives(u32),
    Answered(u32),
    RelayAsks(u32),
    Vanishes(u32),
    Everything,
    Fails,
    Connection(Connection),
    TimersRing,
}

fn any_happening() -> impl Strategy<Value = Happening> {
    let keys = [
        "j",
        "k",
        "n",
        "N",
        "G",
        "g",
        "i",
        "a",
        "m",
        "enter",
        "r",
        "l",
        "h",
        "q",
        "esc",
        "-",
        "J",
        "K",
        "ctrl-d",
        "ctrl-u",
        "pgup",
        "pgdn",
        "R",
        "e",
        "E",
        "*",
        "A",
        "?",
        "alt-g",
        "ctrl-w",
        "alt-enter",
        "up",
        "backspace",
        "ctrl-y",
    ];
    prop_oneof![
        10 => prop::sample::select(keys.to_vec()).prop_map(Happening::Press),
        6 => prop::char::range('a', 'z').prop_map(Happening::Type),
        1 => "[a-z\n]{1,9}".prop_map(Happening::Paste),
        1 => (40u16..140, 10u16..50).prop_map(|(w, h)| Happening::Resize(w, h)),
        8 => Just(Happening::Answer),
        3 => (1..=CONVERSATIONS).prop_map(Happening::Arrives),
        2 => (1..=CONVERSATIONS).prop_map(Happening::Answered),
        1 => (1..=CONVERSATIONS).prop_map(Happening::RelayAsks),
        1 => (1..=CONVERSATIONS).prop_map(Happening::Vanishes),
        1 => Just(Happening::Everything),
        1 => Just(Happening::Fails),
        1 => Just(Happening::Connection(Connection::Offline)),
        1 => Just(Happening::TimersRing),
    ]
}

fn applied(rig: &mut Rig, conversations: Vec<ConversationId>, everything: bool) {
    rig.tell_only(Event::Cache(CacheEvent::Applied {
        conversations,
        everything,
    }));
}

fn happen(rig: &mut Rig, happening: &Happening) {
    match happening {
        Happening::Press(key) => rig.tell_only(Event::Input(Input::Key(key.parse().unwrap()))),
        Happening::Type(c) => rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Char(*c))))),
        Happening::Paste(text) => rig.tell_only(Event::Input(Input::Paste(text.clone()))),
        Happening::Resize(width, height) => {
            rig.tell_only(Event::Input(Input::Resize {
                width: *width,
                height: *height,
            }));
        }
        Happening::Answer => {
            rig.answer();
        }
        Happening::Arrives(n) | Happening::Answered(n) => {
            let id = conversation_id(*n);
            let text = match happening {
                Happening::Arrives(_) => Text::from_them("hello again", 0),
                _ => Text::from_us("answered elsewhere", 0, Delivered).by_bo(),
            };
            if rig.disk.rows.iter().any(|row| row.conversation.id == id) {
                rig.disk.add(id, text);
                applied(rig, vec![id], false);
            }
        }
        Happening::RelayAsks(n) => {
            refuse_the_first(rig, *n);
        }
        Happening::Vanishes(n) => {
            rig.disk
                .rows
                .retain(|row| row.conversation.id != conversation_id(*n));
            applied(rig, Vec::new(), true);
        }
        Happening::Everything => applied(rig, Vec::new(), true),
        Happening::Fails => {
            // The disk fails on what it was asked last; questions before it were answered.
            rig.answer_all();
            rig.tell_only(Event::Cache(CacheEvent::Failed {
                message: "disk".to_owned(),
            }));
        }
        Happening::Connection(state) => {
            rig.tell_only(Event::Link(LinkEvent::Connection(state.clone())));
        }
        Happening::TimersRing => {
            rig.now = rig.now.plus_millis(60_000);
            for timer in std::mem::take(&mut rig.timers) {
                rig.tell_only(Event::Timer(timer));
            }
        }
    }
}

fn new_rig() -> Rig {
    let disk = (1..=CONVERSATIONS).fold(Disk::default(), |disk, n| {
        let texts = vec![
            Text::from_them("hello", i64::from(100 - n)),
            Text::from_them("you?", 3),
        ];
        disk.with(row(n, &format!("Customer {n}")), 0, texts)
    });
    Rig::new(120, 30, disk)
}

fn order(rig: &Rig) -> Vec<ConversationId> {
    rig.model
        .roster
        .slice()
        .rows
        .iter()
        .map(|row| row.conversation.id)
        .collect()
}

fn drafts(rig: &Rig) -> HashMap<ConversationId, String> {
    let composed = |n| {
        let id = conversation_id(n);
        let text = rig.model.composers.get(id)?.editor().text().to_owned();
        (!text.is_empty()).then_some((id, text))
    };
    (1..=CONVERSATIONS).filter_map(composed).collect()
}

/// Rows of `before` that are still there, in the order that they had.
fn keeps_order(before: &[ConversationId], after: &[ConversationId]) -> bool {
    let left: Vec<_> = before.iter().filter(|id| after.contains(id)).collect();
    left.into_iter().eq(after.iter())
}

fn assert_selection_is_visible(rig: &Rig) {
    let Some(selected) = rig.selected().filter(|id| order(rig).contains(id)) else {
        return;
    };
    let visible = rig.model.roster.visible(rig.model.list_rows());
    assert!(visible.iter().any(|row| row.conversation.id == selected));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_events_keeps_selection_order_and_drafts(
        happenings in prop::collection::vec(any_happening(), 1..120),
    ) {
        let mut rig = new_rig();
        for happening in &happenings {
            let (focus, shown) = (rig.model.focus, rig.model.timeline.as_ref().map(Timeline::conversation));
            let (rows, written) = (order(&rig), drafts(&rig));
            let submitted = rig.effects.len();
            happen(&mut rig, happening);

            let now_shown = rig.model.timeline.as_ref().map(Timeline::conversation);
            if focus == Focus::Composer && rig.model.focus == Focus::Composer {
                prop_assert_eq!(shown, now_shown, "the chat moved under a draft: {:?}", happening);
                prop_assert!(keeps_order(&rows, &order(&rig)), "rows moved under a draft: {:?}", happening);
            }
            for (id, text) in drafts(&rig) {
                let unchanged = written.get(&id) == Some(&text);
                let mine = now_shown == Some(id) || shown == Some(id);
                prop_assert!(unchanged || mine, "a draft changed that is not on the screen");
            }
            for effect in &rig.effects[submitted..] {
                if let Effect::Submit { conversation, seen, .. } = effect {
                    prop_assert_eq!(Some(*conversation), shown, "sent to another conversation");
                    let entries = rig.model.timeline.iter().flat_map(Timeline::items);
                    let entries = entries.filter(|item| item.local.is_none()).map(|item| &item.entry);
                    let unseen = Meanwhile::since(entries, seen.up_to, agent_ana().id, |_| None);
                    prop_assert_eq!(unseen, None, "sent over what was not seen: {:?}", happening);
                }
            }
            if let (Some(selected), true) = (rig.selected(), rig.asked.is_empty()) {
                let in_list = order(&rig).contains(&selected);
                let stays = rig.model.focus != Focus::List
                    || rig.model.prompt().is_some()
                    || rig.model.staying == Some(selected);
                prop_assert!(in_list || stays, "{:?}", happening);
            }
            assert_selection_is_visible(&rig);
        }
        rig.draw();
        // Before the disk has said what its draft is, typing cannot be told from it; that takes
        // it some milliseconds.
        rig.answer_all();
        rig.tell_only(Event::Terminate);
        let written = drafts(&rig);
        rig.answer_all();
        for (id, text) in written {
            // A disk that failed to say what its draft is may hold one: nothing goes over it.
            if !rig.model.composers.get(id).is_some_and(Composer::is_loaded) {
                continue;
            }
            let on_disk = rig.disk.drafts.get(&id).is_some_and(|draft| draft.contains(&text));
            let sent = rig.disk.texts[&id].iter().any(|item| item.entry.body == text.trim());
            prop_assert!(on_disk || sent, "a draft is lost: {:?} {:?}", text, rig.disk.drafts.get(&id));
        }
    }

    #[test]
    fn every_screen_size_draws_any_state(
        width in 1u16..=200,
        height in 1u16..=60,
        happenings in prop::collection::vec(any_happening(), 0..20),
    ) {
        let mut rig = new_rig();
        rig.tell(Event::Input(Input::Resize { width, height }));
        for happening in &happenings {
            happen(&mut rig, happening);
        }
        rig.tell(Event::Input(Input::Resize { width, height }));
        rig.draw();
    }
}

#[test]
fn the_selected_row_stays_in_sight_where_a_list_that_stands_still_holds_one_that_left_its_view() {
    let mut rig = new_rig();
    for happening in [
        Happening::Press("e"),
        Happening::Press("G"),
        Happening::Press("r"),
        Happening::Fails,
        Happening::Resize(40, 10),
    ] {
        happen(&mut rig, &happening);
        assert_selection_is_visible(&rig);
    }
}
