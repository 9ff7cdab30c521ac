//! What comes over the network.

use super::{sign, size};
use serde::Serialize;
use serde::de::DeserializeOwned;
use smsdesk_common::api::Problem;
use smsdesk_common::feed::{Batch, Change};
use smsdesk_common::stream::{ClientFrame, RelayFrame};
use smsdesk_relay::twilio::form::{Form, FormError, InboundMessage, StatusCallback};
use smsdesk_relay::twilio::listed;
use smsdesk_relay::twilio::public_url::PublicUrl;
use smsdesk_relay::twilio::signature::{self, Algorithm, Content, Settings, Signed, SigningKey};
use std::fmt::Debug;

pub(super) const WEBHOOK_WORDS: &[&str] = &[
    "&Body=",
    "&From=",
    "&To=",
    "&NumMedia=",
    "&MediaUrl0=",
    "&ErrorCode=",
    "&MessageStatus=",
    "delivered",
    "%2B",
    "%E2%80%AE",
    "whatsapp%3A",
];
pub(super) const FRAME_WORDS: &[&str] = &[
    "{\"type\":\"hello\"",
    "\"type\":",
    "\"kind\":",
    "\"seq\":",
    "\"deleted\":true",
    "\"entry\"",
    "\"conversation\"",
    "\"epoch\":",
    "[]",
    "{}",
];

pub(super) fn webhook(input: &[u8]) -> u64 {
    let form = match Form::parse(input) {
        Ok(form) => form,
        // Where it stands is nothing new.
        Err(FormError::NotUtf8 { .. }) => return sign(&[&"no UTF-8"]),
        Err(error) => return sign(&[&error]),
    };
    let written = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form.pairs())
        .finish();
    let again = Form::parse(written.as_bytes()).expect("what was written is a form");
    assert!(again.pairs() == form.pairs(), "a form reads back");
    let message = InboundMessage::from_form(&form);
    if let Ok(message) = &message {
        assert!(message.media.len() <= 10, "more attachments than there are");
    }
    let report = StatusCallback::from_form(&form);
    let delivery = report.as_ref().ok().map(|it| {
        assert_eq!(it.dedupe_key().len(), 64);
        it.delivery().map(|it| it.status)
    });
    let message = message.map(|it| (it.media.len(), it.opt_out, it.segments.is_some()));
    let kinds = (message.as_ref().err(), report.as_ref().err());
    let counts = (size(form.pairs().len()), message.map(|it| size(it.0)));
    sign(&[&kinds, &counts, &delivery])
}

/// The header, the address and the form stand behind each other, parted by a zero byte.
pub(super) fn signature(input: &[u8]) -> u64 {
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (header, url) = (text(), text());
    let body = parts.next().unwrap_or_default();
    let settings = Settings::parse(&header).map(|it| (it.key.is_some(), it.algorithm));
    let public = PublicUrl::parse(&url).map(|it| {
        let joined = it.join("/webhooks/twilio/message");
        assert!(joined.ends_with("/webhooks/twilio/message"), "{joined}");
        it.prefix().is_empty()
    });
    for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha256] {
        let key = SigningKey::shared("a secret that nobody guesses".into(), algorithm);
        let nothing = SigningKey::shared("".into(), algorithm);
        let Ok(form) = Form::parse(body) else { break };
        let signed = || Signed {
            url: &url,
            content: Content::pairs(form.pairs()),
        };
        assert!(!signature::verify(&key, signed(), &header), "forged");
        let ours = signature::sign(&nothing, &url, form.pairs());
        let passed = signature::verify(&nothing, signed(), &ours);
        assert!(!passed, "a key that is not there signs nothing");
        let ours = signature::sign(&key, &url, form.pairs());
        let json = Signed {
            url: &url,
            content: Content::Json(body),
        };
        assert!(!signature::verify(&key, json, &header), "forged");
        if public.is_ok() {
            assert!(signature::verify(&key, signed(), &ours), "our own: {url}");
        }
    }
    sign(&[&settings, &public, &size(body.len())])
}

fn reads_back<T: DeserializeOwned + Serialize + PartialEq + Debug>(input: &[u8]) -> String {
    match serde_json::from_slice::<T>(input) {
        Err(error) => format!("{error}"),
        Ok(value) => {
            let written = serde_json::to_vec(&value).expect("it has a form as JSON");
            let again: T = serde_json::from_slice(&written).expect("what was written reads");
            assert_eq!(again, value, "it reads back");
            size(written.len())
        }
    }
}

pub(super) fn frames(input: &[u8]) -> u64 {
    let client = reads_back::<ClientFrame>(input);
    let relay = reads_back::<RelayFrame>(input);
    let batch = reads_back::<Batch>(input);
    let change = reads_back::<Change>(input);
    let problem = reads_back::<Problem>(input);
    sign(&[&client, &relay, &batch, &change, &problem])
}

pub(super) fn provider(input: &[u8]) -> u64 {
    let base = "https://api.twilio.com";
    let path = "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json";
    let page = listed::page(input, base, path).map(|page| size(format!("{page:?}").len()));
    let message = listed::message(input);
    if let Ok(message) = &message {
        let inbound = message.as_inbound();
        assert!(inbound.is_none_or(|it| it.sid == message.sid));
    }
    let message = message.map(|it| (it.direction, it.delivery.map(|it| it.status)));
    let media = listed::media(input, base).map(|it| size(it.len()));
    sign(&[&page, &message, &media])
}
