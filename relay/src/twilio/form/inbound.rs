//! A text from a customer, read from its webhook's form.
//!
//! Source: twilio.com/docs/messaging/guides/webhook-request. Twilio adds parameters without notice;
//! those not read here are ignored. Only what a message cannot be without is required.

use super::{Form, FormError};
use crate::twilio::sid::{AccountSid, MessageSid};
use smsdesk_common::contact::Place;
use smsdesk_common::media::Media;
use smsdesk_common::optout::OptOutSignal;
use smsdesk_common::phone::Address;
use smsdesk_common::time::Timestamp;

/// Most attachments of one message: Twilio numbers them from 0 to 9.
pub const MEDIA_MAX: u32 = 10;

/// What an attachment is whose type was not told (RFC 2046, section 4.5.1).
const UNKNOWN_CONTENT_TYPE: &str = "application/octet-stream";

/// What an address looks like.
const ADDRESS_EXPECTED: &str = "a phone number, a short code or a sender's name";

/// A text from a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboundMessage {
    /// The account that received it.
    pub account: AccountSid,
    /// Twilio's id of it: the same on every repetition of the webhook.
    pub sid: MessageSid,
    /// Who wrote it.
    pub from: Address,
    /// The line that it came to.
    pub to: Address,
    /// The messaging service (`MG…`) that the line belongs to; it may be a line itself.
    pub service: Option<Address>,
    /// The words exactly as sent; empty where there are only attachments. Remote text.
    pub body: String,
    /// Attachments in order, as many as there are, whatever number was announced.
    pub media: Vec<Media>,
    /// How many SMS segments it came in.
    pub segments: Option<u32>,
    /// The opt-out keyword that Twilio recognised and has answered itself.
    pub opt_out: Option<OptOutSignal>,
    /// Where the sender's number is registered.
    pub place: Place,
    /// What the sender calls themselves in their messenger. Remote text.
    pub profile_name: Option<String>,
    /// When the provider took it, where that was told: lists do, webhooks do not.
    pub at: Option<Timestamp>,
}

impl InboundMessage {
    /// Reads a message's form.
    ///
    /// # Errors
    /// Account, id, sender or receiver is missing or malformed.
    pub fn from_form(form: &Form) -> Result<Self, FormError> {
        Ok(Self {
            account: form.account()?,
            sid: form.message()?,
            from: address(form, "From")?,
            to: address(form, "To")?,
            service: form
                .filled("MessagingServiceSid")
                .and_then(|sid| Address::from_twilio(sid).ok()),
            body: form.get("Body").unwrap_or_default().to_owned(),
            media: (0..MEDIA_MAX)
                .filter_map(|index| media(form, index))
                .collect(),
            segments: form
                .filled("NumSegments")
                .and_then(|count| count.parse().ok()),
            opt_out: form.filled("OptOutType").and_then(opt_out),
            place: place(form),
            profile_name: form.filled("ProfileName").map(str::to_owned),
            at: None,
        })
    }
}

/// What Twilio made of a keyword. It tells that only where Advanced Opt-Out is on
/// (docs/messaging/tutorials/advanced-opt-out).
fn opt_out(word: &str) -> Option<OptOutSignal> {
    [
        ("STOP", OptOutSignal::Stop),
        ("START", OptOutSignal::Start),
        ("HELP", OptOutSignal::Help),
    ]
    .into_iter()
    .find_map(|(name, kind)| word.eq_ignore_ascii_case(name).then_some(kind))
}

fn address(form: &Form, name: &'static str) -> Result<Address, FormError> {
    form.required_with(name, ADDRESS_EXPECTED, |text| {
        Address::from_twilio(text).ok()
    })
}

fn media(form: &Form, index: u32) -> Option<Media> {
    let url = form.filled(&format!("MediaUrl{index}"))?.to_owned();
    let content_type = form.filled(&format!("MediaContentType{index}"));
    let content_type = content_type.unwrap_or(UNKNOWN_CONTENT_TYPE).to_owned();
    Some(Media {
        index,
        content_type,
        url,
    })
}

fn place(form: &Form) -> Place {
    let part = |name| form.filled(name).map(str::to_owned);
    Place {
        city: part("FromCity"),
        state: part("FromState"),
        zip: part("FromZip"),
        country: part("FromCountry"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRED: [(&str, &str); 4] = [
        ("AccountSid", "ACa427108daaab20cab6f54e74eb2caa7a"),
        ("MessageSid", "SMf352914b97e26cb27a7b73da5a04434d"),
        ("From", "+14155550123"),
        ("To", "+18005551212"),
    ];

    fn read(pairs: &[(&str, &str)]) -> Result<InboundMessage, FormError> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        InboundMessage::from_form(&Form::parse(body.as_bytes()).unwrap())
    }

    fn with(more: &[(&str, &str)]) -> InboundMessage {
        read(&[&REQUIRED[..], more].concat()).unwrap()
    }

    #[test]
    fn a_usual_text_is_read_in_full() {
        let message = with(&[
            ("Body", "Grüße 😀"),
            ("NumMedia", "0"),
            ("NumSegments", "2"),
            ("MessagingServiceSid", "MG00000000000000000000000000000001"),
            ("FromCity", "SAN JOSÉ"),
            ("FromState", ""),
            ("FromZip", "94949"),
            ("FromCountry", "US"),
            ("ToCity", "SAUSALITO"),
            ("ApiVersion", "2010-04-01"),
            ("SomethingNew", "x"),
        ]);
        assert_eq!(
            message.account.as_str(),
            "ACa427108daaab20cab6f54e74eb2caa7a"
        );
        assert_eq!(message.sid.as_str(), "SMf352914b97e26cb27a7b73da5a04434d");
        assert_eq!(message.from.as_str(), "+14155550123");
        assert_eq!(message.to.as_str(), "+18005551212");
        assert_eq!(
            message.service.unwrap().as_str(),
            "MG00000000000000000000000000000001"
        );
        assert_eq!(message.body, "Grüße 😀");
        assert_eq!(message.media, []);
        assert_eq!(message.segments, Some(2));
        assert_eq!(message.opt_out, None);
        assert_eq!(message.place.city.as_deref(), Some("SAN JOSÉ"));
        assert_eq!(message.place.state, None);
        assert_eq!(message.place.zip.as_deref(), Some("94949"));
        assert_eq!(message.place.country.as_deref(), Some("US"));
        assert_eq!(message.profile_name, None);
    }

    #[test]
    fn hostile_words_stay_exactly_as_sent() {
        let body = "  \u{1b}]52;c;aGk=\u{7}\0\u{202e}\r\n\t ";
        assert_eq!(with(&[("Body", body)]).body, body);
        assert_eq!(with(&[("Body", "one"), ("Body", "two")]).body, "one");
        assert_eq!(with(&[]).body, "");
    }

    #[test]
    fn attachments_are_taken_as_they_are_whatever_number_is_announced() {
        let message = with(&[
            ("NumMedia", "3"),
            ("MediaUrl0", "https://api.twilio.com/ME0"),
            ("MediaContentType0", "image/jpeg"),
            ("MediaContentType1", "image/png"),
            ("MediaUrl2", "https://api.twilio.com/ME2"),
            ("MediaUrl10", "https://api.twilio.com/ME10"),
        ]);
        let [first, third] = message.media.as_slice() else {
            panic!("{:?}", message.media)
        };
        assert_eq!(
            (first.index, first.content_type.as_str()),
            (0, "image/jpeg")
        );
        assert_eq!(
            (third.index, third.content_type.as_str()),
            (2, "application/octet-stream")
        );
        assert_eq!(third.url, "https://api.twilio.com/ME2");
    }

    #[test]
    fn strange_senders_are_not_refused() {
        for from in [
            "32665",
            "ACME",
            "whatsapp:+14155550123",
            "rcs:agent",
            "+1",
            "anonymous",
        ] {
            let mut pairs = REQUIRED;
            pairs[2].1 = from;
            assert_eq!(read(&pairs).unwrap().from.as_str(), from);
        }
    }

    #[test]
    fn twilios_own_opt_out_is_known_by_its_words_alone() {
        let opt_out = |word| with(&[("OptOutType", word)]).opt_out;
        assert_eq!(opt_out("STOP"), Some(OptOutSignal::Stop));
        assert_eq!(opt_out("start"), Some(OptOutSignal::Start));
        assert_eq!(opt_out("HELP"), Some(OptOutSignal::Help));
        assert_eq!(opt_out("PAUSE"), None);
        assert_eq!(opt_out(""), None);
    }

    #[test]
    fn what_is_only_decoration_is_dropped_where_it_is_malformed() {
        let message = with(&[
            ("NumSegments", "many"),
            ("MessagingServiceSid", " "),
            ("ProfileName", "Ana"),
        ]);
        assert_eq!(message.segments, None);
        assert_eq!(message.service, None);
        assert_eq!(message.profile_name.as_deref(), Some("Ana"));
    }

    #[test]
    fn each_required_parameter_is_missed_by_name() {
        for (at, (name, _)) in REQUIRED.into_iter().enumerate() {
            for (value, missing) in [(None, true), (Some(""), true), (Some("\t"), false)] {
                let mut pairs = REQUIRED.to_vec();
                match value {
                    Some(value) => pairs[at].1 = value,
                    None => drop(pairs.remove(at)),
                }
                let error = read(&pairs).unwrap_err();
                let (told, is_missing) = match error {
                    FormError::Missing { name, .. } => (name, true),
                    FormError::Malformed { name, .. } => (name, false),
                    FormError::NotUtf8 { .. } | FormError::TooManyPairs => panic!("{error}"),
                };
                assert_eq!((told, is_missing), (name, missing));
            }
        }
    }
}
