//! What goes over the wire: little, and never a screen that is cleared first.

use crate::event::{Event, Input};
use crate::input::key::parse_sequence;
use crate::terminal::{Canvas, Viewport};
use crate::testkit::{Disk, Rig, Text, conversation_id, row};
use crate::view::view;
use ratatui::layout::Rect;
use smsdesk_common::status::DeliveryStatus::Delivered;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

/// A modest mobile line carries this many bytes in a few hundredths of a second.
const BYTES_MAX: usize = 2 * 1024;

/// A view with another list and another chat is nearly a whole screen of words; a text that was sent
/// moves all those above it.
const OTHER_VIEW_BYTES_MAX: usize = 6 * 1024;

/// A line whose bytes can be looked at while somebody writes.
#[derive(Clone, Default)]
struct Wire(Rc<RefCell<Vec<u8>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An app at a terminal of 140×40 whose wire is watched.
struct Watched {
    rig: Rig,
    canvas: Canvas<Wire>,
    wire: Wire,
}

impl Watched {
    /// A desk with more conversations than fit; each has a day's talk in it.
    fn new() -> Self {
        let disk = (1..=30).fold(Disk::default(), |disk, n| {
            let name = format!("Customer {n} of the house");
            disk.with(row(n, &name), 3, talk(n))
        });
        let rig = Rig::new(140, 40, disk);
        let wire = Wire::default();
        let area = Rect::new(0, 0, 140, 40);
        let canvas = Canvas::new(wire.clone(), Viewport::Fixed(area)).unwrap();
        let mut watched = Self { rig, canvas, wire };
        watched.bytes();
        watched
    }

    /// What one frame writes.
    fn bytes(&mut self) -> Vec<u8> {
        self.wire.0.borrow_mut().clear();
        let model = &self.rig.model;
        self.canvas
            .frame(&mut |area, buffer| view(model, area, buffer))
            .unwrap();
        self.wire.0.borrow().clone()
    }

    fn check(&mut self, what: &str, most: usize) {
        let bytes = self.bytes();
        assert!(bytes.len() <= most, "{what}: {} bytes", bytes.len());
        if bytes.is_empty() {
            return;
        }
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("\u{1b}[2J"), "{what} clears the screen");
        assert!(text.starts_with("\u{1b}[?2026h"), "{what}: {text:?}");
        assert!(text.ends_with("\u{1b}[?2026l"), "{what}: {text:?}");
    }

    fn press(&mut self, keys: &str) {
        self.press_within(keys, BYTES_MAX);
    }

    fn press_within(&mut self, keys: &str, most: usize) {
        for key in parse_sequence(keys).unwrap() {
            self.rig.tell(Event::Input(Input::Key(key)));
            self.check(&key.to_string(), most);
        }
    }
}

fn talk(n: u32) -> Vec<Text> {
    let mut texts = vec![Text::from_them("Is anybody there this morning?", 300)];
    texts.extend((0..12).flat_map(|m| {
        let at = 280 - 20 * m;
        let theirs = format!("Question {m} of customer {n}: when does the plumber come by?");
        let ours = format!("Answer {m}: he is at the house before yours and comes right after.");
        [
            Text::from_them(&theirs, at),
            Text::from_us(&ours, at - 5, Delivered),
        ]
    }));
    texts
}

#[test]
fn a_key_writes_little_and_never_clears_the_screen() {
    let mut watched = Watched::new();
    watched.press("j j k n N J J K enter J K * A r h e l l o left backspace alt-enter a b c");
    watched.press_within("enter esc q g m g i ? j esc ctrl-u", OTHER_VIEW_BYTES_MAX);
}

#[test]
fn a_text_that_arrives_writes_little_and_never_clears_the_screen() {
    let mut watched = Watched::new();
    for (n, words) in [(1, "on the screen"), (20, "far down in the list")] {
        let text = Text::from_them(words, 0);
        watched.rig.disk.add(conversation_id(n), text);
        watched.rig.applied(&[conversation_id(n)]);
        watched.check(words, BYTES_MAX);
    }
}

#[test]
fn what_changes_nothing_on_the_screen_writes_nothing() {
    let mut watched = Watched::new();
    assert_eq!(watched.bytes(), b"");
    watched.press("r h");
    assert_eq!(watched.bytes(), b"");
    watched.canvas.forget().unwrap();
    assert!(watched.bytes().len() > BYTES_MAX);
}
