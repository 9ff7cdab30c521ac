//! What this app tells of its agent, and when to look at the colleagues again.

use crate::effect::{Effect, TimerKind};
use crate::model::composer::Composer;
use crate::model::timeline::Timeline;
use crate::model::transcript::Reach;
use crate::model::{Focus, Model};
use smsdesk_common::ids::ConversationId;
use smsdesk_common::stream::PresenceState;

/// The shortest time between two looks, in milliseconds.
const LOOK_MS_MIN: i64 = 100;

/// The agent has changed the text to the conversation that is shown.
pub(super) fn note_typing(model: &mut Model) {
    if let Some(conversation) = model.timeline.as_ref().map(Timeline::conversation) {
        model.presence.note_typing(conversation, model.now);
    }
}

/// Says what is new, forgets who is gone, and comes back in time.
pub(super) fn settle(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.reach() == Reach::Offline {
        return model.presence.forget();
    }
    let now = model.now;
    model.presence.expire(now);
    let doing = doing(model);
    if let Some((conversation, state)) = model.presence.say(doing, now) {
        effects.push(Effect::Doing {
            conversation,
            state,
        });
    }
    let Some(after_ms) = model.presence.due_ms(doing, now) else {
        return;
    };
    let after_ms = after_ms.max(LOOK_MS_MIN);
    let due = now.plus_millis(after_ms);
    if model.presence.ring_at.is_none_or(|at| due < at || at < now) {
        model.presence.ring_at = Some(due);
        let after_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
        effects.push(model.timers.start(TimerKind::Presence, after_ms));
    }
}

/// Where the agent is: in a conversation that they opened, not in one that they pass over.
fn doing(model: &Model) -> Option<(ConversationId, PresenceState)> {
    let conversation = model.timeline.as_ref()?.conversation();
    let writes = model.focus == Focus::Composer
        && !model.writes_note()
        && model.composer().is_some_and(Composer::has_draft);
    let state = model.presence.doing(conversation, model.now)?;
    match (model.focus, state) {
        (Focus::List, _) => None,
        (_, PresenceState::Typing) if !writes => Some((conversation, PresenceState::Viewing)),
        _ => Some((conversation, state)),
    }
}
