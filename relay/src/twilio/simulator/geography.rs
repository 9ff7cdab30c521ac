//! What Twilio's webhooks guess about where a number is at home (pure).

/// City, state, postal code and country, each in capitals and possibly empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) zip: &'static str,
    pub(super) country: &'static str,
}

/// Area codes of the North American plan with a city that is known by them.
const AREAS: [(&str, Place); 8] = [
    ("202", place("WASHINGTON", "DC", "20001", "US")),
    ("206", place("SEATTLE", "WA", "98101", "US")),
    ("212", place("NEW YORK", "NY", "10001", "US")),
    ("305", place("MIAMI", "FL", "33101", "US")),
    ("312", place("CHICAGO", "IL", "60601", "US")),
    ("415", place("SAN FRANCISCO", "CA", "94102", "US")),
    ("416", place("TORONTO", "ON", "", "CA")),
    ("512", place("AUSTIN", "TX", "78701", "US")),
];

/// Countries outside that plan, by calling code.
const COUNTRIES: [(&str, &str); 8] = [
    ("+33", "FR"),
    ("+34", "ES"),
    ("+39", "IT"),
    ("+44", "GB"),
    ("+49", "DE"),
    ("+52", "MX"),
    ("+61", "AU"),
    ("+81", "JP"),
];

const fn place(
    city: &'static str,
    state: &'static str,
    zip: &'static str,
    country: &'static str,
) -> Place {
    Place {
        city,
        state,
        zip,
        country,
    }
}

impl Place {
    /// The best guess for an address; all empty where there is none, as for short codes.
    pub(super) fn of(address: &str) -> Self {
        let number = address.rsplit(':').next().unwrap_or_default();
        if let Some(national) = number.strip_prefix("+1") {
            let known = AREAS.iter().find(|(area, _)| national.starts_with(area));
            return known.map_or(place("", "", "", "US"), |(_, place)| *place);
        }
        let known = COUNTRIES.iter().find(|(code, _)| number.starts_with(code));
        place("", "", "", known.map_or("", |(_, country)| country))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_guessed_from_the_number_and_left_empty_otherwise() {
        assert_eq!(Place::of("+12125550123").city, "NEW YORK");
        assert_eq!(Place::of("whatsapp:+4930123456").country, "DE");
        assert_eq!(Place::of("+15558675310"), place("", "", "", "US"));
        assert_eq!(Place::of("32665"), place("", "", "", ""));
    }
}
