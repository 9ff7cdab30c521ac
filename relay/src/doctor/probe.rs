//! Sends a webhook of no message through the public URL, as Twilio would, and says what became of it
//! on the way. What came back is judged without looking at anything else.

use super::report::Check;
use crate::twilio::probe::{Nonce, Seen, Signature};
use crate::twilio::public_url::PublicUrl;
use smsdesk_common::safe_text::SafeText;

/// The most that is told of what came from elsewhere, in cells of a terminal.
const TOLD_WIDTH_MAX: usize = 160;

/// What was sent.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    /// What it is told as.
    pub(super) name: &'static str,
    pub(super) public_url: PublicUrl,
    /// Path and query below the public URL.
    pub(super) target: &'static str,
    pub(super) nonce: Nonce,
    pub(super) body: String,
    /// Which relay the database belongs to, where it is known.
    pub(super) instance: Option<String>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Got {
    /// The relay's answer.
    Seen(Box<Seen>),
    /// Another answer.
    Answer {
        /// Its status.
        status: u16,
        /// Where it sends one.
        location: Option<String>,
        /// Whether it has the words of a relay that refuses a webhook.
        ours: bool,
    },
    /// None.
    Nothing(String),
}

const SIGNED_AS: &str = "Twilio signs the address as it is configured, byte for byte";

/// Judges what became of a probe.
pub(super) fn judge(sent: &Sent, got: &Got) -> Check {
    match got {
        Got::Seen(seen) => judge_seen(sent, seen),
        Got::Nothing(why) => Check::fail(
            sent.name,
            format!("A signed webhook got no answer: {why}."),
            "Look at the proxy's log: it took the connection, and then nothing came.",
        ),
        Got::Answer {
            status,
            location,
            ours,
        } => judge_answer(sent, *status, location.as_deref(), *ours),
    }
}

/// What this very relay saw of a probe.
pub(super) fn answered(sent: &Sent, got: Got) -> Option<Seen> {
    match got {
        Got::Seen(seen) if seen.nonce == sent.nonce => Some(*seen),
        _ => None,
    }
}

fn judge_seen(sent: &Sent, seen: &Seen) -> Check {
    let fail = |sentence: String, remedy: &str| Check::fail(sent.name, sentence, remedy);
    if seen.nonce != sent.nonce {
        return fail(
            "A cache answers in the place of the relay, with what it kept of an earlier request."
                .to_owned(),
            "Let nothing below /webhooks/ be cached.",
        );
    }
    if sent
        .instance
        .as_ref()
        .is_some_and(|own| *own != seen.instance)
    {
        return fail(
            format!(
                "Another relay answers at {}: it has another database than this configuration names.",
                sent.public_url
            ),
            "Let the name and the proxy lead to this one, or stop the other one.",
        );
    }
    if seen.method != "POST" {
        let method = safe(&seen.method);
        return fail(
            format!("A proxy makes {method} of POST: the text is lost on the way."),
            "Take the redirect or rewrite out of the proxy for /webhooks/.",
        );
    }
    if let Some(check) = judge_target(sent, seen) {
        return check;
    }
    match seen.signature {
        Signature::Right => Check::ok(
            sent.name,
            format!(
                "A signed webhook comes through {} unchanged.",
                sent.target_told()
            ),
        ),
        Signature::Missing => fail(
            "A proxy takes the header X-Twilio-Signature away: every webhook is refused."
                .to_owned(),
            "Let the proxy pass all headers on.",
        ),
        Signature::Wrong => judge_body(sent, seen),
    }
}

impl Sent {
    /// Which address it went to.
    fn target_told(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        format!("{}{path}", self.public_url)
    }
}

/// What is wrong with the address by which it arrived.
fn judge_target(sent: &Sent, seen: &Seen) -> Option<Check> {
    let (wanted, found) = (
        format!("{}{}", sent.public_url, sent.target),
        sent.public_url.join(&seen.target),
    );
    if wanted == found {
        return None;
    }
    let (path, query) = sent.target.split_once('?').unwrap_or((sent.target, ""));
    let (seen_path, seen_query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
    let remedy = "Let the proxy pass path and query on as they came: in nginx `proxy_pass` without a \
                  path of its own and without `rewrite`; docs/operations.md has examples.";
    let sentence = if query == seen_query {
        let (seen_path, path) = (safe(seen_path), safe(path));
        format!("A proxy rewrites the path: {path} arrives as {seen_path}. {SIGNED_AS}.")
    } else if pairs_of(query) == pairs_of(seen_query) {
        let seen_query = safe(seen_query);
        format!("A proxy writes the query anew: it arrives as {seen_query}. {SIGNED_AS}.")
    } else {
        let seen_query = safe(seen_query);
        format!("A proxy changes the query: it arrives as {seen_query}. {SIGNED_AS}.")
    };
    Some(Check::fail(sent.name, sentence, remedy))
}

/// The pairs of a form or query, in no order.
fn pairs_of(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect();
    pairs.sort_unstable();
    pairs
}

/// The signature is wrong although the address arrived as it was sent.
fn judge_body(sent: &Sent, seen: &Seen) -> Check {
    let fail = |sentence: String, remedy: &str| Check::fail(sent.name, sentence, remedy);
    let Some(body) = &seen.body else {
        return fail(
            "The body of a webhook does not arrive whole.".to_owned(),
            "Look at the proxy's limits and time-outs for request bodies.",
        );
    };
    let (before, after) = (pairs_of(&sent.body), pairs_of(body));
    if before == after {
        return fail(
            "A webhook arrives unchanged, and the relay takes its signature for wrong: it runs with \
             another `relay.public_url`, or something changes the header."
                .to_owned(),
            "Start the relay anew, so that it reads the configuration again.",
        );
    }
    let changed = before.iter().find(|pair| !after.contains(pair));
    let what =
        match changed.map(|(name, value)| (name, after.iter().find(|(it, _)| it == name), value)) {
            None => "something is added to it".to_owned(),
            Some((name, None, _)) => format!("`{name}` is missing"),
            Some((name, Some((_, now)), value)) => {
                format!("{value:?} in `{name}` arrives as {:?}", safe(now))
            }
        };
    fail(
        format!("A proxy changes the body of webhooks: {what}. Twilio signs every value."),
        "Take out what trims, converts or filters request bodies: middleware, a firewall for web \
         applications.",
    )
}

fn judge_answer(sent: &Sent, status: u16, location: Option<&str>, ours: bool) -> Check {
    let at = sent.target_told();
    let fail = |sentence: String, remedy: &str| Check::fail(sent.name, sentence, remedy);
    match status {
        300..400 => judge_redirect(sent, status, location.unwrap_or_default()),
        400 if ours => Check::ok(
            sent.name,
            format!(
                "A signed webhook comes through {at}; the proxy drops headers that it does not know."
            ),
        ),
        403 if ours => fail(
            format!(
                "A relay answers at {at}, and does not know this configuration's auth token: another \
                 one, or one that was started before the token was changed."
            ),
            "Start the relay anew; where that does not help, see which relay the proxy leads to.",
        ),
        401 | 403 | 407 => fail(
            format!("Something in front of the relay refuses webhooks at {at} with {status}."),
            "Let /webhooks/ through without a password, a login page or a list of addresses: Twilio \
             has no fixed ones, and the relay checks signatures.",
        ),
        404 | 405 => fail(
            format!("Something else than the relay answers at {at}, with {status}."),
            "Let the proxy lead this path to the relay, or correct the path in `relay.public_url`.",
        ),
        429 => fail(
            format!("Something in front of the relay limits how often {at} may be called (429)."),
            "Take /webhooks/ out of the limit: texts come in bursts.",
        ),
        502..=504 => fail(
            format!("The proxy answers at {at} with {status}: it does not reach the relay."),
            "Start the relay, and compare `relay.listen` with the address that the proxy leads to.",
        ),
        _ => fail(
            format!("A signed webhook to {at} is answered with {status}, which no relay does."),
            "Look at the proxy's log for what answers there.",
        ),
    }
}

fn judge_redirect(sent: &Sent, status: u16, location: &str) -> Check {
    let fail = |sentence: String, remedy: String| Check::fail(sent.name, sentence, remedy);
    let at = format!("{}{}", sent.public_url, sent.target);
    let to = safe(location);
    if !sent.public_url.is_https() && location == at.replacen("http://", "https://", 1) {
        let url = sent
            .public_url
            .to_string()
            .replacen("http://", "https://", 1);
        return fail(
            format!(
                "The public URL begins with http://, and the server sends everybody to https://. {SIGNED_AS}."
            ),
            format!("Set `relay.public_url` to \"{url}\", and the lines' webhooks with it."),
        );
    }
    fail(
        format!(
            "The server sends webhooks elsewhere ({status} to {to}): the body and the signature do not \
             survive that."
        ),
        "Set `relay.public_url` to where the relay really is, or take the redirect away; one that adds \
         or removes a slash at the end counts, too."
            .to_owned(),
    )
}

fn safe(text: &str) -> String {
    let text = SafeText::line(text).truncate_to_width(TOLD_WIDTH_MAX);
    text.as_str().to_owned()
}
