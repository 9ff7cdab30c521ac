//! What Twilio is told by the fragment of a webhook's address: how to try again. Pure.
//!
//! Source: twilio.com/docs/usage/webhooks/webhooks-connection-overrides.

/// What the relay's own webhooks get. All tries together have 15 s: up to five more, whatever went
/// wrong; a connection has 2.5 s and an answer 5 s, so that one try that hangs does not use up the
/// time of all. By itself Twilio tries once more, and only where no connection came about.
pub const OVERRIDES: &str = "#rc=5&rp=all&ct=2500&rt=5000";

/// Whether Twilio tries again at an address that a restart hides for a moment: where nobody listens,
/// or a proxy says 502.
pub fn tries_again(url: &str) -> bool {
    let fragment = url.split_once('#').map_or("", |(_, fragment)| fragment);
    let last = |name: &str| {
        let mut values = fragment.split('&').filter_map(|part| part.split_once('='));
        values
            .rfind(|(found, _)| *found == name)
            .map(|(_, value)| value)
    };
    let failures = last("rp").unwrap_or_default();
    let never = last("rc").is_some_and(|count| count == "0");
    !never
        && failures
            .split(',')
            .any(|it| matches!(it.trim(), "all" | "5xx"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_has_twilio_try_again_counts() {
        for (fragment, again) in [
            (OVERRIDES, true),
            ("#rc=5&rp=all", true),
            ("#rp=all", true),
            ("#rp=ct,5xx&rc=2", true),
            ("#rc=0&rp=all", false),
            // What it does by itself.
            ("#rp=ct", false),
            ("#rc=5", false),
            ("", false),
        ] {
            let url = format!("https://sms.example.com/webhooks/twilio/message{fragment}");
            assert_eq!(tries_again(&url), again, "{fragment}");
        }
    }
}
