//! Where a contact is by the clock: what somebody said of them, else what their number says. That is
//! a guess and is called one, for numbers travel and are taken along; where a number may belong to
//! several zones nothing is guessed.

use crate::contact::Contact;
use crate::phone::Address;
use jiff::tz::TimeZone;

/// Where a contact is by the clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// The zone.
    pub zone: TimeZone,
    /// How that is known.
    pub basis: Basis,
}

/// How a zone is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Somebody said so.
    Said,
    /// Guessed by the number.
    Number,
}

/// Area codes of North America that lie in one zone, by zone.
const AREAS: &[(&str, &[u16])] = &[
    (
        "America/New_York",
        &[
            201, 202, 203, 207, 212, 215, 216, 220, 223, 229, 231, 234, 239, 240, 248, 252, 267,
            269, 272, 276, 301, 302, 304, 305, 313, 315, 321, 326, 330, 332, 336, 339, 347, 351,
            352, 380, 386, 401, 404, 407, 410, 412, 413, 419, 434, 440, 443, 445, 470, 472, 475,
            478, 484, 508, 513, 516, 517, 518, 540, 551, 561, 567, 570, 571, 582, 585, 586, 603,
            607, 609, 610, 614, 616, 617, 631, 640, 645, 646, 656, 667, 678, 679, 680, 681, 689,
            703, 704, 706, 716, 717, 718, 724, 727, 732, 734, 740, 743, 754, 757, 762, 770, 771,
            772, 774, 781, 786, 802, 803, 804, 810, 813, 814, 826, 828, 835, 838, 839, 843, 845,
            848, 854, 856, 857, 860, 862, 863, 864, 878, 904, 908, 910, 912, 914, 917, 919, 929,
            934, 937, 941, 943, 947, 948, 954, 959, 973, 978, 980, 984, 989,
        ],
    ),
    (
        "America/Chicago",
        &[
            205, 210, 214, 217, 218, 224, 225, 228, 251, 254, 256, 262, 274, 281, 309, 312, 314,
            318, 319, 320, 325, 331, 334, 337, 346, 361, 405, 409, 414, 417, 430, 432, 447, 464,
            469, 479, 501, 504, 507, 512, 515, 534, 539, 557, 563, 572, 573, 580, 601, 608, 612,
            615, 618, 629, 630, 636, 641, 651, 659, 660, 662, 682, 708, 712, 713, 715, 726, 730,
            731, 737, 763, 769, 773, 779, 806, 815, 816, 817, 830, 832, 847, 870, 872, 901, 903,
            918, 920, 936, 938, 940, 945, 952, 956, 972, 975, 979, 985,
        ],
    ),
    (
        "America/Denver",
        &[
            303, 307, 385, 406, 435, 505, 575, 719, 720, 801, 915, 970, 983,
        ],
    ),
    ("America/Phoenix", &[480, 520, 602, 623]),
    (
        "America/Los_Angeles",
        &[
            206, 209, 213, 253, 279, 310, 323, 341, 350, 360, 408, 415, 424, 425, 442, 503, 509,
            510, 530, 559, 562, 564, 619, 626, 628, 650, 657, 661, 669, 702, 707, 714, 725, 747,
            760, 805, 818, 820, 831, 840, 858, 909, 916, 925, 949, 951, 971,
        ],
    ),
    ("America/Anchorage", &[907]),
    ("Pacific/Honolulu", &[808]),
    (
        "America/Toronto",
        &[
            226, 249, 289, 343, 365, 367, 416, 418, 437, 438, 450, 514, 519, 548, 579, 581, 613,
            647, 705, 819, 873, 905,
        ],
    ),
    ("America/Winnipeg", &[204, 431, 584]),
    ("America/Regina", &[306, 474, 639]),
    ("America/Edmonton", &[403, 587, 780, 825]),
    ("America/Vancouver", &[604]),
    ("America/Halifax", &[782, 902]),
    ("America/Moncton", &[428, 506]),
    ("America/St_Johns", &[709]),
];

/// Countries whose people live in one zone, or all but in one.
const COUNTRIES: &[(&str, &str)] = &[
    ("AE", "Asia/Dubai"),
    ("AR", "America/Argentina/Buenos_Aires"),
    ("AT", "Europe/Vienna"),
    ("BD", "Asia/Dhaka"),
    ("BE", "Europe/Brussels"),
    ("BG", "Europe/Sofia"),
    ("CH", "Europe/Zurich"),
    ("CO", "America/Bogota"),
    ("CZ", "Europe/Prague"),
    ("DE", "Europe/Berlin"),
    ("DK", "Europe/Copenhagen"),
    ("EE", "Europe/Tallinn"),
    ("EG", "Africa/Cairo"),
    ("ES", "Europe/Madrid"),
    ("FI", "Europe/Helsinki"),
    ("FR", "Europe/Paris"),
    ("GB", "Europe/London"),
    ("GR", "Europe/Athens"),
    ("HK", "Asia/Hong_Kong"),
    ("HR", "Europe/Zagreb"),
    ("HU", "Europe/Budapest"),
    ("IE", "Europe/Dublin"),
    ("IL", "Asia/Jerusalem"),
    ("IN", "Asia/Kolkata"),
    ("IT", "Europe/Rome"),
    ("JP", "Asia/Tokyo"),
    ("KE", "Africa/Nairobi"),
    ("KR", "Asia/Seoul"),
    ("LT", "Europe/Vilnius"),
    ("LU", "Europe/Luxembourg"),
    ("LV", "Europe/Riga"),
    ("NG", "Africa/Lagos"),
    ("NL", "Europe/Amsterdam"),
    ("NO", "Europe/Oslo"),
    ("PE", "America/Lima"),
    ("PH", "Asia/Manila"),
    ("PK", "Asia/Karachi"),
    ("PL", "Europe/Warsaw"),
    ("RO", "Europe/Bucharest"),
    ("SA", "Asia/Riyadh"),
    ("SE", "Europe/Stockholm"),
    ("SG", "Asia/Singapore"),
    ("SI", "Europe/Ljubljana"),
    ("SK", "Europe/Bratislava"),
    ("TH", "Asia/Bangkok"),
    ("TR", "Europe/Istanbul"),
    ("TW", "Asia/Taipei"),
    ("VN", "Asia/Ho_Chi_Minh"),
    ("ZA", "Africa/Johannesburg"),
];

/// The zone of a contact who is written to at that address; none where nothing tells.
pub fn zone_of(contact: &Contact, address: &Address) -> Option<Whereabouts> {
    let said = contact.time_zone.as_deref();
    if let Some(zone) = said.and_then(|name| TimeZone::get(name).ok()) {
        let basis = Basis::Said;
        return Some(Whereabouts { zone, basis });
    }
    let zone = zone_of_address(address)?;
    let basis = Basis::Number;
    Some(Whereabouts { zone, basis })
}

/// The zone that a number alone tells; none where it may belong to several.
pub fn zone_of_address(address: &Address) -> Option<TimeZone> {
    let country = || Some(address.region()?.to_code());
    zone_of_number(address.e164()?, country)
}

fn zone_of_number(e164: &str, country: impl Fn() -> Option<String>) -> Option<TimeZone> {
    let name = match e164.strip_prefix("+1") {
        Some(national) => {
            let area: u16 = national.get(..3)?.parse().ok()?;
            AREAS.iter().find(|(_, areas)| areas.contains(&area))?.0
        }
        None => {
            let country = country()?;
            COUNTRIES.iter().find(|(code, _)| *code == country)?.1
        }
    };
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_number_tells_its_zone_where_it_can_belong_to_one_only() {
        let zone = |number: &str, country: &str| {
            let zone = zone_of_number(number, || Some(country.to_owned()));
            zone.and_then(|zone| zone.iana_name().map(str::to_owned))
        };
        for (number, country, expected) in [
            ("+12394267058", "US", Some("America/New_York")),
            ("+13125550142", "US", Some("America/Chicago")),
            ("+14155550142", "US", Some("America/Los_Angeles")),
            ("+18505550142", "US", None),
            ("+18005550142", "US", None),
            ("+447488879172", "GB", Some("Europe/London")),
            ("+61412345678", "AU", None),
            ("+1", "US", None),
        ] {
            assert_eq!(zone(number, country).as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn what_somebody_said_goes_before_the_number_and_nonsense_does_not() {
        use crate::{ids::ContactId, time::Timestamp};
        let address = Address::from_twilio("+12394267058").unwrap();
        let (id, at) = (ContactId(uuid::Uuid::nil()), Timestamp::from_millis(0));
        let mut contact = Contact::blank(id, address.clone(), at);
        for (said, zone, basis) in [
            (None, "America/New_York", Basis::Number),
            (Some("Asia/Tokyo"), "Asia/Tokyo", Basis::Said),
            (Some("Mars/Olympus"), "America/New_York", Basis::Number),
        ] {
            contact.time_zone = said.map(str::to_owned);
            let found = zone_of(&contact, &address).unwrap();
            assert_eq!(found.zone.iana_name(), Some(zone), "{said:?}");
            assert_eq!(found.basis, basis, "{said:?}");
        }
    }

    #[test]
    fn every_zone_exists_and_no_area_has_two() {
        let names = AREAS.iter().map(|(name, _)| *name);
        for name in names.chain(COUNTRIES.iter().map(|(_, name)| *name)) {
            assert!(TimeZone::get(name).is_ok(), "{name}");
        }
        let mut seen = HashSet::new();
        for area in AREAS.iter().flat_map(|(_, areas)| areas.iter()) {
            assert!(seen.insert(area), "{area}");
        }
    }
}
