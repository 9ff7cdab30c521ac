//! Where texts to a line end up at Twilio. Pure.
//!
//! A number's own address is asked only where neither a messaging service nor an application stands
//! above it (docs/messaging/services, docs/phone-numbers/api/incomingphonenumber-resource): so the one
//! that counts is found first, and named where it is not ours.

use super::report::{APPLICATION, Check, FALLBACK, Fix, LINE, SERVICE, WEBHOOK};
use crate::twilio::holdings::{Application, Hook, Method, OwnNumber, Service};
use crate::twilio::overrides::{OVERRIDES, tries_again};
use crate::twilio::public_url::PublicUrl;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;

/// The most that is told of an address, in cells of a terminal.
const TOLD_WIDTH_MAX: usize = 160;

/// What Twilio has of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for a line, and nearly all are numbers"
)]
pub(super) enum Found {
    /// A number, with what stands above it.
    Number {
        number: OwnNumber,
        service: Option<Service>,
        application: Option<Application>,
    },
    /// A messaging service that the line is itself.
    Service(Service),
    /// Nothing of that name.
    Nothing,
    /// It is of a kind that Twilio does not list.
    Unlisted,
}

/// Judges a line for a relay whose webhook is at `wanted`, an account's by its `number`.
pub(super) fn judge(line: &Address, found: &Found, wanted: &str) -> Vec<Check> {
    let line = line.as_str();
    let checks = match found {
        Found::Nothing => vec![Check::fail(
            LINE,
            format!("The account has no line {line}."),
            "Correct `relay.twilio.lines`, or the account that it stands under.",
        )],
        Found::Unlisted => vec![Check::skipped(
            WEBHOOK,
            format!(
                "{line} is no number that Twilio lists: look in its console where its texts go."
            ),
        )],
        Found::Service(service) => of_service(line, service, wanted),
        Found::Number {
            number,
            service,
            application,
        } => of_number(line, number, service.as_ref(), application.as_ref(), wanted),
    };
    checks.into_iter().map(|check| check.about(line)).collect()
}

/// A line that is a messaging service.
fn of_service(line: &str, service: &Service, wanted: &str) -> Vec<Check> {
    if service.defers {
        let sentence = format!("{line} leaves its texts to the webhooks of its numbers.");
        let remedy = "List these numbers as lines instead, so that they are looked at, or set the \
                      service's own webhook.";
        return vec![Check::warn(SERVICE, sentence, remedy)];
    }
    let mut checks = vec![hook(
        WEBHOOK,
        line,
        &service.inbound,
        wanted,
        "the messaging service's",
    )];
    checks.extend(behind(line, &service.inbound, &service.fallback, wanted));
    checks
}

fn of_number(
    line: &str,
    number: &OwnNumber,
    service: Option<&Service>,
    application: Option<&Application>,
    wanted: &str,
) -> Vec<Check> {
    if !number.can_text {
        return vec![Check::fail(
            LINE,
            format!("The number {line} cannot text."),
            "Take it out of `relay.twilio.lines`, or get a number with SMS.",
        )];
    }
    if let Some(service) = service.filter(|service| !service.defers) {
        let (sid, name) = (&service.sid, safe(&service.name));
        if !is_ours(&service.inbound, wanted) {
            return vec![Check::fail(
                SERVICE,
                format!(
                    "The messaging service {sid} ({name}) takes the texts to {line} and {}: the \
                     number's own webhook is not asked.",
                    told(&service.inbound)
                ),
                "In the service's integration choose *Defer to sender's webhook*, or set the relay's \
                 webhook there; or take the number out of the service.",
            )];
        }
        return behind(line, &service.inbound, &service.fallback, wanted);
    }
    if let Some(application) = application {
        let (sid, name) = (&application.sid, safe(&application.name));
        if !is_ours(&application.inbound, wanted) {
            return vec![Check::fail(
                APPLICATION,
                format!(
                    "The application {sid} ({name}) takes the texts to {line} and {}: the number's own \
                     webhook is not asked.",
                    told(&application.inbound)
                ),
                "In the number's messaging configuration choose *Webhook* instead of *TwiML App*.",
            )];
        }
        return behind(line, &application.inbound, &application.fallback, wanted);
    }
    let mut own = hook(WEBHOOK, line, &number.inbound, wanted, "its");
    if own.state == super::report::State::Fail {
        own = own.mended_by(Fix::Webhook {
            line: number.number.clone(),
            number: number.sid.clone(),
            before: number.inbound.clone(),
            url: format!("{wanted}{OVERRIDES}"),
        });
    }
    let mut checks = vec![own];
    checks.extend(behind(line, &number.inbound, &number.fallback, wanted));
    checks
}

/// What is wrong with the address that counts.
fn hook(name: &'static str, line: &str, hook: &Hook, wanted: &str, whose: &str) -> Check {
    let remedy =
        "Run `smsdesk-relay doctor --fix`, or set it in Twilio's console: *Webhook*, *HTTP POST*,";
    let remedy = format!("{remedy} {wanted}{OVERRIDES}");
    if !hook.is_set() {
        let sentence = format!("Texts to {line} go nowhere: {whose} webhook is not set.");
        return Check::fail(name, sentence, remedy);
    }
    if !leads_to(&hook.url, wanted) {
        let sentence = format!(
            "Texts to {line} go to {}, not to {wanted}.",
            safe(&hook.url)
        );
        return Check::fail(name, sentence, remedy);
    }
    if hook.method != Method::Post {
        let sentence = format!(
            "Texts to {line} come by GET, and the relay takes them by POST only: they are refused."
        );
        return Check::fail(name, sentence, remedy);
    }
    Check::ok(name, format!("Texts to {line} come here, by POST."))
}

/// What Twilio does where that address fails.
fn behind(line: &str, inbound: &Hook, fallback: &Hook, wanted: &str) -> Vec<Check> {
    if !is_ours(inbound, wanted) {
        return Vec::new();
    }
    let again = tries_again(&inbound.url);
    let remedy =
        format!("Set both to {wanted}{OVERRIDES}: a text that comes twice is stored once.");
    let missing = match (again, fallback.is_set()) {
        (true, true) => {
            let sentence =
                format!("Twilio tries again where a text to {line} does not get through.");
            return vec![Check::ok(FALLBACK, sentence)];
        }
        (false, true) => "no further tries",
        (true, false) => "no fallback address",
        (false, false) => "neither further tries nor a fallback address",
    };
    let sentence = format!(
        "The webhook of {line} has {missing}: a text that meets a restart waits for Twilio's lists to \
         be read."
    );
    vec![Check::warn(FALLBACK, sentence, remedy)]
}

fn is_ours(hook: &Hook, wanted: &str) -> bool {
    hook.method == Method::Post && leads_to(&hook.url, wanted)
}

/// Whether an address is the wanted one. A fragment is Twilio's own, and a query changes nothing.
fn leads_to(url: &str, wanted: &str) -> bool {
    let bare = url.split(['#', '?']).next().unwrap_or_default();
    let parts = |url: &str| {
        let url = PublicUrl::parse(url).ok()?;
        let (host, port) = url.host_and_port();
        Some((
            url.is_https(),
            host.to_ascii_lowercase(),
            port,
            url.prefix().to_owned(),
        ))
    };
    parts(bare).is_some_and(|found| Some(found) == parts(wanted))
}

fn told(hook: &Hook) -> String {
    if hook.is_set() {
        let (method, url) = (hook.method.as_str(), safe(&hook.url));
        format!("brings them by {method} to {url}")
    } else {
        "brings them nowhere".to_owned()
    }
}

fn safe(text: &str) -> String {
    let text = SafeText::line(text).truncate_to_width(TOLD_WIDTH_MAX);
    text.as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;

    const WANTED: &str = "https://sms.example.com/webhooks/twilio/message";

    fn line() -> Address {
        Address::from_twilio("+15557122661").unwrap()
    }

    fn good() -> Hook {
        Hook::posting_to(format!("{WANTED}{OVERRIDES}"))
    }

    fn number(inbound: Hook) -> OwnNumber {
        OwnNumber {
            sid: "PN00000000000000000000000000000001".parse().unwrap(),
            number: line(),
            name: "desk".to_owned(),
            can_text: true,
            inbound,
            fallback: good(),
            application: None,
        }
    }

    fn service(inbound: Hook, defers: bool) -> Service {
        Service {
            sid: "MG00000000000000000000000000000001".parse().unwrap(),
            name: "campaign".to_owned(),
            inbound,
            fallback: good(),
            status: String::new(),
            defers,
        }
    }

    fn application(inbound: Hook) -> Application {
        Application {
            sid: "AP00000000000000000000000000000001".parse().unwrap(),
            name: "old".to_owned(),
            inbound,
            fallback: good(),
            status: String::new(),
        }
    }

    fn found(number: OwnNumber) -> Found {
        Found::Number {
            number,
            service: None,
            application: None,
        }
    }

    /// What is told of a line, the worst first.
    #[track_caller]
    fn check(found: &Found, state: State, name: &str, words: &str) {
        let mut checks = judge(&line(), found, WANTED);
        checks.sort_by_key(|check| std::cmp::Reverse(check.state));
        let worst = &checks[0];
        assert_eq!((worst.state, worst.name), (state, name), "{checks:?}");
        assert!(worst.sentence.contains(words), "{worst:?}");
        assert_eq!(worst.subject.as_deref(), Some("+15557122661"));
        assert_eq!(
            worst.remedy.is_some(),
            matches!(state, State::Warn | State::Fail)
        );
    }

    #[test]
    fn the_address_that_counts_is_judged_and_named() {
        let elsewhere = || Hook::posting_to("https://other.example/sms");
        let by_get = Hook {
            method: Method::Get,
            ..good()
        };
        check(&found(number(good())), State::Ok, WEBHOOK, "come here");
        check(
            &found(number(elsewhere())),
            State::Fail,
            WEBHOOK,
            "https://other.example/sms",
        );
        check(&found(number(by_get)), State::Fail, WEBHOOK, "come by GET");
        check(
            &found(number(Hook::default())),
            State::Fail,
            WEBHOOK,
            "go nowhere",
        );
        check(&Found::Nothing, State::Fail, LINE, "has no line");
        check(&Found::Unlisted, State::Skipped, WEBHOOK, "no number");
        let above = |service, application| Found::Number {
            number: number(good()),
            service,
            application,
        };
        check(
            &above(Some(service(elsewhere(), false)), None),
            State::Fail,
            SERVICE,
            "campaign",
        );
        check(
            &above(Some(service(Hook::default(), false)), None),
            State::Fail,
            SERVICE,
            "nowhere",
        );
        check(
            &above(Some(service(elsewhere(), true)), None),
            State::Ok,
            WEBHOOK,
            "come here",
        );
        check(
            &above(None, Some(application(elsewhere()))),
            State::Fail,
            APPLICATION,
            "old",
        );
        check(
            &above(Some(service(good(), false)), Some(application(elsewhere()))),
            State::Ok,
            FALLBACK,
            "",
        );
    }

    #[test]
    fn a_number_that_cannot_text_and_one_without_a_second_try_are_told() {
        let mute = OwnNumber {
            can_text: false,
            ..number(good())
        };
        check(&found(mute), State::Fail, LINE, "cannot text");
        let older = number(Hook::posting_to(format!("{WANTED}#rc=5&rp=all")));
        check(&found(older), State::Ok, WEBHOOK, "come here");
        let once = OwnNumber {
            fallback: Hook::default(),
            ..number(Hook::posting_to(WANTED))
        };
        check(
            &found(once),
            State::Warn,
            FALLBACK,
            "neither further tries nor a fallback",
        );
    }

    #[test]
    fn an_address_is_ours_however_it_is_written() {
        for (url, ours) in [
            (WANTED, true),
            (
                "https://sms.example.com:443/webhooks/twilio/message#rc=5",
                true,
            ),
            (
                "HTTPS://SMS.example.com/webhooks/twilio/message?from=twilio",
                true,
            ),
            ("http://sms.example.com/webhooks/twilio/message", false),
            ("https://sms.example.com/webhooks/twilio/status", false),
            (
                "https://sms.example.com.evil.example/webhooks/twilio/message",
                false,
            ),
            ("", false),
        ] {
            assert_eq!(leads_to(url, WANTED), ours, "{url}");
        }
    }

    #[test]
    fn only_a_numbers_own_address_can_be_mended_without_harm_to_others() {
        let fixes = |found: &Found| {
            let checks = judge(&line(), found, WANTED);
            checks.into_iter().filter_map(|check| check.fix).count()
        };
        assert_eq!(fixes(&found(number(Hook::default()))), 1);
        assert_eq!(fixes(&found(number(good()))), 0);
        let service = Some(service(Hook::default(), false));
        let (number, application) = (number(good()), None);
        assert_eq!(
            fixes(&Found::Number {
                number,
                service,
                application
            }),
            0
        );
    }
}
