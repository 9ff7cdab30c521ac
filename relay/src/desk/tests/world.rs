//! A store with a line and an agent, and the forms that come to it.

use super::super::send::{Outgoing, Recipient, Sent};
use super::super::{DeskError, lines, people, receive, send, status};
use crate::clock::Clock;
use crate::store::webhooks::Seen;
use crate::store::{Store, conversations, entries, outbox};
use crate::twilio::form::{Form, InboundMessage, StatusCallback};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::entry::{Entry, Origin};
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

pub(super) const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(super) const LINE: &str = "+15557122661";
pub(super) const MARIA: &str = "+12394267058";

pub(super) struct World {
    pub(super) store: Store,
    pub(super) ana: Agent,
    pub(super) folder: tempfile::TempDir,
}

pub(super) async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let tick = Arc::new(AtomicI64::new(1_000_000));
    let clock =
        Clock::from_fn(move || Timestamp::from_millis(tick.fetch_add(1, Ordering::Relaxed)));
    let store = Store::open(&folder.path().join("t.db"), clock)
        .await
        .unwrap();
    let line = Address::from_twilio(LINE).unwrap();
    store
        .write(move |tx| lines::adopt(tx, &[line]))
        .await
        .unwrap();
    let (ana, _) = store
        .write(|tx| people::invite(tx, "Ana", Role::Agent))
        .await
        .unwrap();
    World { store, ana, folder }
}

pub(super) fn form(pairs: &[(&str, &str)]) -> Form {
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    Form::parse(body.as_bytes()).unwrap()
}

pub(super) fn inbound(sid: u32, body: &str) -> InboundMessage {
    let sid = format!("SM{sid:032x}");
    InboundMessage::from_form(&form(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("From", MARIA),
        ("To", LINE),
        ("Body", body),
        ("FromCity", "NAPLES"),
        ("NumSegments", "1"),
    ]))
    .unwrap()
}

pub(super) fn callback(sid: u32, word: &str, code: &str) -> StatusCallback {
    let sid = format!("SM{sid:032x}");
    StatusCallback::from_form(&form(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("MessageStatus", word),
        ("ErrorCode", code),
    ]))
    .unwrap()
}

impl World {
    pub(super) async fn receive(&self, message: InboundMessage) -> Seen {
        let job = move |tx: &mut dyn crate::store::sql::Tx| {
            receive::receive(tx, &message, b"raw", Origin::Webhook)
        };
        self.store.write(job).await.unwrap()
    }

    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<Sent, DeskError> {
        let ana = self.ana.clone();
        self.store
            .write(move |tx| send::send(tx, &outgoing, &ana))
            .await
    }

    pub(super) async fn report(&self, callback: StatusCallback, entry: Option<EntryId>) -> Seen {
        self.store
            .write(move |tx| status::report(tx, &callback, entry, b"raw"))
            .await
            .unwrap()
    }

    pub(super) async fn only_conversation(&self) -> smsdesk_common::conversation::Conversation {
        let mut page = self
            .store
            .read(|reads| conversations::page(reads, None, None, 10))
            .await
            .unwrap();
        assert_eq!(page.len(), 1);
        page.remove(0)
    }

    pub(super) async fn entries(&self, conversation: ConversationId) -> Vec<Entry> {
        self.store
            .read(move |reads| entries::page(reads, conversation, None, 100))
            .await
            .unwrap()
    }

    pub(super) async fn entry(&self, id: EntryId) -> Entry {
        self.store
            .read(move |reads| entries::find(reads, id))
            .await
            .unwrap()
            .unwrap()
    }

    pub(super) async fn waiting(&self) -> u64 {
        self.store.read(outbox::counts).await.unwrap().waiting
    }
}

pub(super) fn to_maria(id: u128, body: &str) -> Outgoing {
    Outgoing {
        id: Some(EntryId(Uuid::from_u128(id))),
        recipient: Recipient::Address {
            to: Address::from_twilio(MARIA).unwrap(),
            line: None,
        },
        body: body.to_owned(),
    }
}
