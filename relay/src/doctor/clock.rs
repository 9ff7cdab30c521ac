//! This machine's clock beside Twilio's, by the `Date` of Twilio's answers.

use super::report::{CLOCK, Check};
use crate::clock::Clock;
use crate::config::Config;
use crate::outbox::cadence::Patience;
use reqwest::header::{AGE, DATE};
use smsdesk_common::skew::{Sample, certain, http_date, words};

/// Answers that are asked for.
const SAMPLES: u32 = 3;
/// From here on agents notice it: times on their screens, reminders and timed texts are off.
const NOTICED_MS: i64 = 30_000;
/// From here on texts in doubt cannot be found in Twilio's lists any more.
const WRONG_MS: i64 = Patience::STANDARD.slack_ms;

/// What is asked: an answer without credentials is a refusal, and has its date all the same.
pub(super) fn asked(config: &Config) -> String {
    let account = config.accounts.first();
    let account = account.map_or("", |account| account.sid.as_str());
    format!("{}/2010-04-01/Accounts/{account}.json", config.api_base_url)
}

/// Asks `url` a few times; none of the answers is needed for anything else.
pub(super) async fn sample(http: &reqwest::Client, url: &str, clock: &Clock) -> Vec<Sample> {
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let asked = clock.now();
        let Ok(answer) = http.get(url).send().await else {
            break;
        };
        let came = clock.now();
        let headers = answer.headers();
        // What a cache kept tells the time of then.
        let said = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        let said = said.and_then(|value| http_date(value.to_str().ok()?));
        samples.extend(said.map(|said| Sample { asked, came, said }));
    }
    samples
}

/// Judges what was sampled.
pub(super) fn judge(samples: &[Sample]) -> Check {
    let Some(behind) = certain(samples) else {
        let sentence =
            "Twilio's time could not be asked for, and so not be compared with the clock.";
        return Check::skipped(CLOCK, sentence);
    };
    let told = format!("This machine's clock is {} Twilio's", words(behind));
    let remedy = "Let the machine set its clock: `timedatectl set-ntp true`, or chrony.";
    if behind.abs() > WRONG_MS {
        let sentence = format!(
            "{told}: texts of unknown fate are not found again, and timed ones go at the wrong time."
        );
        return Check::fail(CLOCK, sentence, remedy);
    }
    if behind.abs() > NOTICED_MS {
        let sentence = format!("{told}: times on screens and reminders are off.");
        return Check::warn(CLOCK, sentence, remedy);
    }
    Check::ok(CLOCK, "This machine's clock agrees with Twilio's.")
}

#[cfg(test)]
mod tests {
    use super::super::report::State;
    use super::*;
    use smsdesk_common::time::Timestamp;

    #[test]
    fn only_what_is_certain_is_judged() {
        let now = Timestamp::from_millis(1_700_000_000_500);
        for (behind, state, words) in [
            (0, State::Ok, "agrees"),
            (20_000, State::Ok, "agrees"),
            (60_000, State::Warn, "s behind Twilio's"),
            (-60_000, State::Warn, "s ahead of Twilio's"),
            (600_000, State::Fail, "min behind Twilio's"),
            (-600_000, State::Fail, "min ahead of Twilio's"),
        ] {
            let (asked, came) = (now, now.plus_millis(40));
            let said = now.plus_millis(behind);
            let check = judge(&[Sample { asked, came, said }]);
            assert_eq!(check.state, state, "{behind}: {check:?}");
            assert!(check.sentence.contains(words), "{check:?}");
        }
        assert_eq!(judge(&[]).state, State::Skipped);
    }
}
