//! `check-config`: what is in effect.

use crate::cli::print;
use crate::config::{Adapter, Care, Config, Insights, Pair, Sending, Tls, When};
use crate::desk::consent::answer::Answers;
use crate::twilio::call::CallPlan;
use smsdesk_common::later::LateSends;

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
    print(match config.late.sends {
        LateSends::Send => "late_sends = \"send\"",
        LateSends::Hold => "late_sends = \"hold\"",
    });
    print(&format!(
        "late_sends_max = \"{}\"",
        span(config.late.max_ms)
    ));
    if let Some(tls) = &config.tls {
        speaks(tls);
    }
    compliance(config.answers.as_ref());
    calls(&config.calls);
    care(&config.care);
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
        if account.auth_token_secondary.is_some() {
            print("auth_token_secondary = \"(redacted)\"");
        }
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

/// Who answers keywords, and what the relay would say.
fn compliance(answers: Option<&Answers>) {
    print("[relay.compliance]");
    let Some(answers) = answers else {
        print("reply_to_stop = \"twilio\"");
        return;
    };
    print("reply_to_stop = \"relay\"");
    print(&format!("stop_text = {}", quoted(&answers.stop)));
    print(&format!("start_text = {}", quoted(&answers.start)));
    print(&format!("help_text = {}", quoted(&answers.help)));
}

fn calls(plan: &CallPlan) {
    print("[relay.calls]");
    if let Some(number) = &plan.forward_to {
        print(&format!("forward_to = \"{}\"", number.as_str()));
    }
    print(&format!("greeting = {}", quoted(&plan.greeting)));
}

fn care(care: &Care) {
    if let Some(backup) = &care.backup {
        print("[relay.backup]");
        print(&format!("folder = {:?}", backup.folder));
        match backup.when {
            When::Daily(at) => print(&format!("at = \"{}\"", at.strftime("%H:%M"))),
            When::Every(ms) => print(&format!("every = \"{}\"", span(ms))),
        }
        print(&format!("keep_daily = {}", backup.keep.daily));
        print(&format!("keep_weekly = {}", backup.keep.weekly));
        print(&format!("keep_monthly = {}", backup.keep.monthly));
    }
    if let Some(ms) = care.older_than_ms {
        print("[relay.retention]");
        print(&format!("older_than = \"{}\"", span(ms)));
    }
}

/// A time as the file has it, in the largest unit that tells all of it.
fn span(ms: i64) -> String {
    let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)];
    let unit = units.into_iter().find(|(_, of)| ms > 0 && ms % of == 0);
    let (name, of) = unit.unwrap_or(("s", 1_000));
    format!("{}{name}", ms / of)
}

/// A text as TOML has it, which is as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn insight(insights: &Insights) {
    print("[relay.insight]");
    print(&format!("adapter = \"{}\"", insights.adapter.as_str()));
    print(&format!("max_age = \"{}\"", span(insights.max_age_ms)));
    if let Adapter::Endpoint(endpoint) = &insights.adapter {
        print(&format!("url = {:?}", endpoint.url));
        print(&format!("model = {:?}", endpoint.model));
        if endpoint.api_key.is_some() {
            print("api_key = \"(redacted)\"");
        }
        print(&format!("timeout_ms = {}", endpoint.timeout.as_millis()));
        print(&format!("limit_field = \"{}\"", endpoint.limit_field));
        print(&format!("price_in = \"{}\"", endpoint.price_in));
        print(&format!("price_out = \"{}\"", endpoint.price_out));
        if let Some(about) = &endpoint.about {
            print(&format!("about = {}", quoted(about)));
        }
        print(&format!("reply_confidence = {}", endpoint.reply_confidence));
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
