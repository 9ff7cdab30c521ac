//! Which places change, what is remembered of them, and what is put back.

use super::plan::{At, Found, Ours, Place, change, places};
use super::replaced::{Replaced, Undo, undo};
use crate::twilio::holdings::{Application, Hook, Hooks, Method, OwnNumber, Service};
use proptest::prelude::*;
use smsdesk_common::phone::Address;

const ACCOUNT: &str = "AC01";

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

fn number(sid: &str, number: &str, url: &str) -> OwnNumber {
    OwnNumber {
        sid: sid.parse().unwrap(),
        number: address(number),
        name: "Front desk".to_owned(),
        can_text: true,
        inbound: Hook::posting_to(url),
        fallback: Hook::default(),
        application: None,
    }
}

fn service(url: &str, defers: bool) -> Service {
    Service {
        sid: "MG01".parse().unwrap(),
        name: "Team".to_owned(),
        inbound: Hook::posting_to(url),
        fallback: Hook::default(),
        status: String::new(),
        defers,
    }
}

fn application() -> Application {
    Application {
        sid: "AP01".parse().unwrap(),
        name: "Old bot".to_owned(),
        inbound: Hook::posting_to("https://bot.example/sms"),
        fallback: Hook::default(),
        status: "https://bot.example/status".to_owned(),
    }
}

fn found() -> Found {
    Found {
        numbers: vec![
            number("PN01", "+15557122661", "https://old.example/sms"),
            number("PN02", "+15557122662", ""),
            number("PN03", "+15557122663", ""),
        ],
        ..Found::default()
    }
}

fn ours(host: &str) -> Ours {
    let inbound = format!("https://{host}/message#rc=5&rp=all");
    Ours {
        fallback: inbound.clone(),
        inbound,
        status: format!("https://{host}/status"),
    }
}

fn at(place: &Place) -> &str {
    place.at.sid()
}

#[test]
fn each_number_is_a_place_of_its_own() {
    let lines = [address("+15557122661"), address("+15557122662")];
    let places = places(&found(), &lines);
    assert_eq!(places.iter().map(at).collect::<Vec<_>>(), ["PN01", "PN02"]);
    assert!(places.iter().all(|place| place.others == 0));
}

#[test]
fn a_service_that_decides_is_the_place_of_all_its_numbers() {
    let mut found = found();
    let pool: Vec<_> = found.numbers.iter().map(|one| one.sid.clone()).collect();
    found.services = vec![(service("", false), pool)];
    let lines = [address("+15557122661"), address("+15557122662")];
    let places = places(&found, &lines);
    assert_eq!(places.len(), 1);
    assert!(matches!(&places[0].at, At::Service(sid) if sid.as_str() == "MG01"));
    assert_eq!(places[0].lines, lines);
    assert_eq!(
        places[0].others, 1,
        "a number that is no line of ours goes by it"
    );
}

#[test]
fn a_service_that_defers_leaves_it_to_its_numbers() {
    let mut found = found();
    let pool = vec![found.numbers[0].sid.clone(), found.numbers[2].sid.clone()];
    found.services = vec![(service("https://x.example", true), pool)];
    let of_number = places(&found, &[address("+15557122661")]);
    assert_eq!(of_number.iter().map(at).collect::<Vec<_>>(), ["PN01"]);
    let of_service = places(&found, &[address("MG01")]);
    assert_eq!(
        of_service.iter().map(at).collect::<Vec<_>>(),
        ["PN01", "PN03"]
    );
}

#[test]
fn an_application_comes_before_the_number_and_a_service_before_both() {
    let mut found = found();
    found.applications = vec![application()];
    found.numbers[0].application = Some("AP01".parse().unwrap());
    let line = [address("+15557122661")];
    assert_eq!(at(&places(&found, &line)[0]), "AP01");
    found.services = vec![(service("", false), vec![found.numbers[0].sid.clone()])];
    assert_eq!(at(&places(&found, &line)[0]), "MG01");
}

#[test]
fn what_is_right_already_is_left_alone() {
    let mut found = found();
    let ours = ours("h.example");
    // Other tries more than ours are somebody's choice.
    found.numbers[0].inbound = Hook::posting_to("https://h.example/message#rp=5xx&rc=2");
    found.numbers[0].fallback = Hook::posting_to(&ours.fallback);
    let place = places(&found, &[address("+15557122661")]).remove(0);
    assert_eq!(change(&place, &ours, None), None);
    let wrong = [
        Hook::posting_to("https://h.example/message"),
        Hook::posting_to("https://h.example/other#rp=all"),
        Hook {
            url: ours.inbound.clone(),
            method: Method::Get,
        },
    ];
    for inbound in wrong {
        let place = Place {
            inbound: inbound.clone(),
            ..place.clone()
        };
        let hooks = change(&place, &ours, None).unwrap();
        assert_eq!(
            hooks.inbound,
            Some(Hook::posting_to(&ours.inbound)),
            "{inbound:?}"
        );
        assert_eq!((hooks.fallback, hooks.status), (None, None));
    }
}

#[test]
fn what_texts_of_other_programs_are_reported_to_stays() {
    let mut found = found();
    found.applications = vec![application()];
    found.numbers[0].application = Some("AP01".parse().unwrap());
    let mut place = places(&found, &[address("+15557122661")]).remove(0);
    assert_eq!(
        change(&place, &ours("h.example"), None).unwrap().status,
        None
    );
    place.status = Some(String::new());
    let set = change(&place, &ours("h.example"), None).unwrap();
    assert_eq!(set.status.as_deref(), Some("https://h.example/status"));
}

/// What Twilio does with a change.
fn applied(place: &Place, hooks: &Hooks) -> Place {
    Place {
        inbound: hooks
            .inbound
            .clone()
            .unwrap_or_else(|| place.inbound.clone()),
        fallback: hooks
            .fallback
            .clone()
            .unwrap_or_else(|| place.fallback.clone()),
        status: hooks.status.clone().or_else(|| place.status.clone()),
        ..place.clone()
    }
}

fn some_place(kind: bool, urls: [&str; 3]) -> Place {
    let [inbound, fallback, status] = urls;
    Place {
        at: At::Service("MG01".parse().unwrap()),
        name: "Team".to_owned(),
        lines: vec![address("MG01")],
        others: 0,
        inbound: Hook::posting_to(inbound),
        fallback: Hook::posting_to(fallback),
        status: kind.then(|| status.to_owned()),
    }
}

proptest! {
    /// However often it was set up, under whichever names, and wherever that was cut off.
    #[test]
    fn what_stood_there_first_comes_back(
        kind: bool,
        first in prop::array::uniform3(prop::sample::select(vec!["", "https://a.example", "https://b.example"])),
        runs in prop::collection::vec((prop::sample::select(vec!["h.example", "i.example"]), any::<bool>()), 1..6),
    ) {
        let original = some_place(kind, first);
        let (mut place, mut replaced) = (original.clone(), Replaced::default());
        for (host, is_cut_off) in runs {
            let known = replaced.of(ACCOUNT, "MG01").cloned();
            let Some(hooks) = change(&place, &ours(host), known.as_ref()) else { continue };
            replaced.remember(ACCOUNT, &place, &hooks);
            if !is_cut_off {
                place = applied(&place, &hooks);
                replaced.confirm(ACCOUNT, "MG01");
            }
        }
        for _ in 0..2 {
            if let Some(entry) = replaced.of(ACCOUNT, "MG01") && let Undo::Set(hooks) = undo(entry, &place) {
                place = applied(&place, &hooks);
            }
        }
        prop_assert_eq!(place, original);
    }
}

#[test]
fn what_somebody_else_has_set_since_stays() {
    let original = some_place(true, ["https://a.example", "", ""]);
    let mut replaced = Replaced::default();
    let hooks = change(&original, &ours("h.example"), None).unwrap();
    replaced.remember(ACCOUNT, &original, &hooks);
    let mut place = applied(&original, &hooks);
    place.inbound = Hook::posting_to("https://theirs.example");
    let entry = replaced.of(ACCOUNT, "MG01").unwrap();
    let Undo::Set(back) = undo(entry, &place) else {
        panic!()
    };
    assert_eq!(back.inbound, None);
    assert_eq!(back.fallback, Some(original.fallback.clone()));
    let place = applied(&place, &back);
    assert_eq!(undo(entry, &place), Undo::Theirs);
    assert_eq!(undo(entry, &original), Undo::Done);
    assert_eq!(replaced.of("AC02", "MG01"), None);
}
