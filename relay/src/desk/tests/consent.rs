mod any_order;

use super::*;
use crate::desk::consent::answer::{self, Answers};
use crate::desk::consent::by_agent;
use crate::desk::contact::merge;

use crate::desk::send::Later;
use crate::outbox::policy::Decision;
use crate::outbox::record::record;
use crate::store::{consent, contacts};
use smsdesk_common::activity::{Activity, ConsentChange};
use smsdesk_common::api::contacts::{MergeContacts, OptOutContact, UnmergeContacts};
use smsdesk_common::contact::Contact;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::entry::{Author, Cause, EntryKind};
use smsdesk_common::optout::{Means, OptOutSignal, WISH};
use smsdesk_common::status::DeliveryError;

const SERVICE: &str = "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER_LINE: &str = "+15557122662";

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

/// What became of an agent's text.
fn refused(sent: Result<Sent, DeskError>) -> Option<ErrorCode> {
    match sent {
        Ok(_) => None,
        Err(DeskError::Refused { code, .. }) => Some(code),
        Err(error) => panic!("{error}"),
    }
}

impl World {
    async fn maria(&self) -> Contact {
        let found = self.store.read(|reads| {
            let id = contacts::by_address(reads, &address(MARIA))?.unwrap();
            contacts::find(reads, id)
        });
        found.await.unwrap().unwrap()
    }

    async fn is_refused(&self, id: u128) -> bool {
        refused(self.send(to_maria(id, "hello")).await) == Some(ErrorCode::OptedOut)
    }

    async fn told_to_maria(&self) -> Vec<String> {
        let conversation = self.only_conversation().await;
        let entries = self.entries(conversation.id).await;
        let told = entries.into_iter().rev();
        let told = told.filter(|it| it.entry_kind == EntryKind::Activity);
        told.map(|it| it.body).collect()
    }

    async fn opts_out(&self, request: u128) -> Result<Contact, DeskError> {
        let (ana, contact) = (self.ana.clone(), self.maria().await.id);
        let asked = OptOutContact {
            id: RequestId(Uuid::from_u128(request)),
            opt_out: true,
        };
        self.store
            .write(move |tx| by_agent::opt_out(tx, &ana, contact, &asked))
            .await
    }

    async fn comes_back(&self, id: u128, code: u32) {
        let error = DeliveryError {
            code,
            text: String::new(),
        };
        let id = EntryId(Uuid::from_u128(id));
        let recorded = self
            .store
            .write(move |tx| record(tx, id, &|_| false, &Decision::Fail(error)));
        recorded.await.unwrap();
    }
}

#[tokio::test]
async fn a_stop_is_obeyed_told_and_taken_back_only_by_a_start() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.receive(inbound(2, " Stop\n")).await;
    let maria = world.maria().await;
    let [out] = &maria.opt_outs[..] else {
        panic!("{maria:?}")
    };
    assert_eq!(out.address.as_str(), MARIA);
    assert_eq!(out.means, Some(Means::Keyword));
    assert!(world.is_refused(1).await);
    assert_eq!(world.waiting().await, 0);
    assert_eq!(world.only_conversation().await.waiting_since, None);
    world.receive(inbound(3, "stop")).await;
    world.receive(inbound(4, "ok, tell me")).await;
    assert!(world.is_refused(2).await, "words are no START");
    world.receive(inbound(5, "START")).await;
    assert!(!world.is_refused(3).await);
    assert!(world.maria().await.opt_outs.is_empty());
    assert_eq!(
        world.told_to_maria().await,
        [
            "the customer opted out by texting STOP",
            "the customer opted in again by texting START"
        ]
    );
}

#[tokio::test]
async fn a_stop_reopens_nothing() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let id = world.only_conversation().await.id;
    let closed = world.store.write(move |tx| {
        let mut conversation = conversations::find(tx, id)?.unwrap();
        conversation.status = ConversationStatus::Done;
        conversations::update(tx, &mut conversation)
    });
    closed.await.unwrap();
    world.receive(inbound(2, "STOP")).await;
    let stopped = world.only_conversation().await;
    assert_eq!(stopped.status, ConversationStatus::Done);
    assert_eq!(stopped.inbound_total, 2, "it is unread all the same");
    world.receive(inbound(3, "START")).await;
    let back = world.only_conversation().await;
    assert_eq!(back.status, ConversationStatus::Open);
}

#[tokio::test]
async fn what_waits_for_its_turn_or_its_time_does_not_go_any_more() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.send(to_maria(1, "queued")).await.unwrap();
    let later = Outgoing {
        later: Some(Later {
            send_at: Timestamp::from_millis(900_000_000),
            zone: None,
            cancel_on_reply: false,
        }),
        ..to_maria(2, "timed")
    };
    world.send(later).await.unwrap();
    world.receive(inbound(2, "UNSUBSCRIBE")).await;
    assert_eq!(world.waiting().await, 0);
    for id in [1, 2] {
        let entry = world.entry(EntryId(Uuid::from_u128(id))).await;
        assert_eq!(entry.status, Some(DeliveryStatus::Failed), "{id}");
        let error = entry.error.unwrap();
        assert_eq!(error.text, "not sent: the person opted out meanwhile");
        assert_eq!(error.code, DeliveryError::OURS);
    }
    let shown = world.only_conversation().await.last.unwrap();
    assert_eq!(shown.text, "UNSUBSCRIBE");
}

#[tokio::test]
async fn a_stop_to_a_number_of_a_service_holds_for_the_whole_service() {
    let world = world().await;
    let lines_of_ours = [LINE, OTHER_LINE].map(address);
    let adopted = world
        .store
        .write(move |tx| lines::adopt(tx, &lines_of_ours));
    adopted.await.unwrap();
    let by_service = |sid: u32, body: &str, line: &str| {
        let mut message = inbound(sid, body);
        message.to = address(line);
        message.service = Some(address(SERVICE));
        message
    };
    world.receive(by_service(1, "hi", OTHER_LINE)).await;
    world.receive(by_service(2, "STOP", LINE)).await;
    let from = |id: u128, line: &str| {
        let mut text = to_maria(id, "hello");
        text.recipient = Recipient::Address {
            to: address(MARIA),
            line: Some(line.to_owned()),
            open: None,
        };
        text
    };
    for (id, line) in [(1, LINE), (2, OTHER_LINE)] {
        let sent = world.send(from(id, line)).await;
        assert_eq!(refused(sent), Some(ErrorCode::OptedOut), "{line}");
    }
    world.receive(by_service(3, "UNSTOP", OTHER_LINE)).await;
    for (id, line) in [(3, LINE), (4, OTHER_LINE)] {
        assert_eq!(refused(world.send(from(id, line)).await), None, "{line}");
    }
}

#[tokio::test]
async fn what_the_provider_makes_of_a_keyword_wins_over_the_words() {
    let world = world().await;
    let mut alto = inbound(1, "ALTO");
    alto.opt_out = Some(OptOutSignal::Stop);
    world.receive(alto).await;
    assert!(world.is_refused(1).await);
    let mut help = inbound(2, "start");
    help.opt_out = Some(OptOutSignal::Help);
    world.receive(help).await;
    assert!(world.is_refused(2).await);
}

#[tokio::test]
async fn a_refusal_of_the_provider_is_learned_from_at_once_or_later() {
    for later in [false, true] {
        let world = world().await;
        world.receive(inbound(1, "hi")).await;
        world.send(to_maria(1, "hello")).await.unwrap();
        if later {
            let id = Some(EntryId(Uuid::from_u128(1)));
            world.report(callback(9, "failed", "21610"), id).await;
            world.report(callback(9, "failed", "21610"), id).await;
        } else {
            world.comes_back(1, 21_610).await;
        }
        assert!(world.is_refused(2).await, "{later}");
        let maria = world.maria().await;
        assert_eq!(maria.opt_outs[0].means, Some(Means::Provider));
        assert_eq!(world.told_to_maria().await.len(), 1);
        world.receive(inbound(2, "START")).await;
        assert!(!world.is_refused(3).await, "{later}");
    }
}

#[tokio::test]
async fn a_start_is_not_undone_by_news_of_an_older_text() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.send(to_maria(1, "hello")).await.unwrap();
    world.receive(inbound(2, "START")).await;
    let id = Some(EntryId(Uuid::from_u128(1)));
    world.report(callback(9, "failed", "21610"), id).await;
    assert!(!world.is_refused(2).await);
    let mut lost = inbound(3, "STOP");
    lost.at = Some(Timestamp::from_millis(1));
    world.receive(lost).await;
    assert!(!world.is_refused(3).await, "found in a list long after");
}

#[tokio::test]
async fn another_failure_opts_nobody_out() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.send(to_maria(1, "hello")).await.unwrap();
    world.comes_back(1, 30_005).await;
    assert!(!world.is_refused(2).await);
}

#[tokio::test]
async fn words_of_ones_own_are_proposed_to_an_agent_and_not_obeyed() {
    for body in ["Please stop texting me", "No me escriban m\u{e1}s"] {
        let world = world().await;
        world.receive(inbound(1, body)).await;
        let asked = world.only_conversation().await;
        assert!(asked.flagged, "{body}");
        assert_eq!(asked.flag_reason.as_deref(), Some(WISH));
        assert!(!world.is_refused(1).await, "{body}");
        world.opts_out(50).await.unwrap();
        assert!(world.is_refused(2).await, "{body}");
        let answered = world.only_conversation().await;
        assert!(!answered.flagged && answered.flag_reason.is_none());
        assert_eq!(answered.waiting_since, None);
    }
}

#[tokio::test]
async fn a_colleague_opts_out_once_and_nobody_but_the_person_takes_it_back() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let out = world.opts_out(50).await.unwrap();
    assert_eq!(out.opt_outs[0].means, Some(Means::Agent));
    assert_eq!(out.opt_outs[0].line, None, "of all lines");
    let head = world.store.hub().head();
    world.opts_out(50).await.unwrap();
    world.opts_out(51).await.unwrap();
    assert_eq!(world.store.hub().head(), head, "nothing to tell");
    world.receive(inbound(3, "STOP")).await;
    let head = world.store.hub().head();
    world.opts_out(54).await.unwrap();
    assert_eq!(world.store.hub().head(), head, "a STOP opens nothing");
    let (ana, contact) = (world.ana.clone(), out.id);
    let back = OptOutContact {
        id: RequestId(Uuid::from_u128(52)),
        opt_out: false,
    };
    let asked = world
        .store
        .write(move |tx| by_agent::opt_out(tx, &ana, contact, &back));
    let error = asked.await.unwrap_err().to_string();
    assert!(error.contains("only the person opts in again"), "{error}");
    world.receive(inbound(2, "start")).await;
    world.opts_out(50).await.unwrap();
    assert!(!world.is_refused(1).await, "a late repeat does nothing");
    world.opts_out(53).await.unwrap();
    assert!(world.is_refused(2).await);
    let conversation = world.only_conversation().await;
    let did = world.entries(conversation.id).await;
    let did: Vec<_> = did.iter().filter(|it| !it.activity.is_empty()).collect();
    assert_eq!(did[0].author, Author::Agent(world.ana.id));
    let change = ConsentChange::OptedOut {
        means: Means::Agent,
    };
    assert_eq!(did[0].activity, [Activity::Consent { change }]);
}

#[tokio::test]
async fn an_opt_out_stays_with_its_address_whoever_has_it() {
    let world = world().await;
    world.receive(inbound(1, "STOP")).await;
    let mut chen = inbound(2, "hi");
    chen.from = address("+13055550142");
    world.receive(chen).await;
    let chen = world.store.read(|reads| {
        let id = contacts::by_address(reads, &address("+13055550142"))?;
        Ok::<_, crate::store::StoreError>(id.unwrap())
    });
    let (chen, maria) = (chen.await.unwrap(), world.maria().await.id);
    let (ana, id) = (world.ana.clone(), RequestId(Uuid::from_u128(60)));
    let merged = world.store.write(move |tx| {
        let asked = MergeContacts {
            id,
            other: maria,
            if_seq: None,
        };
        merge::merge(tx, &ana, chen, &asked)
    });
    let merged = merged.await.unwrap();
    assert_eq!(merged.opt_outs.len(), 1);
    // What is said in between is of the address, too.
    let mut start = inbound(3, "START");
    start.at = Some(Timestamp::from_millis(0));
    world.receive(start).await;
    let (ana, undo) = (world.ana.clone(), RequestId(Uuid::from_u128(61)));
    let split = world.store.write(move |tx| {
        let asked = UnmergeContacts {
            id: undo,
            merge: id,
        };
        merge::unmerge(tx, &ana, chen, &asked)
    });
    let [kept, other] = split.await.unwrap();
    assert!(kept.opt_outs.is_empty());
    assert_eq!(other.opt_outs.len(), 1);
    assert!(world.is_refused(1).await);
}

fn answers() -> Answers {
    Answers {
        stop: "bye".to_owned(),
        start: "welcome back".to_owned(),
        help: "call us".to_owned(),
    }
}

/// As the webhook does where the relay answers itself.
async fn hears(world: &World, message: InboundMessage) {
    let heard = world.store.write(move |tx| {
        receive::receive(tx, &message, b"raw", Origin::Webhook)?;
        answer::answer(tx, &message, &answers())
    });
    heard.await.unwrap();
}

#[tokio::test]
async fn where_the_relay_answers_each_keyword_gets_one_text_and_the_rest_nothing() {
    let world = world().await;
    for (sid, body) in [
        (1, "hi"),
        (2, "yes"),
        (3, "STOP"),
        (3, "STOP"),
        (4, "stop"),
        (5, "HELP"),
        (6, "help"),
        (7, "START"),
        (8, "start"),
    ] {
        hears(&world, inbound(sid, body)).await;
    }
    let mut handed = Vec::new();
    for _ in 0..5 {
        let claimed = world.store.write(|tx| {
            let line = address(LINE);
            let grants = [crate::outbox::lanes::Grant {
                line,
                texts: 9,
                segments: 99,
                probe: false,
            }];
            let claimed = crate::outbox::worker::claim(tx, &grants, 9)?;
            for text in &claimed {
                outbox::remove(tx, text.waiting.entry)?;
            }
            Ok::<_, crate::store::StoreError>(claimed)
        });
        handed.extend(claimed.await.unwrap().into_iter().map(|text| text.body));
    }
    assert_eq!(handed, ["bye", "call us", "welcome back"]);
    let conversation = world.only_conversation().await;
    let ours = world.entries(conversation.id).await;
    let ours = ours
        .iter()
        .filter(|it| it.author == Author::Automation(Cause::OptOut));
    assert_eq!(ours.count(), 3);
}

#[tokio::test]
async fn all_that_was_ever_said_is_kept() {
    let world = world().await;
    for (sid, body) in [(1, "STOP"), (2, "START"), (3, "hello"), (4, "END")] {
        world.receive(inbound(sid, body)).await;
    }
    let rows = world.store.read(|reads| consent::page(reads, 0, 10)).await;
    let rows = rows.unwrap();
    let said: Vec<_> = rows.iter().map(|row| row.said.consent.as_str()).collect();
    assert_eq!(said, ["out", "in", "out"]);
    assert!(rows.iter().all(|row| row.entry.is_some()));
    let rest = world.store.read(|reads| consent::page(reads, 2, 10)).await;
    assert_eq!(rest.unwrap(), rows[2..]);
}
