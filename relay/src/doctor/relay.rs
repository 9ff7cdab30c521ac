//! Whether a relay runs on this database, and what it says of itself.

use super::report::{Check, RECONCILED, RELAY};
use crate::admin::socket;
use smsdesk_common::api::health::{Health, Reconciled};
use smsdesk_common::safe_text::SafeText;
use std::io::ErrorKind;
use std::path::Path;
use tokio::net::UnixStream;

/// Whether a relay runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Running {
    Yes,
    No,
    /// Its socket is there and not for this user.
    Hidden,
}

/// Knocks at the administration socket.
pub(super) async fn knock(database: &Path) -> Running {
    match UnixStream::connect(socket::path(database)).await {
        Ok(_) => Running::Yes,
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Running::Hidden,
        Err(_) => Running::No,
    }
}

/// Judges it by what it said of itself, where it was asked.
pub(super) fn judge(running: Running, health: Option<&Health>) -> Check {
    match running {
        Running::No => Check::warn(
            RELAY,
            "No relay runs on this database: nothing is received and nothing sent.",
            "Start it, such as with `systemctl start smsdesk-relay`, and run the doctor again: what \
             concerns the public URL is looked at through it.",
        ),
        Running::Hidden => Check::warn(
            RELAY,
            "A relay runs, and this user may not open its socket.",
            "Run the doctor as the relay's own user, such as `sudo -u smsdesk smsdesk-relay doctor`.",
        ),
        Running::Yes => match health {
            Some(health) => judge_health(health),
            None => Check::ok(RELAY, "A relay runs on this database."),
        },
    }
}

/// What Twilio's lists told and no webhook did.
pub(super) fn judge_lists(found: Reconciled) -> Check {
    if found.inbound == 0 && found.statuses == 0 {
        let says = "No webhook was lost since the relay started: Twilio's lists told nothing new.";
        return Check::ok(RECONCILED, says);
    }
    Check::warn(
        RECONCILED,
        format!(
            "Since its start the relay found {} texts and {} reports in Twilio's lists that no webhook \
             brought.",
            found.inbound, found.statuses
        ),
        "Nothing is lost. What came while the relay was away is found so; where it stayed up, look at \
         `alerts`, at the proxy's log and at Twilio's debugger.",
    )
}

fn judge_health(health: &Health) -> Check {
    let own = crate::VERSION;
    let other = SafeText::line(&health.version).truncate_to_width(32);
    if let Some(problem) = &health.problem {
        let problem = SafeText::line(problem);
        return Check::fail(
            RELAY,
            format!("The relay says of itself: {}.", problem.as_str()),
            "Look at the relay's log, and at the checks of database and disk.",
        );
    }
    if !health.ok {
        return Check::fail(
            RELAY,
            "The relay cannot do its work: commits or the feed stand still.",
            "Look at the relay's log.",
        );
    }
    if health.version != own {
        return Check::warn(
            RELAY,
            format!(
                "The relay runs as version {}, and this program is {own}.",
                other.as_str()
            ),
            "Start the relay anew.",
        );
    }
    if let Some(paused) = &health.sending_paused {
        let code = paused.code;
        return Check::warn(
            RELAY,
            format!(
                "Twilio refuses the account ({code}): {} lines wait with their texts.",
                paused.lines
            ),
            "Mend the credentials, and start the relay anew.",
        );
    }
    Check::ok(RELAY, format!("The relay runs as version {own}."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::checkup::State;

    #[test]
    fn what_webhooks_did_not_bring_is_told_of_and_is_no_failure() {
        let nothing = Reconciled::default();
        assert_eq!(judge_lists(nothing).state, State::Ok);
        let lost = Reconciled {
            inbound: 3,
            statuses: 4,
            ..nothing
        };
        let check = judge_lists(lost);
        assert_eq!(check.state, State::Warn);
        assert!(
            check.sentence.contains("3 texts and 4 reports"),
            "{check:?}"
        );
    }
}
