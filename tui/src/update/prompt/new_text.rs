//! Whom to write to, and from which line.

use super::{Accepted, open};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::people::FoundPerson;
use crate::model::prompt::{Candidate, Offer, PromptKind, Value};
use smsdesk_common::line::Line;
use smsdesk_common::phone::{Address, AddressKind, Channel, NumberType, PhoneError, Region};

/// The number that was typed, and people whose names or numbers fit.
pub(super) fn offer(model: &Model, text: &str) -> Offer {
    let typed = number(model, text).ok().map(|address| {
        let known = model.people.found().iter();
        let known = known.filter(|it| it.address == address);
        let name = known.filter_map(|it| it.name.as_deref()).next();
        let hint = match (name, address.number_type()) {
            (_, Some(NumberType::FixedLine)) => "a landline by its digits: texts rarely arrive",
            (Some(name), _) => name,
            (None, None) if address.kind() == AddressKind::Number => {
                "no number that is known to exist; check the digits"
            }
            (None, _) => "write to this number",
        };
        Candidate {
            label: address.display(None).as_str().to_owned(),
            hint: hint.to_owned(),
            value: Value::Address(address),
        }
    });
    let is_typed = |person: &&FoundPerson| {
        let value = typed.as_ref().map(|it| &it.value);
        value == Some(&Value::Address(person.address.clone()))
    };
    let found = if text.is_empty() {
        &[]
    } else {
        model.people.found()
    };
    let people = found.iter().filter(|it| !is_typed(it));
    let ready = people.map(|person| candidate(model, person)).collect();
    Offer {
        title: "New text to".to_owned(),
        about: "a number in any writing, or a name".to_owned(),
        typed,
        ready,
        ..Offer::default()
    }
}

fn candidate(model: &Model, person: &FoundPerson) -> Candidate {
    let number = person.address.display(model.setup.home);
    let number = number.as_str().to_owned();
    let (label, hint) = match &person.name {
        Some(name) => (name.clone(), number),
        None => (number, String::new()),
    };
    Candidate {
        label,
        hint,
        value: Value::Address(person.address.clone()),
    }
}

/// Reads a number as it is written where our lines are.
fn number(model: &Model, text: &str) -> Result<Address, PhoneError> {
    let mut regions = active(model).filter_map(|line| line.id.region());
    let first = regions.next();
    let ours: Option<Region> = first.filter(|first| regions.all(|other| other == *first));
    let address = Address::parse_dialable(text, ours.or(model.setup.home))?;
    if address.kind() == AddressKind::Alphanumeric {
        return Err(PhoneError::NotANumber);
    }
    Ok(address)
}

fn active(model: &Model) -> impl Iterator<Item = &Line> {
    model.directory.lines.iter().filter(|line| line.active)
}

/// Lines of the channel of an address; a messaging service sends texts.
fn lines_for(model: &Model, channel: Channel) -> impl Iterator<Item = &Line> {
    active(model).filter(move |line| line.id.channel() == channel)
}

/// Goes to the conversation, or asks from which line.
pub(super) fn accept(
    model: &mut Model,
    text: &str,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Candidate {
        value: Value::Address(address),
        ..
    }) = chosen
    else {
        let why = match number(model, text) {
            Err(why) if text.chars().any(|c| c.is_ascii_digit()) => why.to_string(),
            _ => "nobody of that name is known; a number works too".to_owned(),
        };
        return Accepted::Refused(why);
    };
    let mut lines = lines_for(model, address.channel()).map(|line| line.id.clone());
    match (lines.next(), lines.next()) {
        (None, _) => Accepted::Refused("no line of ours sends there".to_owned()),
        (Some(line), None) => {
            let address = address.clone();
            effects.push(Effect::Begin { line, address });
            Accepted::Closed
        }
        (Some(_), Some(_)) => {
            drop(lines);
            let address = address.clone();
            open(model, PromptKind::NewTextLine { address });
            Accepted::Closed
        }
    }
}

/// Our lines.
pub(super) fn offer_lines(model: &Model, address: &Address) -> Offer {
    let shown = address.display(model.setup.home);
    let lines = lines_for(model, address.channel()).map(|line| {
        let number = line.id.display(model.setup.home).as_str().to_owned();
        let (label, hint) = match &line.name {
            Some(name) => (name.clone(), number),
            None => (number, String::new()),
        };
        let hint = match line.paused {
            Some(_) => format!("{hint} paused"),
            None => hint,
        };
        Candidate {
            label,
            hint,
            value: Value::Address(line.id.clone()),
        }
    });
    Offer {
        title: format!("Text to {} from", shown.as_str()),
        about: "which of our lines".to_owned(),
        listed: lines.collect(),
        ..Offer::default()
    }
}

/// Goes to the conversation on that line.
pub(super) fn accept_line(
    address: &Address,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let Some(Candidate {
        value: Value::Address(line),
        ..
    }) = chosen
    else {
        return Accepted::Refused("no line of ours is called that".to_owned());
    };
    effects.push(Effect::Begin {
        line: line.clone(),
        address: address.clone(),
    });
    Accepted::Closed
}
