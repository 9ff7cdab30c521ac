use super::*;
use crate::desk::triage;
use proptest::prelude::*;
use smsdesk_common::api::conversations::Patch;
use smsdesk_common::api::update::Update;
use smsdesk_common::conversation::ConversationStatus;
use smsdesk_common::meanwhile::Meanwhile;

/// What somebody does to the conversation.
#[derive(Clone, Copy, Debug)]
enum Deed {
    MariaWrites,
    BoAnswers,
    BoCloses,
    BoReopens,
    BoTakes,
    AnaAnswers,
    AnaCloses,
    AnaTakes,
}

const DEEDS: [Deed; 8] = [
    Deed::MariaWrites,
    Deed::BoAnswers,
    Deed::BoCloses,
    Deed::BoReopens,
    Deed::BoTakes,
    Deed::AnaAnswers,
    Deed::AnaCloses,
    Deed::AnaTakes,
];

struct Two {
    world: World,
    bo: Agent,
    next: u128,
}

impl Two {
    async fn new() -> Self {
        let world = world().await;
        world.receive(inbound(1, "hi")).await;
        let invited = world
            .store
            .write(|tx| people::invite(tx, "Bo", Some(Role::Agent)));
        let (bo, _) = invited.await.unwrap();
        let next = 100;
        Self { world, bo, next }
    }

    fn fresh(&mut self) -> u128 {
        self.next += 1;
        self.next
    }

    async fn does(&mut self, deed: Deed) {
        let n = self.fresh();
        let (ana, bo) = (self.world.ana.clone(), self.bo.clone());
        let status = |status| Patch {
            status: Some(status),
            ..Patch::new(RequestId(Uuid::from_u128(n)))
        };
        let takes = |agent: &Agent| Patch {
            assignee: Update::Set(agent.id),
            ..Patch::new(RequestId(Uuid::from_u128(n)))
        };
        match deed {
            Deed::MariaWrites => {
                let sid = u32::try_from(n).unwrap();
                self.world.receive(inbound(sid, "and another thing")).await;
            }
            Deed::BoAnswers => self.answers(n, bo).await,
            Deed::AnaAnswers => self.answers(n, ana).await,
            Deed::BoCloses => self.patches(bo, status(ConversationStatus::Done)).await,
            Deed::BoReopens => self.patches(bo, status(ConversationStatus::Open)).await,
            Deed::AnaCloses => self.patches(ana, status(ConversationStatus::Done)).await,
            Deed::BoTakes => self.patches(bo.clone(), takes(&bo)).await,
            Deed::AnaTakes => self.patches(ana.clone(), takes(&ana)).await,
        }
    }

    async fn answers(&self, n: u128, agent: Agent) {
        let outgoing = to_maria(n, "we are on it");
        let job = move |tx: &mut dyn crate::store::sql::Tx| send::send(tx, &outgoing, &agent);
        self.world.store.write(job).await.unwrap();
    }

    async fn patches(&self, agent: Agent, patch: Patch) {
        let conversation = self.world.only_conversation().await.id;
        let job = move |tx: &mut dyn crate::store::sql::Tx| {
            triage::patch(tx, &agent, conversation, &patch)
        };
        self.world.store.write(job).await.unwrap();
    }

    async fn newest(&self) -> Seq {
        let conversation = self.world.only_conversation().await.id;
        self.world.entries(conversation).await[0].position
    }

    /// Ana sends what she wrote when `seen` was the newest.
    async fn ana_sends(&self, id: u128, seen: Seq) -> Result<Sent, Meanwhile> {
        let sent = self.world.send(Outgoing {
            seen: Some(seen),
            ..to_maria(id, "on my way")
        });
        match sent.await {
            Ok(sent) => Ok(sent),
            Err(DeskError::Meanwhile { meanwhile, detail }) => {
                assert!(detail.contains("nothing was sent"), "{detail}");
                Err(*meanwhile)
            }
            Err(error) => panic!("{error}"),
        }
    }
}

async fn check(deed: Deed, expected: Option<ErrorCode>) {
    let mut two = Two::new().await;
    let seen = two.newest().await;
    two.does(deed).await;
    let (head, waiting) = (two.world.store.hub().head(), two.world.waiting().await);
    let sent = two.ana_sends(1, seen).await;
    let refused = sent.as_ref().err().map(Meanwhile::code);
    assert_eq!(refused, expected, "{deed:?}");
    let Err(meanwhile) = sent else { return };
    assert_eq!(two.world.store.hub().head(), head, "nothing is stored");
    assert_eq!(two.world.waiting().await, waiting);
    let event = &meanwhile.events[0];
    assert_eq!(
        (meanwhile.up_to, event.position),
        (two.newest().await, two.newest().await)
    );
    let name = (expected != Some(ErrorCode::CustomerWrote)).then_some("Bo");
    assert_eq!(event.name.as_deref(), name);
    let confirmed = two.ana_sends(1, meanwhile.up_to).await;
    assert!(
        matches!(confirmed, Ok(Sent::Now(_))),
        "the same id, confirmed"
    );
    let late = two.ana_sends(1, seen).await;
    assert!(
        matches!(late, Ok(Sent::Before(_))),
        "a late copy of the first"
    );
}

#[tokio::test]
async fn what_others_did_meanwhile_is_asked_about_and_what_i_did_is_not() {
    check(Deed::MariaWrites, Some(ErrorCode::CustomerWrote)).await;
    check(Deed::BoAnswers, Some(ErrorCode::AnsweredByOther)).await;
    check(Deed::BoCloses, Some(ErrorCode::ClosedByOther)).await;
    check(Deed::BoTakes, Some(ErrorCode::OwnerChanged)).await;
    for deed in [Deed::AnaAnswers, Deed::AnaCloses, Deed::AnaTakes] {
        check(deed, None).await;
    }
}

#[tokio::test]
async fn a_confirmation_covers_what_was_asked_and_nothing_later() {
    let mut two = Two::new().await;
    let seen = two.newest().await;
    two.does(Deed::MariaWrites).await;
    let asked = two.ana_sends(1, seen).await.unwrap_err();
    two.does(Deed::BoAnswers).await;
    let again = two.ana_sends(1, asked.up_to).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::AnsweredByOther);
    assert_eq!(again.events.len(), 1);
    two.ana_sends(1, again.up_to).await.unwrap();
    assert_eq!(two.world.waiting().await, 2);
}

#[tokio::test]
async fn who_does_not_say_what_they_had_seen_is_not_asked() {
    let mut two = Two::new().await;
    two.does(Deed::MariaWrites).await;
    two.world.send(to_maria(1, "hello")).await.unwrap();
}

#[tokio::test]
async fn a_refusal_of_a_text_to_a_number_makes_no_conversation() {
    let two = Two::new().await;
    let head = two.world.store.hub().head();
    let refused = two.ana_sends(1, Seq::ZERO).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::CustomerWrote);
    assert_eq!(two.world.store.hub().head(), head);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_refused_text_stays_refused_until_it_is_confirmed_and_then_goes_once(
        deeds in prop::collection::vec(prop::sample::select(DEEDS.to_vec()), 1..8),
        late in prop::collection::vec(prop::sample::select(DEEDS.to_vec()), 0..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut two = Two::new().await;
            let seen = two.newest().await;
            for deed in deeds {
                two.does(deed).await;
            }
            let before = two.world.waiting().await;
            let Err(mut asked) = two.ana_sends(1, seen).await else {
                return;
            };
            for deed in late {
                two.does(deed).await;
                assert!(two.ana_sends(1, seen).await.is_err(), "refused once, stored later");
            }
            let answered = two.world.waiting().await;
            assert!(answered >= before);
            // Whoever says yes to each question gets through.
            let mut questions = 0;
            while let Err(again) = two.ana_sends(1, asked.up_to).await {
                assert!(again.up_to > asked.up_to);
                asked = again;
                questions += 1;
                assert!(questions <= 4);
            }
            two.ana_sends(1, seen).await.unwrap();
            assert_eq!(two.world.waiting().await, answered + 1);
        });
    }
}
