//! What Twilio says of the accounts: whether they let us in, how they stand, where their lines lead,
//! and which webhooks failed.

use super::lines::{self, Found};
use super::report::{ACCOUNT, ALERTS, CREDENTIALS, Check, WEBHOOK};
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::twilio::client::{Auth, LookError, Timeouts, TwilioClient};
use crate::twilio::holdings::{AccountFacts, Alert, OwnNumber, Service, Standing};
use crate::twilio::sid::NumberSid;
use futures_util::StreamExt as _;
use futures_util::stream;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long one question may take.
const TIMEOUTS: Timeouts = Timeouts {
    connect: Duration::from_secs(4),
    total: Duration::from_secs(8),
};
/// Messaging services whose numbers are asked for; an account has a few.
const SERVICES_MAX: usize = 60;
/// Questions at a time.
const AT_ONCE: usize = 8;
/// How far back failed webhooks are looked for, in milliseconds.
const ALERTS_MS: i64 = 24 * 3_600_000;
/// Twilio's code for a pair of account and token that do not belong together.
const WRONG_CREDENTIALS: u32 = 20_003;

/// Looks at every account, side by side.
pub(super) async fn look(config: &Config, clock: &Clock) -> Vec<Check> {
    let looks = config
        .accounts
        .iter()
        .map(|account| look_at(config, account, clock));
    let checks = futures_util::future::join_all(looks).await;
    checks.into_iter().flatten().collect()
}

async fn look_at(config: &Config, account: &Account, clock: &Clock) -> Vec<Check> {
    let token = Auth::Token(account.auth_token.clone());
    let client = TwilioClient::with_timeouts(&config.api_base_url, &account.sid, token, TIMEOUTS);
    let Ok(client) = client else {
        let sentence = "Twilio's API cannot be asked: no client can be made.";
        return vec![Check::skipped(CREDENTIALS, sentence)];
    };
    let (fetched, key) = tokio::join!(client.fetch_account(), try_key(config, account));
    let fetched = fetched.map(|fetched| fetched.facts);
    let sid = account.sid.as_str();
    let mut checks = vec![judge_credentials(sid, fetched.as_ref().map(|_| ()))];
    checks.extend(key.map(|tried| judge_key(sid, tried.as_ref().map(|_| ()))));
    let Ok(facts) = fetched else {
        let sentence =
            format!("Lines and webhooks of {sid} could not be looked at: see credentials.");
        checks.push(Check::skipped(WEBHOOK, sentence).about(sid));
        return checks;
    };
    checks.push(judge_account(&facts));
    let (lines, alerts) = tokio::join!(
        look_at_lines(config, account, &client),
        client.alerts(clock.now().plus_millis(-ALERTS_MS))
    );
    checks.extend(lines);
    if let Ok(alerts) = alerts {
        checks.push(judge_alerts(
            sid,
            &alerts,
            &config.public_url.to_string(),
            clock.now(),
        ));
    }
    checks
}

/// Whether the API key is taken, where there is one.
async fn try_key(config: &Config, account: &Account) -> Option<Result<(), LookError>> {
    let key = account.api_key.as_ref()?;
    let auth = Auth::ApiKey {
        sid: key.sid.clone(),
        secret: key.secret.clone(),
    };
    let client = TwilioClient::with_timeouts(&config.api_base_url, &account.sid, auth, TIMEOUTS);
    let line = account.lines.first().cloned();
    let line = line.or_else(|| Address::from_twilio("+15005550006").ok())?;
    Some(client.ok()?.number_of(&line).await.map(|_| ()))
}

async fn look_at_lines(config: &Config, account: &Account, client: &TwilioClient) -> Vec<Check> {
    let sid = account.sid.as_str();
    if account.lines.is_empty() {
        let sentence = format!("No line of {sid} is configured: nothing can be sent.");
        let remedy = "List the account's numbers in `relay.twilio.lines`.";
        return vec![Check::warn(WEBHOOK, sentence, remedy).about(sid)];
    }
    let wanted = format!("{}{}", config.public_url, super::public::MESSAGE);
    let holdings = match hold(client).await {
        Ok(holdings) => holdings,
        Err(error) => {
            let sentence = format!("Twilio does not say where the lines of {sid} lead: {error}.");
            return vec![Check::skipped(WEBHOOK, sentence).about(sid)];
        }
    };
    let mut checks = Vec::new();
    for line in &account.lines {
        let found = find(line, &holdings, client).await;
        checks.extend(lines::judge(line, &found, &wanted));
    }
    checks
}

/// What the account holds.
struct Holdings {
    numbers: Vec<OwnNumber>,
    services: Vec<Service>,
    /// Which of the services has a number.
    pools: BTreeMap<NumberSid, usize>,
}

async fn hold(client: &TwilioClient) -> Result<Holdings, LookError> {
    let (numbers, services) = tokio::join!(client.numbers(), client.services());
    let (numbers, services) = (numbers?, services?);
    let asked = services.iter().take(SERVICES_MAX).enumerate();
    let pools = asked.map(async |(at, service): (usize, &Service)| {
        let pool = client.service_numbers(&service.sid).await;
        pool.map(|pool| pool.into_iter().map(move |number| (number, at)))
    });
    let pools: Vec<_> = stream::iter(pools)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let mut found = BTreeMap::new();
    for pool in pools {
        found.extend(pool?);
    }
    Ok(Holdings {
        numbers,
        services,
        pools: found,
    })
}

async fn find(line: &Address, holdings: &Holdings, client: &TwilioClient) -> Found {
    let text = line.as_str();
    if text.starts_with("MG") {
        let service = holdings
            .services
            .iter()
            .find(|service| service.sid.as_str() == text);
        return service.map_or(Found::Nothing, |service| Found::Service(service.clone()));
    }
    let Some(number) = holdings
        .numbers
        .iter()
        .find(|number| number.number == *line)
    else {
        return if text.starts_with('+') {
            Found::Nothing
        } else {
            Found::Unlisted
        };
    };
    let service = holdings
        .pools
        .get(&number.sid)
        .map(|at| holdings.services[*at].clone());
    let application = match &number.application {
        Some(sid) => client.application(sid).await.ok(),
        None => None,
    };
    Found::Number {
        number: number.clone(),
        service,
        application,
    }
}

fn judge_credentials(sid: &str, let_in: Result<(), &LookError>) -> Check {
    let check = match let_in {
        Ok(()) => Check::ok(
            CREDENTIALS,
            format!("Twilio takes the auth token of {sid}."),
        ),
        Err(LookError::Refused { error }) if error.code == WRONG_CREDENTIALS => Check::fail(
            CREDENTIALS,
            format!(
                "Twilio does not take the auth token of {sid}: every webhook is refused here, for it signs with another one."
            ),
            "Copy the account's primary auth token from Twilio's console into \
             `relay.twilio.auth_token`, and start the relay anew. A subaccount has its own.",
        ),
        Err(error @ (LookError::Refused { .. } | LookError::Missing)) => Check::fail(
            CREDENTIALS,
            format!("Twilio does not let the account {sid} in: {error}."),
            "Compare account and token with Twilio's console; test credentials do not do here.",
        ),
        Err(error @ (LookError::Later { .. } | LookError::Unreadable)) => Check::fail(
            CREDENTIALS,
            format!("Twilio's API cannot be used from here: {error}."),
            "Look whether this machine reaches `relay.twilio.api_base_url` (a firewall, the name \
             service), and at status.twilio.com.",
        ),
    };
    check.about(sid)
}

fn judge_key(sid: &str, taken: Result<(), &LookError>) -> Check {
    let check = match taken {
        Err(LookError::Refused { error }) => Check::fail(
            CREDENTIALS,
            format!(
                "Twilio refuses the API key of {sid} ({}): no text goes out.",
                error.code
            ),
            "Make a new key in Twilio's console, and put both halves into `relay.twilio`.",
        ),
        Err(error) => Check::skipped(
            CREDENTIALS,
            format!("The API key of {sid} was not tried: {error}."),
        ),
        Ok(()) => Check::ok(CREDENTIALS, format!("Twilio takes the API key of {sid}.")),
    };
    check.about(sid)
}

fn judge_account(facts: &AccountFacts) -> Check {
    let sid = facts.sid.as_str();
    let name = SafeText::line(&facts.name).truncate_to_width(60);
    let name = name.as_str();
    let check = match facts.standing {
        Standing::Suspended | Standing::Closed => Check::fail(
            ACCOUNT,
            format!(
                "The account {sid} ({name}) is suspended or closed: nothing goes out or comes in."
            ),
            "Twilio's console says why; an empty balance is the usual reason.",
        ),
        Standing::Active | Standing::Unknown if facts.is_trial => Check::warn(
            ACCOUNT,
            format!(
                "The account {sid} ({name}) is a trial: it texts verified numbers only, with a note of Twilio's in front."
            ),
            "Upgrade it in Twilio's console before customers are texted.",
        ),
        Standing::Active | Standing::Unknown => {
            Check::ok(ACCOUNT, format!("The account {sid} ({name}) is active."))
        }
    };
    check.about(sid)
}

/// What Twilio's codes of failed webhooks mean (docs/api/errors).
const fn meaning(code: u32) -> &'static str {
    match code {
        11200 => "no answer that counts: a status of 4xx or 5xx, or none in time",
        11205 => "no connection",
        11206 | 11215 => "an answer that is not HTTP, or too many redirects",
        11210 => "a name that is not known",
        11220 | 11235 | 11236 | 11237 => "a certificate that Twilio refuses",
        12100 | 12200 | 12300 => "an answer that is no TwiML",
        14107 => "too many replies to one number",
        _ => "see Twilio's list of error codes",
    }
}

/// Judges the alerts that concern this relay.
fn judge_alerts(sid: &str, alerts: &[Alert], public_url: &str, now: Timestamp) -> Check {
    let ours: Vec<_> = alerts
        .iter()
        .filter(|alert| {
            alert.url.starts_with(public_url) && now.millis_since(alert.at) <= ALERTS_MS
        })
        .collect();
    let Some(newest) = ours.iter().max_by_key(|alert| alert.at) else {
        let sentence = format!("Twilio noted no failed webhook of {sid} in the last 24 hours.");
        return Check::ok(ALERTS, sentence).about(sid);
    };
    let (number, code, at) = (ours.len(), newest.code, newest.at.to_rfc3339());
    let sentence = format!(
        "Twilio noted {number} failed webhooks in the last 24 hours, the newest at {at} with {code}: {}.",
        meaning(code)
    );
    let remedy = "The texts themselves are read from Twilio's lists within minutes. Look at the checks \
                  above, and at Twilio's error log.";
    Check::warn(ALERTS, sentence, remedy).about(sid)
}
