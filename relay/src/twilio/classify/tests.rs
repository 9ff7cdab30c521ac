//! Every kind of answer, as the documentation and the field know them.

use super::*;
use proptest::prelude::*;
use smsdesk_common::status::explain;

const CREATED: &str = r#"{"account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "api_version": "2010-04-01",
    "body": "Hello! 👍", "date_created": "Thu, 24 Aug 2023 05:01:45 +0000", "date_sent": null,
    "direction": "outbound-api", "error_code": null, "error_message": null, "from": "+14155552345",
    "num_media": "0", "num_segments": "2", "price": "-0.00750", "price_unit": "USD",
    "messaging_service_sid": null, "sid": "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "status": "queued",
    "to": "+14155552345", "uri": "/2010-04-01/…json"}"#;

fn outcome(status: u16, body: &str) -> CreateOutcome {
    answer(&Answer {
        status,
        retry_after: None,
        body: body.as_bytes(),
    })
}

fn problem(code: u32, status: u16) -> String {
    format!(
        r#"{{"code": {code}, "message": "Twilio's words", "more_info": "https://…", "status": {status}}}"#
    )
}

fn taken(body: &str) -> CreatedMessage {
    match outcome(201, body) {
        CreateOutcome::Accepted(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_created_message_is_accepted_with_what_twilio_knows_of_it() {
    let message = taken(CREATED);
    assert_eq!(message.sid.as_str(), "SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    assert_eq!(
        message.delivery,
        Delivery {
            status: DeliveryStatus::Accepted,
            error: None
        }
    );
    assert_eq!(message.segments, Some(2));
    let price = message.price.unwrap();
    assert_eq!(
        (price.amount.as_str(), price.currency.as_str()),
        ("-0.00750", "USD")
    );
    assert_eq!(message.from.unwrap().as_str(), "+14155552345");
}

#[test]
fn what_a_messaging_service_has_yet_to_choose_is_not_known() {
    let message = taken(
        r#"{"sid": "MM01", "status": "accepted", "from": null, "num_segments": "0", "price": null,
            "price_unit": "USD"}"#,
    );
    assert_eq!(
        (message.segments, message.price, message.from),
        (None, None, None)
    );
}

#[test]
fn the_id_alone_makes_a_message_accepted() {
    for body in [
        r#"{"sid": "SM01"}"#,
        r#"{"sid": "SM01", "status": "beamed", "num_segments": 1, "price": 3, "error_code": "x"}"#,
        r#"{"sid": "SM01", "status": "received"}"#,
    ] {
        let message = taken(body);
        assert_eq!(
            message.delivery,
            Delivery {
                status: DeliveryStatus::Accepted,
                error: None
            }
        );
    }
}

#[test]
fn a_message_that_failed_at_once_says_why() {
    let message =
        taken(r#"{"sid": "SM01", "status": "failed", "error_code": 30034, "error_message": null}"#);
    assert_eq!(message.delivery.status, DeliveryStatus::Failed);
    assert_eq!(message.delivery.error.unwrap().code, 30034);
}

#[test]
fn success_without_an_id_is_in_doubt() {
    let half = &CREATED[..CREATED.len() / 2];
    for body in [
        "",
        "OK",
        "<html>",
        "{}",
        "[]",
        "null",
        r#"{"sid": 7}"#,
        r#"{"sid": "AC01"}"#,
        half,
    ] {
        for status in [200, 201, 202, 204] {
            let reason = Doubt::Unreadable { status };
            assert_eq!(
                outcome(status, body),
                CreateOutcome::Ambiguous { reason },
                "{body}"
            );
        }
    }
}

#[test]
fn what_is_wrong_with_the_message_rejects_it_for_good() {
    for code in [
        21211, 21408, 21602, 21604, 21606, 21608, 21610, 21612, 21614, 21617, 21619, 21620, 21623,
        21703, 35114, 20001,
    ] {
        let CreateOutcome::Rejected { error } = outcome(400, &problem(code, 400)) else {
            panic!("{code}");
        };
        assert_eq!(error.code, code);
        assert_eq!(error.text, explain(code).unwrap_or("Twilio's words"));
    }
    // About this message, whatever the HTTP status says.
    let forbidden = outcome(403, &problem(21408, 403));
    assert!(matches!(forbidden, CreateOutcome::Rejected { .. }));
}

#[test]
fn too_many_requests_and_a_full_queue_are_tried_later() {
    for (status, code) in [(429, 20429), (429, 21611), (400, 21611), (429, 14107)] {
        let CreateOutcome::RetryLater {
            after: None,
            error: Some(error),
        } = outcome(status, &problem(code, status))
        else {
            panic!("{status} {code}");
        };
        assert_eq!(error.code, code);
    }
    let CreateOutcome::RetryLater {
        error: Some(error), ..
    } = outcome(429, "slow down")
    else {
        panic!("a bare 429");
    };
    assert_eq!(error.code, 429);
}

#[test]
fn the_asked_for_wait_is_kept_within_reason() {
    let wait = |header| {
        let body = problem(20429, 429);
        let retry_after = Some(header);
        match answer(&Answer {
            status: 429,
            retry_after,
            body: body.as_bytes(),
        }) {
            CreateOutcome::RetryLater { after, .. } => after,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(wait("7"), Some(Duration::from_secs(7)));
    assert_eq!(wait(" 0 "), Some(Duration::ZERO));
    assert_eq!(wait("86400"), Some(RETRY_AFTER_MAX));
    assert_eq!(wait("18446744073709551615"), Some(RETRY_AFTER_MAX));
    assert_eq!(wait("-1"), None);
    assert_eq!(wait("Sat, 21 Nov 2026 09:16:00 GMT"), None);
}

#[test]
fn what_is_wrong_with_the_account_pauses_sending() {
    for (status, body) in [
        (401, problem(20003, 401)),
        (401, String::new()),
        (403, problem(20003, 403)),
        (403, problem(20008, 403)),
        (403, "<html>blocked</html>".to_owned()),
        (400, problem(20005, 400)),
        (404, problem(20404, 404)),
        (404, "nothing here".to_owned()),
        (405, String::new()),
        (307, String::new()),
    ] {
        let refused = outcome(status, &body);
        assert!(
            matches!(refused, CreateOutcome::AccountRefused { .. }),
            "{status} {body}"
        );
    }
}

#[test]
fn a_refusal_without_a_code_is_told_by_its_status() {
    let CreateOutcome::Rejected { error } = outcome(413, "<html>") else {
        panic!()
    };
    assert_eq!(error.code, 413);
    assert_eq!(error.text, "Twilio refused it without a reason (HTTP 413)");
    let CreateOutcome::Rejected { error } = outcome(422, r#"{"detail": "no such field"}"#) else {
        panic!();
    };
    assert_eq!((error.code, error.text.as_str()), (422, "no such field"));
}

#[test]
fn every_fault_of_the_other_side_is_in_doubt_even_with_a_wait() {
    for (status, body) in [
        (500, problem(20500, 500)),
        (502, "<html>Bad gateway</html>".to_owned()),
        (503, problem(20503, 503)),
        (504, String::new()),
        (408, String::new()),
        (100, String::new()),
        (999, String::new()),
    ] {
        for retry_after in [None, Some("1")] {
            let reason = Doubt::Fault { status };
            let answer = answer(&Answer {
                status,
                retry_after,
                body: body.as_bytes(),
            });
            assert_eq!(answer, CreateOutcome::Ambiguous { reason });
        }
    }
}

#[test]
fn only_a_connection_that_never_stood_is_tried_again() {
    assert_eq!(
        failure(TransportFailure::Connect),
        CreateOutcome::RetryLater {
            after: None,
            error: None
        }
    );
    let timed_out = CreateOutcome::Ambiguous {
        reason: Doubt::TimedOut,
    };
    assert_eq!(failure(TransportFailure::Timeout), timed_out);
    let broken = CreateOutcome::Ambiguous {
        reason: Doubt::Broken,
    };
    assert_eq!(failure(TransportFailure::Broken), broken);
}

proptest! {
    #[test]
    fn nothing_that_twilio_may_have_taken_is_ever_sent_again(
        status in prop_oneof![200..300_u16, 500..600_u16],
        code in 0..70_000_u32,
        retry_after in prop::option::of("[0-9]{1,3}"),
    ) {
        let body = problem(code, status);
        let retry_after = retry_after.as_deref();
        let outcome = answer(&Answer { status, retry_after, body: body.as_bytes() });
        let is_in_doubt = matches!(outcome, CreateOutcome::Ambiguous { .. });
        prop_assert!(is_in_doubt, "{:?}", outcome);
    }

    #[test]
    fn any_answer_at_all_has_an_outcome(
        status in any::<u16>(),
        body in prop::collection::vec(any::<u8>(), 0..40),
        retry_after in prop::option::of(any::<String>()),
    ) {
        let retry_after = retry_after.as_deref();
        let outcome = answer(&Answer { status, retry_after, body: &body });
        let is_accepted = matches!(outcome, CreateOutcome::Accepted(_));
        prop_assert!(!is_accepted, "no message was named");
    }
}
