//! Through the public URL: whether it leads here, and whether webhooks survive the way.

use super::probe::{self, Got, Sent};
use super::reach::{self, Caller, Way};
use super::relay::{self, Running};
use super::report::{Check, SIGNATURE, STATUS_URL, URL};
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::twilio::probe::{Nonce, PROOF_HEADER, pairs, proof};
use crate::twilio::public_url::PublicUrl;
use crate::twilio::signature::{SIGNATURE_HEADER, SigningKey, sign};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Client, RequestBuilder, Response};
use smsdesk_common::api::health::Health;

/// The most bytes of an answer that are read: the relay's have a few hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// Where inbound texts go.
pub(super) const MESSAGE: &str = "/webhooks/twilio/message";
/// Where delivery reports go, with what proxies are known to write anew: order, escapes in either
/// case, a plus, a name that comes twice, an empty value. Only plain characters beside that, for Twilio
/// itself does not sign others as it sends them.
const STATUS: &str = "/webhooks/twilio/status?entry=0199aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee&tag=b&tag=a\
                      &empty=&plus=1+1&space=a%20b&slash=%2Fa%2fb&word=caf%C3%A9";
/// The words in every refusal of a webhook by a relay; see `http/webhooks.rs`.
const REFUSAL: &str = "--><Response/>";

/// Looks at everything that goes through the public URL.
pub(super) async fn look(
    config: &Config,
    clock: &Clock,
    http: &Client,
    instance: Option<String>,
) -> Vec<Check> {
    let url = &config.public_url;
    let running = relay::knock(&config.database).await;
    let way = reach::go(url, clock.now()).await;
    let caller = caller(config);
    let mut checks = vec![reach::judge_certificate(url, &way, caller, clock.now())];
    if !way.is_open() {
        checks.push(relay::judge(running, None));
        checks.extend(closed(url, &way, running));
        return checks;
    }
    let probes = config.accounts.first();
    let (health, open, sent) = tokio::join!(
        health(http, url),
        open(http, url),
        send(probes, http, url, clock, instance)
    );
    checks.push(relay::judge(running, health.as_ref()));
    let ours = health.as_ref().filter(|_| running == Running::Yes);
    let lists = ours.and_then(|health| health.reconciled);
    checks.extend(lists.map(relay::judge_lists));
    checks.push(judge_open(url, &way, caller, running, &open));
    let asleep = running == Running::No && open.is_none_or(|open| open.is_unanswered());
    checks.extend(sent.into_iter().map(|check| {
        if asleep {
            needs_relay(check.name)
        } else {
            check
        }
    }));
    checks
}

/// Who will call.
fn caller(config: &Config) -> Caller {
    if config.api_base_url.ends_with(".twilio.com") {
        Caller::Twilio
    } else {
        Caller::Simulator
    }
}

fn needs_relay(name: &'static str) -> Check {
    Check::skipped(
        name,
        "This wants the relay to run: start it, and run the doctor again.",
    )
}

/// What follows where nobody can be asked.
fn closed(url: &PublicUrl, way: &Way, running: Running) -> Vec<Check> {
    let stopped = reach::judge(url, way);
    let reached = match stopped {
        // Where TLS ends in the relay nobody answers without it.
        Some(_) if running == Running::No && way.is_unanswered() => needs_relay(URL),
        Some(check) => check,
        None => Check::skipped(URL, "Clients refuse the certificate: see there."),
    };
    let further = |name| {
        Check::skipped(
            name,
            "No webhook gets through: see public_url and certificate.",
        )
    };
    vec![reached, further(SIGNATURE), further(STATUS_URL)]
}

/// How a GET of the webhook was answered.
struct Open {
    status: u16,
    location: Option<String>,
    is_webhook: bool,
}

impl Open {
    /// A proxy has nobody to ask.
    fn is_unanswered(&self) -> bool {
        matches!(self.status, 502..=504)
    }
}

async fn open(http: &Client, url: &PublicUrl) -> Option<Open> {
    let answer = http.get(format!("{url}{MESSAGE}")).send().await.ok()?;
    let (status, location) = (answer.status().as_u16(), location(&answer));
    let body = bounded(answer).await;
    let said: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    let is_webhook = said.is_some_and(|said| said["webhook"] == "message");
    Some(Open {
        status,
        location,
        is_webhook,
    })
}

fn judge_open(
    url: &PublicUrl,
    way: &Way,
    caller: Caller,
    running: Running,
    open: &Option<Open>,
) -> Check {
    let fail = |sentence: String, remedy: &str| Check::fail(URL, sentence, remedy);
    match open {
        None if running == Running::No => needs_relay(URL),
        Some(open) if running == Running::No && open.is_unanswered() => needs_relay(URL),
        None => fail(
            format!("Somebody takes connections for {url}, and does not answer."),
            "Look at the log of the proxy, and whether the relay runs.",
        ),
        Some(open) if open.is_webhook => reach::judge_name(url, way, caller)
            .unwrap_or_else(|| Check::ok(URL, format!("{url} leads to a relay."))),
        Some(Open {
            status: status @ 502..=504,
            ..
        }) => fail(
            format!("The proxy at {url} answers with {status}: it does not reach the relay."),
            "Compare `relay.listen` with the address that the proxy leads to.",
        ),
        Some(Open {
            status: status @ 300..400,
            location,
            ..
        }) => {
            let to =
                smsdesk_common::safe_text::SafeText::line(location.as_deref().unwrap_or_default());
            fail(
                format!(
                    "{url} sends everybody elsewhere ({status} to {}).",
                    to.truncate_to_width(120).as_str()
                ),
                "Set `relay.public_url` to where the relay is, scheme and path included.",
            )
        }
        Some(Open { status, .. }) => fail(
            format!("At {url} answers something else than a relay, with {status}."),
            "Let the name and the proxy lead to the relay, or correct `relay.public_url` and its path.",
        ),
    }
}

async fn health(http: &Client, url: &PublicUrl) -> Option<Health> {
    let answer = http.get(format!("{url}/health")).send().await.ok()?;
    serde_json::from_slice(&bounded(answer).await).ok()
}

/// Sends both probes.
async fn send(
    account: Option<&Account>,
    http: &Client,
    url: &PublicUrl,
    clock: &Clock,
    instance: Option<String>,
) -> Vec<Check> {
    let Some(account) = account else {
        return Vec::new();
    };
    let one = async |name, target| {
        let mut chance = [0; 16];
        if getrandom::fill(&mut chance).is_err() {
            return Check::skipped(name, "This machine gives no random numbers.");
        }
        let nonce = Nonce::of(chance);
        let pairs = pairs(&account.sid, &nonce);
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&pairs)
            .finish();
        let key = SigningKey::auth_token(account.auth_token.clone());
        let at = format!("{url}{target}");
        let request = http
            .post(&at)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(SIGNATURE_HEADER, sign(&key, &at, &pairs))
            .header(PROOF_HEADER, proof(&key, &account.sid, clock.now(), &nonce))
            .body(body.clone());
        let got = ask(request).await;
        let (public_url, instance) = (url.clone(), instance.clone());
        let sent = Sent {
            name,
            public_url,
            target,
            nonce,
            body,
            instance,
        };
        probe::judge(&sent, &got)
    };
    let (message, status) = tokio::join!(one(SIGNATURE, MESSAGE), one(STATUS_URL, STATUS));
    vec![message, status]
}

async fn ask(request: RequestBuilder) -> Got {
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) if error.is_timeout() => return Got::Nothing("the time ran out".to_owned()),
        Err(error) => return Got::Nothing(words(&error.without_url())),
    };
    let (status, location) = (answer.status().as_u16(), location(&answer));
    let body = bounded(answer).await;
    if status == 200
        && let Ok(seen) = serde_json::from_slice(&body)
    {
        return Got::Seen(Box::new(seen));
    }
    let ours = String::from_utf8_lossy(&body).contains(REFUSAL);
    Got::Answer {
        status,
        location,
        ours,
    }
}

/// An error with what is behind it, which is what tells.
fn words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(deeper) = cause {
        words = deeper.to_string();
        cause = deeper.source();
    }
    words
}

fn location(answer: &Response) -> Option<String> {
    let value = answer.headers().get(LOCATION)?.to_str().ok()?;
    Some(value.to_owned())
}

/// The body as far as it comes and fits.
async fn bounded(mut answer: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = ANSWER_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            break;
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_probe_is_sent_byte_for_byte() {
        for target in [MESSAGE, STATUS] {
            let url = format!("https://h.example/sms{target}");
            assert_eq!(reqwest::Url::parse(&url).unwrap().as_str(), url);
        }
    }
}
