//! What the terminal delivers, in the app's own words.

use crate::event::{Input, Pointer, PointerAct, Window};
use crate::input::key::{Code, Held, Key};
use crossterm::event::{
    Event as Raw, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

/// What a terminal event means to the app; none for what it has no use for.
pub(crate) fn input(raw: Raw) -> Option<Input> {
    match raw {
        Raw::Key(key) if key.kind != KeyEventKind::Release => self::key(key).map(Input::Key),
        Raw::Paste(text) => Some(Input::Paste(text)),
        Raw::Resize(width, height) => Some(Input::Resize { width, height }),
        Raw::FocusGained => Some(Input::Window(Window::Focused)),
        Raw::FocusLost => Some(Input::Window(Window::Away)),
        Raw::Mouse(mouse) => pointer(mouse).map(Input::Pointer),
        Raw::Key(_) => None,
    }
}

fn key(key: KeyEvent) -> Option<Key> {
    let code = match key.code {
        KeyCode::Char(c) if !c.is_control() => Code::Char(c),
        KeyCode::F(number) => Code::F(number),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => Code::BackTab,
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        _ => return None,
    };
    let held = Held {
        ctrl: key.modifiers.contains(KeyModifiers::CONTROL),
        alt: key
            .modifiers
            .intersects(KeyModifiers::ALT | KeyModifiers::META),
    };
    Some(Key::new(code, held))
}

/// The left button and the wheel; nothing else means anything here, nor does it with a key held.
fn pointer(mouse: MouseEvent) -> Option<Pointer> {
    let act = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => PointerAct::Press,
        MouseEventKind::Drag(MouseButton::Left) => PointerAct::Drag,
        MouseEventKind::Up(MouseButton::Left) => PointerAct::Release,
        MouseEventKind::ScrollUp => PointerAct::WheelUp,
        MouseEventKind::ScrollDown => PointerAct::WheelDown,
        _ => return None,
    };
    mouse.modifiers.is_empty().then_some(Pointer {
        act,
        column: mouse.column,
        row: mouse.row,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: KeyCode, modifiers: KeyModifiers, expected: &str) {
        let raw = Raw::Key(KeyEvent::new(code, modifiers));
        assert_eq!(input(raw), Some(Input::Key(expected.parse().unwrap())));
    }

    #[test]
    fn terminals_disagree_about_modifiers_and_the_app_does_not() {
        check(KeyCode::Char('J'), KeyModifiers::SHIFT, "J");
        check(KeyCode::Char('J'), KeyModifiers::NONE, "J");
        check(
            KeyCode::Char('D'),
            KeyModifiers::CONTROL | KeyModifiers::SHIFT,
            "ctrl-d",
        );
        check(KeyCode::Enter, KeyModifiers::ALT, "alt-enter");
        check(KeyCode::Char('<'), KeyModifiers::ALT, "alt-<");
    }

    #[test]
    fn a_key_counts_when_it_goes_down() {
        let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(input(Raw::Key(key)), None);
        key.kind = KeyEventKind::Repeat;
        assert!(input(Raw::Key(key)).is_some());
    }
}
