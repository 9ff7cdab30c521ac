//! What setup asks of Twilio and tells it, and what its refusals mean in words.

use super::plan::{At, Found, Place};
use crate::twilio::client::{Auth, LookError, TwilioClient};
use crate::twilio::holdings::{Hook, Hooks};
use crate::twilio::sid::AccountSid;
use anyhow::Context as _;
use secrecy::SecretString;
use smsdesk_common::safe_text::SafeText;

/// Twilio's code for an account and a token that do not belong together.
const NOT_AUTHENTICATED: u32 = 20003;

/// A client that shows the account's own token.
///
/// # Errors
/// The address is none, or TLS cannot be set up.
pub fn client(
    base: &str,
    account: &AccountSid,
    token: &SecretString,
) -> anyhow::Result<TwilioClient> {
    let client = TwilioClient::new(base, account, Auth::Token(token.clone()));
    client.context("the client for Twilio's API cannot be made")
}

/// What the account has.
///
/// # Errors
/// Twilio gives nothing that can be read.
pub async fn survey(client: &TwilioClient) -> anyhow::Result<Found> {
    let told = |error| told("the account's numbers and services", &error);
    let numbers = client.numbers().await.map_err(told)?;
    let mut found = Found {
        numbers,
        ..Found::default()
    };
    for service in client.services().await.map_err(told)? {
        let pool = client.service_numbers(&service.sid).await.map_err(told)?;
        found.services.push((service, pool));
    }
    for number in &found.numbers {
        let Some(sid) = &number.application else {
            continue;
        };
        if found.applications.iter().all(|known| known.sid != *sid) {
            found
                .applications
                .push(client.application(sid).await.map_err(told)?);
        }
    }
    Ok(found)
}

/// A place as it stands now, with no lines; none where it is gone. `sid` says of which kind it is.
///
/// # Errors
/// Twilio gives nothing that can be read.
pub async fn place(client: &TwilioClient, sid: &str) -> Result<Option<Place>, LookError> {
    let place = |at, name, inbound: Hook, fallback: Hook, status| Place {
        at,
        name,
        lines: Vec::new(),
        others: 0,
        inbound,
        fallback,
        status,
    };
    let found = if let Ok(sid) = sid.parse() {
        let number = client.number(&sid).await;
        number.map(|it| {
            let name = it.number.as_str().to_owned();
            place(At::Number(sid), name, it.inbound, it.fallback, None)
        })
    } else if let Ok(sid) = sid.parse() {
        let service = client.service(&sid).await;
        service.map(|it| {
            place(
                At::Service(sid),
                it.name,
                it.inbound,
                it.fallback,
                Some(it.status),
            )
        })
    } else if let Ok(sid) = sid.parse() {
        let application = client.application(&sid).await;
        application.map(|it| {
            place(
                At::Application(sid),
                it.name,
                it.inbound,
                it.fallback,
                Some(it.status),
            )
        })
    } else {
        return Ok(None);
    };
    match found {
        Ok(place) => Ok(Some(place)),
        Err(LookError::Missing) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sets what a place has asked.
///
/// # Errors
/// Twilio does not do it.
pub async fn set(client: &TwilioClient, at: &At, hooks: &Hooks) -> Result<(), LookError> {
    match at {
        At::Number(sid) => client.set_number(sid, hooks).await.map(drop),
        At::Service(sid) => client.set_service(sid, hooks).await.map(drop),
        At::Application(sid) => client.set_application(sid, hooks).await.map(drop),
    }
}

/// Twilio's refusal, in words that say what to do.
#[must_use]
pub fn words(error: &LookError) -> String {
    match error {
        LookError::Refused { error } if error.code == NOT_AUTHENTICATED => {
            "Twilio does not know this account with this token (20003): copy Account SID and Auth \
             Token from the console's first page; a test credential, a key's secret or the \
             secondary token will not do"
                .to_owned()
        }
        LookError::Refused { error } => {
            let text = SafeText::line(&error.text);
            format!("Twilio refuses it with {}: {text}", error.code)
        }
        LookError::Later { .. } => {
            "Twilio cannot be reached: look at this machine's way to the network, then run it \
             again"
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// An error about something.
pub fn told(what: &str, error: &LookError) -> anyhow::Error {
    anyhow::anyhow!("{what}: {}", words(error))
}
