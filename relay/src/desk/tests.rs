mod automatic;
mod backfill;
mod broadcasts;
mod consent;
mod contacts;
mod erase;
mod gates;
mod guard;
mod jobs;
mod later;
mod notes;
mod outgoing;
mod reports;
mod rules;
mod triage;

use super::people::Worth;
use super::send::{Outgoing, Recipient, Sent};
use super::{DeskError, lines, people, read, receive, send, status};
use crate::auth::secret;
use crate::clock::Clock;
use crate::store::conversations::Filter;
use crate::store::tokens::Copies;
use crate::store::webhooks::Seen;
use crate::store::{Store, conversations, entries, feed, outbox, reports as kept};
use crate::twilio::form::{Form, InboundMessage, StatusCallback};
use smsdesk_common::agent::{Agent, Role};
use smsdesk_common::api::ErrorCode;
use smsdesk_common::api::messages::SendMessage;
use smsdesk_common::api::read::SetRead;
use smsdesk_common::entry::{Entry, Origin};
use smsdesk_common::ids::{ConversationId, DeviceId, EntryId, RequestId, Seq};
use smsdesk_common::phone::Address;
use smsdesk_common::status::DeliveryStatus;
use smsdesk_common::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use uuid::Uuid;

const ACCOUNT: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const LINE: &str = "+15557122661";
const MARIA: &str = "+12394267058";

struct World {
    store: Store,
    ana: Agent,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
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
        .write(|tx| people::invite(tx, "Ana", Some(Role::Agent)))
        .await
        .unwrap();
    World {
        store,
        ana,
        _folder: folder,
    }
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn inbound(sid: u32, body: &str) -> InboundMessage {
    let sid = format!("SM{sid:032x}");
    let body = encoded(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("From", MARIA),
        ("To", LINE),
        ("Body", body),
        ("FromCity", "NAPLES"),
        ("NumSegments", "1"),
    ]);
    InboundMessage::from_form(&Form::parse(body.as_bytes()).unwrap()).unwrap()
}

fn callback(sid: u32, word: &str, code: &str) -> StatusCallback {
    let sid = format!("SM{sid:032x}");
    let body = encoded(&[
        ("AccountSid", ACCOUNT),
        ("MessageSid", &sid),
        ("MessageStatus", word),
        ("ErrorCode", code),
    ]);
    StatusCallback::from_form(&Form::parse(body.as_bytes()).unwrap()).unwrap()
}

impl World {
    async fn receive(&self, message: InboundMessage) -> Seen {
        let job = move |tx: &mut dyn crate::store::sql::Tx| {
            receive::receive(tx, &message, b"raw", Origin::Webhook)
        };
        self.store.write(job).await.unwrap()
    }

    async fn send(&self, outgoing: Outgoing) -> Result<Sent, DeskError> {
        let ana = self.ana.clone();
        self.store
            .write(move |tx| send::send(tx, &outgoing, &ana))
            .await
    }

    async fn report(&self, callback: StatusCallback, entry: Option<EntryId>) -> Seen {
        self.store
            .write(move |tx| status::report(tx, &callback, entry, b"raw"))
            .await
            .unwrap()
            .seen
    }

    async fn only_conversation(&self) -> smsdesk_common::conversation::Conversation {
        let mut page = self
            .store
            .read(|reads| conversations::page(reads, None, &Filter::default(), 10))
            .await
            .unwrap();
        assert_eq!(page.len(), 1);
        page.remove(0)
    }

    async fn entries(&self, conversation: ConversationId) -> Vec<Entry> {
        self.store
            .read(move |reads| entries::page(reads, conversation, None, 100))
            .await
            .unwrap()
    }

    async fn entry(&self, id: EntryId) -> Entry {
        self.store
            .read(move |reads| entries::find(reads, id))
            .await
            .unwrap()
            .unwrap()
    }

    async fn waiting(&self) -> u64 {
        self.store.read(outbox::counts).await.unwrap().waiting
    }
}

fn to_maria(id: u128, body: &str) -> Outgoing {
    Outgoing {
        id: Some(EntryId(Uuid::from_u128(id))),
        recipient: Recipient::Address {
            to: Address::from_twilio(MARIA).unwrap(),
            line: None,
            open: None,
        },
        body: body.to_owned(),
        media: Vec::new(),
        epoch: None,
        seen: None,
        template: None,
        later: None,
        confirmed: false,
    }
}

#[tokio::test]
async fn a_first_text_makes_contact_conversation_and_entry() {
    let world = world().await;
    assert_eq!(
        world.receive(inbound(1, "hi\u{0}\u{1b}[2J")).await,
        Seen::First
    );
    let conversation = world.only_conversation().await;
    assert_eq!(
        (conversation.address.as_str(), conversation.inbound_total),
        (MARIA, 1)
    );
    let entries = world.entries(conversation.id).await;
    assert_eq!(
        entries[0].body, "hi\u{0}\u{1b}[2J",
        "stored exactly as sent"
    );
    assert_eq!(conversation.waiting_since, Some(entries[0].at));
    assert_eq!(conversation.last.unwrap().entry, entries[0].id);
}

#[tokio::test]
async fn a_repeated_webhook_changes_nothing_at_all() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let head = world.store.hub().head();
    assert_eq!(world.receive(inbound(1, "hi")).await, Seen::Again);
    assert_eq!(
        world.receive(inbound(1, "another body, same sid")).await,
        Seen::Again
    );
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.only_conversation().await.inbound_total, 1);
}

#[tokio::test]
async fn a_text_that_another_account_tells_of_once_more_is_not_stored_again() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let head = world.store.hub().head();
    let mut moved = inbound(1, "hi");
    moved.account = "ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb".parse().unwrap();
    assert_eq!(world.receive(moved).await, Seen::Again);
    assert_eq!(world.store.hub().head(), head);
}

#[tokio::test]
async fn an_answer_ends_the_wait_and_the_next_text_starts_a_new_one() {
    let world = world().await;
    world.receive(inbound(1, "first")).await;
    let began = world.only_conversation().await.waiting_since;
    world.receive(inbound(2, "second")).await;
    assert_eq!(
        world.only_conversation().await.waiting_since,
        began,
        "the wait goes on"
    );
    world.send(to_maria(1, "answer")).await.unwrap();
    assert_eq!(world.only_conversation().await.waiting_since, None);
    world.receive(inbound(3, "third")).await;
    assert!(world.only_conversation().await.waiting_since > began);
}

#[tokio::test]
async fn a_read_marker_is_set_once_however_often_and_late_the_request_comes() {
    let world = world().await;
    world.receive(inbound(1, "one")).await;
    world.receive(inbound(2, "two")).await;
    let conversation = world.only_conversation().await.id;
    let set = |id: u128, position: u64, inbound_read: u32| {
        let ana = world.ana.clone();
        let id = RequestId(Uuid::from_u128(id));
        let request = SetRead {
            id,
            position: Seq(position),
            inbound_read,
        };
        world
            .store
            .write(move |tx| read::set(tx, &ana, conversation, &request))
    };
    assert_eq!(set(1, 5, 1).await.unwrap().inbound_read, 1);
    assert_eq!(set(2, 9, 2).await.unwrap().inbound_read, 2);
    assert_eq!(
        set(1, 5, 1).await.unwrap().inbound_read,
        2,
        "a late repeat does not go back"
    );
    let error = set(1, 6, 1).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::IdReused,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn an_invite_works_once_and_a_revoked_token_is_worth_what_an_unknown_one_is() {
    let world = world().await;
    let store = &world.store;
    let instance = store.instance().to_owned();
    let (_, code) = store
        .write(|tx| people::invite(tx, "Bo", Some(Role::Admin)))
        .await
        .unwrap();
    let join = |code: String| {
        let instance = instance.clone();
        store.write(move |tx| people::join(tx, &code, DeviceId(Uuid::nil()), &instance))
    };
    let (bo, token) = join(code.clone()).await.unwrap();
    assert_eq!((bo.name.as_str(), bo.role), ("Bo", Role::Admin));
    let error = join(code).await.unwrap_err();
    assert!(
        matches!(
            error,
            DeskError::Refused {
                code: ErrorCode::InviteInvalid,
                ..
            }
        ),
        "{error}"
    );
    let who = |token: String| {
        let hash = secret::hash(&token);
        store.read(move |reads| people::who(reads, &hash, Timestamp::from_millis(0)))
    };
    let Worth::Accepted(access) = who(token.clone()).await.unwrap() else {
        panic!("it was just made")
    };
    assert_eq!((access.agent.id, access.rights.role), (bo.id, Role::Admin));
    let id = access.token;
    let still = || store.write(move |tx| people::still(tx, id));
    still().await.unwrap();
    let revoke = |copies| store.write(move |tx| people::revoke(tx, "Bo", copies));
    for copies in [Copies::Stay, Copies::Wipe] {
        revoke(copies).await.unwrap();
        let revoked = who(token.clone()).await.unwrap();
        assert_eq!(
            revoked,
            Worth::Refused(copies),
            "an order to wipe may come later"
        );
    }
    let late = still().await.unwrap_err();
    assert!(late.to_string().contains("revoked meanwhile"), "{late}");
    for other in [
        format!("{token}x"),
        "smsdesk_ffffffff_abc".to_owned(),
        "nonsense".to_owned(),
    ] {
        assert_eq!(who(other).await.unwrap(), Worth::Refused(Copies::Stay));
    }
}

#[tokio::test]
async fn nothing_in_the_database_is_a_token_or_an_invite() {
    let world = world().await;
    let (_, code) = world
        .store
        .write(|tx| people::invite(tx, "Bo", Some(Role::Agent)))
        .await
        .unwrap();
    let instance = world.store.instance().to_owned();
    let again = code.clone();
    let (_, token) = world
        .store
        .write(move |tx| people::join(tx, &again, DeviceId(Uuid::nil()), &instance))
        .await
        .unwrap();
    let secret = token.splitn(3, '_').nth(2).unwrap().to_owned();
    for file in ["t.db", "t.db-wal"] {
        let bytes = std::fs::read(world._folder.path().join(file)).unwrap();
        let holds = |what: &str| {
            bytes
                .windows(what.len())
                .any(|part| part == what.as_bytes())
        };
        assert!(!holds(&secret) && !holds(&code), "{file}");
    }
}

#[tokio::test]
async fn the_feed_tells_of_every_record_that_a_text_touches() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let page = world
        .store
        .read(|reads| feed::after(reads, Seq::ZERO, 100))
        .await
        .unwrap();
    let kinds: Vec<String> = page
        .lines
        .iter()
        .map(|line| {
            let change: serde_json::Value = serde_json::from_str(&line.json).unwrap();
            change["kind"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, ["line", "agent", "contact", "entry", "conversation"]);
}
