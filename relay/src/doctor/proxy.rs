//! Whether a proxy in front of the relay says who asks, and whether it is believed: limits go by that.
//! What `Host`, `X-Forwarded-Proto` and the like say the relay never looks at, so that nothing is told
//! of them. Judged by what came of the probes, without looking at anything else.

use super::report::{Check, PROXY};
use crate::config::Config;
use crate::twilio::probe::Seen;

/// Whom a probe claims to come from: an address of nobody's (RFC 5737).
pub(super) const CLAIM: &str = "192.0.2.1";

const PAGE: &str = "docs/operations.md has the whole of it.";

/// Whether a proxy stands before the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stands {
    /// Somebody else ends TLS.
    Certainly,
    /// Perhaps nobody does.
    Perhaps,
}

impl Stands {
    pub(super) fn of(config: &Config) -> Self {
        if config.public_url.is_https() && config.tls.is_none() {
            Self::Certainly
        } else {
            Self::Perhaps
        }
    }
}

/// Judges what the relay saw of a probe as it is and, where a proxy certainly stands, of one that claims
/// [`CLAIM`].
pub(super) fn judge(stands: Stands, plain: Option<&Seen>, claiming: Option<&Seen>) -> Check {
    let Some((seen, peer)) = plain.and_then(|seen| Some((seen, seen.peer?))) else {
        let sentence = "No probe came back with who asked: see signature.";
        return Check::skipped(PROXY, sentence);
    };
    if stands == Stands::Certainly && claiming.is_some_and(hands_on) {
        return Check::fail(
            PROXY,
            format!(
                "The proxy at {peer} hands on what a stranger claims in X-Forwarded-For: whoever guesses \
                 at tokens is somebody else each time, and no limit holds."
            ),
            format!(
                "Let it write the header anew: in nginx `proxy_set_header X-Forwarded-For \
                 $remote_addr;`. {PAGE}"
            ),
        );
    }
    match (stands, seen.forwarded, seen.trusted) {
        (Stands::Certainly, false, trusted) => Check::warn(
            PROXY,
            format!(
                "The proxy at {peer} does not say who asks: limits take everybody for one, and whoever \
                 guesses at tokens locks out all."
            ),
            format!(
                "Let it send X-Forwarded-For: in nginx `proxy_set_header X-Forwarded-For \
                 $remote_addr;`{}. {PAGE}",
                if trusted {
                    ""
                } else {
                    ", and put its address into `relay.trusted_proxies`"
                }
            ),
        ),
        (_, true, false) => Check::warn(
            PROXY,
            format!(
                "What comes from {peer} says who asks in X-Forwarded-For, and is not believed: limits \
                 take everybody behind it for one."
            ),
            format!(
                "Where {peer} is your proxy, put it into `relay.trusted_proxies`, and start the relay \
                 anew. {PAGE}"
            ),
        ),
        (_, true, true) => Check::ok(
            PROXY,
            format!("The proxy at {peer} says who asks, and is believed."),
        ),
        (Stands::Perhaps, false, _) => Check::ok(
            PROXY,
            "No proxy is to be seen: who asks is who connects.".to_owned(),
        ),
    }
}

/// Whether the claim came as if the proxy had said it itself. One that adds whom it was asked by says
/// that behind the claim, and only what it says counts.
fn hands_on(seen: &Seen) -> bool {
    seen.said.as_deref() == Some(CLAIM)
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;
    use crate::twilio::probe::{Nonce, Signature};

    fn seen(trusted: bool, said: Option<&str>) -> Seen {
        Seen {
            nonce: Nonce::of([1; 16]),
            instance: String::new(),
            version: String::new(),
            method: "POST".to_owned(),
            target: String::new(),
            body: None,
            signature: Signature::Right,
            forwarded: said.is_some(),
            peer: Some("10.0.0.5".parse().unwrap()),
            trusted,
            said: said.map(str::to_owned),
        }
    }

    #[track_caller]
    fn check(stands: Stands, plain: &Seen, claiming: &Seen, state: State, words: &str) {
        let check = judge(stands, Some(plain), Some(claiming));
        assert_eq!(check.state, state, "{check:?}");
        let told = format!("{} {}", check.sentence, check.remedy.unwrap_or_default());
        assert!(told.contains(words), "{told}");
    }

    #[test]
    fn a_proxy_has_to_say_who_asks_and_to_be_believed() {
        use Stands::{Certainly, Perhaps};
        let (silent, unknown) = (seen(true, None), seen(false, None));
        let (good, doubted) = (
            seen(true, Some("203.0.113.7")),
            seen(false, Some("203.0.113.7")),
        );
        let claimed = seen(true, Some(CLAIM));
        check(Certainly, &good, &good, State::Ok, "is believed");
        check(Certainly, &silent, &silent, State::Warn, "does not say");
        check(
            Certainly,
            &unknown,
            &unknown,
            State::Warn,
            "trusted_proxies",
        );
        check(
            Certainly,
            &doubted,
            &doubted,
            State::Warn,
            "Where 10.0.0.5 is",
        );
        check(Certainly, &silent, &claimed, State::Fail, "hands on");
        check(Certainly, &good, &claimed, State::Fail, "hands on");
        // Whoever connects from this machine may say so of others.
        check(Perhaps, &silent, &claimed, State::Ok, "No proxy");
        check(Perhaps, &good, &good, State::Ok, "is believed");
        check(Perhaps, &doubted, &doubted, State::Warn, "not believed");
    }

    #[test]
    fn a_relay_that_does_not_say_is_not_judged() {
        let mut old = seen(false, Some("203.0.113.7"));
        old.peer = None;
        for plain in [Some(&old), None] {
            let check = judge(Stands::Certainly, plain, None);
            assert_eq!(check.state, State::Skipped, "{check:?}");
        }
        let before = serde_json::json!({ "nonce": "00", "instance": "", "version": "", "method": "",
            "target": "", "body": null, "signature": "right", "forwarded": true });
        assert_eq!(serde_json::from_value::<Seen>(before).unwrap().peer, None);
    }
}
