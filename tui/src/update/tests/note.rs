//! Private notes: they are saved beside the texts and never meet them.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event, Input, LinkEvent};
use crate::input::context::Context;
use crate::input::key::{Code, Key};
use crate::model::Focus;
use crate::model::chat::Local;
use crate::model::connection::Connection;
use crate::testkit::{Disk, Rig, Text, agent_ana, agent_bo, conversation_id, desk, row};
use crate::update::tests::question::refuse_the_first;
use proptest::prelude::*;
use smsdesk_common::api::notes::NOTE_CHARACTERS_MAX;
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::entry::EntryKind;
use smsdesk_common::ids::EntryId;

fn notes(rig: &Rig) -> Vec<&str> {
    let mut notes = Vec::new();
    for effect in &rig.effects {
        if let Effect::WriteNote { body, .. } = effect {
            notes.push(body.as_str());
        }
    }
    notes
}

fn texts(rig: &Rig) -> Vec<&str> {
    let mut texts = Vec::new();
    for effect in &rig.effects {
        if let Effect::Submit { body, .. } = effect {
            texts.push(body.as_str());
        }
    }
    texts
}

fn note(rig: &Rig) -> &str {
    rig.model.note().unwrap().editor().text()
}

fn reply(rig: &Rig) -> &str {
    rig.model.composer().unwrap().editor().text()
}

fn notice(rig: &Rig) -> &str {
    rig.model
        .notices
        .iter()
        .last()
        .map_or("", |notice| &notice.text)
}

/// The relay refuses the oldest note that waits in the `n`th conversation.
fn refuse_the_first_note(rig: &mut Rig, n: u32) -> Option<EntryId> {
    let conversation = conversation_id(n);
    let texts = rig.disk.texts.get_mut(&conversation)?;
    let waits = texts.iter_mut().find(|item| {
        item.local == Some(Local::Waiting) && item.entry.entry_kind == EntryKind::Note
    })?;
    let problem = Problem::new(ErrorCode::BodyTooLong, "`body` is too long");
    waits.local = Some(Local::Refused(problem.clone()));
    let (entry, body) = (waits.entry.id, waits.entry.body.clone());
    rig.tell_only(Event::Cache(CacheEvent::NoteRefused {
        conversation,
        entry,
        body,
        problem: Box::new(problem),
        about: Box::default(),
    }));
    let (waiting, refused) = (0, 1);
    rig.tell_only(Event::Cache(CacheEvent::Outbox {
        waiting,
        refused,
        notes: 0,
        changes: 0,
    }));
    Some(entry)
}

#[test]
fn a_note_is_saved_and_shown_apart_while_the_reply_keeps_its_draft() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("r").write("We will come").press("esc P");
    assert_eq!(rig.model.context(), Context::Note);
    let screen = rig.screen();
    assert!(screen.contains("private note · the customer does not see it"));
    assert!(!screen.contains("GSM-7") && !screen.contains("segment"));
    rig.write("she paid in cash").press("enter");
    assert_eq!(
        (notes(&rig), texts(&rig)),
        (vec!["she paid in cash"], vec![])
    );
    assert_eq!((note(&rig), reply(&rig)), ("", "We will come"));
    let screen = rig.screen();
    assert!(screen.contains("┆ she paid in cash"), "{screen}");
    assert!(screen.contains("┆ saving… ◷"), "{screen}");
    rig.press("esc r enter");
    assert_eq!(texts(&rig), ["We will come"]);
}

#[test]
fn a_note_that_is_left_is_kept_on_the_disk_and_said_to_be_there() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P").write("ask Bo").press("esc");
    let kept = rig.disk.note_drafts.get(&conversation_id(1));
    assert_eq!(kept.map(String::as_str), Some("ask Bo"));
    assert_eq!(rig.disk.drafts.get(&conversation_id(1)), None);
    let screen = rig.screen();
    assert!(
        screen.contains("P goes on with the private note"),
        "{screen}"
    );
    rig.press("j k P");
    assert_eq!(note(&rig), "ask Bo");
    let mut again = Rig::new(120, 30, rig.disk.clone());
    again.press("P").write("!");
    assert_eq!(note(&again), "ask Bo!", "after a start too");
    assert_eq!(again.press("esc r").model.context(), Context::Composer);
    assert_eq!(reply(&again), "");
}

#[test]
fn a_paste_never_saves_a_note() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P");
    rig.tell(Event::Input(Input::Paste("one\ntwo\n".to_owned())));
    let keys = [Key::plain(Code::Char('x')), Key::plain(Code::Enter)];
    rig.tell(Event::Input(Input::Burst(keys.to_vec())));
    assert_eq!(notes(&rig), Vec::<&str>::new());
    assert!(notice(&rig).contains("not saved"), "{}", notice(&rig));
    assert!(note(&rig).starts_with("one\ntwo\nx"));
}

#[test]
fn nothing_and_too_much_are_not_saved_and_stay() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P enter");
    assert_eq!(notice(&rig), "There is nothing to save yet");
    let long = "x".repeat(NOTE_CHARACTERS_MAX + 2);
    rig.tell(Event::Input(Input::Paste(long.clone())));
    rig.press("enter");
    assert!(
        notice(&rig).starts_with("Not saved: 4002"),
        "{}",
        notice(&rig)
    );
    assert!(rig.screen().contains("2 characters too many"));
    assert_eq!((note(&rig), notes(&rig)), (long.as_str(), vec![]));
    rig.press("backspace backspace enter");
    assert_eq!(notes(&rig), [&long[2..]]);
}

#[test]
fn a_refused_note_comes_back_as_a_note_and_never_as_a_reply() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P").write("secret").press("enter esc");
    let entry = refuse_the_first_note(&mut rig, 1).unwrap();
    rig.answer_all();
    assert!(
        notice(&rig).contains("the note was refused"),
        "{}",
        notice(&rig)
    );
    let screen = rig.screen();
    assert!(
        screen.contains("note refused ✗ `body` is too long · R edits it"),
        "{screen}"
    );
    rig.press("R");
    assert_eq!(rig.model.context(), Context::Note);
    assert_eq!((note(&rig), reply(&rig)), ("secret", ""));
    let withdrawn = Effect::WithdrawNote { entry };
    assert!(rig.effects.contains(&withdrawn));
    let conversation = conversation_id(1);
    assert_eq!(rig.disk.note_drafts[&conversation], "secret");
    assert_eq!(rig.disk.drafts.get(&conversation), None);
    rig.press("enter");
    assert_eq!((notes(&rig).len(), texts(&rig).len()), (2, 0));
}

#[test]
fn a_refused_note_does_not_go_over_another_that_is_begun() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P").write("first").press("enter");
    rig.write("second").press("esc");
    refuse_the_first_note(&mut rig, 1).unwrap();
    rig.answer_all();
    rig.press("R");
    assert!(
        notice(&rig).contains("a note begun already"),
        "{}",
        notice(&rig)
    );
    assert_eq!(note(&rig), "second");
}

#[test]
fn a_note_comes_back_where_the_disk_does_not_take_it() {
    let mut rig = Rig::new(120, 30, desk());
    rig.press("P").write("ask Bo");
    rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Enter))));
    assert_eq!(note(&rig), "");
    let message = "the disk is full".to_owned();
    rig.asked.clear();
    rig.tell_only(Event::Cache(CacheEvent::Failed { message }));
    assert_eq!((note(&rig), reply(&rig)), ("ask Bo", ""));
}

#[test]
fn colleagues_names_are_completed() {
    let mut disk = desk();
    disk.directory.agents = vec![agent_ana(), agent_bo()];
    let mut rig = Rig::new(120, 30, disk);
    rig.press("P").write("see @b").press("tab").write("please");
    assert_eq!(note(&rig), "see @bo please");
    rig.press("ctrl-u").write("@x").press("tab");
    assert!(notice(&rig).starts_with("No colleague"), "{}", notice(&rig));
}

#[derive(Clone, Debug)]
enum Happening {
    Press(&'static str),
    /// Letters where a reply is written, digits where a note is; nothing elsewhere.
    Write(u8),
    Paste(u8),
    /// Keys that arrive at once, the last an Enter.
    Burst(u8),
    Answer,
    TextRefused(u32),
    NoteRefused(u32),
    Arrives(u32),
    Fails,
    Connection(Connection),
    TimersRing,
    Restart,
}

const CONVERSATIONS: u32 = 3;

fn any_happening() -> impl Strategy<Value = Happening> {
    let keys = [
        "P",
        "r",
        "esc",
        "enter",
        "j",
        "k",
        "n",
        "R",
        "R",
        "y",
        "-",
        "ctrl-w",
        "ctrl-u",
        "ctrl-y",
        "alt-g",
        "alt-enter",
        "backspace",
        "up",
        "tab",
        "e",
    ];
    prop_oneof![
        12 => prop::sample::select(keys.to_vec()).prop_map(Happening::Press),
        8 => (0u8..10).prop_map(Happening::Write),
        1 => (0u8..10).prop_map(Happening::Paste),
        1 => (0u8..10).prop_map(Happening::Burst),
        8 => Just(Happening::Answer),
        2 => (1..=CONVERSATIONS).prop_map(Happening::TextRefused),
        2 => (1..=CONVERSATIONS).prop_map(Happening::NoteRefused),
        1 => (1..=CONVERSATIONS).prop_map(Happening::Arrives),
        1 => Just(Happening::Fails),
        1 => Just(Happening::Connection(Connection::Offline)),
        1 => Just(Happening::TimersRing),
        1 => Just(Happening::Restart),
    ]
}

/// What the hands would write where they are.
fn words(rig: &Rig, n: u8) -> Option<char> {
    match rig.model.context() {
        Context::Composer => Some(char::from(b'a' + n)),
        Context::Note => Some(char::from(b'0' + n)),
        _ => None,
    }
}

fn happen(rig: &mut Rig, happening: &Happening) {
    match happening {
        Happening::Press(key) => {
            let key: Key = key.parse().unwrap();
            // Where keys are text, each kind of text has its own characters.
            let text = key.text().and_then(|_| words(rig, 0));
            let key = text.map_or(key, |c| Key::plain(Code::Char(c)));
            rig.tell_only(Event::Input(Input::Key(key)));
        }
        Happening::Write(n) => {
            if let Some(c) = words(rig, *n) {
                rig.tell_only(Event::Input(Input::Key(Key::plain(Code::Char(c)))));
            }
        }
        Happening::Paste(n) => {
            if let Some(c) = words(rig, *n) {
                rig.tell_only(Event::Input(Input::Paste(format!("{c}\n{c}\n"))));
            }
        }
        Happening::Burst(n) => {
            if let Some(c) = words(rig, *n) {
                let keys = [Key::plain(Code::Char(c)), Key::plain(Code::Enter)];
                rig.tell_only(Event::Input(Input::Burst(keys.to_vec())));
            }
        }
        Happening::Answer => drop(rig.answer()),
        Happening::TextRefused(n) => refuse_a_text(rig, *n),
        Happening::NoteRefused(n) => drop(refuse_the_first_note(rig, *n)),
        Happening::Arrives(n) => {
            rig.disk
                .add(conversation_id(*n), Text::from_them("HELLO", 0));
            rig.applied(&[conversation_id(*n)]);
        }
        Happening::Fails => {
            rig.answer_all();
            let message = "disk".to_owned();
            rig.tell_only(Event::Cache(CacheEvent::Failed { message }));
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
        Happening::Restart => {
            rig.answer_all();
            rig.tell_only(Event::Terminate);
            rig.answer_all();
            let effects = std::mem::take(&mut rig.effects);
            *rig = Rig::new(120, 30, rig.disk.clone());
            rig.effects.splice(0..0, effects);
        }
    }
}

/// Only where a text waits: the oldest that does may be a note, which has events of its own.
fn refuse_a_text(rig: &mut Rig, n: u32) {
    let texts = &rig.disk.texts[&conversation_id(n)];
    let first = texts.iter().find(|item| item.local == Some(Local::Waiting));
    if first.is_some_and(|item| item.entry.entry_kind == EntryKind::Message) {
        refuse_the_first(rig, n);
    }
}

fn assert_apart(rig: &Rig, from: usize) {
    for effect in &rig.effects[from..] {
        match effect {
            Effect::Submit { body: text, .. } | Effect::SaveDraft { text, .. } => assert!(
                !text.contains(|c: char| c.is_ascii_digit()),
                "a note goes to the customer: {effect:?}"
            ),
            Effect::WriteNote { body: text, .. } | Effect::SaveNoteDraft { text, .. } => assert!(
                !text.contains(|c: char| c.is_ascii_lowercase()),
                "a reply became a note: {effect:?}"
            ),
            _ => {}
        }
    }
}

fn small_desk() -> Disk {
    (1..=CONVERSATIONS).fold(Disk::default(), |disk, n| {
        let texts = vec![Text::from_them("HELLO", i64::from(100 - n))];
        disk.with(row(n, "CUSTOMER"), 0, texts)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_typed_as_a_note_never_goes_to_the_customer_nor_a_reply_into_a_note(
        happenings in prop::collection::vec(any_happening(), 1..150),
    ) {
        let mut rig = Rig::new(120, 30, small_desk());
        for happening in &happenings {
            let from = rig.effects.len();
            let (focus, writing) = (rig.model.focus, rig.model.writing);
            happen(&mut rig, happening);
            assert_apart(&rig, from);
            // Only the hands may change what they write.
            let both = focus == Focus::Composer && rig.model.focus == Focus::Composer;
            prop_assert!(!both || writing == rig.model.writing, "{:?}", happening);
        }
        // Whatever is still there goes out by the keys that send and save.
        rig.answer_all();
        let from = rig.effects.len();
        for key in "esc esc r enter enter esc P enter esc R enter enter esc R enter".split(' ') {
            happen(&mut rig, &Happening::Press(match key {
                "esc" => "esc",
                "r" => "r",
                "P" => "P",
                "R" => "R",
                _ => "enter",
            }));
            rig.answer_all();
        }
        assert_apart(&rig, from);
        for texts in rig.disk.texts.values() {
            for item in texts.iter().filter(|item| item.local.is_some()) {
                let digits = item.entry.body.contains(|c: char| c.is_ascii_digit());
                prop_assert_eq!(digits, item.entry.entry_kind == EntryKind::Note);
            }
        }
    }
}
