//! Texts of customers and colleagues.

use super::{sign, size};
use smsdesk_common::insight::{judge, redact};
use smsdesk_common::optout::{OptOutSignal, plain_language_wish};
use smsdesk_common::phone::{ADDRESS_BYTES_MAX, Address, Number};
use smsdesk_common::safe_text::SafeText;
use smsdesk_common::segments::{Segments, first_non_gsm, smart_encode};
use smsdesk_common::template::{self, RENDERED_BYTES_MAX, Variables};
use smsdesk_common::zone_of::zone_of_address;

pub(super) const TEMPLATE_WORDS: &[&str] = &[
    "{{ contact.first_name }}",
    "{{ x | default(\"y\") }}",
    "{{ x | upper }}",
    "{{ x if y else z }}",
    "{{ range(1000000) }}",
    "{{ \"a\" * 1000000 }}",
    "{{ [1, 2] | join }}",
    "{{ x.y.z[0] }}",
    "{% for",
    "{#",
    "{{ ((((",
    "{{ not not x }}",
    " ~ ",
    " + ",
    "**",
    "| replace(\"\", \"aaaa\")",
];

fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// What must never reach a terminal: controls, and what turns the direction of what stands there.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{061c}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

pub(super) fn safe_text(input: &[u8]) -> u64 {
    let text = text(input);
    let width = input.first().map_or(20, |byte| usize::from(*byte) + 1);
    let line = SafeText::line(&text);
    let shown = line.as_str();
    let bad = shown.chars().find(|c| is_unsafe(*c));
    assert_eq!(bad, None, "a line shows {bad:?}");
    assert_eq!(SafeText::line(shown).as_str(), shown, "safe text stays");
    let block = SafeText::block(&text);
    let bad = block.as_str().chars().find(|c| *c != '\n' && is_unsafe(*c));
    assert_eq!(bad, None, "a block shows {bad:?}");
    let again = SafeText::block(block.as_str());
    assert_eq!(again.as_str(), block.as_str(), "safe text stays");
    let cut = line.truncate_to_width(width);
    assert!(cut.width() <= width, "{} columns of {width}", cut.width());
    let parts = block.wrap(width);
    for part in &parts {
        // A character of two columns does not fit into one.
        let fits = part.width() <= width.max(2);
        assert!(fits, "{} columns of {width}", part.width());
    }
    sign(&[&size(line.width()), &size(parts.len()), &size(shown.len())])
}

pub(super) fn segments(input: &[u8]) -> u64 {
    let text = text(input);
    let counted = Segments::of(&text);
    assert!(counted.segments >= 1);
    let capacity = counted.segment_capacity();
    assert!(counted.units_in_segment <= capacity, "{counted:?}");
    let smart = smart_encode(&text);
    assert_eq!(smart_encode(&smart), smart, "smart once is smart for ever");
    if let Some((at, c)) = first_non_gsm(&text) {
        assert_eq!(text[at..].chars().next(), Some(c));
    }
    let line = Address::from_twilio("+15557122661").expect("a line");
    let signal = OptOutSignal::of(&text, None, &line);
    let wish = plain_language_wish(&text);
    let judged = judge(&text);
    let redacted = redact(&text);
    assert_eq!(redact(&redacted), redacted, "nothing is left to redact");
    let few = size(counted.segments as usize);
    sign(&[&counted.encoding, &few, &signal, &wish, &judged])
}

pub(super) fn phone(input: &[u8]) -> u64 {
    let text = text(input);
    let home = "US".parse().ok();
    let raw = Address::from_twilio(&text);
    if let Ok(address) = &raw {
        assert!(address.as_str().len() <= ADDRESS_BYTES_MAX, "too long");
        let again = Address::from_twilio(address.as_str());
        assert_eq!(again.as_ref(), Ok(address), "it reads back");
        let json = serde_json::to_string(address).expect("it has a form as JSON");
        let again: Address = serde_json::from_str(&json).expect("what was written reads");
        assert_eq!(&again, address);
    }
    let number = Number::parse(&text, home);
    if let Ok(number) = &number {
        let again = Number::parse(&number.e164(), None).expect("E.164 is a number");
        assert_eq!(again.e164(), number.e164());
    }
    let typed = Address::parse(&text, home);
    let dialable = Address::parse_dialable(&text, home);
    for address in [&raw, &typed, &dialable].into_iter().flatten() {
        let shown = address.display(home);
        assert!(!shown.as_str().chars().any(is_unsafe));
        let _ = (address.region(), address.number_type(), address.e164());
        let _ = zone_of_address(address);
    }
    let kind = |it: &Result<Address, _>| it.as_ref().map(Address::kind).ok();
    let errors = (number.err(), typed.as_ref().err(), dialable.as_ref().err());
    sign(&[&kind(&raw), &kind(&typed), &kind(&dialable), &errors])
}

pub(super) fn template(input: &[u8]) -> u64 {
    let text = text(input);
    let checked = template::check(&text);
    let mut values = Variables::default();
    for (name, value) in [
        ("contact.first_name", "Maria"),
        ("contact.name", "{{ company }}"),
        ("company", "Acme"),
        ("x", "1"),
    ] {
        values.insert(name, value).expect("a variable");
    }
    let filled = template::render(&text, &values);
    let bare = template::render(&text, &Variables::default());
    for rendered in [&filled, &bare].into_iter().flatten() {
        let length = rendered.text.len();
        assert!(length <= RENDERED_BYTES_MAX, "{length} bytes");
        let found = template::fields(&rendered.text, &rendered.fields);
        for field in found {
            let _ = &rendered.text[field.range];
        }
    }
    let ends = (filled.as_ref().err(), bare.as_ref().err());
    let missing = bare.as_ref().map_or(0, |it| it.missing.len());
    let found = checked.map(|names| size(names.len()));
    sign(&[&found, &ends, &size(missing)])
}
