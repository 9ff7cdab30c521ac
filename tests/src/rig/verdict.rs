//! What the relay's own code says of a database, as `smsdesk-relay verify --twilio` would.

use super::check::Violations;
use super::relay::Relay;
use smsdesk_relay::clock::Clock;
use smsdesk_relay::outbox::compare::{Comparison, SETTLED_MS, compare};
use smsdesk_relay::state::Accounts;
use smsdesk_relay::store::verify::verify;
use smsdesk_relay::store::view::View;

/// Walks the database and compares it with the provider, beside the running relay or without one.
/// In words, what was compared.
///
/// # Errors
/// Either side cannot be read.
pub async fn of_relay(relay: &Relay, wrong: &mut Violations) -> anyhow::Result<String> {
    let report = verify(&relay.database())?;
    let findings = report.findings.iter();
    wrong.each("verify", findings.map(|finding| finding.words.clone()));
    wrong.unless(report.complete, || "verify saw a part only".to_owned());
    let comparison = with_provider(relay).await?;
    let differences = comparison.differences.iter();
    wrong.each("verify --twilio", differences.map(ToString::to_string));
    Ok(format!(
        "verify --twilio: {} listed, {} of ours, {} differences",
        comparison.listed,
        comparison.ours,
        comparison.differences.len()
    ))
}

/// Compares everything there is.
///
/// # Errors
/// Either side cannot be read.
pub async fn with_provider(relay: &Relay) -> anyhow::Result<Comparison> {
    let config = relay.config()?;
    // Later than it is: nothing is too young to count any more.
    let right = Clock::system();
    let late = Clock::from_fn(move || right.now().plus_millis(2 * SETTLED_MS));
    let view = View::open(&config.database, late)?;
    let accounts = Accounts::new(&config.accounts, &config.api_base_url)?;
    Ok(compare(&view, &accounts, None).await?)
}
