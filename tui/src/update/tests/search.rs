use crate::event::{CacheEvent, Event, Input};
use crate::input::context::Context;
use crate::input::key::{Code, Key};
use crate::model::Focus;
use crate::model::list::View;
use crate::model::search::Coverage;
use crate::model::timeline::Timeline;
use crate::testkit::{Rig, conversation_id, desk};
use smsdesk_common::ids::ConversationId;

fn rig() -> Rig {
    Rig::new(120, 30, desk())
}

fn shown(rig: &Rig) -> Option<ConversationId> {
    rig.model.timeline.as_ref().map(Timeline::conversation)
}

/// The bodies of what was found.
fn hits(rig: &Rig) -> Vec<&str> {
    let found = rig.model.finder().expect("the search is open").found();
    found.hits.iter().map(|hit| hit.body.as_str()).collect()
}

#[test]
fn each_key_searches_and_nothing_below_moves() {
    let mut rig = rig();
    let before = (rig.selected(), shown(&rig));
    rig.press("/").write("plumb");
    assert_eq!(rig.model.context(), Context::Search);
    assert_eq!(hits(&rig).len(), 2);
    rig.write("er coming");
    assert_eq!(hits(&rig), ["is the plumber still coming?"]);
    rig.press("ctrl-u");
    assert_eq!(hits(&rig).len(), 0);
    assert_eq!((rig.selected(), shown(&rig)), before);
    rig.press("esc");
    assert_eq!(rig.model.context(), Context::List);
    assert_eq!((rig.selected(), shown(&rig)), before);
}

#[test]
fn enter_opens_the_conversation_at_the_hit_and_n_goes_on_to_the_next() {
    let mut rig = rig();
    rig.press("/").write("plumber").press("enter");
    assert_eq!(rig.model.context(), Context::Chat);
    assert_eq!(shown(&rig), Some(conversation_id(1)));
    let sight = |rig: &Rig| {
        let timeline = rig.model.timeline.as_ref().unwrap();
        timeline.sight().map(|sight| sight.hit.body.clone())
    };
    assert_eq!(sight(&rig).unwrap(), "is the plumber still coming?");
    rig.press("n");
    assert!(sight(&rig).unwrap().starts_with("Good morning Maria"));
    assert!(rig.screen().contains("hit 2 of 2"));
    rig.press("n");
    assert_eq!(sight(&rig).unwrap(), "is the plumber still coming?");
    rig.press("N");
    assert!(sight(&rig).unwrap().starts_with("Good morning Maria"));
}

#[test]
fn a_hit_outside_of_the_view_is_opened_and_esc_leads_back_to_where_it_began() {
    let mut rig = rig();
    rig.press("g f");
    assert_eq!(rig.model.roster.view(), View::Flagged);
    let before = rig.selected();
    rig.press("/").write("nine").press("enter");
    assert_eq!(shown(&rig), Some(conversation_id(4)));
    assert_eq!(rig.model.focus, Focus::Chat);
    assert_eq!(rig.model.roster.view(), View::All);
    rig.press("esc");
    assert_eq!(rig.model.roster.view(), View::Flagged);
    assert_eq!((rig.selected(), shown(&rig)), (before, before));
    assert_eq!(rig.model.focus, Focus::List);
    rig.press("n");
    assert_eq!(shown(&rig), before, "n looks for who waits again");
}

#[test]
fn from_an_open_chat_esc_leads_back_into_it() {
    let mut rig = rig();
    rig.press("enter");
    let before = shown(&rig);
    rig.press("/")
        .write("4267")
        .press("ctrl-u")
        .write("see you tomorrow")
        .press("enter");
    assert_ne!(shown(&rig), before);
    rig.press("/").write("lease").press("esc");
    assert_eq!((shown(&rig), rig.model.focus), (before, Focus::Chat));
    rig.press("esc");
    assert_eq!(rig.model.focus, Focus::List);
}

#[test]
fn a_view_that_is_chosen_ends_it() {
    let mut rig = rig();
    rig.press("/").write("plumber").press("enter g i");
    assert!(rig.model.walk.is_none());
    rig.press("enter esc");
    assert_eq!(rig.model.focus, Focus::List);
}

#[test]
fn people_stand_above_texts_and_are_opened_at_the_end_of_their_chat() {
    let mut rig = rig();
    rig.press("/").write("maria");
    let finder = rig.model.finder().unwrap();
    assert_eq!(finder.rows().count(), 2);
    assert!(
        rig.screen().contains("1 person · 1 text"),
        "{}",
        rig.screen()
    );
    rig.press("enter");
    assert_eq!(shown(&rig), Some(conversation_id(1)));
    rig.press("n");
    assert!(rig.screen().contains("hit 1 of 1"));
}

#[test]
fn an_answer_to_an_older_question_is_dropped_and_enter_waits_for_the_right_one() {
    let mut rig = rig();
    rig.press("/");
    for c in "plumb".chars() {
        let key = Key::plain(Code::Char(c));
        rig.tell_only(Event::Input(Input::Key(key)));
    }
    let enter = Key::plain(Code::Enter);
    rig.tell_only(Event::Input(Input::Key(enter)));
    assert_eq!(rig.model.context(), Context::Search);
    assert!(rig.answer(), "an answer to `p`");
    assert_eq!(rig.model.context(), Context::Search);
    assert_eq!(rig.model.finder().unwrap().found().hits.len(), 0);
    rig.answer_all();
    assert_eq!(rig.model.context(), Context::Chat);
    assert_eq!(shown(&rig), Some(conversation_id(1)));
}

#[test]
fn what_arrives_while_it_is_open_is_found_and_the_chosen_row_stays_chosen() {
    let mut rig = rig();
    rig.press("/").write("plumber").press("down");
    let chosen = |rig: &Rig| {
        let finder = rig.model.finder().unwrap();
        match finder.chosen().unwrap() {
            crate::model::search::finder::Row::Hit(hit) => hit.body.clone(),
            crate::model::search::finder::Row::Person(_) => String::new(),
        }
    };
    let before = chosen(&rig);
    let text = crate::testkit::Text::from_them("another plumber!", 0);
    rig.disk.add(conversation_id(2), text);
    rig.applied(&[conversation_id(2)]);
    assert_eq!(hits(&rig).len(), 3);
    assert_eq!(chosen(&rig), before);
}

#[test]
fn a_row_that_is_chosen_before_the_answer_to_the_last_key_is_the_one_that_enter_opens() {
    let last_key_then = |keys: [Code; 2]| {
        let mut rig = rig();
        rig.press("/").write("plumbe");
        assert_eq!(hits(&rig).len(), 2);
        for code in [&[Code::Char('r')], &keys[..]].concat() {
            rig.tell_only(Event::Input(Input::Key(Key::plain(code))));
        }
        rig
    };
    let mut rig = last_key_then([Code::Down, Code::Enter]);
    rig.answer_all();
    rig.press("n");
    assert!(rig.screen().contains("hit 1 of 2"), "the second was open");
    // What was chosen is gone: nothing else is opened in its place.
    let mut rig = last_key_then([Code::Down, Code::Enter]);
    let gone = rig.model.finder().unwrap().found().hits[1].entry;
    let texts = rig.disk.texts.values_mut();
    texts.for_each(|texts| texts.retain(|item| item.entry.id != gone));
    rig.answer_all();
    assert_eq!(rig.model.context(), Context::Search);
    assert_eq!(hits(&rig).len(), 1);
}

#[test]
fn an_index_that_is_still_being_made_is_said_and_looked_at_again() {
    let mut disk = desk();
    disk.coverage = Coverage {
        indexed: 310_000,
        entries: 1_000_000,
    };
    let mut rig = Rig::new(120, 30, disk);
    rig.press("/").write("plumber");
    let says = "searching the newest 310,000 of 1,000,000 texts";
    assert!(rig.screen().contains(says), "{}", rig.screen());
    rig.disk.coverage = Coverage::default();
    let timer = *rig.timers.last().unwrap();
    rig.tell(Event::Timer(timer));
    assert!(!rig.screen().contains("searching the newest"));
}

#[test]
fn odd_syntax_is_words_and_said_quietly() {
    let mut rig = rig();
    rig.press("/").write("\"plumb");
    assert_eq!(hits(&rig).len(), 2);
    rig.press("ctrl-u").write("is:opne");
    assert_eq!(hits(&rig).len(), 0);
    assert!(rig.screen().contains("looked for as it stands: column 4"));
}

#[test]
fn a_command_searches_for_what_stands_behind_its_name() {
    let mut rig = rig();
    rig.press(":").write("search plumber").press("enter");
    assert_eq!(hits(&rig).len(), 2);
}

#[test]
fn a_disk_that_fails_leaves_the_search_as_it_was() {
    let mut rig = rig();
    rig.press("/").write("plumber");
    let message = "the disk is full".to_owned();
    rig.tell(Event::Cache(CacheEvent::Failed { message }));
    rig.write(" coming").press("enter");
    assert_eq!(shown(&rig), Some(conversation_id(1)));
    // A conversation that went meanwhile is asked for once.
    rig.press("/").write("plumber");
    rig.tell(Event::Cache(CacheEvent::ChatMissing(conversation_id(1))));
    rig.press("down esc");
}
