//! How a text goes out that is too long for one.

use super::{Accepted, named};
use crate::effect::Effect;
use crate::model::Model;
use crate::model::composer::Composer;
use crate::model::prompt::{Candidate, Offer, Value};
use crate::model::split::{Numbering, PARTS_MAX, parts};
use crate::update::compose;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::segments::Segments;

const PLAIN: &str = "as they are";
const NUMBERED: &str = "numbered";

/// The two ways, with what each takes.
pub(super) fn offer(model: &Model, conversation: ConversationId) -> Offer {
    let body = model.composers.get(conversation).map_or("", Composer::body);
    let way = |label: &str, numbering| {
        let parts = parts(body, numbering)?;
        let segments: u32 = parts.iter().map(|it| Segments::of(it).segments).sum();
        Some(Candidate {
            label: label.to_owned(),
            hint: format!("{} texts, {segments} segments in all", parts.len()),
            value: Value::Text(label.to_owned()),
        })
    };
    let ways = [
        way(PLAIN, Numbering::Plain),
        way(NUMBERED, Numbering::Numbered),
    ];
    Offer {
        title: format!("Send {} several texts", named(model, conversation)),
        about: "cut between sentences; each is a text of its own, sent in order".to_owned(),
        listed: ways.into_iter().flatten().collect(),
        ..Offer::default()
    }
}

/// Sends them.
pub(super) fn accept(
    model: &mut Model,
    conversation: ConversationId,
    chosen: Option<&Candidate>,
    effects: &mut Vec<Effect>,
) -> Accepted {
    let numbering = match chosen.map(|it| it.label.as_str()) {
        Some(PLAIN) => Numbering::Plain,
        Some(NUMBERED) => Numbering::Numbered,
        _ => return Accepted::Refused(format!("expected {PLAIN} or {NUMBERED}")),
    };
    let body = model.composers.get(conversation).map_or("", Composer::body);
    let Some(bodies) = parts(body, numbering).filter(|parts| !parts.is_empty()) else {
        return Accepted::Refused(format!("it would take more than {PARTS_MAX} texts"));
    };
    compose::send_parts(model, conversation, bodies, effects);
    Accepted::Closed
}
