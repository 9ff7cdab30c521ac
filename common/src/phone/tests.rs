//! Proofs on vectors made with libphonenumber, and on addresses that Twilio has been seen to send.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    id: String,
    note: String,
    input: String,
    default_region: Option<Region>,
    e164: Option<String>,
    national_display: Option<String>,
    international_display: Option<String>,
    extension: Option<String>,
    region: Option<String>,
    #[serde(rename = "type")]
    number_type: Option<String>,
    kind: String,
    error: Option<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("../../tests/vectors/phone-vectors.json")).unwrap()
}

fn address(text: &str) -> Address {
    Address::from_twilio(text).unwrap()
}

fn region(code: &str) -> Region {
    code.parse().unwrap()
}

#[test]
fn numbers_are_read_and_written_as_libphonenumber_does() {
    let vectors = vectors();
    assert!(vectors.len() >= 100, "only {} vectors", vectors.len());
    for vector in vectors {
        let parsed = Number::parse(&vector.input, vector.default_region);
        let number = parsed.as_ref().ok();
        let context = format!("{} {} {:?}", vector.id, vector.note, vector.input);
        assert_eq!(number.map(Number::e164), vector.e164, "{context}: e164");
        assert_eq!(
            number.map(Number::national),
            vector.national_display,
            "{context}: national"
        );
        assert_eq!(
            number.map(Number::international),
            vector.international_display,
            "{context}: international"
        );
        assert_eq!(
            number.and_then(Number::extension),
            vector.extension.as_deref(),
            "{context}: extension"
        );
        assert_eq!(
            number.and_then(Number::region).map(Region::to_code),
            vector.region,
            "{context}: region"
        );
        let number_type = number.map(|number| serde_json::to_value(number.number_type()).unwrap());
        assert_eq!(
            number_type.map(|name| name.as_str().unwrap().to_uppercase()),
            vector.number_type,
            "{context}: type"
        );
        assert_eq!(
            parsed
                .as_ref()
                .err()
                .map(|error| error.code().to_uppercase()),
            vector.error,
            "{context}: error"
        );
    }
}

#[test]
fn what_people_type_becomes_a_number_a_short_code_or_a_refusal() {
    for vector in vectors() {
        let typed = Address::parse(&vector.input, vector.default_region);
        let kind = match typed.as_ref().map(Address::kind) {
            Ok(AddressKind::Number) => "number",
            Ok(AddressKind::ShortCode) => "short_code",
            Ok(AddressKind::Alphanumeric) => "alphanumeric",
            Err(_) => "invalid",
        };
        assert_eq!(
            kind, vector.kind,
            "{} {} {:?}",
            vector.id, vector.note, vector.input
        );
        if let (Ok(address), Some(e164)) = (typed, vector.e164) {
            assert_eq!(address.as_str(), e164);
            assert_eq!(address.e164(), Some(e164.as_str()));
        }
    }
}

#[test]
fn addresses_from_twilio_are_kept_as_they_are() {
    for (text, channel, kind, e164) in [
        (
            "+13055550142",
            Channel::Sms,
            AddressKind::Number,
            Some("+13055550142"),
        ),
        (
            "whatsapp:+447911123456",
            Channel::WhatsApp,
            AddressKind::Number,
            Some("+447911123456"),
        ),
        (
            "rcs:+13055550142",
            Channel::Rcs,
            AddressKind::Number,
            Some("+13055550142"),
        ),
        (
            "rcs:brand_abc_agent",
            Channel::Rcs,
            AddressKind::Alphanumeric,
            None,
        ),
        (
            "messenger:108912345678901",
            Channel::Messenger,
            AddressKind::Alphanumeric,
            None,
        ),
        ("32665", Channel::Sms, AddressKind::ShortCode, None),
        ("ACME Inc", Channel::Sms, AddressKind::Alphanumeric, None),
        (
            "MGaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            Channel::Sms,
            AddressKind::Alphanumeric,
            None,
        ),
        ("2025550123", Channel::Sms, AddressKind::Alphanumeric, None),
        ("+0123456789", Channel::Sms, AddressKind::Alphanumeric, None),
        (
            "+1234567890123456",
            Channel::Sms,
            AddressKind::Alphanumeric,
            None,
        ),
        ("anonymous", Channel::Sms, AddressKind::Alphanumeric, None),
    ] {
        let address = address(text);
        assert_eq!(address.as_str(), text);
        assert_eq!(address.channel(), channel, "{text}");
        assert_eq!(address.kind(), kind, "{text}");
        assert_eq!(address.e164(), e164, "{text}");
    }
}

#[test]
fn nothing_but_an_empty_address_from_twilio_is_refused() {
    for empty in ["", "  ", "\n", "whatsapp:", "rcs: "] {
        assert_eq!(
            Address::from_twilio(empty),
            Err(PhoneError::Empty),
            "{empty:?}"
        );
    }
    let long = address(&"ñ".repeat(ADDRESS_BYTES_MAX));
    assert_eq!(long.as_str().len(), ADDRESS_BYTES_MAX);
    assert_eq!(
        address(" WhatsApp: +13055550142 ").as_str(),
        "whatsapp:+13055550142"
    );
}

#[test]
fn a_channel_prefix_may_be_typed_before_a_number() {
    let home = Some(region("US"));
    let parse = |input| Address::parse(input, home).map(String::from);
    assert_eq!(
        parse("whatsapp:(305) 555-0142"),
        Ok("whatsapp:+13055550142".to_owned())
    );
    assert_eq!(
        parse("WhatsApp: +44 7911 123456"),
        Ok("whatsapp:+447911123456".to_owned())
    );
    assert_eq!(parse("rcs:brand_agent"), Ok("rcs:brand_agent".to_owned()));
    assert_eq!(parse("messenger:1089"), Ok("messenger:1089".to_owned()));
    assert_eq!(parse("whatsapp:32665"), Err(PhoneError::TooShort));
    assert_eq!(parse("whatsapp:"), Err(PhoneError::Empty));
    assert_eq!(parse(&"1".repeat(300)), Err(PhoneError::TooLong));
}

#[test]
fn an_address_is_shown_in_the_national_writing_at_home_only() {
    let (us, gb) = (Some(region("US")), Some(region("GB")));
    for (text, home, shown) in [
        ("+13055550142", us, "(305) 555-0142"),
        ("+13055550142", gb, "+1 305-555-0142"),
        ("+13055550142", None, "+1 305-555-0142"),
        ("+14165550134", us, "(416) 555-0134"),
        ("+447911123456", gb, "07911 123456"),
        ("whatsapp:+447911123456", us, "+44 7911 123456"),
        ("32665", us, "32665"),
        ("ACME", us, "ACME"),
        ("+15550000", us, "+15550000"),
        ("rcs:brand_agent", us, "brand_agent"),
        (
            "\u{202E}24105550\u{1b}[2J",
            us,
            "‹U+202E›24105550‹U+001B›[2J",
        ),
    ] {
        assert_eq!(address(text).display(home).as_str(), shown, "{text:?}");
    }
}

#[test]
fn debug_hides_the_number() {
    for (text, shown) in [
        ("+13055550158", "Address(+1…58)"),
        ("whatsapp:+447911123456", "Address(whatsapp:+4…56)"),
        ("32665", "Address(3…)"),
        ("+123", "Address(+…)"),
        ("Ágnes", "Address(Á…)"),
    ] {
        assert_eq!(format!("{:?}", address(text)), shown);
    }
    let number = Number::parse("+1 305 555 0142 x77", None).unwrap();
    assert_eq!(format!("{number:?}"), "Number(+1…42)");
}

#[test]
fn digits_region_and_type_are_at_hand() {
    let toll_free = address("whatsapp:+18004378950");
    assert_eq!(toll_free.digits(), "18004378950");
    assert_eq!(toll_free.number_type(), Some(NumberType::TollFree));
    assert_eq!(address("+447911123456").region(), Some(region("GG")));
    assert_eq!(address("32665").number_type(), None);
    assert_eq!(address("+80012345678").region(), None);
}

#[test]
fn a_region_is_two_letters_of_a_country_with_telephones() {
    assert_eq!(" us ".parse(), Ok(region("US")));
    assert_eq!(region("GB").calling_code(), Some(44));
    assert_eq!(serde_json::to_string(&region("DE")).unwrap(), r#""DE""#);
    for code in ["", "U", "USA", "1A", "001", "ZZ", "ü"] {
        assert_eq!(
            code.parse::<Region>(),
            Err(PhoneError::UnknownRegion),
            "{code:?}"
        );
    }
    assert!(serde_json::from_str::<Region>(r#""XX""#).is_err());
}

#[test]
fn json_holds_the_bare_text() {
    let json = r#""whatsapp:+447911123456""#;
    let address: Address = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&address).unwrap(), json);
    assert!(serde_json::from_str::<Address>(r#"" ""#).is_err());
    let long = serde_json::to_string(&"x".repeat(ADDRESS_BYTES_MAX + 1)).unwrap();
    assert!(serde_json::from_str::<Address>(&long).is_err());
}

proptest! {
    #[test]
    fn any_address_from_twilio_survives_storage(text in "\\PC{0,200}|[+0-9a-zA-Z: ]{0,200}") {
        if let Ok(address) = Address::from_twilio(&text) {
            let stored = String::from(address.clone());
            prop_assert!(!stored.is_empty() && stored.len() <= ADDRESS_BYTES_MAX);
            prop_assert_eq!(Address::from_twilio(&stored), Ok(address.clone()));
            prop_assert_eq!(Address::try_from(stored), Ok(address));
        }
    }

    #[test]
    fn whatever_is_typed_never_panics_and_reads_back(
        text in "\\PC{0,40}|[+0-9() x.#;-]{0,30}|(\\+|00|011)[0-9]{1,17}",
    ) {
        if let Ok(typed) = Address::parse(&text, Some(region("US"))) {
            prop_assert_eq!(Address::from_twilio(typed.as_str()), Ok(typed.clone()));
            prop_assert_eq!(Address::parse(typed.as_str(), Some(region("US"))), Ok(typed));
        }
    }
}

#[test]
fn a_number_in_full_is_dialable_though_its_range_is_unknown() {
    let read = |text: &str| Address::parse_dialable(text, "US".parse().ok());
    assert_eq!(read("+15557122661").unwrap().as_str(), "+15557122661");
    assert_eq!(
        read("WhatsApp:+15557122661").unwrap().as_str(),
        "whatsapp:+15557122661"
    );
    assert_eq!(read("(239) 426-7058").unwrap().as_str(), "+12394267058");
    for text in [
        "555 712 2661",
        "+1555",
        "+0123456789",
        "+1555712266x",
        "+1234567890123456",
        "x",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}
