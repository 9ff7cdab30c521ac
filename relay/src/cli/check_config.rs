//! `check-config`: what is in effect.

use crate::cli::print;
use crate::config::{Adapter, Config, Insights, Pair, Sending, Tls};

/// Prints the effective configuration as TOML, secrets redacted.
pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    print("[relay]");
    print(&format!("listen = \"{}\"", config.listen));
    print(&format!("public_url = \"{}\"", config.public_url));
    print(&format!(
        "database = \"sqlite:{}\"",
        config.database.display()
    ));
    print(&format!("default_region = \"{}\"", config.default_region));
    if let Some(company) = &config.company {
        print(&format!("company = {company:?}"));
    }
    if let Some(address) = config.metrics_listen {
        print(&format!("metrics_listen = \"{address}\""));
    }
    print(&format!("connections_max = {}", config.connections_max));
    print(&format!("trusted_proxies = {}", config.trusted_proxies));
    print(&format!("log_level = \"{}\"", config.log_level));
    if let Some(tls) = &config.tls {
        speaks(tls);
    }
    if let Some(insights) = &config.insight {
        insight(insights);
    }
    for (account, index) in config.accounts.iter().zip(0..) {
        print(if index == 0 {
            "[relay.twilio]"
        } else {
            "[[relay.twilio.accounts]]"
        });
        print(&format!("account_sid = \"{}\"", account.sid));
        print("auth_token = \"(redacted)\"");
        if let Some(key) = &account.api_key {
            print(&format!("api_key_sid = \"{}\"", key.sid));
            print("api_key_secret = \"(redacted)\"");
        }
        if index == 0 {
            print(&format!("api_base_url = \"{}\"", config.api_base_url));
            sending(&config.sending);
        }
        let lines: Vec<_> = account
            .lines
            .iter()
            .map(|line| format!("\"{}\"", line.as_str()))
            .collect();
        print(&format!("lines = [{}]", lines.join(", ")));
    }
    Ok(())
}

fn speaks(tls: &Tls) {
    print("[relay.tls]");
    print(&format!("mode = \"{}\"", tls.mode()));
    match &tls.pair {
        Pair::Files { certificate, key } => {
            print(&format!("certificate = {certificate:?}"));
            print(&format!("key = {key:?}"));
        }
        Pair::Acme(acme) => {
            print(&format!("acme_directory = {:?}", acme.directory));
            if let Some(contact) = &acme.contact {
                print(&format!("acme_contact = {contact:?}"));
            }
            print(&format!("acme_challenge = \"{}\"", acme.challenge.as_str()));
            if let Some(ca) = &acme.ca {
                print(&format!("acme_ca = {ca:?}"));
            }
            print(&format!("acme_folder = {:?}", acme.folder));
        }
    }
    if let Some(address) = tls.http_listen {
        print(&format!("http_listen = \"{address}\""));
    }
}

fn insight(insights: &Insights) {
    print("[relay.insight]");
    print(&format!("adapter = \"{}\"", insights.adapter.as_str()));
    if let Adapter::Endpoint(endpoint) = &insights.adapter {
        print(&format!("url = {:?}", endpoint.url));
        print(&format!("model = {:?}", endpoint.model));
        if endpoint.api_key.is_some() {
            print("api_key = \"(redacted)\"");
        }
        print(&format!("suggest = {}", endpoint.suggest));
        print(&format!("redact_numbers = {}", endpoint.redact_numbers));
        if let Some(cap) = endpoint.daily_cost_cap {
            print(&format!("daily_cost_cap = \"{cap}\""));
        }
    }
}

fn sending(sending: &Sending) {
    print(&format!(
        "segments_per_second = {}",
        sending.segments_per_second
    ));
    print(&format!("validity_s = {}", sending.validity_s));
    let rates: Vec<_> = sending
        .line_rates
        .iter()
        .map(|(line, rate)| format!("\"{}\" = {rate}", line.as_str()))
        .collect();
    if !rates.is_empty() {
        print(&format!("line_rates = {{ {} }}", rates.join(", ")));
    }
}
