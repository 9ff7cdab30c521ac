//! Whether a relay runs on this database, and what it says of itself.

use super::report::{Check, RELAY};
use crate::admin::socket;
use smsdesk_common::api::health::Health;
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
