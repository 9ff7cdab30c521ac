//! What an account holds, as Twilio's API tells it: numbers, messaging services, applications, the
//! addresses that each of them has asked, and what went wrong when they were. Pure.
//!
//! Sources: twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
//! docs/messaging/api/service-resource, docs/usage/api/applications,
//! docs/usage/monitor-alert, docs/iam/api/account. Never logs what it reads.

mod alert;
mod page;
#[cfg(test)]
mod tests;

pub use self::alert::{Alert, alert};
pub use self::page::{HoldingsPage, Place, page};

use super::listed::Unreadable;
use super::sid::{AccountSid, ApplicationSid, NumberSid, ServiceSid};
use serde_json::Value;
use smsdesk_common::phone::Address;

/// How an address is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Everything in the query.
    Get,
    /// Everything in the form: what the relay takes.
    #[default]
    Post,
}

impl Method {
    /// `GET` or `POST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }

    /// The method of this name; Twilio's own default where there is none.
    #[must_use]
    pub fn named(name: &str) -> Self {
        if name.eq_ignore_ascii_case("GET") {
            Self::Get
        } else {
            Self::Post
        }
    }
}

/// An address that Twilio asks, and how. Remote text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hook {
    /// With its fragment; empty where none is set.
    pub url: String,
    /// How it is asked.
    pub method: Method,
}

impl Hook {
    /// An address that forms are posted to.
    #[must_use]
    pub fn posting_to(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: Method::Post,
        }
    }

    /// Whether there is an address.
    #[must_use]
    pub const fn is_set(&self) -> bool {
        !self.url.is_empty()
    }
}

/// What is to be set; what is none stays as it is. An empty address takes it away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Asked for every text that comes in.
    pub inbound: Option<Hook>,
    /// Asked when that fails.
    pub fallback: Option<Hook>,
    /// Told what becomes of texts that name no address of their own. Numbers have none.
    pub status: Option<String>,
}

/// How an account stands with Twilio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It may be used.
    Active,
    /// Twilio has suspended it, for want of money as a rule.
    Suspended,
    /// It is closed.
    Closed,
    /// A word that is new.
    Unknown,
}

/// The account itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFacts {
    /// Which.
    pub sid: AccountSid,
    /// What its owner calls it. Remote text.
    pub name: String,
    /// Whether it may be used.
    pub standing: Standing,
    /// Whether it is for trial: it texts verified numbers only.
    pub is_trial: bool,
    /// The account above it; none for one that has none.
    pub parent: Option<AccountSid>,
}

/// A number of the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnNumber {
    /// Twilio's id of it.
    pub sid: NumberSid,
    /// The number.
    pub number: Address,
    /// What its owner calls it. Remote text.
    pub name: String,
    /// Whether it can text at all.
    pub can_text: bool,
    /// Asked for every text, unless an application or a messaging service says otherwise.
    pub inbound: Hook,
    /// Asked when that fails.
    pub fallback: Hook,
    /// The application whose addresses are asked instead.
    pub application: Option<ApplicationSid>,
}

/// A messaging service: numbers that share their settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Twilio's id of it.
    pub sid: ServiceSid,
    /// What its owner calls it. Remote text.
    pub name: String,
    /// Asked for every text to its numbers. Without an address the text goes nowhere, unless
    /// `defers`.
    pub inbound: Hook,
    /// Asked when that fails.
    pub fallback: Hook,
    /// Told what becomes of texts that name no address of their own.
    pub status: String,
    /// Whether each number's own addresses are asked.
    pub defers: bool,
}

/// An application: addresses that several numbers share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// Twilio's id of it.
    pub sid: ApplicationSid,
    /// What its owner calls it. Remote text.
    pub name: String,
    /// Asked for every text.
    pub inbound: Hook,
    /// Asked when that fails.
    pub fallback: Hook,
    /// Told what becomes of texts that were sent by it.
    pub status: String,
}

/// Reads the account.
///
/// # Errors
/// It is none.
pub fn account(body: &[u8]) -> Result<AccountFacts, Unreadable> {
    let account: Value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let sid: AccountSid = sid_of(&account["sid"]).ok_or(Unreadable)?;
    let parent = sid_of(&account["owner_account_sid"]).filter(|parent| *parent != sid);
    Ok(AccountFacts {
        sid,
        name: text(&account["friendly_name"]),
        standing: match account["status"].as_str() {
            Some("active") => Standing::Active,
            Some("suspended") => Standing::Suspended,
            Some("closed") => Standing::Closed,
            _ => Standing::Unknown,
        },
        is_trial: account["type"].as_str() == Some("Trial"),
        parent,
    })
}

/// Reads one number.
///
/// # Errors
/// It is none.
pub fn one_number(body: &[u8]) -> Result<OwnNumber, Unreadable> {
    one(body, number)
}

/// Reads one messaging service.
///
/// # Errors
/// It is none.
pub fn one_service(body: &[u8]) -> Result<Service, Unreadable> {
    one(body, service)
}

/// Reads one application.
///
/// # Errors
/// It is none.
pub fn one_application(body: &[u8]) -> Result<Application, Unreadable> {
    one(body, application)
}

fn one<T>(body: &[u8], read: impl Fn(&Value) -> Option<T>) -> Result<T, Unreadable> {
    let value = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    read(&value).ok_or(Unreadable)
}

/// A number, from its JSON.
pub fn number(number: &Value) -> Option<OwnNumber> {
    Some(OwnNumber {
        sid: sid_of(&number["sid"])?,
        number: Address::from_twilio(number["phone_number"].as_str()?).ok()?,
        name: text(&number["friendly_name"]),
        // One that does not say so is given the benefit of the doubt.
        can_text: capability(&number["capabilities"], "sms"),
        inbound: hook(number, "sms_url", "sms_method"),
        fallback: hook(number, "sms_fallback_url", "sms_fallback_method"),
        application: sid_of(&number["sms_application_sid"]),
    })
}

fn capability(capabilities: &Value, name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let told = capabilities.get(name).or_else(|| capabilities.get(&upper));
    told.and_then(Value::as_bool).unwrap_or(true)
}

/// A messaging service, from its JSON.
pub fn service(service: &Value) -> Option<Service> {
    Some(Service {
        sid: sid_of(&service["sid"])?,
        name: text(&service["friendly_name"]),
        inbound: hook(service, "inbound_request_url", "inbound_method"),
        fallback: hook(service, "fallback_url", "fallback_method"),
        status: text(&service["status_callback"]),
        defers: service["use_inbound_webhook_on_number"].as_bool() == Some(true),
    })
}

/// An application, from its JSON.
pub fn application(application: &Value) -> Option<Application> {
    Some(Application {
        sid: sid_of(&application["sid"])?,
        name: text(&application["friendly_name"]),
        inbound: hook(application, "sms_url", "sms_method"),
        fallback: hook(application, "sms_fallback_url", "sms_fallback_method"),
        status: text(&application["message_status_callback"]),
    })
}

/// The number that a sender of a messaging service is.
pub fn pooled_number(sender: &Value) -> Option<NumberSid> {
    sid_of(&sender["sid"])
}

fn hook(of: &Value, url: &str, method: &str) -> Hook {
    Hook {
        url: text(&of[url]),
        method: Method::named(of[method].as_str().unwrap_or_default()),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn sid_of<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}
