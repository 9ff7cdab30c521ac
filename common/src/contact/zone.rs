//! A guess at where somebody is by the clock.

use super::Contact;
use crate::phone::{Address, Region};

/// The zone in which the number of a contact is registered. Only a hint for whoever fills the field
/// in: numbers travel, and a state with two zones gives the one where most of its people live. None
/// where a country has several zones and nothing more is known.
pub fn zone_hint(contact: &Contact) -> Option<&'static str> {
    let region = contact.addresses.first().and_then(Address::region);
    let country = region
        .map(Region::to_code)
        .or_else(|| contact.place.country.clone())?;
    let state = contact.place.state.as_deref().unwrap_or_default();
    let of = |table: &[(&'static str, &'static str)], code: &str| {
        let found = table.iter().find(|(_, codes)| {
            let mut codes = codes.split(' ');
            codes.any(|it| it.eq_ignore_ascii_case(code))
        });
        found.map(|(zone, _)| *zone)
    };
    match country.as_str() {
        "US" | "CA" => of(STATES, state),
        code => of(COUNTRIES, code),
    }
}

/// States and provinces, by the zone of most of their people.
const STATES: &[(&str, &str)] = &[
    (
        "America/New_York",
        "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    ),
    (
        "America/Chicago",
        "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    ),
    ("America/Denver", "CO ID MT NM UT WY"),
    ("America/Phoenix", "AZ"),
    ("America/Los_Angeles", "CA NV OR WA"),
    ("America/Anchorage", "AK"),
    ("Pacific/Honolulu", "HI"),
    ("America/Toronto", "ON QC"),
    ("America/Winnipeg", "MB"),
    ("America/Regina", "SK"),
    ("America/Edmonton", "AB NT"),
    ("America/Vancouver", "BC"),
    ("America/Halifax", "NS NB PE"),
    ("America/St_Johns", "NL"),
];

/// Countries with one zone, as far as people live there.
const COUNTRIES: &[(&str, &str)] = &[
    ("Europe/London", "GB GG IM JE"),
    ("Europe/Dublin", "IE"),
    ("Europe/Paris", "FR MC"),
    ("Europe/Berlin", "DE"),
    ("Europe/Madrid", "ES"),
    ("Europe/Lisbon", "PT"),
    ("Europe/Rome", "IT SM VA"),
    ("Europe/Zurich", "CH LI"),
    ("Europe/Vienna", "AT"),
    ("Europe/Brussels", "BE LU"),
    ("Europe/Amsterdam", "NL"),
    ("Europe/Copenhagen", "DK"),
    ("Europe/Oslo", "NO"),
    ("Europe/Stockholm", "SE"),
    ("Europe/Helsinki", "FI"),
    ("Europe/Warsaw", "PL"),
    ("Europe/Prague", "CZ SK"),
    ("Europe/Budapest", "HU"),
    ("Europe/Bucharest", "RO"),
    ("Europe/Sofia", "BG"),
    ("Europe/Athens", "GR"),
    ("Europe/Kyiv", "UA"),
    ("Europe/Vilnius", "LT"),
    ("Europe/Riga", "LV"),
    ("Europe/Tallinn", "EE"),
    ("Europe/Belgrade", "RS HR SI BA ME MK"),
    ("Europe/Istanbul", "TR"),
    ("Asia/Jerusalem", "IL"),
    ("Asia/Dubai", "AE OM"),
    ("Asia/Riyadh", "SA KW QA BH"),
    ("Asia/Kolkata", "IN"),
    ("Asia/Karachi", "PK"),
    ("Asia/Dhaka", "BD"),
    ("Asia/Shanghai", "CN"),
    ("Asia/Hong_Kong", "HK"),
    ("Asia/Taipei", "TW"),
    ("Asia/Tokyo", "JP"),
    ("Asia/Seoul", "KR"),
    ("Asia/Singapore", "SG"),
    ("Asia/Kuala_Lumpur", "MY"),
    ("Asia/Bangkok", "TH"),
    ("Asia/Ho_Chi_Minh", "VN"),
    ("Asia/Manila", "PH"),
    ("Pacific/Auckland", "NZ"),
    ("Africa/Johannesburg", "ZA"),
    ("Africa/Lagos", "NG"),
    ("Africa/Nairobi", "KE"),
    ("Africa/Cairo", "EG"),
    ("Africa/Casablanca", "MA"),
    ("America/Puerto_Rico", "PR"),
    ("America/Santo_Domingo", "DO"),
    ("America/Jamaica", "JM"),
    ("America/Panama", "PA"),
    ("America/Costa_Rica", "CR"),
    ("America/Guatemala", "GT"),
    ("America/Bogota", "CO"),
    ("America/Lima", "PE"),
    ("America/Caracas", "VE"),
    ("America/Argentina/Buenos_Aires", "AR"),
    ("America/Montevideo", "UY"),
];
