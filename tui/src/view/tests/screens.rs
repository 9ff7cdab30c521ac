use crate::event::{CacheEvent, Event, Input, LinkEvent};
use crate::input::key::parse_sequence;
use crate::model::chat::Local;
use crate::model::coach::Coach;
use crate::model::connection::{Connection, History};
use crate::model::first_run::FirstRun;
use crate::model::list::{PausedLines, Sending};
use crate::model::{Colours, Setup};
use crate::testkit::{Disk, Rig, Text, conversation_id, desk, row, screen_text, setup};
use crate::update::first_run;
use crate::view::view_first_run;
use ratatui::buffer::Buffer;
use ratatui::layout::{Rect, Size};
use smsdesk_common::api::{ErrorCode, Problem};
use smsdesk_common::entry::EntryKind;
use smsdesk_common::status::DeliveryStatus;

const SIZES: [(u16, u16); 5] = [(60, 15), (80, 24), (120, 30), (120, 40), (200, 60)];

/// Draws the same state at every size.
fn check(name: &str, build: impl Fn(u16, u16) -> Rig) {
    for (width, height) in SIZES {
        let screen = build(width, height).screen();
        assert_eq!(screen.lines().count(), usize::from(height));
        insta::assert_snapshot!(format!("{name}-{width}x{height}"), screen);
    }
}

#[test]
fn the_desk_at_the_start() {
    check("start", |width, height| Rig::new(width, height, desk()));
}

#[test]
fn a_chat_that_was_opened() {
    check("open", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("enter");
        rig
    });
}

#[test]
fn a_reply_that_is_being_written() {
    check("reply", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("r").write("Got it, I passed the new code on");
        rig
    });
}

#[test]
fn a_private_note_that_is_being_written() {
    check("note", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("P").write("Her sister pays; see @bo");
        rig
    });
}

#[test]
fn notes_of_this_device_and_one_that_was_kept() {
    check("notes-local", |width, height| {
        let problem = Problem::new(ErrorCode::BodyTooLong, "`body` has 4100 characters");
        let note = |body| Text::internal(EntryKind::Note, body, 0).by_ana();
        let disk = Disk::default().with(
            row(1, "Maria"),
            0,
            vec![
                Text::from_them("is anybody there?", 9),
                note("too long by far").local(Local::Refused(problem)),
                note("her sister pays").local(Local::Waiting),
            ],
        );
        let mut rig = Rig::new(width, height, disk);
        rig.press("P").write("ask Bo").press("esc");
        rig
    });
}

#[test]
fn a_prompt_over_the_foot_of_the_panes() {
    check("prompt", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("b").write("30m");
        rig
    });
    let mut rig = Rig::new(60, 15, desk());
    rig.press("enter b")
        .write("when the moon is full, and not before that, my friend of old");
    rig.press("enter");
    insta::assert_snapshot!("prompt-problem-60x15", rig.screen());
}

#[test]
fn a_long_reply_in_several_segments_scrolls() {
    check("long-reply", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("r");
        let text = "Dear Maria, the plumber found a second leak behind the wall — ".repeat(9);
        rig.tell(Event::Input(Input::Paste(format!("{text}\n\nAna"))));
        rig
    });
}

#[test]
fn a_practice_desk_offline_with_texts_that_wait() {
    check("offline", |width, height| {
        let setup = Setup {
            coach: Some(Coach::default()),
            ..setup(width, height)
        };
        let mut rig = Rig::with(setup, desk());
        rig.tell(Event::Link(LinkEvent::Connection(Connection::Offline)));
        rig.tell(Event::Link(LinkEvent::History(History {
            remaining: 12_340,
        })));
        rig.press("r").write("On my way").press("enter");
        rig.tell(Event::Cache(CacheEvent::Outbox {
            waiting: 1,
            refused: 0,
            notes: 0,
            changes: 0,
        }));
        rig.press("esc");
        rig
    });
}

#[test]
fn every_status_in_words_and_marks() {
    let problem = Problem::new(
        ErrorCode::ToInvalid,
        "+1305555 is a landline and takes no texts",
    );
    let texts = DeliveryStatus::ALL
        .into_iter()
        .map(|status| Text::from_us(&format!("this is {}", status.as_str()), 5, status));
    let mut texts: Vec<_> = texts.collect();
    texts.push(Text::from_us("no such number", 4, DeliveryStatus::Undelivered).error(30006));
    texts.push(
        Text::from_us("stale", 4, DeliveryStatus::Failed)
            .given_up("not sent: waited 4 hours for Twilio"),
    );
    texts.push(Text::from_us("odd", 4, DeliveryStatus::Failed).error(1));
    texts.push(Text::from_us("echo", 0, DeliveryStatus::Queued).local(Local::Waiting));
    texts.push(
        Text::from_us("refused echo", 0, DeliveryStatus::Queued).local(Local::Refused(problem)),
    );
    let disk = Disk::default().with(row(1, "Maria"), 0, texts);
    let mut rig = Rig::new(80, 58, disk);
    rig.press("enter");
    insta::assert_snapshot!("statuses-80x58", rig.screen());
}

#[test]
fn above_the_bottom_a_pill_says_what_waits_below() {
    let mut rig = Rig::new(80, 24, desk());
    rig.press("enter K K K K");
    rig.disk
        .add(conversation_id(1), Text::from_them("are you there?", 0));
    rig.applied(&[conversation_id(1)]);
    insta::assert_snapshot!("pill-80x24", rig.screen());
}

#[test]
fn help_which_key_and_questions() {
    check("help", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("?");
        rig
    });
    check("which-key", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("g");
        rig
    });
    check("quit", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.tell(Event::Cache(CacheEvent::Outbox {
            waiting: 2,
            refused: 0,
            notes: 0,
            changes: 0,
        }));
        rig.press("q");
        rig
    });
}

/// The desk, where the relay has `queued` texts that Twilio has not.
fn sending(queued: u32, paused: Option<PausedLines>) -> Disk {
    let mut disk = desk();
    disk.sending = Sending {
        queued,
        paused,
        stopped: false,
    };
    disk
}

const REFUSED: Option<PausedLines> = Some(PausedLines {
    paused: 1,
    of: 1,
    code: 20_003,
});

#[test]
fn a_pause_of_sending_and_what_waits_for_it() {
    check("paused", |width, height| {
        Rig::new(width, height, sending(12, REFUSED))
    });
    check("paused-reply", |width, height| {
        let mut rig = Rig::new(width, height, sending(12, REFUSED));
        rig.press("r").write("on my way");
        rig.tell(Event::Cache(CacheEvent::Outbox {
            waiting: 1,
            refused: 0,
            notes: 0,
            changes: 0,
        }));
        rig
    });
    check("queued", |width, height| {
        Rig::new(width, height, sending(1_204, None))
    });
}

#[test]
fn every_screen_says_that_sending_is_paused() {
    for (width, height) in SIZES {
        for keys in ["j", "enter", "r", "?", "g", "g d", "q"] {
            let mut rig = Rig::new(width, height, sending(12, REFUSED));
            rig.tell(Event::Cache(CacheEvent::Outbox {
                waiting: 2,
                refused: 0,
                notes: 0,
                changes: 0,
            }));
            rig.press(keys);
            let screen = rig.screen();
            let said = screen.contains("sending paused") && screen.contains("14 wait");
            assert!(said, "{width}x{height} after {keys:?}:\n{screen}");
        }
    }
}

#[test]
fn the_question_before_a_text_goes_out_that_may_have_arrived() {
    check("resend", |width, height| {
        let mut disk = desk();
        let text = "the plumber is on his way and should be with you within the hour";
        disk.add(
            conversation_id(1),
            Text::from_us(text, 0, DeliveryStatus::Unconfirmed),
        );
        let mut rig = Rig::new(width, height, disk);
        rig.press("j j enter R");
        rig
    });
}

#[test]
fn notices_stand_away_from_what_is_written() {
    check("notices", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("r").write("half a");
        let message = "The disk is full: /home/ana/.local/share/smsdesk has no room for the outbox. \
                       Make room, then send again";
        rig.tell(Event::Cache(CacheEvent::Failed {
            message: message.to_owned(),
        }));
        rig.press("alt-g");
        rig
    });
}

#[test]
fn an_empty_inbox_says_what_is_true() {
    check("empty", |width, height| {
        Rig::new(width, height, Disk::default())
    });
}

#[test]
fn wide_joined_and_backward_writing_shifts_no_column() {
    let texts = [
        "日本語のテキストと한국어 mixed with latin, long enough to be wrapped at least once here",
        "👩‍👩‍👧‍👦 family, 🇩🇪 flag, 👍🏽 skin, ❤️ heart, e\u{301}\u{302} marks, ﷺ",
        "שלום, מה שלומך? مرحبا كيف الحال",
        "ｶﾞｷﾞ halfwidth, ①② circled, ½ — “quotes”…",
        "क्षत्रिय संस्कृत நன்றி ขอบคุณ",
    ];
    let rows = (1..).zip(texts).fold(Disk::default(), |disk, (n, text)| {
        disk.with(
            row(n, text),
            0,
            texts
                .map(|text| Text::from_them(text, i64::from(60 - n)))
                .to_vec(),
        )
    });
    check("scripts", |width, height| {
        let mut rig = Rig::new(width, height, rows.clone());
        rig.press("r").write("é👩‍👩‍👧‍👦语").press("left");
        rig
    });
}

#[test]
fn the_first_run() {
    for (name, keys) in [("choose", "down"), ("invite", "i")] {
        let mut model = FirstRun::new(Size::new(80, 24), Colours::None);
        for key in parse_sequence(keys).unwrap() {
            first_run::update(&mut model, Input::Key(key));
        }
        if name == "invite" {
            let invite = "https://sms.example.com#7K2M-9QXD";
            first_run::update(&mut model, Input::Paste(invite.to_owned()));
            model = model.refused(invite, "the invite was used already".to_owned());
        }
        for (width, height) in [(60, 15), (80, 24)] {
            let area = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(area);
            let cursor = view_first_run(&model, area, &mut buffer);
            let screen = screen_text(&buffer, cursor);
            insta::assert_snapshot!(format!("first-run-{name}-{width}x{height}"), screen);
        }
    }
}

#[test]
fn a_search_with_its_hits_and_what_stands_around_the_chosen_one() {
    check("search", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("/").write("plumber").press("down");
        rig
    });
}

#[test]
fn a_hit_that_was_opened() {
    check("search-hit", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("/").write("plumber can").press("enter");
        rig
    });
}

#[test]
fn a_search_for_people_and_in_another_script() {
    check("search-people", |width, height| {
        let mut rig = Rig::new(width, height, desk());
        rig.press("/").write("chen").press("ctrl-u").write("明天");
        rig
    });
}
