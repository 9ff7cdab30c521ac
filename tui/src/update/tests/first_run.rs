use crate::event::Input;
use crate::input::key::parse_sequence;
use crate::model::Colours;
use crate::model::first_run::{Choice, FirstRun, Outcome, Stage};
use crate::update::first_run::update;
use ratatui::layout::Size;

fn new() -> FirstRun {
    FirstRun::new(
        Size {
            width: 80,
            height: 24,
        },
        Colours::None,
    )
}

fn press(model: &mut FirstRun, keys: &str) -> Option<Outcome> {
    let keys = parse_sequence(keys).unwrap();
    keys.into_iter()
        .find_map(|key| update(model, Input::Key(key)))
}

#[test]
fn practice_and_join_are_one_key_away_each() {
    assert_eq!(press(&mut new(), "enter"), Some(Outcome::Practice));
    assert_eq!(press(&mut new(), "p"), Some(Outcome::Practice));
    assert_eq!(press(&mut new(), "q"), Some(Outcome::Quit));
    for keys in ["j enter", "down enter", "i"] {
        let mut model = new();
        assert_eq!(press(&mut model, keys), None);
        assert_eq!(model.stage, Stage::Invite);
    }
}

#[test]
fn an_invite_can_be_pasted_even_before_join_is_chosen() {
    let mut model = new();
    update(
        &mut model,
        Input::Paste(" https://sms.example.com\n#CODE\n".to_owned()),
    );
    let invite = "https://sms.example.com#CODE".to_owned();
    assert_eq!(press(&mut model, "enter"), Some(Outcome::Join(invite)));
}

#[test]
fn a_pasted_line_break_does_not_join() {
    let mut model = new();
    press(&mut model, "i");
    let keys = parse_sequence("h t t p enter").unwrap();
    assert_eq!(update(&mut model, Input::Burst(keys)), None);
    assert_eq!(model.invite.text(), "http");
}

#[test]
fn an_empty_invite_is_asked_for_again() {
    let mut model = new();
    assert_eq!(press(&mut model, "i enter"), None);
    assert!(model.problem.is_some());
    assert_eq!(press(&mut model, "x backspace esc"), None);
    assert_eq!((model.stage, model.problem), (Stage::Choosing, None));
}

#[test]
fn a_refused_invite_can_be_mended() {
    let mut model = new().refused("https://a#OLD", "the invite was used".to_owned());
    assert_eq!((model.stage, model.choice), (Stage::Invite, Choice::Join));
    let joined = press(&mut model, "ctrl-u n e w enter");
    assert_eq!(joined, Some(Outcome::Join("new".to_owned())));
}
