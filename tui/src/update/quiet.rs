//! Asks before a text goes to somebody in their quiet hours. The relay would ask the same; here the
//! answer costs no way there and back, and nothing leaves the composer.

use super::begin;
use crate::action::Action;
use crate::input::context::Context;
use crate::model::Model;
use crate::model::question::Asks;
use smsdesk_common::ids::ConversationId;
use smsdesk_common::settings::{QuietAgents, quiet};
use smsdesk_common::time::Timestamp;

/// Whether the author has to say first that the text to `conversation` is meant at this hour.
pub(super) fn asks(model: &mut Model, conversation: ConversationId) -> bool {
    let composer = model.composers.get_mut(conversation);
    if composer.body().is_empty() || composer.question().is_some() {
        return false;
    }
    let Some(hour) = hour(model, conversation) else {
        return false;
    };
    let key = model.keymap.teach(Context::Composer, Action::SendLater);
    let why = format!("Not sent: {hour} · {key} at another time");
    begin::ask(model, conversation, Asks::Unlikely { why });
    true
}

/// What hour it is where the customer is, if it is a quiet one and agents are asked about it.
fn hour(model: &Model, conversation: ConversationId) -> Option<String> {
    let settings = model.settings.held()?;
    if settings.quiet.agents == QuietAgents::Pass {
        return None;
    }
    let shown = model.timeline.as_ref();
    let shown = shown.filter(|it| it.conversation() == conversation)?;
    let theirs = &shown.row()?.conversation;
    let whom = (shown.contact(), &theirs.address);
    let quiet = quiet(settings, &theirs.line, whom, model.now)?;
    let clock = |at: Timestamp| {
        let there = at.to_jiff().to_zoned(quiet.zone.clone());
        there.strftime("%H:%M").to_string()
    };
    Some(format!(
        "it is {} where they are, quiet until {}",
        clock(model.now),
        clock(quiet.until)
    ))
}
