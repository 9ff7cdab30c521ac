//! vCards of versions 3.0 (RFC 2426) and 4.0 (RFC 6350), as far as they tell of people with phones.

use smsdesk_common::api::contacts::Details;
use smsdesk_common::contact::Contact;
use smsdesk_common::phone::Address;
use smsdesk_common::safe_text::SafeText;

/// Fields of the desk's own.
const FIELD: &str = "X-SMSDESK-FIELD";

/// A card with the line of the file that it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Card {
    pub(super) line: u32,
    pub(super) details: Details,
}

/// A line of a card: `group.NAME;PARAMETER=x:value`.
struct Property<'a> {
    name: String,
    parameters: &'a str,
    value: &'a str,
}

/// Every card of a file.
pub(super) fn cards(text: &str) -> Vec<Card> {
    let mut cards = Vec::new();
    let mut open: Option<Card> = None;
    for (line, text) in unfolded(text) {
        let Some(property) = property(&text) else {
            continue;
        };
        match (property.name.as_str(), property.value) {
            ("BEGIN", _) => {
                open = Some(Card {
                    line,
                    details: Details::default(),
                });
            }
            ("END", _) => cards.extend(open.take()),
            _ => {
                if let Some(card) = &mut open {
                    note(&mut card.details, &property);
                }
            }
        }
    }
    cards
}

/// Lines with those behind them that begin with a blank.
fn unfolded(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for (n, line) in (1..).zip(text.lines()) {
        let line = line.trim_end_matches('\r');
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some((_, before))) => before.push_str(rest),
            _ => lines.push((n, line.to_owned())),
        }
    }
    lines
}

fn property(line: &str) -> Option<Property<'_>> {
    let mut quoted = false;
    let colon = line.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ':' && !quoted
    })?;
    let (head, value) = (&line[..colon.0], &line[colon.0 + 1..]);
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    let name = name.rsplit('.').next()?.trim().to_ascii_uppercase();
    Some(Property {
        name,
        parameters,
        value,
    })
}

fn note(details: &mut Details, property: &Property<'_>) {
    let value = unescaped(property.value);
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    match property.name.as_str() {
        "FN" => details.name = Some(value.to_owned()),
        // Family name; given name; more. Only where there is no formatted one.
        "N" if details.name.is_none() => {
            let parts: Vec<String> = split(property.value, ';');
            let part = |n: usize| parts.get(n).map(String::as_str).unwrap_or_default();
            let name = format!("{} {}", part(1), part(0)).trim().to_owned();
            details.name = Some(name).filter(|name| !name.is_empty());
        }
        "TEL" => {
            let number = value.strip_prefix("tel:").unwrap_or(value);
            details.addresses.push(number.to_owned());
        }
        "NOTE" => details.notes = Some(value.to_owned()),
        "CATEGORIES" => details.labels.extend(split(property.value, ',')),
        "TZ" => details.time_zone = Some(value.to_owned()).filter(|zone| zone.contains('/')),
        "LANG" => details.language = Some(value.to_owned()),
        FIELD => {
            let mut parameters = property.parameters.split(';');
            let name = parameters.find_map(|it| it.strip_prefix("NAME="));
            if let Some(name) = name.map(|name| name.trim_matches('"')) {
                details.fields.insert(name.to_owned(), value.to_owned());
            }
        }
        _ => {}
    }
}

fn unescaped(text: &str) -> String {
    split(text, '\0').concat()
}

/// The parts between separators that are not escaped.
fn split(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let part = match c {
            '\\' => match characters.next() {
                Some('n' | 'N') => '\n',
                Some(other) => other,
                None => '\\',
            },
            c if c == separator => {
                parts.push(String::new());
                continue;
            }
            c => c,
        };
        parts.last_mut().into_iter().for_each(|it| it.push(part));
    }
    parts
}

/// A contact as a card of version 4.0.
pub(super) fn written(contact: &Contact) -> String {
    let mut card = String::from("BEGIN:VCARD\r\nVERSION:4.0\r\n");
    let mut line = |name: &str, value: &str| {
        card.push_str(&folded(&format!("{name}:{}", escaped(value))));
    };
    let number = contact.addresses.first().map(Address::as_str);
    line("FN", contact.name.as_deref().or(number).unwrap_or_default());
    for address in &contact.addresses {
        match address.e164() {
            Some(number) => line("TEL;VALUE=uri", &format!("tel:{number}")),
            None => line("TEL", address.as_str()),
        }
    }
    let held = [
        ("NOTE", &contact.notes),
        ("TZ", &contact.time_zone),
        ("LANG", &contact.language),
    ];
    for (name, value) in held {
        value.iter().for_each(|value| line(name, value));
    }
    for (name, value) in &contact.fields {
        // A parameter holds no quotes (RFC 6350, 3.3).
        let name = SafeText::line(name).into_string().replace('"', "'");
        let name = format!("{FIELD};NAME=\"{name}\"");
        line(&name, value);
    }
    if !contact.labels.is_empty() {
        let labels: Vec<_> = contact.labels.iter().map(|it| escaped(it)).collect();
        card.push_str(&folded(&format!("CATEGORIES:{}", labels.join(","))));
    }
    card.push_str("END:VCARD\r\n");
    card
}

fn escaped(text: &str) -> String {
    // No control character either: each could end a line, and a terminal would obey some.
    let text = SafeText::block(text).into_string();
    let text = text.replace('\\', "\\\\").replace('\n', "\\n");
    text.replace(',', "\\,").replace(';', "\\;")
}

/// A line of at most 75 bytes, and what is left below it (RFC 6350, 3.2).
fn folded(line: &str) -> String {
    const BYTES_MAX: usize = 74;
    let (mut folded, mut rest) = (String::new(), line);
    while rest.len() > BYTES_MAX {
        let (here, below) = rest.split_at(rest.floor_char_boundary(BYTES_MAX));
        folded.push_str(here);
        folded.push_str("\r\n ");
        rest = below;
    }
    folded + rest + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use smsdesk_common::ids::ContactId;
    use smsdesk_common::time::Timestamp;

    #[test]
    fn cards_of_both_versions_are_people() {
        let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Brandt;Zo\u{eb};;;\r\nFN:Zo\u{eb} Br\r\n andt\r\n\
            item1.TEL;type=CELL;type=pref:(305) 555-0142\r\nNOTE:two\\nlines\\, really\r\n\
            CATEGORIES:vip,new\\, too\r\nEND:VCARD\r\n\
            BEGIN:VCARD\nVERSION:4.0\nN:Chen;Wei;;;\nTEL;VALUE=uri;TYPE=\"voice:x\":tel:+447911123456\n\
            END:VCARD\n";
        let cards = cards(text);
        assert_eq!(cards.len(), 2);
        let zoe = &cards[0].details;
        assert_eq!((cards[0].line, cards[1].line), (1, 10));
        assert_eq!(zoe.name.as_deref(), Some("Zoë Brandt"));
        assert_eq!(zoe.addresses, ["(305) 555-0142"]);
        assert_eq!(zoe.notes.as_deref(), Some("two\nlines, really"));
        assert_eq!(zoe.labels, ["vip", "new, too"]);
        assert_eq!(cards[1].details.name.as_deref(), Some("Wei Chen"));
        assert_eq!(cards[1].details.addresses, ["+447911123456"]);
    }

    #[test]
    fn a_strangers_name_adds_no_line_and_orders_no_terminal_about() {
        let address = Address::from_twilio("+13055550142").unwrap();
        let id = ContactId(uuid::Uuid::nil());
        let mut contact = Contact::blank(id, address, Timestamp::from_millis(0));
        let hostile = "A\rEND:VCARD\u{85}\u{1b}]52;c;eA==\u{7}\u{9b}2J";
        contact.name = Some(hostile.to_owned());
        contact.fields = [(format!("f{hostile}"), hostile.to_owned())].into();
        let text = written(&contact);
        let control = |c: char| c.is_control() && !matches!(c, '\r' | '\n');
        assert!(!text.contains(control), "{text:?}");
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
        assert_eq!(cards(&text).len(), 1);
    }

    #[test]
    fn a_card_that_was_written_reads_back() {
        let address = Address::from_twilio("+13055550142").unwrap();
        let id = ContactId(uuid::Uuid::nil());
        let mut contact = Contact::blank(id, address, Timestamp::from_millis(0));
        contact.name = Some("Zoë, \\ Brandt; ".repeat(9).trim().to_owned());
        contact.notes = Some("a\nb".to_owned());
        contact.fields = [("gate; code".to_owned(), "44,71".to_owned())].into();
        contact.labels = vec!["a,b".to_owned(), "c".to_owned()];
        contact.time_zone = Some("America/New_York".to_owned());
        let text = written(&contact);
        assert!(text.lines().all(|line| line.len() <= 75), "{text}");
        let read = &cards(&text)[0].details;
        assert_eq!(read.name, contact.name);
        assert_eq!(read.notes, contact.notes);
        assert_eq!(read.labels, contact.labels);
        assert_eq!(read.time_zone, contact.time_zone);
        assert_eq!(read.addresses, ["+13055550142"]);
    }
}
