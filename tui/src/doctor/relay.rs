//! The way to the relay, and this device beside it.

use super::{CLOCK, CONNECTION, COPY, STREAM, TOKEN, VERSION};
use crate::cache::Cursor;
use crate::clock::monotonic;
use crate::identity::Identity;
use crate::link::RelayUrl;
use crate::link::checkup::Way;
use crate::link::failure::Failure;
use smsdesk_common::api::agents::Agents;
use smsdesk_common::api::changes::ChangesPage;
use smsdesk_common::api::health::Health;
use smsdesk_common::checkup::Check;
use smsdesk_common::ids::Seq;
use smsdesk_common::record::Record;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::skew::{Sample, certain, words};

/// From here on a connection is felt, in milliseconds.
const SLOW_MS: u128 = 1_000;
/// From here on a clock is told, in milliseconds: times that are typed are of this clock.
const NOTICED_MS: i64 = 30_000;

/// Asks the relay everything, side by side.
pub(super) async fn look(
    url: &RelayUrl,
    identity: &Identity,
    cursor: Option<&Cursor>,
) -> Vec<Check> {
    let way = match Way::new(url, &identity.token) {
        Ok(way) => way,
        Err(failure) => {
            let remedy = "Join the relay again with a new invite.";
            return vec![Check::fail(CONNECTION, sentence(&failure.words()), remedy)];
        }
    };
    let begun = monotonic();
    let health = way.health().await;
    let took = monotonic().duration_since(begun).as_millis();
    let mut checks = vec![judge_connection(url, health.as_ref().map(|_| ()), took)];
    if matches!(health, Err(Failure::Unreachable(_))) {
        return checks;
    }
    let after = cursor.map_or(Seq::ZERO, |cursor| cursor.high);
    let (agents, page, stream) = tokio::join!(way.agents(), way.head(after), way.stream());
    if let Ok((health, sample)) = &health {
        checks.push(judge_version(health));
        checks.push(judge_clock(sample.as_slice()));
    }
    let accepted = agents.is_ok();
    checks.push(judge_token(&agents));
    if accepted {
        checks.push(judge_stream(stream));
        checks.push(match page {
            Ok(page) => judge_copy(cursor, &page),
            Err(failure) => Check::skipped(COPY, sentence(&failure.words())),
        });
    }
    checks
}

/// Remote words as a sentence.
fn sentence(words: &str) -> String {
    let words = SafeText::line(words);
    let mut letters = words.as_str().chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

fn judge_connection(url: &RelayUrl, reached: Result<(), &Failure>, took_ms: u128) -> Check {
    let host = url.authority();
    match reached {
        Ok(()) if url.is_in_the_open() => Check::warn(
            CONNECTION,
            format!("Texts and this device's token travel to {host} in the open."),
            "Ask the relay's operator for an address with https://, and join again by an invite of it.",
        ),
        Ok(()) if took_ms > SLOW_MS => Check::warn(
            CONNECTION,
            format!("{host} answers in {took_ms} ms: every wait for it is felt."),
            "Nothing waits for the network in the app; a better one brings news sooner.",
        ),
        Ok(()) => Check::ok(CONNECTION, format!("{host} answers in {took_ms} ms.")),
        Err(Failure::Busy { words, .. }) => Check::fail(
            CONNECTION,
            sentence(words),
            "Wait a little, or tell the relay's operator: `smsdesk-relay doctor` says more there.",
        ),
        Err(failure) => Check::fail(
            CONNECTION,
            sentence(&failure.words()),
            "Look at this machine's network, at `ui.relay`, and ask the relay's operator.",
        ),
    }
}

fn judge_version(health: &Health) -> Check {
    let own = env!("CARGO_PKG_VERSION");
    let theirs = SafeText::line(&health.version).truncate_to_width(32);
    if health.version == own {
        return Check::ok(VERSION, format!("Relay and app are of version {own}."));
    }
    Check::warn(
        VERSION,
        format!(
            "The relay is of version {}, this app of {own}.",
            theirs.as_str()
        ),
        "They understand each other; the newer one has more when both are.",
    )
}

fn judge_clock(samples: &[Sample]) -> Check {
    match certain(samples) {
        None => Check::skipped(CLOCK, "The relay does not say what time it has."),
        Some(behind) if behind.abs() > NOTICED_MS => Check::warn(
            CLOCK,
            format!("This machine's clock is {} the relay's.", words(behind)),
            "Let the machines set their clocks; what is timed goes by the relay's.",
        ),
        Some(_) => Check::ok(CLOCK, "This machine's clock agrees with the relay's."),
    }
}

fn judge_token(agents: &Result<Agents, Failure>) -> Check {
    match agents {
        Ok(all) => {
            let mine = all.agents.iter().find_map(|record| match record {
                Record::Agent(agent) if agent.id == all.me => Some(agent),
                _ => None,
            });
            let name = mine.map_or_else(String::new, |agent| {
                let name = SafeText::line(&agent.name).truncate_to_width(60);
                format!(" It is {}'s.", name.as_str())
            });
            Check::ok(TOKEN, format!("The relay takes this device's token.{name}"))
        }
        Err(Failure::SignedOut(words)) => Check::fail(
            TOKEN,
            sentence(words),
            "Ask the relay's operator for an invite, and run `smsdesk join INVITE`. What waits on this \
             device stays.",
        ),
        Err(failure) => Check::fail(
            TOKEN,
            sentence(&failure.words()),
            "Ask the relay's operator: `smsdesk-relay doctor` says more there.",
        ),
    }
}

fn judge_stream(opened: Result<(), String>) -> Check {
    match opened {
        Ok(()) => Check::ok(STREAM, "The live stream opens."),
        Err(why) => Check::fail(
            STREAM,
            sentence(&why),
            "Let the proxy before the relay pass WebSockets on for /v1/stream; docs/operations.md has \
             examples.",
        ),
    }
}

fn judge_copy(cursor: Option<&Cursor>, page: &ChangesPage) -> Check {
    let Some(cursor) = cursor else {
        return Check::skipped(
            COPY,
            "Nothing was fetched yet: the app does it at its first start.",
        );
    };
    let behind = page.head.0.saturating_sub(cursor.high.0);
    let start = "Start `smsdesk`: it fetches by itself what is missing.";
    if cursor.epoch != page.epoch {
        let sentence = "The relay's database was restored or replaced since this copy was made.";
        return Check::warn(COPY, sentence, start);
    }
    if !cursor.is_whole() {
        let sentence = "The history is still being fetched.";
        return Check::warn(COPY, sentence, start);
    }
    if behind > 0 {
        return Check::ok(
            COPY,
            format!("The copy on this device is {behind} changes behind the relay."),
        );
    }
    if cursor.high == page.head && cursor.digest != page.digest {
        let sentence = "The copy on this device differs from the relay's.";
        let remedy = "Start `smsdesk`: it finds that out, too, and fetches the records again.";
        return Check::fail(COPY, sentence, remedy);
    }
    Check::ok(COPY, "The copy on this device equals the relay's.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::checkup::State;
    use smsdesk_common::feed::Digest;
    use smsdesk_common::ids::Epoch;

    #[test]
    fn a_copy_is_compared_where_it_can_be() {
        let mut other = Digest::EMPTY;
        other.add("entry", "x", Seq(7));
        let cursor = |epoch, high, digest| Cursor {
            epoch: Epoch(epoch),
            low: Seq::ZERO,
            high: Seq(high),
            read_at: Seq::ZERO,
            digest,
        };
        let page = ChangesPage {
            epoch: Epoch(1),
            head: Seq(7),
            low: Seq(7),
            high: Seq(7),
            remaining: 0,
            digest: Digest::EMPTY,
            changes: Vec::new(),
        };
        let partial = Cursor {
            low: Seq(3),
            ..cursor(1, 7, other)
        };
        for (cursor, state, words) in [
            (cursor(1, 7, Digest::EMPTY), State::Ok, "equals"),
            (cursor(1, 7, other), State::Fail, "differs"),
            (cursor(1, 4, other), State::Ok, "3 changes behind"),
            (
                cursor(2, 7, Digest::EMPTY),
                State::Warn,
                "restored or replaced",
            ),
            (partial, State::Warn, "still being fetched"),
        ] {
            let check = judge_copy(Some(&cursor), &page);
            assert_eq!(check.state, state, "{check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
        assert_eq!(judge_copy(None, &page).state, State::Skipped);
    }

    #[test]
    fn a_relay_that_answers_late_or_not_is_told() {
        let url = RelayUrl::parse("https://sms.example.com").unwrap();
        let gone = Failure::Unreachable("cannot reach it".to_owned());
        for (reached, took, state) in [
            (Ok(()), 40, State::Ok),
            (Ok(()), 2_000, State::Warn),
            (Err(&gone), 40, State::Fail),
        ] {
            assert_eq!(judge_connection(&url, reached, took).state, state);
        }
    }

    #[test]
    fn a_way_in_the_open_is_told_unless_it_stays_on_this_machine() {
        for (url, state) in [
            ("http://sms.example.com", State::Warn),
            ("http://192.0.2.1:8080", State::Warn),
            ("http://127.example.com", State::Warn),
            ("http://127.0.0.1:8080", State::Ok),
            ("http://[::1]:8080", State::Ok),
            ("http://localhost", State::Ok),
            ("https://192.0.2.1", State::Ok),
        ] {
            let check = judge_connection(&RelayUrl::parse(url).unwrap(), Ok(()), 40);
            assert_eq!(check.state, state, "{url}");
        }
    }

    #[test]
    fn what_the_relay_writes_reaches_the_terminal_as_safe_text() {
        assert_eq!(sentence("bad\u{1b}[2J"), "Bad‹U+001B›[2J.");
    }
}
