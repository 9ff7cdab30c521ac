use super::*;
use crate::desk::note::{self, Written};
use smsdesk_common::api::notes::WriteNote;
use smsdesk_common::entry::{Direction, EntryKind};

impl World {
    async fn note(&self, id: u128, body: &str) -> Result<Written, DeskError> {
        let (ana, conversation) = (self.ana.clone(), self.only_conversation().await.id);
        let note = WriteNote {
            id: EntryId(Uuid::from_u128(id)),
            body: body.to_owned(),
        };
        self.store
            .write(move |tx| note::write(tx, &ana, conversation, &note))
            .await
    }

    async fn refused_note(&self, id: u128, body: &str) -> ErrorCode {
        match self.note(id, body).await.unwrap_err() {
            DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => code,
            error => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_note_is_an_entry_and_changes_nothing_else() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let before = world.only_conversation().await;
    let Written::Now(entry) = world.note(7, "ask @ana first").await.unwrap() else {
        panic!("it was not there before");
    };
    assert_eq!(entry.entry_kind, EntryKind::Note);
    assert_eq!(entry.direction, Direction::Internal);
    assert_eq!((entry.status, entry.sid.clone()), (None, None));
    assert_eq!(entry.mentions, [world.ana.id]);
    let after = world.only_conversation().await;
    assert_eq!(
        after, before,
        "preview, count and wait are those of the text"
    );
    let queued = world
        .store
        .read(|reads| {
            reads
                .query("SELECT entry FROM outbox", &[])
                .map(|rows| rows.len())
        })
        .await
        .unwrap();
    assert_eq!(queued, 0, "it is for nobody outside");
    let held = world.entries(after.id).await;
    assert!(held.contains(&entry), "with its mentions");
}

#[tokio::test]
async fn the_same_note_is_written_once_however_late_it_comes_again() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let Written::Now(entry) = world.note(7, "hello").await.unwrap() else {
        panic!("it was not there before");
    };
    let head = world.store.hub().head();
    let again = world.note(7, "hello").await.unwrap();
    assert_eq!(again, Written::Before(entry));
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.refused_note(7, "other").await, ErrorCode::IdReused);
    world.send(to_maria(5, "hello")).await.unwrap();
    assert_eq!(world.refused_note(5, "hello").await, ErrorCode::IdReused);
}

#[tokio::test]
async fn a_note_without_words_or_without_end_is_refused() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    assert_eq!(world.refused_note(7, " \n").await, ErrorCode::BodyEmpty);
    let long = "x".repeat(4_001);
    assert_eq!(world.refused_note(7, &long).await, ErrorCode::BodyTooLong);
    assert_eq!(
        world
            .entries(world.only_conversation().await.id)
            .await
            .len(),
        1
    );
}
