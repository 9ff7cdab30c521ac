//! The mouse: what a click, a drag or a turn of the wheel means where it happens.

use super::{chat, compose, list, screens};
use crate::action::Action;
use crate::effect::{Effect, Mouse, Outward};
use crate::event::{Pointer, PointerAct};
use crate::model::geometry::{ListWidth, Spot, spot};
use crate::model::overlay::{Level, Overlay};
use crate::model::roster::Step;
use crate::model::{Focus, Grip, Model};

/// How far one turn of the wheel scrolls, in lines.
const WHEEL_LINES: isize = 3;

/// The mouse did something.
pub(super) fn act(model: &mut Model, pointer: Pointer, effects: &mut Vec<Effect>) {
    let place = spot(
        model.screen(),
        model.chat_pane(),
        pointer.column,
        pointer.row,
    );
    match pointer.act {
        PointerAct::Press => press(model, place, effects),
        PointerAct::Drag if model.grip == Grip::Edge => {
            model.list_width = ListWidth::Dragged(pointer.column.saturating_add(1));
        }
        PointerAct::Drag => {}
        PointerAct::Release => model.grip = Grip::Nothing,
        PointerAct::WheelUp => wheel(model, place, -WHEEL_LINES, effects),
        PointerAct::WheelDown => wheel(model, place, WHEEL_LINES, effects),
    }
}

/// Gives the mouse to the terminal, which selects text with it, or takes it again.
pub(super) fn give(model: &mut Model, effects: &mut Vec<Effect>) {
    let key = model.key(Action::Mouse);
    let (mouse, says) = match model.setup.mouse {
        Mouse::On => (
            Mouse::Off,
            format!("The mouse selects text now · {key} takes it back"),
        ),
        Mouse::Off => (
            Mouse::On,
            format!("The mouse clicks and scrolls · {key} gives it back"),
        ),
    };
    model.setup.mouse = mouse;
    model.grip = Grip::Nothing;
    effects.push(Effect::Tell(Outward::Mouse(mouse)));
    screens::notice(model, Level::Info, &says);
}

/// What lies over the panes is answered by keys: a click beside it must not decide anything.
fn press(model: &mut Model, place: Spot, effects: &mut Vec<Effect>) {
    model.prefix.clear();
    if !model.overlays.is_empty() {
        return;
    }
    match place {
        Spot::Edge => model.grip = Grip::Edge,
        Spot::Row(n) => row(model, n, effects),
        Spot::Transcript if model.focus == Focus::List => chat::open(model, effects),
        Spot::Composer if model.focus != Focus::Composer => compose::reply(model, effects),
        Spot::Transcript | Spot::Composer | Spot::List | Spot::Elsewhere => return,
    }
    chat::note_act(model, effects);
}

/// The first click selects, one on the selected conversation opens it. A draft is left first.
fn row(model: &mut Model, n: usize, effects: &mut Vec<Effect>) {
    if model.focus == Focus::Composer {
        compose::leave(model, effects);
    }
    let before = model.roster.selected();
    let height = model.list_rows();
    model.roster.select_visible(n, height);
    if model.roster.selected() == before {
        list::follow(model, effects);
        model.focus = Focus::List;
        chat::open(model, effects);
    } else {
        chat::back(model);
    }
}

/// The wheel scrolls what is under it. In the list that moves the selection, which never leaves the
/// screen, and not while somebody writes.
fn wheel(model: &mut Model, place: Spot, lines: isize, effects: &mut Vec<Effect>) {
    match (model.overlays.last(), place) {
        (Some(Overlay::Help { .. }), _) => screens::scroll_help(model, lines),
        (Some(_), _) => {}
        (None, Spot::Row(_) | Spot::List) if model.focus != Focus::Composer => {
            let step = if lines > 0 {
                Step::Next
            } else {
                Step::Previous
            };
            list::moved(model, |roster| roster.step(step));
        }
        (None, Spot::Transcript | Spot::Composer) => {
            chat::scroll(model, lines);
            chat::note_act(model, effects);
        }
        (None, _) => {}
    }
}
