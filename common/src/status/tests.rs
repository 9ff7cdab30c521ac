//! Proofs that reports may come in any order and any number of times.

use proptest::prelude::*;

use super::DeliveryStatus::{
    Accepted, Canceled, Delivered, Failed, Queued, Read, Received, Scheduled, Sending, Sent,
    Unconfirmed, Undelivered, Unknown,
};
use super::*;

fn any_status() -> impl Strategy<Value = DeliveryStatus> {
    prop::sample::select(DeliveryStatus::ALL.to_vec())
}

fn any_error() -> impl Strategy<Value = DeliveryError> {
    let code = prop::sample::select(vec![21610, 30003, 30006, explain::CAUSE_UNKNOWN]);
    let text = prop::sample::select(vec!["", "Landline", "Unreachable", "landline"]);
    (code, text).prop_map(|(code, text)| DeliveryError {
        code,
        text: text.to_owned(),
    })
}

fn any_delivery() -> impl Strategy<Value = Delivery> {
    (any_status(), prop::option::of(any_error()))
        .prop_map(|(status, error)| Delivery { status, error })
}

fn merge_all(reports: &[Delivery]) -> Delivery {
    reports.iter().cloned().reduce(Delivery::merge).unwrap()
}

fn failed(code: u32) -> Delivery {
    Delivery {
        status: Failed,
        error: Some(DeliveryError {
            code,
            text: String::new(),
        }),
    }
}

#[test]
fn a_late_report_never_sets_a_text_back() {
    for (known, late, merged) in [
        (Delivered, Sent, Delivered),
        (Sent, Accepted, Sent),
        (Read, Delivered, Read),
        (Failed, Accepted, Failed),
        (Accepted, Sending, Accepted),
        (Undelivered, Sent, Undelivered),
        (Received, Failed, Received),
    ] {
        assert_eq!(known.merge(late), merged, "{known:?} then {late:?}");
        assert_eq!(late.merge(known), merged, "{late:?} then {known:?}");
    }
}

#[test]
fn whatever_twilio_reports_settles_an_uncertain_text() {
    let words = [
        "accepted",
        "scheduled",
        "queued",
        "sending",
        "sent",
        "partially_delivered",
        "delivered",
        "undelivered",
        "failed",
        "canceled",
        "read",
    ];
    for word in words {
        let reported = DeliveryStatus::from_twilio(word).unwrap();
        for uncertain in [Scheduled, Queued, Sending, Unknown, Unconfirmed] {
            assert_eq!(
                uncertain.merge(reported),
                reported,
                "{uncertain:?} then {word}"
            );
        }
    }
    assert_eq!(Unknown.merge(Unconfirmed), Unconfirmed);
}

#[test]
fn of_two_ends_the_better_news_wins() {
    for (better, worse) in [
        (Delivered, Undelivered),
        (Undelivered, Failed),
        (Failed, Canceled),
        (Read, Undelivered),
    ] {
        assert_eq!(better.merge(worse), better);
        assert_eq!(worse.merge(better), better);
    }
}

#[test]
fn words_of_twilio_are_read_and_new_ones_are_not_guessed() {
    for (word, status) in [
        ("queued", Some(Accepted)),
        ("accepted", Some(Accepted)),
        ("sent", Some(Sent)),
        ("receiving", Some(Received)),
        ("received", Some(Received)),
        ("partially_delivered", Some(Sent)),
        ("Delivered", None),
        ("unknown", None),
        ("", None),
    ] {
        assert_eq!(DeliveryStatus::from_twilio(word), status, "{word:?}");
    }
}

#[test]
fn names_words_and_marks_belong_together() {
    for status in DeliveryStatus::ALL {
        assert_eq!(DeliveryStatus::parse(status.as_str()), Some(status));
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        assert!(
            unicode_width::UnicodeWidthStr::width(status.mark()) <= 2,
            "{status:?}"
        );
        assert!(!status.is_failure() || (status.is_final() && status.mark() == "✗"));
    }
    assert!(DeliveryStatus::ALL.is_sorted());
    assert_eq!(DeliveryStatus::parse("Sent"), None);
    for (status, word, mark) in [
        (Queued, "queued", "◷"),
        (Sent, "sent", "✓"),
        (Delivered, "delivered", "✓✓"),
        (Read, "read", "✓✓"),
        (Failed, "failed", "✗"),
        (Unconfirmed, "unconfirmed", "?"),
        (Unknown, "checking", "?"),
        (Received, "received", ""),
    ] {
        assert_eq!((status.word(), status.mark()), (word, mark));
    }
}

#[test]
fn a_report_without_an_error_leaves_the_known_one() {
    let known = failed(30006);
    let without = Delivery {
        status: Undelivered,
        error: None,
    };
    let merged = known.clone().merge(without);
    assert_eq!(merged.status, Undelivered);
    assert_eq!(merged.error, known.error);
    assert_eq!(merged.failure(), known.error.as_ref());
}

#[test]
fn a_known_cause_beats_an_unknown_one() {
    let merged = failed(explain::CAUSE_UNKNOWN).merge(failed(30003));
    assert_eq!(merged.error.unwrap().code, 30003);
    let named = DeliveryError {
        code: 30003,
        text: "Unreachable".to_owned(),
    };
    let bare = DeliveryError {
        code: 30003,
        text: String::new(),
    };
    assert_eq!(bare.merge(named.clone()), named);
}

#[test]
fn an_error_is_not_shown_on_a_text_that_arrived_after_all() {
    let arrived = failed(30003).merge(Delivery {
        status: Delivered,
        error: None,
    });
    assert!(arrived.error.is_some());
    assert_eq!(arrived.failure(), None);
}

#[test]
fn error_codes_are_explained_in_plain_words() {
    for (code, words) in [
        (21610, "opted out"),
        (30006, "landline"),
        (30007, "filtered"),
        (21614, "not a mobile"),
        (63016, "24 hours"),
        (21703, "messaging service"),
        (35116, "schedule"),
    ] {
        let sentence = explain(code).unwrap();
        assert!(sentence.contains(words), "{code}: {sentence}");
    }
    assert_eq!(explain(1), None);
    assert_eq!(explain(99999), None);
}

proptest! {
    #[test]
    fn reports_in_any_order_and_number_end_the_same(
        reports in prop::collection::vec(any_delivery(), 1..8),
        repeats in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        keys in prop::collection::vec(any::<u32>(), 16),
    ) {
        let mut shuffled: Vec<Delivery> = reports.clone();
        shuffled.extend(repeats.iter().map(|index| index.get(&reports).clone()));
        let mut order: Vec<usize> = (0..shuffled.len()).collect();
        order.sort_by_key(|&index| keys[index]);
        let shuffled: Vec<Delivery> =
            order.into_iter().map(|index| shuffled[index].clone()).collect();
        prop_assert_eq!(merge_all(&shuffled), merge_all(&reports));
    }

    #[test]
    fn merging_is_a_lattice_join(
        a in any_delivery(), b in any_delivery(), c in any_delivery(),
    ) {
        let merge = Delivery::merge;
        prop_assert_eq!(merge(a.clone(), a.clone()), a.clone());
        prop_assert_eq!(merge(a.clone(), b.clone()), merge(b.clone(), a.clone()));
        prop_assert_eq!(
            merge(merge(a.clone(), b.clone()), c.clone()),
            merge(a.clone(), merge(b.clone(), c))
        );
        prop_assert!(merge(a.clone(), b.clone()).status >= a.status);
        prop_assert!(a.error.is_none() || merge(a, b).error.is_some());
    }
}
