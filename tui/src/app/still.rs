//! Keeps the chat on the screen as it was while the next one is read from the disk: a blank pane in
//! between would flicker, and over ssh cost as much as the chat.
//!
//! Name and texts stay together, the list alone goes ahead. A disk that is slow is shown as it is:
//! after [`STILL_MS`] the pane is blank.

use crate::model::{Focus, Model};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use std::future::pending;
use std::pin::Pin;
use std::time::Duration;
use tokio::time::Sleep;

/// How long a chat stays that is no longer meant, in milliseconds: two frames of a screen at 60 Hz,
/// too short for anybody to read what was left.
const STILL_MS: u64 = 30;

/// The chat as it was drawn last, and how long it may stay.
#[derive(Default)]
pub(super) struct Still {
    drawn: Option<Buffer>,
    wait: Wait,
    /// Whether the next key may turn to another chat.
    may_turn: bool,
}

/// How the wait for a chat stands.
#[derive(Default)]
enum Wait {
    /// It is here, or none is meant.
    #[default]
    Not,
    Goes(Pin<Box<Sleep>>),
    /// It took too long.
    Over,
}

impl Still {
    /// Before a frame: notes whether the chat that is meant is still to come.
    pub(super) fn note(&mut self, model: &Model) {
        self.may_turn = model.focus == Focus::List && model.overlays.is_empty();
        let comes = model.timeline.as_ref().is_some_and(|it| !it.is_loaded());
        let may_stay = comes && self.may_turn;
        self.wait = match std::mem::take(&mut self.wait) {
            _ if !may_stay => Wait::Not,
            Wait::Not => {
                let after = Duration::from_millis(STILL_MS);
                Wait::Goes(Box::pin(tokio::time::sleep(after)))
            }
            goes_on => goes_on,
        };
    }

    /// Over a frame that was drawn: puts the chat back that is to stay, or remembers this one.
    pub(super) fn lay(&mut self, pane: Rect, buffer: &mut Buffer) {
        let stays = matches!(self.wait, Wait::Goes(_));
        match &mut self.drawn {
            Some(drawn) if stays && drawn.area == pane => copy(drawn, buffer, pane),
            // Nobody turns over while writing: what is drawn then costs nothing here.
            drawn if !self.may_turn => *drawn = None,
            Some(drawn) if drawn.area == pane => copy(buffer, drawn, pane),
            drawn => {
                let mut anew = Buffer::empty(pane.intersection(buffer.area));
                let area = anew.area;
                copy(buffer, &mut anew, area);
                *drawn = Some(anew);
            }
        }
    }

    /// Waits until a chat has stayed for too long; for ever, where none does.
    pub(super) async fn over(&mut self) {
        match &mut self.wait {
            Wait::Goes(sleep) => {
                sleep.as_mut().await;
                self.wait = Wait::Over;
            }
            Wait::Not | Wait::Over => pending().await,
        }
    }
}

fn copy(from: &Buffer, to: &mut Buffer, area: Rect) {
    for place in area.positions() {
        let Position { x, y } = place;
        if let (Some(cell), Some(target)) = (from.cell((x, y)), to.cell_mut(place)) {
            target.clone_from(cell);
        }
    }
}
