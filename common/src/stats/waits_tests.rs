//! Tests of waits and of stretches of time.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

const ANA: AgentId = AgentId(Uuid::from_u128(1));
const BO: AgentId = AgentId(Uuid::from_u128(2));

fn place(n: i64) -> Place {
    Place {
        at: Timestamp::from_millis(n * 1_000),
        position: Seq(u64::try_from(n).unwrap_or(0)),
    }
}

fn moments(said: &[Said]) -> Vec<Moment> {
    (1..)
        .zip(said)
        .map(|(n, &said)| Moment {
            place: place(n),
            said,
        })
        .collect()
}

fn walked(said: &[Said]) -> (Vec<Wait>, Vec<Stretch>) {
    let mut walk = Walk::default();
    moments(said).iter().for_each(|it| walk.step(it));
    walk.end()
}

/// Seconds of each wait, and whose answer ended it.
fn replies(said: &[Said]) -> Vec<Option<(i64, AgentId)>> {
    let (waits, _) = walked(said);
    let took = |wait: &Wait| {
        let (at, by) = wait.answered?;
        Some((at.millis_since(wait.began.at) / 1_000, by))
    };
    waits.iter().map(took).collect()
}

/// Seconds of each stretch.
fn resolutions(said: &[Said]) -> Vec<Option<i64>> {
    let (_, stretches) = walked(said);
    let took = |it: &Stretch| Some(it.done?.0.millis_since(it.began.at) / 1_000);
    stretches.iter().map(took).collect()
}

#[test]
fn a_wait_goes_from_the_first_unanswered_text_to_a_colleagues_first_answer() {
    use Said::{Agent, Customer, Elsewhere, Nothing};
    assert_eq!(
        replies(&[
            Customer,
            Customer,
            Nothing,
            Agent(ANA),
            Agent(BO),
            Customer,
            Agent(BO)
        ]),
        [Some((3, ANA)), Some((1, BO))]
    );
    // Nobody waited for what we begin with.
    assert_eq!(replies(&[Agent(ANA), Nothing]), []);
    // Somebody answered by other means: nobody knows who, so it is not measured.
    assert_eq!(
        replies(&[Customer, Elsewhere, Agent(ANA), Customer, Agent(ANA)]),
        [None, Some((1, ANA))]
    );
    assert_eq!(replies(&[Customer]), [None]);
}

#[test]
fn a_matter_is_open_from_the_first_text_until_it_is_done() {
    use Said::{Agent, Customer, Done, Reopened};
    let done = Done(Some(ANA));
    assert_eq!(
        resolutions(&[Customer, Agent(ANA), Customer, done, Customer, done]),
        [Some(3), Some(1)]
    );
    // What was done by mistake goes on as if it had not been.
    assert_eq!(
        resolutions(&[Customer, done, Reopened, Customer, done]),
        [Some(4)]
    );
    assert_eq!(
        replies(&[Customer, done, Reopened, Customer, Agent(BO)]),
        [Some((4, BO))]
    );
    // Done twice is done when it was done first; nothing of the customer's, nothing to resolve.
    assert_eq!(resolutions(&[Customer, done, done]), [Some(1)]);
    assert_eq!(resolutions(&[Agent(ANA), done, Reopened]), []);
    assert_eq!(resolutions(&[Customer]), [None]);
}

#[test]
fn a_text_after_what_was_done_without_an_answer_begins_a_new_wait() {
    use Said::{Agent, Customer, Done};
    let said = [Customer, Done(None), Customer, Agent(ANA)];
    assert_eq!(replies(&said), [None, Some((1, ANA))]);
    assert_eq!(resolutions(&said), [Some(1), None]);
}

#[test]
fn what_no_colleague_wrote_and_what_did_not_go_answers_nobody() {
    let ana = Author::Agent(ANA);
    let rule = Author::Automation(Cause::Away);
    let text = |author: &Author, status| {
        let (kind, direction) = (EntryKind::Message, Direction::Outbound);
        said(kind, direction, author, Some(status), &[])
    };
    assert_eq!(text(&ana, DeliveryStatus::Failed), Said::Agent(ANA));
    assert_eq!(text(&ana, DeliveryStatus::Scheduled), Said::Nothing);
    assert_eq!(text(&ana, DeliveryStatus::Canceled), Said::Nothing);
    assert_eq!(text(&rule, DeliveryStatus::Delivered), Said::Nothing);
    let twilio = Author::Automation(Cause::named("twilio"));
    assert_eq!(text(&twilio, DeliveryStatus::Delivered), Said::Elsewhere);
    let (kind, direction) = (EntryKind::Note, Direction::Internal);
    assert_eq!(said(kind, direction, &ana, None, &[]), Said::Nothing);
}

fn any_said() -> impl Strategy<Value = Said> {
    prop_oneof![
        3 => Just(Said::Customer),
        2 => Just(Said::Agent(ANA)),
        1 => Just(Said::Agent(BO)),
        1 => Just(Said::Elsewhere),
        1 => Just(Said::Done(Some(ANA))),
        1 => Just(Said::Reopened),
        1 => Just(Said::Nothing),
    ]
}

proptest! {
    #[test]
    fn a_walk_that_goes_on_where_somebody_begins_to_wait_finds_what_the_whole_one_finds(
        said in prop::collection::vec(any_said(), 0..60)
    ) {
        let timeline = moments(&said);
        let (waits, stretches) = walked(&said);
        let mut first = Walk::default();
        for (n, moment) in timeline.iter().enumerate() {
            if let Some(begins) = first.begins(moment) {
                let (mut before, mut open) = first.clone().end_before(begins);
                let mut rest = match begins.stretch == begins.at {
                    true => Walk::default(),
                    false => Walk::within(begins.stretch),
                };
                timeline[n..].iter().for_each(|it| rest.step(it));
                let (later, closed) = rest.end();
                before.extend(later);
                open.extend(closed);
                prop_assert_eq!(&before, &waits);
                prop_assert_eq!(&open, &stretches);
            }
            first.step(moment);
        }
    }
}
