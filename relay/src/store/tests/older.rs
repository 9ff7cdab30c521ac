//! A database of the first version is brought up to date with what waits in it.

use super::super::migrations::MIGRATIONS;
use super::super::{Store, StoreError, lines, outbox};
use super::clock;
use smsdesk_common::ids::EntryId;
use smsdesk_common::time::Timestamp;
use uuid::Uuid;

/// A line, a conversation, and a text of two segments that was queued 400 seconds before now.
const WAITING: &str = "
INSERT INTO meta VALUES ('epoch', '00000000000000000000000000000001'), ('instance', '00000001');
INSERT INTO line VALUES ('+15557122661', 1, NULL, 1);
INSERT INTO contact (id, seq, created_at) VALUES ('c', 2, 0);
INSERT INTO conversation (id, seq, line, address, contact, status, labels, flagged, inbound_total,
    created_at) VALUES ('v', 3, '+15557122661', '+12394267058', 'c', 'open', '[]', 0, 0, 0);
INSERT INTO entry (id, seq, conversation, position, entry_kind, direction, author, origin, body,
    media, status, segments, at) VALUES ('00000000-0000-0000-0000-000000000001', 4, 'v', 4,
    'message', 'outbound', 'automation:x', 'api', 'hello', '[]', 'queued', 2, 600000);
INSERT INTO outbox VALUES ('00000000-0000-0000-0000-000000000001', 4, '+15557122661',
    '+12394267058', 'queued', 7, 600000, NULL);
";

#[tokio::test]
async fn a_text_that_waited_in_an_older_database_keeps_its_age_and_its_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(&format!(
        "{} PRAGMA application_id = 0x736d7364; PRAGMA user_version = 1; {WAITING}",
        MIGRATIONS[0]
    ))
    .unwrap();
    drop(old);
    let store = Store::open(&path, clock()).await.unwrap();
    let looked = store.write(|tx| {
        let line = lines::all(tx)?.remove(0);
        let overdue = outbox::overdue(tx, Timestamp::from_millis(600_000), 10)?;
        let claimed = outbox::claim(tx, &line.id, 10, 10)?;
        Ok::<_, StoreError>((line, overdue, claimed))
    });
    let (line, overdue, claimed) = looked.await.unwrap();
    assert!(line.active && line.paused.is_none());
    assert_eq!(overdue[0].entry, EntryId(Uuid::from_u128(1)));
    let text = &claimed[0];
    assert_eq!((text.segments, text.attempts), (2, 7));
    assert_eq!(text.waits_since, Timestamp::from_millis(600_000));
}
