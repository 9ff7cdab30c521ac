//! The agent's own editor beside the loop.

use super::{DEADLINE, Running, half_a_reply};
use crate::event::{Event, LinkEvent};
use crate::model::Model;
use crate::testkit::{NOW, conversation_id, setup};
use crossterm::event::{Event as Raw, KeyCode, KeyEvent, KeyModifiers};

#[tokio::test]
async fn while_the_editor_has_the_screen_texts_are_taken_and_nothing_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let [at_work, go] = ["at-work", "go"].map(|name| folder.path().join(name));
    let mut model = Model::new(setup(120, 30), NOW);
    model.setup.aids.editor = format!(
        "touch {}; until [ -e {} ]; do :; done; printf ntence >>",
        at_work.display(),
        go.display()
    );
    let mut running = Running::of(model, usize::MAX, None);
    half_a_reply(&mut running).await;
    let key = KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL);
    running.send(Raw::Key(key)).await;
    tokio::time::timeout(DEADLINE, async {
        while !at_work.exists() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(running.draft(1).as_deref(), Some("half a se"));
    let frames = running.shown.borrow().frames;
    // An interrupt is the editor's; news are taken while it works.
    running.events.send(Event::Interrupt).await.unwrap();
    let trouble = LinkEvent::Trouble {
        message: "came meanwhile".to_owned(),
    };
    running.events.send(Event::Link(trouble)).await.unwrap();
    assert_eq!(running.shown.borrow().frames, frames);
    std::fs::write(&go, "").unwrap();
    let screen = running.see("Not sent yet").await;
    assert!(screen.contains("came meanwhile"), "{screen}");
    assert!(screen.contains("ntence"), "{screen}");
    let shown = running.shown.borrow().clone();
    assert_eq!((shown.lent, shown.regained), (1, 1));
    running.press(KeyCode::Char('!')).await;
    running.see("ntence!").await;
}

#[tokio::test]
async fn an_editor_that_fails_leaves_the_draft_and_the_app_can_end_while_one_works() {
    let mut model = Model::new(setup(120, 30), NOW);
    model.setup.aids.editor = "false".to_owned();
    let mut running = Running::of(model, usize::MAX, None);
    half_a_reply(&mut running).await;
    let key = KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL);
    running.send(Raw::Key(key)).await;
    let screen = running.see("Your editor: it ended with code 1").await;
    assert!(screen.contains("half a se"), "{screen}");
    let mut model = Model::new(setup(120, 30), NOW);
    model.setup.aids.editor = "exec sleep 1000; :".to_owned();
    let mut running = Running::of(model, usize::MAX, None);
    half_a_reply(&mut running).await;
    running.send(Raw::Key(key)).await;
    let lent = running.shown.wait_for(|shown| shown.lent == 1);
    tokio::time::timeout(DEADLINE, lent).await.unwrap().unwrap();
    running.events.send(Event::Terminate).await.unwrap();
    let desk = running.desk.clone();
    assert!(running.end().await.is_ok());
    let draft = desk.disk.lock().unwrap().drafts[&conversation_id(1)].clone();
    assert_eq!(draft, "half a se");
}
