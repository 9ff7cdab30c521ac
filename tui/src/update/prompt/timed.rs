//! When a text is to go out; other words for one that waits.

use super::{Accepted, named, row};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::overlay::Overlay;
use crate::model::prompt::{
    Candidate, Marks, Offer, PROMPT_CHARACTERS_MAX, Prompt, PromptKind, Purpose, Value,
};
use crate::model::templates::whom;
use crate::model::timed::{TimedDeed, Timing, Understood, told, understand};
use crate::update::{compose, timed};
use smsdesk_common::ids::{ConversationId, EntryId};
use smsdesk_common::segments::{BODY_CHARACTERS_MAX, Segments};
use smsdesk_common::zone_of::{Whereabouts, zone_of};

/// Times that are asked for often.
const PRESETS: [&str; 5] = ["in 1h", "18:00", "tomorrow 9", "mon 9", "tomorrow 9 theirs"];

/// The zone of whoever a conversation is with, as far as it is known.
pub(in crate::update) fn their_zone(
    model: &Model,
    conversation: ConversationId,
) -> Option<Whereabouts> {
    let texts = model.overlays.iter().find_map(|overlay| match overlay {
        Overlay::Timed(list) => Some(list.texts()),
        _ => None,
    });
    let mut texts = texts.unwrap_or_default().iter();
    // The list of timed texts knows of everybody in it what the chat knows of whom it shows.
    let listed = texts.find(|text| text.entry.conversation == conversation);
    if let Some(contact) = listed.and_then(|text| text.contact.as_deref()) {
        let address = row(model, conversation).map(|row| &row.conversation.address);
        return zone_of(contact, address.or_else(|| contact.addresses.first())?);
    }
    let row = row(model, conversation)?;
    zone_of(&*whom(model, conversation)?, &row.conversation.address)
}

/// What was understood of the text, and times that are asked for often.
pub(super) fn offer(
    model: &Model,
    conversation: ConversationId,
    (purpose, cancel_on_reply): (Purpose, bool),
    text: &str,
) -> Offer {
    let theirs = their_zone(model, conversation);
    let zone = theirs.as_ref().map(|it| &it.zone);
    let candidate = |label: &str| {
        let Understood { at, zone } = understand(label, model.now, &model.setup.zone, zone).ok()?;
        Some(Candidate {
            label: label.to_owned(),
            hint: told(at, model.now, &model.setup.zone, theirs.as_ref()),
            value: Value::At(at, zone),
        })
    };
    let problem = understand(text, model.now, &model.setup.zone, zone).err();
    let verb = match purpose {
        Purpose::New => "Send later",
        Purpose::Move(_) => "Another time",
    };
    let unless = if cancel_on_reply {
        " · only if they do not write first"
    } else {
        ""
    };
    let toggle = if cancel_on_reply { "on" } else { "off" };
    let examples = "18:00, mon 8:30, in 2h, 9 theirs";
    let about = match problem.filter(|_| !text.is_empty()) {
        Some(problem) => problem.to_owned(),
        None if purpose == Purpose::New => {
            format!("Alt-R: cancel if they write first ({toggle}) · {examples}")
        }
        None => format!("such as {examples}"),
    };
    let mut listed: Vec<Candidate> = Vec::new();
    for candidate in PRESETS
        .into_iter()
        .filter(|label| *label != text)
        .filter_map(candidate)
    {
        // Where both are in one zone, theirs says nothing new.
        if !listed.iter().any(|other| other.hint == candidate.hint) {
            listed.push(candidate);
        }
    }
    let costs = match purpose {
        Purpose::New => costs(model, conversation),
        Purpose::Move(_) => String::new(),
    };
    Offer {
        title: format!("{verb}, {}{costs}{unless}", named(model, conversation)),
        about,
        typed: candidate(text),
        listed,
        marks: Marks::OnceTyped,
        ..Offer::default()
    }
}

/// A text that takes many segments is told to, before the Enter that times it.
fn costs(model: &Model, conversation: ConversationId) -> String {
    let most = model.setup.aids.warn_segments;
    let composer = model.composers.get(conversation);
    let segments = composer.map_or(0, |it| Segments::of(it.body()).segments);
    match most > 0 && segments > most {
        true => format!(" · {segments} segments"),
        false => String::new(),
    }
}

/// Gives the text that time.
pub(super) fn accept(model: &mut Model, prompt: &Prompt, effects: &mut Vec<Effect>) -> Accepted {
    let PromptKind::SendLater {
        conversation,
        purpose,
        cancel_on_reply,
    } = prompt.kind().clone()
    else {
        return Accepted::Closed;
    };
    let Some(Value::At(at, zone)) = prompt.chosen().map(|it| it.value.clone()) else {
        let theirs = their_zone(model, conversation).map(|it| it.zone);
        let mine = &model.setup.zone;
        let why = understand(prompt.text(), model.now, mine, theirs.as_ref()).err();
        let why = why.filter(|_| !prompt.text().is_empty());
        let why = why.unwrap_or("when? such as 18:00, tomorrow 9, mon 8:30, in 2h");
        return Accepted::Refused(why.to_owned());
    };
    if at <= model.now {
        return Accepted::Refused("that has passed meanwhile: give another time".to_owned());
    }
    match purpose {
        Purpose::New => {
            let timing = Timing {
                at,
                zone,
                cancel_on_reply,
            };
            match timed::send_at(model, conversation, timing, effects) {
                Ok(()) => Accepted::Closed,
                Err(why) => Accepted::Refused(why),
            }
        }
        Purpose::Move(text) => {
            timed::change(conversation, text, TimedDeed::Move { at, zone }, effects);
            Accepted::Closed
        }
    }
}

/// Whether a text of the customer cancels it: turned over, and shown at once.
pub(in crate::update) fn turn_cancel_on_reply(model: &mut Model) {
    if let Some(Overlay::Prompt(prompt)) = model.overlays.last_mut()
        && let PromptKind::SendLater {
            cancel_on_reply,
            purpose: Purpose::New,
            ..
        } = prompt.kind_mut()
    {
        *cancel_on_reply = !*cancel_on_reply;
    }
}

/// Asks for other words. What one line cannot hold is taken back into the composer.
pub(in crate::update) fn edit(
    model: &mut Model,
    conversation: ConversationId,
    (text, body): (EntryId, &str),
    effects: &mut Vec<Effect>,
) {
    if body.contains('\n') || body.chars().count() > PROMPT_CHARACTERS_MAX {
        model.overlays.pop();
        compose::save_drafts(model, effects);
        return timed::change(conversation, text, TimedDeed::TakeBack, effects);
    }
    let kind = PromptKind::EditTimed { conversation, text };
    let prompt = Prompt::with_text(kind, body);
    model.overlays.push(Overlay::Prompt(Box::new(prompt)));
}

/// Words only.
pub(super) fn offer_words(model: &Model, conversation: ConversationId) -> Offer {
    Offer {
        title: format!("Words of the timed text, {}", named(model, conversation)),
        about: "Enter keeps them; the time stays".to_owned(),
        marks: Marks::Nothing,
        ..Offer::default()
    }
}

/// Changes the words.
pub(super) fn accept_words(
    conversation: ConversationId,
    text: EntryId,
    words: &str,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let words = words.trim();
    let characters = words.chars().count();
    if words.is_empty() {
        return Accepted::Refused("a text needs words: Esc leaves it as it is".to_owned());
    }
    if characters > BODY_CHARACTERS_MAX {
        let why = format!("{characters} characters, and {BODY_CHARACTERS_MAX} is the end");
        return Accepted::Refused(why);
    }
    timed::change(
        conversation,
        text,
        TimedDeed::Edit(words.to_owned()),
        effects,
    );
    Accepted::Closed
}
