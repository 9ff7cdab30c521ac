//! What the account holds: the account itself, its numbers, messaging services, applications and
//! alerts; and the addresses that they have asked, which can be set.
//!
//! Setting the same addresses again changes nothing, so that whoever calls may repeat it.

use super::list::LookError;
use super::{TwilioClient, header};
use crate::twilio::holdings::{
    self, AccountFacts, Alert, Application, HoldingsPage, Hook, Hooks, OwnNumber, Service,
};
use crate::twilio::sid::{ApplicationSid, NumberSid, ServiceSid};
use reqwest::Url;
use reqwest::header::DATE;
use serde_json::Value;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// Things on a page of a list. Twilio gives up to 1,000.
const PAGE_ITEMS: &str = "200";

/// The most pages of a list that are read: 10,000 numbers. What stands behind them is left out, and
/// the log says so.
const PAGES_MAX: usize = 50;

/// Largest page that is read, in bytes: a number takes about 2 KB.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Largest answer about a single thing, in bytes.
const ONE_BYTES_MAX: usize = 256 * 1024;

/// Where Twilio's products are, besides the API of 2010. A simulator has all of them in one place.
const MESSAGING: &str = "messaging";
const MONITOR: &str = "monitor";

/// The account, and what Twilio's clock said when it told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedAccount {
    /// The account.
    pub facts: AccountFacts,
    /// Twilio's time, in whole seconds; none if it did not say.
    pub date: Option<Timestamp>,
}

impl TwilioClient {
    /// The account itself. Wants the account's own token: keys may not ask for it.
    ///
    /// # Errors
    /// Twilio does not let us in, or gives nothing that can be read.
    pub async fn fetch_account(&self) -> Result<FetchedAccount, LookError> {
        let url = self.own_url("")?;
        let answer = self.ask(self.http.get(url), ONE_BYTES_MAX).await?;
        let date = header(&answer.headers, DATE.as_str());
        Ok(FetchedAccount {
            facts: holdings::account(&answer.body)?,
            date: date.as_deref().and_then(http_date),
        })
    }

    /// Every number of the account.
    ///
    /// # Errors
    /// Twilio gives none, or none that can be read.
    pub async fn numbers(&self) -> Result<Vec<OwnNumber>, LookError> {
        let url = self.own_url("/IncomingPhoneNumbers")?;
        self.all(url, "incoming_phone_numbers", holdings::number)
            .await
    }

    /// The number of the account that is `address`, if it is one.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub async fn number_of(&self, address: &Address) -> Result<Option<OwnNumber>, LookError> {
        let mut url = self.own_url("/IncomingPhoneNumbers")?;
        url.query_pairs_mut()
            .append_pair("PhoneNumber", address.as_str());
        let found = self.all(url, "incoming_phone_numbers", holdings::number);
        // The filter finds parts of numbers, too.
        let mut found = found.await?.into_iter();
        Ok(found.find(|number| number.number == *address))
    }

    /// One number.
    ///
    /// # Errors
    /// There is none, or none that can be read.
    pub async fn number(&self, sid: &NumberSid) -> Result<OwnNumber, LookError> {
        let url = self.own_url(&format!("/IncomingPhoneNumbers/{sid}"))?;
        Ok(holdings::one_number(&self.look(url, ONE_BYTES_MAX).await?)?)
    }

    /// Sets what a number has asked; it has no address for statuses. Gives the number as it is then.
    ///
    /// # Errors
    /// Twilio does not do it, or gives nothing that can be read.
    pub async fn set_number(&self, sid: &NumberSid, hooks: &Hooks) -> Result<OwnNumber, LookError> {
        let url = self.own_url(&format!("/IncomingPhoneNumbers/{sid}"))?;
        let form = form(
            hooks,
            ["SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"],
            None,
        );
        Ok(holdings::one_number(&self.post(url, &form).await?)?)
    }

    /// Every messaging service of the account.
    ///
    /// # Errors
    /// Twilio gives none, or none that can be read.
    pub async fn services(&self) -> Result<Vec<Service>, LookError> {
        let url = self.product_url(MESSAGING, "/v1/Services")?;
        self.all(url, "services", holdings::service).await
    }

    /// One messaging service.
    ///
    /// # Errors
    /// There is none, or none that can be read.
    pub async fn service(&self, sid: &ServiceSid) -> Result<Service, LookError> {
        let url = self.product_url(MESSAGING, &format!("/v1/Services/{sid}"))?;
        Ok(holdings::one_service(
            &self.look(url, ONE_BYTES_MAX).await?,
        )?)
    }

    /// The numbers that a messaging service has.
    ///
    /// # Errors
    /// As [`Self::service`].
    pub async fn service_numbers(&self, sid: &ServiceSid) -> Result<Vec<NumberSid>, LookError> {
        let url = self.product_url(MESSAGING, &format!("/v1/Services/{sid}/PhoneNumbers"))?;
        self.all(url, "phone_numbers", holdings::pooled_number)
            .await
    }

    /// Sets what a messaging service has asked. Gives the service as it is then.
    ///
    /// # Errors
    /// Twilio does not do it, or gives nothing that can be read.
    pub async fn set_service(&self, sid: &ServiceSid, hooks: &Hooks) -> Result<Service, LookError> {
        let url = self.product_url(MESSAGING, &format!("/v1/Services/{sid}"))?;
        let names = [
            "InboundRequestUrl",
            "InboundMethod",
            "FallbackUrl",
            "FallbackMethod",
        ];
        let form = form(hooks, names, Some("StatusCallback"));
        Ok(holdings::one_service(&self.post(url, &form).await?)?)
    }

    /// One application.
    ///
    /// # Errors
    /// There is none, or none that can be read.
    pub async fn application(&self, sid: &ApplicationSid) -> Result<Application, LookError> {
        let url = self.own_url(&format!("/Applications/{sid}"))?;
        let body = self.look(url, ONE_BYTES_MAX).await?;
        Ok(holdings::one_application(&body)?)
    }

    /// Sets what an application has asked. Gives the application as it is then.
    ///
    /// # Errors
    /// Twilio does not do it, or gives nothing that can be read.
    pub async fn set_application(
        &self,
        sid: &ApplicationSid,
        hooks: &Hooks,
    ) -> Result<Application, LookError> {
        let url = self.own_url(&format!("/Applications/{sid}"))?;
        let names = ["SmsUrl", "SmsMethod", "SmsFallbackUrl", "SmsFallbackMethod"];
        let form = form(hooks, names, Some("MessageStatusCallback"));
        Ok(holdings::one_application(&self.post(url, &form).await?)?)
    }

    /// What Twilio noted since then, the newest first: one page, at most 200.
    ///
    /// # Errors
    /// Twilio gives none, or none that can be read.
    pub async fn alerts(&self, since: Timestamp) -> Result<Vec<Alert>, LookError> {
        let mut url = self.product_url(MONITOR, "/v1/Alerts")?;
        let from = since.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        url.query_pairs_mut().append_pair("StartDate", &from);
        Ok(self.page_at(url, "alerts", &holdings::alert).await?.items)
    }

    async fn all<T>(
        &self,
        url: Url,
        key: &str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>, LookError> {
        let mut page = self.page_at(url, key, &read).await?;
        let mut items = page.items;
        for _ in 1..PAGES_MAX {
            let Some(next) = &page.next else {
                return Ok(items);
            };
            let url = Url::parse(next.as_str()).map_err(|_| LookError::Unreadable)?;
            page = self.page_at(url, key, &read).await?;
            items.append(&mut page.items);
        }
        if page.next.is_some() {
            tracing::warn!(key, "a list of Twilio's is too long and was cut off");
        }
        Ok(items)
    }

    async fn page_at<T>(
        &self,
        mut url: Url,
        key: &str,
        read: &impl Fn(&Value) -> Option<T>,
    ) -> Result<HoldingsPage<T>, LookError> {
        if !url.query_pairs().any(|(name, _)| name == "PageSize") {
            url.query_pairs_mut().append_pair("PageSize", PAGE_ITEMS);
        }
        let body = self.look(url.clone(), PAGE_BYTES_MAX).await?;
        url.set_query(None);
        Ok(holdings::page(&body, url.as_str(), key, read)?)
    }

    async fn post(&self, url: Url, form: &[(&str, String)]) -> Result<Vec<u8>, LookError> {
        let request = self.http.post(url).form(form);
        Ok(self.ask(request, ONE_BYTES_MAX).await?.body)
    }

    /// An address below the account's own, or the account's where `rest` is empty.
    fn own_url(&self, rest: &str) -> Result<Url, LookError> {
        let (base, account) = (&self.base, &self.account);
        Url::parse(&format!("{base}/2010-04-01/Accounts/{account}{rest}.json"))
            .map_err(|_| LookError::Missing)
    }

    fn product_url(&self, product: &str, path: &str) -> Result<Url, LookError> {
        let base = product_base(&self.base, product);
        Url::parse(&format!("{base}{path}")).map_err(|_| LookError::Missing)
    }
}

/// Where a product of Twilio's is: `https://messaging.twilio.com` beside `https://api.twilio.com`,
/// regions and edges included. Whatever is not Twilio's has all products in one place.
fn product_base(base: &str, product: &str) -> String {
    match base.strip_prefix("https://api.") {
        Some(rest) if rest == "twilio.com" || rest.ends_with(".twilio.com") => {
            format!("https://{product}.{rest}")
        }
        _ => base.to_owned(),
    }
}

/// The fields of a change, by the names that the thing has for them.
fn form(
    hooks: &Hooks,
    [url, method, fallback_url, fallback_method]: [&'static str; 4],
    status: Option<&'static str>,
) -> Vec<(&'static str, String)> {
    let of = |hook: &Option<Hook>, url, method| {
        let pairs = hook.as_ref().map(|hook| {
            [
                (url, hook.url.clone()),
                (method, hook.method.as_str().to_owned()),
            ]
        });
        pairs.into_iter().flatten()
    };
    let mut form: Vec<_> = of(&hooks.inbound, url, method).collect();
    form.extend(of(&hooks.fallback, fallback_url, fallback_method));
    form.extend(status.zip(hooks.status.clone()));
    form
}

/// `Sun, 22 Nov 2026 04:31:25 GMT`
fn http_date(text: &str) -> Option<Timestamp> {
    let time = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_millis(time.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twilios_products_have_hosts_of_their_own_and_a_simulator_has_not() {
        for (base, expected) in [
            ("https://api.twilio.com", "https://messaging.twilio.com"),
            (
                "https://api.dublin.ie1.twilio.com",
                "https://messaging.dublin.ie1.twilio.com",
            ),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.eviltwilio.com", "https://api.eviltwilio.com"),
        ] {
            assert_eq!(product_base(base, MESSAGING), expected);
        }
    }

    #[test]
    fn the_date_of_an_answer_is_read() {
        let date = http_date("Sat, 21 Nov 2026 09:16:00 GMT").unwrap();
        assert_eq!(date.as_millis(), 1_795_252_560_000);
    }
}
