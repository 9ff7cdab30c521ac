//! What customers send is shown and never obeyed: proved on the bytes that the real backend writes.

use crate::event::{Event, Input};
use crate::model::{Colours, Setup};
use crate::terminal::{Canvas, Viewport};
use crate::testkit::{Disk, Rig, Text, row, setup};
use crate::view::view;
use ratatui::layout::Rect;
use smsdesk_common::status::DeliveryStatus;
use std::collections::BTreeSet;
use std::num::NonZero;

/// Texts that try to do something.
fn hostile() -> Vec<String> {
    let controls: String = (0u8..0x20).chain([0x7f]).map(char::from).collect();
    let c1: String = ('\u{80}'..='\u{9f}').collect();
    let format = "\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\
                  \u{2060}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}\u{ad}\u{61c}\u{fff9}\u{fffb}";
    let tags: String = ('\u{e0001}'..='\u{e007f}').collect();
    vec![
        "\u{1b}[31mred\u{1b}[0m \u{1b}[2J\u{1b}[H cleared".to_owned(),
        "\u{1b}]52;c;ZXZpbA==\u{7} clipboard \u{1b}]0;title\u{1b}\\".to_owned(),
        "\u{9b}31m c1 csi \u{9d}52;c;ZXZpbA==\u{9c}".to_owned(),
        "\u{1b}P+q544e\u{1b}\\ \u{1b}[?1049l \u{1b}c \u{1b}[6n \u{1b}[5i".to_owned(),
        format!("all controls {controls} and {c1}"),
        format!("bidi and zero width {format}"),
        format!("tags {tags} end"),
        format!("marks e{}", "\u{301}".repeat(10_000)),
        "nul \0 nul".to_owned(),
        "\u{202e}txet sdrawkcab\u{202c}\u{2067}more".to_owned(),
        "lone joiners \u{200d}\u{200d} a\u{200d}b \u{fe0f}\u{fe0e}".to_owned(),
        "lines\u{2028}and\u{2029}paragraphs\u{85}next\u{b}tab\u{c}feed".to_owned(),
    ]
}

fn rig(width: u16, height: u16, colours: Colours) -> Rig {
    let disk = (1..)
        .zip(hostile())
        .fold(Disk::default(), |disk, (n, text)| {
            let mut row = row(n, &text);
            row.conversation.labels = vec![text.clone()];
            row.owner = Some(text.clone());
            let both = |body: String| {
                [
                    Text::from_them(&body, 5).media(&[body.as_str()]),
                    Text::from_us(&body, 4, DeliveryStatus::Failed)
                        .reason(&body)
                        .by(&body),
                ]
            };
            let bodies = if n == 1 { hostile() } else { vec![text] };
            let texts = bodies.into_iter().flat_map(both).collect();
            disk.with(row, 0, texts)
        });
    let mut rig = Rig::with(
        Setup {
            colours,
            ..setup(width, height)
        },
        disk,
    );
    if let Some(me) = &mut rig.model.setup.me {
        me.name = hostile().concat();
    }
    rig
}

/// What the real backend writes for the state as it is.
fn bytes(rig: &Rig) -> Vec<u8> {
    let size = rig.model.setup.size;
    let area = Rect::new(0, 0, size.width, size.height);
    let mut written = Vec::new();
    let mut canvas = Canvas::new(&mut written, Viewport::Fixed(area)).unwrap();
    canvas
        .frame(&mut |area, buffer| view(&rig.model, area, buffer))
        .unwrap();
    drop(canvas);
    written
}

/// Control sequences that stand in `bytes`, each without its numbers; whatever is printed.
fn parse(bytes: &[u8]) -> (BTreeSet<String>, String) {
    let text = std::str::from_utf8(bytes).unwrap();
    let (mut sequences, mut printed) = (BTreeSet::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            printed.push(c);
            continue;
        }
        let mut sequence = String::from("ESC");
        let opener = chars.next().unwrap();
        sequence.push(opener);
        assert_eq!(opener, '[', "no sequence but CSI is ours");
        for c in chars.by_ref() {
            if !c.is_ascii_digit() && c != ';' {
                sequence.push(c);
            }
            if ('@'..='~').contains(&c) {
                break;
            }
        }
        sequences.insert(sequence);
    }
    (sequences, printed)
}

fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{ad}' | '\u{feff}'
        )
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

fn check(rig: &Rig) {
    // Move, erase blanks, style, show and hide the cursor, synchronized update.
    let ours = ["ESC[H", "ESC[C", "ESC[X", "ESC[m", "ESC[?h", "ESC[?l"].map(str::to_owned);
    let bytes = bytes(rig);
    let (sequences, printed) = parse(&bytes);
    let foreign: Vec<_> = sequences
        .iter()
        .filter(|sequence| !ours.contains(sequence))
        .collect();
    assert!(foreign.is_empty(), "{foreign:?}");
    let forbidden: Vec<_> = printed.chars().filter(|c| is_forbidden(*c)).collect();
    assert!(forbidden.is_empty(), "{forbidden:?}");
    let marks = printed.chars().filter(|c| *c == '\u{301}').count();
    assert!(marks < 500, "a pile of marks is cut: {marks}");

    let size = rig.model.setup.size;
    let mut terminal = naive_terminal(size.width, size.height);
    terminal.process(&bytes);
    assert!(!terminal.screen().alternate_screen());
    assert_frame_is_whole(rig, &terminal);
}

fn naive_terminal(width: u16, height: u16) -> vt100::Parser {
    let [height, width] = [height, width].map(|n| NonZero::new(n).unwrap());
    vt100::Parser::new(height, width, 0)
}

/// The frames stand where they were drawn: no text has pushed them aside.
fn assert_frame_is_whole(rig: &Rig, terminal: &vt100::Parser) {
    let screen = rig.model.screen();
    for frame in [screen.list, screen.chat]
        .into_iter()
        .filter(|frame| !frame.is_empty())
    {
        for y in frame.top() + 1..frame.bottom() - 1 {
            for x in [frame.left(), frame.right() - 1] {
                let cell = terminal.screen().cell(y, x).unwrap();
                assert!(
                    "│├┤".contains(cell.contents()),
                    "{x},{y}: {:?}",
                    cell.contents()
                );
            }
        }
    }
}

#[test]
fn no_text_of_a_stranger_reaches_the_terminal_raw() {
    for (width, height) in [(60, 15), (120, 40), (200, 60)] {
        for colours in [Colours::Dark, Colours::None] {
            let mut rig = rig(width, height, colours);
            check(&rig);
            check(rig.press("enter"));
            for _ in 0..3 {
                check(rig.press("pgup"));
            }
            check(rig.press("q j"));
        }
    }
}

#[test]
fn nor_does_what_an_agent_pastes_or_a_disk_complains_about() {
    let mut rig = rig(120, 40, Colours::Dark);
    rig.press("r");
    for text in hostile() {
        rig.tell(Event::Input(Input::Paste(text.clone())));
        check(&rig);
        let failed = crate::event::CacheEvent::Failed { message: text };
        rig.tell(Event::Cache(failed));
        check(&rig);
    }
}

#[test]
fn without_colours_none_is_written() {
    let bytes = bytes(&rig(120, 40, Colours::None));
    let text = String::from_utf8(bytes).unwrap();
    for sequence in text.split("\u{1b}[").skip(1) {
        let (numbers, rest) =
            sequence.split_at(sequence.find(|c: char| c.is_ascii_alphabetic()).unwrap());
        let is_colour = |number: &str| {
            let number = number.parse::<u32>().unwrap_or(0);
            matches!(number, 30..=38 | 40..=48 | 58 | 90..=107)
        };
        assert!(
            !(rest.starts_with('m') && numbers.split(';').any(is_colour)),
            "{sequence:?}"
        );
    }
}

/// A terminal that draws every character of a cluster by itself, and what it shows after frames.
fn shown(frames: &[&Rig]) -> Vec<String> {
    let size = frames[0].model.setup.size;
    let area = Rect::new(0, 0, size.width, size.height);
    let mut written = Vec::new();
    let mut canvas = Canvas::new(&mut written, Viewport::Fixed(area)).unwrap();
    for rig in frames {
        canvas
            .frame(&mut |area, buffer| view(&rig.model, area, buffer))
            .unwrap();
    }
    drop(canvas);
    let mut terminal = naive_terminal(size.width, size.height);
    terminal.process(&written);
    assert_frame_is_whole(frames[frames.len() - 1], &terminal);
    terminal.screen().rows(0, size.width).collect()
}

#[test]
fn clusters_that_a_terminal_draws_too_wide_leave_no_trace() {
    let emoji = "👍🏽👩‍👩‍👧‍👦 🇩🇪 ❤️ e\u{301}x क्षत्रिय நன்றி ";
    let scene = |text: &str| {
        let texts = || (0..20).map(|n| Text::from_them(text, n)).collect();
        let disk = Disk::default()
            .with(row(1, text), 0, texts())
            .with(row(2, text), 0, texts());
        let mut rig = Rig::new(120, 30, disk);
        rig.press("r").write(text);
        rig
    };
    let loud = scene(&emoji.repeat(5));
    let mut scrolled = scene(&emoji.repeat(5));
    scrolled.press("esc k J K K");
    let plain = scene("plain words");
    assert_eq!(shown(&[&loud, &scrolled, &loud, &plain]), shown(&[&plain]));
    assert_eq!(shown(&[&plain, &loud, &scrolled]), shown(&[&scrolled]));
}
