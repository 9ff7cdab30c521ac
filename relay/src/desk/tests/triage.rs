use super::*;
use crate::desk::triage;
use proptest::prelude::*;
use smsdesk_common::activity::Activity;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::{Conversation, ConversationStatus};
use smsdesk_common::entry::{Author, Cause, EntryKind};
use smsdesk_common::ids::AgentId;
use smsdesk_common::record::Record;

fn patch(id: u128) -> Patch {
    Patch::new(RequestId(Uuid::from_u128(id)))
}

fn done(id: u128) -> Patch {
    Patch {
        status: Some(ConversationStatus::Done),
        ..patch(id)
    }
}

fn reopened(id: u128) -> Patch {
    Patch {
        status: Some(ConversationStatus::Open),
        ..patch(id)
    }
}

impl World {
    async fn patch(&self, patch: Patch) -> Result<Conversation, DeskError> {
        let (ana, conversation) = (self.ana.clone(), self.only_conversation().await.id);
        self.store
            .write(move |tx| triage::patch(tx, &ana, conversation, &patch))
            .await
    }

    async fn activities(&self) -> Vec<Entry> {
        let conversation = self.only_conversation().await.id;
        let mut entries = self.entries(conversation).await;
        entries.retain(|entry| entry.entry_kind == EntryKind::Activity);
        entries.reverse();
        entries
    }

    async fn refused(&self, patch: Patch) -> ErrorCode {
        match self.patch(patch).await.unwrap_err() {
            DeskError::Refused { code, .. } | DeskError::Conflict { code, .. } => code,
            error => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_change_is_told_by_one_entry_that_is_no_text() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let before = world.only_conversation().await;
    let changed = world
        .patch(Patch {
            flagged: Some(true),
            assignee: Update::Set(world.ana.id),
            labels: Some(vec![" b ".to_owned(), "a".to_owned(), "b".to_owned()]),
            ..patch(7)
        })
        .await
        .unwrap();
    assert_eq!(changed, world.only_conversation().await);
    assert_eq!(
        changed,
        Conversation {
            seq: changed.seq,
            flagged: true,
            assignee: Some(world.ana.id),
            labels: vec!["a".to_owned(), "b".to_owned()],
            ..before
        },
        "preview, count and wait are those of the text"
    );
    let told = world.activities().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].id.0, Uuid::from_u128(7));
    assert_eq!(told[0].author, Author::Agent(world.ana.id));
    assert_eq!(told[0].body, "took it, added the labels a, b, flagged it");
    assert!(told[0].activity.contains(&Activity::Flagged {
        from: false,
        to: true
    }));
    assert!(
        told[0].seq < changed.seq,
        "whoever has the one has the other"
    );
}

#[tokio::test]
async fn a_flag_can_have_a_reason_which_goes_with_it() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let because = |n, flagged, words: &str| Patch {
        flagged,
        flag_reason: Update::Set(words.to_owned()),
        ..patch(n)
    };
    let invalid = ErrorCode::FlagReasonInvalid;
    assert_eq!(world.refused(because(1, None, "angry")).await, invalid);
    for words in ["", "  ", "a\nb", &"x".repeat(161)] {
        assert_eq!(world.refused(because(2, Some(true), words)).await, invalid);
    }
    let flagged = world
        .patch(because(3, Some(true), " angry "))
        .await
        .unwrap();
    assert_eq!(flagged.flag_reason.as_deref(), Some("angry"));
    let again = because(4, None, "very angry");
    let other = world.patch(again.clone()).await.unwrap();
    assert_eq!(world.patch(again).await.unwrap(), other, "once");
    assert_eq!(other.flag_reason.as_deref(), Some("very angry"));
    assert_eq!(world.only_conversation().await, other);
    let off = Patch {
        flagged: Some(false),
        ..patch(5)
    };
    assert_eq!(world.patch(off).await.unwrap().flag_reason, None);
    let told = world.activities().await;
    let mut words: Vec<_> = told.iter().map(|entry| entry.body.as_str()).collect();
    words.sort_unstable();
    let expected = [
        "flagged it: angry",
        "noted why: very angry",
        "removed the flag",
    ];
    assert_eq!(words, expected);
}

#[tokio::test]
async fn the_same_request_is_carried_out_once_however_late_it_comes_again() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world.patch(done(1)).await.unwrap();
    world.patch(reopened(2)).await.unwrap();
    let head = world.store.hub().head();
    let answer = world.patch(done(1)).await.unwrap();
    assert_eq!(answer.status, ConversationStatus::Open, "as it is by now");
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.activities().await.len(), 2);
    assert_eq!(world.refused(reopened(1)).await, ErrorCode::IdReused);
    world.send(to_maria(5, "hello")).await.unwrap();
    assert_eq!(world.refused(done(5)).await, ErrorCode::IdReused);
}

#[tokio::test]
async fn what_is_so_already_leaves_no_trace() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let before = world.only_conversation().await;
    let head = world.store.hub().head();
    let same = Patch {
        status: Some(ConversationStatus::Open),
        assignee: Update::Clear,
        labels: Some(Vec::new()),
        flagged: Some(false),
        snoozed_until: Update::Clear,
        ..patch(1)
    };
    assert_eq!(world.patch(same.clone()).await.unwrap(), before);
    assert_eq!(world.patch(same).await.unwrap(), before);
    assert_eq!(world.store.hub().head(), head);
    assert_eq!(world.activities().await, []);
}

#[tokio::test]
async fn one_that_is_done_waits_for_nobody_until_it_is_reopened_or_the_customer_writes() {
    let world = world().await;
    world.receive(inbound(1, "first")).await;
    world.receive(inbound(2, "second")).await;
    let began = world.only_conversation().await.waiting_since;
    assert!(began.is_some());
    assert_eq!(world.patch(done(1)).await.unwrap().waiting_since, None);
    let reopened = world.patch(reopened(2)).await.unwrap();
    assert_eq!(reopened.waiting_since, began, "nobody had answered");
    world.patch(done(3)).await.unwrap();
    world.receive(inbound(3, "third")).await;
    let conversation = world.only_conversation().await;
    assert_eq!(conversation.status, ConversationStatus::Open);
    assert!(
        conversation.waiting_since > began,
        "what was done before is over"
    );
}

#[tokio::test]
async fn nothing_is_put_away_over_a_text_that_was_not_seen() {
    let world = world().await;
    world.receive(inbound(1, "first")).await;
    let seen = world.only_conversation().await.last.unwrap().position;
    world.receive(inbound(2, "wait, one more thing")).await;
    let blind = Patch {
        seen_seq: Some(seen),
        ..done(1)
    };
    let error = world.patch(blind.clone()).await.unwrap_err();
    let DeskError::Conflict { code, current, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(code, ErrorCode::CustomerWrote);
    let held = world.only_conversation().await;
    assert_eq!(*current, Record::Conversation(Box::new(held)));
    let flag = Patch {
        flagged: Some(true),
        seen_seq: Some(seen),
        ..patch(2)
    };
    assert!(world.patch(flag).await.is_ok(), "it stays where it is");
    let seen = world.only_conversation().await.last.unwrap().position;
    let aware = Patch {
        seen_seq: Some(seen),
        ..blind
    };
    assert!(
        world.patch(aware).await.is_ok(),
        "a refused id is not used up"
    );
}

#[tokio::test]
async fn a_patch_for_another_state_is_refused_with_the_state_that_there_is() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let seq = world.only_conversation().await.seq;
    let only = |id, seq| Patch {
        if_seq: Some(seq),
        ..done(id)
    };
    world.patch(only(1, seq)).await.unwrap();
    assert!(
        world.patch(only(1, seq)).await.is_ok(),
        "a repeat is no conflict with itself"
    );
    let late = Patch {
        if_seq: Some(seq),
        ..reopened(2)
    };
    assert_eq!(world.refused(late).await, ErrorCode::ConversationChanged);
}

#[tokio::test]
async fn a_field_that_makes_no_sense_is_named() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    world
        .store
        .write(|tx| people::invite(tx, "Bo", Some(Role::Agent)))
        .await
        .unwrap();
    let bo = world
        .store
        .write(|tx| people::revoke(tx, "Bo", Copies::Stay))
        .await;
    bo.unwrap();
    let agents = world.store.read(crate::store::agents::all).await.unwrap();
    let bo = agents.iter().find(|agent| agent.name == "Bo").unwrap().id;
    let labels = |labels: Vec<String>| Patch {
        labels: Some(labels),
        ..patch(1)
    };
    let assign = |id| Patch {
        assignee: Update::Set(id),
        ..patch(1)
    };
    let snooze = Patch {
        snoozed_until: Update::Set(Timestamp::from_millis(9)),
        ..patch(1)
    };
    for (patch, code) in [
        (patch(1), ErrorCode::PatchEmpty),
        (labels(vec![" ".to_owned()]), ErrorCode::LabelInvalid),
        (labels(vec!["x".repeat(41)]), ErrorCode::LabelInvalid),
        (labels(vec!["x\u{1b}".to_owned()]), ErrorCode::LabelInvalid),
        (
            labels((0..33).map(|n| n.to_string()).collect()),
            ErrorCode::LabelInvalid,
        ),
        (assign(bo), ErrorCode::AgentRevoked),
        (
            assign(AgentId(Uuid::from_u128(404))),
            ErrorCode::AgentUnknown,
        ),
        (snooze.clone(), ErrorCode::SnoozeInvalid),
    ] {
        assert_eq!(world.refused(patch.clone()).await, code, "{patch:?}");
    }
    let snoozed = Patch {
        status: Some(ConversationStatus::Snoozed),
        ..snooze
    };
    let snoozed = world.patch(snoozed).await.unwrap();
    assert_eq!(snoozed.snoozed_until, Some(Timestamp::from_millis(9)));
    let open = world.patch(reopened(2)).await.unwrap();
    assert_eq!(open.snoozed_until, None);
}

#[tokio::test]
async fn a_snoozed_conversation_comes_back_at_its_time_and_not_before() {
    let world = world().await;
    world.receive(inbound(1, "hi")).await;
    let before = world.only_conversation().await;
    let wake = || world.store.write(|tx| triage::wake(tx, 10));
    // The clock of these tests moves by a millisecond at each look.
    for (id, until, woken) in [(1, 2_000_000, 0), (2, 1_000_000, 1)] {
        let snoozed = Patch {
            status: Some(ConversationStatus::Snoozed),
            snoozed_until: Update::Set(Timestamp::from_millis(until)),
            ..patch(id)
        };
        world.patch(snoozed).await.unwrap();
        assert_eq!(wake().await.unwrap(), woken);
    }
    assert_eq!(wake().await.unwrap(), 0);
    let after = world.only_conversation().await;
    let seq = after.seq;
    assert_eq!(after, Conversation { seq, ..before });
    let told = world.activities().await;
    let last = told.last().unwrap();
    assert_eq!(last.author, Author::Automation(Cause::named("snooze")));
    assert_eq!(last.body, "reopened it");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patches_that_come_any_number_of_times_leave_what_their_first_arrivals_left(
        arrivals in prop::collection::vec(0_u128..8, 1..24),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let world = world().await;
            world.receive(inbound(1, "hi")).await;
            let mut expected = world.only_conversation().await;
            let (mut seen, mut told) = (std::collections::BTreeSet::new(), 0);
            for id in arrivals {
                let asked = Patch {
                    status: Some([ConversationStatus::Open, ConversationStatus::Done][usize::from(id % 2 == 0)]),
                    flagged: Some(id % 3 == 0),
                    ..patch(id + 1)
                };
                let answer = world.patch(asked.clone()).await.unwrap();
                if seen.insert(id) {
                    let did = smsdesk_common::triage::apply(&asked, &mut expected);
                    told += usize::from(!did.is_empty());
                }
                assert_eq!(answer.status, expected.status);
                assert_eq!(answer.flagged, expected.flagged);
                assert_eq!(answer, world.only_conversation().await);
            }
            assert_eq!(world.activities().await.len(), told);
        });
    }
}
