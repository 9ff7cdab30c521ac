//! Which addresses at Twilio have to change so that the texts of our lines come here.

use super::replaced::Entry;
use crate::twilio::holdings::{Application, Hook, Hooks, Method, OwnNumber, Service};
use crate::twilio::sid::{ApplicationSid, NumberSid, ServiceSid};
use smsdesk_common::phone::Address;

/// What the account has, as far as texts go by it.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Its numbers.
    pub numbers: Vec<OwnNumber>,
    /// Its messaging services with the numbers in their pools.
    pub services: Vec<(Service, Vec<NumberSid>)>,
    /// The applications that numbers name.
    pub applications: Vec<Application>,
}

/// What says where the texts of a line go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// The number itself.
    Number(NumberSid),
    /// The messaging service that has it.
    Service(ServiceSid),
    /// The application that it names.
    Application(ApplicationSid),
}

impl At {
    /// Twilio's id.
    #[must_use]
    pub fn sid(&self) -> &str {
        match self {
            Self::Number(sid) => sid.as_str(),
            Self::Service(sid) => sid.as_str(),
            Self::Application(sid) => sid.as_str(),
        }
    }
}

/// A place at Twilio and the addresses that it has asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub at: At,
    /// How it is called: the number, or the name of service or application. Remote text.
    pub name: String,
    /// The lines of ours that go by it.
    pub lines: Vec<Address>,
    /// How many numbers go by it that are not lines of ours.
    pub others: usize,
    /// Asked for every text.
    pub inbound: Hook,
    /// Asked when that fails.
    pub fallback: Hook,
    /// Told of statuses; numbers have none.
    pub status: Option<String>,
}

/// The relay's own addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    /// For texts, with what has Twilio try again.
    pub inbound: String,
    /// For when that fails.
    pub fallback: String,
    /// For statuses.
    pub status: String,
}

/// The places that the lines go by; each stands there once.
#[must_use]
pub fn places(found: &Found, lines: &[Address]) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for line in lines {
        for place in places_of(found, line) {
            match places.iter_mut().find(|known| known.at == place.at) {
                Some(known) => known.lines.push(line.clone()),
                None => places.push(Place {
                    lines: vec![line.clone()],
                    ..place
                }),
            }
        }
    }
    for place in &mut places {
        place.others = others(found, place, lines);
    }
    places
}

fn places_of(found: &Found, line: &Address) -> Vec<Place> {
    let is_line = |(service, _): &&(Service, _)| service.sid.as_str() == line.as_str();
    if let Some((service, pool)) = found.services.iter().find(is_line) {
        if !service.defers {
            return vec![of_service(service)];
        }
        let numbers = found.numbers.iter();
        let pooled = numbers.filter(|number| pool.contains(&number.sid));
        return pooled.map(|number| of_number(found, number)).collect();
    }
    let Some(number) = found.numbers.iter().find(|number| number.number == *line) else {
        return Vec::new();
    };
    let deciding = found
        .services
        .iter()
        .find(|(service, pool)| !service.defers && pool.contains(&number.sid));
    match deciding {
        Some((service, _)) => vec![of_service(service)],
        None => vec![of_number(found, number)],
    }
}

fn of_service(service: &Service) -> Place {
    Place {
        at: At::Service(service.sid.clone()),
        name: service.name.clone(),
        lines: Vec::new(),
        others: 0,
        inbound: service.inbound.clone(),
        fallback: service.fallback.clone(),
        status: Some(service.status.clone()),
    }
}

fn of_number(found: &Found, number: &OwnNumber) -> Place {
    let named = number.application.as_ref();
    let application = found
        .applications
        .iter()
        .find(|application| Some(&application.sid) == named);
    match application {
        Some(application) => Place {
            at: At::Application(application.sid.clone()),
            name: application.name.clone(),
            lines: Vec::new(),
            others: 0,
            inbound: application.inbound.clone(),
            fallback: application.fallback.clone(),
            status: Some(application.status.clone()),
        },
        None => Place {
            at: At::Number(number.sid.clone()),
            name: number.number.as_str().to_owned(),
            lines: Vec::new(),
            others: 0,
            inbound: number.inbound.clone(),
            fallback: number.fallback.clone(),
            status: None,
        },
    }
}

/// Numbers that go by a place and are neither lines of ours nor in a service that is.
fn others(found: &Found, place: &Place, lines: &[Address]) -> usize {
    let is_line = |number: &OwnNumber| {
        let in_line = |(service, pool): &(Service, Vec<NumberSid>)| {
            pool.contains(&number.sid)
                && lines
                    .iter()
                    .any(|line| line.as_str() == service.sid.as_str())
        };
        lines.contains(&number.number) || found.services.iter().any(in_line)
    };
    let goes_by = |number: &&OwnNumber| {
        places_of(found, &number.number)
            .iter()
            .any(|other| other.at == place.at)
    };
    let numbers = found.numbers.iter().filter(goes_by);
    numbers.filter(|number| !is_line(number)).count()
}

/// What has to be set at a place; none where all is right. `known` is what was replaced there
/// before.
#[must_use]
pub fn change(place: &Place, ours: &Ours, known: Option<&Entry>) -> Option<Hooks> {
    let wanted = |hook: &Hook, url: &str| (!is_right(hook, url)).then(|| Hook::posting_to(url));
    // Somebody else may need what texts of other programs are reported to; the relay's own texts
    // name their address themselves.
    let status = place.status.as_ref().filter(|status| {
        let was_ours = known.is_some_and(|entry| entry.has_set_status(status));
        (status.is_empty() || was_ours) && **status != ours.status
    });
    let hooks = Hooks {
        inbound: wanted(&place.inbound, &ours.inbound),
        fallback: wanted(&place.fallback, &ours.fallback),
        status: status.map(|_| ours.status.clone()),
    };
    (hooks != Hooks::default()).then_some(hooks)
}

/// Whether an address is the wanted one, asked by POST, and with tries more, be it other ones than
/// ours.
fn is_right(hook: &Hook, wanted: &str) -> bool {
    let split = |url: &str| {
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        (url.to_owned(), fragment.to_owned())
    };
    let ((is, overrides), (wanted, asked_for)) = (split(&hook.url), split(wanted));
    let tries_more = asked_for.is_empty() || overrides.contains("rp=");
    hook.method == Method::Post && is == wanted && tries_more
}
