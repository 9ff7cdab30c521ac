//! A webhook's URL taken apart: what is requested, what is signed, what is an instruction.

use super::Notice;
use super::overrides::Overrides;
use crate::twilio::simulator::number::Method;

/// Where and how a notice goes.
pub(super) struct Target {
    pub(super) method: Method,
    pub(super) overrides: Overrides,
    /// What is requested; credentials in it become Basic authentication.
    pub(super) request_url: String,
    /// What is signed: the URL as it was configured, without fragment and credentials, plus the
    /// parameters of a GET.
    pub(super) signed_url: String,
    pub(super) params: Vec<(String, String)>,
    /// The form; empty for GET.
    pub(super) body: String,
}

impl Target {
    pub(super) fn of(notice: &Notice) -> Self {
        let (url, fragment) = notice
            .hook
            .url
            .split_once('#')
            .unwrap_or((&notice.hook.url, ""));
        let method = notice.hook.method;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&notice.params)
            .finish();
        let (request_url, body) = match method {
            Method::Post => (url.to_owned(), form),
            Method::Get => (with_query(url, &form), String::new()),
        };
        Self {
            method,
            overrides: Overrides::parse(fragment),
            signed_url: without_credentials(&request_url),
            request_url,
            params: notice.params.clone(),
            body,
        }
    }

    /// The parameters that the signature covers besides the URL.
    pub(super) fn signed_params(&self) -> &[(String, String)] {
        match self.method {
            Method::Post => &self.params,
            Method::Get => &[],
        }
    }
}

fn with_query(url: &str, query: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{query}")
}

/// Drops `user:password@`, which Twilio sends as a header and does not sign.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twilio::simulator::delivery::Purpose;
    use crate::twilio::simulator::message::Sid;
    use crate::twilio::simulator::number::Hook;

    fn target(method: Method, url: &str) -> Target {
        Target::of(&Notice {
            purpose: Purpose::Message,
            hook: Hook {
                url: url.to_owned(),
                method,
            },
            message_sid: Sid::new("SM1".to_owned()),
            params: vec![("Body".to_owned(), "a b".to_owned())],
        })
    }

    #[test]
    fn the_fragment_is_an_instruction_and_neither_signed_nor_sent() {
        let target = target(Method::Post, "https://x.test/sms?line=1#rc=3");
        assert_eq!(target.signed_url, "https://x.test/sms?line=1");
        assert_eq!(target.request_url, target.signed_url);
        assert_eq!(target.overrides.retries, 3);
    }

    #[test]
    fn credentials_are_sent_and_not_signed() {
        let target = target(Method::Post, "https://me:p@ss@x.test:8443/sms?to=a@b");
        assert_eq!(target.signed_url, "https://x.test:8443/sms?to=a@b");
        assert!(target.request_url.contains("me:p@ss@"));
    }

    #[test]
    fn a_get_carries_its_parameters_in_the_signed_url() {
        let target = target(Method::Get, "http://x.test/sms?line=1");
        assert_eq!(target.signed_url, "http://x.test/sms?line=1&Body=a+b");
        assert!(target.signed_params().is_empty());
        assert!(target.body.is_empty());
    }
}
